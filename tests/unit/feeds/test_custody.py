"""MPS custody: a workbook of arrests and one of disposals, a sheet each, whose first three columns are the month."""

from calendar import month_name
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from orchestration.intake import Result
from tests.deliveries import Desk, workbook

NAME = "MPS Custody - Arrests - 2024 01 to 2024 12.xlsx"
ARRESTS = (
    "Arrest Year", "Arrest Month", "Arrest Month Name", "Gender", "Age Group", "Ethnicity (4+1)",
    "First Arrest Offence", "Domestic Abuse Flag", "Arrest Count",
)  # fmt: skip
DISPOSALS = (
    "Current Disposal Year", "Month", "Month Name", "Gender", "Age Group", "Ethnicity (4+1)", "Offence Group",
    "Current Disposal", "Offence Count",
)  # fmt: skip
KEPT = ("Male", "Adult", "Other ", "Assault", "No")


def year(*kept: object, months: int = 12) -> list[tuple[object, ...]]:
    """Return a record a month of 2024, each of ten."""
    return [(2024, month, month_name[month], *kept, 10) for month in range(1, months + 1)]


def arrests(*more: Sequence[object], header: Sequence[str] = ARRESTS, months: int = 12) -> bytes:
    return workbook([header, *year(*KEPT, months=months), *more], "Arrests")


def refused(desk: Desk, content: bytes) -> Result:
    result = desk.take(content, NAME)
    assert result.outcome == "quarantined"
    assert desk.query("select count(*) from mps_custody") == [(0,)]
    return result


@pytest.mark.parametrize("offence", ["First Arrest Offence", "First Arrest Offnece"])
def test_arrests_land_under_either_spelling(tmp_path: Path, offence: str) -> None:
    desk = Desk(tmp_path)
    header = [offence if name == "First Arrest Offence" else name for name in ARRESTS]
    result = desk.take(arrests(header=header), NAME)
    assert (result.outcome, result.feed, result.rows) == ("landed", "mps_custody", 12)
    assert desk.query("select scope, period_end, ethnicity, offence, disposal, counted from mps_custody limit 1") == [
        ("arrests", date(2024, 1, 31), "Other", "Assault", None, 10)
    ]


@pytest.mark.parametrize("prefix", ["", "Current Disposal "])
def test_disposals_land_beside_arrests_and_say_nothing_of_them(tmp_path: Path, prefix: str) -> None:
    desk = Desk(tmp_path)
    header = [prefix + name if name in ("Month", "Month Name") else name for name in DISPOSALS]
    assert desk.take(arrests(), NAME).outcome == "landed"
    disposals = workbook([header, *year("Male", "Adult", "White", "Theft", "Charged")], "Disposals")
    assert desk.take(disposals, "MPS Custody - Disposals - 2024 01 to 2024 12.xlsx").outcome == "landed"
    assert desk.query("select scope, count(*), any_value(disposal) from mps_custody group by all order by all") == [
        ("arrests", 12, None),
        ("disposals", 12, "Charged"),
    ]


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ((2024, 13, "January", *KEPT, 1), "2024 13 January"),
        ((2024, 2, "January", *KEPT, 1), "2024 2 January"),
        ((24, 1, "January", *KEPT, 1), "24 1 January"),
        (("", 1, "January", *KEPT, 1), "1 January"),
        ((2024, 1, "January", *KEPT, "1,000"), "1,000"),
        ((2024, 1, "January", *KEPT, 1.5), "1.5"),
        ((2024, 1, "January", *KEPT, ""), "the count is empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_month_or_whole_number_is_refused(tmp_path: Path, record: Sequence[object], shown: str) -> None:
    report = refused(Desk(tmp_path), arrests(record)).report
    assert report
    assert shown in report.markdown()


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ((2024, 1, "January", *KEPT, 10), "the key occurs more than once"),
        ((2024, 1, "January", "Female", *KEPT[1:], 20_001), "the count is out of range"),
        ((2024, 1, "January", "", *KEPT[1:], 1), "a value is missing"),
        ((2024, 1, "January", *KEPT[:4], "", 1), "an arrest has no domestic abuse flag, or a disposal no name"),
    ],
)
def test_what_breaks_the_rules_is_refused(tmp_path: Path, record: Sequence[object], what: str) -> None:
    report = refused(Desk(tmp_path), arrests(record)).report
    assert report
    assert what in [problem.what for problem in report.problems]


def test_a_month_left_out_and_a_file_too_short_are_refused(tmp_path: Path) -> None:
    without_may = workbook([ARRESTS, *year(*KEPT)[:4], *year(*KEPT)[5:]], "Arrests")
    assert "2024-04-30" in str(refused(Desk(tmp_path / "a"), without_may).report)
    assert "covers at least 12" in str(refused(Desk(tmp_path / "b"), arrests(months=11)).report)


def test_a_month_moves_by_no_more_than_a_tenth(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(arrests(), NAME).outcome == "landed"
    assert desk.take(arrests((2024, 5, "May", "Female", *KEPT[1:], 2)), NAME).outcome == "held"
