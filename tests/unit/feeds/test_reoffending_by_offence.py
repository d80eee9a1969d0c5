"""Reoffending by index offence: blocks under names, headings with footnotes, figures suppressed by the publisher."""

import csv
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sources.moj.reoffending_by_offence import ALL, FEED, OFFENCES, SHEETS
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.sample.files import ods
from sources.tidy import tidy
from tests.deliveries import Desk, tidy_rows
from tests.extracts import EXTRACTS, requires_extracts

NAME = "proven-reoffending-jul17-sep17-annual.ods"
DERIVED = EXTRACTS / "moj" / "reoffending-rates-data.csv.gz"
YEARS = ("Apr 2014 to Mar 2015", "Apr 2015 to Mar 20161")
Rows = list[list[str | int | float]]


def sheet(who: str, *, years: tuple[str, ...] = YEARS, rate: float | str = 25.5) -> Rows:
    """Return a sheet with one rate in every cell."""
    blocks = [
        line
        for offence in (*OFFENCES, ALL.format(who))
        for line in ([offence.capitalize()], ["Proportion of offenders who reoffend (%)", *[rate] * len(years)], [])
    ]
    return [[f"Reoffending of {who} offenders"], [], ["England and Wales"], ["", *years], *blocks]


def file(change: Callable[[dict[str, Rows]], object] = lambda sheets: None) -> bytes:
    sheets = {name: sheet(who) for name, who in SHEETS.items()}
    change(sheets)
    return ods(sheets)


ADULTS = "A4a_(annual_average)"


def test_an_offence_is_named_above_its_rate_and_a_footnote_is_no_part_of_a_year(tmp_path: Path) -> None:
    def change(sheets: dict[str, Rows]) -> None:
        sheets[ADULTS][4][0] += "2,3"  # type: ignore[operator]
        sheets[ADULTS].insert(6, ["Average number of reoffences per reoffender", 3.8, 3.9])

    desk = Desk(tmp_path)
    result = desk.take(file(change), NAME)
    assert (result.outcome, result.rows) == ("landed", 2 * 2 * 14)
    assert desk.query(f"""
        select scope, period_start, period_end, rate from {FEED.name}
        where index_offence = 'violence against the person' order by all
    """) == [
        (who, date(year, 4, 1), date(year + 1, 3, 31), 25.5) for who in ("adult", "juvenile") for year in (2014, 2015)
    ]


def test_a_suppressed_rate_is_blank_and_says_so(tmp_path: Path) -> None:
    def change(sheets: dict[str, Rows]) -> None:
        sheets[ADULTS][5][1] = "*"

    desk = Desk(tmp_path)
    assert desk.take(file(change), NAME).outcome == "landed"
    assert desk.query(f"select index_offence, period_end, rate, symbol from {FEED.name} where symbol is not null") == [
        ("violence against the person", date(2015, 3, 31), None, "*")
    ]


@pytest.mark.parametrize(
    ("row", "column", "cell", "words"),
    [
        (5, 1, "", 'violence against the person, Apr 2014 to Mar 2015 is ""'),
        (5, 1, "..", 'violence against the person, Apr 2014 to Mar 2015 is ".."'),
        (5, 1, 0.255, "not per cent"),
        (5, 1, 255, "not per cent"),
        (3, 2, "Apr 2015 to Mar 2017", 'the heading is "Apr 2015 to Mar 2017"'),
        (3, 2, "Percentage point change", 'the heading is "Percentage point change"'),
        (3, 2, "Apr 2016 to Mar 2017", "after the period ending 2015-03-31 comes one starting 2016-04-01"),
        (4, 0, "", "a value is missing in `index_offence`"),
        (4, 0, "Piracy", "the offence is not known"),
        (5, 0, "Number of offenders", "an offence is missing"),
    ],
)
def test_a_cell_that_is_not_understood_is_refused(
    tmp_path: Path, row: int, column: int, cell: str | float, words: str
) -> None:
    def change(sheets: dict[str, Rows]) -> None:
        sheets[ADULTS][row][column] = cell

    result = Desk(tmp_path).take(file(change), NAME)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    assert words in result.report.markdown()


def test_a_workbook_without_juveniles_is_not_taken_for_it(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(ods({ADULTS: sheet("adult")}), NAME)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    assert "[sheet A4a_(annual_average)]" in result.report.headline


@requires_extracts
def test_rates_written_back_into_the_workbook_come_out_of_it(tmp_path: Path) -> None:
    """The table of rates of July to September 2017, in which NA stands for the publisher's `*`."""
    with gzip.open(DERIVED, "rt", newline="") as derived:
        table = list(csv.DictReader(derived))
    years = sorted({line["year_ending"] for line in table})
    sheets = {}
    for name, who in SHEETS.items():
        rows: Rows = [["a"], ["b"], ["c"], ["", *(f"Apr {int(y[:4]) - 1} to Mar {y[:4]}" for y in years)]]
        for offence in dict.fromkeys(line["index_offence"] for line in table if line["age"] == who):
            of_it = [line for line in table if (line["age"], line["index_offence"]) == (who, offence)]
            shares = {line["year_ending"]: line["proportion"] for line in of_it}
            cells = ["*" if shares[year] == "NA" else 100 * float(shares[year]) for year in years]
            rows += [[offence.capitalize()], ["Proportion of offenders who reoffend (%)", *cells]]
        sheets[name] = rows
    path = tmp_path / NAME
    path.write_bytes(ods(sheets))
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    assert (it.rows, it.periods, it.last_period) == (308, 11, date(2017, 3, 31))
    found = {
        (f"{end}", who, offence): "NA" if symbol else rate
        for end, who, offence, rate, symbol in tidy_rows(it.path, "period_end, scope, index_offence, rate, symbol")
    }
    assert found == {
        (line["year_ending"], line["age"], line["index_offence"]): pytest.approx(100 * float(line["proportion"]))
        if line["proportion"] != "NA"
        else "NA"
        for line in table
    }
