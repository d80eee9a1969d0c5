"""Home Office police use of force statistics: the tables by police force of the latest financial year.

The publisher's tables have 38 tactics a force; the sample's have the total and the two that hold a Taser. Sheets that
are not taken have their title alone.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np

from sources.home_office.places import FORCES
from sources.home_office.use_of_force import CATEGORIES, CED_USES, SPELT_FORCES, TOTAL
from sources.sample.files import PublishedFile, ods
from sources.sample.home_office_crime import REGIONS, THOUSANDS
from sources.sample.truth import generator, last_day, month_number

LAG = timedelta(days=262)

TACTICS = (
    ("Total (excluding not reported and tactical communication)", "*Total Tactics", 1.0),
    ("Less lethal weapons", "*Total Less lethal weapons1", 0.045),
    ("Less lethal weapons", "CED of which", 0.044),
)
"""Type of force, tactic, and its share of all tactics, as published for 2019/20, about."""
MET, REST = 205_135, 510_141
"""Tactics used by the MPS and by all other forces in 2019/20, as published."""
SHARES = {
    "age": (0.001, 0.099, 0.55, 0.241, 0.06, 0.008, 0.041),
    "gender": (0.826, 0.163, 0.001, 0.01),
    "ethnicity": (0.711, 0.156, 0.064, 0.022, 0.022, 0.025),
    "health condition": (0.149, 0.006, 0.004, 0.8, 0.041),
}
MET_ETHNICITY = (0.428, 0.371, 0.119, 0.031, 0.041, 0.01)
"""Shares of tactics by the person they were used on, in 2019/20, as published."""
ETHNICITY = tuple(group for group in CATEGORIES["ethnicity"] if group not in ("Chinese", "Don't know"))
USES = CED_USES[:-2]
_MET = "Metropolitan Police"
_ALL_OTHERS = sum(share for force, share in zip(FORCES, THOUSANDS, strict=False) if force != _MET)

Rows = list[Sequence[str | int | float | date]]


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the workbook of the latest financial year that was out on `as_of`."""
    last = month_number(as_of)
    while last % 12 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    year = last_day(last).year
    name = f"police-use-of-force-apr{year - 1}-mar{year}-tables.ods"
    return [PublishedFile(name, last_day(last) + LAG, ods(_sheets(year, seed)))]


def _sheets(year: int, seed: int) -> dict[str, Iterable[Sequence[str | int | float | date]]]:
    suffix = f", year ending March {year}"
    by = "Number of times tactics were used, by"
    perceived = {scope: f"officer perceived {scope} of person involved" for scope in SHARES}
    titles = [
        "Number of times tactics were used and total number of incidents in which they were used",
        *(f"{by} {what}" for what in perceived.values()),
        f"{by} reason for using force",
        f"{by} impact factor",
        f"{by} incident outcome",
        f"{by} incident location",
        "Injuries to officers",
        "Injuries to person involved",
        "Incidents by police force",
    ]
    used = {force: _used(force, year, seed) for force in FORCES}
    tables: dict[str, Rows] = {title + suffix: [] for title in titles[:-1]}
    tables[titles[-1] + suffix] = _by_region(used)
    tables[f"Use of CED by type and police force: 1 April {year - 1} to 31 March {year}"] = _ced(used, year)
    for scope, what in perceived.items():
        tables[f"{by} police force and {what}{suffix}"] = _by_person(scope, used, year, seed)
    sheets: dict[str, Iterable[Sequence[str | int | float | date]]] = {
        "Cover_sheet": [[f"Police use of force statistics, England and Wales\nApril {year - 1} - March {year}"]],
        "Contents": [[f"Police use of force statistics, England and Wales, 1 April {year - 1} to 31 March {year}"]],
    }
    for number, (title, rows) in enumerate(tables.items(), start=1):
        sheets[f"Table_{number}"] = [[f"Table {number}. {title}"], ["Contents"], [], *rows]
    return sheets


def _used(force: str, year: int, seed: int) -> int:
    expected = MET if force == _MET else REST * THOUSANDS[FORCES.index(force)] / _ALL_OTHERS
    return int(generator(seed, "use of force", force, year).poisson(expected))


def _spelt(force: str) -> str:
    return SPELT_FORCES[FORCES.index(force)]


def _by_region(used: dict[str, int]) -> Rows:
    incidents = {force: round(0.69 * tactics) for force, tactics in used.items()}
    rows: Rows = [
        ["Region", "Police force", "Total"],
        ["England and Wales", "Total England and Wales", sum(incidents.values())],
    ]
    for region, forces in REGIONS.items():
        name = {"East": "East of England", "Yorkshire and The Humber": "Yorkshire and the Humber"}.get(region, region)
        if region != "British Transport Police":
            rows.append([name, f"Total {name} ", sum(incidents[force] for force in forces)])
            rows += [[name, _spelt(force), incidents[force]] for force in forces]
    return [*rows, [], ["Notes"]]


def _ced(used: dict[str, int], year: int) -> Rows:
    def parts(tactics: int) -> list[int]:
        drawn, aimed, red_dot, arced, stun, fired, angled, unknown = (
            round(0.044 * tactics * share) for share in (0.24, 0.11, 0.55, 0.005, 0.001, 0.09, 0.001, 0.003)
        )
        held, discharged = drawn + aimed + red_dot + arced, stun + fired + angled
        return [
            held + discharged + unknown, held, drawn, aimed, red_dot, arced, discharged, stun, fired, angled, unknown,
        ]  # fmt: skip

    label = f"{year - 1}/{year % 100:02}"
    forces = {force: parts(tactics) for force, tactics in used.items()}
    whole = [sum(column) for column in zip(*forces.values(), strict=True)]
    rows: Rows = [
        ["Financial year", "Region", "Police force", *USES, "CED not \nstated"],
        [label, "England and Wales", "*Total England and Wales", *whole],
    ]
    for region, names in REGIONS.items():
        rows += [[label, region, _spelt(force), *forces[force]] for force in names if force in forces]
    return [*rows, [], ["Notes"]]


def _by_person(scope: str, used: dict[str, int], year: int, seed: int) -> Rows:
    groups = ETHNICITY if scope == "ethnicity" else CATEGORIES[scope]
    rows: Rows = [
        ["Total number of incidents involving group", "", "", f"Perceived {scope}"],
        ["Police force", "Type of force", "Tactic", *groups, TOTAL],
    ]
    whole = np.zeros((len(TACTICS), len(groups)), dtype=np.int64)
    stated: Rows = []
    for force, tactics in used.items():
        shares = np.array(MET_ETHNICITY if force == _MET and scope == "ethnicity" else SHARES[scope])
        for number, (kind, tactic, share) in enumerate(TACTICS):
            rng = generator(seed, "use of force", force, year, number)  # a tactic's total is the same in every table
            counts = rng.multinomial(round(tactics * share), shares / shares.sum())
            whole[number] += counts
            stated.append([_spelt(force), kind, tactic, *map(int, counts), int(counts.sum())])
    for (kind, tactic, _), counts in zip(TACTICS, whole, strict=True):
        rows.append(["Total England and Wales", kind, tactic, *map(int, counts), int(counts.sum())])
    return [*rows, *stated, [], ["Notes"]]
