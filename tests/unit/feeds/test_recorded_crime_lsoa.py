"""Recorded crime by small area: the wide shape, with the code of the borough where other files have its name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sources.mps.recorded_crime_lsoa import BOROUGH_CODES, FEED
from tests.deliveries import Desk, Rows, changed, months, written

RECENT = "MPS LSOA Level Crime (most recent 24 months).csv"
(LAYOUT,) = FEED.layouts


def lsoa_crime(edit: Callable[[Rows], object] = lambda rows: None) -> bytes:
    """Return a file of an area a borough with one robbery a month; `edit` may change its records."""
    rows = [[*map(str, LAYOUT.header), *months("202403", 24)]]
    for number, code in enumerate(BOROUGH_CODES, start=1):
        name = f"Area {number:03}A"
        rows.append([f"E01{number:06}", name, code, "ROBBERY", "ROBBERY OF PERSONAL PROPERTY", *["1"] * 24])
    edit(rows)
    return written(rows)


def test_every_month_of_every_area_lands_under_its_boroughs_code(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(lsoa_crime(), RECENT)
    assert (result.outcome, result.feed, result.rows) == ("landed", FEED.name, 32 * 24)
    assert result.receipt
    # As the borough file of the same month.
    assert (result.receipt["vintage_on"], result.receipt["vintage_basis"]) == (date(2026, 3, 21), "estimated")
    assert desk.query(f"select borough_code, sum(offences)::int from {FEED.name} group by 1 order by 1 limit 1") == [
        ("E09000002", 24)
    ]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({"Borough": "Barnet"}, "the borough is not known"),
        ({"Borough": "E09000001"}, "the borough is not known"),
        ({"Borough": "E09000003"}, "one of the 32 boroughs is missing"),
        ({"LSOA_Code": "E02000001"}, "the code is of no LSOA"),
        ({"LSOA_Code": "E01000002"}, "the key occurs more than once"),
        ({"202403": "5001"}, "the count is out of range"),
    ],
)
def test_what_the_file_never_holds_is_refused(tmp_path: Path, cells: dict[str, str], what: str) -> None:
    desk = Desk(tmp_path)
    result = desk.take(changed(lsoa_crime(), 1, **cells), RECENT)
    assert result.outcome == "quarantined"
    assert result.report
    assert what in [problem.what for problem in result.report.problems]
    assert desk.query(f"select count(*) from {FEED.name}") == [(0,)]


def test_a_file_cut_off_between_rows_lacks_a_borough(tmp_path: Path) -> None:
    content = lsoa_crime()
    result = Desk(tmp_path).take(content[: content.rindex(b"E01")], RECENT)
    assert result.report
    assert [problem.what for problem in result.report.problems] == ["one of the 32 boroughs is missing"]
