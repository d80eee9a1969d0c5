"""Bad input, case by case: what is sent, and what is to become of it. `make hostile` shows it to people.

A case is a file and the words that its report must hold. `tests/integration/test_hostile.py` takes each at a desk; run
as a program, this module gives each to the `oversight` command over one installation and prints what came of it.
"""

import gzip
import hashlib
import io
import os
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from orchestration.intake import SIDE_CAR, arrival_key, bytes_key
from orchestration.settings import PROJECT
from sources.report import visible
from sources.sample import nhs, tfl_crime, tfl_journeys
from tests.deliveries import RECENT, Rows, borough_crime, changed, records, unzipped, workbook, written

GOOD = borough_crime()
HEADER = GOOD[: GOOD.index(b"\n") + 1]
SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"
MODES = ("Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")


@dataclass(frozen=True)
class Case:
    """One bad file: how its bytes are written, what its report says, and what becomes of it."""

    what: str
    write: Callable[[Path], object]
    says: str
    outcome: str = "quarantined"
    name: str = RECENT


def case(what: str, content: Callable[[], bytes], says: str, outcome: str = "quarantined", name: str = RECENT) -> Case:
    """Return a case whose bytes fit into memory."""
    return Case(what, lambda path: path.write_bytes(content()), says, outcome, name)


def edited(edit: Callable[[Rows], object]) -> bytes:
    """Return the good file with its records edited."""
    return borough_crime(edit=edit)


def jump() -> bytes:
    """Return the good file with the newest month a fifth higher."""
    rows = records(GOOD)
    return written([rows[0], *([*row[:-1], str(int(row[-1]) * 6 // 5)] for row in rows[1:])])


@cache
def sample(source: ModuleType) -> bytes:
    """Return the first synthetic file of a source."""
    return next(iter(source.published(date(2026, 2, 26), 1))).content


def sparse(path: Path, size: int) -> None:
    """Write so many zeros, as a hole."""
    with path.open("wb") as file:
        file.truncate(size)


def repeated(path: Path, start: bytes, part: bytes, times: int, end: bytes = b"") -> None:
    """Write a large file of one part over and over."""
    with path.open("wb") as file:
        file.write(start)
        for _ in range(times):
            file.write(part)
        file.write(end)


# --- workbooks ---


def packed(members: dict[str, bytes]) -> bytes:
    """Return a deflated zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def xlsx(cells: str = "", **parts: bytes) -> bytes:
    """Return an xlsx with these cells after its own, and parts replaced or added."""
    members = unzipped(workbook([["Network-wide FY2012/13"]]))
    members[SHEET] = members[SHEET].replace(b"</sheetData>", f"{cells}</sheetData>".encode())
    return packed(members | {name.replace("__", "/") + ".xml": content for name, content in parts.items()})


def ods(*rows: str) -> bytes:
    """Return an OpenDocument workbook of these rows, as XML."""
    spaces = {"office": "office", "table": "table", "text": "text"}
    names = " ".join(f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for key, name in spaces.items())
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Volume and Rates">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": mimetype, "META-INF/manifest.xml": manifest, "content.xml": content.encode()})


def ods_row(cells: Sequence[object], times: int = 1) -> str:
    """Return a row of texts, so many times repeated."""
    texts = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        if cell != ""
        else "<table:table-cell/>"
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{texts}</table:table-row>'


def transport_crime() -> list[str]:
    """Return the rows of a year of transport crime as LibreOffice saves them, but for those at the end."""
    headings = [name for month in MODES for name in (month, "")]
    return [
        ods_row(["Network-wide FY2012/13"]),
        ods_row(["", *headings]),
        ods_row(["", *["Volume", "Rate"] * 12]),
        ods_row(["Bus", *[2066, 1.5] * 12]),
    ]


EMPTY_END = (
    '<table:table-row table:number-rows-repeated="1048572">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def lying(content: bytes, size: int) -> bytes:
    """Return a zip that states this unpacked size for every member, where each begins and in its directory."""
    zipped = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            struct.pack_into("<I", zipped, member.header_offset + 22, size)
    place = -1
    while (place := zipped.find(b"PK\x01\x02", place + 1)) >= 0:
        struct.pack_into("<I", zipped, place + 24, size)
    return bytes(zipped)


def padded_sheet(megabytes: int) -> bytes:
    """Return the XML of a sheet that is mostly blanks."""
    sheet = unzipped(workbook([["a"]]))[SHEET]
    return sheet.replace(b"<sheetData>", b"<sheetData>" + b" " * (megabytes << 20))


def nested() -> bytes:
    """Return a zip of zips of zips of zeros."""
    inner = bytes(10 << 20)
    for _ in range(3):
        inner = packed({f"{number}.zip": inner for number in range(4)})
    return inner


def shared_text() -> bytes:
    """Return an xlsx in which a hundred thousand cells share a text of a hundred thousand characters."""
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(2, 100_000))
    return xlsx(cells, **{"xl__sharedStrings": b"<sst><si><t>" + b"x" * 100_000 + b"</t></si></sst>"})


WORKBOOKS = (
    case(
        "xlsx, one stray cell at XFD1048576",
        lambda: xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "span 1,048,576 rows and 16,384 columns",
    ),
    case("xlsx, a cell in row 99999999", lambda: xlsx('<row><c r="A99999999"><v>1</v></c></row>'), "malformed"),
    case(
        "xlsx, blank styled cells to XFD1048576",
        lambda: xlsx('<row r="1048576"><c r="XFD1048576" s="0"/></row>'),
        "columns differ from tfl_transport_crime",
    ),
    case("xlsx, 100,000 cells sharing 100 kB of text", shared_text, "hold more than 67,108,864 characters"),
    case(
        "ods, a million blank rows, then a cell",
        lambda: ods(*transport_crime(), EMPTY_END, ods_row(["x"])),
        "more than the 2,000,000 cells",
    ),
    case(
        "ods, a million filled rows in one element",
        lambda: ods(*transport_crime(), ods_row(["x"] * 3, 1_000_000)),
        "more than the 2,000,000 cells",
    ),
    case("ods, four thousand million blank rows", lambda: ods(ods_row([""], 4_000_000_000)), "more than 1,048,576"),
    case(
        "ods, a thousand million blanks in one text",
        lambda: ods(ods_row(['<text:s text:c="1000000000"/>'])),
        "more than 67,108,864",
    ),
    case(
        "ods as LibreOffice saves it, a million blank rows at its end",
        lambda: ods(*transport_crime(), EMPTY_END),
        "",
        "landed",
        "public-transport-crime-london.ods",
    ),
    case("zip bomb, honest: 200 MB in 200 kB", lambda: xlsx(xl__a=bytes(200 << 20)), "unpacks to 209,7"),
    case(
        "zip bomb that states 1 kB a part",
        lambda: lying(packed(unzipped(workbook([["a"]])) | {SHEET: padded_sheet(150)}), 1000),
        "does not open",
    ),
    case("zip bomb, nested", nested, "it is a zip of `0.zip`, `1.zip`, `2.zip` and 1 more"),
    case(
        "zip of 5,000 parts",
        lambda: xlsx(**{f"p{number}": b"<a/>" for number in range(5_000)}),
        "has 5,0",
    ),
    case(
        "zip of 50,000 parts",
        lambda: packed({f"xl/{number}.xml": b"" for number in range(50_000)}),
        "directory alone has",
    ),
    case(
        "xlsx, entities that stand for entities",
        lambda: xlsx(xl__sharedStrings=b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><sst>&c;</sst>'),
        "declares an entity",
    ),
    case("xlsx, cut off", lambda: sample(tfl_crime)[:-500], "does not open"),
    case("zip of a CSV", lambda: packed({"crime.csv": GOOD}), "it is a zip of `crime.csv`"),
)

# --- text ---

CONTENT = (
    case("unknown header", lambda: b"a,b\r\n1,2\r\n", "of no known feed; its columns are `a`, `b`"),
    case("header renamed", lambda: GOOD.replace(b"MinorText", b"Sub"), "columns differ from mps_recorded_crime"),
    case(
        "header right, columns shifted",
        lambda: edited(lambda rows: [row.insert(0, row.pop()) for row in rows[1:]]),
        "64 values do not read as their type",
    ),
    case(
        "header right, a column too many",
        lambda: edited(lambda rows: [row.insert(0, "X") for row in rows[1:]]),
        "64 rows do not have the 27 fields",
    ),
    case(
        "decimal commas",
        lambda: written([[cell.replace(".", ",") for cell in row] for row in records(sample(tfl_journeys))]),
        "values do not read as their type",
        name="tfl-journeys-type.csv",
    ),
    case("decimal comma without quotes", lambda: GOOD.replace(b",100,", b",10,5,", 1), "1 rows do not have the 27"),
    case(
        "trailing spaces in names and codes",
        lambda: edited(lambda rows: [row.__setitem__(slice(3), [f"{cell}  " for cell in row[:3]]) for row in rows[1:]]),
        "",
        "landed",
    ),
    case("duplicate keys", lambda: edited(lambda rows: rows.append(rows[3])), "48 values break the rules"),
    case(
        "a month missing in the middle",
        lambda: borough_crime(number=26, edit=lambda rows: [row.pop(13) for row in rows]),
        "missing or overlap after 2024-01-31",
    ),
    case("a total that jumps", jump, "the vintages held speak against 1 period", "held"),
    case(
        "a borough missing",
        lambda: written(row for row in records(GOOD) if row[2] != "Westminster"),
        "1 values break the rules",
    ),
    case("cut off mid-row", lambda: GOOD[:-40], "ends in the middle of a line"),
    case("cut off mid-row, a newline put after it", lambda: GOOD[:-40] + b"\r\n", "1 rows do not have the 27 fields"),
    case("zero bytes", lambda: b"", "the file is empty"),
    case("blanks only", lambda: b" \r\n" * 3000, "the file is empty"),
    Case("2 GB of zeros", lambda path: sparse(path, 2 << 30), "byte 0 is NUL"),
    case("a NUL byte", lambda: GOOD[:900] + b"\0" + GOOD[900:], "byte 900 is NUL"),
    Case(
        "a good header and 140 MB of rows",
        lambda path: repeated(path, HEADER, GOOD[len(HEADER) :] * 100, 165),
        "files of up to 134,217,728 are read",
    ),
    case(
        "the same rows 500 times",
        lambda: HEADER + GOOD[len(HEADER) :] * 500,
        "768,000 values break the rules",
    ),
    case("a cell that begins with =", lambda: GOOD.replace(b"Barnet", b"=cmd|'/c calc'!A0"), "values break the rules"),
    case(
        "a cell that acts on terminal and page",
        lambda: GOOD.replace(b"RAPE", b"\x1b[2J`<img src=x>![a](http://x)"),
        "1 categories are not in any taxonomy",
    ),
    case(
        "a cell that begins with =, in a text of no account",
        lambda: changed(sample(nhs), 1, Area_Name="=HYPERLINK(1)"),
        "",
        "landed",
        "indicators-CountyUApre423.data.csv",
    ),
    case("gzip named .csv", lambda: gzip.compress(GOOD, mtime=0), "a gzip archive"),
    case("a web page", lambda: b"<!DOCTYPE html><title>Log in</title>", "a web page"),
    case("an error in JSON", lambda: b'{"error": "rate limit"}', "JSON"),
    case("UTF-16", lambda: GOOD.decode().encode("utf-16"), "text in UTF-16"),
    case("UTF-16 without its mark", lambda: GOOD.decode().encode("utf-16-le"), "byte 1 is NUL"),
    case("byte-order mark", lambda: b"\xef\xbb\xbf" + GOOD, "byte-order mark"),
    case("Latin-1", lambda: GOOD.replace(b"Barnet", b"B\xe4rnet"), "is not utf-8"),
    case("lines that end in CR alone", lambda: GOOD.replace(b"\r\n", b"\r"), "ends in the middle of a line"),
    case("mixed line ends", lambda: GOOD.replace(b"\r\n", b"\n", 20), "does not read as CSV"),
    Case("150 MB without a newline", lambda path: repeated(path, b"", b"x" * (1 << 20), 150), "within 100,000 char"),
    Case("a row of 50 MB", lambda path: repeated(path, HEADER, b"x" * (1 << 20), 50, b"\r\n"), "does not end within"),
    Case(
        "a quote never closed, 50 MB after it",
        lambda path: repeated(path, HEADER + b'"', GOOD * 100, 60),
        "does not end within",
    ),
    case("a quote never closed", lambda: GOOD.replace(b"Bromley", b'"Bromley', 1), "1 rows do not have"),
    case("20,000 columns", lambda: ",".join(f"{n % 100}" for n in range(20_000)).encode() + b"\r\n", "20,000 columns"),
    case("a header of 1 MB", lambda: b"MajorText," * 110_000 + b"\r\n", "within 100,000 characters"),
    case("a column name of 200 kB", lambda: b"M" * 200_000 + b"\r\n", "within 100,000 characters"),
    *WORKBOOKS,
)

NAMED = tuple(
    case(f"named {visible(name)[:40]}", lambda name=name: f"name\r\n{name!r}\r\n".encode(), "no known feed", name=name)
    for name in (
        "up..%2f..%2fpasswd",
        "up\\..\\..\\passwd",
        "'; drop table receipts; --\".csv",
        "two\nlines.csv",
        "=cmd|' calc'!A0.csv",
        "\x1b[2J`<img src=x>|.csv",
        "caf\udce9.csv",
        "-rf",
        "x" * 240 + ".csv",
    )
)
"""Names are data: the same unknown file, but for its name, under each of them."""

CASES = (*CONTENT, *NAMED)


def beside(path: Path, content: bytes, side_car: bytes) -> None:
    """Write a file and its side-car."""
    path.with_name(path.name + SIDE_CAR).write_bytes(side_car)
    path.write_bytes(content)


def no_files(path: Path) -> None:
    """Write a file, and beside it what is none."""
    path.with_name("link.csv").symlink_to("/etc/passwd")
    os.mkfifo(path.with_name("pipe.csv"))
    path.with_name("folder.csv").mkdir()
    path.write_bytes(b"link,pipe\r\n")


def not_to_be_taken(path: Path) -> None:
    """Write a file whose arrival the archive has noted wrongly."""
    content = borough_crime(count=104)
    note = path.parent.parent / "archive" / arrival_key(hashlib.sha256(content).hexdigest())
    note.write_text("{")
    path.write_bytes(content)


INBOX = (
    (
        Case("a side-car that is no JSON", lambda path: beside(path, borough_crime(count=102), b"{"), "does not count"),
        (),
    ),
    (
        Case(
            "a side-car of 70 kB",
            lambda path: beside(path, borough_crime(count=103), b'{"note": "' + b"x" * 70_000 + b'"}'),
            "does not count",
        ),
        (),
    ),
    (Case("a link, a pipe and a folder in the inbox", no_files, "no known feed"), ("link.csv", "pipe.csv")),
    (
        Case("a file that cannot be taken, for the archive is damaged", not_to_be_taken, "", "none", "taken.csv"),
        ("link.csv", "pipe.csv", "taken.csv"),
    ),
)
"""Cases of the inbox itself, and what stays in it."""


# --- shown to people ---


@dataclass(frozen=True)
class Installation:
    """A folder of data that the commands of this project work on."""

    data: Path

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of this environment on the folder."""
        environment = os.environ | {"OVERSIGHT_DATA": str(self.data), "DAGSTER_HOME": str(self.data / "dagster")}
        command = (str(Path(sys.executable).parent / command[0]), *command[1:])
        return subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)

    def land(self, path: Path, *options: str) -> "subprocess.CompletedProcess[str]":
        """Give a file to the line."""
        return self.run("oversight", "land", "--json", *options, "--", str(path))

    def rows(self) -> int:
        """Count the landed rows."""
        with duckdb.connect(str(self.data / "landing.duckdb"), read_only=True) as con:
            return int(con.execute("select coalesce(sum(rows), 0)::bigint from coverage").fetchall()[0][0])

    def receipts(self) -> dict[str, dict[str, str]]:
        """Return outcome and reason of every receipt, by hash."""
        with duckdb.connect(str(self.data / "landing.duckdb"), read_only=True) as con:
            found = con.execute("select sha256, outcome, coalesce(reason, '') from receipts").fetchall()
        return {sha256: {"outcome": outcome, "reason": reason} for sha256, outcome, reason in found}

    def kept(self, sha256: str) -> str:
        """Return the beginning of the key under which the archive holds these bytes, and holds them right."""
        path = self.data / "archive" / bytes_key(sha256)
        return bytes_key(sha256)[:17] if path.exists() and digest(path) == sha256 else "LOST"

    def waiting(self) -> list[str]:
        """Return the files in the inbox."""
        return sorted(path.name for path in (self.data / "inbox").rglob("*") if not path.is_dir())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Shown:
    """A line of the table: what came of a case."""

    what: str
    message: str
    code: int
    outcome: str
    kept: str
    inbox: str
    rows: str
    as_expected: bool


def by_command(line: Installation, case: Case, folder: Path) -> Shown:
    """Land a case by the command."""
    path = folder / case.name
    case.write(path)
    sha256, before = digest(path), line.rows()
    done = line.land(path)
    path.unlink()
    return shown(line, case, sha256, before, done.returncode)


def by_inbox(line: Installation, case: Case, stays: Iterable[str]) -> Shown:
    """Drop a case into the inbox and run the line over what waits there."""
    inbox = line.data / "inbox"
    case.write(inbox / case.name)
    sha256, before = digest(inbox / case.name), line.rows()
    done = line.run("dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "intake_job")
    return shown(line, case, sha256, before, done.returncode, stays)


def shown(line: Installation, case: Case, sha256: str, before: int, code: int, stays: Iterable[str] = ()) -> Shown:
    """Compare what came of a case with what was to."""
    receipt = line.receipts().get(sha256, {"outcome": "none", "reason": "the file stays in the inbox: see the run"})
    change, kept, waiting = line.rows() - before, line.kept(sha256), line.waiting()
    as_expected = (
        receipt["outcome"] == case.outcome
        and case.says in (receipt["reason"] or case.says)
        and kept != "LOST"
        and waiting == sorted(stays)
        and (change == 0 or case.outcome == "landed")
    )
    return Shown(
        case.what,
        receipt["reason"] or "landed",
        code,
        receipt["outcome"],
        kept,
        ", ".join(map(visible, waiting)) or "empty",
        f"+{change:,}" if change else "unchanged",
        as_expected,
    )


def twice(line: Installation, folder: Path) -> Shown:
    """Land the first file again."""
    again = case("the same file twice", lambda: GOOD, "", "landed")
    return replace(by_command(line, again, folder), message="the same bytes were landed before; nothing changes")


def at_once(line: Installation, folder: Path) -> Iterator[Shown]:
    """Land two files by two commands at the same moment."""
    cases = [
        case(
            f"two files at once, the {which}",
            lambda count=count: borough_crime(count=count),
            "",
            "landed",
            f"{which}.csv",
        )
        for which, count in (("first", 101), ("second", 99))
    ]
    before = line.rows()
    for each in cases:
        each.write(folder / each.name)
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(line.land, [folder / each.name for each in cases]))
    for each, command in zip(cases, done, strict=True):
        yield shown(line, each, digest(folder / each.name), before, command.returncode)


def outcomes(line: Installation, folder: Path, words: Sequence[str]) -> Iterator[Shown]:
    """Yield what came of every case, or of those whose names have one of the words."""
    if not words:
        yield twice(line, folder)
        yield from at_once(line, folder)
    for each in CASES:
        if not words or any(word in each.what for word in words):
            yield by_command(line, each, folder)
    for each, stays in INBOX:
        if not words or any(word in each.what for word in words):
            yield by_inbox(line, each, stays)


def main(words: Sequence[str]) -> None:
    """Prepare an installation, give the cases to it, and print the table."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    begun, found = time.monotonic(), list[Shown]()
    with TemporaryDirectory(prefix="oversight-hostile-") as temporary:
        folder, line = Path(temporary) / "files", Installation(Path(temporary) / "data")
        folder.mkdir()
        (folder / RECENT).write_bytes(GOOD)
        first = line.land(folder / RECENT, "--published", "2025-04-20")
        if first.returncode:
            sys.exit(f"the good file does not land:\n{first.stdout}{first.stderr}")
        table = Table(title="Bad input, tried", title_justify="left")
        for heading in ("case", "message", "exit", "outcome", "kept as", "inbox", "landed rows", "as expected"):
            table.add_column(heading, overflow="fold")
        trying = outcomes(line, folder, words)
        for it in track(trying, "trying", total=None, console=Console(stderr=True)):
            found.append(it)
            cells = (it.what, it.message, str(it.code), it.outcome, it.kept, it.inbox, it.rows)
            table.add_row(*map(escape, cells), "yes" if it.as_expected else "NO")
    console.print(table)
    failed = sum(not it.as_expected for it in found)
    console.print("exit: of `oversight land`, and of the run itself where the inbox is the case")
    console.print(f"{len(found)} cases in {time.monotonic() - begun:,.0f} s, {failed} not as expected")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
