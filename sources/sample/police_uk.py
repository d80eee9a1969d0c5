"""The archive of data.police.uk: the files of its newest month. A hundredth of the real number of records."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sources.police_uk.records import FORCES
from sources.police_uk.records import HEADER as PLACED
from sources.sample.files import PublishedFile, csv_text
from sources.sample.small_areas import AREAS, OUTSIDE, SmallArea
from sources.sample.truth import first_day, generator, last_day, newest_month

LAG = timedelta(days=61)
CRIMES = {"metropolitan": 900, "city-of-london": 60, "btp": 120}
OUTCOMES, SEARCHES = 300, 160
NOWHERE = 0.02
"""Share of records without a location."""
ELSEWHERE = 0.45
"""Share of the British Transport Police's outside London."""

TYPES = {
    "Anti-social behaviour": 190, "Bicycle theft": 14, "Burglary": 50, "Criminal damage and arson": 55, "Drugs": 38,
    "Other crime": 12, "Other theft": 110, "Possession of weapons": 6, "Public order": 50, "Robbery": 32,
    "Shoplifting": 70, "Theft from the person": 80, "Vehicle crime": 95, "Violence and sexual offences": 240,
}  # fmt: skip
STATUS = {
    "Under investigation": 292, "Investigation complete; no suspect identified": 245, "Unable to prosecute suspect": 83,
    "Awaiting court outcome": 63, "Offender given a caution": 19,
}  # fmt: skip
DECIDED = {
    "Suspect charged": 4_549, "Local resolution": 2_469, "Offender given a caution": 543,
    "Offender given penalty notice": 494, "Investigation complete; no suspect identified": 86,
    "Offender given a drugs possession warning": 38,
}  # fmt: skip
"""Crimes by type, the last outcome of crimes, and outcomes, in proportions that were published."""

SEARCHED = (
    "Type", "Date", "Part of a policing operation", "Policing operation", "Latitude", "Longitude", "Gender",
    "Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation", "Object of search", "Outcome",
    "Outcome linked to object of search", "Removal of more than just outer clothing",
)  # fmt: skip
TRAITS: tuple[Mapping[str, int], ...] = (
    {"Male": 14_805, "Female": 1_414, "": 169, "Other": 13},
    {"18-24": 4_645, "25-34": 3_608, "over 34": 3_526, "10-17": 2_417, "": 2_200},
    {
        "Other ethnic group - Not stated": 4_824, "White - English/Welsh/Scottish/Northern Irish/British": 3_043,
        "Black/African/Caribbean/Black British - African": 1_089, "Asian/Asian British - Bangladeshi": 357,
        "Mixed/Multiple ethnic groups - White and Asian": 31, "": 172,
    },
    {"White": 6_557, "Black": 5_944, "Asian": 2_535, "Other": 965, "": 400},
    {"Misuse of Drugs Act 1971 (section 23)": 10_363, "Police and Criminal Evidence Act 1984 (section 1)": 5_922},
    {"Controlled drugs": 10_363, "Stolen goods": 2_565, "Offensive weapons": 2_537, "": 32},
    {"A no further action disposal": 11_869, "Arrest": 2_245, "Community resolution": 1_439},
)  # fmt: skip
"""Searches by gender, age, ethnicity as stated and as seen, legislation, object and outcome, in January 2023."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the files of the newest month that was out on `as_of`."""
    month = newest_month(as_of, LAG)
    street = (*PLACED, "Crime type", "Last outcome category", "Context")
    files = {
        **{f"{force}-street": [street, *_crimes(name, force, month, seed)] for name, force in FORCES.items()},
        "metropolitan-outcomes": [(*PLACED, "Outcome type"), *_outcomes(month, seed)],
        "metropolitan-stop-and-search": [SEARCHED, *_searches(month, seed)],
    }
    return [
        PublishedFile(f"{first_day(month):%Y-%m}-{name}.csv", last_day(month) + LAG, csv_text(rows).encode("ascii"))
        for name, rows in files.items()
    ]


def _crimes(name: str, force: str, month: int, seed: int) -> Iterator[tuple[object, ...]]:
    rng = generator(seed, "police.uk street", force, month)
    btp = force == "btp"
    types = _drawn(
        rng, {kind: n for kind, n in TYPES.items() if not (btp and kind == "Anti-social behaviour")}, CRIMES[force]
    )
    status = _drawn(rng, STATUS, len(types))
    for place, kind, outcome in zip(_places(rng, force, month, name, len(types)), types, status, strict=True):
        known = not btp and kind != "Anti-social behaviour"
        yield (*(place if known else ("", *place[1:])), kind, outcome if known else "", "")


def _outcomes(month: int, seed: int) -> Iterator[tuple[object, ...]]:
    rng = generator(seed, "police.uk outcomes", month)
    decided = _drawn(rng, DECIDED, OUTCOMES)
    places = _places(rng, "metropolitan", month, "Metropolitan Police Service", OUTCOMES)
    for place, outcome in zip(places, decided, strict=True):
        yield (*place, outcome)


def _searches(month: int, seed: int) -> Iterator[tuple[object, ...]]:
    rng = generator(seed, "police.uk searches", month)
    traits = [_drawn(rng, weights, SEARCHES) for weights in TRAITS]
    # Not in the hour that summer time moves into the month before.
    minutes = np.sort(rng.integers(24 * 60 * 27, size=SEARCHES))
    start = datetime.combine(first_day(month), datetime.min.time())
    for minute, *drawn in zip(minutes.tolist(), *traits, strict=True):
        moment = start + timedelta(minutes=minute)
        yield ("Person search", f"{moment.isoformat()}+00:00", "False", "", "", "", *drawn, "", "")


def _places(rng: np.random.Generator, force: str, month: int, name: str, size: int) -> Iterator[tuple[str, ...]]:
    """Yield the columns of `PLACED`, in the order of the small areas; every borough of the force occurs."""
    city = [area for area in AREAS if area.district == "City of London"]
    here = city if force == "city-of-london" else [area for area in AREAS if area not in city]
    areas: list[SmallArea] = [here[n % len(here)] for n in range(size)]
    if force == "btp":
        areas = [OUTSIDE if draw < ELSEWHERE else area for area, draw in zip(areas, rng.random(size), strict=True)]
    points = rng.integers(0, 400_000, size=(size, 2)) / 1e6
    nowhere = rng.random(size) < NOWHERE
    nowhere[: len(here)] = False
    rows = [
        (
            hashlib.sha256(f"{force} {month} {number}".encode()).hexdigest(),
            f"{first_day(month):%Y-%m}",
            name,
            name,
            *(
                ("", "", "No Location", "", "")
                if lost
                else (
                    f"{east - 0.3:.6f}",
                    f"{north + 51.3:.6f}",
                    f"On or near {'Street' if force != 'btp' else 'Halt'} {number % 50}",
                    area.code,
                    area.name,
                )
            ),
        )
        for number, (area, (east, north), lost) in enumerate(zip(areas, points.tolist(), nowhere, strict=True))
    ]
    return iter(sorted(rows, key=lambda row: row[7]))


def _drawn(rng: np.random.Generator, weights: Mapping[str, int], size: int) -> NDArray[np.str_]:
    """Return values in these proportions, each of them at least once."""
    shares = np.array(list(weights.values()))
    values = np.concatenate([list(weights), rng.choice(list(weights), size - len(weights), p=shares / shares.sum())])
    rng.shuffle(values)
    return values
