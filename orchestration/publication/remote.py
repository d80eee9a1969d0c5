"""Publication to a data portal over HTTP: the same care whichever portal it is.

What a file is found by is its resource id, noted when it was made, else its title. Each upload is retried, after a look
whether the portal had not taken it before the connection was lost, and read back; the facts are stated last. On a
failure what was replaced is put back. How a portal is spoken to is a `Portal`: see `datapress` and `ckan`.
"""

import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from orchestration.publication.offer import Offered, is_ours, offered
from orchestration.publication.target import Change, PublicationError, Published, Shelf

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that a portal may be silent before a call has failed; its client would wait for ever."""
Held = Mapping[str, Any]
"""What a portal says of a dataset or a resource, by its own names."""


@dataclass(frozen=True)
class Resource:
    """A file as a portal holds it."""

    id: str
    title: str
    held: Held


@dataclass(frozen=True)
class Dataset:
    """A dataset as a portal holds it; one that has yet to be made holds nothing."""

    id: str
    held: Held
    resources: Mapping[str, Resource]


class Portal(Protocol):
    """A data portal in the terms of its own client; each call is one try."""

    name: str
    failures: tuple[type[Exception], ...]
    """What its client raises."""

    def is_passing(self, error: BaseException) -> bool:
        """Tell whether the same call may succeed later; what is refused is refused."""

    def read(self, dataset: str) -> Dataset:
        """Return a dataset."""

    def address(self, dataset: Dataset) -> str:
        """Return where the public finds a dataset."""

    def download(self, dataset: Dataset, resource: Resource) -> bytes:
        """Return the bytes of a resource."""

    def holds(self, dataset: Dataset, resource: Resource, file: Offered) -> bool:
        """Tell whether a resource has the bytes of a file."""

    def create(self, dataset: Dataset, file: Offered) -> None:
        """Upload a file as a new resource."""

    def replace(self, dataset: Dataset, resource: Resource, path: Path) -> None:
        """Upload the bytes of a resource; its address stays."""

    def remove(self, dataset: Dataset, resource: Resource) -> None:
        """Take a resource out of a dataset."""

    def facts_of(self, file: Offered) -> Held:
        """Return what a resource should say of itself beside its bytes."""

    def facts(self, shelf: Shelf, dataset: Dataset) -> Held:
        """Return what a dataset should say of itself."""

    def state(self, dataset: Dataset, facts: Held, resources: Mapping[str, Held], gone: set[str]) -> None:
        """State facts of a dataset and its resources and take some out, all at once, unless it was changed since."""


class _MismatchError(Exception):
    """What the portal gives is not what was sent."""


class RemoteTarget:
    """A portal; `datasets` gives the id of each product's dataset, `notes` is the file of resource ids."""

    def __init__(self, portal: Portal, datasets: Mapping[str, str], notes: Path) -> None:
        self._portal, self._datasets, self._notes = portal, datasets, notes

    def plan(self, shelf: Shelf) -> list[Change]:
        """Compare the dataset with a shelf, resource by resource."""
        with offered(shelf) as files:
            return self._begin(shelf, files)

    def show(self, shelf: Shelf) -> Published:
        """Upload what is missing, read it back, and then state the facts; on a failure put back what was replaced."""
        with offered(shelf) as files, TemporaryDirectory(prefix="oversight-") as kept:
            changes = self._begin(shelf, files)
            undo: list[Callable[[], object]] = []
            failures: tuple[type[Exception], ...] = (*self._portal.failures, _MismatchError)
            try:
                for each in files:
                    self._upload(shelf.product, each, Path(kept), undo)
                dataset = self._state(shelf, files)
            except failures as error:
                raise PublicationError(
                    f"{self._portal.name} did not take {shelf.product}: {_told(error)}. {self._put_back(undo)}"
                    " Publish again."
                ) from None
            leading = shelf.current
            return Published(
                shelf.product, leading.release if leading else None, self._portal.address(dataset), bool(changes)
            )

    # --- what is there ---

    def _begin(self, shelf: Shelf, files: list[Offered]) -> list[Change]:
        """Return what is missing; raises `PublicationError` where no dataset is named, or it cannot be reached."""
        if shelf.product not in self._datasets:
            raise PublicationError(f"no dataset is named for {shelf.product}: set OVERSIGHT_DATASETS")
        try:
            return self._retried(lambda: self._compare(shelf, files, self._read(shelf.product)))
        except self._portal.failures as error:
            raise PublicationError(f"{self._portal.name} does not show {shelf.product}: {_told(error)}") from None

    def _read(self, product: str) -> Dataset:
        return self._portal.read(self._datasets[product])

    def _found(self, product: str, file: Offered, dataset: Dataset) -> Resource | None:
        """Return the resource of a file: the one noted, else the first of that title."""
        noted = dataset.resources.get(self._noted(product).get(file.title, ""))
        return noted or next((each for each in dataset.resources.values() if each.title == file.title), None)

    def _ours(self, product: str, dataset: Dataset) -> set[str]:
        """Return the resources that a release of ours made."""
        noted = set(self._noted(product).values())
        return {key for key, each in dataset.resources.items() if key in noted or is_ours(each.title)}

    def _all_noted(self) -> dict[str, dict[str, str]]:
        return dict(json.loads(self._notes.read_bytes())) if self._notes.exists() else {}

    def _noted(self, product: str) -> dict[str, str]:
        return self._all_noted().get(product, {})

    def _note(self, product: str, ids: Mapping[str, str]) -> None:
        fresh = self._notes.with_name(f".{self._notes.name}.tmp")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(self._all_noted() | {product: dict(ids)}, indent=1))
        fresh.replace(self._notes)

    # --- what is compared, and done ---

    def _compare(self, shelf: Shelf, files: list[Offered], dataset: Dataset) -> list[Change]:
        changes, kept = [], set()
        for each in files:
            found = self._found(shelf.product, each, dataset)
            if found is None:
                changes.append(Change("create", each.title, "is not there"))
                continue
            kept.add(found.id)
            if not self._portal.holds(dataset, found, each):
                changes.append(Change("replace", each.title, f"resource {found.id} has other bytes"))
            elif stale := _stale(self._portal.facts_of(each), found.held):
                changes.append(Change("describe", each.title, f"resource {found.id}: {', '.join(stale)}"))
        for key in sorted(self._ours(shelf.product, dataset) - kept):
            changes.append(Change("remove", dataset.resources[key].title, f"resource {key} is offered no more"))
        if stale := _stale(self._portal.facts(shelf, dataset), dataset.held):
            action = Change("describe", shelf.product, ", ".join(stale))
            changes.append(action if dataset.held else Change("create", shelf.product, "there is no such dataset"))
        return changes

    def _upload(self, product: str, file: Offered, kept: Path, undo: list[Callable[[], object]]) -> None:
        """Bring a resource's bytes there and read them back; note how to undo it."""

        def bring() -> None:
            dataset = self._read(product)
            found = self._found(product, file, dataset)
            if found is None:
                undo.append(lambda: self._remove(product, file))
                self._portal.create(dataset, file)
            elif not self._portal.holds(dataset, found, file):  # else it was taken before the connection was lost
                copy = kept / found.id / file.path.name
                if not copy.exists():
                    content = self._portal.download(dataset, found)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(content)
                    undo.append(lambda: self._portal.replace(dataset, found, copy))
                self._portal.replace(dataset, found, file.path)

        self._retried(bring)
        self._retried(lambda: self._read_back(product, file))

    def _read_back(self, product: str, file: Offered) -> None:
        dataset = self._read(product)
        found = self._found(product, file, dataset)
        if found is None or not self._portal.holds(dataset, found, file):
            raise _MismatchError(f"it has other bytes of {file.title} than were sent")
        if self._portal.download(dataset, found) != file.path.read_bytes():
            raise _MismatchError(f"it gives other bytes of {file.title} than were sent")

    def _remove(self, product: str, file: Offered) -> None:
        dataset = self._read(product)
        if found := self._found(product, file, dataset):
            self._portal.remove(dataset, found)

    def _state(self, shelf: Shelf, files: list[Offered]) -> Dataset:
        """State the facts and remove what is offered no more, unless somebody else was quicker."""

        def state() -> Dataset:
            dataset = self._read(shelf.product)
            ids, resources = {}, {}
            for each in files:
                found = self._found(shelf.product, each, dataset)
                if found is None:
                    raise _MismatchError(f"it has lost {each.title}")
                ids[each.title], resources[found.id] = found.id, self._portal.facts_of(each)
            facts = self._portal.facts(shelf, dataset)
            gone = self._ours(shelf.product, dataset) - resources.keys()
            told = all(not _stale(each, dataset.resources[key].held) for key, each in resources.items())
            if gone or not told or _stale(facts, dataset.held):
                self._portal.state(dataset, facts, resources, gone)
            self._note(shelf.product, ids)
            return dataset

        return self._retried(state)

    def _put_back(self, undo: list[Callable[[], object]]) -> str:
        """Undo what was done, the last first; say whether the last release is up whole."""
        failed = 0
        for step in reversed(undo):
            try:
                self._retried(step)
            except self._portal.failures:
                failed += 1
        if failed:
            return f"{failed} of {len(undo)} files that were replaced could not be put back."
        return "What had been replaced was put back."

    def _retried(self, call: Callable[[], T]) -> T:
        """Call again, twice, where the portal or the connection failed."""
        attempts = Retrying(
            retry=retry_if_exception(
                lambda error: isinstance(error, self._portal.failures) and self._portal.is_passing(error)
            ),
            stop=stop_after_attempt(3),
            wait=wait_exponential(multiplier=0.1),
            reraise=True,
        )
        return attempts(call)


def _stale(wanted: Held, held: Held) -> list[str]:
    return [name for name, value in wanted.items() if held.get(name) != value]


def _told(error: Exception) -> str:
    """Return an error's words; a portal in trouble may answer with a whole page."""
    return textwrap.shorten(str(error), 300, placeholder=" ...").rstrip(".")
