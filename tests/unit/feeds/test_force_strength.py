"""Police Force Strength: levels, not flows, one row a month."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from orchestration.intake import Result
from sources.mps.force_strength import FEED
from tests.deliveries import Desk, Rows, written
from tests.extracts import EXTRACTS, requires_extracts

REAL = EXTRACTS / "mps" / "police_force_strength" / "2026-03" / "Police_Force_Strength.csv"


def strength(*rows: Sequence[object], edit: Callable[[Rows], object] = lambda rows: None) -> bytes:
    records = [[*map(str, FEED.layouts[0].header)]]
    records += [list(map(str, row)) for row in rows or (("Jan-25", 33297, 11251, 1475), ("Feb-25", 33201, 11319, 1460))]
    edit(records)
    return written(records)


def refused(desk: Desk, content: bytes) -> Result:
    result = desk.take(content, "Police_Force_Strength.csv")
    assert result.outcome == "quarantined"
    assert desk.query("select count(*) from mps_force_strength") == [(0,)]
    return result


@requires_extracts
def test_real_file_lands(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(REAL.read_bytes(), REAL.name)
    assert (result.outcome, result.feed, result.rows) == ("landed", "mps_force_strength", 155)
    assert desk.query("""
        select period_end, officers, staff, pcsos from mps_force_strength
        where period_end in (date '2013-05-31', date '2026-03-31') order by 1
    """) == [(date(2013, 5, 31), 30636, 12702, 2497), (date(2026, 3, 31), 31181, 11558, 1389)]


def test_a_small_file_lands(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(strength()).outcome == "landed"
    assert desk.query("select period_start, period_end, officers from mps_force_strength order by 1") == [
        (date(2025, 1, 1), date(2025, 1, 31), 33297),
        (date(2025, 2, 1), date(2025, 2, 28), 33201),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("2025-02", 33201, 11319, 1460), 'Date is "2025-02"'),
        (("Feb-2025", 33201, 11319, 1460), 'Date is "Feb-2025"'),
        (("", 33201, 11319, 1460), "Date is empty"),
        (("Feb-25", "33,201", 11319, 1460), 'Police Officer Strength is "33,201"'),
        (("Feb-25", 33201, "11319.5", 1460), 'Police Staff Strength is "11319.5"'),
        (("Feb-25", 33201, "", "n/a"), 'Police Staff Strength is empty, PCSO Strength is "n/a"'),
    ],
)
def test_what_is_no_month_or_no_whole_number_is_refused(tmp_path: Path, row: Sequence[object], told: str) -> None:
    result = refused(Desk(tmp_path), strength(("Jan-25", 33297, 11251, 1475), row))
    assert result.report
    assert result.report.problems[0].examples == ({"row": 2, "value": told},)


def test_columns_that_changed_places_are_seen(tmp_path: Path) -> None:
    result = refused(Desk(tmp_path), strength(("Jan-25", 11251, 33297, 1475)))
    assert result.report
    assert {problem.column for problem in result.report.problems} == {"officers", "staff"}


def test_a_month_stated_twice_or_left_out_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    twice = refused(desk, strength(("Jan-25", 33297, 11251, 1475), ("Jan-25", 33201, 11319, 1460)))
    assert twice.report
    assert twice.report.problems[0].what == "the key occurs more than once"
    gap = refused(desk, strength(("Jan-25", 33297, 11251, 1475), ("Mar-25", 33013, 11359, 1445)))
    assert gap.report
    assert gap.report.headline == "periods are missing or overlap after 2025-01-31"


def test_a_level_that_moves_or_a_month_that_goes_is_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(strength(), published="2025-03-20").outcome == "landed"
    moved = strength(edit=lambda rows: rows[1].__setitem__(1, "32700"))
    assert desk.take(moved, published="2025-04-20").outcome == "held"
    assert desk.take(strength(("Feb-25", 33201, 11319, 1460)), published="2025-04-21").outcome == "held"
