"""Home Office recorded crime by police force area: twelve months that overlap, one wrong date, counts below zero."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from sources.home_office.places import FORCES
from sources.home_office.recorded_crime_pfa import FEED
from sources.sample import home_office_crime
from tests.deliveries import Desk, written
from tests.extracts import EXTRACTS, requires_extracts

NAME = "rec-crime-pfa.csv"
HEADER = ["12 months ending", "PFA", "Region", "Offence", "Rolling year total number of offences"]
BODIES = (*FORCES, "British Transport Police")
ENDS = ("31/03/2006", "31/03/2007", "30/06/2007")


def file(*more: Sequence[str], ends: Sequence[str] = ENDS, homicides: int = 10) -> bytes:
    """Return a table of the homicides of every force in these twelve months, and more rows."""
    rows = [[end, body, "London", "Homicide", str(homicides)] for end in ends for body in BODIES]
    return written([HEADER, *rows, *more])


def problem(folder: Path, content: bytes) -> str:
    result = Desk(folder).take(content, NAME)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    return result.report.markdown()


def test_twelve_months_end_with_a_year_and_then_with_each_quarter(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(), NAME).outcome == "landed"
    assert desk.query("select period_start, period_end from coverage order by all") == [
        (date(2005, 4, 1), date(2006, 3, 31)),
        (date(2006, 4, 1), date(2007, 3, 31)),
        (date(2006, 7, 1), date(2007, 6, 30)),
    ]


@pytest.mark.parametrize("separator", "/-")
def test_the_one_wrong_date_is_put_right_and_kept(tmp_path: Path, separator: str) -> None:
    desk = Desk(tmp_path)
    ends = [day.replace("/", separator) for day in ("30/09/2017", "30/12/2017", "31/03/2018")]
    assert desk.take(file(ends=ends), NAME).outcome == "landed"
    assert desk.query(f"select distinct period_end, stated_end from {FEED.name} order by all") == [
        (date(2017, 9, 30), date(2017, 9, 30)),
        (date(2017, 12, 31), date(2017, 12, 30)),
        (date(2018, 3, 31), date(2018, 3, 31)),
    ]


@pytest.mark.parametrize("end", ["30/12/2018", "29/12/2017", "28/02/2018"])
def test_no_other_date_is_put_right(tmp_path: Path, end: str) -> None:
    assert "do not end with a quarter" in problem(tmp_path, file(ends=["30/09/2017", end]))


def test_a_count_may_be_below_zero(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    cancelled = ["30/06/2007", "North Wales", "Wales", "Fraud offences", "-120"]
    assert desk.take(file(cancelled), NAME).outcome == "landed"
    assert desk.query(f"select force, offences from {FEED.name} where offences < 0") == [("North Wales", -120)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["31/03/2007", "Kent", "South East", "Robbery", "1,234"], 'is "1,234"'),
        (["31/03/2007", "Kent", "South East", "Robbery", ""], 'is ""'),
        (["2007-03-31", "Kent", "South East", "Robbery", "5"], '12 months ending is "2007-03-31"'),
        (["03/31/2007", "Kent", "South East", "Robbery", "5"], '12 months ending is "03/31/2007"'),
        (["31/03/2007", "Sussex Police", "South East", "Robbery", "5"], "the force is not known"),
        (["31/03/2007", "Kent", "Kent", "Robbery", "5"], "the region is not known"),
        (["31/03/2007", "Kent", "South East", "Knife crime", "5"], "the offence is not known"),
        (["31/03/2007", "Kent", "South East", "Homicide", "5"], "the key occurs more than once"),
        (["31/03/2007", "Kent", "South East", "Robbery", "-1001"], "the count is out of range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_the_table_never_holds_is_refused_in_words(tmp_path: Path, row: list[str], words: str) -> None:
    assert words in problem(tmp_path, file(row))


def test_a_force_that_a_period_lacks_is_refused(tmp_path: Path) -> None:
    whole = file().decode().splitlines(keepends=True)
    content = "".join(line for line in whole if not line.startswith("30/06/2007,Kent,")).encode()
    assert "a force is missing from the period" in problem(tmp_path, content)


@pytest.mark.parametrize(
    "ends", [("31/03/2005", "31/03/2007"), ("31/03/2007", "30/09/2007"), ("31/03/2006", "30/06/2007")]
)
def test_a_period_that_is_left_out_is_refused(tmp_path: Path, ends: tuple[str, str]) -> None:
    assert "the period before this one is missing" in problem(tmp_path, file(ends=ends))


def test_a_table_that_begins_with_a_later_quarter_is_whole(tmp_path: Path) -> None:
    assert Desk(tmp_path).take(file(ends=["30/09/2017", "31/12/2017"]), NAME).outcome == "landed"


def test_the_sample_covers_what_should_be_out(tmp_path: Path) -> None:
    day = date(2026, 5, 28)
    (table,) = home_office_crime.published(day, seed=1)
    result = Desk(tmp_path).take(table.content, table.name)
    assert result.receipt, result.report
    assert result.receipt["last_period"] >= FEED.expected_by(day)


@requires_extracts
def test_the_publishers_file_in_both_copies(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    slashes, dashes = (
        desk.take((EXTRACTS / "homeoffice" / name).read_bytes(), NAME)
        for name in ("crime clean data set.csv", "rec-crime-pfa.csv")
    )
    for result in (slashes, dashes):
        assert (result.outcome, result.feed, result.rows) == ("landed", FEED.name, 46_469)
        assert desk.query(
            f"select count(*), count(distinct period_end), count(*) filter (stated_end <> period_end), "
            f"count(*) filter (offences < 0), "
            f"sum(offences) filter (force = 'Metropolitan Police' and period_end = date '2018-12-31') "
            f"from {FEED.name} where delivery_id = ?",
            result.delivery_id,
        ) == [(46_469, 52, 927, 25, 835_078)]
