"""The cost of one more delivery of the borough file, with one and with many earlier vintages held.

The one covers as many months as the many together, so that the marts are equally large and only the history differs.
"""

import time
from pathlib import Path

import duckdb

from tests.deliveries import months
from tests.integration.line import Line, failures

FEW, MANY = 1, 60
START, SPAN, PUBLISHED = "201604", 24, "2023-03-21"
AREAS = 34
CELLS_CHANGED = 13
"""Per cent of the cells that change from a vintage to the next, as between the files of November and December 2025."""


def measure(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return the seconds of each part of a run that takes one more delivery, for few and many vintages held."""
    lines = {held: _line(folder / f"held-{held}", held) for held in (FEW, MANY)}
    rounds: dict[int, list[dict[str, float]]] = {held: [] for held in lines}
    for more in range(3):  # in turns, so that a slow moment of the machine meets both
        for held, line in lines.items():
            write_vintage(line.inbox / "crime.csv", MANY + more)
            rounds[held].append(run(line))
    few, many = (min(costs, key=lambda cost: cost["all"]) for costs in rounds.values())
    return few, many


def _line(folder: Path, held: int) -> Line:
    line = Line(folder)
    if held == FEW:
        write_vintage(line.inbox / "crime.csv", MANY - 1, span=SPAN + MANY - 1)
        # A file of another span than 24 months cannot date itself.
        (line.inbox / "crime.csv.delivery.json").write_text(f'{{"published": "{PUBLISHED}"}}')
    else:
        for number in range(MANY):
            write_vintage(line.inbox / f"{number:02}.csv", number)
    run(line)
    return line


def run(line: Line) -> dict[str, float]:
    """Take what is in the inbox; return the seconds of each part of the run."""
    started = time.perf_counter()
    result = line.run("intake_job")
    seconds = time.perf_counter() - started
    assert result.success, failures(result)
    steps = {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key
    }
    return {
        "landing": steps["intake"],
        "build": steps["dbt_build"],
        "snapshot": steps["analysts__snapshot"],
        "all": seconds,
    }


def write_vintage(path: Path, number: int, span: int = SPAN) -> None:
    """Write the `number`th monthly vintage: 1,122 rows, some cells other than in the vintage before."""
    labels = months(START, SPAN + number)[-span:]
    counts = ", ".join(
        f"""(20 + hash(category, area, {label}) % 90
             + (hash(category, area, {label}, {number}) % 100 < {CELLS_CHANGED})::int)::int as "{label}" """
        for label in labels
    )
    with duckdb.connect() as con:
        con.execute(f"""
            copy (select major as "MajorText", minor as "MinorText", name as "BoroughName", {counts}
                  from (values {_values(_categories())}) as categories (category, major, minor),
                       (values {_values(_areas())}) as areas (area, name))
            to '{path.with_name(f".{path.name}")}' (header, delimiter ',')
        """)
    path.with_name(f".{path.name}").replace(path)


def _values(rows: list[tuple[object, ...]]) -> str:
    return ", ".join("(" + ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in row) + ")" for row in rows)


def _categories() -> list[tuple[object, ...]]:
    from sources.mps.taxonomies import TAXONOMIES

    taxonomy = next(each for each in TAXONOMIES if each.name == "connect-2025")
    return [(number, *name.split("/", 1)) for number, name in enumerate(sorted(taxonomy.categories))]


def _areas() -> list[tuple[object, ...]]:
    from sources.mps.recorded_crime_borough import BOROUGHS, OTHER_AREAS

    return list(enumerate(sorted(BOROUGHS | OTHER_AREAS)))
