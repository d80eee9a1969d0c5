"""TfL road casualties: the casualty extract of each of the last two calendar years, a record a casualty."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sources.sample.files import PublishedFile
from sources.sample.truth import generator

NAME = "{}-gla-data-extract-casualty.csv"
HEADER = (
    "AREFNO", "Borough", "Boro", "Easting", "Northing", "CREFNO", "Casualty Class", "Casualty Sex",
    "Casualty Age (Banded)", "Casualty Age", "No. of Casualties", "Casualty Severity", "Ped Location", "Ped Movement",
    "Mode of Travel",
)  # fmt: skip
LAG = timedelta(days=180)
YEARS = 2

SEVERITIES = ("1 FATAL", "2 SERIOUS", "3 SLIGHT")
MODES = {
    "1 PEDESTRIAN": (68, 1282, 4312),
    "2 PEDAL CYCLE": (5, 773, 3856),
    "3 POWERED 2 WHEELER": (31, 988, 4372),
    "4 CAR": (17, 557, 10883),
    "5 TAXI": (0, 16, 505),
    "6 BUS OR COACH": (2, 89, 1083),
    "7 GOODS VEHICLE": (0, 44, 550),
    "8 OTHER VEHICLE": (2, 17, 130),
    "9 PRIVATE HIRE": (0, 14, 411),
}
"""Casualties of 2019 by mode of travel and severity, as published; every year is drawn at that level."""
PASSENGERS = (0, 0.003, 0.016, 0.291, 0.278, 0.936, 0.141, 0.289, 0.393)
"""The share of passengers among the casualties of each mode."""

BOROUGHS = {
    "CITY OF LONDON": 343, "WESTMINSTER": 1710, "CAMDEN": 1006, "ISLINGTON": 791, "HACKNEY": 1002,
    "TOWER HAMLETS": 1335, "GREENWICH": 896, "LEWISHAM": 947, "SOUTHWARK": 1273, "LAMBETH": 1357, "WANDSWORTH": 1070,
    "HAMMERSMITH & FULHAM": 783, "KENSINGTON & CHELSEA": 781, "WALTHAM FOREST": 788, "REDBRIDGE": 885, "HAVERING": 761,
    "BARKING & DAGENHAM": 795, "NEWHAM": 1102, "BEXLEY": 595, "BROMLEY": 883, "CROYDON": 1127, "SUTTON": 530,
    "MERTON": 562, "KINGSTON-UPON-THAMES": 406, "RICHMOND-UPON-THAMES": 475, "HOUNSLOW": 894, "HILLINGDON": 859,
    "EALING": 1197, "BRENT": 1012, "HARROW": 499, "BARNET": 1157, "HARINGEY": 1020, "ENFIELD": 1166,
}  # fmt: skip
"""Casualties of 2019 by borough, in the order of their numbers in STATS19."""
CITY = 0

SEXES = {"1 MALE": 0.632, "2 FEMALE": 0.346, "'-1 UNKNOWN": 0.022}
AGES = {"0-15": (0, 15, 0.061), "16-24": (16, 24, 0.161), "25-59": (25, 59, 0.648), "60+": (60, 98, 0.082)}
"""Age band: its youngest, its oldest and its share of casualties; of the others the age is not known (`U`)."""
UNKNOWN_AGE = 0.048
CROSSING = {
    "05 CROSSING ROAD (NOT ON XING)": 0.345,
    "01 CROSSING ROAD ON PED XING": 0.254,
    "10 UNKNOWN OR OTHER": 0.227,
    "06 ON FOOTPATH - VERGE": 0.174,
}
MOVING = {"1 FROM DRIVERS N/SIDE": 0.384, "9 UNKNOWN OR OTHER": 0.341, "3 FROM DRIVERS O/SIDE": 0.275}
NOT_APPLICABLE = "'-2 NOT APPLICABLE"
COLLISIONS = 25_313 / 30_007
"""Collisions for each casualty."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the files of the last years that were out on `as_of`, oldest first."""
    last = as_of.year - 1
    while date(last, 12, 31) + LAG > as_of:
        last -= 1
    return [
        PublishedFile(NAME.format(year), date(year, 12, 31) + LAG, _file(year, seed))
        for year in range(last - YEARS + 1, last + 1)
    ]


def _file(year: int, seed: int) -> bytes:
    rng = generator(seed, "road casualties", year)

    def drawn(shares: Mapping[str, float], size: int) -> NDArray[np.str_]:
        weights = np.array(list(shares.values()))
        return rng.choice(list(shares), size, p=weights / weights.sum())

    cells = rng.poisson(list(MODES.values()))
    kinds = rng.permutation(np.repeat(np.arange(cells.size), cells.ravel()))
    modes, severities = np.divmod(kinds, len(SEVERITIES))
    size = len(kinds)
    # A collision's casualties follow each other in one borough; those of the City, whose force has references of its
    # own, come last.
    boroughs = -np.sort(-rng.choice(len(BOROUGHS), size, p=np.array(list(BOROUGHS.values())) / sum(BOROUGHS.values())))
    begins = (rng.random(size) < COLLISIONS) | (np.diff(boroughs, prepend=-1) != 0)
    collisions = np.cumsum(begins) - 1
    sizes = np.bincount(collisions)
    bands = drawn({"U": UNKNOWN_AGE, **{band: share for band, (*_, share) in AGES.items()}}, size)
    youngest, oldest = np.array([AGES.get(band, (0, 0))[:2] for band in bands.tolist()]).T
    ages = rng.integers(youngest, oldest + 1).astype(str)
    walking = modes == 0
    riding = np.where(rng.random(size) < np.array(PASSENGERS)[modes], "2 PASSENGER", "1 DRIVER/RIDER")
    columns = (
        np.where(boroughs == CITY, 48, 1) * 10**9 + year % 100 * 10**7 + 120_000 + collisions,
        np.array(list(BOROUGHS))[boroughs],
        boroughs,
        rng.integers(503_607, 560_067, len(sizes))[collisions],
        rng.integers(156_781, 200_858, len(sizes))[collisions],
        np.arange(size) - np.flatnonzero(begins)[collisions] + 1,
        np.where(walking, "3 PEDESTRIAN", riding),
        drawn(SEXES, size),
        bands,
        np.where(bands == "U", "", ages),
        sizes[collisions],
        np.array(SEVERITIES)[severities],
        np.where(walking, drawn(CROSSING, size), NOT_APPLICABLE),
        np.where(walking, drawn(MOVING, size), NOT_APPLICABLE),
        np.array(list(MODES))[modes],
    )
    text = pl.DataFrame(dict(zip(HEADER, columns, strict=True))).write_csv(quote_style="never")
    return text.encode("utf-8-sig")
