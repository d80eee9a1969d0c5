"""Oversight's own forecasts of a financial year: frozen once, then landed like any publisher's file.

A row is a month, or the whole year, of one measure in one area: the point and the limits of 80 and 95 per cent. What
is said of the whole forecast (when and of what knowledge it was made) stands on every row. A forecast that was made
when its year had begun says `retrospective`.

`seal` is the SHA-256 of all other fields, row by row as they are written, so that a figure changed by hand, or by a
program that saved the file anew, shows. A name that has landed is never stated again: a second forecast of a year is
`2026-27.r2`, and says why.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

BEFORE, RETROSPECTIVE = "before the year", "retrospective"
NAME = re.compile(r"^(20[0-9]{2})-([0-9]{2})(\.r[2-9])?$")

WHOLE = ("forecast", "reason", "basis", "frozen_on", "as_of", "training_sha256", "model")
"""What is said of the whole forecast: the same on every row."""
SERIES = ("measure_id", "area_code", "trained_from", "trained_to", "naive_error")
FIGURES = ("point", "lower_80", "upper_80", "lower_95", "upper_95")
COLUMNS = (*WHOLE, *SERIES, "period_start", "period_end", *FIGURES)
_DATES = ("frozen_on", "as_of", "trained_from", "trained_to", "period_start", "period_end")
_NUMBERS = ("naive_error", *FIGURES)


def first_day(name: str) -> date:
    """Return the first day of the year that a forecast is called after; raises `ValueError` if it is no such name."""
    found = NAME.fullmatch(name)
    if not found or (int(found[1]) + 1) % 100 != int(found[2]):
        raise ValueError(f"{name!r} is no name of a forecast; names are like 2026-27, and 2026-27.r2 for a second one")
    return date(int(found[1]), 4, 1)


def sealed(rows: Iterable[Sequence[object]]) -> bytes:
    """Return the file of rows in the order of `COLUMNS`, each with the seal of them all."""
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    seal = hashlib.sha256("\n".join("|".join(row) for row in texts).encode()).hexdigest()
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([(*COLUMNS, "seal"), *((*row, seal) for row in texts)])
    return file.getvalue().encode()


def _typed(name: str) -> str:
    """Return SQL of a field's value; null where it does not read as its type, or is empty."""
    if name in _DATES:
        return f"""try_strptime("{name}", '%Y-%m-%d')::date"""
    if name in _NUMBERS:
        return f"""case when regexp_full_match("{name}", '[0-9]{{1,9}}([.][0-9]{{1,3}})?') then "{name}"::double end"""
    return f'"{name}"'


_UNREAD = " ".join(
    f"""when {_typed(name)} is null then '{name} is "' || coalesce("{name}", '') || '"'"""
    for name in (*_DATES, *_NUMBERS)
)
_WRITTEN = " || '|' || ".join(f"coalesce(\"{name}\", '')" for name in COLUMNS)

_LAYOUT = Layout(
    name="sealed",
    header=(*COLUMNS, "seal"),
    reader=Csv(),
    tidy=f"""
        select row, "forecast" as scope, {", ".join(f"{_typed(name)} as {name}" for name in COLUMNS)}, "seal" as seal,
               "seal" = sha256(string_agg({_WRITTEN}, chr(10) order by row) over
                               (rows between unbounded preceding and unbounded following)) as is_sealed,
               case {_UNREAD} end as unread
        from raw
    """,  # noqa: S608 - literals of this module
)


def _april() -> pl.Expr:
    return pl.date(pl.col("forecast").str.head(4).cast(pl.Int32, strict=False), 4, 1)


def _named(data: pa.PolarsData) -> pl.LazyFrame:
    next_year = _april().dt.offset_by("1y").dt.strftime("%y")
    name = pl.col("forecast")
    return data.lazyframe.select(
        (name.str.contains(NAME.pattern) & (name.str.slice(5, 2) == next_year)).fill_null(False)
    )


def _one_forecast(data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(
        pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).first()) for name in (*WHOLE, "seal"))
    )


def _whole_years(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether each series has the twelve months and the year of its name, and nothing else: keys are unique."""
    start, end, april = pl.col("period_start"), pl.col("period_end"), _april()
    year_end = april.dt.offset_by("1y").dt.offset_by("-1d")
    month = (start.dt.month_start() == start) & (start.dt.month_end() == end) & start.is_between(april, year_end)
    year = (start == april) & (end == year_end)
    return data.lazyframe.select((month | year) & (pl.len().over("measure_id", "area_code") == 13))


def _basis(data: pa.PolarsData) -> pl.LazyFrame:
    made_later = pl.col("frozen_on") >= _april()
    return data.lazyframe.select(
        pl.col("basis") == pl.when(made_later).then(pl.lit(RETROSPECTIVE)).otherwise(pl.lit(BEFORE))
    )


def _no_look_ahead(data: pa.PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(
        (pl.col("trained_from") < pl.col("trained_to"))
        & (pl.col("trained_to") <= pl.col("as_of"))
        & (pl.col("as_of") <= pl.col("frozen_on"))
        & (pl.col("as_of") < _april())
    )


def _in_order(data: pa.PolarsData) -> pl.LazyFrame:
    rising = ("lower_95", "lower_80", "point", "upper_80", "upper_95")
    return data.lazyframe.select(pl.all_horizontal(pl.col(low) <= pl.col(high) for low, high in pairwise(rising)))


def _column(name: str) -> pa.Column:
    return pa.Column(pl.Date if name in _DATES else pl.Float64 if name in _NUMBERS else pl.String)


FEED = Feed(
    name="oversight_forecast",
    source="oversight",
    title="Forecast of recorded crime for a financial year",
    publisher="Oversight",
    address="https://data.london.gov.uk/publisher/mopac",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"oversight-forecast-.*\.csv"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=-365),  # before its year begins
    layouts=(_LAYOUT,),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            **{name: _column(name) for name in COLUMNS},
            "reason": pa.Column(pl.String, nullable=True),
            "training_sha256": pa.Column(
                pl.String, pa.Check.str_matches("^[0-9a-f]{64}$", error="the training rows' hash is no SHA-256")
            ),
            "naive_error": pa.Column(pl.Float64, pa.Check.gt(0, error="there is no error of a naive forecast")),
            "seal": pa.Column(pl.String),
            "is_sealed": pa.Column(pl.Boolean, pa.Check.eq(True, error="the figures are not those that were sealed")),
        },
        checks=[
            pa.Check(_named, error="the name is not that of a financial year"),
            pa.Check(_one_forecast, error="the file holds more than one forecast"),
            pa.Check(
                lambda data: data.lazyframe.select(
                    pl.col("reason").is_not_null() == pl.col("forecast").str.contains(".r", literal=True)
                ),
                error="a forecast that supersedes another says why, and only such a one",
            ),
            pa.Check(_whole_years, error="a series is not the twelve months and the year of its name"),
            pa.Check(_basis, error="made after its year began and not called retrospective, or the other way round"),
            pa.Check(_no_look_ahead, error="it rests on what was not known, or not over, before its year"),
            pa.Check(_in_order, error="the limits do not enclose the point"),
        ],
        unique=["measure_id", "area_code", "period_start", "period_end"],
        strict=True,
    ),
    # The year's row spans its months.
    history=History(total="sum(point)", moves=0, contiguous=False, at_least=12, once=True),
)
