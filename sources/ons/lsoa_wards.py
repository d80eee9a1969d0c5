"""ONS lookup of small areas (LSOA 2021) to electoral wards and local authority districts, best fit.

A reference table: it counts nothing, and other feeds' rows are placed by it. Its period is the calendar year whose
wards it has, which only its header tells (`WD25CD`); another year's lookup is another layout. It is of England and
Wales, and lands whole, because it tells a place outside London from a code that nobody knows. A small area belongs to
one ward, the one that most of its residents live in: five of the City of London's 25 wards have one.

In London these wards of 2025 are those of the elections of May 2022. The Welsh names are blank in England. The
publisher's table of wards, constituencies and districts by year is not needed beside it: the wards of London are in
the seed of areas with their boroughs.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

_LONDON = pl.col("district_code").str.starts_with("E09")


def _layout(year: int) -> Layout:
    edition = year % 100
    columns = {
        "LSOA21CD": "lsoa_code",
        "LSOA21NM": "lsoa_name",
        f"WD{edition}CD": "ward_code",
        f"WD{edition}NM": "ward_name",
        f"LAD{edition}CD": "district_code",
        f"LAD{edition}NM": "district_name",
    }
    code, name, ward, ward_name, district, district_name = columns
    landed = ", ".join(f'"{column}" as {tidied}' for column, tidied in columns.items())
    return Layout(
        name=f"wards-{year}",
        header=(
            code,
            name,
            f"{name}W",
            ward,
            ward_name,
            f"{ward_name}W",
            district,
            district_name,
            f"{district_name}W",
            "ObjectId",
        ),
        reader=Csv(encoding="utf-8-sig"),
        tidy=f"""
            select row, 'all' as scope, date '{year}-01-01' as period_start, date '{year}-12-31' as period_end,
                   {landed}, null::varchar as unread
            from raw
        """,  # noqa: S608 - literals of this module
    )


def _code(pattern: str, what: str) -> pa.Column:
    return pa.Column(pl.String, pa.Check.str_matches(pattern, error=f"no code of a {what}"))


FEED = Feed(
    name="ons_lsoa_wards",
    source="ons",
    title="LSOA (2021) to electoral ward to LAD best fit lookup in England and Wales",
    publisher="Office for National Statistics",
    address="https://geoportal.statistics.gov.uk",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"LSOA_\(2021\)_to_Electoral_Ward_\(20\d\d\)_to_LAD_\(20\d\d\)_.*\.csv"),),
    cadence=Cadence.CALENDAR_YEARLY,
    lag=timedelta(0),  # a year's wards are those of its elections in May, and the lookup comes in the summer
    layouts=(_layout(2025),),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "lsoa_code": _code(r"^[EW]01\d{6}$", "small area"),
            "lsoa_name": pa.Column(pl.String),
            "ward_code": _code(r"^[EW]05\d{6}$", "ward"),
            "ward_name": pa.Column(pl.String),
            "district_code": _code(r"^(E0[6789]|W06)\d{6}$", "district"),
            "district_name": pa.Column(pl.String),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("district_code").n_unique().over("ward_code") == 1),
                error="the ward is in two districts",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("district_code").filter(_LONDON).n_unique() == 33),
                error="one of the 33 boroughs of London is missing",
            ),
        ],
        unique=["lsoa_code"],
        strict=True,
    ),
    history=History(total="count(*)", moves=0.01),
    reference=True,
)
