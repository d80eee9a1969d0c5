"""TfL road casualties (STATS19, Greater London): the casualty extract, a file a calendar year, a record a casualty.

No column holds a date. The collision's reference is the police force's number (1 the MPS, 48 the City of London
Police), two digits of the year and seven that are no date, so the year is all that the file tells of the day; a file
whose references differ in it is refused. Records are in the order of the references, and so end with those of the
City's force: a file without any was cut off.

A cell holds code and text together, and an apostrophe before a negative code, which is a spreadsheet's guard and is
taken off: `-1 UNKNOWN` and `-2 NOT APPLICABLE` land as they stand. `No. of Casualties` is the collision's, repeated
for each of its casualties; it is no count of the record and does not land, nor does the place to the metre. A change
of recording in late 2016 (CRASH and COPA) parts serious from slight injuries differently than before.

Other years are known from hearsay to name columns otherwise (`Accident Ref.`, `Borough Name`, a date), or to have a
title above the header; none of their headers was to be had whole.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv
from sources.tfl.places import known_area

_TEXTS = {
    "Borough": "area_name",
    "Casualty Class": "casualty_class",
    "Casualty Sex": "sex",
    "Casualty Age (Banded)": "age_band",
    "Casualty Severity": "severity",
    "Ped Location": "pedestrian_location",
    "Ped Movement": "pedestrian_movement",
    "Mode of Travel": "mode",
}
_UNGUARDED = ", ".join(f"""regexp_replace("{column}", '^''-', '-') as {name}""" for column, name in _TEXTS.items())


def _one_of(*values: str, what: str) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(values, error=f"the {what} is not known"))


FEED = Feed(
    name="tfl_road_casualties",
    source="tfl",
    title="Road casualties in Greater London: STATS19 casualty extract",
    publisher="Transport for London",
    address="https://tfl.gov.uk/corporate/publications-and-reports/road-safety",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r".*gla-data-extract-casualty.*\.csv"),),
    cadence=Cadence.CALENDAR_YEARLY,
    lag=timedelta(days=183),  # three to six months; no day is announced
    layouts=(
        Layout(
            name="arefno",
            header=(
                "AREFNO",
                "Borough",
                "Boro",
                "Easting",
                "Northing",
                "CREFNO",
                "Casualty Class",
                "Casualty Sex",
                "Casualty Age (Banded)",
                "Casualty Age",
                "No. of Casualties",
                "Casualty Severity",
                "Ped Location",
                "Ped Movement",
                "Mode of Travel",
            ),
            reader=Csv(encoding="utf-8-sig"),  # it begins with a byte-order mark
            tidy=f"""
                select row, 'all' as scope,
                       case when regexp_full_match("AREFNO", '(1|48)[0-9]{{9}}')
                            then make_date(2000 + left(right("AREFNO", 9), 2)::int, 1, 1) end as period_start,
                       make_date(year(period_start), 12, 31) as period_end,
                       "AREFNO" as collision,
                       case when regexp_full_match("CREFNO", '[0-9]{{1,9}}') then "CREFNO"::bigint end as casualty,
                       case when regexp_full_match("Casualty Age", '[0-9]{{1,9}}')
                            then "Casualty Age"::bigint end as age,
                       {_UNGUARDED},
                       case when period_start is null then 'AREFNO is "' || coalesce("AREFNO", '') || '"'
                            when casualty is null then 'CREFNO is "' || coalesce("CREFNO", '') || '"'
                            when age is null then 'Casualty Age is "' || "Casualty Age" || '"' end as unread
                from raw
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(
                pl.Date,
                pa.Check(
                    lambda data: data.lazyframe.select(pl.col(data.key) == pl.col(data.key).first()),
                    error="the collision is of another year than the first of the file",
                ),
            ),
            "period_end": pa.Column(pl.Date),
            "collision": pa.Column(pl.String),
            "casualty": pa.Column(pl.Int64),
            "area_name": pa.Column(pl.String, known_area()),
            "casualty_class": _one_of("1 DRIVER/RIDER", "2 PASSENGER", "3 PEDESTRIAN", what="class"),
            "sex": _one_of("1 MALE", "2 FEMALE", "-1 UNKNOWN", what="sex"),
            "age_band": _one_of("0-15", "16-24", "25-59", "60+", "U", what="age band"),
            "age": pa.Column(pl.Int64, pa.Check.in_range(0, 120, error="the age is out of range"), nullable=True),
            "severity": _one_of("1 FATAL", "2 SERIOUS", "3 SLIGHT", what="severity"),
            "pedestrian_location": pa.Column(pl.String, nullable=True),
            "pedestrian_movement": pa.Column(pl.String, nullable=True),
            "mode": _one_of(
                "1 PEDESTRIAN",
                "2 PEDAL CYCLE",
                "3 POWERED 2 WHEELER",
                "4 CAR",
                "5 TAXI",
                "6 BUS OR COACH",
                "7 GOODS VEHICLE",
                "8 OTHER VEHICLE",
                "9 PRIVATE HIRE",
                what="mode of travel",
            ),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("age").is_null() == (pl.col("age_band") == "U")),
                error="an age without its band, or a band without its age",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(
                    pl.col("casualty").max().over("collision") == pl.len().over("collision")
                ),
                error="the casualties of the collision are not numbered from 1 without a gap",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("collision").str.starts_with("48").any()),
                error="the collisions of the City of London Police, which end the file, are missing",
            ),
        ],
        unique=["collision", "casualty"],
        strict=True,
    ),
    # A year is issued once. Corrections have not been seen, but a twentieth of its casualties would be no correction.
    history=History(total="count(*)", moves=0.05),
    awaited=True,
)
