"""What the assets are given, made from the settings: stores, the landing database, and the releases."""

from orchestration.publication.ledger import Ledger
from orchestration.publication.lifecycle import Releases
from orchestration.publication.target import FolderTarget
from orchestration.settings import Settings


def open_releases(settings: Settings) -> Releases:
    """Return the releases of an installation, published where its settings say."""
    return Releases(Ledger(settings.releases / "ledger.jsonl"), settings.releases, FolderTarget(settings.datastore))
