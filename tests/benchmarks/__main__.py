"""Run the benchmarks and print their tables. Ratios are of one run; the seconds are this machine's."""

from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import daemon, location, vintages, wide

ROUNDS = 5
console = Console(width=120)


def main() -> None:
    """Measure landing, one more delivery, file to snapshot, and the start of the code location."""
    with TemporaryDirectory(prefix="oversight-bench-") as folder:
        for part in (landing, one_more_delivery, file_to_snapshot, start_up):
            part(Path(folder))


def landing(folder: Path) -> None:
    """Print the cost of landing a wide file."""
    path = folder / "wide.csv"
    wide.write_wide_file(path)
    # The two take turns, so that a slow moment of the machine meets both; the least of each is its cost.
    rounds = [[wide.measure(work, path, folder / "wide") for work in (wide.bare, wide.line)] for _ in range(ROUNDS)]
    bare, line = (min(costs, key=lambda cost: cost.seconds) for costs in zip(*rounds, strict=True))
    table = Table(title=f"Landing 105,000 rows x 24 months (least of {ROUNDS})", title_justify="left")
    for heading in ("", "seconds", "peak MB", "of it before the work"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, cost in (
        ("DuckDB alone: read, unpivot, write", bare),
        ("archive, recognise, parse, validate, land", line),
    ):
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
