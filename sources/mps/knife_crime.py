"""MPS Monthly Crime Dashboard, knife crime file: some four years of months, long.

A row is month x area x subtype x measure. Each count stands in it twice, by borough and by Safer Neighbourhood Team,
so one of the two is to be counted and never both. Subtypes overlap and are never summed: `Knife Crime` holds the
injury ones, and the `Victims` ones count victims. A zero is a row left out. `FY_FYIndex` says the same on every row of
a year and is not landed.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS, every_borough
from sources.readers import Csv

ELSEWHERE = "Other / NK"
"""What stands for the borough of offences that were not placed in one, whatever the name of their area."""
SUBTYPES = (
    "Knife Crime",
    "Knife Crime with Injury",
    "Knife Crime with Injury (Personal Robbery)",
    "Knife Injury Victims (1-24)",
    "Knife Injury Victims (non DA 1-24)",
)
_BOROUGH = pl.col("area_type") == "Borough"


def _day(header: str) -> str:
    return f"""try_strptime("{header}", '%d/%m/%Y')::date"""


def _layout(name: str, *index: str) -> Layout:
    return Layout(
        name=name,
        header=(
            "Month_Year", "Area Type", "Borough_SNT", "Area name", "Area code", "Crime Type", "Crime Subtype",
            "Measure", "Financial Year", *index, "Count", "Refresh Date",
        ),
        # Whether the last row ends with a newline is not known; what is cut off shows in the sums of the area types.
        reader=Csv(final_newline=False),
        seen="documentation",
        tidy=f"""
            select row, 'all' as scope, {_day("Month_Year")} as period_start, last_day(period_start) as period_end,
                   "Area Type" as area_type, trim("Borough_SNT") as borough_snt, trim("Area name") as area_name,
                   trim("Area code") as area_code, "Crime Type" as crime_type, "Crime Subtype" as crime_subtype,
                   "Measure" as measure, "Financial Year" as financial_year,
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


def _of_its_year(data: pa.PolarsData) -> pl.LazyFrame:
    april = pl.col("period_start").dt.offset_by("-3mo").dt.year()
    ends = (((april + more) % 100).cast(pl.String).str.zfill(2) for more in (0, 1))
    return data.lazyframe.select(pl.format("fy{}-{}", *ends) == pl.col("financial_year"))


def _area_types_agree(data: pa.PolarsData) -> pl.LazyFrame:
    signed = pl.when(_BOROUGH).then(pl.col("counted")).otherwise(-pl.col("counted"))
    return data.lazyframe.select(signed.sum().over("period_start", "crime_subtype", "measure") == 0)


def _one_of(values: tuple[str, ...], error: str) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(values, error=error))


FEED = Feed(
    name="mps_knife_crime",
    source="mps",
    title="MPS Monthly Crime Dashboard Data, knife crime",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-monthly-crime-dashboard-data-e5n6w",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"(M1045|MPS)_MonthlyCrimeDashboard_KnifeCrimeData\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=18),  # the file to February 2026 was refreshed on 18 March
    # The rows were read from a copy in another format, the headers from code that loads the CSV.
    layouts=(_layout("with-year-index", "FY_FYIndex"), _layout("without-year-index")),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_type": _one_of(("Borough", "Safer Neighbourhood Teams"), "the type of area is not known"),
            "borough_snt": pa.Column(pl.String),
            "area_name": pa.Column(pl.String, nullable=True),
            "area_code": pa.Column(pl.String, nullable=True),
            "crime_type": _one_of(("Knife Crime",), "the crime type is not known"),
            "crime_subtype": _one_of(SUBTYPES, "the subtype is not known"),
            "measure": _one_of(("Offences", "Positive Outcomes"), "the measure is not known"),
            "financial_year": pa.Column(pl.String),
            "counted": pa.Column(pl.Int64, pa.Check.in_range(0, 5_000, error="the count is out of range")),
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
        unique=["period_start", "area_type", "borough_snt", "area_name", "area_code", "crime_subtype", "measure"],
        strict=True,
    ),
    # No two vintages could be compared. Knife flags are added late: twice what the borough file's months move.
    history=History(
        total="sum(counted) filter (area_type = 'Borough' and crime_subtype = 'Knife Crime' and measure = 'Offences')",
        moves=0.1,
        at_least=36,
    ),
    rolling_periods=48,
    awaited=True,
)
