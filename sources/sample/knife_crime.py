"""MPS knife crime: the dashboard's long file of 48 months, each count by borough and again by ward team."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sources.mps.places import WARDS
from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import (
    BOROUGHS,
    financial_year,
    first_day,
    generator,
    last_day,
    month_number,
    newest_month,
    stated,
)

NAME = "M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv"
HEADER = (
    "Month_Year", "Area Type", "Borough_SNT", "Area name", "Area code", "Crime Type", "Crime Subtype", "Measure",
    "Financial Year", "FY_FYIndex", "Count", "Refresh Date",
)  # fmt: skip
LAG = timedelta(days=18)
MONTHS = 48
CONNECT = month_number(date(2024, 3, 1))

MIDDLES = [month_number(date(year, month, 1)) for year, month in ((2022, 9), (2023, 9), (2024, 7), (2025, 9))]
LEVELS = (12608, 14942, 17147, 13038)
"""Offences a year at `MIDDLES`, so that the windows to February 2023, 2024 and 2026 and the year 2024/25 are those of
the file to February 2026: 12,851, 14,877, 13,552 and 16,156."""

PARTS: tuple[tuple[str, str, int, float], ...] = (
    ("Knife Crime with Injury", "Offences", 0, 0.231),
    ("Knife Crime with Injury (Personal Robbery)", "Offences", 1, 0.130),
    ("Knife Injury Victims (1-24)", "Offences", 1, 0.354),
    ("Knife Injury Victims (non DA 1-24)", "Offences", 3, 0.925),
    ("Knife Crime", "Positive Outcomes", 0, 0.125),
    ("Knife Crime with Injury", "Positive Outcomes", 1, 0.197),
    ("Knife Crime with Injury (Personal Robbery)", "Positive Outcomes", 2, 0.122),
)
"""Subtype, measure, the row of `ROWS` it is a part of, and its share of that in 2024/25."""
ROWS = (("Knife Crime", "Offences"), *((subtype, measure) for subtype, measure, *_ in PARTS))
UNPLACED = 0.03

TEAMS = [(borough, f"ward {n}", code) for borough in BOROUGHS for n, code in enumerate(WARDS[borough], 1)]


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    day = last_day(last) + LAG
    shares = _shares(seed)
    rows = [
        row
        for month in range(last - MONTHS + 1, last + 1)
        for row in _month(
            month, stated(_settled(month, shares, seed), last - month, seed=seed, key=("knife", month)), day
        )
    ]
    return [PublishedFile(NAME, day, csv_text([HEADER, *rows]).encode("ascii"))]


def _settled(month: int, shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Return the counts of a month, rows of `ROWS` x teams; the last team is none."""
    rng = generator(seed, "knife", month)
    offences = rng.poisson(np.interp(month, MIDDLES, LEVELS) / 12)
    counts = [rng.multinomial(offences, shares)]
    for *_, whole, share in PARTS:
        counts.append(rng.binomial(counts[whole], share))
    return np.stack(counts)


def _shares(seed: int) -> NDArray[np.float64]:
    """Return the teams' shares of the offences, and last that of no team."""
    by_borough = [
        sum(crowd) * generator(seed, "knife", borough).dirichlet(np.full(len(WARDS[borough]), 3.0))
        for borough, (_, *crowd) in BOROUGHS.items()
    ]
    teams = np.concatenate(by_borough)
    return np.append(teams / teams.sum() * (1 - UNPLACED), UNPLACED)


def _month(month: int, counts: NDArray[np.int64], refreshed: date) -> list[tuple[object, ...]]:
    """Return a month's rows; the publisher writes no row of zero."""
    year = financial_year(month)
    label = f"{year % 100:02}-{(year + 1) % 100:02}"
    rows = []
    for (subtype, measure), figures in zip(ROWS, counts, strict=True):
        by_borough: dict[str, int] = {}
        teams = []
        for (borough, team, code), count in zip(TEAMS, figures, strict=False):
            by_borough[borough] = by_borough.get(borough, 0) + int(count)
            # About half of the codes carry a space, the same ones in every month.
            teams.append((f"{borough} {team}", team, code + " " * (int(code[-1]) % 2), count))
        nowhere = ("N/K (Legacy Only)", "N/K", "N/K") if month < CONNECT else ("", "", "-1")
        areas = [
            *(("Borough", name, name, f"E09{number:06}", n) for number, (name, n) in enumerate(by_borough.items(), 2)),
            ("Borough", "Other / NK", nowhere[0], "", figures[-1]),
            *(("Safer Neighbourhood Teams", *team) for team in teams),
            ("Safer Neighbourhood Teams", "Other / NK", *nowhere[1:], figures[-1]),
        ]
        rows += [
            (
                f"{first_day(month):%d/%m/%Y}", *area, "Knife Crime", subtype, measure, f"fy{label}", f"{label}_01",
                int(count), f"{refreshed:%d/%m/%Y}",
            )
            for *area, count in areas
            if count
        ]  # fmt: skip
    return rows
