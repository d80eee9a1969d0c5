"""Forecasts of a financial year: trained, simulated and sealed into a file that lands like any other.

It stands here, and not in dbt, because a model is fitted step by step and not by sets. It holds no statistics of its
own: what is trained on, and how a forecast is scored, is SQL of dbt that travels in the analysts' file
(`macros/forecasts.sql`), and the model is the library's. What a frozen file must be is in `sources.oversight.forecast`.

The model is exponential smoothing (ETS) of the logarithm of the monthly count, with a damped trend, its form chosen
for each series by the library. On the force's eleven series in the borough files it beat the seasonal naive forecast
in ten of the twelve years from 2014-15, all but 2020-21 and 2021-22; ETS of the counts themselves, ETS of the last five
or seven years alone, and ARIMA, at twenty times the cost, did no better. All limits are quantiles of the same simulated
paths: a month's of its counts, the year's of the sums of its twelve months.

It supposes that the year is made as the years before: that nothing breaks the way crime is recorded, and no shock like
that of 2020 comes. What is known to break the record is named beside the figures.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from orchestration.freshness import marts_are_behind
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse, records
from sources.oversight.forecast import BEFORE, COLUMNS, FEED, FIGURES, RETROSPECTIVE, WHOLE, first_day, sealed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Model = Callable[[NDArray[np.float64], int], NDArray[np.float64]]
    """Makes, of monthly counts and so many months ahead, simulated paths: a row a path."""

PATHS = 2_000
SEED = 20_250_401
MODEL = "log AutoETS(ZZA, damped)"
LATE = 4
"""Months before the year that a series may end: one that ends earlier is not forecast."""
FORCE = "E23000001"
QUANTILES = {"point": 0.5, "lower_80": 0.1, "upper_80": 0.9, "lower_95": 0.025, "upper_95": 0.975}


class ForecastRefusedError(Exception):
    """Why a forecast cannot be frozen; the message says what can be done."""


@dataclass(frozen=True)
class Series:
    """What one measure was in one area, month by month, and the error of the naive forecast of it."""

    measure_id: str
    area_code: str
    trained_from: date
    trained_to: date
    naive_error: float
    values: tuple[float, ...]


def freeze(
    name: str, folder: Path, settings: Settings, warehouse: Warehouse, *, today: date, as_of: date | None, reason: str
) -> Path:
    """Write the forecast called `name` into `folder`, and return its file.

    Args:
        name: `2026-27`, or `2026-27.r2` for one that supersedes it.
        folder: where the file goes.
        settings: where the analysts' file is.
        warehouse: where it shows which names are taken.
        today: the day of freezing.
        as_of: the day whose knowledge it is trained on; today if it is not given.
        reason: why it supersedes the one before.

    Raises:
        ForecastRefusedError: the name is taken or not the next one, the year has begun and no day before it is named,
            or there is nothing to train on.
    """
    try:
        april = first_day(name)
    except ValueError as error:
        raise ForecastRefusedError(str(error)) from None
    reason = " ".join(reason.split())
    as_of = as_of or today
    _check_name(name, reason, {it["forecast"] for it in frozen(warehouse)})
    _check_days(name, april, today, as_of)
    if behind := marts_are_behind(settings, warehouse):
        raise ForecastRefusedError(f"the marts are not up to date: {behind}. Build first: oversight build")
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        series = training(con, as_of, april)
    if not series:
        raise ForecastRefusedError(f"as of {as_of} no series is long and recent enough to forecast {name}")
    whole = (
        name,
        reason or None,
        RETROSPECTIVE if today >= april else BEFORE,
        today,
        as_of,
        _hash(series),
        f"{MODEL}, statsforecast {version('statsforecast')}",
    )
    path = folder / f"oversight-forecast-{name}.csv"
    path.write_bytes(sealed((*whole, *row) for it in series for row in _rows(it, april, _ets)))
    return path


def frozen(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return what is said of each frozen forecast as a whole, in order of their names."""
    with warehouse.read() as con:
        return records(
            con,
            f"""
            select distinct f.forecast, f.basis, f.frozen_on, f.as_of, f.reason, f.delivery_id, r.sha256
            from {FEED.name} f join receipts r using (delivery_id) order by all
            """,  # noqa: S608 - a name of ours
        )


def next_year(today: date) -> str:
    """Return the name of the first forecast of the financial year that begins next."""
    return _name(today.year + (today >= date(today.year, 4, 1)))


def _name(year: int) -> str:
    return f"{year}-{(year + 1) % 100:02}"


def training(con: duckdb.DuckDBPyConnection, as_of: date, before: date) -> list[Series]:
    """Return the series as they were known at the close of `as_of`, of months before `before`, that reach up to it."""
    rows = con.execute(
        """
        select measure_id, area_code, trained_from, trained_to, naive_error, value
        from marts.forecast_training(?::date, ?::date) order by measure_id, area_code, month_start
        """,
        [as_of, before],
    ).fetchall()
    found = [
        Series(measure_id, area_code, trained_from, trained_to, naive_error, tuple(row[-1] for row in its))
        for (measure_id, area_code, trained_from, trained_to, naive_error), its in groupby(rows, lambda row: row[:-1])
    ]
    return [series for series in found if _months(series.trained_to, before) <= LATE]


def backtest(settings: Settings, first: int, last: int) -> list[dict[str, Any]]:
    """Forecast the force's past years from `first` to `last` as in the March before each, and score them.

    Each is trained on the months before March as they stand now, since few vintages of the time are held. The seasonal
    naive forecast stands beside the model.
    """
    rows = []
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        for year in range(first, last + 1):
            april = date(year, 4, 1)
            for series in training(con, date.today(), date(year, 3, 1)):
                if series.area_code == FORCE:
                    for model in (_ets, _seasonal_naive):
                        rows += [(model.__name__[1:], _name(year), *row) for row in _rows(series, april, model)]
        if not rows:
            return []
        tested = pl.DataFrame(rows, schema=["forecast", "year", *COLUMNS[len(WHOLE) :]], orient="row")
        con.register("tested", tested)
        con.execute(_WITH_ACTUALS)
        return records(con, _SCORES)


_WITH_ACTUALS = """
    create temp table with_actuals as
    select tested.* replace (forecast || ' ' || year as forecast), forecast as model,
           sum(months.value) as actual, count(months.value) as months
    from tested join intermediate.int_measure_months months
        on months.measure_id = tested.measure_id and months.area_code = tested.area_code and role = 'numerator'
        and group_id = 'all' and months.month_start >= period_start and months.period_end <= tested.period_end
    group by all;
    create temp view by_month as from with_actuals where period_end = last_day(period_start)
"""
_SCORES = """
    with scored as (
        from marts.forecast_scores_of('by_month') qualify scored_to = max(scored_to) over (partition by forecast)
    )
    select year, model, count(*) as series, any_value(months_scored) as months,
           round(avg(mase), 2) as mase, round(avg(coverage_80)) as coverage_80, round(avg(coverage_95)) as coverage_95,
           round(100 * avg((y.actual between lower_80 and upper_80)::int) filter (y.months = 12)) as years_in_80,
           round(100 * avg((y.actual between lower_95 and upper_95)::int) filter (y.months = 12)) as years_in_95,
           round(avg(abs(error_pct)), 1) as error_pct
    from scored join (from with_actuals where period_end <> last_day(period_start)) y
        using (forecast, measure_id, area_code)
    group by all order by all
"""


def _check_name(name: str, reason: str, taken: set[str]) -> None:
    if name in taken:
        raise ForecastRefusedError(
            f"{name} is frozen, and stays as it is. One that supersedes it has a name of its own and a reason: "
            f'oversight forecast freeze {_after(name)} --reason "..."'
        )
    if ".r" not in name:
        if reason:
            raise ForecastRefusedError(f"{name} supersedes nothing, and needs no reason")
        return
    if not reason:
        raise ForecastRefusedError(f"{name} supersedes a forecast, and needs a reason in words")
    if not any(_after(other) == name for other in taken):
        raise ForecastRefusedError(f"there is no forecast that {name} would supersede")


def _after(name: str) -> str:
    year, _, number = name.partition(".r")
    return f"{year}.r{int(number or 1) + 1}"


def _check_days(name: str, april: date, today: date, as_of: date) -> None:
    if as_of > today:
        raise ForecastRefusedError(f"{as_of} lies in the future")
    if as_of >= april:
        raise ForecastRefusedError(
            f"{name} begins on {april:%d %B %Y}, and a forecast of it rests on what was known before. To show what "
            f"would have been forecast, name the day: --as-of {april - timedelta(days=1)}. It is labelled retrospective"
        )
    if (april - today).days > 366:
        raise ForecastRefusedError(f"{name} is more than a year away")


def _rows(series: Series, april: date, model: "Model") -> Iterator[tuple[object, ...]]:
    """Yield the rows of a series, in the order of the file's columns: its twelve months, then the year."""
    import numpy as np

    end = date(april.year + 1, 3, 31)
    paths = model(np.array(series.values), _months(series.trained_to, end))[:, -12:]
    paths = np.maximum(paths, 0)
    starts = [date(april.year + (month > 12), (month - 1) % 12 + 1, 1) for month in range(4, 16)]
    periods = [*((start, _month_end(start)) for start in starts), (april, end)]
    for period, counts in zip(periods, (*paths.T, paths.sum(axis=1)), strict=True):
        limits = np.quantile(counts, [QUANTILES[name] for name in FIGURES])
        yield (
            series.measure_id,
            series.area_code,
            series.trained_from,
            series.trained_to,
            round(series.naive_error, 3),
            *period,
            *(round(float(limit), 1) for limit in limits),
        )


def _ets(counts: "NDArray[np.float64]", months: int) -> "NDArray[np.float64]":
    import numpy as np
    from statsforecast.models import AutoETS

    fitted = AutoETS(season_length=12, model="ZZA", damped=True).fit(np.log1p(counts))
    return np.asarray(np.expm1(fitted.simulate(h=months, n_paths=PATHS, seed=SEED)))


def _seasonal_naive(counts: "NDArray[np.float64]", months: int) -> "NDArray[np.float64]":
    import numpy as np
    from statsforecast.models import SeasonalNaive

    return np.asarray(SeasonalNaive(season_length=12).fit(counts).simulate(h=months, n_paths=PATHS, seed=SEED))


def _hash(series: list[Series]) -> str:
    rows = "\n".join(f"{it.measure_id}|{it.area_code}|{it.trained_from}|{it.values}" for it in series)
    return hashlib.sha256(rows.encode()).hexdigest()


def _months(day: date, later: date) -> int:
    return (later.year - day.year) * 12 + later.month - day.month


def _month_end(start: date) -> date:
    return (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
