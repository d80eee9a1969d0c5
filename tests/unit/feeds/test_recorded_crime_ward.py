"""Recorded crime by ward: the wide shape of the borough file, with every ward in the borough it lies in."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestration.intake import Result
from sources.feed import Layout
from sources.mps.places import WARDS
from sources.mps.recorded_crime_ward import AIRPORTS, FEED
from tests.deliveries import Desk, Rows, months, written
from tests.extracts import EXTRACTS, requires_extracts

RECENT = "MPS Ward Level Crime (most recent 24 months).csv"
LATEST, HISTORICAL = FEED.layouts


def ward_crime(
    *, layout: Layout = LATEST, first: str = "202304", number: int = 24, edit: Callable[[Rows], object] = lambda _: None
) -> bytes:
    """Return a file of all wards with one offence a month of one category; `edit` may change its records."""
    rows = [[*map(str, layout.header), *months(first, number)]]
    for borough, codes in WARDS.items():
        for code in codes:
            cells = {
                "MajorText": "ROBBERY",
                "MinorText": "ROBBERY OF PERSONAL PROPERTY",
                "WardName": f"Ward {code[-3:]}",
                "WardCode": code,
                "LookUp_BoroughName": AIRPORTS[0] if code == AIRPORTS[1] else borough,
            }
            rows.append([*(cells[str(name)] for name in layout.header), *["1"] * number])
    edit(rows)
    return written(rows)


def refused(desk: Desk, content: bytes) -> Result:
    result = desk.take(content, RECENT)
    assert result.outcome == "quarantined"
    assert desk.query("select count(*) from mps_recorded_crime_ward") == [(0,)]
    return result


def told(result: Result) -> list[str]:
    assert result.report
    return [problem.what for problem in result.report.problems]


@requires_extracts
def test_real_files_land_and_what_was_revised_is_not_held_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    found = []
    for vintage in ("2025-06", "2025-12"):
        result = desk.take((EXTRACTS / "mps" / "recorded_crime_ward" / vintage / RECENT).read_bytes(), RECENT)
        assert result.outcome == "landed", result.report and result.report.markdown()
        assert result.receipt
        found.append((result.feed, result.rows, result.receipt["layout"], result.receipt["taxonomy"]))
    assert found == [
        ("mps_recorded_crime_ward", 429_456, "ward-24-months", "connect-2024"),
        ("mps_recorded_crime_ward", 448_968, "ward-24-months", "connect-2025"),
    ]
    assert desk.query("""
        select delivery_id[:7], period_end, sum(offences)::int, count(distinct ward_code)
        from mps_recorded_crime_ward
        where period_end in (date '2025-06-30', date '2025-12-31') group by all order by all
    """) == [
        ("2025-06", date(2025, 6, 30), 77_154, 679),
        ("2025-12", date(2025, 6, 30), 77_268, 679),
        ("2025-12", date(2025, 12, 31), 73_054, 679),
    ]
    assert desk.query("""
        select distinct ward_name, ward_code from mps_recorded_crime_ward
        where borough_name = 'Aviation Security (SO18)'
    """) == [("Heathrow Villages", "E05013570")]


@pytest.mark.parametrize(("layout", "number"), [(LATEST, 24), (HISTORICAL, 30)])
def test_both_orders_of_columns_land_alike(tmp_path: Path, layout: Layout, number: int) -> None:
    desk = Desk(tmp_path)
    result = desk.take(ward_crime(layout=layout, number=number), RECENT)
    assert (result.outcome, result.rows) == ("landed", 679 * number)
    assert result.receipt
    assert (result.receipt["layout"], result.receipt["periods"]) == (layout.name, number)
    assert desk.query("""
        select major_category, minor_category, ward_name, borough_name, offences from mps_recorded_crime_ward
        where ward_code = 'E05009317' and period_start = date '2023-04-01'
    """) == [("ROBBERY", "ROBBERY OF PERSONAL PROPERTY", "Ward 317", "Tower Hamlets", 1)]


def test_a_file_without_a_ward_is_refused(tmp_path: Path) -> None:
    assert told(refused(Desk(tmp_path), ward_crime(edit=lambda rows: rows.pop()))) == [
        "one of the 679 wards is missing"
    ]


def test_a_ward_that_is_not_known_is_named(tmp_path: Path) -> None:
    result = refused(Desk(tmp_path), ward_crime(edit=lambda rows: rows[1].__setitem__(3, "E05000026")))
    assert "the ward is not known" in told(result)
    assert result.report
    assert result.report.problems[0].examples[0]["ward_code"] == "E05000026"


@pytest.mark.parametrize("borough", ["Barnet", "Aviation Security (SO18)", "Unknown"])
def test_a_ward_in_another_borough_is_refused(tmp_path: Path, borough: str) -> None:
    result = refused(Desk(tmp_path), ward_crime(edit=lambda rows: rows[1].__setitem__(4, borough)))
    assert told(result) == ["the ward is not in that borough"]
    assert result.report
    assert result.report.problems[0].count == 24


def test_a_ward_stated_twice_is_refused(tmp_path: Path) -> None:
    result = refused(Desk(tmp_path), ward_crime(edit=lambda rows: rows.append(rows[1])))
    assert told(result) == ["the key occurs more than once"]


@pytest.mark.parametrize(
    ("text", "shown"), [("1,5", '202304 is "1,5"'), ("1.0", '202304 is "1.0"'), ("", "202304 is empty")]
)
def test_what_is_no_whole_number_is_refused(tmp_path: Path, text: str, shown: str) -> None:
    result = refused(Desk(tmp_path), ward_crime(edit=lambda rows: rows[1].__setitem__(5, text)))
    assert result.report
    assert result.report.problems[0].examples == ({"row": 1, "value": shown},)


def test_a_month_left_out_is_refused(tmp_path: Path) -> None:
    result = refused(Desk(tmp_path), ward_crime(number=26, edit=lambda rows: [row.pop(10) for row in rows]))
    assert result.report
    assert result.report.headline == "periods are missing or overlap after 2023-08-31"


def test_spaces_around_names_and_codes_do_not_count(tmp_path: Path) -> None:
    def pad(rows: Rows) -> None:
        rows[1][2:5] = [f"{cell} " for cell in rows[1][2:5]]

    desk = Desk(tmp_path)
    assert desk.take(ward_crime(edit=pad), RECENT).outcome == "landed"
    assert desk.query("select count(*) from mps_recorded_crime_ward where ward_code like '% '") == [(0,)]
