"""Home Office recorded crime by police force area: offences of twelve months, by force and offence group.

A row is twelve months x force x offence. The twelve months end in March up to 2007 and with each quarter after, so
periods overlap and are never summed. The table was last published for December 2018.

Quirks of the one vintage there is, read in bytes in two copies that differ in the separator of the dates:
- All rows of December 2017 are dated `30/12/2017`. That one date is read as 31 December, and the rows say so.
- Fraud bureaus stand among the forces, with a `Region` and an `Offence` of their own (`Fraud: Action Fraud`).
- Counts can be below zero: offences cancelled in the twelve months that were recorded before them.
- From December 2014 to March 2018 a burglary is under the old pair of names (domestic, non-domestic) or the new one
  (residential, non-residential), by the month it was recorded in; the four add up, and a zero is a zero.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.home_office.places import FORCES, TRANSPORT_POLICE
from sources.readers import Csv

BUREAUS = ("Action Fraud", "CIFAS", "UK Finance")
OFFENCES = (
    "All other theft offences",
    "Bicycle theft",
    "Criminal damage and arson",
    "Death or serious injury caused by illegal driving",
    "Domestic burglary",
    "Drug offences",
    "Fraud offences",
    "Homicide",
    "Miscellaneous crimes against society",
    "Non-domestic burglary",
    "Non-residential burglary",
    "Possession of weapons offences",
    "Public order offences",
    "Residential burglary",
    "Robbery",
    "Sexual offences",
    "Shoplifting",
    "Stalking and harassment",
    "Theft from the person",
    "Vehicle offences",
    "Violence with injury",
    "Violence without injury",
    *BUREAUS,
)
REGIONS = (
    "North East",
    "North West",
    "Yorkshire and The Humber",
    "East Midlands",
    "West Midlands",
    "East",
    "London",
    "South East",
    "South West",
    "Wales",
    TRANSPORT_POLICE,
    *(f"Fraud: {bureau}" for bureau in BUREAUS),
)

_MISDATED, _MEANT = "2017-12-30", "2017-12-31"


def _every_force_in_every_period(data: pa.PolarsData) -> pl.LazyFrame:
    wanted = [*FORCES, TRANSPORT_POLICE]
    found = pl.col("force").filter(pl.col("force").is_in(wanted)).n_unique().over("period_end")
    return data.lazyframe.select(found == len(wanted))


def _no_quarter_is_missing(data: pa.PolarsData) -> pl.LazyFrame:
    """Tell for each row whether the period before its own is there, but for the first."""
    end = pl.col("period_end")
    # Up to March 2007 the one before is a year earlier.
    before = pl.when(end <= pl.date(2007, 3, 31)).then(end.dt.offset_by("-1y")).otherwise(end.dt.offset_by("-3mo"))
    return data.lazyframe.select(before.dt.month_end().is_in(end.unique().implode()) | (end == end.min()))


FEED = Feed(
    name="home_office_recorded_crime_pfa",
    source="home_office",
    title="Recorded crime data at Police Force Area level",
    publisher="Home Office",
    address="https://www.gov.uk/government/statistics/police-recorded-crime-open-data-tables",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"rec-crime-pfa\.csv"),),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=115),  # December 2018 came out in late April 2019
    layouts=(
        Layout(
            name="rolling-years",
            header=("12 months ending", "PFA", "Region", "Offence", "Rolling year total number of offences"),
            reader=Csv(),
            # Every date is the end of a month, so that a day and a month are never taken for each other.
            tidy=f"""
                select row, 'all' as scope,
                       coalesce(
                           try_strptime("12 months ending", '%d/%m/%Y'), try_strptime("12 months ending", '%d-%m-%Y')
                       )::date as stated_end,
                       if(stated_end = date '{_MISDATED}', date '{_MEANT}', stated_end) as period_end,
                       (period_end - interval 1 year + interval 1 day)::date as period_start,
                       trim("PFA") as force, trim("Region") as region, trim("Offence") as offence,
                       case when regexp_full_match("Rolling year total number of offences", '-?[0-9]{{1,9}}')
                            then "Rolling year total number of offences"::bigint end as offences,
                       case when stated_end is null
                            then '12 months ending is "' || coalesce("12 months ending", '') || '"'
                            when offences is null
                            then 'Rolling year total number of offences is "'
                                 || coalesce("Rolling year total number of offences", '') || '"' end as unread
                from raw
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(
                pl.Date,
                pa.Check(
                    lambda data: data.lazyframe.select(
                        (pl.col("period_end") == pl.col("period_end").dt.month_end())
                        & pl.col("period_end").dt.month().is_in([3, 6, 9, 12])
                    ),
                    error="the twelve months do not end with a quarter",
                ),
            ),
            "stated_end": pa.Column(pl.Date),
            "force": pa.Column(
                pl.String, pa.Check.isin([*FORCES, TRANSPORT_POLICE, *BUREAUS], error="the force is not known")
            ),
            "region": pa.Column(pl.String, pa.Check.isin(REGIONS, error="the region is not known")),
            "offence": pa.Column(pl.String, pa.Check.isin(OFFENCES, error="the offence is not known")),
            "offences": pa.Column(pl.Int64, pa.Check.in_range(-1_000, 999_999, error="the count is out of range")),
        },
        checks=[
            pa.Check(_every_force_in_every_period, error="a force is missing from the period"),
            pa.Check(_no_quarter_is_missing, error="the period before this one is missing"),
        ],
        unique=["period_end", "force", "offence"],
        strict=True,
    ),
    # Periods overlap, and are a year apart until 2007: what is missing is told above. No two vintages were seen.
    history=History(total="sum(offences)", moves=0.05, contiguous=False, cumulative=True),
)
