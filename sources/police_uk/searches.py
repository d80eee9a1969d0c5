"""Stop and search: a record a search, a file a force and month.

Only the file's name says which force searched, so a file under another name has to state the publisher's in its
side-car; month and searches must agree. The small area of a search is not published, and coordinates not always
(none in April 2015, nine of ten in January 2023), so searches are counted by force. Times are UTC and the month is
London's: in summer it begins at 23:00 the day before. A search has no identifier, and records alike in every column
are kept (279 in January 2023): the time is rounded, and people stopped together are alike.

Words changed: in 2015 the ethnicity a person states has a code (`White - White British (W1)`) and an outcome is
`Nothing found - no further action`, later `A no further action disposal`; Chinese people moved from the group of
others to that of Asians. The object of a search, and whether its outcome is linked to it, are blank in some years.
A blank is kept as one.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.police_uk.records import NEVER_DATED, NO_DEGREES, degrees
from sources.readers import Csv

OUTCOMES = (
    "A no further action disposal", "Arrest", "Caution (simple or conditional)", "Community resolution",
    "Penalty Notice for Disorder", "Summons / charged by post",
    "Local resolution", "Nothing found - no further action", "Offender cautioned",
    "Offender given drugs possession warning", "Offender given penalty notice", "Suspect arrested",
    "Suspect summonsed to court",
)  # fmt: skip
"""Those of 2023, and those of 2015."""

_TEXTS = {
    "Type": "search_type",
    "Part of a policing operation": "part_of_operation",
    "Policing operation": "operation",
    "Gender": "gender",
    "Age range": "age_range",
    "Self-defined ethnicity": "self_defined_ethnicity",
    "Officer-defined ethnicity": "officer_defined_ethnicity",
    "Legislation": "legislation",
    "Object of search": "object_of_search",
    "Outcome": "outcome",
    "Outcome linked to object of search": "outcome_linked",
    "Removal of more than just outer clothing": "clothing_removed",
}
_LANDED = ", ".join(f'"{header}" as {column}' for header, column in _TEXTS.items())


def _one_of(*values: str, what: str) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(values, error=f"the {what} is not known"), nullable=True)


FEED = Feed(
    name="police_uk_stop_and_search",
    source="police_uk",
    title="Stop and search",
    publisher="Single Online Home National Digital Team, data.police.uk",
    address="https://data.police.uk/data/archive/",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"20\d\d-\d\d-(metropolitan|city-of-london|btp)-stop-and-search\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=61),  # about two months
    layouts=(
        Layout(
            name="stop-and-search",
            header=(
                "Type",
                "Date",
                "Part of a policing operation",
                "Policing operation",
                "Latitude",
                "Longitude",
                "Gender",
                "Age range",
                "Self-defined ethnicity",
                "Officer-defined ethnicity",
                "Legislation",
                "Object of search",
                "Outcome",
                "Outcome linked to object of search",
                "Removal of more than just outer clothing",
            ),
            reader=Csv(),
            named=re.compile(
                r"(?P<month>20\d\d-(0[1-9]|1[0-2]))-(?P<force>metropolitan|city-of-london|btp)-stop-and-search\.csv"
            ),
            tidy=f"""
                select getvariable('force') as scope,
                       strptime(getvariable('month'), '%Y-%m')::date as period_start,
                       last_day(period_start) as period_end,
                       case when regexp_full_match("Date", '[0-9-]{{10}}T[0-9:]{{8}}[+]00:00')
                            then try_strptime("Date"[:19], '%Y-%m-%dT%H:%M:%S') end as searched_at,
                       {degrees("Latitude")} as latitude, {degrees("Longitude")} as longitude, {_LANDED},
                       case when searched_at is null then 'Date is "' || coalesce("Date", '') || '"'
                            when date_trunc('month', (searched_at at time zone 'UTC') at time zone 'Europe/London')
                                <> period_start
                            then 'Date is "' || "Date" || '" in a file of ' || getvariable('month')
                            {NO_DEGREES} end as unread
                from records
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "searched_at": pa.Column(pl.Datetime("us")),
            "latitude": pa.Column(pl.Float64, pa.Check.in_range(49, 61, error="outside Great Britain"), nullable=True),
            "longitude": pa.Column(pl.Float64, pa.Check.in_range(-9, 2, error="outside Great Britain"), nullable=True),
            "search_type": _one_of("Person search", "Person and Vehicle search", "Vehicle search", what="type"),
            "part_of_operation": _one_of("True", "False", what="answer"),
            "operation": pa.Column(pl.String, nullable=True),
            "gender": _one_of("Female", "Male", "Other", what="gender"),
            "age_range": _one_of("under 10", "10-17", "18-24", "25-34", "over 34", what="age range"),
            "self_defined_ethnicity": pa.Column(
                pl.String,
                pa.Check.str_matches(
                    "^(White - |Black|Asian|Mixed|Chinese or other|Other ethnic group - |Not Stated)",
                    error="the ethnicity is of no known group",
                ),
                nullable=True,
            ),
            "officer_defined_ethnicity": _one_of("Asian", "Black", "Mixed", "Other", "White", what="ethnicity"),
            "legislation": pa.Column(pl.String, nullable=True),
            "object_of_search": pa.Column(pl.String, nullable=True),
            "outcome": _one_of(*OUTCOMES, what="outcome"),
            "outcome_linked": _one_of("True", "False", what="answer"),
            "clothing_removed": _one_of("True", "False", what="answer"),
        },
        strict=True,
    ),
    # No two releases of a month could be compared.
    history=History(total="count(*)", moves=0.05),
    rolling_periods=NEVER_DATED,
    record_level=True,
)
