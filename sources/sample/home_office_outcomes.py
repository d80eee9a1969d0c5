"""Home Office crime outcomes open data: the latest four quarters, of the offences that measures are made of."""

from datetime import date, timedelta

import numpy as np

from sources.home_office.crime_outcomes import IN_QUARTER, OF_RECORDED
from sources.home_office.places import FORCES
from sources.sample.files import PublishedFile, csv_text
from sources.sample.home_office_crime import THOUSANDS
from sources.sample.truth import generator, last_day, month_number

HEADER = (
    "Financial Year", "Financial Quarter", "Force Name", "Offence Description", "Offence Group", "Offence Subgroup",
    "Offence Code", "Offence Code Expired", "Outcome Description", "Outcome Group", "Outcome Type", OF_RECORDED,
    IN_QUARTER,
)  # fmt: skip
LAG = timedelta(days=114)

OFFENCES = {
    "19C": ("Rape of a female aged 16 and over", "Sexual offences", "Rape", 39_347, 0.018, 0.018),
    "20A": ("Sexual assault on a female", "Sexual offences", "Other sexual offences", 39_670, 0.06, 0.09),
    "34A": ("Robbery of business property", "Robbery", "Robbery", 8_266, 0.21, 0.24),
    "34B": ("Robbery of personal property", "Robbery", "Robbery", 77_545, 0.075, 0.08),
    "39": ("Theft from the person", "Theft offences", "Theft from the person", 103_933, 0.014, 0.017),
    "46": ("Shoplifting", "Theft offences", "Shoplifting", 375_048, 0.207, 0.29),
}  # fmt: skip
"""Description, group, subgroup, offences of 2018/19, and shares of them charged and with any positive outcome."""
NONE_YET, CHARGED, RESOLVED, NO_SUSPECT = (
    ("Not yet assigned an outcome", 0),
    ("Charged/Summonsed", 1),
    ("Community Resolution", 8),
    ("Investigation complete \N{EN DASH} no suspect identified", 18),
)
OPEN = (0.06, 0.09, 0.14, 0.25)
"""Share of a quarter's offences without an outcome, to the latest quarter."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the table of the four quarters to the latest that was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    rows = []
    for back, unfinished in zip((9, 6, 3, 0), OPEN, strict=True):
        rows += _quarter(last - back, unfinished, seed)
    day = last_day(last)
    name = f"prc-outcomes-open-data-mar{(day + timedelta(days=275)).year}-tables.csv"
    return [PublishedFile(name, day + LAG, csv_text([HEADER, *rows]).encode())]


def _quarter(last: int, unfinished: float, seed: int) -> list[tuple[object, ...]]:
    start = last - 2
    year = (start - 3) // 12
    quarter = (start - 3) % 12 // 3 + 1
    rows: list[tuple[object, ...]] = []
    for force, thousands in zip(FORCES, THOUSANDS, strict=False):
        for code, (description, group, subgroup, offences, charged, positive) in OFFENCES.items():
            recorded = generator(seed, "outcomes", force, code, last).poisson(offences / 4 * thousands / sum(THOUSANDS))
            shares = np.array([charged, positive - charged]) * (1 - unfinished)
            counts = generator(seed, "outcome", force, code, last).multinomial(
                recorded, [unfinished, *shares, 1 - unfinished - shares.sum()]
            )
            for (outcome, kind), count in zip((NONE_YET, CHARGED, RESOLVED, NO_SUSPECT), counts, strict=True):
                rows.append(
                    (f"{year}/{(year + 1) % 100:02}", quarter, force, description, group, subgroup, code, "", outcome,
                     outcome, kind, int(count), "--" if kind == 0 else int(count))
                )  # fmt: skip
    return rows
