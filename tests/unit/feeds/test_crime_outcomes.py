"""Home Office crime outcomes: two counts that are of different offences, signs for what cannot be counted."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from sources.home_office.crime_outcomes import FEED
from sources.sample import home_office_outcomes
from tests.deliveries import Desk, changed, written
from tests.extracts import EXTRACTS, requires_extracts

DAY = date(2026, 5, 28)
(SAMPLE,) = home_office_outcomes.published(DAY, seed=1)
ROW = [
    "2018/19", "3", "Kent", "Shoplifting", "Theft offences", "Shoplifting", "46", "", "Charged/Summonsed",
    "Charged/Summonsed", "1", "12", "15",
]  # fmt: skip


def file(*rows: list[str]) -> bytes:
    return written([list(home_office_outcomes.HEADER), *rows])


def test_the_sample_covers_what_should_be_out(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(SAMPLE.content, SAMPLE.name)
    assert result.receipt, result.report
    assert result.receipt["last_period"] >= FEED.expected_by(DAY)


def test_financial_quarters_begin_in_april(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    quarters = [[*ROW[:1], quarter, *ROW[2:]] for quarter in "1234"]
    assert desk.take(file(*quarters), SAMPLE.name).outcome == "landed"
    assert desk.query("select period_start, period_end from coverage order by all") == [
        (date(2018, 4, 1), date(2018, 6, 30)),
        (date(2018, 7, 1), date(2018, 9, 30)),
        (date(2018, 10, 1), date(2018, 12, 31)),
        (date(2019, 1, 1), date(2019, 3, 31)),
    ]


def test_signs_are_kept_and_a_count_may_be_below_zero(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rows = (
        [*ROW[:7], "x", *ROW[8:11], "N/A - offence code expired", "1"],
        [*ROW[:10], "0", "-276", "--"],
    )
    assert desk.take(file(*rows), SAMPLE.name).outcome == "landed"
    columns = "of_recorded, of_recorded_symbol, in_quarter, in_quarter_symbol"
    assert desk.query(f"select {columns} from {FEED.name} order by outcome_type") == [
        (-276, None, None, "--"),
        (None, "N/A - offence code expired", 1, None),
    ]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"Financial_Year": "2018"}, "the quarter is 2018 3"),
        ({"Financial_Quarter": "5"}, "the quarter is 2018/19 5"),
        ({"Force_Name": "Kent Police"}, "the force is not known"),
        ({"Outcome_Type": "23"}, "the type of outcome is not known"),
        ({"Outcome_Type": ""}, 'Outcome Type is ""'),
        ({"Force_outcomes_recorded_in_quarter": ""}, 'in quarter is ""'),
        ({"Force_outcomes_recorded_in_quarter": "NA"}, 'in quarter is "NA"'),
        ({"Offence_Code": "Shoplifting"}, "the offence code is malformed"),
        ({"Offence_Subgroup": ""}, "a value is missing"),
    ],
    ids=lambda value: " ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_what_a_row_never_holds_is_refused_in_words(tmp_path: Path, cells: dict[str, str], words: str) -> None:
    result = Desk(tmp_path).take(changed(file(ROW), 1, **cells), SAMPLE.name)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    assert words in result.report.markdown()


def test_an_outcome_stated_twice_is_refused(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(file(ROW, ROW), SAMPLE.name)
    assert result.report
    assert "the key occurs more than once" in result.report.markdown()


@requires_extracts
def test_a_table_derived_from_the_publishers(tmp_path: Path) -> None:
    """Names in snake case are put back, and the one sign that it has made of two."""
    path = tmp_path / "prc-outcomes-open-data-mar2019-tables.csv"
    with duckdb.connect() as con:
        names = ", ".join(f'"{name}"' for name in home_office_outcomes.HEADER)
        con.execute(
            f"""
            copy (
                select * replace (if("Offence Code Expired" = 'TRUE', 'x', '') as "Offence Code Expired",
                                  replace("{home_office_outcomes.OF_RECORDED}", 'NA', 'N/A - offence code expired')
                                      as "{home_office_outcomes.OF_RECORDED}",
                                  replace("{home_office_outcomes.IN_QUARTER}", 'NA', '--')
                                      as "{home_office_outcomes.IN_QUARTER}")
                from (from read_csv(?, all_varchar = true)) as derived({names})
            ) to '{path}' (header)
            """,
            [str(EXTRACTS / "homeoffice" / "violence-prosecutions-data.csv.gz")],
        )
    desk = Desk(tmp_path / "desk")
    result = desk.take(path.read_bytes(), path.name)
    assert (result.outcome, result.feed, result.rows) == ("landed", FEED.name, 132_529)
    assert desk.query(
        f"select sum(of_recorded) filter (outcome_type = 1), sum(of_recorded), "
        f"sum(in_quarter) filter (outcome_type = 1), sum(in_quarter) from {FEED.name} "
        f"where force = 'Metropolitan Police' and offence_code in ('19C', '19D', '19E', '20A', '20B')"
    ) == [(618, 14_789, 799, 18_415)]
