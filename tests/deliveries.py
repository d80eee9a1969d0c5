"""Small deliveries in a publisher's layout, and a desk to take them at. Real files are in `extracts`."""

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import xlsxwriter

from orchestration.intake import SIDE_CAR, Result, bytes_key, take
from orchestration.store import FolderStore
from orchestration.warehouse import Warehouse
from sources.feed import Layout
from sources.mps.places import BOROUGHS
from sources.mps.recorded_crime_borough import FEED as BOROUGH_CRIME
from sources.registry import FEEDS

RECENT = "MPS Borough Level Crime (most recent 24 months).csv"
CATEGORIES = (("ROBBERY", "ROBBERY OF PERSONAL PROPERTY"), ("SEXUAL OFFENCES", "RAPE"))
BOROUGH_LAYOUT = BOROUGH_CRIME.layouts[1]

Rows = list[list[str]]


def months(first: str, number: int) -> list[str]:
    """Return the labels of so many months from `first`, as the crime files write them."""
    start = int(first[:4]) * 12 + int(first[4:]) - 1
    return [f"{month // 12}{month % 12 + 1:02}" for month in range(start, start + number)]


def borough_crime(
    *,
    layout: Layout = BOROUGH_LAYOUT,
    first: str = "202304",
    number: int = 24,
    count: int = 100,
    categories: Iterable[tuple[str, str]] = CATEGORIES,
    edit: Callable[[Rows], object] = lambda rows: None,
) -> bytes:
    """Return a whole borough file with `count` in every cell; `edit` may change its records, header first."""
    header = [*map(str, layout.header), *months(first, number)]
    rows = [
        header,
        *([*category, area, *[str(count)] * number] for category in categories for area in sorted(BOROUGHS)),
    ]
    edit(rows)
    return written(rows)


def dashboard(
    layout: Layout,
    *,
    crimes: Iterable[tuple[str, str]] = (("Knife Crime", "Knife Crime"),),
    number: int = 36,
    edit: Callable[[Rows], object] = lambda rows: None,
) -> bytes:
    """Return a dashboard file from April 2022 with one offence a borough and month; `edit` may change it."""
    header = [name for name in layout.header if isinstance(name, str)]
    rows = [header]
    for month in range(2022 * 12 + 3, 2022 * 12 + 3 + number):
        year = (month - 3) // 12 % 100
        label = f"{year}-{year + 1}"
        for crime_type, subtype in crimes:
            for area_type in ("Borough", "Safer Neighbourhood Teams"):
                for borough in sorted(BOROUGHS):
                    cells = {
                        "Month_Year": f"01/{month % 12 + 1:02}/{month // 12}",
                        "Area Type": area_type,
                        "Borough_SNT": borough if area_type == "Borough" else f"{borough} Abbey ",
                        "Area name": borough if area_type == "Borough" else "Abbey",
                        "Area code": "E09000001" if area_type == "Borough" else "E05000001 ",
                        "Crime Type": crime_type,
                        "Crime Subtype": subtype,
                        "Measure": "Offences",
                        "Financial Year": f"fy{label}",
                        "FY_FYIndex": f"{label}_01",
                        "Count": "1",
                        "Refresh Date": "18/04/2026",
                    }
                    rows.append([cells[name] for name in header])
    edit(rows)
    return written(rows)


def written(rows: Iterable[Sequence[object]]) -> bytes:
    """Return records as CSV with CRLF, like the publishers'."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def records(content: bytes) -> Rows:
    """Return the records of a CSV."""
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def changed(content: bytes, row: int, **cells: str) -> bytes:
    """Return a CSV with cells of one record changed; names are columns, `_` standing for a space."""
    rows = records(content)
    for name, value in cells.items():
        rows[row][rows[0].index(name.replace("_", " ") if name not in rows[0] else name)] = value
    return written(rows)


def workbook(rows: Iterable[Sequence[object]], sheet: str = "Volume and Rates") -> bytes:
    """Return an xlsx of one sheet."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    """Return a zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    """Return the members of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def _prepared() -> bytes:
    with TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / "landing.duckdb", FEEDS, patience=5)
        warehouse.prepare()
        return warehouse.path.read_bytes()


class Desk:
    """An inbox, an archive and a landing database in one folder."""

    def __init__(self, folder: Path) -> None:
        self.inbox = FolderStore(folder / "inbox")
        self.archive = FolderStore(folder / "archive")
        self.warehouse = Warehouse(folder / "landing.duckdb", FEEDS, patience=5)
        self.inbox.root.mkdir(parents=True)
        self.warehouse.path.write_bytes(_prepared())

    def copy(self, folder: Path) -> "Desk":
        """Return a second desk in the same state."""
        other = Desk(folder)
        shutil.copytree(self.inbox.root.parent, folder, dirs_exist_ok=True)
        return other

    def drop(self, content: bytes, name: str = RECENT, **side_car: object) -> None:
        """Put a file into the inbox, and a side-car if anything is said."""
        (self.inbox.root / name).write_bytes(content)
        if side_car:
            (self.inbox.root / f"{name}{SIDE_CAR}").write_text(json.dumps(side_car))

    def take(self, content: bytes, name: str = RECENT, **side_car: object) -> Result:
        """Drop a file and take it."""
        self.drop(content, name, **side_car)
        return take(name, self.inbox, self.archive, self.warehouse)

    def archived(self, sha256: str) -> bytes:
        """Return the archived bytes of this hash."""
        return (self.archive.root / bytes_key(sha256)).read_bytes()

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Query the landing database."""
        with self.warehouse.read() as con:
            return con.execute(sql, parameters).fetchall()

    def landed(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of coverage and of the feeds' tables."""
        with self.warehouse.read() as con:
            tables = ["coverage", *(feed.name for feed in FEEDS)]
            return {name: con.execute(f'from "{name}" order by all').fetchall() for name in tables}

    def receipts(self, *leave_out: str) -> list[tuple[Any, ...]]:
        """Return every receipt, but for the moment of its landing and the columns left out."""
        columns = ", ".join(["landed_at", *leave_out])
        return self.query(f"select * exclude ({columns}) from receipts order by sha256")

    def waiting(self) -> list[str]:
        """Return the keys in the inbox."""
        return [entry.key for entry in self.inbox.list()]


def tidy_rows(path: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    """Return tidy rows that were written to `path`."""
    return duckdb.sql(f"select {columns} from read_parquet('{path}') order by all").fetchall()
