"""The shape that the files of the MPS Monthly Crime Dashboard share: some four years of months, long.

A row is month x area x subtype x measure. Each count stands in a file twice, by borough and by Safer Neighbourhood
Team, so one of the two is to be counted and never both. A zero is a row left out. `FY_FYIndex` says the same on every
row of a year and is not landed. The files have one header and are told apart by the crime type of their first row.
What was read in bytes is the knife crime file; the others are known by their documentation.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout, Taxonomy
from sources.mps.places import BOROUGHS, every_borough
from sources.readers import Csv

ELSEWHERE = "Other / NK"
"""What stands for the borough of offences that were not placed in one, whatever the name of their area."""
_BOROUGH = pl.col("area_type") == "Borough"


def dashboard_feed(
    name: str,
    title: str,
    *,
    file: str,
    first_type: str,
    crime_type: pa.Column,
    crime_subtype: pa.Column,
    most: int,
    history: History,
    taxonomies: Sequence[Taxonomy] = (),
) -> Feed:
    """Return the feed of one of the dashboard's files.

    Args:
        name: of the feed.
        title: as the publisher states it.
        file: the part of its name that tells it from the others, such as `KnifeCrimeData`.
        first_type: pattern of the crime type of its first row.
        crime_type: the column of types.
        crime_subtype: the column of subtypes.
        most: the largest count that is believed.
        history: the rule that only the past can judge.
        taxonomies: types and subtypes in lower case, as `gun crime/gun crime`.
    """
    return Feed(
        name=name,
        source="mps",
        title=title,
        publisher="Metropolitan Police Service",
        address="https://data.london.gov.uk/dataset/mps-monthly-crime-dashboard-data-e5n6w",
        licence="OGL-UK-2.0",
        file_names=(re.compile(rf"(M1045|MPS)_MonthlyCrimeDashboard_{file}\.csv"),),
        cadence=Cadence.MONTHLY,
        lag=timedelta(days=18),  # the knife crime file to February 2026 was refreshed on 18 March
        # The rows were read from a copy in another format, the headers from code that loads the CSV.
        layouts=(
            _layout("with-year-index", first_type, "FY_FYIndex"),
            _layout("without-year-index", first_type),
        ),
        schema=pa.DataFrameSchema(
            {
                "scope": pa.Column(pl.String),
                "period_start": pa.Column(pl.Date),
                "period_end": pa.Column(pl.Date),
                "area_type": one_of(("Borough", "Safer Neighbourhood Teams"), "the type of area is not known"),
                "borough_snt": pa.Column(pl.String),
                "area_name": pa.Column(pl.String, nullable=True),
                "area_code": pa.Column(pl.String, nullable=True),
                "crime_type": crime_type,
                "crime_subtype": crime_subtype,
                "measure": one_of(("Offences", "Positive Outcomes"), "the measure is not known"),
                "financial_year": pa.Column(pl.String),
                "counted": pa.Column(pl.Int64, pa.Check.in_range(0, most, error="the count is out of range")),
                "refreshed_on": pa.Column(pl.Date),
            },
            checks=[
                *every_borough("borough_snt"),
                pa.Check(
                    lambda data: data.lazyframe.select(pl.col("borough_snt").is_in([*BOROUGHS, ELSEWHERE]) | ~_BOROUGH),
                    error="the borough is not known",
                ),
                pa.Check(_of_its_year, error="the financial year is not the month's"),
                pa.Check(_area_types_agree, error="boroughs and neighbourhood teams do not add up to the same"),
                pa.Check(
                    lambda data: data.lazyframe.select(
                        (pl.col("refreshed_on") == pl.col("refreshed_on").first())
                        & (pl.col("refreshed_on") > pl.col("period_end"))
                    ),
                    error="the refresh date is not one day after all months",
                ),
            ],
            unique=[
                "period_start", "area_type", "borough_snt", "area_name", "area_code", "crime_type", "crime_subtype",
                "measure",
            ],
            strict=True,
        ),
        history=history,
        category="lower(crime_type || '/' || crime_subtype)",
        taxonomies=taxonomies,
        rolling_periods=48,
    )  # fmt: skip


def one_of(values: Sequence[str], error: str) -> pa.Column:
    """Return a column of these texts."""
    return pa.Column(pl.String, pa.Check.isin(values, error=error))


def _layout(name: str, first_type: str, *index: str) -> Layout:
    return Layout(
        name=name,
        header=(
            "Month_Year", "Area Type", "Borough_SNT", "Area name", "Area code", "Crime Type", "Crime Subtype",
            "Measure", "Financial Year", *index, "Count", "Refresh Date", re.compile(rf"\[Crime Type: {first_type}\]"),
        ),
        # Whether the last row ends with a newline is not known; what is cut off shows in the sums of the area types.
        reader=Csv(final_newline=False, told_by="Crime Type"),
        seen="documentation",
        tidy=f"""
            select row, 'all' as scope, {_day("Month_Year")} as period_start, last_day(period_start) as period_end,
                   "Area Type" as area_type, trim("Borough_SNT") as borough_snt, trim("Area name") as area_name,
                   trim("Area code") as area_code, trim("Crime Type") as crime_type,
                   trim("Crime Subtype") as crime_subtype, "Measure" as measure, "Financial Year" as financial_year,
                   case when regexp_full_match("Count", '[0-9]{{1,9}}') then "Count"::bigint end as counted,
                   {_day("Refresh Date")} as refreshed_on,
                   case when counted is null then 'Count is ' || coalesce('"' || "Count" || '"', 'empty')
                        when period_start is null or day(period_start) <> 1
                            then 'Month_Year is ' || coalesce('"' || "Month_Year" || '"', 'empty')
                        when refreshed_on is null
                            then 'Refresh Date is ' || coalesce('"' || "Refresh Date" || '"', 'empty') end as unread
            from raw
        """,  # noqa: S608 - literals of this module
    )  # fmt: skip


def _day(header: str) -> str:
    return f"""try_strptime("{header}", '%d/%m/%Y')::date"""


def _of_its_year(data: pa.PolarsData) -> pl.LazyFrame:
    april = pl.col("period_start").dt.offset_by("-3mo").dt.year()
    ends = (((april + more) % 100).cast(pl.String).str.zfill(2) for more in (0, 1))
    return data.lazyframe.select(pl.format("fy{}-{}", *ends) == pl.col("financial_year"))


def _area_types_agree(data: pa.PolarsData) -> pl.LazyFrame:
    signed = pl.when(_BOROUGH).then(pl.col("counted")).otherwise(-pl.col("counted"))
    return data.lazyframe.select(signed.sum().over("period_start", "crime_type", "crime_subtype", "measure") == 0)
