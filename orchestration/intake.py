"""What happens to one file: archived, recognised, made tidy, judged against the past, and landed.

The same functions serve the sensor's run, the command line and a re-landing from the UI; nothing here knows of
Dagster. Each step can be cut short and run again: the bytes are archived under their hash before anything reads
them, rows and receipt commit together, and only then does the file leave the inbox.
"""

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import duckdb
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from orchestration.errors import ToldError
from orchestration.settings import LONDON
from orchestration.store import Entry, Store
from orchestration.warehouse import RECEIPT, Warehouse, records
from sources.feed import Feed
from sources.recognise import Recognised, recognise
from sources.report import Problem, Refusal, Report, quoted, visible
from sources.tidy import Tidied, tidy

log = logging.getLogger("oversight")

SIDE_CAR = ".delivery.json"
"""A file `NAME.delivery.json` beside `NAME` tells what its sender knows of it: see `SideCar`.

It comes before its file or with it. One that came more than `SIDE_CAR_AGE` seconds before is of some earlier file of
that name, and is not applied: the file is quarantined until it comes with one of its own.
"""

SIDE_CAR_AGE = 24 * 3600
SIDE_CAR_LIMIT = 1 << 16
"""Bytes of a side-car that is read; it is archived whatever its size."""


class SideCar(BaseModel):
    """What the sender of a file may say of it."""

    model_config = ConfigDict(extra="forbid")

    # Strict: as a number, 20260718 would be seconds since 1970.
    published: Annotated[date | None, Field(strict=True)] = None
    feed: str | None = None
    name: str | None = None
    """The name that the publisher gave the file, where it came under another."""
    synthetic: bool = False
    note: str = ""

    @field_validator("published")
    @classmethod
    def _has_come(cls, day: date | None) -> date | None:
        # A day to come would make its delivery the newest of all until then.
        if day and day > datetime.now(LONDON).date():
            raise ValueError(f"{day} lies in the future")
        return day


class Arrival(BaseModel):
    """What was known when a file first arrived; kept in the archive beside the bytes."""

    name: str
    sha256: str
    size_bytes: int
    received_at: datetime
    side_car: SideCar
    side_car_faults: tuple[str, ...] = ()
    """Why the side-car that came last does not count: then nothing lands until one comes that does."""


class NotAllowedError(ToldError):
    """What cannot be done with a delivery as it stands; the message says what can."""


@dataclass(frozen=True)
class Result:
    """What became of one file.

    `outcome` is landed, unchanged (the same bytes were landed before), held, quarantined or rejected.
    """

    delivery_id: str
    feed: str | None
    name: str
    outcome: str
    rows: int = 0
    report: Report | None = None
    receipt: dict[str, Any] | None = None


def take(name: str, inbox: Store, archive: Store, warehouse: Warehouse) -> Result:
    """Take the file called `name` out of the inbox, all the way to landed, held or quarantined.

    A file that was replaced meanwhile stays in the inbox: its new bytes have not been taken.

    Raises:
        FileNotFoundError: it is not in the inbox, or vanished from it before it could be copied.
    """
    waiting, beside = inbox.entry(name), inbox.entry(name + SIDE_CAR)
    if waiting is None:
        raise FileNotFoundError(f"{visible(name)} is not in the inbox")
    with TemporaryDirectory(prefix="oversight-") as folder:
        path, note = Path(folder) / "delivery", Path(folder) / "side-car"
        inbox.fetch(name, path)
        side_car, faults = _read_side_car(waiting, beside, inbox, note) if beside else (None, ())
        arrival = archive_file(path, name, side_car or SideCar(), archive)
        if side_car is not None:
            _keep_side_car(note, arrival, archive)
            arrival = amend(arrival, side_car, faults, archive, warehouse)
        result = land(arrival, path, archive, warehouse)
    if inbox.entry(name) == waiting:
        # The side-car first: its file without it is known by what the archive notes, it without its file is not.
        if later := inbox.entry(name + SIDE_CAR):
            if later != beside:
                _put_aside(later, arrival, inbox, archive)
            inbox.delete(name + SIDE_CAR, later)
        inbox.delete(name, waiting)
    return replace(result, name=legible(name))


def legible(name: str) -> str:
    """Return a file's name as text that can be stored: bytes that are not UTF-8 are spelt out."""
    return name.encode("utf-8", "backslashreplace").decode()


def archive_file(path: Path, name: str, side_car: SideCar, archive: Store) -> Arrival:
    """Store the bytes under their hash, then what is known of their arrival; the first arrival stands."""
    sha256 = _sha256(path)
    if not archive.exists(bytes_key(sha256)):
        archive.put(bytes_key(sha256), path, own=True)
    if archive.exists(arrival_key(sha256)):
        return read_arrival(sha256, archive)
    arrival = Arrival(
        name=legible(name),
        sha256=sha256,
        size_bytes=path.stat().st_size,
        received_at=datetime.now(UTC).replace(tzinfo=None),
        side_car=side_car,
    )
    write_arrival(arrival, archive)
    return arrival


def amend(
    arrival: Arrival, side_car: SideCar, faults: tuple[str, ...], archive: Store, warehouse: Warehouse
) -> Arrival:
    """Return the arrival with what a later side-car says; what was decided on keeps what it was decided with."""
    if (side_car, faults) == (arrival.side_car, arrival.side_car_faults):
        return arrival
    known = _known(arrival.sha256, warehouse)
    if known and known["outcome"] in ("landed", "rejected"):
        return arrival
    amended = arrival.model_copy(update={"side_car": side_car, "side_car_faults": faults})
    write_arrival(amended, archive)
    return amended


def write_arrival(arrival: Arrival, archive: Store) -> None:
    """Note in the archive what is known of an arrival."""
    with TemporaryDirectory(prefix="oversight-") as folder:
        note = Path(folder) / "arrival.json"
        note.write_text(arrival.model_dump_json(indent=1))
        archive.put(arrival_key(arrival.sha256), note)


def read_arrival(sha256: str, archive: Store) -> Arrival:
    """Return what the archive knows of the arrival of these bytes."""
    with TemporaryDirectory(prefix="oversight-") as folder:
        note = Path(folder) / "arrival.json"
        archive.fetch(arrival_key(sha256), note)
        return Arrival.model_validate_json(note.read_text())


def bytes_key(sha256: str) -> str:
    """Archive key of a delivery's bytes."""
    return f"bytes/{sha256[:2]}/{sha256}"


def arrival_key(sha256: str) -> str:
    """Archive key of what is known of a delivery's arrival."""
    return f"arrivals/{sha256}.json"


def side_car_key(delivery: str, sha256: str) -> str:
    """Archive key of the bytes of a side-car that came with the delivery of this hash."""
    return f"side-cars/{delivery}/{sha256}.json"


def land(
    arrival: Arrival,
    path: Path,
    archive: Store,
    warehouse: Warehouse,
    *,
    again: bool = False,
) -> Result:
    """Land the archived bytes at `path`, or file a receipt that says why not.

    Args:
        arrival: what is known of them.
        path: a local copy of them.
        archive: where a copy is kept; held as an argument so that a caller cannot land what is not archived.
        warehouse: where they land.
        again: land even if they were landed before: the rows are replaced by the same rows.
    """
    if not archive.exists(bytes_key(arrival.sha256)):
        raise FileNotFoundError(f"the archive does not hold {arrival.sha256}")
    known = _known(arrival.sha256, warehouse)
    if known and known["outcome"] in ("landed", "rejected") and not again:
        log.info(
            "%s: the same bytes were %s before as %s; nothing changes",
            visible(arrival.name),
            known["outcome"],
            known["delivery_id"],
        )
        return Result(known["delivery_id"], known["feed"], arrival.name, "unchanged", known["rows"] or 0, receipt=known)
    receipt: dict[str, Any] = {
        **dict.fromkeys(RECEIPT),
        **arrival.model_dump(include={"sha256", "size_bytes", "received_at"}),
        "delivery_id": f"unread-{arrival.sha256[:8]}",
        "name": arrival.side_car.name or arrival.name,
        "feed": arrival.side_car.feed if arrival.side_car.feed in {feed.name for feed in warehouse.feeds} else None,
        "synthetic": arrival.side_car.synthetic,
        "published_on": arrival.side_car.published,
        "decided_by": known["decided_by"] if known else None,
        "decision": known["decision"] if known else None,
    }
    with TemporaryDirectory(prefix="oversight-") as folder:
        try:
            _check_side_car(arrival)
            name = receipt["name"].rpartition("/")[2]
            found = recognise(path, warehouse.feeds, name=name, expected=arrival.side_car.feed)
            receipt |= {"feed": found.feed.name, "layout": found.layout.name}
            tidied = tidy(found, Path(folder), published=arrival.side_car.published)
            receipt |= _dated(arrival, found, tidied)
            with warehouse.write() as con:
                _state_coverage(con, found.feed, receipt["delivery_id"], tidied.path)
                if receipt["decision"] is None and not (known and known["outcome"] == "landed"):
                    check_history(con, found.feed, receipt)
                receipt |= {"outcome": "landed", "landed_at": datetime.now(UTC).replace(tzinfo=None)}
                _replace(con, found.feed, receipt, tidied.path)
        except Refusal as refusal:
            return _file(refusal, receipt, warehouse)
    log.info(
        "%s: landed as %s/%s, %s rows, %s periods",
        visible(arrival.name),
        found.feed.name,
        receipt["delivery_id"],
        f"{tidied.rows:,}",
        tidied.periods,
    )
    return Result(receipt["delivery_id"], found.feed.name, arrival.name, "landed", tidied.rows, receipt=receipt)


def land_archived(delivery: str, archive: Store, warehouse: Warehouse) -> Result:
    """Land a delivery again from the archive.

    Raises:
        KeyError: there is no such delivery.
        NotAllowedError: a person rejected it.
        FileNotFoundError: the archive has lost its bytes.
    """
    receipt = find(delivery, warehouse)
    if receipt["outcome"] == "rejected":
        raise NotAllowedError(
            f"{receipt['delivery_id']} was rejected by {receipt['decided_by']}: {receipt['decision']}. "
            f"To lift that: oversight retry {receipt['delivery_id']}"
        )
    if not archive.exists(bytes_key(receipt["sha256"])):
        raise FileNotFoundError(
            f"the archive does not hold the bytes of {receipt['delivery_id']}: see oversight doctor"
        )
    with TemporaryDirectory(prefix="oversight-") as folder:
        path = Path(folder) / "delivery"
        archive.fetch(bytes_key(receipt["sha256"]), path)
        return land(read_arrival(receipt["sha256"], archive), path, archive, warehouse, again=True)


def find(delivery: str, warehouse: Warehouse) -> dict[str, Any]:
    """Return the receipt of a delivery, by its id or hash or a beginning of these with four digits of the hash.

    The id that a file had before it could be read (`unread-<hash>`) still finds it.

    Raises:
        KeyError: there is none, or more than one; the message names those that come near.
    """
    with warehouse.read() as con:
        receipts = records(con, "select * from receipts order by received_at, delivery_id")
    digits = delivery.rpartition("-")[2]
    found = [
        row
        for row in receipts
        if len(digits) >= 4
        and row["sha256"].startswith(digits)
        and any(
            name.startswith(delivery) for name in (row["delivery_id"], row["sha256"], f"unread-{row['sha256'][:8]}")
        )
    ]
    if len(found) == 1:
        return found[0]
    ids = [row["delivery_id"] for row in found or receipts]
    if found:
        raise KeyError(f"{len(found)} deliveries begin with {delivery!r}: {', '.join(ids[:5])}")
    near = get_close_matches(delivery, ids, n=3)
    raise KeyError(
        f"there is no delivery {delivery!r}; "
        + (f"near it are {', '.join(near)}" if near else "`oversight quarantine` lists what waits")
    )


def report_of(receipt: dict[str, Any]) -> Report | None:
    """Return the report that a receipt carries, if it carries one."""
    return _REPORT.validate_json(receipt["report"]) if receipt["report"] else None


_REPORT = TypeAdapter(Report)


def check_history(con: duckdb.DuckDBPyConnection, feed: Feed, receipt: dict[str, Any]) -> None:
    """Compare `new_coverage` with the vintages just before and just after it, period by period.

    Raises:
        Refusal: (held) a total moved more than revisions move, or periods that were covered are missing.
            (quarantined) what is stated once and for all is stated again.
    """
    vintage = {key: receipt[key] for key in ("feed", "vintage_on", "received_at", "delivery_id")}
    if feed.history.once and (stated := records(con, _STATED, vintage)):
        raise Refusal(
            f"{stated[0]['scope']} landed before, as {stated[0]['other']}, and is never stated again",
            rule="history",
            feed=feed.name,
            remedy="What replaces it has a name of its own.",
        )
    moves = feed.history.moves
    problems = [
        Problem(
            f"{row['scope']}: the total of the period ending {row['period_end']} was {row['other_total']:,.10g} in "
            f"{row['other']} and is {row['total']:,.10g}: {row['moved']:+.1%}, revisions stay within {moves:.0%}"
        )
        for row in records(con, _MOVED, {**vintage, "moves": moves})
    ]
    if feed.history.cumulative:
        problems += [
            Problem(f"{row['scope']}: the period ending {row['period_end']} was in {row['other']} and is missing")
            for row in records(con, _UNCOVERED, vintage)
        ]
    if problems:
        raise Refusal(
            f"the vintages held speak against {len(problems)} period{'s' if len(problems) > 1 else ''}",
            outcome="held",
            rule="history",
            feed=feed.name,
            problems=tuple(problems[:20]),
            remedy=(
                "Look at the file and ask the publisher. If the change is real, accept it with a reason: "
                f"oversight accept {receipt['delivery_id']} --reason '...'"
            ),
        )


_OTHERS = """
    select c.scope, c.period_start, c.period_end, delivery_id as other,
           {id: delivery_id, total: c.total} as statement, {day: vintage_on, moment: received_at} as known,
           known < {day: $vintage_on::date, moment: $received_at::timestamp} as earlier
    from coverage c join receipts r using (delivery_id)
    where c.feed = $feed and r.outcome = 'landed' and delivery_id <> $delivery_id
"""
_STATED = f"select distinct scope, other from ({_OTHERS}) where scope in (select scope from new_coverage)"  # noqa: S608
_MOVED = f"""
    with neighbours as (
        select scope, period_start, period_end, earlier,
               if(earlier, arg_max(statement, known), arg_min(statement, known)) as it
        from ({_OTHERS}) group by scope, period_start, period_end, earlier
    )
    select n.scope, n.period_end, n.total, it.id as other, it.total as other_total, n.total / it.total - 1 as moved
    from new_coverage n join neighbours using (scope, period_start, period_end)
    where it.total > 0 and abs(n.total - it.total) > $moves * it.total
    order by n.period_end desc, other
"""  # noqa: S608 - parts of this module
_UNCOVERED = f"""
    with earlier as (select * from ({_OTHERS}) where earlier and scope in (select scope from new_coverage))
    select scope, period_end, other
    from earlier anti join new_coverage using (scope, period_start, period_end)
    where (scope, known) in (select scope, max(known) from earlier group by scope)
    order by all
"""  # noqa: S608


def _dated(arrival: Arrival, found: Recognised, tidied: Tidied) -> dict[str, Any]:
    """Return the receipt's facts that the content tells, and the day the vintage became known.

    The publisher's date where it was stated; else the day the feed's rule gives for its last period, so that an
    old file that arrives late takes its place; else the day it arrived.
    """
    received = arrival.received_at.date()
    estimate = found.feed.estimated_publication(tidied.last_period, tidied.periods)
    if arrival.side_car.published:
        vintage, basis = arrival.side_car.published, "published"
    elif estimate:
        vintage, basis = min(estimate, received), "estimated"
    else:
        vintage, basis = received, "received"
    return {
        "delivery_id": f"{tidied.last_period:%Y-%m}-{arrival.sha256[:8]}",
        "taxonomy": tidied.taxonomy,
        "vintage_on": vintage,
        "vintage_basis": basis,
        "first_period": tidied.first_period,
        "last_period": tidied.last_period,
        "periods": tidied.periods,
        "rows": tidied.rows,
    }


def _state_coverage(con: duckdb.DuckDBPyConnection, feed: Feed, delivery_id: str, parquet: Path) -> None:
    con.execute(
        f"""
        create or replace temp table new_coverage as
        select ? as feed, ? as delivery_id, scope, period_start, period_end, count(*) as rows,
               ({feed.history.total})::double as total
        from read_parquet(?) group by all order by all
        """,  # noqa: S608 - the aggregate is a literal of the feed's module
        [feed.name, delivery_id, str(parquet)],
    )


def _replace(con: duckdb.DuckDBPyConnection, feed: Feed, receipt: dict[str, Any], parquet: Path) -> None:
    """Put rows, coverage and receipt in place of any that the same delivery had."""
    delivery_id = receipt["delivery_id"]
    con.execute(f'delete from "{feed.name}" where delivery_id = ?', [delivery_id])  # noqa: S608
    con.execute("delete from coverage where delivery_id = ?", [delivery_id])
    # The order of rows says nothing: to keep it takes twice the time.
    con.execute("set preserve_insertion_order = false")
    con.execute(
        f'insert into "{feed.name}" by name '  # noqa: S608
        f"select ? as delivery_id, {', '.join(feed.schema.columns)} from read_parquet(?)",
        [delivery_id, str(parquet)],
    )
    con.execute("insert into coverage by name from new_coverage")
    _write_receipt(con, receipt)


def _write_receipt(con: duckdb.DuckDBPyConnection, receipt: dict[str, Any]) -> None:
    con.execute("delete from receipts where sha256 = ?", [receipt["sha256"]])
    names, places = ", ".join(RECEIPT), ", ".join("?" * len(RECEIPT))
    con.execute(
        f"insert into receipts ({names}) values ({places})",  # noqa: S608 - names of this project
        [receipt[column] for column in RECEIPT],
    )


def _file(refusal: Refusal, receipt: dict[str, Any], warehouse: Warehouse) -> Result:
    """File the receipt of a delivery that did not land; nothing that was landed changes."""
    report = refusal.report
    receipt |= {
        "feed": receipt["feed"] or report.feed,
        "outcome": report.outcome,
        "reason": report.headline,
        "report": json.dumps(report.as_dict(), default=str),
    }
    with warehouse.write() as con:
        landed = con.execute("select 1 from receipts where sha256 = ? and outcome = 'landed'", [receipt["sha256"]])
        if landed.fetchone():
            raise refusal  # it was landed before: a re-landing that fails must not unmake it
        _write_receipt(con, receipt)
    log.warning("%s: %s as %s: %s", visible(receipt["name"]), report.outcome, receipt["delivery_id"], report.headline)
    return Result(
        receipt["delivery_id"],
        receipt["feed"],
        receipt["name"],
        report.outcome,
        report=report,
        receipt=receipt,
    )


def _known(sha256: str, warehouse: Warehouse) -> dict[str, Any] | None:
    with warehouse.read() as con:
        found = records(con, "select * from receipts where sha256 = ?", [sha256])
    return found[0] if found else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_side_car(waiting: Entry, beside: Entry, inbox: Store, path: Path) -> tuple[SideCar | None, tuple[str, ...]]:
    """Copy a side-car to `path`; return what it says, and why it does not count if it does not."""
    try:
        inbox.fetch(beside.key, path)
    except FileNotFoundError:  # taken back meanwhile
        return None, ()
    size, hours = path.stat().st_size, (waiting.modified - beside.modified) / 3600
    if size > SIDE_CAR_LIMIT:
        return SideCar(), (f"it has {size:,} bytes; up to {SIDE_CAR_LIMIT:,} are read",)
    if hours * 3600 > SIDE_CAR_AGE:
        return SideCar(), (f"it came {hours:,.0f} hours before the file: it was left by an earlier file of that name",)
    try:
        return SideCar.model_validate_json(path.read_bytes()), ()
    except ValidationError as error:
        return SideCar(), tuple(
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"[:200] for fault in error.errors()[:5]
        )


def _keep_side_car(note: Path, arrival: Arrival, archive: Store) -> str:
    key = side_car_key(arrival.sha256, _sha256(note))
    if not archive.exists(key):
        archive.put(key, note)
    return key


def _put_aside(later: Entry, arrival: Arrival, inbox: Store, archive: Store) -> None:
    """Keep a side-car that came while its file was being taken: the file was judged without it."""
    with TemporaryDirectory(prefix="oversight-") as folder:
        note = Path(folder) / "side-car"
        inbox.fetch(later.key, note)
        key = _keep_side_car(note, arrival, archive)
    log.warning(
        "%s: came while its file was being taken, and is not applied. It is kept as %s; what has landed keeps what it "
        "landed with, anything else can be sent again with it",
        visible(later.key),
        key,
    )


def _check_side_car(arrival: Arrival) -> None:
    if arrival.side_car_faults:
        raise Refusal(
            f"the side-car {quoted(arrival.name + SIDE_CAR)} does not count",
            problems=tuple(map(Problem, arrival.side_car_faults)),
            remedy='It holds JSON such as {"published": "2026-06-18"}. Mend it and send both files again; '
            "{} says nothing of the file and is enough.",
        )
