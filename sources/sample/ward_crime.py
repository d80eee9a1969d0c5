"""MPS recorded crime by ward: the rolling 24-month file, its counts shared out from the boroughs' own."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sources.mps.places import WARDS
from sources.mps.recorded_crime_ward import AIRPORTS
from sources.sample.files import PublishedFile, csv_text
from sources.sample.mps import CATEGORIES, FIRST, LAG, settled
from sources.sample.truth import BOROUGHS, first_day, generator, last_day, newest_month, stated

NAME = "MPS Ward Level Crime (most recent 24 months).csv"
HEADER = ("MajorText", "MinorText", "WardName", "WardCode", "LookUp_BoroughName")
UNPLACED = 0.02  # of a borough's offences in two years
GROWTH = -0.0043  # in the month after the first statement: where boroughs gain, wards lose

NAMED = [
    (borough, f"{borough} ward {number}", code) for borough in BOROUGHS for number, code in enumerate(WARDS[borough], 1)
]
"""Each ward's borough, a number in place of its name, and its code."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`, beside the borough file."""
    last = newest_month(as_of, LAG)
    months = range(last - 23, last + 1)
    boroughs = settled(last, seed)[months[0] - FIRST :, :, : len(BOROUGHS)]
    counts = np.stack(
        [
            stated(_by_ward(figures, month, seed), last - month, seed=seed, key=("ward crime", month), growth=GROWTH)
            for month, figures in zip(months, boroughs, strict=True)
        ],
        axis=-1,
    )
    rows = []
    for ward, (borough, name, code) in enumerate(NAMED):
        filed_under = AIRPORTS[0] if code == AIRPORTS[1] else borough
        for category in np.flatnonzero(counts[:, ward].any(axis=-1)):
            major, minor = CATEGORIES[category].split("/")
            rows.append((major, minor, name, code, filed_under, *counts[category, ward].tolist()))
    rows.sort(key=lambda row: row[4])
    header = (*HEADER, *(f"{first_day(month):%Y%m}" for month in months))
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([header, *rows]).encode("ascii"))]


def _by_ward(figures: NDArray[np.int64], month: int, seed: int) -> NDArray[np.int64]:
    """Share out a month's counts, category x borough, to category x ward; the rest was not placed."""
    rng = generator(seed, "wards", month)
    return np.hstack(
        [rng.multinomial(figures[:, i], _shares(borough, seed))[:, :-1] for i, borough in enumerate(BOROUGHS)]
    )


def _shares(borough: str, seed: int) -> NDArray[np.float64]:
    """Return the wards' shares of a borough's offences, and last that of no ward."""
    wards = generator(seed, "wards", borough).dirichlet(np.full(len(WARDS[borough]), 5.0))
    return np.append(wards * (1 - UNPLACED), UNPLACED)
