"""The control charts against a second, plain reading of the published rules, over random series."""

import math
import random
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import duckdb
import pytest

from orchestration import dbt
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

pytestmark = pytest.mark.xdist_group("dbt")
BREAK = date(2021, 6, 1)


class Point(NamedTuple):
    """What the chart says of one month."""

    mean: float
    lower: float
    upper: float
    signal: str | None
    reading: str | None


def sign(x: float) -> int:
    return (x > 0) - (x < 0)


def chart(stretches: list[list[float]], basis: int) -> list[Point] | None:
    """Return the chart of one series without a break, whose limits rest on its first so many months, if it has one.

    A stretch is a run of months without a gap.
    """
    values = [value for stretch in stretches for value in stretch][:basis]
    ranges = [abs(after - before) for stretch in stretches for before, after in pairwise(stretch)]
    ranges = ranges[
        : sum(max(0, min(len(s), basis - sum(map(len, stretches[:n]))) - 1) for n, s in enumerate(stretches))
    ]
    if not values or math.fsum(values) / len(values) < 5:
        return None
    mean, span = math.fsum(values) / len(values), math.nan
    if ranges:
        span = math.fsum(ranges) / len(ranges)
        kept = [step for step in ranges if step < 3.267 * span]
        span = math.fsum(kept) / len(kept) if kept else span
    lower, upper = mean - 2.66 * span, mean + 2.66 * span
    return [
        Point(mean, lower, upper, *found) for stretch in stretches for found in signals(stretch, mean, lower, upper)
    ]


def signals(values: list[float], mean: float, lower: float, upper: float) -> list[tuple[str | None, str | None]]:
    side = [sign(value - mean) for value in values]
    outside = [sign(value - mean) if value > upper or value < lower else 0 for value in values]
    near = [not out and abs(value - mean) > (upper - mean) * 2 / 3 for value, out in zip(values, outside, strict=True)]
    steps = [sign(after - before) for before, after in pairwise(values)]
    found = []
    for place in range(len(values)):
        sevens = [end for end in range(place, place + 7) if 6 <= end < len(values)]
        threes = [end for end in range(place, place + 3) if 2 <= end < len(values)]
        trend = [steps[end - 1] for end in sevens if abs(sum(steps[end - 6 : end])) == 6]
        shift = [side[end] for end in sevens if abs(sum(side[end - 6 : end + 1])) == 7]
        pair = [
            side[end]
            for end in threes
            if near[place] and sum(near[end - 2 : end + 1]) >= 2 and abs(sum(side[end - 2 : end + 1])) == 3
        ]
        rules = {
            "outside the limits": outside[place],
            "seven in a row": (trend or [0])[0],
            "two of three near a limit": (pair or [0])[0],
            "seven on one side": (shift or [0])[0],
        }
        first = next((name for name, way in rules.items() if way), None)
        found.append((first, {None: None, 1: "worse", -1: "better"}[rules[first] if first else None]))
    return found


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> str:
    settings = Settings(data=tmp_path_factory.mktemp("charts"))
    Warehouse(settings.landing, FEEDS, 5).prepare()
    compiled = dbt.invoke(["compile", "--select", "control_charts"], settings, settings.data / "dbt")
    assert compiled.success, compiled.exception
    text: str = compiled.result.results[0].node.compiled_code  # type: ignore[union-attr]
    return text


def months(first: date, count: int) -> list[date]:
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def random_series(number: int) -> dict[date, float]:
    """Return a series with drift, steps and ties, and now and then a month missing."""
    chance = random.Random(number)
    level, found = chance.uniform(2, 50), {}
    for month in months(date(2020, 1, 1), chance.randint(1, 40)):
        level += chance.choice([0, 0, 0, 0.4, -0.4, 6])
        found[month] = float(round(level + chance.gauss(0, chance.choice([0.5, 2, 4]))))
    return {month: value for month, value in found.items() if chance.random() > 0.03}


def expected(series: dict[date, float], quarter: date) -> dict[date, Point]:
    """Return the points of a series that is charted; limits rest on the months before the quarter."""
    charts: dict[date, Point] = {}
    for part in ([m for m in series if m < BREAK], [m for m in series if m >= BREAK]):
        stretches: list[list[date]] = []
        for month in part:
            if stretches and months(stretches[-1][-1], 2)[1] == month:
                stretches[-1].append(month)
            else:
                stretches.append([month])
        basis = sum(month < quarter for month in part)
        points = chart([[series[month] for month in stretch] for stretch in stretches], basis)
        charts |= dict(zip(part, points or [], strict=points is not None))
    return charts


def test_charts_agree_with_a_plain_reading_of_the_rules(sql: str) -> None:
    all_series = {f"area {number}": series for number in range(400) if (series := random_series(number))}
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as oversight; use oversight")
        con.execute(f"""
            create schema intermediate; create schema marts; create schema reference;
            create table reference.measure_registry as
                select 'm' as measure_id, 'M' as measure_name, 'count' as kind, 'count' as unit, 'down' as direction,
                       1.0 as multiplier, 'borough' as geography, 'XmR monthly' as spc;
            create table intermediate.int_breaks as
                select 'm' as measure_id, date '{BREAK}' as began_on, 'the break' as label, true as rebases;
            create table reference.areas (area_code text, area_name text, kind text);
            create table intermediate.int_measure_months (
                measure_id text, role text, area_code text, group_id text, month_start date,
                period_end date, value double, vintage_on date);
        """)
        con.executemany("insert into reference.areas values (?, ?, 'borough')", [(a, a) for a in all_series])
        con.executemany(
            "insert into intermediate.int_measure_months "
            "select 'm', 'numerator', ?, 'all', month, last_day(month), ?, '2024-01-01' from (select ?::date as month)",
            [(area, value, month) for area, series in all_series.items() for month, value in series.items()],
        )
        columns = "area_code, period_start, mean, lower_limit, upper_limit, signal, reading"
        rows = con.execute(f"select {columns} from ({sql})").fetchall()
    found = {(area, month): Point(*figures) for area, month, *figures in rows}
    last = months(max(month for series in all_series.values() for month in series), 2)[1]
    quarter = date(last.year, (last.month - 1) // 3 * 3 + 1, 1)
    seen = set()
    for area, series in all_series.items():
        for month, point in expected(series, quarter).items():
            told = found.pop((area, month))
            assert told[3:] == point[3:], (area, month)
            assert told.mean == pytest.approx(point.mean)
            if not math.isnan(point.lower):
                assert told[1:3] == pytest.approx(point[1:3])
            seen.add(point.signal)
    assert found == {}
    assert len(seen) == 5
