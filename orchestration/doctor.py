"""Whether archive, receipts, landed rows, analysts' file and releases agree; and the mending of what is safe to mend.

Safe is what can be made again from the archive, or set aside in it: nothing that arrived is ever deleted. A sealed
release is looked at and left alone; a target is made to show what the ledger says. Nothing here knows of Dagster;
whoever calls holds the writer's slot.
"""

import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from orchestration.freshness import marts_are_behind
from orchestration.intake import (
    Arrival,
    Result,
    SideCar,
    arrival_key,
    bytes_key,
    land,
    read_arrival,
    side_car_key,
    write_arrival,
)
from orchestration.publication.bundle import BundleError, read_bundle
from orchestration.publication.ledger import LedgerError, Stage
from orchestration.publication.lifecycle import NotAllowedError, Releases
from orchestration.publication.products import PRODUCTS
from orchestration.publication.target import PublicationError
from orchestration.resources import open_releases
from orchestration.settings import Settings
from orchestration.store import Entry, FolderStore, Store
from orchestration.warehouse import Warehouse, records
from sources.report import Refusal

log = logging.getLogger("oversight")

ASIDE = "damaged/"
"""Where the archive keeps what does not hold its hash, or does not read."""
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
_SCRATCH = re.compile(r"oversight-[a-z0-9_]{8}")
"""Names of the temporary folders that intake, readers and commands make; a killed process leaves a whole copy there."""
_ABANDONED_AFTER = 3600.0
"""Seconds after which nobody is still writing a temporary file of a store."""
_ASK = "oversight doctor"
_TELL_EVERY = 5.0
"""Seconds between two words on how far the hashing has come."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with `about` (a delivery, a key of the archive or a file).

    `mended` says what was done about it; where nothing was, `remedy` says what can be.
    """

    about: str
    what: str
    mended: str = ""
    remedy: str = ""
    result: Result | None = None


class Examination:
    """One look at the whole installation, which mends what it safely can if `mend`."""

    def __init__(
        self, settings: Settings, inbox: Store, archive: Store, warehouse: Warehouse, *, mend: bool = False
    ) -> None:
        self.settings, self.inbox, self.archive, self.warehouse = settings, inbox, archive, warehouse
        self.mend = mend
        self.receipts: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, str] = {}  # hashes of what is in the inbox, with the keys there
        self.notes: dict[str, Arrival] = {}
        self.illegible: set[str] = set()  # hashes whose notes do not read
        self.stored: dict[str, Entry] = {}
        self.whole: set[str] = set()  # hashes of which the archive holds the very bytes

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong, having mended it where that is safe and wanted."""
        with self.warehouse.read() as con:
            self.receipts = {row["sha256"]: row for row in records(con, "select * from receipts")}
        for entry in self.inbox.list():
            with suppress(FileNotFoundError):  # its sender moved it away
                self.waiting[self._hash(self.inbox, entry.key)] = entry.key
        yield from self._listed()
        yield from self._hashed()
        yield from self._noted()
        yield from self._received()
        yield from self._rows()
        yield from self._leftovers()
        yield from self._releases()
        if behind := marts_are_behind(self.settings, self.warehouse):
            yield self._finding("analysts' file", behind, "built anew after this", "oversight build")

    # --- the archive against the receipts ---

    def _listed(self) -> Iterator[Finding]:
        """Learn what the archive lists, and read what came with the deliveries."""
        for key, entry in {entry.key: entry for entry in self.archive.list()}.items():
            sha256 = Path(key).name.removesuffix(".json")
            if key == bytes_key(sha256):
                self.stored[sha256] = entry
            elif key == arrival_key(sha256):
                yield from self._note(sha256)
            elif key == side_car_key(Path(key).parent.name, sha256):
                if self._hash(self.archive, key) != sha256:
                    yield self._aside(self._name(Path(key).parent.name), "a side-car of it is damaged", key)
            elif not key.startswith(ASIDE):
                yield Finding(key, "nothing of that name belongs in the archive", remedy="look at it, and move it away")

    def _note(self, sha256: str) -> Iterator[Finding]:
        try:
            note = read_arrival(sha256, self.archive)
        except ValidationError:
            note = None
        if note and note.sha256 == sha256:
            self.notes[sha256] = note
            return
        self.illegible.add(sha256)
        yield self._aside(self._name(sha256), "the note of its arrival does not read", arrival_key(sha256))

    def _hashed(self) -> Iterator[Finding]:
        """Hash everything, tell what is damaged, and look in the inbox for what is missing."""
        size, done, told = sum(entry.size for entry in self.stored.values()), 0, time.monotonic()
        for sha256, entry in self.stored.items():
            found = self._hash(self.archive, entry.key)
            done += entry.size
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                log.info("hashed %s of %s MB of the archive", f"{done / 1e6:,.0f}", f"{size / 1e6:,.0f}")
            if found == sha256:
                self.whole.add(sha256)
                continue
            what = f"its bytes in the archive are damaged, they hash to {found[:12]}"
            yield self._aside(self._name(sha256), what, entry.key)
        # What is damaged is missing once it has been set aside; until then it has been told of.
        told_of = self.whole if self.mend else self.stored.keys()
        for sha256 in sorted((self.receipts.keys() | self.notes.keys()) - told_of):
            yield self._missing(sha256)

    def _missing(self, sha256: str) -> Finding:
        what = "the archive does not hold its bytes"
        if sha256 not in self.waiting:
            if self.receipts.get(sha256, {}).get("outcome") == "landed":
                what += "; its rows are landed and stay"
            remedy = "restore the archive from a backup, or drop the same file into the inbox"
            return Finding(self._name(sha256), what, remedy=remedy)
        if self.mend:
            with self._fetched(self.inbox, self.waiting[sha256]) as path:
                self.archive.put(bytes_key(sha256), path)
            self.whole.add(sha256)
        return self._finding(self._name(sha256), what, f"archived from the inbox, from {self.waiting[sha256]!r}")

    def _noted(self) -> Iterator[Finding]:
        told_of = self.notes.keys() if self.mend else self.notes.keys() | self.illegible
        for sha256 in sorted(self.receipts.keys() - told_of):
            receipt = self.receipts[sha256]
            side_car = SideCar(published=receipt["published_on"], synthetic=receipt["synthetic"])
            self._write_note(sha256, receipt["name"], receipt["received_at"], receipt["size_bytes"], side_car)
            what = "the archive has no note of its arrival"
            yield self._finding(self._name(sha256), what, "written from its receipt")

    def _received(self) -> Iterator[Finding]:
        """Land what was archived by a run that died before it could write a receipt."""
        # What still waits in the inbox is taken with the next intake, and with what its side-car says.
        for sha256 in sorted(self.whole - self.receipts.keys() - self.waiting.keys()):
            if sha256 not in self.notes:
                entry = self.stored[sha256]
                arrived = datetime.fromtimestamp(entry.modified, UTC).replace(tzinfo=None)
                self._write_note(sha256, f"unnamed-{sha256[:8]}", arrived, entry.size, SideCar())
            yield self._landing(sha256, "it is archived and has no receipt")

    def _write_note(self, sha256: str, name: str, received_at: datetime, size_bytes: int, side_car: SideCar) -> None:
        self.notes[sha256] = Arrival(
            name=name, sha256=sha256, size_bytes=size_bytes, received_at=received_at, side_car=side_car
        )
        if self.mend:
            write_arrival(self.notes[sha256], self.archive)

    # --- what landed against the receipts ---

    def _rows(self) -> Iterator[Finding]:
        orphans: list[dict[str, Any]] = []
        differing: list[dict[str, Any]] = []
        with self.warehouse.read() as con:
            for feed in self.warehouse.feeds:
                names = {"feed": feed.name, "total": feed.history.total}
                orphans += records(con, _ORPHANS.format(**names), {"feed": feed.name})
                differing += records(con, _DIFFERING.format(**names), {"feed": feed.name})
        for orphan in orphans:
            feed_name, delivery = orphan["feed"], orphan["delivery_id"]
            if self.mend:
                with self.warehouse.write() as con:
                    con.execute(f'delete from "{feed_name}" where delivery_id = ?', [delivery])  # noqa: S608
                    con.execute("delete from coverage where delivery_id = ? and feed = ?", [delivery, feed_name])
            what = f"{orphan['rows']:,} rows, {orphan['periods']:,} periods of {feed_name} without a landed receipt"
            yield self._finding(delivery, what, "deleted")
        for landed in differing:
            what = f"its rows in {landed['feed']} are not what its receipt and coverage say"
            yield self._landing(landed["sha256"], what, again=True)

    def _landing(self, sha256: str, what: str, *, again: bool = False) -> Finding:
        if not self.mend:
            return Finding(self._name(sha256), what, remedy=_ASK)
        if sha256 not in self.whole:
            return Finding(self._name(sha256), what, remedy="it cannot be landed again before its bytes are back")
        try:
            with self._fetched(self.archive, bytes_key(sha256)) as path:
                result = land(self.notes[sha256], path, self.archive, self.warehouse, again=again)
        except Refusal as refusal:
            return Finding(self._name(sha256), what, remedy=f"it does not land again: {refusal.report.headline}")
        return Finding(result.delivery_id, what, mended=f"from the archive: {result.outcome}", result=result)

    # --- files ---

    def _leftovers(self) -> Iterator[Finding]:
        """Remove what a killed process left half written."""
        data = self.settings
        left = [data.snapshot.parent / ".next", data.datastore / ".index.html.tmp"]
        left += [path for root in (data.releases, data.datastore) for path in root.glob("*/.*.tmp")]
        for store in (self.inbox, self.archive):
            if isinstance(store, FolderStore):
                left += [path for path in store.root.rglob(".*.tmp") if _abandoned(path)]
        left += [path for path in Path(gettempdir()).glob("oversight-*") if _abandoned_scratch(path)]
        for path in left:
            if not path.is_symlink() and not path.exists():
                continue
            if self.mend and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif self.mend:
                path.unlink()
            yield self._finding(str(path), "a killed process left it half written", "removed")

    def _releases(self) -> Iterator[Finding]:
        """Check the ledger and the seals, and that the target shows what the ledger says."""
        releases = open_releases(self.settings)
        try:
            facts = releases.ledger.facts()
        except LedgerError as error:
            yield Finding(str(releases.ledger.path), str(error), remedy="restore it from a backup")
            return
        known = {(fact.product, fact.release) for fact in facts if fact.stage is Stage.sealed}
        lost = {(product.name, name) for product in PRODUCTS.values() for name in releases.unknown(product.name)}
        for product, release in sorted(lost):
            what = "it is sealed, and the ledger knows nothing of it"
            remedy = f"restore {releases.ledger.path} from a backup; until then nothing of {product} is released"
            yield Finding(str(self.settings.releases / product / release), what, remedy=remedy)
        damaged: set[str] = set()
        for path in _releases_in(self.settings.releases):
            product, release = path.parent.name, path.name
            try:
                # What a run wrote before it was killed is no release, and gives way when the run is made again.
                releases.unaltered(product, release) if (product, release) in known else read_bundle(path)
            except (NotAllowedError, BundleError) as error:
                damaged.add(product)
                copy = self.settings.datastore / product / release
                yield Finding(str(path), str(error), remedy=f"restore it from a backup, or from {copy} if that holds")
        for path in _releases_in(self.settings.datastore):
            if (path.parent.name, path.name) not in known | lost:
                yield Finding(str(path), "the ledger knows no such release", remedy="move it away")
        for product in sorted({product for product, _ in known} - damaged - {product for product, _ in lost}):
            yield from self._shown(releases, product)

    def _shown(self, releases: Releases, product: str) -> Iterator[Finding]:
        shelf = releases.shelf(product)
        try:
            missing = releases.target.plan(shelf)
            if missing and self.mend:
                releases.target.show(shelf)
        except PublicationError as error:
            place = str(self.settings.datastore / product)
            yield Finding(place, str(error), remedy="move that release away, then: oversight doctor")
            return
        for change in missing:
            what = f"does not show what the ledger says: {change.action}, {change.why}"
            yield self._finding(change.what, what, "shown")

    # --- tools ---

    def _finding(self, about: str, what: str, done: str, otherwise: str = _ASK) -> Finding:
        return Finding(about, what, mended=done) if self.mend else Finding(about, what, remedy=otherwise)

    def _name(self, sha256: str) -> str:
        return str(self.receipts[sha256]["delivery_id"]) if sha256 in self.receipts else sha256[:12]

    def _aside(self, about: str, what: str, key: str) -> Finding:
        """Keep what is damaged out of the way, so that the same can be stored again."""
        if self.mend:
            with self._fetched(self.archive, key) as path:
                self.archive.put(f"{ASIDE}{Path(key).name}.{uuid4().hex[:8]}", path)
            self.archive.delete(key)
        return self._finding(about, what, f"set aside in {ASIDE}")

    def _hash(self, store: Store, key: str) -> str:
        with self._fetched(store, key) as path, path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @staticmethod
    @contextmanager
    def _fetched(store: Store, key: str) -> Iterator[Path]:
        with TemporaryDirectory(prefix="oversight-") as folder:
            path = Path(folder) / "object"
            store.fetch(key, path)
            yield path


_ORPHANS = """
    with landed as (select delivery_id from receipts where outcome = 'landed' and feed = $feed),
    stated as (
        select delivery_id, 1 as row, null as period from "{feed}"
        union all select delivery_id, null, 1 from coverage where feed = $feed
    )
    select $feed as feed, delivery_id, count(row) as rows, count(period) as periods
    from stated anti join landed using (delivery_id) group by all order by all
"""
_DIFFERING = """
    with landed as (select delivery_id, sha256, rows, periods from receipts where outcome = 'landed' and feed = $feed),
    stated as (
        select delivery_id, scope, period_start, period_end, count(*) as rows, ({total})::double as total
        from "{feed}" group by delivery_id, scope, period_start, period_end
    ),
    covered as (from coverage where feed = $feed),
    differing as (
        select delivery_id from stated full join covered using (delivery_id, scope, period_start, period_end)
        -- sums of floating-point numbers depend on the order of the rows
        where stated.rows is distinct from covered.rows
           or coalesce(abs(stated.total - covered.total) > 1e-9 * greatest(abs(covered.total), 1), true)
               and stated.total is distinct from covered.total
        union
        select delivery_id
        from landed left join stated using (delivery_id)
        group by delivery_id, landed.rows, landed.periods
        having coalesce(sum(stated.rows), 0) <> landed.rows
            or count(distinct (stated.period_start, stated.period_end)) <> landed.periods
    )
    select distinct $feed as feed, landed.sha256 from landed semi join differing using (delivery_id) order by all
"""
"""Landed deliveries of which receipt, coverage and rows differ."""


def _abandoned(path: Path) -> bool:
    return bool(_TEMPORARY.fullmatch(path.name)) and time.time() - path.lstat().st_mtime > _ABANDONED_AFTER


def _abandoned_scratch(folder: Path) -> bool:
    if not _SCRATCH.fullmatch(folder.name):
        return False
    try:
        status = [path.lstat() for path in (folder, *folder.rglob("*"))]
    except FileNotFoundError:  # whose it was has just ended
        return False
    return status[0].st_uid == os.getuid() and time.time() - max(it.st_mtime for it in status) > _ABANDONED_AFTER


def _releases_in(folder: Path) -> Iterator[Path]:
    """Yield the folders of releases, product by product; of a superseded one, that where its notice stands."""
    for path in sorted(folder.glob("*/[!.]*")):
        if path.is_dir() and not path.is_symlink() and path.name != "superseded":
            yield path
