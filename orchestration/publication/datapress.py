"""The London Datastore as a portal, through the official `datapress` client.

The client does not retry what it posts, waits for ever, and tells nothing of a wrong key where the dataset is public:
all are seen to.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from datapress.client import AuthenticationError, DataPressError, NotFoundError, PermissionError

from orchestration.publication.offer import Offered, about
from orchestration.publication.page import CONTACT, LICENCE, PUBLISHER
from orchestration.publication.remote import PATIENCE, Dataset, Held, Resource
from orchestration.publication.target import Shelf

if TYPE_CHECKING:
    from datapress import DataPressClient

_CHUNK = 5 << 20
"""Bytes of a part of an upload, of which the server makes its hash."""


class DataPress:
    """The Datastore, as `Portal` has it."""

    name = "the Datastore"
    failures: tuple[type[Exception], ...] = (DataPressError, requests.RequestException)

    def __init__(self, connect: Callable[[], "DataPressClient"], patience: float = PATIENCE) -> None:
        self._connect, self._patience = connect, patience

    @cached_property
    def _client(self) -> "DataPressClient":
        client = self._connect()
        client.session.request = partial(client.session.request, timeout=self._patience)
        client.whoami()
        return client

    def is_passing(self, error: BaseException) -> bool:
        """What the client gives no class of its own may pass."""
        return not isinstance(error, AuthenticationError | NotFoundError | PermissionError)

    def read(self, dataset: str) -> Dataset:
        """Return a dataset; its resources are a map."""
        held = self._client.get_dataset(dataset)
        return Dataset(
            dataset, held, {key: Resource(key, each["title"], each) for key, each in held["resources"].items()}
        )

    def address(self, dataset: Dataset) -> str:
        """Return the page of a dataset."""
        return f"{self._client.base_url}{dataset.held['canonical']}"

    def download(self, dataset: Dataset, resource: Resource) -> bytes:
        """Return the bytes of a resource."""
        content: bytes = self._client.download_file(dataset.id, resource.id)
        return content

    def holds(self, dataset: Dataset, resource: Resource, file: Offered) -> bool:
        """Compare by the server's hash: it is that of the whole, or one over those of its parts."""
        content = file.path.read_bytes()
        if resource.held["size"] != len(content):
            return False
        parts = [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]
        digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
        whole = hashlib.md5(content, usedforsecurity=False).hexdigest()
        of_parts = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
        return resource.held["hash"] in (whole, of_parts)

    def create(self, dataset: Dataset, file: Offered) -> None:
        """Upload a file with its facts."""
        self._client.upload_file(dataset.id, file.path, **self.facts_of(file))

    def replace(self, dataset: Dataset, resource: Resource, path: Path) -> None:
        """Upload bytes to a resource."""
        self._client.upload_file(dataset.id, path, resource_id=resource.id)

    def remove(self, dataset: Dataset, resource: Resource) -> None:
        """Take a resource out by a patch, there being no other way."""
        self._client.patch_dataset(dataset.id, [{"op": "remove", "path": f"/resources/{resource.id}"}])

    def facts_of(self, file: Offered) -> Held:
        """Return title, description, timeframe and order."""
        timeframe = dict(zip(("from", "to"), file.months, strict=True)) if file.months else None
        return {"title": file.title, "description": file.description, "timeframe": timeframe, "order": file.order}

    def facts(self, shelf: Shelf, dataset: Dataset) -> Held:
        """Return description, licence and contact; a title is given in the browser, with the dataset."""
        return {
            "description": "".join(f"<p>{escape(paragraph)}</p>" for paragraph in about(shelf)),
            "licence": {"title": LICENCE["title"], "url": LICENCE["path"]},
            "contact": {"title": PUBLISHER, "email": CONTACT},
        }

    def state(self, dataset: Dataset, facts: Held, resources: Mapping[str, Held], gone: set[str]) -> None:
        """Patch what differs; the patch fails where the dataset was uploaded to since it was read."""
        wanted: list[tuple[str, Any, Any]] = [
            (f"/resources/{key}/{name}", value, dataset.resources[key].held.get(name))
            for key, each in resources.items()
            for name, value in each.items()
        ]
        wanted += [(f"/{name}", value, dataset.held.get(name)) for name, value in facts.items()]
        patch = [{"op": "add", "path": path, "value": value} for path, value, held in wanted if value != held]
        patch += [{"op": "remove", "path": f"/resources/{key}"} for key in sorted(gone)]
        guard = {"op": "test", "path": "/updatedAt", "value": dataset.held["updatedAt"]}
        self._client.patch_dataset(dataset.id, [guard, *patch])
