"""How the bytes of a file become a relation named `raw` in DuckDB, every value text.

Four readers serve all feeds so far: delimited text, the cells of a workbook sheet, those of several sheets, and those
of a workbook that is known by the titles of its sheets. A reader tells the header and loads the rows; it never guesses
a type, a delimiter or an encoding. What the columns mean belongs in the feed's layout.
"""

import codecs
import csv
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, Protocol, TextIO

import duckdb

from sources.report import Problem, Refusal, quoted
from sources.workbooks import BROKEN as BROKEN_WORKBOOK
from sources.workbooks import bounded_copy

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

CHUNK = 1 << 20
EXAMPLES = 5
"""Rows of a problem that a report shows; all of them are counted."""

HEADER_LIMIT = 100_000
"""Characters of a header: the longest of our sources has 2,000.

Below the longest field that Python's `csv` reads, which is a setting of the process and changed by other libraries.
"""

COLUMN_LIMIT = 10_000

RECORD_LIMIT = CHUNK
"""Bytes of a record, give or take what is read at once; DuckDB's buffers are many times that."""

REJECTS_LIMIT = 100_000
"""Rows that do not read which are recorded, each with its text; of more it is only known that there are."""

BROKEN_CSV = "It was damaged, or is no CSV. Ask the publisher for the file again."


class Reader(Protocol):
    """Reads one kind of file."""

    kind: ClassVar[str]

    def header(self, path: Path) -> tuple[str, ...]:
        """Return the header; raises `Refusal` where the file is not of this kind."""

    def load(self, con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...]) -> AbstractContextManager[None]:
        """Offer the relation `raw` in `con` for as long as the context lasts.

        Raises `Refusal` naming the rows that do not read, at the end of the context at the latest: what was read in it
        is worth nothing until then.
        """


@dataclass(frozen=True)
class Csv:
    """Delimited text with one header record.

    Args:
        final_newline: the publisher ends the file with a newline, so that a file without one was cut off.
        fields: number of fields of a data row where it differs from the header's (Fingertips).
        encoding: a codec name; the whole file must decode.
        delimiter: one character.
        told_by: a column by whose value in the first record a file is told from others with the same columns; its
            header ends with that value, as in `[Crime Type: Knife Crime]`.
    """

    kind: ClassVar[str] = "CSV"
    final_newline: bool = True
    fields: int | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    told_by: str | None = None

    def header(self, path: Path) -> tuple[str, ...]:
        """Return the first record's fields."""
        strict = self.delimiter == ","  # by a delimiter that is not its own, a header seems to be quoted wrongly
        try:
            with path.open(encoding=self.encoding, newline="") as file:
                records = csv.reader(_lines(file), delimiter=self.delimiter, strict=strict)
                header = tuple(next(records))
                if self.told_by is not None and self.told_by in header:
                    value = "".join(next(records, [])[header.index(self.told_by) :][:1])
                    header = (*header, f"[{self.told_by}: {value}]")
        except StopIteration:
            raise Refusal("the file has no header", remedy=BROKEN_CSV) from None
        except UnicodeDecodeError as error:
            raise _wrong_encoding(self.encoding, error.start) from None
        except csv.Error as error:
            raise Refusal(f"the header does not read as CSV: {error}", remedy=BROKEN_CSV) from None
        if len(header) > COLUMN_LIMIT:
            raise Refusal(f"the header has {len(header):,} columns; up to {COLUMN_LIMIT:,} are read", remedy=BROKEN_CSV)
        return header

    @contextmanager
    def load(self, con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...]) -> Iterator[None]:
        """Offer `raw` with one text column a field and the record number in `row`, and `records` without the number.

        A column without a name is called by its place: `column 7`. Both are views of the file, so that a large one
        streams through the SQL that reads it and is never held whole. To count records is to read them one after the
        other: `records` is read by every core.
        """
        self._check_bytes(path)
        named = header[:-1] if self.told_by else header[: self.fields]
        columns = tuple(name or f"column {place}" for place, name in enumerate(named, start=1))
        twice = sorted(column for column, times in Counter(columns).items() if times > 1)
        if twice:
            raise Refusal(
                f"the header names a column twice: {', '.join(map(quoted, twice[:EXAMPLES]))}",
                remedy="Nothing tells which of the two is right. Ask the publisher for the file again.",
            )
        texts = ", ".join(f"{_literal(column)}: 'VARCHAR'" for column in columns)
        # The header was matched field by field, so DuckDB is told everything and sniffs nothing: on the
        # wide crime files its sniffer takes the header for data and adds the month's name to the counts.
        with self._as_utf8(path) as text:
            try:
                con.execute(
                    f"""
                    create or replace view records as
                    select * from read_csv({_literal(str(text))}, columns = {{{texts}}}, header = false, skip = 1,
                                  auto_detect = false, delim = {_literal(self.delimiter)},
                                  quote = '"', escape = '"', strict_mode = true, nullstr = '',
                                  max_line_size = {2 * RECORD_LIMIT},
                                  store_rejects = true, rejects_limit = {REJECTS_LIMIT})
                    """  # noqa: S608 - a view takes no parameters
                )
                con.execute("create or replace view raw as select row_number() over () as row, * from records")
                yield
            except duckdb.InvalidInputException as error:
                # Not a rejected row but the whole file: a line without an end, or lines that end in different ways.
                raise Refusal(
                    f"the file does not read as CSV: {str(error).splitlines()[0]}",
                    remedy="Its lines may end in different ways. Ask the publisher for the file again.",
                ) from None
        self._check_rejects(con, len(columns))

    @contextmanager
    def _as_utf8(self, path: Path) -> Iterator[Path]:
        """Yield the file as DuckDB reads it; of other encodings it knows few without an extension to fetch."""
        if codecs.lookup(self.encoding).name == "utf-8":
            yield path
            return
        with TemporaryDirectory(prefix="oversight-") as folder:
            copy = Path(folder) / "text"
            with (
                path.open(encoding=self.encoding, newline="") as source,
                copy.open("w", encoding="utf-8", newline="") as target,
            ):
                shutil.copyfileobj(source, target, CHUNK)
            yield copy

    def _check_bytes(self, path: Path) -> None:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        offset, begun, quoting, last = 0, 0, False, b""
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if (nul := chunk.find(0)) >= 0:
                    raise Refusal(
                        f"byte {offset + nul:,} is NUL: this is not text",
                        remedy="Ask the publisher for the file again; it was damaged or is no CSV.",
                    )
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    raise _wrong_encoding(self.encoding, offset + error.start) from None
                # DuckDB leaves out a record that is far too long, and says nothing.
                if (end := _last_end(chunk, quoting)) >= 0:
                    begun = offset + end + 1
                elif offset + len(chunk) - begun > RECORD_LIMIT:
                    raise Refusal(
                        f"the record that begins at byte {begun:,} does not end within {RECORD_LIMIT:,} bytes",
                        remedy="A quote may never be closed. Ask the publisher for the file again.",
                    )
                quoting ^= chunk.count(b'"') % 2 == 1
                offset, last = offset + len(chunk), chunk[-1:]
        if self.final_newline and last != b"\n":
            raise Refusal(
                "the file ends in the middle of a line",
                remedy="This publisher ends its files with a newline, so the file was cut off. Send it again.",
            )

    def _check_rejects(self, con: duckdb.DuckDBPyConnection, fields: int) -> None:
        count, errors, rejected = con.execute(
            """
            select count(*), sum(errors),
                   list({row: line - 1, text: left(trim(csv_line, chr(10)), 200), error: error_message}
                        order by line)[:?]
            from (select line, any_value(csv_line) as csv_line, min(error_message) as error_message,
                         count(*) as errors
                  from reject_errors group by line)
            """,
            [EXAMPLES],
        ).fetchall()[0]
        if count:
            # DuckDB records a row once for each of its errors, so the limit may be met by fewer rows.
            at_least = "at least " if errors >= REJECTS_LIMIT else ""
            raise Refusal(
                f"{at_least}{count:,} rows do not have the {fields} fields of the header",
                problems=(Problem("rows do not read as CSV", count=count, examples=tuple(rejected)),),
                remedy="A row was cut off, or a text with a comma or quote was not quoted. Send the file again.",
            )


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet of an xlsx or ods workbook, as `raw(row, col, value)`, all text.

    Its header is the text of the first `header_rows` rows that are not blank, blanks left out.
    """

    kind: ClassVar[str] = "workbook"
    name: str
    header_rows: int = 1

    def header(self, path: Path) -> tuple[str, ...]:
        """Return the header cells; the names of the sheets where the workbook has no such sheet."""
        with _opened(path) as workbook:
            if self.name not in workbook.sheet_names:
                return tuple(f"[sheet {name}]" for name in workbook.sheet_names)
            rows = [[cell for cell in row if cell] for row in self._cells(workbook)]
        filled = [row for row in rows if row][: self.header_rows]
        return tuple(cell for row in filled for cell in row)

    @contextmanager
    def load(self, con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...]) -> Iterator[None]:
        """Offer `raw` with one row a cell that is not blank; rows and columns count from 1."""
        with Sheets((self.name,)).load(con, path, header):
            con.execute("alter table raw drop sheet")
            yield

    def _cells(self, workbook: "CalamineWorkbook") -> list[list[str]]:
        cells = workbook.get_sheet_by_name(self.name).to_python(skip_empty_area=False)
        return [[_text(cell) for cell in row] for row in cells]


@dataclass(frozen=True)
class Sheets:
    """The cells of several sheets of one workbook, as `raw(sheet, row, col, value)`, all text.

    Its header is the first row of each sheet that is not blank, one after the other.
    """

    kind: ClassVar[str] = "workbook"
    names: tuple[str, ...]

    def header(self, path: Path) -> tuple[str, ...]:
        """Return the header cells of all sheets; the names of the sheets where the workbook lacks one of them."""
        with _opened(path) as workbook:
            names = workbook.sheet_names
        if not set(self.names) <= set(names):
            return tuple(f"[sheet {name}]" for name in names)
        return tuple(cell for name in self.names for cell in Sheet(name).header(path))

    @contextmanager
    def load(self, con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...]) -> Iterator[None]:
        """Offer `raw` with one row a cell that is not blank; rows and columns of each sheet count from 1."""
        with _opened(path) as workbook:
            _load_cells(con, workbook, self.names)
        yield


@dataclass(frozen=True)
class Titles:
    """The cells of every sheet of a workbook, as `raw(sheet, row, col, value)`, all text.

    Its header is the title of each sheet, that is its first cell that is not blank: for workbooks whose sheets are
    numbered anew in each edition.
    """

    kind: ClassVar[str] = "workbook"

    def header(self, path: Path) -> tuple[str, ...]:
        """Return the titles, an empty text for a sheet whose first rows are blank."""
        with _opened(path) as workbook:
            return tuple(self._title(workbook, name) for name in workbook.sheet_names)

    @contextmanager
    def load(self, con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...]) -> Iterator[None]:
        """Offer `raw` with one row a cell that is not blank; rows and columns of each sheet count from 1."""
        with _opened(path) as workbook:
            _load_cells(con, workbook, workbook.sheet_names)
        yield

    def _title(self, workbook: "CalamineWorkbook", name: str) -> str:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True, nrows=1)
        return next((text for row in rows for cell in row if (text := _text(cell))), "")


def _load_cells(con: duckdb.DuckDBPyConnection, workbook: "CalamineWorkbook", names: Iterable[str]) -> None:
    sheets, rows, cols, values = [], [], [], []
    for name in names:
        for row, line in enumerate(Sheet(name)._cells(workbook), start=1):
            for col, cell in enumerate(line, start=1):
                if cell:
                    sheets.append(name)
                    rows.append(row)
                    cols.append(col)
                    values.append(cell)
    con.execute(
        "create or replace table raw as select unnest(?::varchar[]) as sheet, unnest(?::bigint[]) as row, "
        "unnest(?::bigint[]) as col, unnest(?::varchar[]) as value",
        [sheets, rows, cols, values],
    )


@contextmanager
def _opened(path: Path) -> Iterator["CalamineWorkbook"]:
    """Yield the workbook; raises `Refusal` where it, or a part of it that is read, is broken."""
    from python_calamine import CalamineError, CalamineWorkbook

    with bounded_copy(path) as copy:
        try:
            yield CalamineWorkbook.from_path(str(copy))
        except (CalamineError, OSError) as error:
            raise Refusal(f"the workbook does not open: {error}", remedy=BROKEN_WORKBOOK) from None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(cell: object) -> str:
    """Return a cell as text; a whole number without the `.0` that spreadsheets give every number."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _lines(file: TextIO) -> Iterator[str]:
    """Yield lines until they are longer together than a header is."""
    left = HEADER_LIMIT
    while line := file.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise Refusal(f"the header does not end within {HEADER_LIMIT:,} characters", remedy=BROKEN_CSV)
        yield line


def _last_end(chunk: bytes, quoting: bool) -> int:
    """Return where the last record that ends in a chunk does, -1 if none does; `quoting`: it begins inside quotes."""
    end = len(chunk)
    parts = chunk.split(b'"')
    for number in range(len(parts) - 1, -1, -1):
        start = end - len(parts[number])
        # Of the parts between quotes every other one is inside them.
        if (number % 2 == 1) == quoting and (place := max(parts[number].rfind(b"\n"), parts[number].rfind(b"\r"))) >= 0:
            return start + place
        end = start - 1
    return -1


def _wrong_encoding(encoding: str, offset: int) -> Refusal:
    return Refusal(
        f"byte {offset:,} is not {encoding}",
        remedy=f"The file was saved in another encoding. Ask for it in {encoding}, or add a layout that says so.",
    )
