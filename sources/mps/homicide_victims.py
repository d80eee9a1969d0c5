"""MPS homicide dashboard: victims of homicide, a record a victim, by month of recording.

A record has no key, and victims alike in every column are different victims: nothing is unique and nothing is
dropped as a repeat. The file goes back to January 2003 and is issued anew each quarter; offence, solved status and
abuse flag of a record change as investigations do. The month is that of recording, not of death. The City of
London's and the British Transport Police's homicides are not in it.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS
from sources.readers import Csv

AGE_GROUPS = (
    "0 to 12", "13 to19", "20 to 24", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over",
)  # fmt: skip
"""As the file spells them: `13 to19` lacks a space."""
AREAS = frozenset({borough.lower() for borough in BOROUGHS} | {"heathrow"})
"""Lower case, because the file writes `Kingston Upon Thames`; it also writes `&`."""

_COLUMNS = {
    "Age Group": "age_group",
    "Sex": "sex",
    "Method of Killing": "method",
    "Domestic Abuse": "domestic_abuse",
    "Homicide Offence Type": "offence_type",
    "Solved Status": "solved_status",
    "Borough": "area_name",
    "Officer Observed Ethnicity": "ethnicity",
}
_TRIMMED = ", ".join(f'trim("{column}") as {name}' for column, name in _COLUMNS.items())

FEED = Feed(
    name="mps_homicide_victims",
    source="mps",
    title="MPS Homicide Dashboard: victims",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-homicide-dashboard-data-2l1w8",
    licence="UK Open Government Licence",
    file_names=(re.compile(r"(?i).*homicide.*\.csv"),),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=90),  # quarterly, in arrears; no day is announced
    layouts=(
        Layout(
            name="victims",
            header=(
                "Count of Victims",
                "Age Group",
                "Sex",
                "Method of Killing",
                "Domestic Abuse",
                "Recorded Date",
                "Homicide Offence Type",
                "Solved Status",
                "Borough",
                "Officer Observed Ethnicity",
            ),
            reader=Csv(),
            tidy=f"""
                select row, 'all' as scope,
                       case when regexp_full_match("Recorded Date", '[A-Z][a-z]{{2}}-[0-9]{{2}}')
                            then try_strptime("Recorded Date", '%b-%y')::date end as period_start,
                       last_day(period_start) as period_end,
                       case when regexp_full_match("Count of Victims", '[0-9]{{1,15}}')
                            then "Count of Victims"::bigint end as victims,
                       {_TRIMMED},
                       coalesce(
                           case when period_start is null
                                then 'Recorded Date is "' || coalesce("Recorded Date", '') || '"' end,
                           case when victims is null
                                then 'Count of Victims is "' || coalesce("Count of Victims", '') || '"' end) as unread
                from raw
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "victims": pa.Column(pl.Int64, pa.Check.eq(1, error="the record is not of one victim")),
            "age_group": pa.Column(pl.String, pa.Check.isin(AGE_GROUPS, error="the age group is not known")),
            "sex": pa.Column(pl.String),
            "method": pa.Column(pl.String),
            "domestic_abuse": pa.Column(
                pl.String,
                pa.Check.isin(
                    ["Domestic Abuse", "Not Domestic Abuse"], error="not Domestic Abuse or Not Domestic Abuse"
                ),
            ),
            "offence_type": pa.Column(pl.String),
            "solved_status": pa.Column(
                pl.String, pa.Check.isin(["Solved", "Unsolved"], error="not Solved or Unsolved")
            ),
            "area_name": pa.Column(
                pl.String,
                pa.Check(
                    lambda data: data.lazyframe.select(
                        pl.col(data.key).str.to_lowercase().str.replace("&", "and", literal=True).is_in(sorted(AREAS))
                    ),
                    error="the area is not known",
                ),
            ),
            "ethnicity": pa.Column(pl.String),
        },
        strict=True,
    ),
    # A month has 4 to 30 victims, so two reclassified ones move a small month by half; one that doubles is asked about.
    # No month since 2003 was without a victim: a gap is a piece of the file that is missing.
    history=History(total="sum(victims)", moves=1.0, cumulative=True),
    awaited=True,
)
