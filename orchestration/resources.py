"""What the assets are given, made from the settings: the releases, where they are published, and who is told."""

from functools import cache
from typing import TYPE_CHECKING

from orchestration.publication.ledger import Ledger
from orchestration.publication.lifecycle import Releases
from orchestration.publication.notifications import Notifier
from orchestration.publication.target import FolderTarget, Target
from orchestration.settings import Settings

if TYPE_CHECKING:
    from datapress import DataPressClient


def open_releases(settings: Settings) -> Releases:
    """Return the releases of an installation, published where its settings say."""
    return Releases(Ledger(settings.releases / "ledger.jsonl"), settings.releases, _open_target(settings))


def open_notifier(settings: Settings) -> Notifier:
    """Return whom an installation tells of its releases."""
    return Notifier(settings.notify, settings.alert)


def _open_target(settings: Settings) -> Target:
    if settings.target == "folder":
        return FolderTarget(settings.datastore, settings.address)
    from orchestration.publication.datapress import DataPressTarget

    return DataPressTarget(settings.datasets, settings.releases / "datapress.json", _client)


@cache
def _client() -> "DataPressClient":
    """Connect to the Datastore: DATAPRESS_URL and DATAPRESS_API_KEY, which nothing else reads."""
    from datapress import DataPressClient

    return DataPressClient()
