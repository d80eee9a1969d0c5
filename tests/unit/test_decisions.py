"""What a person decides about a delivery: what it does, what is recorded, and that it can be cut short."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.decisions import Verb, decide, waiting
from orchestration.intake import NotAllowedError, Result, find, land_archived
from orchestration.warehouse import Warehouse
from sources.mps.recorded_crime_borough import FEED as BOROUGH_CRIME
from sources.registry import FEEDS
from tests.deliveries import Desk, borough_crime

GOOD, JUMP = borough_crime(), borough_crime(count=120)
UNREADABLE = GOOD.replace(b",100,", b",?,", 1)
RENAMED = GOOD.replace(b"BoroughName", b"Borough")
WORDS = {"by": "A. Analyst", "reason": "Recounted after the move, MPS note of 20 May"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


@pytest.fixture
def held(desk: Desk) -> Result:
    """A delivery that waits, for it jumps from the one that landed before it."""
    desk.take(GOOD, published="2025-04-20")
    held = desk.take(JUMP, published="2025-05-20")
    assert held.outcome == "held"
    return held


def choose(desk: Desk, verb: str, delivery: str, by: str = WORDS["by"], reason: str = WORDS["reason"]) -> Result:
    return decide(Verb[verb], delivery, desk.archive, desk.warehouse, by=by, reason=reason)


def knowing_the_new_name(desk: Desk) -> Warehouse:
    """The desk's warehouse after a layout was added to the feed's module."""
    old = BOROUGH_CRIME.layouts[1]
    new = replace(
        old,
        name="borough",
        header=("MajorText", "MinorText", "Borough"),
        tidy=old.tidy.replace("BoroughName", "Borough"),
    )
    feed = replace(BOROUGH_CRIME, layouts=(*BOROUGH_CRIME.layouts, new))
    return Warehouse(desk.warehouse.path, (feed, *FEEDS[1:]), patience=5)


def decisions(desk: Desk) -> list[tuple[str, ...]]:
    return desk.query("select decision, was, decided_by, reason from decisions order by decided_at")


# --- accept ---


def test_held_delivery_lands_once_it_is_accepted_with_a_reason(desk: Desk, held: Result) -> None:
    assert land_archived(held.delivery_id, desk.archive, desk.warehouse).outcome == "held"
    landed = choose(desk, "accept", held.delivery_id)
    assert (landed.outcome, landed.delivery_id) == ("landed", held.delivery_id)
    receipt = find(held.delivery_id, desk.warehouse)
    assert receipt["outcome"] == "landed"
    assert (receipt["decided_by"], receipt["decision"]) == tuple(WORDS.values())
    assert (receipt["reason"], receipt["report"]) == (None, None)
    assert desk.query(
        "select sum(offences) from mps_recorded_crime_borough where delivery_id = ?", held.delivery_id
    ) == [(64 * 24 * 120,)]
    assert decisions(desk) == [("accept", "held", *WORDS.values())]


def test_accepting_a_jump_does_not_stop_the_earlier_delivery_from_landing_again(desk: Desk, held: Result) -> None:
    choose(desk, "accept", held.delivery_id)
    before = desk.landed(), desk.receipts()
    for [delivery] in desk.query("select delivery_id from receipts"):
        assert land_archived(delivery, desk.archive, desk.warehouse).outcome == "landed"
    assert (desk.landed(), desk.receipts()) == before


@pytest.mark.parametrize("content", [GOOD, UNREADABLE], ids=["landed", "quarantined"])
def test_only_a_held_delivery_can_be_accepted(desk: Desk, content: bytes) -> None:
    result = desk.take(content)
    with pytest.raises(NotAllowedError, match=f"{result.delivery_id} is {result.outcome}; only a held"):
        choose(desk, "accept", result.delivery_id)
    assert decisions(desk) == []


@pytest.mark.parametrize("verb", ["accept", "reject"])
@pytest.mark.parametrize(
    ("by", "reason", "words"),
    [("me", "", "reason in words"), ("me", "  \n", "reason in words"), (" ", "because", "name of who")],
)
def test_decision_needs_a_name_and_a_reason(
    desk: Desk, held: Result, verb: str, by: str, reason: str, words: str
) -> None:
    with pytest.raises(NotAllowedError, match=words):
        choose(desk, verb, held.delivery_id, by, reason)
    assert find(held.delivery_id, desk.warehouse) == held.receipt
    assert decisions(desk) == []


@pytest.mark.parametrize("verb", ["accept", "reject", "retry"])
def test_decision_about_nothing_names_what_is_near(desk: Desk, held: Result, verb: str) -> None:
    with pytest.raises(KeyError, match=f"near it are .*{held.delivery_id}"):
        choose(desk, verb, held.delivery_id.replace("2025", "2052"))


# --- reject ---


@pytest.mark.parametrize("content", [JUMP, UNREADABLE], ids=["held", "quarantined"])
def test_rejected_delivery_stays_archived_and_waits_no_more(desk: Desk, content: bytes) -> None:
    desk.take(GOOD)
    before, result = desk.landed(), desk.take(content)
    rejected = choose(desk, "reject", result.delivery_id)
    assert (rejected.outcome, rejected.report) == ("rejected", result.report)
    receipt = find(result.delivery_id, desk.warehouse)
    assert receipt["outcome"] == "rejected"
    assert (receipt["decided_by"], receipt["decision"]) == tuple(WORDS.values())
    assert receipt["reason"] == (result.receipt or {})["reason"]
    assert waiting(desk.warehouse) == []
    assert desk.archived(receipt["sha256"]) == content
    assert desk.landed() == before

    assert desk.take(content).outcome == "unchanged"
    assert find(result.delivery_id, desk.warehouse) == receipt
    with pytest.raises(NotAllowedError, match=r"was rejected by A\. Analyst: Recounted .* oversight retry"):
        land_archived(result.delivery_id, desk.archive, desk.warehouse)


def test_rejecting_what_landed_takes_its_rows_out_and_no_others(desk: Desk) -> None:
    first = desk.take(GOOD, published="2025-04-20")
    before = desk.landed()
    second = desk.take(borough_crime(count=101), published="2025-05-20")
    choose(desk, "reject", second.delivery_id)
    assert desk.landed() == before
    assert find(first.delivery_id, desk.warehouse) == first.receipt
    withdrawn = find(second.delivery_id, desk.warehouse)
    assert (withdrawn["outcome"], withdrawn["landed_at"]) == ("rejected", None)
    assert "withdrawn" in withdrawn["reason"]
    assert decisions(desk) == [("reject", "landed", *WORDS.values())]


def test_rejecting_twice_is_told(desk: Desk, held: Result) -> None:
    choose(desk, "reject", held.delivery_id)
    with pytest.raises(NotAllowedError, match=r"was rejected by A\. Analyst: Recounted"):
        choose(desk, "reject", held.delivery_id, "B. Analyst", "I think so too")
    assert len(decisions(desk)) == 1


# --- retry ---


def test_quarantined_delivery_lands_once_its_layout_was_added(desk: Desk) -> None:
    quarantined = desk.take(RENAMED)
    assert waiting(desk.warehouse) == [quarantined.delivery_id]
    assert choose(desk, "retry", quarantined.delivery_id).outcome == "quarantined"
    desk.warehouse = knowing_the_new_name(desk)
    landed = choose(desk, "retry", quarantined.delivery_id, reason="")
    assert (landed.outcome, landed.rows) == ("landed", 64 * 24)
    assert landed.delivery_id.startswith("2025-03-")
    assert waiting(desk.warehouse) == []
    assert decisions(desk) == [
        ("retry", "quarantined", *WORDS.values()),
        ("retry", "quarantined", WORDS["by"], None),
    ]
    # The old name still serves, and there is nothing left to do.
    assert choose(desk, "retry", quarantined.delivery_id).outcome == "unchanged"
    assert len(decisions(desk)) == 2


def test_held_delivery_is_judged_anew_against_what_has_landed_since(desk: Desk, held: Result) -> None:
    assert choose(desk, "retry", held.delivery_id).outcome == "held"
    [landed] = [delivery for (delivery,) in desk.query("select delivery_id from receipts where outcome = 'landed'")]
    choose(desk, "reject", landed)
    assert choose(desk, "retry", held.delivery_id).outcome == "landed"


def test_retrying_lifts_a_rejection_and_judges_anew(desk: Desk, held: Result) -> None:
    choose(desk, "reject", held.delivery_id)
    assert choose(desk, "retry", held.delivery_id).outcome == "held"  # a rejection is no acceptance
    assert find(held.delivery_id, desk.warehouse)["decision"] is None
    choose(desk, "accept", held.delivery_id)
    assert [decision for decision, *_ in decisions(desk)] == ["reject", "retry", "accept"]


def test_what_waits_is_named_oldest_first_without_what_was_decided(desk: Desk, held: Result) -> None:
    second = desk.take(UNREADABLE)
    third = desk.take(b"a,b\r\n1,2\r\n")
    assert waiting(desk.warehouse) == [held.delivery_id, second.delivery_id, third.delivery_id]
    choose(desk, "reject", second.delivery_id)
    assert waiting(desk.warehouse) == [held.delivery_id, third.delivery_id]


# --- cut short ---


class Cut(Exception):
    """The process was stopped."""


class CutWarehouse(Warehouse):
    """Stops before or after the commit of the transaction of this number."""

    number, after = 0, False

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.number -= 1
        with super().write() as con:
            yield con
            if not self.number and not self.after:
                raise Cut
        if not self.number:
            raise Cut


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("verb", "number"),
    # To land and to be held again are the last of these; the second of a retry is rolled back when the past objects.
    [("accept", 1), ("accept", 2), ("reject", 1), ("retry", 1), ("retry", 3)],
)
def test_decision_that_was_cut_short_ends_as_if_it_had_not_been(
    tmp_path: Path, desk: Desk, held: Result, verb: str, number: int, after: bool
) -> None:
    undisturbed = desk.copy(tmp_path / "undisturbed")
    choose(undisturbed, verb, held.delivery_id)

    warehouse = CutWarehouse(desk.warehouse.path, FEEDS, patience=5)
    warehouse.number, warehouse.after = number, after
    with pytest.raises(Cut):
        decide(Verb[verb], held.delivery_id, desk.archive, warehouse, **WORDS)
    choose(desk, verb, held.delivery_id)
    assert desk.landed() == undisturbed.landed()
    assert desk.receipts() == undisturbed.receipts()
    assert set(decisions(desk)) == set(decisions(undisturbed))
