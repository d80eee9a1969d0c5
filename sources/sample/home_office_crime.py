"""Home Office recorded crime by police force area: the rolling years that end with each quarter from 2024 on.

The publisher's table ended with 2018; the sample's goes on, and holds so few periods because a period has 883 rows.
"""

from datetime import date, timedelta

import numpy as np

from sources.home_office.places import FORCES
from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import generator, last_day, month_number

NAME = "rec-crime-pfa.csv"
HEADER = ("12 months ending", "PFA", "Region", "Offence", "Rolling year total number of offences")
LAG = timedelta(days=115)
FIRST = month_number(date(2024, 3, 1))
"""The last month of the first rolling year: a later table covers all that an earlier one did."""

REGIONS = {
    "North East": ("Cleveland", "Durham", "Northumbria"),
    "North West": ("Cheshire", "Cumbria", "Greater Manchester", "Lancashire", "Merseyside"),
    "Yorkshire and The Humber": ("Humberside", "North Yorkshire", "South Yorkshire", "West Yorkshire"),
    "East Midlands": ("Derbyshire", "Leicestershire", "Lincolnshire", "Northamptonshire", "Nottinghamshire"),
    "West Midlands": ("Staffordshire", "Warwickshire", "West Mercia", "West Midlands"),
    "East": ("Bedfordshire", "Cambridgeshire", "Essex", "Hertfordshire", "Norfolk", "Suffolk"),
    "London": ("City of London", "Metropolitan Police"),
    "South East": ("Hampshire", "Kent", "Surrey", "Sussex", "Thames Valley"),
    "South West": ("Avon and Somerset", "Devon and Cornwall", "Dorset", "Gloucestershire", "Wiltshire"),
    "Wales": ("Dyfed-Powys", "Gwent", "North Wales", "South Wales"),
    "British Transport Police": ("British Transport Police",),
}
THOUSANDS = (
    136, 55, 64, 94, 7, 65, 35, 59, 107, 53, 62, 27, 151, 35, 335, 57, 159, 85, 98, 197, 163, 87, 49, 134, 835, 59,
    58, 44, 59, 160, 104, 109, 143, 85, 54, 75, 114, 162, 41, 85, 253, 292, 43, 65,
)  # fmt: skip
"""Thousands of offences of each force, and of the British Transport Police, in 2018, as published."""
FRAUD = {"Action Fraud": 306_126, "CIFAS": 296_896, "UK Finance": 72_930}
OFFENCES = {
    "All other theft offences": (429_254, 114_092),
    "Bicycle theft": (76_764, 19_487),
    "Criminal damage and arson": (515_230, 56_537),
    "Death or serious injury caused by illegal driving": (721, 49),
    "Drug offences": (109_267, 35_474),
    "Homicide": (592, 140),
    "Miscellaneous crimes against society": (91_036, 9_876),
    "Non-residential burglary": (105_814, 20_750),
    "Possession of weapons offences": (36_893, 7_401),
    "Public order offences": (390_005, 48_281),
    "Residential burglary": (238_562, 59_710),
    "Robbery": (49_463, 33_103),
    "Sexual offences": (139_265, 20_475),
    "Shoplifting": (331_152, 43_743),
    "Stalking and harassment": (359_880, 48_642),
    "Theft from the person": (56_568, 42_850),
    "Vehicle offences": (350_842, 112_655),
    "Violence with injury": (462_863, 76_904),
    "Violence without injury": (573_805, 84_909),
}
"""Offences of 2018 outside the Metropolitan Police, and of it, as published."""

_MET = "Metropolitan Police"
_BODIES = (*FORCES, "British Transport Police")
_REST = sum(thousands for body, thousands in zip(_BODIES, THOUSANDS, strict=True) if body != _MET)


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the table of the latest quarter that was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    rows = [row for end in range(FIRST, last + 1, 3) for row in _rolling_year(end, seed)]
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([HEADER, *rows]).encode("ascii"))]


def _rolling_year(last: int, seed: int) -> list[tuple[str, str, str, str, int]]:
    """Return the rows of the twelve months that end with month `last`."""
    rng = generator(seed, "crime by force", last)
    day = f"{last_day(last):%d/%m/%Y}"
    regions = {force: region for region, forces in REGIONS.items() for force in forces}
    rest, met = np.array(list(OFFENCES.values())).T
    rows = []
    for body, thousands in zip(_BODIES, THOUSANDS, strict=True):
        counts = rng.poisson(met if body == _MET else rest * thousands / _REST)
        rows += [
            (day, body, regions[body], offence, int(count)) for offence, count in zip(OFFENCES, counts, strict=True)
        ]
    rows += [(day, body, f"Fraud: {body}", body, int(rng.poisson(count))) for body, count in FRAUD.items()]
    return rows
