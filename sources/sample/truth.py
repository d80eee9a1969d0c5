"""What lies beneath the sample figures: repeatable draws, the boroughs, and how statements are revised.

Every draw is keyed by what it is about (a month, a cohort), never by when it is asked for, so a figure is the
same in every vintage but for its revisions. Levels and layouts belong in the modules of the sources.
"""

import hashlib
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

BOROUGHS: dict[str, tuple[int, int, int]] = {
    "Barking and Dagenham": (220_392, 30, 8),
    "Barnet": (390_371, 30, 10),
    "Bexley": (247_875, 20, 3),
    "Brent": (341_505, 42, 23),
    "Bromley": (329_930, 26, 7),
    "Camden": (217_352, 32, 99),
    "Croydon": (393_547, 47, 9),
    "Ealing": (370_315, 43, 13),
    "Enfield": (326_867, 36, 14),
    "Greenwich": (292_381, 37, 11),
    "Hackney": (261_814, 33, 49),
    "Hammersmith and Fulham": (185_822, 26, 13),
    "Haringey": (262_078, 32, 27),
    "Harrow": (261_798, 21, 10),
    "Havering": (264_786, 24, 5),
    "Hillingdon": (312_162, 38, 10),
    "Hounslow": (289_196, 36, 11),
    "Islington": (219_769, 29, 43),
    "Kensington and Chelsea": (146_336, 20, 28),
    "Kingston upon Thames": (169_076, 14, 5),
    "Lambeth": (317_657, 38, 52),
    "Lewisham": (299_164, 38, 18),
    "Merton": (215_105, 17, 4),
    "Newham": (357_327, 42, 47),
    "Redbridge": (311_629, 34, 14),
    "Richmond upon Thames": (195_295, 12, 3),
    "Southwark": (309_327, 34, 72),
    "Sutton": (210_369, 18, 3),
    "Tower Hamlets": (324_881, 43, 33),
    "Waltham Forest": (275_847, 26, 20),
    "Wandsworth": (330_447, 30, 14),
    "Westminster": (209_333, 52, 322),
}
"""Borough: mid-2022 residents (ONS), and its share per thousand of London's violence without injury and of
its thefts from the person in 2024/25 (MPS): crime where people live, and crime where crowds are."""
CITY_OF_LONDON_RESIDENTS = 11_615

SETTLED = 24
"""Months after its first statement from which a figure no longer moves."""


def generator(seed: int, *key: object) -> np.random.Generator:
    """Return the random numbers that belong to `key`, the same whenever they are asked for."""
    digest = hashlib.sha256("/".join(map(str, (seed, *key))).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def stated(
    settled: NDArray[np.int64],
    age: int,
    *,
    seed: int,
    key: tuple[object, ...],
    growth: float = 0.0094,
    settles: int = SETTLED,
) -> NDArray[np.int64]:
    """Return what a vintage states, `age` months after the first, of cells that will settle at `settled`.

    Calibrated to the borough files of November and December 2025, one month apart: 13 % of cells change; the
    newest month grows by `growth` and changes in six cells of ten, older months move both ways by one or two
    offences and by less than 0.15 % in sum. Large cells change more often than small ones. It is the same
    cells that keep changing, so three months change few more of them than one.
    """
    size = np.sqrt(settled)
    prone = generator(seed, *key, "prone").random(settled.shape)
    still_to_come = np.zeros_like(settled)
    for step in range(age + 1, settles):
        chance = 1 - np.exp(-0.15 / step * size)
        rng = generator(seed, *key, "step", step)
        if step == 1:
            drift = np.divide(growth * settled, chance, out=np.zeros_like(size), where=chance > 0)
            draws = rng.normal(drift, 0.25 * size)
        else:
            draws = rng.normal(0, 0.12 * size)
        change = np.where(np.abs(draws) < 1, np.sign(draws), np.rint(draws)).astype(np.int64)
        still_to_come += np.where(prone < chance, change, 0)
    said: NDArray[np.int64] = np.maximum(settled - still_to_come, 0)
    return said


def whole(expected: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round along the last axis so that any run of periods sums to within one of what was expected."""
    running = np.rint(np.cumsum(expected, axis=-1))
    return np.diff(running, axis=-1, prepend=0).astype(np.int64)


def month_number(day: date) -> int:
    """Return the month of `day` as a number that counts on from year to year."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Return the first day of a numbered month."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """Return the last day of a numbered month."""
    return first_day(month + 1) - timedelta(days=1)


def newest_month(as_of: date, lag: timedelta) -> int:
    """Return the last numbered month that is out on `as_of`, `lag` after its end."""
    month = month_number(as_of)
    while last_day(month) + lag > as_of:
        month -= 1
    return month


def financial_year(month: int) -> int:
    """Return the year in whose April the financial year of a numbered month begins."""
    return (month - 3) // 12
