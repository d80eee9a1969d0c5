"""Outcomes of crimes: a record an outcome, a file a force and the month in which the outcome was decided.

A crime has as many records as it has outcomes, so outcomes are counted and never crimes; the crime's own month is not
stated. The British Transport Police publishes none. The kinds grew with what forces supply: in February 2020 the
Metropolitan Police's were charges, cautions and local resolutions, and next to none of cases closed. What is common to
the archive's files is told in `records`.

The Metropolitan Police's month has at least six kinds; the outcomes of burglaries alone have four, as no burglary ends
with a penalty notice or a warning. Any other part of a month cannot be told from a month.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout, Whole
from sources.police_uk.records import COLUMNS, EVERY_BOROUGH, HEADER, NEVER_DATED, ROW_CHECKS, tidy_sql
from sources.readers import Csv

FEED = Feed(
    name="police_uk_outcomes",
    source="police_uk",
    title="Outcomes of street-level crime",
    publisher="Single Online Home National Digital Team, data.police.uk",
    address="https://data.police.uk/data/archive/",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"20\d\d-\d\d-(metropolitan|city-of-london|btp)-outcomes.*\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=61),  # about two months
    layouts=(
        Layout(
            name="outcomes",
            header=(*HEADER, "Outcome type"),
            reader=Csv(),
            tidy=tidy_sql('"Outcome type" as outcome'),
        ),
    ),
    schema=pa.DataFrameSchema({**COLUMNS, "outcome": pa.Column(pl.String)}, checks=ROW_CHECKS, strict=True),
    # No two releases of a month could be compared; outcomes are added late.
    history=History(total="count(*)", moves=0.2),
    rolling_periods=NEVER_DATED,
    record_level=True,
    whole=(
        Whole(
            error="the month has too few kinds of outcome: the file is a part of it",
            broken="""
                select scope, period_start, list(distinct outcome order by outcome) as outcomes
                from tidy where scope = 'metropolitan'
                group by scope, period_start having count(distinct outcome) < 6 order by all
            """,
        ),
        EVERY_BOROUGH,
    ),
)
