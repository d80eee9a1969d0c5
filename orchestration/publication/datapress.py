"""The London Datastore as a target: a dataset a product, through the official `datapress` client.

The files of the release that leads are resources of their own, replaced in place so that their addresses stay; every
other release that the public may see is one zip. What a file is found by is its resource id, noted when it was made,
else its title. The client does not retry what it posts: here each upload is retried, after a look whether the server
had not taken it before the connection was lost.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from orchestration.publication.bundle import Bundle
from orchestration.publication.ledger import Stage
from orchestration.publication.page import CONTACT, LICENCE, PUBLISHER
from orchestration.publication.target import Change, PublicationError, Published, Shelf, listing

if TYPE_CHECKING:
    from datapress import DataPressClient

T = TypeVar("T")

_CHUNK = 5 << 20
"""Bytes of a part of an upload, of which the server makes its hash."""
_ARCHIVED = re.compile(r"[0-9]{4}-Q[1-4](\.r[0-9]+)?: all files.*")

_FILES: Mapping[str, tuple[str, str]] = {
    "{product}.csv": ("Figures, CSV", "One row a figure; an empty cell is explained in its status."),
    "{product}.ods": ("Figures, workbook", "Headline figures and the latest period of each measure, accessible (ODS)."),
    "{product}.parquet": ("Figures, Parquet", "The same rows, with their types."),
    "{product}.csv-metadata.json": ("Figures, CSV on the Web", "What the columns of the CSV file are, for machines."),
    "index.html": ("Update, web page", "Headline figures and charts in plain language."),
    "dictionary.csv": ("Data dictionary", "What each column means."),
    "measures.csv": ("Measures", "Definition of every measure, and of what has no source yet."),
    "deliveries.csv": ("Deliveries", "The publishers' files that the figures stand on, with their hashes."),
    "differences.csv": ("Revisions", "What was changed, added and withdrawn since the last release."),
    "basis.csv": ("Basis", "Every file that had been received, from which the release can be made again."),
    "datapackage.json": ("Data package", "Description of the files for machines."),
    "release.json": ("Seal", "The hash of every file of the release."),
}
"""File of a bundle: its title on the Datastore, and what is said of it."""


@dataclass(frozen=True)
class _Offered:
    """A resource as it should be; `timeframe` is from and to, as YYYY-MM."""

    title: str
    path: Path
    description: str
    timeframe: dict[str, str] | None
    order: int

    def has_bytes_of(self, resource: Mapping[str, Any]) -> bool:
        """Tell whether a resource holds these bytes: its hash is that of the whole, or one over those of its parts."""
        content = self.path.read_bytes()
        if resource["size"] != len(content):
            return False
        parts = [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]
        digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
        whole = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return resource["hash"] in (whole, f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}")

    def facts(self) -> dict[str, Any]:
        """Return what a resource says of itself beside its bytes."""
        return {
            "title": self.title,
            "description": self.description,
            "timeframe": self.timeframe,
            "order": self.order,
        }


class DataPressTarget:
    """The Datastore; `datasets` gives the id of each product's dataset, `notes` is the file of resource ids."""

    def __init__(self, datasets: Mapping[str, str], notes: Path, connect: Callable[[], "DataPressClient"]) -> None:
        self._datasets, self._notes, self._connect = datasets, notes, connect

    def plan(self, shelf: Shelf) -> list[Change]:
        """Compare the dataset with a shelf, resource by resource."""
        with self._offered(shelf) as offered:
            return self._compare(shelf, offered, self._dataset(shelf.product))

    def show(self, shelf: Shelf) -> Published:
        """Upload what is missing, read it back, and then state the facts; on a failure put back what was replaced."""
        with self._offered(shelf) as offered, TemporaryDirectory(prefix="oversight-") as kept:
            before = self._dataset(shelf.product)
            changes = self._compare(shelf, offered, before)
            undo: list[Callable[[], object]] = []
            try:
                for each in offered:
                    self._upload(shelf.product, each, Path(kept), undo)
                self._state(shelf, offered)
            except (requests.RequestException, _client_error()) as error:
                raise PublicationError(
                    f"the Datastore did not take {shelf.product}: {error}. {_put_back(undo)} Publish again."
                ) from None
        leading = shelf.current
        return Published(
            shelf.product,
            leading.release if leading else None,
            f"{self._client.base_url}{before['canonical']}",
            bool(changes),
        )

    # --- the dataset ---

    @property
    def _client(self) -> "DataPressClient":
        return self._connect()

    def _dataset(self, product: str) -> dict[str, Any]:
        """Return a product's dataset; raises `PublicationError` where it cannot be reached or written to."""
        if product not in self._datasets:
            raise PublicationError(f"no dataset is named for {product}: set OVERSIGHT_DATASETS")
        try:
            self._client.whoami()
            return _retried(lambda: self._client.get_dataset(self._datasets[product]))
        except (requests.RequestException, _client_error()) as error:
            raise PublicationError(f"the Datastore does not show {product}: {error}") from None

    def _found(self, product: str, offered: _Offered, dataset: Mapping[str, Any]) -> str | None:
        """Return the id of a resource: the one noted, else the first of that title."""
        noted = self._noted(product).get(offered.title)
        if noted in dataset["resources"]:
            return noted
        titled = (key for key, held in dataset["resources"].items() if held["title"] == offered.title)
        return next(titled, None)

    def _noted(self, product: str) -> dict[str, str]:
        notes = json.loads(self._notes.read_bytes()) if self._notes.exists() else {}
        return dict(notes.get(product, {}))

    def _note(self, product: str, ids: Mapping[str, str]) -> None:
        notes = json.loads(self._notes.read_bytes()) if self._notes.exists() else {}
        fresh = self._notes.with_name(f".{self._notes.name}.tmp")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(notes | {product: dict(ids)}, indent=1))
        fresh.replace(self._notes)

    def _ours(self, product: str, dataset: Mapping[str, Any]) -> set[str]:
        """Return the resources that a release of ours made; what others put into the dataset is left alone."""
        noted = set(self._noted(product).values())
        titles = {title for title, _ in _FILES.values()}
        return {
            key
            for key, held in dataset["resources"].items()
            if key in noted or held["title"] in titles or _ARCHIVED.fullmatch(held["title"])
        }

    # --- what is compared, and done ---

    def _compare(self, shelf: Shelf, offered: list[_Offered], dataset: Mapping[str, Any]) -> list[Change]:
        changes, kept = [], set()
        for each in offered:
            found = self._found(shelf.product, each, dataset)
            if found is None:
                changes.append(Change("create", each.title, "is not there"))
                continue
            kept.add(found)
            resource = dataset["resources"][found]
            if not each.has_bytes_of(resource):
                changes.append(Change("replace", each.title, f"resource {found} has other bytes"))
            elif stale := [name for name, value in each.facts().items() if resource.get(name) != value]:
                changes.append(Change("describe", each.title, f"resource {found}: {', '.join(stale)}"))
        for key in sorted(self._ours(shelf.product, dataset) - kept):
            changes.append(Change("remove", dataset["resources"][key]["title"], f"resource {key} is offered no more"))
        if stale := [name for name, value in _facts(shelf).items() if dataset.get(name) != value]:
            changes.append(Change("describe", shelf.product, ", ".join(stale)))
        return changes

    def _upload(self, product: str, offered: _Offered, kept: Path, undo: list[Callable[[], object]]) -> None:
        """Bring a resource's bytes there and read them back; note how to undo it."""
        identity = self._datasets[product]

        def bring() -> None:
            dataset = self._client.get_dataset(identity)
            found = self._found(product, offered, dataset)
            if found and offered.has_bytes_of(dataset["resources"][found]):
                return  # there already, or taken before the connection was lost
            if found:
                old = dataset["resources"][found]
                copy = kept / f"{found}" / old["url"].rpartition("/")[2]
                if not copy.exists():
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(self._client.download_file(identity, found))
                    undo.append(lambda: self._client.upload_file(identity, copy, resource_id=found))
                self._client.upload_file(identity, offered.path, resource_id=found)
            else:
                undo.append(lambda: self._remove(product, offered))
                self._client.upload_file(
                    identity,
                    offered.path,
                    title=offered.title,
                    description=offered.description,
                    timeframe=offered.timeframe,
                    order=offered.order,
                )

        _retried(bring)
        _retried(lambda: self._read_back(product, offered))

    def _read_back(self, product: str, offered: _Offered) -> None:
        dataset = self._client.get_dataset(self._datasets[product])
        found = self._found(product, offered, dataset)
        if found is None or not offered.has_bytes_of(dataset["resources"][found]):
            raise PublicationError(f"the Datastore has other bytes of {offered.title} than were sent")
        if self._client.download_file(self._datasets[product], found) != offered.path.read_bytes():
            raise PublicationError(f"the Datastore gives other bytes of {offered.title} than were sent")

    def _remove(self, product: str, offered: _Offered) -> None:
        dataset = self._client.get_dataset(self._datasets[product])
        if found := self._found(product, offered, dataset):
            self._client.patch_dataset(self._datasets[product], [{"op": "remove", "path": f"/resources/{found}"}])

    def _state(self, shelf: Shelf, offered: list[_Offered]) -> None:
        """State the facts and remove what is offered no more, in one patch that fails if somebody else was quicker."""

        def patch() -> None:
            dataset = self._client.get_dataset(self._datasets[shelf.product])
            ids = {each.title: self._found(shelf.product, each, dataset) for each in offered}
            wanted: list[tuple[str, Any, Any]] = [
                (f"/resources/{ids[each.title]}/{name}", value, dataset["resources"][ids[each.title]].get(name))
                for each in offered
                for name, value in each.facts().items()
            ]
            wanted += [(f"/{name}", value, dataset.get(name)) for name, value in _facts(shelf).items()]
            changes = [{"op": "add", "path": path, "value": value} for path, value, held in wanted if value != held]
            gone = self._ours(shelf.product, dataset) - set(ids.values())
            changes += [{"op": "remove", "path": f"/resources/{key}"} for key in sorted(gone)]
            if changes:
                guard = {"op": "test", "path": "/updatedAt", "value": dataset["updatedAt"]}
                self._client.patch_dataset(self._datasets[shelf.product], [guard, *changes])
            self._note(shelf.product, {title: found for title, found in ids.items() if found})

        _retried(patch)

    @contextmanager
    def _offered(self, shelf: Shelf) -> Iterator[list[_Offered]]:
        """Yield the resources as they should be; those that are made of a bundle lie in a folder of their own."""
        with TemporaryDirectory(prefix="oversight-") as scratch:
            offered = []
            if shelf.current:
                offered = list(_files(shelf.current))
            for standing in shelf.standings:
                if standing.bundle is shelf.current or standing.stage is Stage.withdrawn:
                    continue
                superseded = standing.stage is Stage.superseded
                bundle, successor = standing.bundle, shelf.successor(standing)
                note = f" (superseded by {successor.release})" if superseded and successor else ""
                title = f"{bundle.release}: all files{note}"
                path = _zipped(bundle, Path(scratch))
                about = successor.correction if superseded and successor else "An earlier release, as it was published."
                offered.append(_Offered(title, path, about, _timeframe(bundle), len(offered)))
            path = Path(scratch) / "releases.json"
            path.write_text(listing(shelf), encoding="utf-8", newline="\n")
            offered.append(_Offered("Releases", path, "Every release and what became of it.", None, len(offered)))
            yield offered


def _files(bundle: Bundle) -> Iterator[_Offered]:
    for order, (name, (title, description)) in enumerate(_FILES.items()):
        path = bundle.path / name.format(product=bundle.product)
        yield _Offered(title, path, description, _timeframe(bundle), order)


def _timeframe(bundle: Bundle) -> dict[str, str]:
    quarter = bundle.quarter
    last = 3 * int(quarter[-1])
    return {"from": f"{quarter[:4]}-{last - 2:02}", "to": f"{quarter[:4]}-{last:02}"}


def _facts(shelf: Shelf) -> dict[str, Any]:
    """Return what the dataset says of itself."""
    leading = shelf.current
    notices = []
    for each in shelf.standings:
        if each.stage is not Stage.published:
            successor = shelf.successor(each)
            why = each.reason or (successor.correction if successor else "")
            notices.append(f"<p>{each.bundle.release} was {each.stage}: {escape(why)}</p>")
    about = "<p>No release stands at present.</p>"
    if leading:
        synthetic = "<p><strong>Synthetic figures, to try out the system.</strong></p>" if leading.synthetic else ""
        about = (
            f"{synthetic}<p>{escape(leading.summary)}</p>"
            f"<p>Release {leading.release}, data as of {leading.as_of:%-d %B %Y}, seal {leading.seal}.</p>"
        )
    return {
        "description": about + "".join(notices),
        "licence": {"title": LICENCE["title"], "url": LICENCE["path"]},
        "contact": {"title": PUBLISHER, "email": CONTACT},
    }


def _zipped(bundle: Bundle, folder: Path) -> Path:
    """Write a bundle as a zip that is the same to the byte each time."""
    path = folder / f"{bundle.product}-{bundle.release}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("release.json", *(file.name for file in bundle.files)):
            entry = zipfile.ZipInfo(f"{bundle.release}/{name}")  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (bundle.path / name).read_bytes())
    return path


def _retried(call: Callable[[], T]) -> T:
    """Call again, twice, where the server or the connection failed; what is refused is refused."""
    attempts = Retrying(
        retry=retry_if_exception(_is_passing),
        stop=stop_after_attempt(3),
        wait=wait_exponential(multiplier=0.1),
        reraise=True,
    )
    return attempts(call)


def _is_passing(error: BaseException) -> bool:
    from datapress.client import AuthenticationError, DataPressError, NotFoundError, PermissionError

    refused = (AuthenticationError, NotFoundError, PermissionError)
    return isinstance(error, requests.RequestException | DataPressError) and not isinstance(error, refused)


def _client_error() -> type[Exception]:
    from datapress.client import DataPressError

    error: type[Exception] = DataPressError
    return error


def _put_back(undo: list[Callable[[], object]]) -> str:
    """Undo what was done, the last first; say whether the last release is up whole."""
    failed = 0
    for step in reversed(undo):
        try:
            _retried(step)
        except (requests.RequestException, _client_error()):
            failed += 1
    if failed:
        return f"{failed} of {len(undo)} files that were replaced could not be put back."
    return "What had been replaced was put back."
