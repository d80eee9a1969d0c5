"""Crown Court tables: quarters of the calendar year, levels and flows, and a table that tells no day."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from sources.moj.courts import FEED
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal
from sources.tidy import Tidied, tidy
from tests.deliveries import Desk, tidy_rows, workbook
from tests.extracts import EXTRACTS, requires_extracts

MOJ = EXTRACTS / "moj"
BY_COURT, TRAJECTORY = "gold_backlog_by_court.csv", "gold_backlog_trajectory.csv"
QUARTERS = ("2025-09-30,2025,Q3,28818.0,79446.0,30388.0,1570.0", "2025-12-31,2025,Q4,28812.0,80203.0,29482.0,670.0")


def trajectory(*rows: str) -> bytes:
    return "\n".join(["quarter_end,year,quarter,disposals,open,receipts,net_flow", *(rows or QUARTERS), ""]).encode()


def by_court(*rows: str) -> bytes:
    return "\n".join(["region,court,open_latest,open_year_ago,change,pct_change", *rows, ""]).encode()


def read(path: Path, scratch: Path, published: date | None = None) -> Tidied:
    return tidy(recognise(path, FEEDS, name=path.name), scratch, published=published)


def refused(folder: Path, content: bytes, name: str = TRAJECTORY, **side_car: object) -> str:
    result = Desk(folder).take(content, name, **side_car)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    return result.report.markdown()


def test_a_quarter_has_two_flows_and_a_level(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(trajectory(), TRAJECTORY).outcome == "landed"
    assert desk.query("select period_start, period_end, measure, value from moj_courts order by all")[3:] == [
        (date(2025, 10, 1), date(2025, 12, 31), "disposals", 28812.0),
        (date(2025, 10, 1), date(2025, 12, 31), "open", 80203.0),
        (date(2025, 10, 1), date(2025, 12, 31), "receipts", 29482.0),
    ]


def test_the_table_by_court_is_dated_by_its_publication(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    content = by_court("London,Harrow,1104.0,563.0,541.0,0.96", "South West,Dorchester,,2.0,,")
    result = desk.take(content, BY_COURT, published="2026-03-26")
    assert (result.outcome, result.delivery_id[:7]) == ("landed", "2025-12")
    assert desk.query("select period_end, court, value, symbol from moj_courts order by all") == [
        (date(2024, 12, 31), "Dorchester", 2.0, None),
        (date(2024, 12, 31), "Harrow", 563.0, None),
        (date(2025, 12, 31), "Dorchester", None, "blank"),
        (date(2025, 12, 31), "Harrow", 1104.0, None),
    ]


def test_without_a_day_of_publication_it_waits_and_with_one_it_lands(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    content = by_court("London,Harrow,1104.0,563.0,541.0,0.96")
    result = desk.take(content, BY_COURT)
    assert result.outcome == "quarantined"
    assert result.report
    assert "the day it was published was not stated" in result.report.headline
    assert "side-car" in result.report.remedy
    assert desk.take(content, BY_COURT, published="2026-03-26").outcome == "landed"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2025-12-31,2025,Q3,1.0,2.0,3.0,2.0", 'quarter_end is "2025-12-31" and the quarter "2025Q3"'),
        ("2025-12-30,2025,Q4,1.0,2.0,3.0,2.0", 'quarter_end is "2025-12-30"'),
        ("31/12/2025,2025,Q4,1.0,2.0,3.0,2.0", 'quarter_end is "31/12/2025"'),
        ("2025-12-31,2025,Q4,1.0,2.0,3.0,9.0", 'net_flow is "9.0"'),
        ("2025-12-31,2025,Q4,1.0,NA,3.0,2.0", 'open is "NA"'),
        ("2025-12-31,2025,Q4,1.0,2.5,3.0,2.0", "a number of cases is not whole"),
        ("2025-06-30,2025,Q2,1.0,2.0,3.0,2.0", "the key occurs more than once"),
        ("2024-12-31,2024,Q4,1.0,2.0,3.0,2.0", "quarters of the series are missing"),
    ],
)
def test_a_quarter_that_does_not_hold_together_is_refused(tmp_path: Path, row: str, words: str) -> None:
    others: Sequence[str] = ("2025-06-30,2025,Q2,1.0,2.0,3.0,2.0", "2025-09-30,2025,Q3,1.0,2.0,3.0,2.0")
    assert words in refused(tmp_path, trajectory(*others, row))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("London,Harrow,1104.0,563.0,540.0,0.96", 'change is "540.0"'),
        ("London,Harrow,*,563.0,,", 'open cases are "*"'),
        ("Greater London,Harrow,1104.0,563.0,541.0,0.96", "the region is not known"),
    ],
)
def test_a_court_that_does_not_hold_together_is_refused(tmp_path: Path, row: str, words: str) -> None:
    assert words in refused(tmp_path, by_court(row), BY_COURT, published="2026-03-26")


def test_a_workbook_of_pivots_says_that_its_sheets_are_not_known(tmp_path: Path) -> None:
    page = refused(tmp_path, workbook([["Crown Court receipts"]], sheet="Pivot"), "cc_rdos_tool.xlsx")
    assert "[sheet Pivot]" in page


@requires_extracts
def test_the_tables_of_december_2025(tmp_path: Path) -> None:
    it = read(MOJ / TRAJECTORY, tmp_path)
    assert (it.rows, it.periods, it.last_period) == (120, 40, date(2025, 12, 31))
    figures = tidy_rows(it.path, "period_end, measure, value")
    opened = {end: value for end, measure, value in figures if measure == "open"}
    assert (opened[date(2016, 3, 31)], opened[date(2025, 12, 31)]) == (48260, 80203)

    it = read(MOJ / BY_COURT, tmp_path, date(2026, 3, 26))
    courts = {(end, court): value for end, court, value in tidy_rows(it.path, "period_end, court, value")}
    latest = {court: value for (end, court), value in courts.items() if end == date(2025, 12, 31)}
    assert {court: latest[court] for court in ("Snaresbrook", "Isleworth", "Wood Green", "Woolwich")} == {
        "Snaresbrook": 4299, "Isleworth": 2454, "Wood Green": 2276, "Woolwich": 2010,
    }  # fmt: skip
    assert len(latest) == 70
    assert sum(value or 0 for value in latest.values()) == opened[date(2025, 12, 31)]
    assert sum(value for (end, _), value in courts.items() if end == date(2024, 12, 31)) == opened[date(2024, 12, 31)]

    it = read(MOJ / "gold_timeliness_by_region.csv", tmp_path)
    assert (it.rows, it.periods, it.first_period) == (640, 40, date(2016, 1, 1))


@requires_extracts
def test_workbooks_that_are_no_table_of_a_feed_are_left_out(tmp_path: Path) -> None:
    """One was compiled by hand; the other tells what reoffending costs, which no measure asks."""
    for name, sheet in (
        ("Cross-CJS data (Police, Courts, Prisons).xlsx", "[sheet Prisons]"),
        ("costs-of-reoffending-supplementary-tables.ods", "[sheet Table_A]"),
    ):
        with pytest.raises(Refusal, match="the header is of no known feed") as refusal:
            recognise(MOJ / name, FEEDS, name=name)
        assert sheet in refusal.value.report.headline
