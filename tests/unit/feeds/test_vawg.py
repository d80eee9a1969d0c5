"""MPS violence against women and girls: two sheets of a workbook count the same again, and each is a scope."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from orchestration.intake import Result
from sources.mps.places import BOROUGHS
from tests.deliveries import Desk

NAME = "MPS VAWG Dashboard - Offences.xlsx"
MONTHS = ("Recorded Date (Months)", "Date Committed From Date (Months)", "Count")
PLACES = ("BCU Location", "Borough Name", "Ward Name Clean 2", *MONTHS)
Table = list[Sequence[object]]


def book(sheets: Mapping[str, Table]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        dates = workbook.add_format({"num_format": "mmm-yy"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(number, column, cell, dates)
                    else:
                        sheet.write(number, column, cell)
    return buffer.getvalue()


def offences(*, months: int = 12, edit: Callable[[Table, Table], object] = lambda places, classes: None) -> bytes:
    """Return a workbook of 2024 with an offence a month and borough; `edit` may change the rows of its sheets."""
    places: Table = [PLACES]
    classes: Table = [("VAWG Classification", *MONTHS)]
    for month in (datetime(2024, number, 1) for number in range(1, months + 1)):
        areas = [*sorted(BOROUGHS), "Other", "Unknown"]
        places += [("BCU", area.replace(" and ", " & "), "A Ward", month, month, 1) for area in areas]
        classes += [("Domestic Abuse", month, month, 30), ("Rape", month, month, 4)]
    edit(places, classes)
    return book({"Location": places, "Classification": classes})


def refused(desk: Desk, content: bytes) -> Result:
    result = desk.take(content, NAME)
    assert result.outcome == "quarantined"
    assert desk.query("select count(*) from mps_vawg") == [(0,)]
    return result


def test_each_sheet_is_a_scope_and_sums_to_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(offences(), NAME)
    assert (result.outcome, result.rows) == ("landed", 12 * (34 + 2)), result.report and result.report.markdown()
    assert desk.query(
        "select scope, count(distinct period_start), sum(counted)::int from mps_vawg group by 1 order by 1"
    ) == [
        ("offences/classification", 12, 12 * 34),
        ("offences/location", 12, 12 * 34),
    ]


def test_victims_by_age_and_by_ethnicity_are_scopes_of_their_own(tmp_path: Path) -> None:
    months = [datetime(2024, number, 1) for number in range(1, 13)]
    content = book(
        {
            "Age": [("Victim Age Group", *MONTHS), *(("18-24", month, month, 9) for month in months)],
            "Ethnicity": [("Victim Ethnicity", *MONTHS), *(("White", month, month, 9) for month in months)],
        }
    )
    desk = Desk(tmp_path)
    assert desk.take(offences(), NAME).outcome == "landed"
    assert desk.take(content, "MPS VAWG Dashboard - Victims.xlsx").outcome == "landed"
    assert desk.query("select distinct scope, category from mps_vawg where scope like 'victims/%' order by all") == [
        ("victims/age", "18-24"),
        ("victims/ethnicity", "White"),
    ]


def test_an_offence_may_be_recorded_long_after_it_was_committed(tmp_path: Path) -> None:
    def late(places: Table, classes: Table) -> None:
        places.append(("BCU", "Barnet", "A Ward", "Mar-24", "Nov-98", 1))
        places.append(("BCU", "Barnet", "A Ward", datetime(2024, 3, 1), "", 1))

    desk = Desk(tmp_path)
    assert desk.take(offences(edit=late), NAME).outcome == "landed"
    assert desk.query("""
        select committed_in from mps_vawg where borough_name = 'Barnet' and period_start = date '2024-03-01' order by 1
    """) == [(date(1998, 11, 1),), (date(2024, 3, 1),), (None,)]


@pytest.mark.parametrize(
    ("place", "cell", "shown"),
    [
        (3, "2024-03-02", "2024-03-02"),
        (3, "", "Recorded Date is"),
        (4, "March", "March"),
        (5, "<5", "<5"),
        (5, "", "Count is empty"),
        (1, "City of London", "City of London"),
    ],
)
def test_what_a_cell_never_holds_is_refused(tmp_path: Path, place: int, cell: str, shown: str) -> None:
    def spoil(places: Table, classes: Table) -> None:
        row = list(places[5])
        row[place] = cell
        places[5] = row

    report = refused(Desk(tmp_path), offences(edit=spoil)).report
    assert report
    assert shown in report.markdown()


def test_a_borough_or_a_month_that_is_missing_is_told(tmp_path: Path) -> None:
    def without_brent(places: Table, classes: Table) -> None:
        places[:] = [row for row in places if row[1] != "Brent"]

    def without_may(places: Table, classes: Table) -> None:
        classes[:] = [row for row in classes if row[1] != datetime(2024, 5, 1)]

    brent = refused(Desk(tmp_path / "a"), offences(edit=without_brent)).report
    assert brent
    assert [problem.what for problem in brent.problems] == ["a borough is missing"]
    may = refused(Desk(tmp_path / "b"), offences(edit=without_may)).report
    assert may
    assert "2024-04-30" in may.headline


def test_a_row_stated_twice_and_a_sheet_too_few_are_refused(tmp_path: Path) -> None:
    twice = refused(Desk(tmp_path / "a"), offences(edit=lambda places, classes: places.append(places[1]))).report
    assert twice
    assert [problem.what for problem in twice.problems] == ["the key occurs more than once"]
    assert "no known" in refused(Desk(tmp_path / "b"), book({"Location": [PLACES]})).report.headline  # type: ignore[union-attr]
