"""MoJ Proven reoffending statistics: overview data tool CSV, region cut.

A row is a 12-month cohort x region x adult or juvenile x category; several categories (age, sex, index offence)
stack in the same columns, so `category` is the scope and is never summed across. Counts only: a rate is
reoffenders over offenders, rebuilt from counts and never averaged. The measure changed in October 2017; every
release restates the back series. Overview files come with the January release, about 22 months after the cohort.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

REGIONS = (
    "East Midlands", "East of England", "London", "North East", "North West", "South East", "South West",
    "West Midlands", "Yorkshire and The Humber",
)  # fmt: skip
COUNTS = ("offenders", "reoffenders", "reoffences")

_COUNT = "case when regexp_full_match(raw.{0}, '[0-9]{{1,15}}') then raw.{0}::bigint end"
_UNREAD = (
    "case when not coalesce(regexp_full_match(raw.{0}, '[0-9]{{1,15}}'), false) "
    "then '{0} is \"' || coalesce(raw.{0}, '') || '\"' end"
)

FEED = Feed(
    name="moj_proven_reoffending",
    source="moj",
    title="Proven reoffending statistics: overview data tool, regions",
    publisher="Ministry of Justice",
    address="https://www.gov.uk/government/collections/proven-reoffending-statistics",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"(?i).*(prsq|reoffending).*\.csv"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=675),
    layouts=(
        Layout(
            name="overview-regions",
            header=(
                "adult_juv",
                "cohort",
                "region",
                "category",
                "subcat1",
                "subcat2",
                "offenders",
                "reoffenders",
                "reoffences",
            ),
            reader=Csv(final_newline=False),
            tidy=f"""
                select row, trim(category) as scope,
                       try_strptime(regexp_extract(cohort, '^(Apr [0-9]{{4}}) to Mar [0-9]{{4}}$', 1), '%b %Y')::date
                           as period_start,
                       (period_start + interval 1 year - interval 1 day)::date as period_end,
                       trim(adult_juv) as adult_juvenile, trim(region) as region,
                       trim(subcat1) as subcategory, trim(subcat2) as second_subcategory,
                       {", ".join(f"{_COUNT.format(c)} as {c}" for c in COUNTS)},
                       coalesce(
                           case when period_start is null
                                  or cohort <> strftime(period_start, '%b %Y to ') || strftime(period_end, '%b %Y')
                                then 'cohort is "' || coalesce(cohort, '') || '"' end,
                           {", ".join(map(_UNREAD.format, COUNTS))}) as unread
                from raw
            """,  # noqa: S608
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "adult_juvenile": pa.Column(pl.String, pa.Check.isin(["Adult", "Juvenile"], error="not Adult or Juvenile")),
            "region": pa.Column(pl.String, pa.Check.isin(REGIONS, error="the region is not known")),
            "subcategory": pa.Column(pl.String),
            "second_subcategory": pa.Column(pl.String),  # '-' where the dimension does not apply
            "offenders": pa.Column(pl.Int64, pa.Check.ge(0, error="the count is negative")),
            "reoffenders": pa.Column(pl.Int64, pa.Check.ge(0, error="the count is negative")),
            "reoffences": pa.Column(pl.Int64, pa.Check.ge(0, error="the count is negative")),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("reoffenders") <= pl.col("offenders")),
                error="more reoffenders than offenders",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("reoffences") >= pl.col("reoffenders")),
                error="fewer reoffences than reoffenders",
            ),
        ],
        unique=["scope", "period_start", "adult_juvenile", "region", "subcategory", "second_subcategory"],
        strict=True,
    ),
    history=History(total="sum(offenders)", moves=0.05),
    awaited=True,
)
