"""Landing a wide file of 105,000 rows and 24 months, against what DuckDB alone needs for the same cells.

The layout is that of the MPS file by small area (LSOA), the widest that the publishers have; its figures are made up.
"""

import resource
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pandera.polars as pa
import polars as pl

from orchestration.intake import take
from orchestration.store import FolderStore
from orchestration.warehouse import Warehouse
from sources.feed import Cadence, Feed, History
from sources.mps.wide import wide_layout

SMALL_AREAS, CATEGORIES, MONTHS = 5_000, 21, 24
COLUMNS = {
    "LSOA Code": "area_code",
    "LSOA Name": "area_name",
    "Borough": "borough_code",
    "Major Category": "major_category",
    "Minor Category": "minor_category",
}
SMALL_AREA_CRIME = Feed(
    name="bench_recorded_crime_lsoa",
    source="mps",
    title="Recorded crime by small area, made up",
    publisher="nobody",
    address="",
    licence="",
    file_names=(),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=21),
    layouts=(wide_layout("lsoa", COLUMNS),),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_code": pa.Column(pl.String, pa.Check.str_matches(r"^E01\d{6}$")),
            "area_name": pa.Column(pl.String),
            "borough_code": pa.Column(pl.String, pa.Check.str_matches(r"^E09\d{6}$")),
            "major_category": pa.Column(pl.String),
            "minor_category": pa.Column(pl.String),
            "offences": pa.Column(pl.Int64, pa.Check.in_range(0, 50_000)),
        },
        unique=["area_code", "major_category", "minor_category", "period_start"],
        strict=True,
    ),
    history=History(total="sum(offences)", moves=0.05, at_least=MONTHS),
)


@dataclass(frozen=True)
class Cost:
    """Seconds and peak memory (MB) of one run in a process of its own; `idle` is its memory before the work."""

    seconds: float
    peak: int
    idle: int


def write_wide_file(path: Path) -> None:
    """Write the file: 105,000 rows, 2.5 million cells."""
    months = [f"{2024 + month // 12}{month % 12 + 1:02}" for month in range(MONTHS)]
    counts = ", ".join(f'(hash(area * 31 + category * 7 + {n}) % 9)::int as "{m}"' for n, m in enumerate(months))
    with duckdb.connect() as con:
        con.execute(f"""
            copy (
                select 'E01' || lpad(area::varchar, 6, '0') as "LSOA Code",
                       'Place ' || area // 10 || ' ' || lpad((area % 1000)::varchar, 3, '0') || 'A' as "LSOA Name",
                       'E090000' || lpad((area % 33 + 1)::varchar, 2, '0') as "Borough",
                       'MAJOR CATEGORY ' || category // 4 as "Major Category",
                       'MINOR CATEGORY ' || category as "Minor Category", {counts}
                from range({SMALL_AREAS}) areas(area), range({CATEGORIES}) categories(category)
            ) to '{path}' (header)
        """)


def bare(path: Path, folder: Path) -> float:
    """Read, unpivot and write the file with DuckDB alone; return the seconds."""
    started = time.perf_counter()
    identifying = ", ".join(f'"{name}"' for name in COLUMNS)
    with duckdb.connect(str(folder / "bare.duckdb")) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"""
            create table cells as from read_csv('{path}', header = true)
            unpivot (offences for month in (columns(* exclude ({identifying}))))
        """)
    return time.perf_counter() - started


def line(path: Path, folder: Path, feed: Feed = SMALL_AREA_CRIME) -> float:
    """Take the file through our landing, from inbox to committed rows; return the seconds."""
    inbox, archive = FolderStore(folder / "inbox"), FolderStore(folder / "archive")
    warehouse = Warehouse(folder / "landing.duckdb", (feed,), patience=5)
    warehouse.prepare()
    inbox.put(path.name, path)
    started = time.perf_counter()
    result = take(path.name, inbox, archive, warehouse)
    seconds = time.perf_counter() - started
    assert result.outcome == "landed", result.report
    return seconds


def measure(work: Callable[[Path, Path], float], path: Path, folder: Path) -> Cost:
    """Run `work` in a process of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(partial(_measured, work, path, folder)).result()


def _measured(work: Callable[[Path, Path], float], path: Path, folder: Path) -> Cost:
    idle = _peak()
    return Cost(work(path, folder), _peak(), idle)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
