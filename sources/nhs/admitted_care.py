"""NHS England Hospital Admitted Patient Care Activity (HES), a financial year: long files of counts by code and area.

Two layouts. The first is of England: a row is a code x an attribute. `Category` tells what the code is: a diagnosis
(`DIAG_3_01`) or, in the files of the same family that give external causes, a cause (`CAUSE_3`; assault by a sharp
object is ICD-10 X99), of three characters or of four, which repeat each other. The file says nowhere of which year it
is, so it is dated by its publication. `FAE_SUM` counts finished admission episodes and `FCE_SUM` finished consultant
episodes, of which an admission can have several. Attributes of age (`Age_10_14_Sum`) are of consultant episodes:
there is no admission by age. Editions differ in capitals (`AGE_10_14_SUM`). No area below England is in it.

The second is of providers, by commissioning region and for England, without causes: a row is an organisation x a
measure, and `REPORTING_PERIOD` is a year such as `2425`. It is here because it counts below England, where NHS England
controls disclosure: `*` stands for 1 to 7, and every other count but 0 is rounded to the nearest 5, so that the least
is 10. Counts of England are exact.

Neither was to be had in bytes. The first header is that of public code that reads the files; the columns of the second,
and the name of the category of causes, are those of one public description of the edition of 2024-25.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

SUPPRESSED = "*"
_NUMBER = """case when regexp_full_match({0}, '[0-9]{{1,12}}([.][0-9]+)?') then {0}::double end"""
_UNREAD = """case when period_end is null then {period}
                  when "value" is null and symbol is null
                  then measure || ' is "' || coalesce(text, '') || '"' end as unread"""
_ENGLAND = "ENGLAND"


def _tidy(cells: str, period: str) -> str:
    """Return tidy SQL over `cells`; `period` is SQL that says what is wrong with a period that does not read."""
    return f"""
        select row, scope, (period_end - interval 1 year + interval 1 day)::date as period_start, period_end,
               organisation_level, organisation, category, code, measure, {_NUMBER.format("text")} as "value",
               if(text = '{SUPPRESSED}', text, null) as symbol, {_UNREAD.format(period=period)}
        from ({cells})
    """  # noqa: S608 - literals of this module


def _rounded(data: pa.PolarsData) -> pl.LazyFrame:
    """Say of each row whether its count is one that could be published where it is."""
    count = pl.col("measure").str.ends_with("sum")
    below = pl.col("organisation_level") != _ENGLAND
    published = (pl.col("value") == 0) | (pl.col("value") >= 10) & (pl.col("value") % 5 == 0)
    return data.lazyframe.select(~(count & below) | pl.col("value").is_null() | published)


FEED = Feed(
    name="nhs_admitted_care",
    source="nhs",
    title="Hospital Admitted Patient Care Activity: counts by code and by provider",
    publisher="NHS England",
    address="https://digital.nhs.uk/data-and-information/publications/statistical/hospital-admitted-patient-care-activity",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"hosp-epis-stat-admi-.*\.(csv|xlsx)"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=150),  # in September; a corrected edition has come within the year
    layouts=(
        Layout(
            name="england-by-code",
            header=("UID", "Code", "Category", "Attribute", "Value"),
            reader=Csv(final_newline=False, encoding="utf-8-sig"),
            undated=True,
            seen="documentation",
            tidy=_tidy(
                f"""
                select row, 'england/' || lower("Category") as scope,
                       getvariable('period_end')::date as period_end, '{_ENGLAND}' as organisation_level,
                       '{_ENGLAND}' as organisation, "Category" as category, trim("Code") as code,
                       lower(trim("Attribute")) as measure, "Value" as text
                from raw
                """,  # noqa: S608 - literals of this module
                "'its year is not known'",
            ),
        ),
        Layout(
            name="providers",
            header=(
                "UID",
                "ORG_LEVEL",
                "REPORTING_PERIOD",
                "ORG_CODE",
                "ORG_DESCRIPTION",
                "MEASURE_TYPE",
                "MEASURE",
                "MEASURE_VALUE",
                "Table_Order",
                "Level_Order",
            ),
            reader=Csv(final_newline=False, encoding="utf-8-sig"),
            seen="documentation",
            tidy=_tidy(
                """
                select row, 'providers' as scope,
                       case when regexp_full_match("REPORTING_PERIOD", '[0-9]{4}')
                                 and right("REPORTING_PERIOD", 2)::int = (left("REPORTING_PERIOD", 2)::int + 1) % 100
                            then make_date(2000 + right("REPORTING_PERIOD", 2)::int, 3, 31) end as period_end,
                       "ORG_LEVEL" as organisation_level, trim("ORG_DESCRIPTION") as organisation,
                       "MEASURE_TYPE" as category, "ORG_CODE" as code, lower(trim("MEASURE")) as measure,
                       "MEASURE_VALUE" as text, "REPORTING_PERIOD" as said
                from raw
                """,
                """'REPORTING_PERIOD is "' || coalesce(said, '') || '"'""",
            ),
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "organisation_level": pa.Column(
                pl.String, pa.Check.isin([_ENGLAND, "REGION", "PROVIDER"], error="the level is not known")
            ),
            "organisation": pa.Column(pl.String),
            "category": pa.Column(pl.String),
            "code": pa.Column(pl.String),
            "measure": pa.Column(pl.String),
            "value": pa.Column(pl.Float64, nullable=True),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(
                    ~pl.col("scope").str.starts_with("england/")
                    | pl.col("category").str.contains("^(DIAG|CAUSE)_[34](_01)?$")
                ),
                error="the category is not known",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(
                    ~pl.col("measure").str.ends_with("sum")
                    | pl.col("symbol").is_null()
                    | (pl.col("organisation_level") != _ENGLAND)
                ),
                error="a count of England is suppressed, which none is",
            ),
            pa.Check(_rounded, error="a count below England is neither 0 nor rounded to the nearest 5 from 10 up"),
        ],
        unique=["scope", "period_start", "category", "code", "measure"],
        strict=True,
    ),
    # A year is issued once, and corrected now and then.
    history=History(total="sum(value) filter (measure = 'fae_sum')", moves=0.05),
)
