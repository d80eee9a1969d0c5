"""TfL Public Transport Journeys by Type of Transport: the denominator of crime on transport.

Wide: a row is one of TfL's 13 periods of a year, a column a mode, in millions. The publisher's period labels
and day counts are wrong in places (all of 2020/21 is labelled 2019/20), so both are ignored: the dates are the
key. Blank means that the mode did not exist yet, not zero, and gives no row; since 2015 all modes exist, and a blank
would make the crime rate of all modes too high. The file is overwritten each period.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout, Whole
from sources.readers import Csv

_FIRST = (
    "Period and Financial year",
    "Reporting Period",
    "Days in period",
    "Period beginning",
    "Period ending",
)
_MODES = {
    "Bus journeys (m)": "bus",
    "Underground journeys (m)": "underground",
    "DLR Journeys (m)": "dlr",
    "Tram Journeys (m)": "tram",
    "Overground Journeys (m)": "overground",
    "TfL Rail Journeys (m)": "elizabeth_line",  # the column kept its old name
}


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _layout(name: str, cable_car: str) -> Layout:
    modes = {**_MODES, cable_car: "cable_car"}
    columns = list(_MODES)
    columns.insert(5, cable_car)
    labels = " ".join(f"when '{column}' then '{mode}'" for column, mode in modes.items())
    # The file ends in rows of nothing but commas: only a row that is blank in every column is passed over.
    return Layout(
        name=name,
        header=(*_FIRST, *columns),
        reader=Csv(final_newline=False),
        tidy=f"""
            select row, 'all' as scope, try_strptime("Period beginning", '%d-%b-%y')::date as period_start,
                   try_strptime("Period ending", '%d-%b-%y')::date as period_end,
                   case "column" {labels} end as mode,
                   case when regexp_full_match(text, '[0-9]{{1,9}}([.][0-9]+)?') then text::double end
                       as journeys_millions,
                   case when period_start is null
                        then 'Period beginning is "' || coalesce("Period beginning", '') || '"'
                        when period_end is null then 'Period ending is "' || coalesce("Period ending", '') || '"'
                        when journeys_millions is null then "column" || ' is "' || text || '"' end as unread
            from (unpivot (from raw where coalesce({_quoted([*_FIRST, *columns])}) is not null)
                  on columns(* exclude (row, {_quoted(_FIRST)})) into name "column" value text)
        """,  # noqa: S608 - every name is a literal of this module
    )


FEED = Feed(
    name="tfl_journeys",
    source="tfl",
    title="Public Transport Journeys by Type of Transport",
    publisher="Transport for London",
    address="https://data.london.gov.uk/dataset/public-transport-journeys-type-transport-ep8ow",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"tfl-journeys-type.*\.csv"),),
    cadence=Cadence.FOUR_WEEKLY,
    lag=timedelta(days=28),
    layouts=(
        _layout("cable-car", "London Cable Car Journeys (m)"),  # 2024 and 2026
        _layout("emirates-airline", "Emirates Airline Journeys (m)"),  # 2021
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date, pa.Check.ge(pl.date(2010, 4, 1), error="before the series began")),
            "period_end": pa.Column(pl.Date),
            "mode": pa.Column(pl.String, pa.Check.isin([*_MODES.values(), "cable_car"], error="the mode is not known")),
            "journeys_millions": pa.Column(pl.Float64, pa.Check.in_range(0, 400, error="journeys are out of range")),
        },
        checks=pa.Check(
            lambda data: data.lazyframe.select(
                (pl.col("period_end") - pl.col("period_start")).dt.total_days().is_between(20, 40)
            ),
            error="a period lasts about four weeks",
        ),
        unique=["period_start", "mode"],
        strict=True,
    ),
    history=History(total="sum(journeys_millions)", moves=0.05, cumulative=True),
    whole=(
        Whole(
            error="a period lacks a mode",
            # Since 31 May 2015, when TfL took over what became the Elizabeth line, all of them have run.
            broken="""
                select period_start, mode
                from (select distinct period_start from tidy where period_start >= date '2015-05-31')
                cross join (select distinct mode from tidy)
                anti join tidy using (period_start, mode)
                order by all
            """,
        ),
    ),
    awaited=True,
)
