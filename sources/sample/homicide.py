"""MPS homicide dashboard: the file of victims, a record each, from January 2003."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import first_day, generator, last_day, month_number

NAME = "MPS_Homicide_Victims.csv"
HEADER = (
    "Count of Victims", "Age Group", "Sex", "Method of Killing", "Domestic Abuse", "Recorded Date",
    "Homicide Offence Type", "Solved Status", "Borough", "Officer Observed Ethnicity",
)  # fmt: skip
LAG = timedelta(days=60)
FIRST_YEAR = 2003
VICTIMS = (
    216, 188, 181, 172, 163, 155, 131, 126, 117, 106, 109, 95, 120, 117, 141, 138, 153, 133, 134, 108, 109, 108, 97,
)  # fmt: skip
"""Victims a calendar year from 2003: to 2023 as published, then the offences of the recorded-crime files."""

AGES = ("0 to 12", "13 to19", "20 to 24", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over")
KINDS = ("Domestic Abuse", "Not Domestic Abuse")
AGES_BY_KIND = ((1, 6, 12, 46, 38, 29, 22, 36), (76, 199, 188, 205, 135, 112, 82, 62))
MEN_BY_KIND = (0.26, 0.87)
"""Victims of 2014 to 2023 by age, and the share of men among them, for each of `KINDS`."""
DOMESTIC = 0.15

METHODS = {
    "Knife or Sharp Implement": 0.604,
    "Other Methods of Killing": 0.102,
    "Physical Assault, no weapon": 0.099,
    "Shooting": 0.088,
    "Blunt Implement": 0.068,
    "Not known/Not Recorded": 0.039,
}
OFFENCES = {"Murder": 0.942, "Manslaughter": 0.049, "Corporate Manslaughter": 0.007, "Infanticide": 0.002}
ETHNICITIES = {"White": 0.418, "Black": 0.411, "Asian": 0.138, "Other": 0.022, "Unrecorded / Unknown": 0.011}
BOROUGHS = {
    "Barking & Dagenham": 75, "Barnet": 82, "Bexley": 47, "Brent": 148, "Bromley": 42, "Camden": 91,
    "Croydon": 140, "Ealing ": 128, "Enfield": 107, "Greenwich": 129, "Hackney": 129, "Hammersmith & Fulham": 59,
    "Haringey": 138, "Harrow": 37, "Havering": 42, "Heathrow ": 1, "Hillingdon": 72, "Hounslow": 67,
    "Islington": 103, "Kensington & Chelsea": 41, "Kingston Upon Thames": 33, "Lambeth": 178, "Lewisham": 112,
    "Merton": 33, "Newham": 166, "Redbridge": 94, "Richmond Upon Thames": 29, "Southwark": 153, "Sutton": 29,
    "Tower Hamlets": 108, "Waltham Forest": 106, "Wandsworth": 90, "Westminster": 103,
}  # fmt: skip
"""Victims of 2003 to 2023 by borough, spelt and spaced as the file does."""

# What later vintages change: records found to be homicide after all, or none (five months of 24 from one vintage to
# another), and the solving of cases.
ADDED, DROPPED = 0.08, 0.05
NEVER_SOLVED, MONTHS_TO_SOLVE = 0.11, 5.0


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest quarter that was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    rows = [
        record
        for year in range(FIRST_YEAR, last // 12 + 1)
        for month, victims in enumerate(_by_month(year, seed).tolist(), start=12 * year)
        if month <= last
        for record in _records(month, victims, last - month, seed)
    ]
    rows.sort(key=lambda row: str(row[8]))  # by borough; within it the file has no order
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([HEADER, *rows]).encode("ascii"))]


def _by_month(year: int, seed: int) -> NDArray[np.int64]:
    """Return the settled victims of each month; the fewest ever were four."""
    victims = VICTIMS[min(year - FIRST_YEAR, len(VICTIMS) - 1)]
    return 3 + generator(seed, "homicide", year).multinomial(victims - 3 * 12, [1 / 12] * 12)


def _records(month: int, victims: int, age: int, seed: int) -> Iterator[tuple[object, ...]]:
    """Yield the records of a month as a vintage `age` months after it has them."""
    rng = generator(seed, "homicide", "records", month)

    def drawn(shares: dict[str, float]) -> str:
        weights = np.array(list(shares.values()))
        return list(shares)[rng.choice(len(shares), p=weights / weights.sum())]

    for number in range(victims + 1):
        kind = int(rng.random() >= DOMESTIC)
        record = (
            1,
            drawn(dict(zip(AGES, AGES_BY_KIND[kind], strict=True))),
            "Male" if rng.random() < MEN_BY_KIND[kind] else "Female",
            drawn(METHODS),
            KINDS[kind],
            f"{first_day(month):%b-%y}",
            drawn(OFFENCES),
            "Solved" if rng.random() >= NEVER_SOLVED and rng.exponential(MONTHS_TO_SOLVE) <= age + 3 else "Unsolved",
            drawn({borough: float(weight) for borough, weight in BOROUGHS.items()}),
            drawn(ETHNICITIES),
        )
        change, moved = float(rng.random()), int(rng.integers(3, 24))
        if number == victims:  # one more than settles: stated until it is found to be no homicide
            stated = change < DROPPED * victims and age < moved
        else:
            stated = number == 0 or change >= ADDED or age >= moved
        if stated:
            yield record
