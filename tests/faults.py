"""A correction on each practice portal, each of its requests made to fail in turn. `make faults` shows the table."""

import logging
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar, get_args

import requests
from ckanapi import RemoteCKAN
from datapress import DataPressClient
from rich.console import Console
from rich.progress import track
from rich.table import Table

from orchestration.publication.ckan import Ckan
from orchestration.publication.datapress import DataPress
from orchestration.publication.ledger import Ledger
from orchestration.publication.lifecycle import Releases
from orchestration.publication.remote import Portal, RemoteTarget
from orchestration.publication.target import PublicationError
from tests import ckan, datastore
from tests.office import DAY, PRODUCT, Q1, R2, Office
from tests.serving import PATIENCE, Fault, PracticePortal, serving

FAULTS: tuple[Fault, ...] = get_args(Fault)
AT_ONCE, AGAIN = "published at once", "refused and put back, published by the second call"
RIGHT = (AT_ONCE, AGAIN)

P = TypeVar("P", bound=PracticePortal)


class RemoteOffice(Office, ABC, Generic[P]):
    """An office whose releases go to a practice portal."""

    def __init__(self, folder: Path, practice: P, dataset: str, portal: Portal) -> None:
        super().__init__(folder)
        self.practice, self.dataset, self.portal = practice, dataset, portal
        self.notes = folder / "out" / "notes.json"
        target = RemoteTarget(portal, {PRODUCT: dataset}, self.notes)
        self.releases = Releases(Ledger(folder / "out" / "ledger.jsonl"), folder / "out", target)
        self.ledger = self.releases.ledger

    @property
    @abstractmethod
    def held(self) -> dict[str, Any]:
        """The dataset."""

    @abstractmethod
    def resources(self) -> list[dict[str, Any]]:
        """Return the resources in the order in which the public finds them, each with `id` and `title`."""

    @abstractmethod
    def about(self) -> str:
        """Return what the dataset says of itself."""

    def titles(self) -> list[str]:
        return [each["title"] for each in self.resources()]

    def ids(self) -> dict[str, str]:
        return {each["title"]: each["id"] for each in self.resources()}

    def content(self, title: str) -> bytes:
        """Download a resource as anybody can."""
        [resource] = [each for each in self.resources() if each["title"] == title]
        return requests.get(resource["url"], timeout=10).content

    def has_files_of(self, release: str) -> bool:
        """Tell whether the files offered are those of a release, each of them once."""
        folder = self.folder / "out" / PRODUCT / release
        files = {"Figures, CSV": f"{PRODUCT}.csv", "Seal": "release.json", "Update, web page": "index.html"}
        return len(set(self.titles())) == len(self.titles()) and all(
            self.content(title) == (folder / name).read_bytes() for title, name in files.items()
        )

    def plan(self) -> list[tuple[str, str, str]]:
        changes = self.releases.target.plan(self.releases.shelf(PRODUCT))
        return [(change.action, change.what, change.why) for change in changes]

    def right(self, release: str) -> bool:
        """Tell whether the dataset is exactly what a release should look like, without a second copy of anything."""
        return self.has_files_of(release) and f"Release {release}," in self.about() and self.plan() == []


class DatastoreOffice(RemoteOffice[datastore.Datastore]):
    """An office whose releases go to a practice Datastore."""

    def __init__(self, folder: Path, practice: datastore.Datastore, key: str = datastore.KEY) -> None:
        dataset = next(iter(practice.datasets)) if practice.datasets else practice.add_dataset("Recorded crime")
        client = DataPressClient(key, practice.address)
        super().__init__(folder, practice, dataset, DataPress(lambda: client, PATIENCE))

    @property
    def held(self) -> dict[str, Any]:
        return self.practice.datasets[self.dataset]

    def resources(self) -> list[dict[str, Any]]:
        found = [each | {"id": key} for key, each in self.held["resources"].items()]
        return sorted(found, key=lambda each: each["order"])

    def about(self) -> str:
        return str(self.held["description"])


class CkanOffice(RemoteOffice[ckan.Ckan]):
    """An office whose releases go to a practice CKAN site."""

    def __init__(self, folder: Path, practice: ckan.Ckan, key: str = ckan.KEY) -> None:
        client = RemoteCKAN(practice.address, apikey=key)
        super().__init__(folder, practice, "recorded-crime", Ckan(lambda: client, ckan.ORGANISATION, PATIENCE))

    @property
    def held(self) -> dict[str, Any]:
        [held] = self.practice.datasets.values()
        return held

    def resources(self) -> list[dict[str, Any]]:
        return [each | {"title": each["name"]} for each in self.held["resources"]]

    def about(self) -> str:
        return str(self.held["notes"])


AnyOffice = DatastoreOffice | CkanOffice
OFFICES: dict[str, tuple[Callable[[], PracticePortal], Callable[[Path, Any], AnyOffice]]] = {
    "the Datastore": (datastore.Datastore, DatastoreOffice),
    "CKAN": (ckan.Ckan, CkanOffice),
}
KEYS = (datastore.KEY, ckan.KEY)


def disturbed(name: str, folder: Path, number: int, fault: Fault) -> tuple[str, int]:
    """Publish a correction whose `number`th request fails, and again; return what came of it and the first requests."""
    practise, open_office = OFFICES[name]
    practice = practise()
    with serving(practice):
        shop = open_office(folder, practice)
        shop.issue(Q1)
        late = DAY + timedelta(days=120)
        shop.seal(R2, late)
        start = len(practice.requests)
        practice.faults[start + number] = fault
        outcome = AT_ONCE
        try:
            shop.publish(R2, late)
        except PublicationError as error:
            outcome = AGAIN
            if any(key in str(error) for key in KEYS):
                return "the key was told", 0
            if not shop.has_files_of(Q1):
                return f"not put back: {error}", 0
        seen = len(practice.requests) - start
        practice.faults.clear()
        shop.publish(R2, late)
        right = shop.right(R2) and shop.stages() == {Q1: "superseded", R2: "published"}
        return outcome if right else "not as it should be", seen


def show(name: str, scratch: Path, console: Console) -> int:
    """Show every fault of every request of one portal; return how many did not end right."""
    _, total = disturbed(name, scratch / "undisturbed", 0, "500")
    counted: dict[Fault, Counter[str]] = {fault: Counter() for fault in FAULTS}
    with ProcessPoolExecutor() as pool:
        cases = {
            pool.submit(disturbed, name, scratch / f"{number} {fault}", number, fault): fault
            for number, fault in product(range(1, total + 1), FAULTS)
        }
        for case in track(as_completed(cases), "cases", len(cases), console=Console(stderr=True)):
            outcome, _ = case.result()
            counted[cases[case]][outcome] += 1
    outcomes = [*RIGHT, *sorted({each for found in counted.values() for each in found} - {*RIGHT})]
    title = f"A correction on {name} in {total} requests, each failing in turn"
    table = Table("the server answers", *outcomes, title=title)
    for fault, found in counted.items():
        table.add_row(fault, *(str(found[outcome]) for outcome in outcomes))
    console.print(table)
    wrong = sum(found.total() - sum(found[each] for each in RIGHT) for found in counted.values())
    console.print(f"{len(cases)} cases, {wrong} wrong")
    return wrong


def main() -> int:
    """Show the table of each portal; exit with 1 unless each case ends right."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with TemporaryDirectory() as scratch:
        wrong = sum(show(name, Path(scratch) / name, Console(width=140)) for name in OFFICES)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
