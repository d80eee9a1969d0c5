"""TfL public transport journeys by type of transport: one row a period, thirteen periods a financial year."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import financial_year, first_day, generator, last_day, month_number, stated

NAME = "tfl-journeys-type.csv"
HEADER = (
    "Period and Financial year", "Reporting Period", "Days in period", "Period beginning", "Period ending",
    "Bus journeys (m)", "Underground journeys (m)", "DLR Journeys (m)", "Tram Journeys (m)",
    "Overground Journeys (m)", "London Cable Car Journeys (m)", "TfL Rail Journeys (m)",
)  # fmt: skip
LAG = timedelta(days=21)
FIRST_YEAR = 2010
PROVISIONAL_MONTHS = 3

MODES = ("bus", "underground", "dlr", "tram", "overground", "cable_car", "elizabeth_line")
OPENED = {
    "overground": date(2010, 10, 17),
    "cable_car": date(2012, 6, 24),
    "elizabeth_line": date(2015, 5, 31),
}
"""Blank before: not in existence, or (Overground) not counted."""

LEVELS = {
    "bus": (2289, 2345, 2335, 2382, 2385, 2314, 2262, 2248, 2220, 2116, 865, 1491, 1785, 1870, 1842, 1773),
    "underground": (
        1107, 1171, 1229, 1265, 1305, 1349, 1378, 1357, 1385, 1337, 296, 749, 1065, 1181, 1218, 1202,
    ),
    "dlr": (78.3, 86.1, 100, 101, 111, 117, 123, 120, 122, 117, 39.8, 77.2, 92.2, 99.0, 97.8, 91.0),
    "tram": (27.7, 28.3, 30.1, 31.1, 30.7, 26.9, 29.4, 29.0, 28.8, 27.1, 11.5, 19.0, 20.9, 19.9, 17.8, 18.9),
    "overground": (30.7, 103, 125, 136, 140, 183, 189, 190, 190, 187, 59.6, 131, 157, 181, 180, 187),
    "cable_car": (0, 0, 2.0, 1.5, 1.5, 1.5, 1.5, 1.4, 1.3, 1.2, 0.4, 1.4, 1.5, 1.4, 1.4, 1.4),
    "elizabeth_line": (0, 0, 0, 0, 0, 40.1, 47.7, 45.4, 55.3, 59.9, 20.3, 38.3, 138, 210, 231, 243),
}  # fmt: skip
"""Millions a financial year from 2010/11, summed from the file to February 2026 (that year raised to 365)."""
YEARLY_TREND = 1.005  # beyond the last year known

# A period's journeys a day against the year's mean.
SEASON = (0.98, 0.98, 0.98, 1.03, 0.98, 0.94, 1.04, 1.06, 1.11, 0.87, 0.98, 1.02, 1.02)
MODE_SEASON = {
    "bus": (0.98, 1.05, 1.01, 1.04, 0.91, 0.97, 1.08, 1.03, 1.06, 0.85, 1.00, 0.99, 1.03),
    "cable_car": (1.17, 1.02, 1.03, 1.18, 1.89, 1.41, 0.91, 1.06, 0.76, 0.79, 0.66, 0.90, 0.63),
}
YEAR_SEASON = {
    2019: (1.02, 1.06, 1.06, 1.09, 0.97, 0.98, 1.10, 1.08, 1.12, 0.88, 1.04, 1.03, 0.62),
    2020: (0.30, 0.38, 0.64, 0.99, 1.20, 1.51, 1.65, 1.40, 1.37, 0.85, 0.76, 0.86, 1.16),
    2021: (0.67, 0.82, 0.90, 0.91, 0.88, 1.00, 1.17, 1.20, 1.24, 0.81, 1.06, 1.13, 1.26),
}
OPENING_YEAR = {
    ("elizabeth_line", 2022): (0.40, 0.52, 0.77, 1.1, 0.87, 0.93, 1.05, 1.2, 1.45, 0.85, 1.28, 1.34, 1.34),
}

# The publisher's own mistakes, in the vintages of 2024 and 2026.
WRONG_YEAR_LABEL = {2020: 2019}
WRONG_DAYS = {(2015, 1): 26, (2015, 13): 31, (2019, 1): 28, (2019, 13): 29, (2020, 1): 28, (2020, 13): 29}
ONE_DECIMAL_ALWAYS = 2025  # from this year `94.0`, before it `94`


@dataclass(frozen=True)
class Period:
    """One of the thirteen periods of a financial year."""

    year: int
    number: int
    start: date
    end: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days + 1


def periods(year: int) -> list[Period]:
    """Cut the financial year from April of `year` as TfL does.

    The first period runs to the first Saturday on or after 26 April, the next eleven last four weeks, and the
    thirteenth takes what is left to 31 March.
    """
    start, end = date(year, 4, 1), date(year, 4, 26)
    end += timedelta(days=(5 - end.weekday()) % 7)
    cut = []
    for number in range(1, 13):
        cut.append(Period(year, number, start, end))
        start, end = end + timedelta(days=1), end + timedelta(days=28)
    return [*cut, Period(year, 13, start, date(year + 1, 3, 31))]


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest period that was out on `as_of`."""
    out = [
        (period, counts)
        for year in range(FIRST_YEAR, as_of.year + 1)
        for period, counts in zip(periods(year), _truth(year, seed), strict=True)
        if period.end + LAG <= as_of
    ]
    latest = out[-1][0].end
    rows: list[tuple[object, ...]] = [HEADER]
    for period, settled in out:
        age = month_number(latest) - month_number(period.end)
        key = ("journeys", period.start)
        counts = stated(settled, age, seed=seed, key=key, growth=0, settles=PROVISIONAL_MONTHS)
        rows.append((*_labels(period), *(_figure(period, mode, counts[i]) for i, mode in enumerate(MODES))))
    rows.append(("",) * len(HEADER))  # the publisher's file ends in a row of commas
    return [PublishedFile(NAME, latest + LAG, csv_text(rows).encode("ascii"))]


def journeys_in_month(month: int, mode: str, seed: int) -> float | None:
    """Return a calendar month's journeys in millions, its periods shared out by days, or `None` before any.

    The truth reaches back before the file does, since rates of crime do.
    """
    first, last = first_day(month), last_day(month)
    if first < OPENED.get(mode, date.min):
        return None
    year = financial_year(month)
    total = 0.0
    for period, counts in zip(periods(year), _truth(year, seed), strict=True):
        days = (min(period.end, last) - max(period.start, first)).days + 1
        if days > 0:
            total += counts[MODES.index(mode)] / 100 * days / period.days
    return total


def _truth(year: int, seed: int) -> NDArray[np.int64]:
    """Return settled journeys of a financial year in tens of thousands, period x mode."""
    cut = periods(year)
    days = np.array([period.days for period in cut])
    known = int(np.clip(year - FIRST_YEAR, 0, len(LEVELS["bus"]) - 1))
    noise = generator(seed, "journeys", year).normal(0, 0.01, (len(cut), len(MODES)))
    columns = []
    for i, mode in enumerate(MODES):
        season = OPENING_YEAR.get((mode, year)) or YEAR_SEASON.get(year) or MODE_SEASON.get(mode, SEASON)
        open_days = days * [period.start >= OPENED.get(mode, date.min) for period in cut]
        weights = open_days * season * np.exp(noise[:, i])
        level = LEVELS[mode][known] * YEARLY_TREND ** (year - FIRST_YEAR - known)
        columns.append(100 * level * weights / max(weights.sum(), 1))
    journeys: NDArray[np.int64] = np.rint(np.stack(columns, axis=-1)).astype(np.int64)
    return journeys


def _labels(period: Period) -> tuple[object, ...]:
    year = WRONG_YEAR_LABEL.get(period.year, period.year)
    return (
        f"{period.number:02}_{year % 100:02}/{(year + 1) % 100:02}",
        period.number,
        WRONG_DAYS.get((period.year, period.number), period.days),
        f"{period.start:%d-%b-%y}",
        f"{period.end:%d-%b-%y}",
    )


def _figure(period: Period, mode: str, ten_thousands: np.int64) -> str:
    if period.start < OPENED.get(mode, date.min):
        return ""
    millions = float(ten_thousands) / 100
    if period.year >= ONE_DECIMAL_ALWAYS:
        return f"{millions:.1f}"
    return f"{round(millions, 2 if mode == 'cable_car' else 1):g}"
