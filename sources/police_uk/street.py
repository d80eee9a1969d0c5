"""Street-level crimes: a record a crime or incident of anti-social behaviour, a file a force and month.

Each monthly archive states three years anew, and a later one changes the last outcome of crimes (335 of the City's 688
for January 2024 that have an identifier of their own) and nothing else. The British Transport Police states no outcome
at all, and no anti-social behaviour. `Context` has always been blank. What else is common to the archive's files is
told in `records`.

That a file is a part of its month shows where it holds too few of the crime types, or a month of the Metropolitan
Police without a record in a borough. A part that keeps both rules, of another force above all, cannot be told from a
month with few crimes: only that a later vintage of the month is far from it.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout, Taxonomy, Whole
from sources.police_uk.records import COLUMNS, EVERY_BOROUGH, HEADER, NEVER_DATED, ROW_CHECKS, tidy_sql
from sources.readers import Csv

CRIME_TYPES = (
    "Anti-social behaviour", "Bicycle theft", "Burglary", "Criminal damage and arson", "Drugs", "Other crime",
    "Other theft", "Possession of weapons", "Public order", "Robbery", "Shoplifting", "Theft from the person",
    "Vehicle crime", "Violence and sexual offences",
)  # fmt: skip
"""Those since 2013."""

FEED = Feed(
    name="police_uk_street",
    source="police_uk",
    title="Street-level crime",
    publisher="Single Online Home National Digital Team, data.police.uk",
    address="https://data.police.uk/data/archive/",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"20\d\d-\d\d-(metropolitan|city-of-london|btp)-street.*\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=61),  # about two months
    layouts=(
        Layout(
            name="street",
            header=(*HEADER, "Crime type", "Last outcome category", "Context"),
            reader=Csv(),
            tidy=tidy_sql('"Crime type" as crime_type, "Last outcome category" as last_outcome, "Context" as context'),
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            **COLUMNS,
            "crime_type": pa.Column(pl.String),
            "last_outcome": pa.Column(pl.String, nullable=True),
            "context": pa.Column(pl.String, nullable=True),
        },
        checks=ROW_CHECKS,
        strict=True,
    ),
    # The one month that is held in two releases has as many crimes in both.
    history=History(total="count(*)", moves=0.05),
    category="crime_type",
    taxonomies=(Taxonomy("2013", frozenset(CRIME_TYPES)),),
    rolling_periods=NEVER_DATED,
    record_level=True,
    whole=(
        Whole(
            error="the month has too few crime types: the file is a part of it",
            # The Metropolitan Police's months have all; of the others' few crimes one type or another has none.
            broken=f"""
                select scope, period_start, count(distinct crime_type) as crime_types, min(crime_type) as first
                from tidy group by scope, period_start
                having crime_types < if(scope = 'metropolitan', {len(CRIME_TYPES)}, 10) order by all
            """,  # noqa: S608 - a literal of this module
        ),
        EVERY_BOROUGH,
    ),
)
