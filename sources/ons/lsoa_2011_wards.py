"""Lookup of London's small areas of 2011 (LSOA) to the wards of 2022, by the Greater London Authority from ONS data.

A reference table: it counts nothing, and other feeds' rows are placed by it. A row is a small area, one of the wards
it lies in, a year and the share of its residents of that year who live there; the year is its period. The wards of May
2022 cut through many small areas of 2011, so it shares out where the lookup of 2021 picks one ward. The shares of a
small area sum to 1 give or take one part in 150, so whoever uses them divides by their sum; pairs of no share are kept
as 0. `index` numbers the rows and is not landed. The years end with 2021.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import WARDS
from sources.readers import Csv

CITY_WARDS = tuple(f"E{number:08}" for number in range(5_009_288, 5_009_313))
"""The 25 wards of the City of London, which has a police force of its own."""
_WARDS = [*CITY_WARDS, *(ward for wards in WARDS.values() for ward in wards)]

FEED = Feed(
    name="ons_lsoa_2011_wards",
    source="ons",
    title="LSOA (2011) to ward (2022) in London, shares by year",
    publisher="Greater London Authority, from data of the Office for National Statistics",
    address="https://github.com/Greater-London-Authority/small_area_backseries",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"LSOA_2011_London_Ward_2022_London.*\.csv"),),
    cadence=Cadence.CALENDAR_YEARLY,
    lag=timedelta(days=730),  # made once, after the elections of 2022
    layouts=(
        Layout(
            name="shares",
            header=("index", "LSOA11CD", "GSS_CODE", "year", "weight"),
            reader=Csv(),
            tidy="""
                select row, 'all' as scope,
                       case when regexp_full_match("year", '20[0-9]{2}') then make_date("year"::int, 1, 1) end
                           as period_start,
                       make_date(year(period_start), 12, 31) as period_end,
                       "LSOA11CD" as lsoa_code, "GSS_CODE" as ward_code,
                       case when regexp_full_match("weight", '[0-9.]+(e-?[0-9]+)?')
                            then try_cast("weight" as double) end as share,
                       case when period_start is null then 'year is "' || coalesce("year", '') || '"'
                            when share is null then 'weight is "' || coalesce("weight", '') || '"' end as unread
                from raw
            """,
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "lsoa_code": pa.Column(pl.String, pa.Check.str_matches(r"^E01\d{6}$", error="no code of a small area")),
            "ward_code": pa.Column(pl.String, pa.Check.isin(_WARDS, error="the ward is not known")),
            "share": pa.Column(pl.Float64, pa.Check.in_range(0, 1.00001, error="the share is no share")),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(
                    pl.col("share").sum().over("lsoa_code", "period_start").is_between(0.99, 1.01)
                ),
                error="the shares of a small area and year do not sum to 1",
            ),
        ],
        unique=["lsoa_code", "ward_code", "period_start"],
        strict=True,
    ),
    history=History(total="count(*)", moves=0.01, cumulative=True),
    reference=True,
)
