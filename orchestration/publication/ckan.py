"""A CKAN site as a portal, through the library `ckanapi`: a borough's data store, or a site to try things on.

CKAN keeps whatever hash it is sent and computes none: ours is for the public, and the bytes are compared themselves.
What is stated last goes by `package_revise` (CKAN 2.9), the one action that is refused where the dataset has changed.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from ckanapi.errors import CKANAPIError, NotAuthorized, NotFound, ServerIncompatibleError

from orchestration.publication.offer import Offered, about, months
from orchestration.publication.page import CONTACT, PUBLISHER
from orchestration.publication.remote import PATIENCE, Dataset, Held, Resource
from orchestration.publication.target import Shelf

if TYPE_CHECKING:
    from ckanapi import RemoteCKAN

_LICENCE = "uk-ogl"
_EXTRAS = ("temporal_start", "temporal_end")
"""Where harvesters look for the time that a dataset covers."""


class Ckan:
    """A CKAN site, as `Portal` has it; a dataset that is missing is made in the organisation, if one is named."""

    name = "the CKAN site"
    failures: tuple[type[Exception], ...] = (CKANAPIError, ServerIncompatibleError, requests.RequestException)

    def __init__(self, connect: Callable[[], "RemoteCKAN"], organisation: str, patience: float = PATIENCE) -> None:
        self._connect, self._organisation, self._patience = connect, organisation, patience

    @cached_property
    def _client(self) -> "RemoteCKAN":
        return self._connect()

    def is_passing(self, error: BaseException) -> bool:
        """A conflict may pass as well: the dataset is read again before each try."""
        if isinstance(error, requests.HTTPError):
            return error.response.status_code >= 500
        return not isinstance(error, NotAuthorized | NotFound)

    def read(self, dataset: str) -> Dataset:
        """Return a dataset by its id or name; its resources are a list in order."""
        try:
            held = self._call("package_show", id=dataset)
        except NotFound:
            if not self._organisation:
                raise
            return Dataset(dataset, {}, {})
        return Dataset(
            dataset, held, {each["id"]: Resource(each["id"], each["name"], each) for each in held["resources"]}
        )

    def address(self, dataset: Dataset) -> str:
        """Return the page of a dataset."""
        return f"{self._client.address.rstrip('/')}/dataset/{dataset.id}"

    def download(self, dataset: Dataset, resource: Resource) -> bytes:
        """Return the bytes of a resource from the site itself, so that the key goes nowhere else."""
        answer = requests.get(
            f"{self.address(dataset)}/resource/{resource.id}/download",
            headers={"Authorization": self._client.apikey},
            timeout=self._patience,
        )
        answer.raise_for_status()
        return answer.content

    def holds(self, dataset: Dataset, resource: Resource, file: Offered) -> bool:
        """Compare the bytes, unless the size or a hash of ours tells them apart already."""
        content, said = file.path.read_bytes(), resource.held.get("hash") or ""
        if resource.held.get("size") not in (None, len(content)):
            return False
        if said.startswith("sha256:") and said != _hash(file.path):
            return False
        return self.download(dataset, resource) == content

    def create(self, dataset: Dataset, file: Offered) -> None:
        """Upload a file with its facts; the first of a new dataset brings it, private until all is there."""
        if not dataset.held:
            self._call("package_create", name=dataset.id, owner_org=self._organisation, private=True)
        self._send(
            "resource_create",
            file.path,
            package_id=dataset.id,
            name=file.title,
            description=file.description,
            format=file.path.suffix.removeprefix(".").upper(),
        )

    def replace(self, dataset: Dataset, resource: Resource, path: Path) -> None:
        """Upload bytes to a resource by the action that keeps what is not sent."""
        self._send("resource_patch", path, id=resource.id)

    def remove(self, dataset: Dataset, resource: Resource) -> None:
        """Take a resource out."""
        self._call("resource_delete", id=resource.id)

    def facts_of(self, file: Offered) -> Held:
        """Return name, description and place; the months stand with the dataset, a resource having none."""
        return {"name": file.title, "description": file.description, "position": file.order}

    def facts(self, shelf: Shelf, dataset: Dataset) -> Held:
        """Return title, description, licence, contact and the time covered; what others keep as extras stays."""
        covered = dict(zip(_EXTRAS, months(shelf.current), strict=True)) if shelf.current else {}
        others = {each["key"]: each["value"] for each in dataset.held.get("extras", []) if each["key"] not in _EXTRAS}
        return {
            "title": shelf.title,
            "notes": "\n\n".join(_markdown(paragraph) for paragraph in about(shelf)),
            "license_id": _LICENCE,
            "maintainer": PUBLISHER,
            "maintainer_email": CONTACT,
            "private": False,
            "extras": [{"key": key, "value": value} for key, value in sorted((others | covered).items())],
        }

    def state(self, dataset: Dataset, facts: Held, resources: Mapping[str, Held], gone: set[str]) -> None:
        """Revise all in one transaction; it is refused where the dataset was changed since it was read."""
        ours = [{**dataset.resources[key].held, **each} for key, each in resources.items()]
        others = [each.held for key, each in dataset.resources.items() if key not in resources and key not in gone]
        self._call(
            "package_revise",
            match={name: dataset.held[name] for name in ("id", "metadata_modified")},
            filter=["-resources", "-extras"],  # lists are merged, unless they are taken out before
            update={**facts, "resources": ours + others},
        )

    def _call(self, action: str, **arguments: Any) -> Any:
        return self._client.call_action(action, arguments, requests_kwargs={"timeout": self._patience})

    def _send(self, action: str, path: Path, **arguments: str) -> None:
        with path.open("rb") as stream:
            self._client.call_action(
                action,
                arguments | {"hash": _hash(path)},
                files={"upload": (path.name, stream)},
                requests_kwargs={"timeout": self._patience},
            )


def _hash(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def _markdown(text: str) -> str:
    """Return words that CKAN, which reads Markdown, shows as they are."""
    return re.sub(r"([\\`*_\[\]#])", r"\\\1", text).replace("<", "&lt;")
