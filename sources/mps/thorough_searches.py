"""MPS more thorough searches and searches that expose intimate parts (MTIPS): a record a search, with a count.

No file of the publisher was to be had. Known of the some forty issues there were: the outcome's column had three
names, of which two are misspelt; `Approporiate Adult Present if Required?` is spelt so; the area is a command unit, and
`West` and `West Area` are one. The names of the other columns are taken from the stop and search extract, which comes
from the same system; they are not verified, and a file that names them otherwise is quarantined with the difference.

A record has no key, and searches alike in every column are different searches: nothing is unique.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.stop_and_search import NOT_KNOWN, OFFICER_DEFINED
from sources.readers import Csv

_TEXTS = {
    "MPS Area": "area_name",
    "Age_Group": "age_group",
    "Gender": "sex",
    "EA Group": "officer_defined_ethnicity",
    "Search Type": "search_type",
    "Approporiate Adult Present if Required?": "appropriate_adult",
}
_TRIMMED = ", ".join(f'trim("{column}") as {name}' for column, name in _TEXTS.items())


def _layout(name: str, outcome: str) -> Layout:
    return Layout(
        name=name,
        header=(
            "Year_Month", "MPS Area", "Age_Group", "Gender", "EA Group", "SDE Group", "Search Type", outcome,
            "Approporiate Adult Present if Required?", "Count",
        ),
        reader=Csv(final_newline=False, encoding="cp1252"),
        seen="documentation",
        tidy=f"""
            select row, 'all' as scope, try_strptime("Year_Month", '%Y-%m')::date as period_start,
                   last_day(period_start) as period_end, {_TRIMMED}, trim("{outcome}") as positive_outcome,
                   case when regexp_full_match("Count", '[0-9]{{1,6}}') then "Count"::bigint end as searches,
                   case when period_start is null then 'Year_Month is "' || coalesce("Year_Month", '') || '"'
                        when searches is null then 'Count is "' || coalesce("Count", '') || '"' end as unread
            from raw
        """,  # noqa: S608 - literals of this module
    )  # fmt: skip


FEED = Feed(
    name="mps_thorough_searches",
    source="mps",
    title="MPS More Thorough Searches and searches exposing Intimate Parts (MTIPS)",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/emxgp",
    licence="UK Open Government Licence",
    file_names=(re.compile(r"(?i).*MTIPS.*\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=21),  # about three weeks
    layouts=(
        _layout("positive-outcome", "Positive Outcome of Stop"),
        _layout("postive-outcome", "Postive Outcome of Stop"),
        _layout("positve-outcome", "Positve Outcome"),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_name": pa.Column(pl.String, nullable=True),
            "age_group": pa.Column(pl.String, nullable=True),
            "sex": pa.Column(pl.String, nullable=True),
            "officer_defined_ethnicity": pa.Column(
                pl.String,
                pa.Check.isin([*OFFICER_DEFINED, *NOT_KNOWN], error="the group of ethnic appearance is not known"),
                nullable=True,
            ),
            "search_type": pa.Column(pl.String),
            "positive_outcome": pa.Column(pl.String, nullable=True),
            "appropriate_adult": pa.Column(pl.String, nullable=True),
            "searches": pa.Column(pl.Int64, pa.Check.ge(1, error="the record counts no search")),
        },
        strict=True,
    ),
    # Months are of a few hundred, and no two vintages could be compared.
    history=History(total="sum(searches)", moves=0.25),
)
