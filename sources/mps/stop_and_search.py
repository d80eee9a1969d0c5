"""MPS stop and search: the rolling 24-month extract, a record a search (with a count, which has been seen as one).

No file of the publisher was to be had: it has some 480,000 rows. The columns are those that code in public repositories
reads; so are `date` (`YYYY-MM-DD`) and `ethnic_appearance` in the older of them and, from March 2024, `stopdate`
(`DD/MM/YYYY`) and `ethnicappearance`. Whether other columns were renamed with these two is not known. The same code
reads the file as Windows-1252 and tells three things of its values: an outcome begins with a number (`1 No further
action`), as reasons do; the first letter of the code of self-defined ethnicity is its group (A, B, M, W, O; N, or no
code, where it was not stated); and some boroughs are airports. The words of the other columns are not known, so what
figures do not depend on is landed as it stands.

A record has no key, and searches alike in every column are different searches: nothing is unique. Ethnicity stands in
it twice, as the officer saw it and as the person stated it: two instruments, which are kept apart.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS
from sources.readers import Csv

OFFICER_DEFINED = ("Asian", "Black", "White", "Other")
NOT_KNOWN = ("Unknown", "Not Known", "Not Recorded", "Not Recorded/Not Known", "Not Stated")
"""Words for a group that is not known, as MPS files write them; a blank cell says the same."""

_TEXTS = {
    "Borough of Stop": "area_name",
    "Age_Group": "age_group",
    "Gender": "sex",
    "EA Group": "officer_defined_ethnicity",
    "Search Type": "search_type",
    "Subject": "subject",
    "Reason for Stop": "reason",
    "Outcome": "outcome",
    "Outcome Reason": "outcome_reason",
}
_TRIMMED = ", ".join(f'trim("{column}") as {name}' for column, name in _TEXTS.items())


def _layout(name: str, day: str, appearance: str, written: str) -> Layout:
    return Layout(
        name=name,
        header=(
            day, "Year_Month", "Borough Code", "Borough of Stop", "MPS Area", "Age_Group", "Gender", appearance,
            "EA Group", "Self-defined Ethnicity Code", "SDE Group", "Search Type", "Subject", "Reason for Stop",
            "Outcome", "Outcome Reason", "Count",
        ),
        reader=Csv(final_newline=False, encoding="cp1252"),
        seen="documentation",
        tidy=f"""
            select row, 'all' as scope,
                   date_trunc('month', try_strptime("{day}", '{written}'))::date as period_start,
                   last_day(period_start) as period_end,
                   {_TRIMMED},
                   upper(left(trim("Self-defined Ethnicity Code"), 1)) as self_defined_ethnicity,
                   case when regexp_full_match("Count", '[0-9]{{1,6}}') then "Count"::bigint end as searches,
                   case when period_start is null then '{day} is "' || coalesce("{day}", '') || '"'
                        when "Year_Month" is distinct from strftime(period_start, '%Y-%m')
                        then 'Year_Month is "' || coalesce("Year_Month", '') || '" and {day} "' || "{day}" || '"'
                        when searches is null then 'Count is "' || coalesce("Count", '') || '"' end as unread
            from raw
        """,  # noqa: S608 - literals of this module
    )  # fmt: skip


def _known_area(data: pa.PolarsData) -> pl.LazyFrame:
    name = pl.col(data.key).str.to_lowercase().str.replace("&", "and", literal=True)
    known = name.is_in(sorted({borough.lower() for borough in BOROUGHS} | {word.lower() for word in NOT_KNOWN}))
    return data.lazyframe.select(known | name.str.contains("airport"))


FEED = Feed(
    name="mps_stop_and_search",
    source="mps",
    title="MPS Stop and Search: extract of 24 months",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/e6yjz",
    licence="UK Open Government Licence",
    file_names=(re.compile(r"Stops_LDS_Extract_24Months.*\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=21),  # about three weeks
    layouts=(
        _layout("stopdate", "stopdate", "ethnicappearance", "%d/%m/%Y"),  # from March 2024
        _layout("date", "date", "ethnic_appearance", "%Y-%m-%d"),
        _layout("titled", "Date", "Ethnic Appearance Code", "%Y-%m-%d"),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_name": pa.Column(pl.String, pa.Check(_known_area, error="the borough is not known"), nullable=True),
            "age_group": pa.Column(pl.String, nullable=True),
            "sex": pa.Column(pl.String, nullable=True),
            "officer_defined_ethnicity": pa.Column(
                pl.String,
                pa.Check.isin([*OFFICER_DEFINED, *NOT_KNOWN], error="the group of ethnic appearance is not known"),
                nullable=True,
            ),
            "self_defined_ethnicity": pa.Column(
                pl.String,
                pa.Check.isin([*"ABMWON"], error="the letter of self-defined ethnicity is not known"),
                nullable=True,
            ),
            "search_type": pa.Column(pl.String, nullable=True),
            "subject": pa.Column(pl.String, nullable=True),
            "reason": pa.Column(pl.String),
            "outcome": pa.Column(pl.String),
            "outcome_reason": pa.Column(pl.String, nullable=True),
            "searches": pa.Column(pl.Int64, pa.Check.ge(1, error="the record counts no search")),
        },
        strict=True,
    ),
    # Records are entered late and corrected. No two vintages could be compared: twice what recorded crime moves.
    history=History(total="sum(searches)", moves=0.1, at_least=12),
    rolling_periods=24,
)
