"""The knife crime file of the Monthly Crime Dashboard: every count stands twice, a zero not at all."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.intake import Result
from sources.feed import Layout
from sources.mps.knife_crime import FEED
from tests.deliveries import Desk, Rows, dashboard
from tests.extracts import knife_crime, requires_extracts

NAME = "M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv"
WITH_INDEX, WITHOUT_INDEX = FEED.layouts


def with_cell(column: str, value: str) -> bytes:
    """Return a file with one cell of its second row changed; by the first it is known."""
    return dashboard(WITH_INDEX, edit=lambda rows: rows[2].__setitem__(rows[0].index(column), value))


def refused(desk: Desk, content: bytes) -> Result:
    result = desk.take(content, NAME)
    assert result.outcome == "quarantined"
    assert desk.query("select count(*) from mps_knife_crime") == [(0,)]
    return result


def told(result: Result) -> list[str]:
    assert result.report
    return [problem.what for problem in result.report.problems]


@requires_extracts
def test_real_file_lands_and_its_windows_are_those_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(knife_crime(), NAME)
    assert result.outcome == "landed", result.report and result.report.markdown()
    assert (result.feed, result.rows) == ("mps_knife_crime", 59_431)
    assert result.receipt
    assert (result.receipt["layout"], result.receipt["periods"]) == ("with-year-index", 48)
    # Published as refreshed on 18 March 2026, which is what the rule gives.
    assert (result.receipt["vintage_on"], result.receipt["vintage_basis"]) == (date(2026, 3, 18), "estimated")
    windows = {
        "to February 2023": ("2022-03-01", "2023-02-28"),
        "to February 2024": ("2023-03-01", "2024-02-29"),
        "2024": ("2024-01-01", "2024-12-31"),
        "2024/25": ("2024-04-01", "2025-03-31"),
        "to February 2026": ("2025-03-01", "2026-02-28"),
    }
    found = {
        name: desk.query(
            """
            select sum(counted) filter (crime_subtype = 'Knife Crime')::int,
                   sum(counted) filter (crime_subtype = 'Knife Crime with Injury')::int,
                   sum(counted) filter (crime_subtype = 'Knife Injury Victims (1-24)')::int,
                   sum(counted) filter (crime_subtype = 'Knife Injury Victims (non DA 1-24)')::int
            from mps_knife_crime
            where area_type = 'Borough' and measure = 'Offences' and period_end between ?::date and ?::date
            """,
            *window,
        )
        for name, window in windows.items()
    }
    assert found == {
        "to February 2023": [(12_851, 3_593, 1_419, 1_280)],
        "to February 2024": [(14_877, 3_737, 1_435, 1_302)],
        "2024": [(16_593, 3_855, 1_355, 1_243)],
        "2024/25": [(16_156, 3_736, 1_323, 1_224)],
        "to February 2026": [(13_552, 3_384, 1_250, 1_138)],
    }
    assert desk.query("select count(*) from mps_knife_crime where area_code like '% ' or borough_snt like '% '") == [
        (0,)
    ]


@pytest.mark.parametrize("layout", [WITH_INDEX, WITHOUT_INDEX])
def test_files_with_and_without_the_year_index_land_alike(tmp_path: Path, layout: Layout) -> None:
    desk = Desk(tmp_path)
    result = desk.take(dashboard(layout), NAME)
    assert (result.outcome, result.rows) == ("landed", 36 * 64)
    assert result.receipt
    assert result.receipt["layout"] == layout.name
    assert desk.query("""
        select borough_snt, area_code, counted, refreshed_on from mps_knife_crime
        where period_start = date '2022-04-01' and borough_snt like 'Barnet%' order by all
    """) == [
        ("Barnet", "E09000001", 1, date(2026, 4, 18)),
        ("Barnet Abbey", "E05000001", 1, date(2026, 4, 18)),
    ]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("Month_Year", "2022-04-01", 'Month_Year is "2022-04-01"'),
        ("Month_Year", "02/04/2022", 'Month_Year is "02/04/2022"'),
        ("Month_Year", "", "Month_Year is empty"),
        ("Count", "1,0", 'Count is "1,0"'),
        ("Count", "", "Count is empty"),
        ("Refresh Date", "31/02/2026", 'Refresh Date is "31/02/2026"'),
    ],
)
def test_what_is_no_month_day_or_whole_number_is_refused(tmp_path: Path, column: str, value: str, shown: str) -> None:
    result = refused(Desk(tmp_path), with_cell(column, value))
    assert result.report
    assert result.report.problems[0].examples == ({"row": 2, "value": shown},)


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("Area Type", "Ward", "the type of area is not known"),
        ("Crime Type", "Gun Crime", "the crime type is not known"),
        ("Crime Subtype", "Knife Crime Robbery", "the subtype is not known"),
        ("Measure", "Value", "the measure is not known"),
        ("Borough_SNT", "City of London", "the borough is not known"),
        ("Financial Year", "fy21-22", "the financial year is not the month's"),
        ("Count", "2", "boroughs and neighbourhood teams do not add up to the same"),
        ("Count", "5001", "the count is out of range"),
        ("Refresh Date", "17/04/2026", "the refresh date is not one day after all months"),
    ],
)
def test_what_the_file_never_said_is_refused(tmp_path: Path, column: str, value: str, what: str) -> None:
    assert what in told(refused(Desk(tmp_path), with_cell(column, value)))


def test_a_refresh_before_the_last_month_was_over_is_refused(tmp_path: Path) -> None:
    def early(rows: Rows) -> None:
        for row in rows[1:]:
            row[-1] = "31/03/2025"

    assert told(refused(Desk(tmp_path), dashboard(WITH_INDEX, edit=early))) == [
        "the refresh date is not one day after all months"
    ]


def test_a_file_cut_off_between_rows_does_not_add_up(tmp_path: Path) -> None:
    content = dashboard(WITH_INDEX)
    cut = content[: content.rindex(b"01/03/2025")]
    assert told(refused(Desk(tmp_path), cut)) == ["boroughs and neighbourhood teams do not add up to the same"]


def test_a_borough_without_a_row_is_named(tmp_path: Path) -> None:
    def without_brent(rows: Rows) -> None:
        rows[1:] = [row for row in rows[1:] if not row[2].startswith("Brent")]

    assert told(refused(Desk(tmp_path), dashboard(WITH_INDEX, edit=without_brent))) == ["Brent is missing"]


def test_a_row_stated_twice_is_refused(tmp_path: Path) -> None:
    both = dashboard(WITH_INDEX, edit=lambda rows: rows.extend([rows[1], rows[33]]))
    assert told(refused(Desk(tmp_path), both)) == ["the key occurs more than once"]


def test_a_month_left_out_is_refused(tmp_path: Path) -> None:
    def without_may(rows: Rows) -> None:
        rows[1:] = [row for row in rows[1:] if row[0] != "01/05/2023"]

    result = refused(Desk(tmp_path), dashboard(WITH_INDEX, number=40, edit=without_may))
    assert result.report
    assert result.report.headline == "periods are missing or overlap after 2023-04-30"
