"""The layout of the MPS dashboard's files: each count by borough and again by ward team, no row of zero."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import financial_year, first_day, month_number

HEADER = (
    "Month_Year", "Area Type", "Borough_SNT", "Area name", "Area code", "Crime Type", "Crime Subtype", "Measure",
    "Financial Year", "FY_FYIndex", "Count", "Refresh Date",
)  # fmt: skip
LAG = timedelta(days=18)
CONNECT = month_number(date(2024, 3, 1))


class Team(NamedTuple):
    """A Safer Neighbourhood Team: its borough, its name and the code of its ward."""

    borough: str
    name: str
    code: str


class Row(NamedTuple):
    """What a row counts."""

    crime_type: str
    crime_subtype: str
    measure: str


def published_file(name: str, day: date, rows: Iterable[Sequence[object]]) -> PublishedFile:
    """Return the file of these rows as it is put out on a day."""
    return PublishedFile(name, day, csv_text([HEADER, *rows]).encode("ascii"))


def month_rows(
    month: int, teams: Sequence[Team], counts: Mapping[Row, NDArray[np.int64]], refreshed: date
) -> list[tuple[object, ...]]:
    """Return a month's rows of counts by team, of which the last is of no team."""
    year = financial_year(month)
    label = f"{year % 100:02}-{(year + 1) % 100:02}"
    rows = []
    for row, figures in counts.items():
        by_borough: dict[str, int] = {}
        by_team = []
        for team, count in zip(teams, figures, strict=False):
            by_borough[team.borough] = by_borough.get(team.borough, 0) + int(count)
            # About half of the codes carry a space, the same ones in every month.
            code = team.code + " " * (int(team.code[-1]) % 2)
            by_team.append((f"{team.borough} {team.name}", team.name, code, count))
        nowhere = ("N/K (Legacy Only)", "N/K", "N/K") if month < CONNECT else ("", "", "-1")
        areas = [
            *(("Borough", name, name, f"E09{number:06}", n) for number, (name, n) in enumerate(by_borough.items(), 2)),
            ("Borough", "Other / NK", nowhere[0], "", figures[-1]),
            *(("Safer Neighbourhood Teams", *team) for team in by_team),
            ("Safer Neighbourhood Teams", "Other / NK", *nowhere[1:], figures[-1]),
        ]
        rows += [
            (
                f"{first_day(month):%d/%m/%Y}", *area, *row, f"fy{label}", f"{label}_01", int(count),
                f"{refreshed:%d/%m/%Y}",
            )
            for *area, count in areas
            if count
        ]  # fmt: skip
    return rows
