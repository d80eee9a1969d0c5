"""MPS more thorough searches (MTIPS): columns of which most are not verified; months of a few hundred."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import first_day, generator, last_day, newest_month

NAME = "MTIPS_LDS_Extract.csv"
HEADER = (
    "Year_Month", "MPS Area", "Age_Group", "Gender", "EA Group", "SDE Group", "Search Type", "Positve Outcome",
    "Approporiate Adult Present if Required?", "Count",
)  # fmt: skip
LAG = timedelta(days=21)
MONTHS = 24
RECORDS = 60
AREAS = ("Central East", "Central North", "Central South", "Central West", "East", "North", "North East", "North West",
         "South", "South East", "South West", "West")  # fmt: skip
AGES = {"15-19": 18, "20-24": 24, "25-34": 30, "35-44": 18, "45-54": 8, "55-64": 2}
GROUPS = {"White": 46, "Black": 33, "Asian": 14, "Other": 5, "Unknown": 2}
TYPES = {"More Thorough Search": 80, "Exposure of Intimate Parts": 20}


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    rows: list[tuple[object, ...]] = []
    for month in range(last - MONTHS + 1, last + 1):
        rng = generator(seed, "thorough searches", month)

        def drawn(shares: Mapping[str, int], rng: np.random.Generator = rng) -> str:
            weights = np.array(list(shares.values()))
            return str(rng.choice(list(shares), p=weights / weights.sum()))

        for _ in range(RECORDS):
            group, age = drawn(GROUPS), drawn(AGES)
            rows.append(
                (
                    f"{first_day(month):%Y-%m}",
                    AREAS[int(rng.integers(len(AREAS)))],
                    age,
                    drawn({"Male": 92, "Female": 8}),
                    group,
                    group,
                    drawn(TYPES),
                    drawn({"Yes": 40, "No": 60}),
                    "Yes" if age == "15-19" else "Not Required",
                    1 + int(rng.poisson(4)),
                )
            )
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([HEADER, *rows]).encode("cp1252"))]
