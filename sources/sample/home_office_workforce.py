"""Home Office police workforce: the tables of September's bulletin, and the open data table of each March.

The open data table goes back to 2007; the sample's holds the latest two years.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sources.home_office.places import FORCES
from sources.home_office.workforce import ALL_FORCES, SECONDED, SPELT_FORCES, TOTAL, WORKERS
from sources.home_office.workforce_open_data import RANKS
from sources.sample.files import PublishedFile, ods
from sources.sample.home_office_crime import REGIONS, THOUSANDS
from sources.sample.truth import generator, last_day, month_number

LAG = timedelta(days=120)
OPEN_DATA_YEARS = 2

PEOPLE = (123_189, 63_500, 4_500, 68_000, 9_600, 10_640, 7_500)
"""Officers and the others, in their order, in the 43 forces on 30 September 2019, as published, the last ones about."""
FTE_PER_HEAD = 0.97
FEMALE = (0.28, 0.6)
"""Women among officers, as published for 2018 in the MPS, and among all others, about."""
RANK_SHARES = (0.002, 0.003, 0.007, 0.015, 0.05, 0.16, 0.763)
"""Officers from chief officers to constables, about."""

CODES = {
    force: f"{'W15' if number > 39 else 'E23'}{number - 39 if number > 39 else number:06}"
    for number, force in enumerate(
        (
            "Metropolitan Police", "Cumbria", "Lancashire", "Merseyside", "Greater Manchester", "Cheshire",
            "Northumbria", "Durham", "North Yorkshire", "West Yorkshire", "South Yorkshire", "Humberside",
            "Cleveland", "West Midlands", "Staffordshire", "West Mercia", "Warwickshire", "Derbyshire",
            "Nottinghamshire", "Lincolnshire", "Leicestershire", "Northamptonshire", "Cambridgeshire", "Norfolk",
            "Suffolk", "Bedfordshire", "Hertfordshire", "Essex", "Thames Valley", "Hampshire", "Surrey", "Kent",
            "Sussex", "City of London", "Devon and Cornwall", "Avon and Somerset", "Gloucestershire", "Wiltshire",
            "Dorset", "North Wales", "Gwent", "South Wales", "Dyfed-Powys",
        ),
        start=1,
    )
}  # fmt: skip
"""Codes of the police force areas: 39 of England and 4 of Wales, each counted from 1."""

_REGION_NAMES = {"East": "Eastern", "Yorkshire and The Humber": "Yorkshire and the Humber"}
_UNIT_OF = {"FTE": "Full-time equivalents", "headcount": "Headcount"}
_SHARES = dict(zip(SPELT_FORCES, THOUSANDS, strict=False))
_ALL = sum(_SHARES.values())


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the bulletin of the latest September and the open data table of the latest March out on `as_of`."""
    september, march = _latest(as_of, 9), _latest(as_of, 3)
    day = last_day(september)
    return [
        PublishedFile(f"police-workforce-{day:%b%y}-tables.ods".lower(), day + LAG, _bulletin(september, seed)),
        PublishedFile(
            f"open-data-table-police-workforce-{last_day(march) + LAG:%d%m%y}.ods",
            last_day(march) + LAG,
            _open_data(march, seed),
        ),
    ]


def _latest(as_of: date, month: int) -> int:
    last = month_number(as_of)
    while last % 12 != month - 1 or last_day(last) + LAG > as_of:
        last -= 1
    return last


def _people(worker: int, force: str, month: int, seed: int) -> float:
    """Return the full-time equivalents of a kind of worker in a force at the end of a month."""
    spread = generator(seed, "workforce", worker, force).normal(1, 0.05)
    drift = generator(seed, "workforce", worker, force, month).normal(1, 0.01)
    return round(PEOPLE[worker] * _SHARES[force] / _ALL * spread * drift, 2)


def _bulletin(september: int, seed: int) -> bytes:
    dates = [last_day(september - back) for back in (12, 6, 0)]
    whole = f"England and Wales, {', '.join(f'{day:%-d %B %Y}' for day in dates[:2])} and {dates[2]:%-d %B %Y}"
    tables = [*((worker, "FTE") for worker in range(5)), (-1, "FTE"), *((worker, "headcount") for worker in range(7))]
    sheets: dict[str, Iterable[Sequence[str | int | float | date]]] = {
        "Index": [[f"Police Workforce, England and Wales, {dates[2]:%-d %B %Y}"]]
    }
    for number, (worker, unit) in enumerate(tables, start=1):
        sheets[f"Table_{number}"] = (
            _series(number, dates[2]) if worker < 0 else _table(f"Table {number}: ", worker, unit, whole, dates, seed)
        )
    return ods(sheets)


def _series(number: int, day: date) -> list[list[str | int | float | date]]:
    title = (
        f"Table {number}: Police officers1, police staff, designated officers, police community support officers and "
        f"traffic wardens, England and Wales, 30 September 2006 to {day.year} (FTE)"
    )
    return [[title], [], ["England and Wales"]]


def _table(
    number: str, worker: int, unit: str, whole: str, dates: Sequence[date], seed: int
) -> list[list[str | int | float | date]]:
    name = WORKERS[worker]
    powers = {2: " (s.38, s.391)", 3: " (s.38, s.391) combined"}.get(worker, "")
    rows: list[list[str | int | float | date]] = [
        [f"{number}{name}{powers} by police force area, {whole}1 ({unit})"],
        [],
        ["England and Wales", *[""] * 6, _UNIT_OF[unit]],
        ["", "As at:"],
        [],
        ["", *dates],
    ]
    spelt = dict(zip(FORCES, SPELT_FORCES, strict=True))
    total = [0.0] * len(dates)
    for region, forces in REGIONS.items():
        if region == "British Transport Police":
            continue
        figures = {spelt[force]: [_figure(worker, unit, spelt[force], day, seed) for day in dates] for force in forces}
        sums = [round(sum(column), 2) for column in zip(*figures.values(), strict=True)]
        total = [round(before + more, 2) for before, more in zip(total, sums, strict=True)]
        label = _REGION_NAMES.get(region, region)
        rows.append([label if label == "Wales" else f"{label} ", *sums])
        rows += [[force, *stated] for force, stated in figures.items()]
    railway = [round(figure / 40) for figure in total]
    rows.append([ALL_FORCES, *total])
    if worker == 0:
        rows.append([SECONDED, *(400.0 for _ in dates)])
    rows += [
        ["British Transport Police", *railway],
        [TOTAL, *(round(a + b, 2) for a, b in zip(total, railway, strict=True))],
        [],
        ["Notes"],
    ]
    return rows


def _figure(worker: int, unit: str, force: str, day: date, seed: int) -> float:
    if worker == 3:  # staff and designated officers together
        return round(_figure(1, unit, force, day, seed) + _figure(2, unit, force, day, seed), 2)
    fte = _people(worker, force, month_number(day), seed)
    return fte if unit == "FTE" else round(fte / FTE_PER_HEAD)


def _open_data(march: int, seed: int) -> bytes:
    header = (
        "As at 31 March", "Geocode", "Force name", "Region", "Sex", "Rank", "Worker type", "Total (Headcount)",
        "Total (FTE)",
    )  # fmt: skip
    rows: list[Sequence[str | int | float | date]] = [header]
    for month in range(march - 12 * (OPEN_DATA_YEARS - 1), march + 1, 12):
        for region, forces in REGIONS.items():
            for force in forces:
                rows += _open_data_rows(month, force, _REGION_NAMES.get(region, region), seed)
    return ods({"Data": rows})


def _open_data_rows(month: int, force: str, region: str, seed: int) -> Iterable[Sequence[str | int | float | date]]:
    spelt = dict(zip(FORCES, SPELT_FORCES, strict=True)).get(force)
    code = CODES.get(force, "")
    ranks = [(0, rank, "Police Officer", share) for rank, share in zip(RANKS, RANK_SHARES, strict=False)]
    for worker, rank, kind, share in [
        *ranks,
        (1, "Police Staff", "Police Staff", 1.0),
        (4, "Community Support Officer", "Police Community Support Officer", 1.0),
        (5, "Special Constable", "Special Constable", 1.0),
    ]:
        people = _people(worker, spelt, month, seed) * share if spelt else PEOPLE[worker] * share / 40
        female = FEMALE[worker > 0]
        for sex, part in (("Female", female), ("Male", 1 - female)):
            fte: str | float = "N/A" if rank == "Special Constable" else round(people * part, 2)
            heads = round(people * part / FTE_PER_HEAD)
            yield (last_day(month).year, code, spelt or force, region, sex, rank, kind, heads, fte)
