"""What the assets are given, made from the settings: the releases, where they are published, and who is told."""

import os
from typing import TYPE_CHECKING

from orchestration.publication.ledger import Ledger
from orchestration.publication.lifecycle import Releases
from orchestration.publication.notifications import Notifier
from orchestration.publication.target import FolderTarget, PublicationError, Target
from orchestration.settings import Settings

if TYPE_CHECKING:
    from ckanapi import RemoteCKAN
    from datapress import DataPressClient

    from orchestration.publication.remote import Portal


def open_releases(settings: Settings) -> Releases:
    """Return the releases of an installation, published where its settings say."""
    return Releases(Ledger(settings.releases / "ledger.jsonl"), settings.releases, _open_target(settings))


def open_notifier(settings: Settings) -> Notifier:
    """Return whom an installation tells of its releases."""
    return Notifier(settings.notify, settings.alert)


def _open_target(settings: Settings) -> Target:
    if settings.target == "folder":
        return FolderTarget(settings.datastore, settings.address)
    from orchestration.publication.remote import RemoteTarget

    return RemoteTarget(_portal(settings), settings.datasets, settings.releases / f"{settings.target}.json")


def _portal(settings: Settings) -> "Portal":
    if settings.target == "ckan":
        from orchestration.publication.ckan import Ckan

        return Ckan(_ckan_client, settings.organisation)
    from orchestration.publication.datapress import DataPress

    return DataPress(_datapress_client)


def _ckan_client() -> "RemoteCKAN":
    """Connect to a CKAN site: CKAN_URL and CKAN_API_KEY, which nothing else reads."""
    from ckanapi import RemoteCKAN

    try:
        return RemoteCKAN(os.environ["CKAN_URL"], apikey=os.environ["CKAN_API_KEY"])
    except KeyError as missing:
        raise PublicationError(f"set {missing.args[0]} to publish to a CKAN site") from None


def _datapress_client() -> "DataPressClient":
    """Connect to the Datastore: DATAPRESS_URL and DATAPRESS_API_KEY, which nothing else reads."""
    from datapress import DataPressClient

    try:
        return DataPressClient()
    except ValueError as missing:
        raise PublicationError(str(missing)) from None
