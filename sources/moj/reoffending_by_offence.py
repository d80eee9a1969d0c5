"""MoJ Proven reoffending statistics, annual averages: the rate of reoffending by index offence, England and Wales.

The workbook has a sheet of adults and one of juveniles. Column headings in the fourth row are years from April to
March, a footnote's number glued to some (`Apr 2015 to Mar 20161`). Each offence has a block of rows: its name in column
A, and on the next row `Proportion of ...`, per cent of offenders. Rows of other figures are not read. `*` is a figure
that the publisher suppressed for small numbers; it says nothing of its size.

A year's rate is the average of four cohorts of three months, in which one person can occur more than once: it is not
comparable with that of a cohort of twelve months (`moj_proven_reoffending`), and without counts it cannot be rebuilt.

The layout is that of public code that reads the workbook of July to September 2017; its values were read in bytes from
the table which that code wrote. What stands above the headings is not known.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Sheets

SHEETS = {"A4a_(annual_average)": "adult", "A4b_(annual_average)": "juvenile"}
OFFENCES = (
    "violence against the person", "sexual", "robbery", "theft", "criminal damage and arson", "drug",
    "possession of weapons", "public order", "miscellaneous crimes against society", "fraud",
    "summary non-motoring", "summary motoring", "other",
)  # fmt: skip
ALL = "all {} offenders"
HEADINGS = 4
"""The row of column headings."""
SUPPRESSED = "*"
_YEAR = "^Apr ([0-9]{4}) to Mar ([0-9]{4})[0-9, ]{0,5}$"  # a footnote's number may follow

_SCOPE = "case sheet " + " ".join(f"when '{sheet}' then '{who}'" for sheet, who in SHEETS.items()) + " end"
# Anything but the name of a sheet, which the reader gives where the workbook has other sheets.
_TITLE = re.compile(r"(?s)(?!\[sheet ).+")

FEED = Feed(
    name="moj_reoffending_by_offence",
    source="moj",
    title="Proven reoffending statistics: annual averages by index offence",
    publisher="Ministry of Justice",
    address="https://www.gov.uk/government/collections/proven-reoffending-statistics",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"proven-reoffending-.*annual.*\.ods"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=675),
    layouts=(
        Layout(
            name="annual-average",
            header=(_TITLE,),
            tail=_TITLE,
            reader=Sheets(tuple(SHEETS)),
            seen="documentation",
            tidy=f"""
                with headings as (
                    select sheet, col, value as heading,
                           try_cast(regexp_extract(value, '{_YEAR}', 1) as int) as year,
                           regexp_extract(value, '{_YEAR}', 2) as last_year
                    from raw where row = {HEADINGS} and col > 1
                ),
                blocks as (
                    select rates.sheet, rates.row,
                           trim(regexp_replace(lower(names.value), '[0-9, ]+$', '')) as index_offence
                    from raw as rates
                    left join raw as names
                        on names.sheet = rates.sheet and names.row = rates.row - 1 and names.col = 1
                    where rates.col = 1 and starts_with(rates.value, 'Proportion of ')
                ),
                figures as (
                    select blocks.row, {_SCOPE} as scope, year, last_year, heading, index_offence, cells.value as text
                    from blocks
                    inner join headings using (sheet)
                    left join raw as cells using (sheet, row, col)
                )
                select row, scope, make_date(year, 4, 1) as period_start, make_date(year + 1, 3, 31) as period_end,
                       index_offence,
                       case when regexp_full_match(text, '[0-9]{{1,3}}([.][0-9]+)?') then text::double end as rate,
                       if(text = '{SUPPRESSED}', text, null) as symbol,
                       case when year is null or last_year <> (year + 1)::varchar
                            then 'the heading is "' || heading || '"'
                            when rate is null and symbol is null
                            then index_offence || ', ' || heading || ' is "' || coalesce(text, '') || '"' end as unread
                from figures
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "index_offence": pa.Column(
                pl.String,
                pa.Check.isin(
                    [*OFFENCES, *(ALL.format(who) for who in SHEETS.values())], error="the offence is not known"
                ),
            ),
            # A share of one in place of per cent would be below 1.
            "rate": pa.Column(pl.Float64, pa.Check.in_range(1, 100, error="not per cent"), nullable=True),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        checks=pa.Check(
            lambda data: data.lazyframe.select(
                (pl.len().over("scope", "period_start") == len(OFFENCES) + 1)
                & (pl.col("scope").n_unique() == len(SHEETS))
            ),
            error="an offence is missing, or adults or juveniles are",
        ),
        unique=["scope", "period_start", "index_offence"],
        strict=True,
    ),
    # Every release restates the series; no two were to be had.
    history=History(total="sum(rate)", moves=0.05),
)
