"""MPS knife crime: the dashboard's file of 48 months, by ward team."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sources.mps.places import WARDS
from sources.sample.dashboard import LAG, Row, Team, month_rows, published_file
from sources.sample.files import PublishedFile
from sources.sample.truth import BOROUGHS, generator, last_day, month_number, newest_month, stated

NAME = "M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv"
MONTHS = 48

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
ROWS = (Row("Knife Crime", "Knife Crime", "Offences"), *(Row("Knife Crime", *part[:2]) for part in PARTS))
UNPLACED = 0.03

TEAMS = [Team(borough, f"ward {n}", code) for borough in BOROUGHS for n, code in enumerate(WARDS[borough], 1)]


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    day = last_day(last) + LAG
    shares = _shares(seed)
    rows = [
        row
        for month in range(last - MONTHS + 1, last + 1)
        for row in month_rows(
            month,
            TEAMS,
            dict(
                zip(
                    ROWS,
                    stated(_settled(month, shares, seed), last - month, seed=seed, key=("knife", month)),
                    strict=True,
                )
            ),
            day,
        )
    ]
    return [published_file(NAME, day, rows)]


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
