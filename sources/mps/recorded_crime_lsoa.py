"""MPS Recorded Crime: Geographic Breakdown, files by lower layer super output area (24 months, and Historical).

Published beside the borough files, known from a copy in another format: 105,620 rows of 4,988 areas. `Borough` holds
the code of the borough, not its name. Sexual offences are withheld, fraud is not there, and what was not placed is left
out, so that its total is under the wards', which is under the boroughs': 65,031, 67,053 and 67,616 in February 2026.
It is no total of anything and fills no measure.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History
from sources.mps.places import BOROUGHS
from sources.mps.taxonomies import TAXONOMIES
from sources.mps.wide import wide_layout

BOROUGH_CODES = tuple(f"E09{number:06}" for number in range(2, 2 + len(BOROUGHS)))
"""Of the 32 boroughs; the City of London is E09000001."""

FEED = Feed(
    name="mps_recorded_crime_lsoa",
    source="mps",
    title="MPS Recorded Crime: Geographic Breakdown, LSOA",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-recorded-crime-geographic-breakdown-exy3m",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"MPS LSOA Level Crime \((most recent 24 months|Historical)\)\.csv"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=21),  # in step with the borough file
    layouts=(
        wide_layout(
            "lsoa",
            {
                "LSOA Code": "lsoa_code",
                "LSOA Name": "lsoa_name",
                "Borough": "borough_code",
                "Major Category": "major_category",
                "Minor Category": "minor_category",
            },
            seen="documentation",  # its names are inferred from the copy's, which had been put in snake case
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "lsoa_code": pa.Column(pl.String, pa.Check.str_matches(r"^E01\d{6}$", error="the code is of no LSOA")),
            "lsoa_name": pa.Column(pl.String),
            "borough_code": pa.Column(pl.String, pa.Check.isin(BOROUGH_CODES, error="the borough is not known")),
            "major_category": pa.Column(pl.String),
            "minor_category": pa.Column(pl.String),
            "offences": pa.Column(pl.Int64, pa.Check.in_range(0, 5_000, error="the count is out of range")),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("borough_code").n_unique() == len(BOROUGH_CODES)),
                error=f"one of the {len(BOROUGH_CODES)} boroughs is missing",
            ),
        ],
        unique=["major_category", "minor_category", "lsoa_code", "period_start"],
        strict=True,
    ),
    history=History(total="sum(offences)", moves=0.05, at_least=24),  # as the ward file's
    category="major_category || '/' || minor_category",
    taxonomies=TAXONOMIES,
    rolling_periods=24,
)
