"""What a workbook may hold before a library opens it: how far it unpacks, and how far its cells reach.

The library that reads cells lays out the whole rectangle up to the farthest one and believes what a zip says of
itself; where memory or its patience ends, it ends the process. So the XML parts are unpacked and counted here, part by
part, into a plain copy, and only that copy is opened. What the cells mean belongs in `readers` and the layouts.
"""

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.parsers import expat

from sources.report import Refusal, quoted

CHUNK = 1 << 20

UNPACKED_LIMIT = 128 << 20
"""Bytes that the XML parts may unpack to: the largest workbook of the publishers' that we hold unpacks to 10 MB."""

CELL_LIMIT = 2_000_000
"""Cells of the rectangles that the sheets span: at most 18,648 in a sheet of the workbooks that we hold."""

ELEMENT_LIMIT = 10_000_000
TEXT_LIMIT = 64 << 20
"""Characters of all cells, a text that many cells share counted for each of them."""

PART_LIMIT = 1_000
DIRECTORY_LIMIT = 1 << 20
"""Bytes of the zip's directory, which is read whole: room for ten times the parts."""

ROWS, COLUMNS = 1_048_576, 16_384
"""The size of a sheet in the programs that write them."""

BROKEN = "It was cut off or damaged, or is a zip of something else. Send the file that the publisher offers."
TOO_LARGE = "No source of ours sends a workbook like that; ask the publisher what it is."
STRAY = (
    "A cell far outside the table was filled, often by a slip of the hand. Ask the publisher for the file without it."
)

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_NUMBER = re.compile(r"[0-9]{1,9}")


@contextmanager
def bounded_copy(path: Path) -> Iterator[Path]:
    """Yield a copy of a workbook that holds its XML parts as they were counted, and nothing else.

    Raises:
        Refusal: it is no workbook, is broken, or holds more than a workbook of ours ever does.
    """
    with TemporaryDirectory(prefix="oversight-") as folder:
        copy = Path(folder) / "workbook"
        try:
            with _Directory(path) as file, zipfile.ZipFile(file) as archive, zipfile.ZipFile(copy, "w") as plain:
                _copy(archive, plain)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Refusal(f"the workbook does not open: {error}", remedy=BROKEN) from None
        yield copy


class _Directory(io.FileIO):
    """A zip whose directory is not read if it is too long: zipfile would make an object of each of its entries."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > DIRECTORY_LIMIT:
            raise Refusal(f"the workbook's directory alone has {size:,} bytes", remedy=TOO_LARGE)
        return super().read(size)


def _copy(archive: zipfile.ZipFile, plain: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if not {"xl/workbook.xml", "content.xml"} & set(names):
        shown = ", ".join(map(quoted, names[:3])) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
        raise Refusal(f"the workbook does not open: it is a zip of {shown or 'nothing'}", remedy=BROKEN)
    if len(parts) > PART_LIMIT:
        raise Refusal(f"the workbook has {len(parts):,} parts, more than the {PART_LIMIT:,} allowed", remedy=TOO_LARGE)
    if len(set(names)) < len(names):
        raise Refusal("the workbook does not open: it names a part twice", remedy=BROKEN)
    # Sheets refer to the shared texts, so these are counted first.
    parts = sorted(
        (part for part in parts if part.filename.lower().endswith((".xml", ".rels"))),
        key=lambda part: not part.filename.lower().endswith("sharedstrings.xml"),
    )
    size = sum(part.file_size for part in parts)
    if size > UNPACKED_LIMIT:
        raise Refusal(
            f"the workbook unpacks to {size:,} bytes, more than the {UNPACKED_LIMIT:,} allowed", remedy=TOO_LARGE
        )
    if "content.xml" in names:
        plain.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    count = _Count()
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal(
                f"the workbook does not open: {quoted(part.filename)} is encrypted or packed in a rare way",
                remedy="Save it again without a password.",
            )
        # zipfile unpacks no more bytes than the directory states, and then compares their checksum.
        with archive.open(part) as source, plain.open(part.filename, "w") as target:
            count.part(part.filename, _passed_on(source.read, target.write))


def _passed_on(read: Callable[[int], bytes], write: Callable[[bytes], object]) -> Iterator[bytes]:
    while chunk := read(CHUNK):
        write(chunk)
        yield chunk


class _Count:
    """Counts what is in the parts of one workbook, and refuses what is too much as soon as it is."""

    def __init__(self) -> None:
        self.elements = self.text = self.cells = 0
        self.shared = array("q")
        """Length of each shared text."""

    def part(self, name: str, chunks: Iterator[bytes]) -> None:
        """Count one XML part."""
        parser = expat.ParserCreate("utf-8")  # whatever the part declares, as the library does
        sheet = _Sheet(self)
        parser.StartElementHandler = sheet.start
        parser.EndElementHandler = sheet.end
        parser.CharacterDataHandler = sheet.characters
        parser.EntityDeclHandler = _no_entities
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError) as error:
            raise Refusal(f"the workbook does not open: {quoted(name)}: {error}", remedy=BROKEN) from None
        self.cells += sheet.rows * sheet.columns

    def element(self) -> None:
        """Count an element."""
        self.elements += 1
        if self.elements > ELEMENT_LIMIT:
            raise Refusal(f"the workbook has more than {ELEMENT_LIMIT:,} elements", remedy=TOO_LARGE)

    def texts(self, characters: int) -> None:
        """Count the text of cells."""
        self.text += characters
        if self.text > TEXT_LIMIT:
            raise Refusal(f"the workbook's cells hold more than {TEXT_LIMIT:,} characters", remedy=TOO_LARGE)

    def reach(self, rows: int, columns: int) -> None:
        """Refuse a sheet that reaches so far."""
        if self.cells + rows * columns > CELL_LIMIT:
            raise Refusal(
                f"the filled cells span {rows:,} rows and {columns:,} columns, "
                f"more than the {CELL_LIMIT:,} cells allowed",
                remedy=STRAY,
            )


class _Sheet:
    """Follows the elements of a part; `rows` and `columns` reach as far as its filled cells do.

    The elements of both formats are told by their local names, as the library does. In OpenDocument a cell or row
    may be repeated, and sheets commonly end with a million empty rows, which do not count. The tables of a document
    are taken as if they stood below each other.
    """

    def __init__(self, count: _Count) -> None:
        self.count = count
        self.rows = self.columns = 0
        self.row = self.column = 0
        self.shared_text: int | None = None
        self.index: str | None = None
        self.is_shared = False
        self.repeats = 1
        self.blank_rows = 0
        self.width = self.row_text = 0
        self.cell_repeats = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count.element()
        if begin := self._STARTS.get(name.rpartition(":")[2]):
            begin(self, {key.rpartition(":")[2]: value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        if finish := self._ENDS.get(name.rpartition(":")[2]):
            finish(self)

    def characters(self, text: str) -> None:
        if self.shared_text is not None:
            self.shared_text += len(text)
        if self.index is not None:
            self.index += text[:20]
        self.row_text += len(text) * self.cell_repeats

    # --- Office Open XML ---

    def _row(self, attributes: dict[str, str]) -> None:
        self.row = _whole(attributes["r"], ROWS) if "r" in attributes else self.row + 1
        self.column = 0

    def _cell(self, attributes: dict[str, str]) -> None:
        if reference := attributes.get("r"):
            match = _REFERENCE.fullmatch(reference)
            if not match:
                raise ValueError(f"the cell reference {quoted(reference)} is malformed")
            self.column = 0
            for letter in match[1]:
                self.column = self.column * 26 + ord(letter) - ord("A") + 1
            self.row = _whole(match[2], ROWS)
        else:
            self.column += 1
        if self.column > COLUMNS:
            raise ValueError(f"there is a cell in column {self.column:,}")
        self.is_shared = attributes.get("t") == "s"

    def _value(self, attributes: dict[str, str]) -> None:
        self._filled(self.row, self.column)
        self.index = "" if self.is_shared else None

    def _value_end(self) -> None:
        if self.index is not None:
            place = _whole(self.index.strip(), len(self.count.shared) - 1)
            self.count.texts(self.count.shared[place])
        self.index = None

    def _shared(self, attributes: dict[str, str]) -> None:
        self.shared_text = 0

    def _shared_end(self) -> None:
        self.count.shared.append(self.shared_text or 0)
        self.shared_text = None

    # --- OpenDocument ---

    def _table_row(self, attributes: dict[str, str]) -> None:
        self.repeats = _whole(attributes.get("number-rows-repeated", "1"), ROWS)
        self.column = self.width = self.row_text = 0

    def _table_cell(self, attributes: dict[str, str]) -> None:
        self.cell_repeats = _whole(attributes.get("number-columns-repeated", "1"), COLUMNS)
        self.column += self.cell_repeats
        if "value-type" in attributes:
            self._paragraph({})

    def _table_cell_end(self) -> None:
        self.cell_repeats = 0

    def _spaces(self, attributes: dict[str, str]) -> None:
        if self.cell_repeats:
            self.row_text += _whole(attributes.get("c", "1"), TEXT_LIMIT) * self.cell_repeats

    def _paragraph(self, attributes: dict[str, str]) -> None:
        self.width = self.column

    def _table_row_end(self) -> None:
        if not self.width:
            self.blank_rows += self.repeats
            if self.blank_rows > 2 * ROWS:
                raise ValueError(f"it has {self.blank_rows:,} blank rows")
            return
        self._filled(self.rows + self.blank_rows + self.repeats, self.width)
        self.blank_rows = 0
        self.count.texts(self.row_text * self.repeats)

    def _table_end(self) -> None:
        self.blank_rows = 0

    def _filled(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        self.count.reach(self.rows, self.columns)

    _STARTS = {  # noqa: RUF012 - never changed
        "row": _row,
        "c": _cell,
        "v": _value,
        "is": _value,
        "si": _shared,
        "table-row": _table_row,
        "table-cell": _table_cell,
        "covered-table-cell": _table_cell,
        "p": _paragraph,
        "s": _spaces,
    }
    _ENDS = {  # noqa: RUF012
        "v": _value_end,
        "si": _shared_end,
        "table-row": _table_row_end,
        "table-cell": _table_cell_end,
        "covered-table-cell": _table_cell_end,
        "table": _table_end,
    }


def _whole(text: str, most: int) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise ValueError(f"{quoted(text)} is more than {most:,}, or no number")
    return int(text)


def _no_entities(*_: object) -> None:
    raise ValueError("it declares an entity, which no workbook does")
