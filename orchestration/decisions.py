"""What a person decides about a delivery: accepted, rejected, tried again.

Every decision is recorded before it is carried out, in a table that only grows; a receipt carries the last one. Each
can be cut short and made again. What lands and what does not is decided in `intake`.
"""

from datetime import UTC, datetime
from enum import Enum
from typing import Any

import duckdb

from orchestration.intake import NotAllowedError, Result, find, land_archived, report_of
from orchestration.store import Store
from orchestration.warehouse import DECISIONS, Warehouse


class Verb(Enum):
    """What can be decided; the names are those of the commands."""

    accept = "accept"
    reject = "reject"
    retry = "retry"


def decide(verb: Verb, delivery: str, archive: Store, warehouse: Warehouse, *, by: str, reason: str = "") -> Result:
    """Record a decision about a delivery and carry it out.

    Args:
        verb: accept a held delivery, and land it; reject one, and withdraw its rows if it had landed, unless its feed
            states once and for all; or try again one that waits, or that was rejected, which lifts the rejection.
        delivery: what `intake.find` finds it by.
        archive: where its bytes are.
        warehouse: where its receipt is.
        by: who decides.
        reason: why, in words; only to try again needs none.

    Raises:
        KeyError: there is no such delivery, or more than one.
        NotAllowedError: it cannot be decided so; or nobody, or no reason, is named.
    """
    receipt = find(delivery, warehouse)
    by, reason = by.strip(), reason.strip()
    if not by:
        raise NotAllowedError(f"to {verb.value} a delivery needs the name of who decides")
    if not reason and verb is not Verb.retry:
        raise NotAllowedError(f"to {verb.value} a delivery needs a reason in words")
    return _CARRY_OUT[verb](receipt, archive, warehouse, by, reason)


def waiting(warehouse: Warehouse) -> list[str]:
    """Return the deliveries that can be tried again: quarantined or held, oldest first."""
    with warehouse.read() as con:
        rows = con.execute("""
            select delivery_id from receipts where outcome in ('held', 'quarantined') order by received_at, delivery_id
        """)
        return [delivery for (delivery,) in rows.fetchall()]


def _accept(receipt: dict[str, Any], archive: Store, warehouse: Warehouse, by: str, reason: str) -> Result:
    if receipt["outcome"] == "landed" and _made_before(receipt, by, reason):
        return _unchanged(receipt)
    if receipt["outcome"] != "held":
        raise NotAllowedError(
            f"{receipt['delivery_id']} is {receipt['outcome']}; only a held delivery can be accepted. "
            + _INSTEAD[receipt["outcome"]]
        )
    with warehouse.write() as con:
        _record(con, Verb.accept, receipt, by, reason)
        con.execute(
            "update receipts set decided_by = ?, decision = ? where sha256 = ?", [by, reason, receipt["sha256"]]
        )
    return land_archived(receipt["delivery_id"], archive, warehouse)


def _reject(receipt: dict[str, Any], archive: Store, warehouse: Warehouse, by: str, reason: str) -> Result:
    delivery = receipt["delivery_id"]
    feed = next((feed for feed in warehouse.feeds if feed.name == receipt["feed"]), None)
    if feed and feed.history.once and receipt["outcome"] == "landed":
        raise NotAllowedError(f"{delivery} landed in {feed.name}, where what is stated is stated for good")
    if receipt["outcome"] == "rejected" and not _made_before(receipt, by, reason):
        raise NotAllowedError(f"{delivery} was rejected by {receipt['decided_by']}: {receipt['decision']}")
    if receipt["outcome"] != "rejected":
        with warehouse.write() as con:
            _record(con, Verb.reject, receipt, by, reason)
            if receipt["outcome"] == "landed":
                con.execute(f'delete from "{receipt["feed"]}" where delivery_id = ?', [delivery])  # noqa: S608
                con.execute("delete from coverage where delivery_id = ?", [delivery])
            con.execute(
                """
                update receipts set outcome = 'rejected', landed_at = null, decided_by = ?, decision = ?,
                                    reason = coalesce(reason, 'withdrawn after it had landed')
                where sha256 = ?
                """,
                [by, reason, receipt["sha256"]],
            )
    rejected = find(delivery, warehouse)
    return Result(delivery, receipt["feed"], receipt["name"], "rejected", report=report_of(rejected), receipt=rejected)


def _retry(receipt: dict[str, Any], archive: Store, warehouse: Warehouse, by: str, reason: str) -> Result:
    if receipt["outcome"] == "landed":
        return _unchanged(receipt)
    with warehouse.write() as con:
        _record(con, Verb.retry, receipt, by, reason)
        # A lifted rejection must not count as the acceptance that a decision on a receipt otherwise is.
        con.execute(
            """
            update receipts set outcome = 'quarantined', decided_by = null, decision = null
            where sha256 = ? and outcome = 'rejected'
            """,
            [receipt["sha256"]],
        )
    return land_archived(receipt["delivery_id"], archive, warehouse)


_CARRY_OUT = {Verb.accept: _accept, Verb.reject: _reject, Verb.retry: _retry}
_INSTEAD = {
    "landed": "There is nothing to accept.",
    "quarantined": "Once its layout, taxonomy or feed was added: oversight retry.",
    "rejected": "To lift that: oversight retry.",
}


def _made_before(receipt: dict[str, Any], by: str, reason: str) -> bool:
    """Tell whether this is the decision the receipt carries: then a run that was cut short makes it again."""
    return (receipt["decided_by"], receipt["decision"]) == (by, reason)


def _unchanged(receipt: dict[str, Any]) -> Result:
    return Result(
        receipt["delivery_id"], receipt["feed"], receipt["name"], "unchanged", receipt["rows"], receipt=receipt
    )


def _record(con: duckdb.DuckDBPyConnection, verb: Verb, receipt: dict[str, Any], by: str, reason: str) -> None:
    row = {
        "sha256": receipt["sha256"],
        "decision": verb.value,
        "decided_by": by,
        "reason": reason or None,
        "decided_at": datetime.now(UTC).replace(tzinfo=None),
        "was": receipt["outcome"],
    }
    names, places = ", ".join(DECISIONS), ", ".join("?" * len(DECISIONS))
    con.execute(
        f"insert into decisions ({names}) values ({places})",  # noqa: S608 - names of this project
        [row[name] for name in DECISIONS],
    )
