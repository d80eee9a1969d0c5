"""MPS Recorded Crime: Geographic Breakdown, ward files (24 months, and Historical).

Published beside the borough files, at times a month after them. A ward's counts are fewer than a share of its
borough's: what was not placed in a ward is left out (0.8 per cent of London at first, more as the borough files are
restated), so the sum of the wards is never the borough's figure. Airport offences are filed under Heathrow Villages
and the pseudo borough of Aviation Security, where the borough file has them in Hillingdon.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History
from sources.mps.places import WARDS
from sources.mps.taxonomies import TAXONOMIES
from sources.mps.wide import wide_layout

AIRPORTS = ("Aviation Security (SO18)", "E05013570")
"""The pseudo borough and the one ward that is filed under it, Heathrow Villages in Hillingdon."""
_PLACES = {*((borough, ward) for borough, wards in WARDS.items() for ward in wards), AIRPORTS}
_CODES = sorted({ward for _, ward in _PLACES})


def _in_its_borough(data: pa.PolarsData) -> pl.LazyFrame:
    places = pl.concat_str("borough_name", "ward_code", separator="/")
    return data.lazyframe.select(places.is_in(["/".join(place) for place in _PLACES]))


FEED = Feed(
    name="mps_recorded_crime_ward",
    source="mps",
    title="MPS Recorded Crime: Geographic Breakdown, ward",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-recorded-crime-geographic-breakdown-exy3m",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"MPS Ward Level Crime \((most recent 24 months|Historical)\)\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=51),  # a month more than the borough file, which it does not always keep up with
    layouts=(
        wide_layout(
            "ward-24-months",
            {
                "MajorText": "major_category",
                "MinorText": "minor_category",
                "WardName": "ward_name",
                "WardCode": "ward_code",
                "LookUp_BoroughName": "borough_name",
            },
        ),
        wide_layout(
            "ward-historical",
            {
                "WardName": "ward_name",
                "WardCode": "ward_code",
                "MajorText": "major_category",
                "MinorText": "minor_category",
                "LookUp_BoroughName": "borough_name",
            },
            seen="documentation",
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "major_category": pa.Column(pl.String),
            "minor_category": pa.Column(pl.String),
            "ward_code": pa.Column(pl.String, pa.Check.isin(_CODES, error="the ward is not known")),
            "ward_name": pa.Column(pl.String),
            "borough_name": pa.Column(pl.String),
            "offences": pa.Column(pl.Int64, pa.Check.in_range(0, 10_000, error="the count is out of range")),
        },
        checks=[
            pa.Check(_in_its_borough, error="the ward is not in that borough"),
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("ward_code").n_unique() == len(_CODES)),
                error=f"one of the {len(_CODES)} wards is missing",
            ),
        ],
        unique=["major_category", "minor_category", "ward_code", "period_start"],
        strict=True,
    ),
    history=History(total="sum(offences)", moves=0.05, at_least=24),  # half a year of revisions moved a month by 0.6 %
    category="major_category || '/' || minor_category",
    taxonomies=TAXONOMIES,
    rolling_periods=24,
    awaited=True,
)
