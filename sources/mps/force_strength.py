"""Police Force Strength: officers, staff and community support officers of the MPS at each month's end.

One row a month since May 2013. A figure is a level, never a flow: it is not summed over months. The file does not
say whether it counts heads or full-time equivalents, and it has not been revised: a copy of 2022 and one of 2026
agree in all of their 115 common months.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

COLUMNS = {"officers": "Police Officer Strength", "staff": "Police Staff Strength", "pcsos": "PCSO Strength"}
_LEVELS = ", ".join(
    f"""case when regexp_full_match("{column}", '[0-9]{{1,6}}') then "{column}"::bigint end as {name}"""
    for name, column in COLUMNS.items()
)
_UNREAD = ", ".join(
    f"""case when {name} is null then '{column} is ' || coalesce('"' || "{column}" || '"', 'empty') end"""
    for name, column in {"period_start": "Date", **COLUMNS}.items()
)


def _level(least: int, most: int) -> pa.Column:
    return pa.Column(pl.Int64, pa.Check.in_range(least, most, error="the strength is out of range"))


FEED = Feed(
    name="mps_force_strength",
    source="mps",
    title="Police Force Strength",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/police-force-strength",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"Police_Force_Strength\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=30),  # a copy of 23 April 2026 ends with March
    layouts=(
        Layout(
            name="force-strength",
            header=("Date", *COLUMNS.values()),
            reader=Csv(),
            tidy=f"""
                select row, 'all' as scope, try_strptime("Date", '%b-%y')::date as period_start,
                       last_day(period_start) as period_end, {_LEVELS},
                       nullif(concat_ws(', ', {_UNREAD}), '') as unread
                from raw
            """,  # noqa: S608 - the names are literals of this module
        ),
    ),
    # The three ranges do not meet, so that columns which changed places are seen.
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "officers": _level(20_000, 60_000),
            "staff": _level(5_000, 19_999),
            "pcsos": _level(0, 4_999),
        },
        unique=["period_start"],
        strict=True,
    ),
    # Nothing has been revised so far; a whole per cent would be 440 people.
    history=History(total="sum(officers + staff + pcsos)", moves=0.01, cumulative=True),
    awaited=True,
)
