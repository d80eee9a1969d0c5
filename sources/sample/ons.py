"""ONS Census 2021: residents of London's boroughs by ethnic group, by sex and by single year of age, a file each."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sources.ons.population_groups import AGES, ETHNIC_GROUPS, LONDON, NOT_RESIDENT, SEXES
from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import BOROUGHS, CITY_OF_LONDON_RESIDENTS, generator

PUBLISHED = date(2022, 11, 29)
"""Before every day that a sample is asked for: the files are the same in every sample of a seed."""
AREA = "Lower tier local authorities"
RESIDENTS = {"City of London": CITY_OF_LONDON_RESIDENTS, **{name: people for name, (people, *_) in BOROUGHS.items()}}


class Table(NamedTuple):
    """One file: its variable, the code of its first category, London's shares, and how alike the boroughs are."""

    name: str
    variable: str
    first_code: int
    categories: tuple[str, ...]
    shares: NDArray[np.float64]
    alike: float


# Shares are of the right order and not published totals.
TABLES = (
    Table(
        "TS021-2021-3.csv",
        "Ethnic group (20 categories)",
        1,
        ETHNIC_GROUPS,
        np.array((3.7, 1.7, 7.5, 3.3, 4.6, 7.9, 3.9, 1.7, 1.4, 0.9, 1.5, 1.9, 36.8, 1.8, 0.1, 0.4, 14.7, 1.6, 4.6)),
        60,
    ),
    Table("TS008-2021-3.csv", "Sex (2 categories)", 1, SEXES, np.array((51.5, 48.5)), 5_000),
    Table(
        "TS007-2021-3.csv",
        "Age (101 categories)",
        0,
        AGES,
        np.interp(np.arange(len(AGES)), (0, 20, 30, 40, 65, 85, 100), (12, 12, 18, 16, 9, 3, 0.1)),
        3_000,
    ),
)


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the three files."""
    return [
        PublishedFile(
            table.name,
            PUBLISHED,
            csv_text(
                [
                    (f"{AREA} Code", AREA, f"{table.variable} Code", table.variable, "Observation"),
                    *_rows(table, seed),
                ]
            ).encode("ascii"),
        )
        for table in TABLES
    ]


def _rows(table: Table, seed: int) -> Iterator[tuple[object, ...]]:
    for code, (borough, people) in zip(LONDON, RESIDENTS.items(), strict=True):
        rng = generator(seed, "census", table.variable, borough)
        counts = rng.multinomial(people, rng.dirichlet(table.alike * table.shares / table.shares.sum())).tolist()
        if table.categories == ETHNIC_GROUPS:
            yield code, borough, -8, NOT_RESIDENT, 0
        for number, (category, count) in enumerate(zip(table.categories, counts, strict=True), table.first_code):
            yield code, borough, number, category, count
