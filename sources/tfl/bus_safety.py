"""TfL bus safety data: people injured in bus operations, a record a person, from January 2015.

A record has no key, and persons alike in every column are different persons: nothing is unique and nothing is dropped
as a repeat. The day of a record is the first of its month. The file is issued anew each quarter, and past incidents
are typed anew with it: `Onboard Injuries` went up to December 2016 in the file to June 2018 and up to June 2016 in the
next, where 2,478 of its 9,041 are mostly `Slip Trip Fall` and `Personal Injury`. No month's number of records changed.

Words that say a thing is not known (`Not specified`, `Unknown`, `Garage Not Available`, `(blank)`, `Insufficient
Data`) land as they stand, but for the space that some values end in. `None London Borough` is outside London.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv
from sources.tfl.places import known_area

_FIRST = {"Route": "route", "Operator": "operator", "Group Name": "operator_group"}
_GARAGE = {"Bus Garage": "garage"}
_LAST = {
    "Borough": "area_name",
    "Injury Result Description": "injury_result",
    "Incident Event Type": "event_type",
    "Victim Category": "victim_category",
    "Victims Sex": "sex",
    "Victims Age": "age_group",
}


def _layout(name: str, columns: Mapping[str, str], reader: Csv, separator: str) -> Layout:
    trimmed = ", ".join(f'trim("{column}") as {tidied}' for column, tidied in columns.items())
    garage = "" if _GARAGE.items() <= columns.items() else "null::varchar as garage,"
    # The day is always the first; in a file saved again with months first it is not, and that file is refused.
    return Layout(
        name=name,
        header=("Year", "Date Of Incident", *columns),
        reader=reader,
        tidy=f"""
            select row, 'all' as scope,
                   case when regexp_full_match("Date Of Incident", '01{separator}[0-9]{{2}}{separator}[0-9]{{4}}')
                        then try_strptime("Date Of Incident", '%d{separator}%m{separator}%Y')::date
                        end as period_start,
                   last_day(period_start) as period_end,
                   {garage} {trimmed},
                   case when period_start is null
                        then 'Date Of Incident is "' || coalesce("Date Of Incident", '') || '"'
                        when "Year" is distinct from year(period_start)::varchar
                        then 'Year is "' || coalesce("Year", '') || '" and the date "' || "Date Of Incident" || '"'
                        end as unread
            from raw
        """,  # noqa: S608 - literals of this module
    )


def _one_of(*values: str, what: str) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(values, error=f"the {what} is not known"))


FEED = Feed(
    name="tfl_bus_safety",
    source="tfl",
    title="Bus safety data",
    publisher="Transport for London",
    address="https://tfl.gov.uk/corporate/publications-and-reports/bus-safety-data",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"(?i).*bus.?safety.*\.csv"),),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=90),  # quarterly, in arrears; no day is announced
    layouts=(
        _layout("bus-garage", {**_FIRST, **_GARAGE, **_LAST}, Csv(encoding="utf-8-sig"), "-"),  # to September 2018
        _layout("semicolon", {**_FIRST, **_LAST}, Csv(encoding="utf-8-sig", delimiter=";"), "/"),  # to June 2018
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date, pa.Check.ge(pl.date(2015, 1, 1), error="before the series began")),
            "period_end": pa.Column(pl.Date),
            "route": pa.Column(pl.String),
            "operator": pa.Column(pl.String),
            "operator_group": pa.Column(pl.String),
            "garage": pa.Column(pl.String, nullable=True),
            "area_name": pa.Column(pl.String, known_area("None London Borough", "Not specified")),
            "injury_result": _one_of(
                "Injuries treated on scene",
                "Reported Minor Injury - Treated at Hospital",
                "Taken to Hospital \N{EN DASH} Reported Serious Injury or Severity Unknown",
                "Fatal",
                what="result of the injury",
            ),
            "event_type": _one_of(
                "Activity Incident Event",
                "Assault",
                "Collision Incident",
                "Fire",
                "Onboard Injuries",
                "Personal Injury",
                "Robbery",
                "Safety Critical Failure",
                "Slip Trip Fall",
                "Vandalism Hooliganism",
                what="event type",
            ),
            "victim_category": pa.Column(pl.String),
            "sex": _one_of("Female", "Male", "Unknown", what="sex"),
            "age_group": _one_of("Child", "Youth", "Adult", "Elderly", "Unknown", what="age group"),
        },
        strict=True,
    ),
    # No month's total moved between the two vintages that there are.
    history=History(total="count(*)", moves=0.1, cumulative=True),
    awaited=True,
)
