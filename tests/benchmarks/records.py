"""Street-level crimes at size: ten million records in one file, landed, modelled, and one month more after them.

The file is of the published layout and its records are made up: a hundred months of the Metropolitan Police, which
states about a hundred thousand a month. It takes some twelve gigabytes of the temporary folder.
"""

import codecs
import time
from pathlib import Path

import duckdb

from sources.mps.places import WARDS
from sources.ons.lsoa_2011_wards import CITY_WARDS
from sources.police_uk import street
from tests.benchmarks import wide
from tests.benchmarks.vintages import run
from tests.deliveries import written
from tests.integration.line import Line

MONTHS, EACH = 100, 100_000
FIRST = "2016-01-01"
SMALL_AREAS_OF_A_WARD = 7

_DISTRICTS = {
    name: (f"E090000{number:02}", wards)
    for number, (name, wards) in enumerate([("City of London", CITY_WARDS), *sorted(WARDS.items())], start=1)
}
PLACES = [
    (f"E01{number:06}", f"{name} {number % 900 + 1:03}A", ward, code, name)
    for number, (name, code, ward) in enumerate(
        (name, code, ward)
        for name, (code, wards) in _DISTRICTS.items()
        for ward in wards
        for _ in range(SMALL_AREAS_OF_A_WARD)
    )
]
"""Small areas that are made up, with their real wards and boroughs: about as many as London has."""


def write_records(path: Path, months: int, first: int = 0) -> None:
    """Write so many months of crimes, `EACH` a month, from the `first` after `FIRST`."""
    places = [(code, name) for code, name, *_, borough in PLACES if borough != "City of London"]
    outcomes = ["Under investigation", "Investigation complete; no suspect identified", "Unable to prosecute suspect"]
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute(
            f"""
            copy (
                select sha256(n::varchar) as "Crime ID",
                       strftime(date '{FIRST}' + to_months((n // {EACH})::int), '%Y-%m') as "Month",
                       'Metropolitan Police Service' as "Reported by", 'Metropolitan Police Service' as "Falls within",
                       (hash(n) % 800000 / 1e6 - 0.5)::decimal(9, 6) as "Longitude",
                       (hash(n, 1) % 400000 / 1e6 + 51.3)::decimal(9, 6) as "Latitude",
                       'On or near Street ' || hash(n, 2) % 40000 as "Location",
                       $codes[1 + place] as "LSOA code", $names[1 + place] as "LSOA name",
                       $types[1 + (hash(n, 3) % {len(street.CRIME_TYPES)})::int] as "Crime type",
                       $outcomes[1 + (hash(n, 4) % {len(outcomes)})::int] as "Last outcome category",
                       null as "Context"
                from (select n, (hash(n, 5) % {len(places)})::int as place
                      from range({first * EACH}, {(first + months) * EACH}) as numbers (n))
            ) to '{path}' (header)
            """,
            {
                "codes": [code for code, _ in places],
                "names": [name for _, name in places],
                "types": list(street.CRIME_TYPES),
                "outcomes": outcomes,
            },
        )


def bare(path: Path, folder: Path) -> float:
    """Read and write the file with DuckDB alone; return the seconds."""
    started = time.perf_counter()
    with duckdb.connect(str(folder / "bare.duckdb")) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"create table records as from read_csv('{path}', header = true)")
    return time.perf_counter() - started


def land(path: Path, folder: Path) -> float:
    """Take the file through our landing; return the seconds."""
    return wide.line(path, folder, street.FEED)


def one_more_month(folder: Path, path: Path) -> dict[int, list[dict[str, float]]]:
    """Return, for one month held and for all, the seconds of the run that took them and of the best with one more."""
    held = {1: folder / "month.csv", MONTHS: path}
    write_records(held[1], 1, MONTHS - 1)
    lines = {months: _line(folder / f"months-{months}") for months in held}
    costs: dict[int, list[dict[str, float]]] = {}
    for months, line in lines.items():
        line.inbox.joinpath("street.csv").hardlink_to(held[months])
        costs[months] = [run(line)]
    more: dict[int, list[dict[str, float]]] = {months: [] for months in lines}
    for number in range(3):  # in turns, so that a slow moment of the machine meets both
        next_month = folder / "next.csv"
        write_records(next_month, 1, MONTHS + number)
        for months, line in lines.items():
            line.drop(next_month, "street.csv")
            more[months].append(run(line))
    return {months: [*costs[months], min(more[months], key=lambda cost: cost["all"])] for months in lines}


def _line(folder: Path) -> Line:
    """Return an installation that knows where the small areas lie."""
    line = Line(folder)
    header = (
        "LSOA21CD", "LSOA21NM", "LSOA21NMW", "WD25CD", "WD25NM", "WD25NMW", "LAD25CD", "LAD25NM", "LAD25NMW", "ObjectId"
    )  # fmt: skip
    rows = [
        (code, name, "", ward, f"Ward {ward[-3:]}", "", district, borough, "", row)
        for row, (code, name, ward, district, borough) in enumerate(PLACES, start=1)
    ]
    (line.inbox / "lookup.csv").write_bytes(codecs.BOM_UTF8 + written([header, *rows]))
    run(line)
    return line
