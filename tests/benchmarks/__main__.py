"""Run the benchmarks and print their tables. Ratios are of one run; the seconds are this machine's."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import daemon, location, records, vintages, wide

ROUNDS, RECORD_ROUNDS = 5, 2
Work = Callable[[Path, Path], float]
console = Console(width=120)


def main(parts: Annotated[list[str] | None, typer.Argument(help="Those to run; all if none is named.")] = None) -> None:
    """Measure landing, records at size, one more delivery, file to snapshot, and the start of the code location."""
    known = {part.__name__: part for part in (landing, records_at_size, one_more_delivery, file_to_snapshot, start_up)}
    if unknown := set(parts or ()) - set(known):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: the parts are {', '.join(known)}")
    with TemporaryDirectory(prefix="oversight-bench-") as folder:
        for name in parts or known:
            known[name](Path(folder))


def landing(folder: Path) -> None:
    """Print the cost of landing a wide file."""
    path = folder / "wide.csv"
    wide.write_wide_file(path)
    title = f"Landing 105,000 rows x 24 months (least of {ROUNDS})"
    _against_bare(title, "read, unpivot, write", wide.bare, wide.line, path, ROUNDS)


def records_at_size(folder: Path) -> None:
    """Print the cost of landing ten million records, of the marts after them, and of one more month."""
    path = folder / "records.csv"
    records.write_records(path, records.MONTHS)
    size = f"{records.MONTHS * records.EACH:,} records, {path.stat().st_size / 1e9:.1f} GB"
    title = f"Landing {size} (least of {RECORD_ROUNDS}; at most 4,096 MB)"
    _against_bare(title, "read, write", records.bare, records.land, path, RECORD_ROUNDS)
    costs = records.one_more_month(folder, path)
    table = Table(title="Months of records, from the inbox to the snapshot: seconds", title_justify="left")
    for heading in ("months held", "delivery", *costs[1][0]):
        table.add_column(heading, justify="right")
    for months, (first, more) in costs.items():
        table.add_row("0", f"{months} months", *(f"{seconds:.1f}" for seconds in first.values()))
        table.add_row(str(months), "one more", *(f"{seconds:.1f}" for seconds in more.values()))
    ratio = costs[records.MONTHS][1]["all"] / costs[1][1]["all"]
    console.print(table, f"ratio of one more month {ratio:.2f} (at most 1.5)\n")


def _against_bare(title: str, does: str, bare_work: Work, work: Work, path: Path, rounds: int) -> None:
    """Print what our landing of a file costs beside DuckDB alone."""
    # The two take turns, so that a slow moment of the machine meets both; the least of each is its cost.
    costs = [[wide.measure(each, path, path.with_suffix("")) for each in (bare_work, work)] for _ in range(rounds)]
    bare, line = (min(of_one, key=lambda cost: cost.seconds) for of_one in zip(*costs, strict=True))
    table = Table(title=title, title_justify="left")
    for heading in ("", "seconds", "peak MB", "of it before the work"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, cost in ((f"DuckDB alone: {does}", bare), ("archive, recognise, parse, validate, land", line)):
        table.add_row(name, f"{cost.seconds:.2f}", str(cost.peak), str(cost.idle))
    console.print(table, f"ratio {line.seconds / bare.seconds:.2f} (at most 3)\n")


def one_more_delivery(folder: Path) -> None:
    """Print the cost of one more delivery with few and with many vintages held."""
    console.print(f"Landing {vintages.MANY} vintages first ...")
    few, many = vintages.measure(folder)
    table = Table(title="One more delivery, from the inbox to the snapshot", title_justify="left")
    for heading in ("vintages held", *few):
        table.add_column(heading, justify="right")
    for held, costs in ((vintages.FEW, few), (vintages.MANY, many)):
        table.add_row(str(held), *(f"{seconds:.2f}" for seconds in costs.values()))
    console.print(table, f"ratio {many['all'] / few['all']:.2f} (at most 1.5)\n")


def file_to_snapshot(folder: Path) -> None:
    """Print how long a dropped file takes to reach the snapshot, against a bare build."""
    table = Table(title="From a file dropped to the snapshot swapped, the daemon running", title_justify="left")
    for heading in ("delivery", "file to snapshot", "dbt build of the same models", "difference"):
        table.add_column(heading, justify="left" if heading == "delivery" else "right")
    differences = []
    for name, waited, bare in daemon.measure(folder):
        differences.append(waited - bare)
        table.add_row(name, f"{waited:.1f}", f"{bare:.1f}", f"{waited - bare:.1f}")
    console.print(table, f"least difference {min(differences):.1f} s (first step: under 12)\n")


def start_up(folder: Path) -> None:
    """Print how long the code location takes to load, and what it must not load."""
    seconds, loaded = location.measure()
    console.print(f"Code location: loads in {seconds:.1f} s; Great Expectations imported: {'yes' if loaded else 'no'}")
    if loaded:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
