"""MPS Recorded Crime: Geographic Breakdown, borough files (24 months, and Historical).

Published monthly on the London Datastore; each refresh is a new file under the same name. Both files share a layout
(see `wide`): a delivery of exactly 24 months is the rolling one, any other span is Historical.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS, every_borough
from sources.mps.taxonomies import TAXONOMIES
from sources.mps.wide import wide_layout

OTHER_AREAS = frozenset({"London Heathrow and London City Airports", "Unknown"})


def _layout(name: str, major: str, minor: str, area: str) -> Layout:
    return wide_layout(name, {major: "major_category", minor: "minor_category", area: "area_name"})


FEED = Feed(
    name="mps_recorded_crime_borough",
    source="mps",
    title="MPS Recorded Crime: Geographic Breakdown, borough",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-recorded-crime-geographic-breakdown-exy3m",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"MPS Borough Level Crime \((most recent 24 months|Historical)\)\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=21),
    layouts=(
        _layout("lookup-borough-name", "MajorText", "MinorText", "LookUp_BoroughName"),  # to 2023
        _layout("borough-name", "MajorText", "MinorText", "BoroughName"),  # 2024-06 to 2026-03
        _layout("bocu", "Group", "SubGroup", "BOCU"),  # from 2026-05; BOCU holds the borough's name
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "major_category": pa.Column(pl.String),
            "minor_category": pa.Column(pl.String),
            "area_name": pa.Column(
                pl.String, pa.Check.isin(sorted(BOROUGHS | OTHER_AREAS), error="the area is not known")
            ),
            "offences": pa.Column(pl.Int64, pa.Check.in_range(0, 50_000, error="the count is out of range")),
        },
        checks=every_borough("area_name"),
        unique=["major_category", "minor_category", "area_name", "period_start"],
        strict=True,
    ),
    history=History(total="sum(offences)", moves=0.05, at_least=24),  # restatements moved a month by 2.7 %
    category="major_category || '/' || minor_category",
    taxonomies=TAXONOMIES,
    rolling_periods=24,
    awaited=True,
)
