"""Home Office crime outcomes open data: what became of recorded offences, by force, offence and outcome, each quarter.

A row is quarter x force x offence code x outcome, with two counts that are not of the same offences:
- outcomes of the offences that were recorded in the quarter, whenever they came. Over all outcomes, `Not yet assigned
  an outcome` among them, they are the offences recorded; shares of them go on rising as outcomes come;
- outcomes that were recorded in the quarter, whenever the offence was. `--` where an outcome cannot be so counted.
An offence code that has expired has only the second (`N/A - offence code expired`). Counts can be below zero, where a
force had more outcomes than offences. Texts have en dashes. Each edition states a financial year again, quarters run
from April. Rows of zeros may be left out.

The publisher's workbook, a sheet a year, has some eight million cells, which is more than is read of a workbook: send
the sheet saved as CSV. Its header is known from code that reads it, the counts from a table that was derived from
the edition of March 2019 (names in snake case, both signs made one, rows of two zeros left out).
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.home_office.places import FORCES, TRANSPORT_POLICE
from sources.readers import Csv

OF_RECORDED = "Force outcomes for offences recorded in quarter"
IN_QUARTER = "Force outcomes recorded in quarter"
SYMBOLS = ("N/A - offence code expired", "--")
OUTCOMES = range(23)
"""Types of outcome: 0 is none as yet, 1 a charge or summons."""

_SYMBOLS = ", ".join(f"'{symbol}'" for symbol in SYMBOLS)


def _count(column: str) -> str:
    return f"""case when regexp_full_match("{column}", '-?[0-9]{{1,6}}') then "{column}"::bigint end"""


def _unread(column: str, name: str) -> str:
    return f"""case when {name} is null and coalesce("{column}", '') not in ({_SYMBOLS})
                    then '{column} is "' || coalesce("{column}", '') || '"' end"""


FEED = Feed(
    name="home_office_outcomes",
    source="home_office",
    title="Crime outcomes open data",
    publisher="Home Office",
    address="https://www.gov.uk/government/statistical-data-sets/police-recorded-crime-and-outcomes-open-data-tables",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"prc-outcomes-open-data-mar20[0-9]{2}-tables.*\.csv"),),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=115),  # late in the fourth month after the quarter
    layouts=(
        Layout(
            name="two-counts",
            header=(
                "Financial Year",
                "Financial Quarter",
                "Force Name",
                "Offence Description",
                "Offence Group",
                "Offence Subgroup",
                "Offence Code",
                "Offence Code Expired",
                "Outcome Description",
                "Outcome Group",
                "Outcome Type",
                OF_RECORDED,
                IN_QUARTER,
            ),
            reader=Csv(encoding="utf-8-sig"),  # a spreadsheet that saves UTF-8 begins it with a mark
            seen="documentation",
            tidy=f"""
                select row, 'all' as scope,
                       case when regexp_full_match("Financial Year", '20[0-9]{{2}}/[0-9]{{2}}')
                                 and regexp_full_match("Financial Quarter", '[1-4]')
                            then (make_date("Financial Year"[:4]::int, 4, 1)
                                  + to_months(3 * ("Financial Quarter"::int - 1)))::date end as period_start,
                       last_day((period_start + interval 2 month)::date) as period_end,
                       trim("Force Name") as force, trim("Offence Description") as offence,
                       trim("Offence Group") as offence_group, trim("Offence Subgroup") as offence_subgroup,
                       trim("Offence Code") as offence_code, trim("Outcome Description") as outcome,
                       trim("Outcome Group") as outcome_group,
                       case when regexp_full_match("Outcome Type", '[0-9]{{1,2}}') then "Outcome Type"::bigint end
                           as outcome_type,
                       {_count(OF_RECORDED)} as of_recorded, {_count(IN_QUARTER)} as in_quarter,
                       if(of_recorded is null, "{OF_RECORDED}", null) as of_recorded_symbol,
                       if(in_quarter is null, "{IN_QUARTER}", null) as in_quarter_symbol,
                       coalesce(
                           case when period_start is null
                                then concat_ws(' ', 'the quarter is', "Financial Year", "Financial Quarter") end,
                           case when outcome_type is null
                                then 'Outcome Type is "' || coalesce("Outcome Type", '') || '"' end,
                           {_unread(OF_RECORDED, "of_recorded")},
                           {_unread(IN_QUARTER, "in_quarter")}
                       ) as unread
                from raw
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "force": pa.Column(
                pl.String,
                pa.Check.isin([*FORCES, "London, City of", TRANSPORT_POLICE], error="the force is not known"),
            ),
            "offence": pa.Column(pl.String),
            "offence_group": pa.Column(pl.String),
            "offence_subgroup": pa.Column(pl.String),
            "offence_code": pa.Column(
                pl.String, pa.Check.str_matches(r"^[0-9]{1,3}([A-Z]|[./0-9]+)?$", error="the offence code is malformed")
            ),
            "outcome": pa.Column(pl.String),
            "outcome_group": pa.Column(pl.String),
            "outcome_type": pa.Column(pl.Int64, pa.Check.isin(OUTCOMES, error="the type of outcome is not known")),
            "of_recorded": pa.Column(
                pl.Int64, pa.Check.in_range(-5_000, 99_999, error="the count is out of range"), nullable=True
            ),
            "in_quarter": pa.Column(
                pl.Int64, pa.Check.in_range(-5_000, 99_999, error="the count is out of range"), nullable=True
            ),
            "of_recorded_symbol": pa.Column(pl.String, nullable=True),
            "in_quarter_symbol": pa.Column(pl.String, nullable=True),
        },
        unique=["period_start", "force", "offence_code", "outcome_type"],
        strict=True,
    ),
    # All outcomes of the offences recorded are these offences, which move little; no two vintages were seen.
    history=History(total="sum(of_recorded)", moves=0.05),
)
