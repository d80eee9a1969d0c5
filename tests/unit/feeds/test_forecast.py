"""Oversight's forecasts: what is frozen lands once, unchanged, and says truly when it was made."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.decisions import Verb, decide
from orchestration.intake import NotAllowedError, Result
from sources.oversight.forecast import COLUMNS, first_day, sealed
from sources.sample import forecast
from tests.deliveries import Desk, Rows

[SAMPLE] = forecast.published(date(2026, 1, 1), seed=1)
FIRST = [row[:-1] for row in list(csv.reader(io.StringIO(SAMPLE.content.decode())))[1:14]]
"""The rows of one series, without their seal."""


def place(column: str) -> int:
    return COLUMNS.index(column)


def everywhere(**cells: str) -> Callable[[Rows], object]:
    """Return an edit that puts these cells on every row."""

    def edit(rows: Rows) -> None:
        for row in rows:
            for column, value in cells.items():
                row[place(column)] = value

    return edit


def once(number: int, **cells: str) -> Callable[[Rows], object]:
    """Return an edit that puts these cells on one row."""
    return lambda rows: everywhere(**cells)([rows[number]])


def edited(*edits: Callable[[Rows], object]) -> bytes:
    """Return a file of one series, sealed after the edits."""
    rows = [list(row) for row in FIRST]
    for edit in edits:
        edit(rows)
    return sealed(rows)


def refused(desk: Desk, content: bytes) -> Result:
    before = desk.landed()
    result = desk.take(content, SAMPLE.name)
    assert result.outcome == "quarantined"
    assert desk.landed() == before
    return result


def told(result: Result) -> set[str]:
    assert result.report
    return {problem.what for problem in result.report.problems}


def test_a_frozen_file_lands_with_its_twelve_months_and_its_year(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(edited(), SAMPLE.name, published="2025-03-28")
    assert (result.outcome, result.feed, result.rows) == ("landed", "oversight_forecast", 13)
    assert desk.query("select scope, count(*), count(distinct period_start) from coverage group by all") == [
        ("2025-26", 13, 12)
    ]


@pytest.mark.parametrize("column", ["point", "upper_95", "area_code", "frozen_on", "reason"])
def test_a_cell_that_was_changed_after_sealing_shows(tmp_path: Path, column: str) -> None:
    rows = list(csv.reader(io.StringIO(edited().decode())))
    rows[5][place(column)] = {"area_code": "E09000002", "frozen_on": "2025-03-27", "reason": "because"}.get(
        column, rows[5][place("lower_80")]
    )
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    assert "the figures are not those that were sealed" in told(refused(Desk(tmp_path), file.getvalue().encode()))


def test_rows_that_changed_places_show(tmp_path: Path) -> None:
    lines = edited().splitlines(keepends=True)
    swapped = b"".join([lines[0], lines[2], lines[1], *lines[3:]])
    assert told(refused(Desk(tmp_path), swapped)) == {"the figures are not those that were sealed"}


def test_a_name_that_landed_is_never_stated_again_whatever_a_person_decides(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(edited(), SAMPLE.name).outcome == "landed"
    other = edited(once(0, point=FIRST[0][place("upper_80")]))
    result = refused(desk, other)
    assert result.report
    assert result.report.headline.startswith("2025-26 landed before, as 2026-03-")
    with pytest.raises(NotAllowedError, match="only a held delivery can be accepted"):
        decide(Verb.accept, result.delivery_id, desk.archive, desk.warehouse, by="A", reason="It is better")
    again = decide(Verb.retry, result.delivery_id, desk.archive, desk.warehouse, by="A")
    assert again.outcome == "quarantined"
    # The same bytes, and a landing from the archive, are no second statement.
    assert desk.take(edited(), SAMPLE.name).outcome == "unchanged"


def test_what_landed_for_good_is_not_rejected(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    landed = desk.take(edited(), SAMPLE.name)
    before = desk.landed()
    with pytest.raises(NotAllowedError, match="what is stated is stated for good"):
        decide(
            Verb.reject, landed.delivery_id, desk.archive, desk.warehouse, by="A. Analyst", reason="It came out wrong"
        )
    assert desk.landed() == before


def test_one_that_supersedes_it_has_another_name_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(edited(), SAMPLE.name).outcome == "landed"
    second = edited(everywhere(forecast="2025-26.r2", reason="The Met restated, in January, all of 2024"))
    assert desk.take(second, "second.csv").outcome == "landed"
    assert desk.query("select forecast, count(*) from oversight_forecast group by all order by all") == [
        ("2025-26", 13),
        ("2025-26.r2", 13),
    ]


RETROSPECTIVE = everywhere(basis="retrospective", frozen_on="2025-11-02")


def test_one_made_after_its_year_began_lands_if_it_says_so(tmp_path: Path) -> None:
    assert Desk(tmp_path).take(edited(RETROSPECTIVE), SAMPLE.name).outcome == "landed"


LATE = "made after its year began and not called retrospective, or the other way round"
AHEAD = "it rests on what was not known, or not over, before its year"
WHOLE = "a series is not the twelve months and the year of its name"
WHY = "a forecast that supersedes another says why, and only such a one"


@pytest.mark.parametrize(
    ("edits", "what"),
    [
        ([everywhere(frozen_on="2025-04-01")], LATE),
        ([everywhere(basis="retrospective")], LATE),
        ([RETROSPECTIVE, everywhere(as_of="2025-04-01")], AHEAD),
        ([everywhere(as_of="2025-03-29")], AHEAD),
        ([everywhere(trained_to="2025-03-31")], AHEAD),
        ([lambda rows: rows.pop(3)], WHOLE),
        ([lambda rows: rows.pop()], WHOLE),
        ([once(3, period_start="2026-04-01", period_end="2026-04-30")], WHOLE),
        ([once(3, period_end="2025-07-30")], WHOLE),
        ([everywhere(forecast="2026-27")], WHOLE),
        ([lambda rows: rows.append(list(rows[0]))], "the key occurs more than once"),
        ([everywhere(forecast="2025-27")], "the name is not that of a financial year"),
        ([everywhere(forecast="2025-26.final", reason="It is")], "the name is not that of a financial year"),
        ([everywhere(forecast="2025-26.r2")], WHY),
        ([everywhere(reason="It is the first")], WHY),
        ([once(4, as_of="2025-03-20")], "the file holds more than one forecast"),
        ([once(4, forecast="2025-26.r2", reason="Two in one")], "the file holds more than one forecast"),
        ([once(2, lower_80=FIRST[2][place("upper_80")])], "the limits do not enclose the point"),
        ([everywhere(naive_error="0")], "there is no error of a naive forecast"),
        ([everywhere(training_sha256="none")], "the training rows' hash is no SHA-256"),
    ],
)
def test_what_breaks_a_rule_is_refused(tmp_path: Path, edits: Iterable[Callable[[Rows], object]], what: str) -> None:
    assert what in told(refused(Desk(tmp_path), edited(*edits)))


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"point": "inf"}, 'point is "inf"'),
        ({"lower_95": "-1"}, 'lower_95 is "-1"'),
        ({"upper_95": ""}, 'upper_95 is ""'),
        ({"as_of": "28/03/2025"}, 'as_of is "28/03/2025"'),
    ],
)
def test_what_is_no_number_and_no_day_is_refused(tmp_path: Path, cells: dict[str, str], value: str) -> None:
    result = refused(Desk(tmp_path), edited(once(6, **cells)))
    assert result.report
    assert result.report.problems[0].examples == ({"row": 7, "value": value},)


@given(st.integers(2000, 2098), st.sampled_from(["", ".r2", ".r9"]))
def test_a_year_is_named_by_both_its_ends(year: int, suffix: str) -> None:
    assert first_day(f"{year}-{(year + 1) % 100:02}{suffix}") == date(year, 4, 1)
    with pytest.raises(ValueError, match="is no name of a forecast"):
        first_day(f"{year}-{year % 100:02}{suffix}")
