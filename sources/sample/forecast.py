"""Oversight's own forecast of 2025-26, of two measures in the force and one borough.

It is drawn and not fitted: a library that takes ten seconds to start has no place in a demonstration.
"""

from datetime import date, timedelta

from sources.oversight.forecast import BEFORE, sealed
from sources.sample.files import PublishedFile
from sources.sample.truth import first_day, generator, last_day, month_number

NAME = "2025-26"
FROZEN_ON = date(2025, 3, 28)
APRIL = month_number(date(2025, 4, 1))
LEVELS = {
    ("robbery_all", "E23000001"): 33_975,
    ("robbery_all", "E09000033"): 4_400,
    ("violence_with_injury", "E23000001"): 64_542,
    ("violence_with_injury", "E09000033"): 3_300,
}
"""Offences of 2024/25, as published for the force; Westminster's are near it."""
MONTH_WIDTHS, YEAR_WIDTHS = (0.12, 0.2), (0.07, 0.11)
"""Half of the intervals of 80 and 95 per cent, as shares of the point."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the forecast; it was frozen before any day that the sample knows."""
    whole = (NAME, None, BEFORE, FROZEN_ON, FROZEN_ON, "0" * 64, "synthetic")
    rows = []
    for (measure, area), level in LEVELS.items():
        rng = generator(seed, "forecast", measure, area)
        points = [round(level / 12 * share, 1) for share in rng.normal(1, 0.05, 12)]
        months = [(first_day(month), last_day(month)) for month in range(APRIL, APRIL + 12)]
        series = (measure, area, date(2010, 4, 1), FROZEN_ON.replace(day=1) - timedelta(days=1), round(level / 100, 3))
        rows += [
            (*whole, *series, *period, *_limits(point, MONTH_WIDTHS))
            for period, point in zip(months, points, strict=True)
        ]
        year = (first_day(APRIL), last_day(APRIL + 11))
        rows.append((*whole, *series, *year, *_limits(round(sum(points), 1), YEAR_WIDTHS)))
    return [PublishedFile(f"oversight-forecast-{NAME}.csv", FROZEN_ON, sealed(rows))]


def _limits(point: float, widths: tuple[float, float]) -> tuple[float, ...]:
    return point, *(round(point * (1 + sign * width), 1) for width in widths for sign in (-1, 1))
