"""MPS force strength: one row a month since May 2013, never revised."""

from datetime import date, timedelta

import numpy as np

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import first_day, generator, last_day, month_number, newest_month

NAME = "Police_Force_Strength.csv"
HEADER = ("Date", "Police Officer Strength", "Police Staff Strength", "PCSO Strength")
LAG = timedelta(days=22)
FIRST = month_number(date(2013, 5, 1))

APRILS = np.arange(month_number(date(2013, 4, 1)), month_number(date(2027, 4, 1)), 12)
LEVELS = (
    (30700, 30824, 31759, 31674, 30914, 29874, 29971, 32100, 32392, 33542, 34523, 33972, 32840, 31000),
    (12700, 11856, 11199, 9502, 8690, 8553, 8937, 9436, 9786, 9814, 10359, 10877, 11366, 11560),
    (2500, 2020, 1771, 1577, 1403, 1276, 1254, 1258, 1251, 1146, 1208, 1386, 1440, 1385),
)
"""Officers, staff and community support officers each April from 2013, as published; 2013 and 2026 are near it."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    rows = [
        (
            f"{first_day(month):%b-%y}",
            *(
                round(np.interp(month, APRILS, levels) * generator(seed, "strength", role, month).normal(1, 0.001))
                for role, levels in enumerate(LEVELS)
            ),
        )
        for month in range(FIRST, last + 1)
    ]
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([HEADER, *rows]).encode("ascii"))]
