"""OHID Fingertips download of indicator 11201: hospital admissions for violence, three years pooled.

No published copy of this indicator was to be had: the layout is that of a real download of another indicator,
and the levels are round numbers of the right order, not published totals.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, TypeAlias

import numpy as np

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import BOROUGHS, CITY_OF_LONDON_RESIDENTS, generator, last_day, month_number

NAME = "indicators-CountyUApre423.data.csv"
HEADER = (
    "Indicator ID", "Indicator Name", "Parent Code", "Parent Name", "Area Code", "Area Name", "Area Type",
    "Sex", "Age", "Category Type", "Category", "Time period", "Value", "Lower CI 95.0 limit",
    "Upper CI 95.0 limit", "Lower CI 99.8 limit", "Upper CI 99.8 limit", "Count", "Denominator",
    "Value note", "Recent Trend", "Compared to England value or percentiles",
    "Compared to Region value or percentiles", "Time period Sortable", "New data", "Compared to goal",
)  # fmt: skip
INDICATOR = ("11201", "B12a - Violent crime - hospital admissions for violence (including sexual violence)")
FIRST_YEAR = 2009
LAG_MONTHS = 14

ENGLAND = ("E92000001", "England")
LONDON = ("E12000007", "London region")
REGIONS = {
    ("E12000001", "North East region"): (2_683_000, 1.45),
    ("E12000002", "North West region"): (7_516_000, 1.40),
    ("E12000003", "Yorkshire and the Humber region"): (5_541_000, 1.15),
    ("E12000004", "East Midlands region"): (4_934_000, 0.90),
    ("E12000005", "West Midlands region"): (6_021_000, 0.95),
    ("E12000006", "East of England region"): (6_398_000, 0.70),
    LONDON: (sum(row[0] for row in BOROUGHS.values()) + CITY_OF_LONDON_RESIDENTS, 1.05),
    ("E12000008", "South East region"): (9_379_000, 0.70),
    ("E12000009", "South West region"): (5_764_000, 0.85),
}
"""Region: mid-2022 residents, and its rate against England's."""
ELSEWHERE = {
    ("E08000003", "Manchester"): (("E12000002", "North West region"), 568_996, 1.7),
    ("E08000025", "Birmingham"): (("E12000005", "West Midlands region"), 1_157_603, 1.2),
    ("E08000035", "Leeds"): (("E12000003", "Yorkshire and the Humber region"), 822_483, 1.1),
    ("E10000016", "Kent"): (("E12000008", "South East region"), 1_593_223, 0.7),
}
COMBINED = "Value for Hackney and City of London combined"
AGGREGATED = "Aggregated from all known lower geography values"
DECILE_TYPE = "County & UA deprivation deciles in England (IMD2019)"
DECILES = (
    "Most deprived decile", "Second most deprived decile", "Third more deprived decile",
    "Fourth more deprived decile", "Fifth more deprived decile", "Fifth less deprived decile",
    "Fourth less deprived decile", "Third less deprived decile", "Second least deprived decile",
    "Least deprived decile",
)  # fmt: skip

# England's admissions per 100,000 a year, falling by steps; one pandemic year.
ENGLAND_RATE = {2009: 67.0, 2012: 50.0, 2015: 43.5, 2019: 43.0, 2020: 33.0, 2021: 36.0, 2024: 33.0}
GROWTH = 0.007  # of the population, a year

Area: TypeAlias = tuple[str, str]


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the download as it stood on `as_of`."""
    last = month_number(date(as_of.year, 3, 1))
    while last_day(last + LAG_MONTHS) > as_of:
        last -= 12
    latest = last // 12 - 3
    rows = [row for start in range(FIRST_YEAR, latest + 1) for row in _window(start, start == latest, seed)]
    text = csv_text([HEADER]) + csv_text(row[: len(HEADER) - 1] for row in rows)  # rows lack the last field
    return [PublishedFile(NAME, last_day(last + LAG_MONTHS), text.encode("ascii"))]


class _Pool(NamedTuple):
    """Admissions and person-years of one area in one window."""

    admissions: int
    person_years: int

    def rate(self, z: float = 0) -> float:
        """Return the rate per 100,000, or its limit by Byar's method: the lower for a negative `z`."""
        n = self.admissions + (1 if z > 0 else 0)
        limit = n * (1 - 1 / (9 * n) + z / (3 * n**0.5)) ** 3 if z else n
        return limit / self.person_years * 100_000

    def against(self, other: "_Pool") -> str:
        """Say how this rate compares: `Better` where it is lower by more than chance."""
        if self.rate(1.96) < other.rate():
            return "Better"
        return "Worse" if self.rate(-1.96) > other.rate() else "Similar"


def _window(start: int, newest: bool, seed: int) -> list[tuple[object, ...]]:
    """Return the rows of the three financial years from April of `start`."""
    pools = _pools(start, seed)
    england, london = pools[ENGLAND], pools[LONDON]
    period = f"{start}/{(start + 1) % 100:02} - {(start + 2) % 100:02}/{(start + 3) % 100:02}"
    uncompared = ("Not compared", "Not compared")

    def row(
        parent: Area,
        area: Area,
        kind: str,
        figures: tuple[object, ...],
        note: str = "",
        compared: tuple[str, str] = uncompared,
        category: tuple[str, str] = ("", ""),
    ) -> tuple[object, ...]:
        return (
            *INDICATOR, *parent, *area, kind, "Persons", "All ages", *category, period, *figures, note,
            "Cannot be calculated", *compared, f"{start}0000", "New data" if newest else "", "",
        )  # fmt: skip

    nowhere = ("", "")
    rows = [row(nowhere, ENGLAND, "Country", _figures(england))]
    for decile, name in enumerate(DECILES):
        part = _Pool(round(england.admissions * (0.16 - 0.0133 * decile)), england.person_years // 10)
        figures = (part.rate(), "", "", "", "", *part)
        category = (DECILE_TYPE, f"{name} (IMD2019)")
        rows.append(row(nowhere, ENGLAND, "Country", figures, AGGREGATED, category=category))
    rows += [row(ENGLAND, region, "Region", _figures(pools[region]), AGGREGATED) for region in REGIONS]
    for area, (region, *_) in ELSEWHERE.items():
        pool = pools[area]
        compared = (pool.against(england), pool.against(pools[region]))
        rows.append(row(region, area, "County & UA", _figures(pool), compared=compared))
    city = ("E09000001", "City of London")
    rows.append(row(LONDON, city, "County & UA", ("",) * 7, COMBINED))
    for area in _boroughs():
        pool = pools[area]
        note = COMBINED if area[1] == "Hackney" else ""
        compared = (pool.against(england), pool.against(london))
        rows.append(row(LONDON, area, "County & UA", _figures(pool), note, compared))
    return rows


def _figures(pool: _Pool) -> tuple[object, ...]:
    return (pool.rate(), pool.rate(-1.96), pool.rate(1.96), pool.rate(-3.09), pool.rate(3.09), *pool)


def _pools(start: int, seed: int) -> dict[Area, _Pool]:
    years = [_truth(year, seed) for year in range(start, start + 3)]
    return {area: _total(year[area] for year in years) for area in years[0]}


def _total(pools: Iterable[_Pool]) -> _Pool:
    return _Pool(*map(sum, zip(*pools, strict=True)))


def _truth(year: int, seed: int) -> dict[Area, _Pool]:
    """Return a financial year's admissions and residents, area by area."""
    rng = generator(seed, "admissions", year)
    growth = (1 + GROWTH) ** (year - 2022)
    rate = np.interp(year, list(ENGLAND_RATE), list(ENGLAND_RATE.values())) / 100_000
    areas = {
        area: _Pool(int(rng.poisson(rate * relative * residents * growth)), round(residents * growth))
        for area, (residents, relative) in [*REGIONS.items(), *((k, v[1:]) for k, v in ELSEWHERE.items())]
    }
    # Damped: admissions differ less between boroughs than recorded violence does.
    weights = np.array([(residents * violence) ** 0.5 for residents, violence, _ in BOROUGHS.values()])
    counts = rng.multinomial(areas[LONDON].admissions, weights / weights.sum())
    for area, (residents, *_), count in zip(_boroughs(), BOROUGHS.values(), counts.tolist(), strict=True):
        with_city = residents + (CITY_OF_LONDON_RESIDENTS if area[1] == "Hackney" else 0)
        areas[area] = _Pool(count, round(with_city * growth))
    areas[ENGLAND] = _total(areas[region] for region in REGIONS)
    return areas


def _boroughs() -> list[Area]:
    """Return the 32 boroughs with their codes: E09000001 is the City, the rest follow the alphabet."""
    return [(f"E09{number:06}", name) for number, name in enumerate(BOROUGHS, start=2)]
