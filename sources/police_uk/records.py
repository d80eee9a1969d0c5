"""What street-level crimes and outcomes have in common: a force, a month and a place, and rules for a whole month.

A file is of one force and month, and the force is the scope: a file of one says nothing of another. Three forces are
taken: the Metropolitan Police, the City of London Police and the British Transport Police, whose file is of Great
Britain. The day is not published. Coordinates are those of a point near by, six decimals; a crime with no location
has none, and no small area (LSOA), which Scotland has none of either. Which census a file's small areas are of is
told nowhere: archives changed from 2011 to 2021 in between, so it is found in dbt by which lookup knows more of them.

`Crime ID` is no key: crimes share one, a crime has several outcomes, and the British Transport Police and anti-social
behaviour have none. Records alike in every column are different records, and none is dropped as a repeat.
"""

import pandera.polars as pa
import polars as pl

from sources.feed import Whole
from sources.mps.places import BOROUGHS

FORCES = {
    "Metropolitan Police Service": "metropolitan",
    "City of London Police": "city-of-london",
    "British Transport Police": "btp",
}
"""The forces that are taken: as the files write them, and as their file names do."""

NEVER_DATED = 0
"""Periods of a file that is dated by its last one: none, as each of three years' archives states a month anew."""

HEADER = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
)  # fmt: skip

_SCOPE = 'case "Reported by" ' + " ".join(f"when '{name}' then '{scope}'" for name, scope in FORCES.items()) + " end"


def degrees(column: str) -> str:
    """Return the SQL of a coordinate; null where it does not read as one."""
    return f'try_cast("{column}" as decimal(9, 6))::double'


NO_DEGREES = " ".join(
    f"""when "{column}" is not null and {degrees(column)} is null then '{column} is "' || "{column}" || '"'"""
    for column in ("Longitude", "Latitude")
)
"""Cases of a coordinate that does not read."""


def tidy_sql(columns: str) -> str:
    """Return the SQL of a layout whose columns after `HEADER` become `columns`."""
    return f"""
        select {_SCOPE} as scope,
               case when regexp_full_match("Month", '20[0-9]{{2}}-(0[1-9]|1[0-2])')
                    then strptime("Month", '%Y-%m')::date end as period_start,
               last_day(period_start) as period_end,
               "Crime ID" as crime_id, "Falls within" as falls_within,
               {degrees("Longitude")} as longitude, {degrees("Latitude")} as latitude,
               "Location" as location, "LSOA code" as lsoa_code, "LSOA name" as lsoa_name, {columns},
               case when scope is null
                    then 'Reported by is "' || coalesce("Reported by", '') || '", which is no force of London'
                    when period_start is null then 'Month is "' || coalesce("Month", '') || '"'
                    {NO_DEGREES} end as unread
        from records
    """  # noqa: S608 - literals of the feeds' modules


COLUMNS = {
    "scope": pa.Column(pl.String),
    "period_start": pa.Column(pl.Date),
    "period_end": pa.Column(pl.Date),
    "crime_id": pa.Column(
        pl.String, pa.Check.str_matches(r"^[0-9a-f]{64}$", error="no identifier of a crime"), nullable=True
    ),
    "falls_within": pa.Column(pl.String),
    "longitude": pa.Column(pl.Float64, pa.Check.in_range(-9, 2, error="outside Great Britain"), nullable=True),
    "latitude": pa.Column(pl.Float64, pa.Check.in_range(49, 61, error="outside Great Britain"), nullable=True),
    "location": pa.Column(pl.String),
    "lsoa_code": pa.Column(
        pl.String, pa.Check.str_matches(r"^[EW]01\d{6}$", error="no code of a small area"), nullable=True
    ),
    "lsoa_name": pa.Column(pl.String, nullable=True),
}
ROW_CHECKS = [
    pa.Check(
        lambda data: data.lazyframe.select(pl.col("longitude").is_null() == pl.col("latitude").is_null()),
        error="a longitude without a latitude, or the reverse",
    ),
    pa.Check(
        lambda data: data.lazyframe.select(pl.col("lsoa_code").is_null() == pl.col("lsoa_name").is_null()),
        error="the code of a small area without its name, or the reverse",
    ),
    pa.Check(
        lambda data: data.lazyframe.select(pl.col("lsoa_code").is_null() | pl.col("longitude").is_not_null()),
        error="a small area without coordinates",
    ),
]

EVERY_BOROUGH = Whole(
    error="a month of the Metropolitan Police has no record in the borough: the file is a part of it",
    broken=f"""
        with months as (select distinct scope, period_start, lsoa_name from tidy where scope = 'metropolitan')
        select period_start, borough
        from (select distinct period_start from months), unnest({sorted(BOROUGHS)}) as boroughs (borough)
        where (period_start, borough) not in (
            select (period_start, regexp_replace(lsoa_name, ' [0-9]{{3}}[A-Z]$', ''))
            from months where lsoa_name is not null)
        order by all
    """,  # noqa: S608
)
"""What is left of a file of which only the first rows were kept: records are in the order of their small areas."""
