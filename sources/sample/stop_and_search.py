"""MPS stop and search: the rolling 24-month extract; its layout is known from documentation, its words in part.

The records are alike ones summed, as `Count` allows, and the levels a small part of the real ones.
"""

from datetime import date, timedelta

import numpy as np

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import BOROUGHS, first_day, generator, last_day, newest_month

NAME = "Stops_LDS_Extract_24Months.csv"
HEADER = (
    "stopdate", "Year_Month", "Borough Code", "Borough of Stop", "MPS Area", "Age_Group", "Gender", "ethnicappearance",
    "EA Group", "Self-defined Ethnicity Code", "SDE Group", "Search Type", "Subject", "Reason for Stop", "Outcome",
    "Outcome Reason", "Count",
)  # fmt: skip
LAG = timedelta(days=21)
MONTHS = 24
RECORDS = 2
"""Records of a borough and month."""
SEARCHES = 20.0
"""Searches of a record, and so of people alike; the busiest borough has three times as many."""

AGES = {"10-14": 5, "15-19": 26, "20-24": 21, "25-34": 25, "35-44": 14, "45-54": 6, "55-64": 2, "65+": 1}
GENDERS = {"Male": 90, "Female": 9, "Unknown": 1}
APPEARANCES = {
    "White": ("1 White", 42),
    "Black": ("3 Black", 34),
    "Asian": ("4 Asian", 17),
    "Other": ("6 Other", 5),
    "Unknown": ("0 Unknown", 2),
}
STATED = {
    "White": {"W1": "White"},
    "Black": {"B1": "Black"},
    "Asian": {"A9": "Asian"},
    "Other": {"O9": "Other", "M9": "Mixed"},
    "Unknown": {"": ""},
}
NOT_STATED = 0.15
REASONS = {"1 Drugs": 62, "2 Weapons, Points & Blades": 17, "3 Stolen Property": 12, "4 Going Equipped": 9}
OUTCOMES = {"1 No further action": 71, "2 Arrest": 14, "3 Community Resolution": 9, "4 Penalty Notice": 6}


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    busiest = max(violence for _, violence, _ in BOROUGHS.values())
    rows: list[tuple[object, ...]] = []
    for month in range(last - MONTHS + 1, last + 1):
        for number, (borough, (_, violence, _)) in enumerate(BOROUGHS.items(), 2):
            rng = generator(seed, "searches", month, borough)

            def drawn(shares: dict[str, int], rng: np.random.Generator = rng) -> str:
                weights = np.array(list(shares.values()))
                return str(rng.choice(list(shares), p=weights / weights.sum()))

            for _ in range(RECORDS):
                group = drawn({name: share for name, (_, share) in APPEARANCES.items()})
                stated = STATED[group] if rng.random() >= NOT_STATED else {"N1": "Not Stated"}
                code = drawn(dict.fromkeys(stated, 1))
                day = first_day(month) + timedelta(days=int(rng.integers(28)))
                rows.append(
                    (
                        f"{day:%d/%m/%Y}",
                        f"{day:%Y-%m}",
                        f"E09{number:06}",
                        borough,
                        "",
                        drawn(AGES),
                        drawn(GENDERS),
                        APPEARANCES[group][0],
                        group,
                        code,
                        stated[code],
                        "Stop & Search",
                        "Person",
                        drawn(REASONS),
                        drawn(OUTCOMES),
                        "",
                        1 + int(rng.poisson(SEARCHES * (0.5 + violence / busiest))),
                    )
                )
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([HEADER, *rows]).encode("cp1252"))]
