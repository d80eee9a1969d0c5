"""A forecast through the whole line: fitted, frozen, landed, scored; and what a later restatement does to it."""

import csv
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest

from orchestration.forecasting import ForecastRefusedError, backtest, freeze, frozen, next_year, training
from orchestration.schedules import forecast_schedule
from tests.deliveries import Rows, borough_crime
from tests.integration.line import Line, failures

pytestmark = pytest.mark.xdist_group("forecasts")

BUSY = "Camden"
"""The one borough that counts enough to be forecast."""
APRIL = date(2025, 4, 1)


def counted(number: int, grown: int = 0) -> bytes:
    """Return a borough file from April 2019: a year's wave, a borough that is busy, and so much more in every month."""

    def wave(rows: Rows) -> None:
        for category, row in enumerate(rows[1:]):
            level = 200 if row[2] == BUSY else 2
            for month in range(number):
                swing = (month % 12) * 5 + (month * 7 + category) % 11 if row[2] == BUSY else 0
                row[3 + month] = str(level + swing + grown)

    return borough_crime(first="201904", number=number, edit=wave)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """An installation to which February 2025 was known in March, and all was restated, to August, in September."""
    line = Line(tmp_path_factory.mktemp("forecasts") / "data")
    land(line, counted(71), "2025-03-20")
    return line


def land(line: Line, content: bytes, published: str) -> None:
    (line.inbox / f"{published}.csv.delivery.json").write_text(f'{{"published": "{published}"}}')
    (line.inbox / f"{published}.csv").write_bytes(content)
    result = line.run("intake_job")
    assert result.success, failures(result)


def freezing(line: Line, folder: Path, name: str = "2025-26", **others: object) -> Path:
    folder.mkdir(exist_ok=True)
    arguments = {"today": date(2025, 3, 28), "as_of": None, "reason": ""} | others
    return freeze(name, folder, line.settings, line.state.warehouse, **arguments)  # type: ignore[arg-type]


def figures(path: Path) -> list[list[str]]:
    """Return the rows of a frozen file without what tells the day and the basis of freezing, and the seal."""
    with path.open(newline="") as file:
        return [row[4:-1] for row in csv.reader(file)]


def test_a_forecast_from_freezing_to_its_score(line: Line, tmp_path: Path) -> None:
    at_the_time = freezing(line, tmp_path / "a")
    assert freezing(line, tmp_path / "b").read_bytes() == at_the_time.read_bytes()
    rows = figures(at_the_time)
    assert {row[4] for row in rows[1:]} == {"E23000001", "E09000007"}
    before = known(line, "2025-03-28")

    # Every month is restated by half, which a person accepts, and five of the year become known.
    land(line, counted(77, grown=100), "2025-09-20")
    [waiting] = line.state.waiting()
    decision = {"verb": "accept", "deliveries": [waiting["delivery_id"]], "by": "A", "reason": "The Met restated it"}
    assert line.run("decision_job", run_config={"ops": {"intake": {"config": {"decision": decision}}}}).success
    assert known(line, "2025-03-28") == before != known(line, "2025-09-20")
    later = freezing(line, tmp_path / "c", today=date(2025, 11, 2), as_of=date(2025, 3, 28))
    assert figures(later) == rows

    config = {"name": "2025-26", "as_of": "2025-03-28"}
    made = line.run("forecast_job", run_config={"ops": {"oversight__frozen_forecast": {"config": config}}})
    assert made.success, failures(made)
    assert line.run("intake_job").success
    [it] = frozen(line.state.warehouse)
    assert (it["forecast"], it["basis"], it["as_of"]) == ("2025-26", "retrospective", date(2025, 3, 28))
    assert line.ask("""
        select period_kind, sum(actual_months)::int, count(placed), bool_and(is_retrospective), bool_and(status = '[f]')
        from marts.forecasts where measure_id = 'robbery_personal' and area_code = 'E09000007'
        group by all order by all
    """) == [("month", 5, 5, True, True), ("year", 5, 0, True, True)]
    [(months, below)] = line.ask("""
        select months_scored, error_pct < -20 from marts.forecast_score
        where measure_id = 'robbery_personal' and area_code = 'E09000007' and scored_to = date '2025-08-31'
    """)
    assert (months, below) == (5, True)

    assert isinstance(asked(line, 2025), dg.SkipReason)
    again = line.run("forecast_job", run_config={"ops": {"oversight__frozen_forecast": {"config": config}}})
    assert "2025-26 is frozen, and stays as it is" in failures(again)[0]
    second = freezing(line, tmp_path / "d", "2025-26.r2", reason="The  Met\nrestated")
    assert b"2025-26.r2,The Met restated," in second.read_bytes()


def known(line: Line, day: str) -> list[object]:
    with duckdb.connect(str(line.settings.snapshot), read_only=True) as con:
        return list(training(con, date.fromisoformat(day), APRIL))


def test_what_is_trained_on_is_what_the_marts_count(line: Line) -> None:
    assert line.ask("""
        select count(*) from marts.forecast_training('infinity'::date, 'infinity'::date) as trained
        anti join intermediate.int_measure_months as months
            on trained.measure_id = months.measure_id and trained.area_code = months.area_code
            and trained.month_start = months.month_start and trained.value = months.value
            and months.role = 'numerator' and months.group_id = 'all'
    """) == [(0,)]


def test_a_series_is_trained_from_its_break_once_three_years_have_passed(line: Line, tmp_path: Path) -> None:
    copy = line.copy(tmp_path / "data")
    asked = "select distinct trained_from from marts.forecast_training(date '2025-03-28', date '2025-04-01')"
    with duckdb.connect(str(copy.settings.snapshot)) as con:
        for began_on, trained_from in (("2022-04-01", "2019-04-01"), ("2022-03-01", "2022-03-01")):
            con.execute("update intermediate.int_breaks set began_on = ?", [began_on])
            assert con.execute(asked).fetchall() == [(date.fromisoformat(trained_from),)]


def test_the_backtest_sets_the_model_beside_the_naive_one(line: Line) -> None:
    rows = backtest(line.settings, 2023, 2023)
    assert [(row["year"], row["model"], row["months"]) for row in rows] == [
        ("2023-24", "ets", 12),
        ("2023-24", "seasonal_naive", 12),
    ]
    assert backtest(line.settings, 2021, 2021) == []  # less than three years to train on


@pytest.mark.parametrize(
    ("name", "others", "told"),
    [
        ("2027", {}, "is no name of a forecast"),
        ("2024-25", {}, "name the day: --as-of 2024-03-31"),
        ("2024-25", {"as_of": date(2024, 4, 1)}, "name the day: --as-of 2024-03-31"),
        ("2026-27", {"as_of": date(2025, 3, 29)}, "lies in the future"),
        ("2027-28", {}, "more than a year away"),
        ("2023-24.r2", {"as_of": date(2023, 3, 1)}, "needs a reason"),
        ("2023-24.r2", {"as_of": date(2023, 3, 1), "reason": "Better"}, "there is no forecast that"),
        ("2024-25", {"as_of": date(2024, 3, 1), "reason": "Better"}, "supersedes nothing"),
        ("2024-25", {"as_of": date(2024, 3, 1)}, "no series is long and recent enough"),
    ],
)
def test_what_cannot_be_frozen(line: Line, tmp_path: Path, name: str, others: dict[str, object], told: str) -> None:
    with pytest.raises(ForecastRefusedError, match=told):
        freezing(line, tmp_path, name, **others)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("day", "name"), [(date(2026, 3, 31), "2026-27"), (date(2026, 4, 1), "2027-28")])
def test_the_next_year_begins_in_april(day: date, name: str) -> None:
    assert next_year(day) == name


def test_the_schedule_asks_in_march_for_the_year_that_begins(line: Line) -> None:
    wanted = asked(line, 2027)
    assert isinstance(wanted, dg.RunRequest)
    assert wanted.run_config["ops"]["oversight__frozen_forecast"]["config"] == {"name": "2027-28", "reason": ""}


def asked(line: Line, year: int) -> object:
    """Return what the schedule asks for in the March of a year."""
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(year, 3, 28, 10, tzinfo=ZoneInfo("Europe/London")),
        resources={"warehouse": line.state.warehouse},
    )
    return forecast_schedule(context)
