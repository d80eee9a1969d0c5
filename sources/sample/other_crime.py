"""MPS other crime: the dashboard's file of gun crime, hate crime and domestic abuse, here of 36 months and 32 teams."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sources.mps.places import WARDS
from sources.sample.dashboard import LAG, Row, Team, month_rows, published_file
from sources.sample.files import PublishedFile
from sources.sample.truth import BOROUGHS, generator, last_day, newest_month, stated

NAME = "M1045_MonthlyCrimeDashboard_OtherCrimeData.csv"
MONTHS = 36

YEARS = {
    Row("Gun Crime", "Gun Crime", "Offences"): 1_500,
    Row("Gun Crime", "Gun Crime", "Positive Outcomes"): 300,
    Row("Lethal Barrel Discharge", "Lethal Barrel Discharge", "Offences"): 160,
    Row("Hate Crime", "Hate Crime", "Offences"): 21_000,
    Row("Domestic Abuse", "Domestic Abuse", "Offences"): 90_000,
}
"""Counts of a year, of the size of London's; none was read in a file."""
UNPLACED = 0.03

TEAMS = [Team(borough, "ward 1", WARDS[borough][0]) for borough in BOROUGHS]
"""One a borough, so that the file is small."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    day = last_day(last) + LAG
    rows = [
        row
        for month in range(last - MONTHS + 1, last + 1)
        for row in month_rows(month, TEAMS, _stated(month, last - month, seed), day)
    ]
    return [published_file(NAME, day, rows)]


def _stated(month: int, age: int, seed: int) -> dict[Row, NDArray[np.int64]]:
    """Return the counts of a month by team, the last of none, as a vintage of that age states them."""
    shares = np.array([sum(crowd) for _, *crowd in BOROUGHS.values()], dtype=float)
    shares = np.append(shares / shares.sum() * (1 - UNPLACED), UNPLACED)
    rng = generator(seed, "other crime", month)
    settled = rng.poisson(np.outer(list(YEARS.values()), shares) / 12)
    return dict(zip(YEARS, stated(settled, age, seed=seed, key=("other crime", month)), strict=True))
