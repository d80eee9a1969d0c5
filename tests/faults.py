"""A publication to a practice Datastore, each of its requests made to fail in turn. `make faults` shows the table."""

import logging
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import requests
from datapress import DataPressClient
from rich.console import Console
from rich.progress import track
from rich.table import Table

from orchestration.publication.datapress import DataPressTarget
from orchestration.publication.ledger import Ledger
from orchestration.publication.lifecycle import Releases
from orchestration.publication.target import PublicationError
from tests.datastore import KEY, Datastore, Fault, serving
from tests.office import DAY, PRODUCT, Q1, R2, Office

FAULTS: tuple[Fault, ...] = get_args(Fault)
AT_ONCE, AGAIN = "published at once", "refused and put back, published by the second call"
RIGHT = (AT_ONCE, AGAIN)


class DatastoreOffice(Office):
    """An office whose releases go to a practice Datastore."""

    def __init__(self, folder: Path, store: Datastore, key: str = KEY) -> None:
        super().__init__(folder)
        self.store = store
        self.dataset = next(iter(store.datasets)) if store.datasets else store.add_dataset("Recorded crime")
        notes, client = folder / "out" / "datapress.json", DataPressClient(key, store.address)
        target = DataPressTarget({PRODUCT: self.dataset}, notes, lambda: client)
        self.releases = Releases(Ledger(folder / "out" / "ledger.jsonl"), folder / "out", target)
        self.ledger = self.releases.ledger

    @property
    def held(self) -> dict[str, Any]:
        return self.store.datasets[self.dataset]

    def titles(self) -> list[str]:
        """Return the titles of the resources as the public finds them."""
        return [each["title"] for each in sorted(self.held["resources"].values(), key=lambda each: each["order"])]

    def content(self, title: str) -> bytes:
        """Download a resource as anybody can."""
        [resource] = [each for each in self.held["resources"].values() if each["title"] == title]
        return requests.get(resource["url"], timeout=10).content

    def has_files_of(self, release: str) -> bool:
        """Tell whether the files offered are those of a release, each of them once."""
        folder = self.folder / "out" / PRODUCT / release
        files = {"Figures, CSV": f"{PRODUCT}.csv", "Seal": "release.json", "Update, web page": "index.html"}
        return len(set(self.titles())) == len(self.titles()) and all(
            self.content(title) == (folder / name).read_bytes() for title, name in files.items()
        )

    def right(self, release: str) -> bool:
        """Tell whether the dataset is exactly what a release should look like, without a second copy of anything."""
        return (
            self.has_files_of(release)
            and f"Release {release}," in self.held["description"]
            and sorted(each["order"] for each in self.held["resources"].values()) == list(range(len(self.titles())))
            and self.releases.target.plan(self.releases.shelf(PRODUCT)) == []
        )


def disturbed(folder: Path, number: int, fault: Fault) -> tuple[str, int]:
    """Publish a correction whose `number`th request fails, and again; return what came of it and the first requests."""
    store = Datastore()
    with serving(store):
        shop = DatastoreOffice(folder, store)
        shop.issue(Q1)
        late = DAY + timedelta(days=120)
        shop.seal(R2, late)
        start = len(store.requests)
        store.faults[start + number] = fault
        outcome = AT_ONCE
        try:
            shop.publish(R2, late)
        except PublicationError as error:
            outcome = AGAIN
            if KEY in str(error):
                return "the key was told", 0
            if not shop.has_files_of(Q1):
                return f"not put back: {error}", 0
        seen = len(store.requests) - start
        store.faults.clear()
        shop.publish(R2, late)
        right = shop.right(R2) and shop.stages() == {Q1: "superseded", R2: "published"}
        return outcome if right else "not as it should be", seen


def main() -> int:
    """Show every fault of every request; exit with 1 unless each ends right."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    counted: dict[Fault, Counter[str]] = {fault: Counter() for fault in FAULTS}
    with TemporaryDirectory() as scratch:
        _, total = disturbed(Path(scratch) / "undisturbed", 0, "500")
        for number in track(range(1, total + 1), "requests", console=Console(stderr=True)):
            for fault in FAULTS:
                outcome, _ = disturbed(Path(scratch) / f"{number} {fault}", number, fault)
                counted[fault][outcome] += 1
    outcomes = [*RIGHT, *sorted({each for found in counted.values() for each in found} - {*RIGHT})]
    table = Table("the server answers", *outcomes, title=f"A correction in {total} requests, each failing in turn")
    for fault, found in counted.items():
        table.add_row(fault, *(str(found[outcome]) for outcome in outcomes))
    Console(width=140).print(table)
    wrong = sum(found.total() for found in counted.values()) - sum(f[each] for f in counted.values() for each in RIGHT)
    print(f"{total * len(FAULTS)} cases, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
