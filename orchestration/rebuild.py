"""A release made again from the archive, in an installation of its own, and compared with what was sealed.

Every file must come out the same to the byte, but for the gate's evidence, which tells when it judged; its outcome must
be the same. What was sealed is only read.
"""

import csv
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration import dbt
from orchestration.decisions import Verb, decide
from orchestration.intake import bytes_key, land, read_arrival
from orchestration.publication.bundle import Bundle, write_bundle
from orchestration.publication.calendar import release_day
from orchestration.publication.draft import draft
from orchestration.publication.ledger import Stage
from orchestration.publication.lifecycle import NotAllowedError, Releases
from orchestration.publication.products import PRODUCTS
from orchestration.publication.target import Standing
from orchestration.resources import open_releases
from orchestration.settings import Settings
from orchestration.store import Store, open_store
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

log = logging.getLogger("oversight")


@dataclass(frozen=True)
class Compared:
    """One file of a release: the hash that was sealed, and that of the file made again."""

    name: str
    sealed: str
    again: str | None

    @property
    def same(self) -> bool:
        """Whether the two are the same to the byte."""
        return self.sealed == self.again


def rebuild(product: str, release: str, settings: Settings) -> list[Compared]:
    """Make a release again from the archive and compare it, file by file; the evidence is left out.

    Raises:
        NotAllowedError: it was never sealed or was altered, the archive has lost a file, or the dbt project is not the
            one that made it.
    """
    releases = open_releases(settings)
    bundle = releases.unaltered(product, release)
    if bundle.project != dbt.project_hash():
        raise NotAllowedError(
            f"{product} {release} was made by the dbt project of hash {bundle.project[:12]}, not by this one: "
            "check out the version of the code that made it"
        )
    with TemporaryDirectory(prefix="oversight-") as folder:
        scratch = Settings(data=Path(folder), archive=settings.archive_url, lock_seconds=settings.lock_seconds)
        _land_basis(bundle, open_store(settings.archive_url), scratch)
        failed = [node.name for node in dbt.build(scratch) if not node.good]
        if failed:
            raise NotAllowedError(f"the marts do not build from the archive: {', '.join(failed)}")
        again = draft(
            scratch.build,
            PRODUCTS[product],
            bundle.quarter,
            released=settings.releases / product / bundle.follows if bundle.follows else None,
            seen=[_as_it_was(bundle, each, releases).path for each in bundle.seen],
            expected=release_day(bundle.quarter).expected(FEEDS),
            corrects=bool(bundle.correction),
            earlier=_earlier(bundle, releases),
        )
        made = write_bundle(
            again,
            release=release,
            evidence=bundle.path / "evidence",
            verdict=bundle.verdict,
            folder=scratch.releases,
            released_at=bundle.released_at,
            correction=bundle.correction,
            project=bundle.project,
        )
    hashes = {file.name: file.sha256 for file in made.files}
    return [
        Compared(file.name, file.sha256, hashes.get(file.name))
        for file in bundle.files
        if not file.name.startswith("evidence/")
    ]


def _earlier(bundle: Bundle, releases: Releases) -> list[Standing]:
    """The releases that an annual report was made from, as they stood then."""
    return [
        Standing(_as_it_was(bundle, each, releases), Stage(each["stage"]), each["reason"]) for each in bundle.earlier
    ]


def _as_it_was(bundle: Bundle, named: Mapping[str, str], releases: Releases) -> Bundle:
    """Return a release that another names by its number and its seal."""
    earlier = releases.unaltered(bundle.product, named["release"])
    if earlier.seal != named["seal"]:
        raise NotAllowedError(f"{earlier.product} {earlier.release} is not the one that {bundle.release} was made from")
    return earlier


def _land_basis(bundle: Bundle, archive: Store, scratch: Settings) -> None:
    """Land what had landed when the release was made, in the order in which it had come."""
    warehouse = Warehouse(scratch.landing, FEEDS, scratch.lock_seconds)
    warehouse.prepare()
    hashes = list(_basis(bundle))
    if lost := [sha256 for sha256 in hashes if not archive.exists(bytes_key(sha256))]:
        raise NotAllowedError(f"the archive has lost {len(lost)} files of the basis, such as {lost[0][:12]}")
    arrivals = sorted((read_arrival(sha256, archive) for sha256 in hashes), key=lambda each: each.received_at)
    for number, arrival in enumerate(arrivals, start=1):
        log.info("%s of %s: %s", number, len(arrivals), arrival.name)
        path = scratch.data / "delivery"
        archive.fetch(bytes_key(arrival.sha256), path)
        result = land(arrival, path, archive, warehouse)
        if result.outcome == "held":
            # A person had accepted it, or it stood against vintages that have been withdrawn since.
            decide(Verb.accept, result.delivery_id, archive, warehouse, by="rebuild", reason="it had landed")


def _basis(bundle: Bundle) -> Iterator[str]:
    with (bundle.path / "basis.csv").open(newline="") as file:
        yield from (row["sha256"] for row in csv.DictReader(file))
