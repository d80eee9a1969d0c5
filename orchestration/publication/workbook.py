"""The workbook of a release: an OpenDocument spreadsheet after the Analysis Function's guidance on accessible ones.

A cover, contents and notes, then one table a sheet: marked up by name, its title and what there is to know above it,
one row of headings, no cell merged, hidden or empty. A number stands alone in its cell, unrounded, and is shown
rounded; where there is none its cell says why in a shorthand, and what a figure is to be read with stands in `Status`.

The parts of the file are templates, as the page is. The libraries that write the format build a cell at a time, at
80 seconds of processor time a million cells (odfdo), or are kept up no more (odfpy, ezodf, pyexcel-ods3).
"""

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from orchestration.publication import wording
from orchestration.publication.page import CONTACT, LICENCE, NO_XML, PUBLISHER
from orchestration.publication.protection import SUPPRESSED, WITHHELD
from orchestration.publication.selection import (
    current,
    headline_rows,
    latest_deliveries,
    marks,
    missing_headlines,
    records,
)
from orchestration.publication.wording import Row

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft

MEDIATYPE = "application/vnd.oasis.opendocument.spreadsheet"

_REVISIONS = 1_000
"""Revised figures that are shown; a change of method revises tens of thousands, and the CSV file has them all."""
_NOTES: Mapping[str, str] = {
    "recorded": "Recorded crime counts what was reported to the police and recorded by them. It is not a count of all "
    "crime, and more reports can mean more confidence in the police. Police recorded crime statistics are official "
    "statistics but not accredited.",
    "system": "The Metropolitan Police changed its recording system in February and March 2024. Categories were "
    "renamed and split then; compare figures across that date with care.",
    "rounding": "Cells hold the figures unrounded, and show them rounded.",
    "interval": "An interval is what chance alone would allow for a figure of that size. It says nothing of changes in "
    "reporting or recording.",
    "before": "Before is the same period a year before; figures of pooled years are held against the years that they "
    "do not share.",
    "points": "A change in a percentage is given in percentage points, any other change in per cent.",
    "assessment": "An assessment says better or worse only where the change is larger than chance alone would usually "
    "give, and higher or lower where no direction is wanted.",
    "rate": "Rates count offences in a borough against the people who live there. Central boroughs draw many who do "
    "not, which makes their rates high.",
    "baseline": "The baseline was frozen for the plan, and does not follow later revisions.",
    "revisions": "A figure is revised when its publisher states it anew. Figures of periods that the last release did "
    "not have are not revisions, and are not shown.",
}
_WINDOWS = {
    "quarter": "Quarter",
    "rolling_12m": "12 months",
    "fytd": "Financial year to date",
    "as_published": "As published",
    "quarter_end": "On the last day",
}
_NOT_AVAILABLE, _NOT_APPLICABLE = "[x]", "[z]"
_OF_COMPARISON = ("previous_value", "change", "change_lower", "change_upper")
_NARROW, _MIDDLE, _WIDE, _PAGE = 35, 48, 90, 260
"""Widths of columns, in millimetres."""
_LOCAL_TIME = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class _Text:
    """Words in a style of `workbook_styles.xml.j2`, and where they lead."""

    text: str
    style: str = "Text"
    link: str = ""


@dataclass(frozen=True)
class _Number:
    """A number, and the decimal places that are shown of it."""

    value: float
    places: int


@dataclass(frozen=True)
class _Marks:
    """Shorthand of `wording.SHORTHAND`: alone in place of a value, or beside it in a cell of their own."""

    codes: tuple[str, ...]
    style: str = "Text"


_Cell = _Text | _Number | _Marks | date


@dataclass(frozen=True)
class _Column:
    """A column of a table: its heading, its width, what it makes of a row, and the style of the heading."""

    title: str
    width: int
    cell: Callable[[Row], _Cell]
    style: str = "Heading_20_of_20_words"


@dataclass(frozen=True)
class _Sheet:
    """A sheet: lines in column A and, from the row after them, a table if it has columns."""

    name: str
    lines: Sequence[_Text]
    columns: Sequence[_Column] = ()
    rows: Sequence[Sequence[_Cell]] = ()

    @property
    def widths(self) -> list[int]:
        return [column.width for column in self.columns] or [_PAGE]

    @property
    def headings(self) -> list[_Text]:
        return [_Text(column.title, column.style) for column in self.columns]

    @property
    def range(self) -> str:
        """Where the table lies, its headings included."""
        first, last = len(self.lines) + 1, len(self.lines) + 1 + len(self.rows)
        return f"{self.name}.A{first}:{self.name}.{chr(ord('A') + len(self.columns) - 1)}{last}"


def write_workbook(draft: "Draft", path: Path, *, release: str, released_at: datetime, correction: str) -> None:
    """Write the workbook of a release, the same to the byte for the same draft, release and instant."""
    released = released_at.astimezone(_LOCAL_TIME)
    tables = [_headlines(draft), _latest(draft), _revisions(draft), _measures(draft), _deliveries(draft)]
    notes = _notes(tables)
    contents = _contents([notes, *tables])
    sheets = [_cover(draft, release, released, correction), contents, notes, *tables]
    parts = {
        "META-INF/manifest.xml": {"mediatype": MEDIATYPE},
        "content.xml": {"sheets": sheets, "widths": sorted({width for sheet in sheets for width in sheet.widths})},
        "meta.xml": {
            "title": f"{draft.product.title}, release {release}",
            "description": draft.product.summary,
            "creator": PUBLISHER,
            "released_at": released,
        },
        "styles.xml": {},
    }
    with zipfile.ZipFile(path, "w") as archive:
        # First and as it is, so that programs know the format by the first bytes of the file.
        archive.writestr(zipfile.ZipInfo("mimetype"), MEDIATYPE)
        for name, values in parts.items():
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            template = f"workbook_{Path(name).name}.j2"
            archive.writestr(entry, _environment().get_template(template).render(values))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("orchestration.publication"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"cell": _markup}
    return environment


# --- cells ---


def _markup(cell: _Cell) -> Markup:
    """Write a cell; words are always of the type string, so that no program takes them for a formula."""
    if isinstance(cell, _Number):
        return Markup(
            '<table:table-cell table:style-name="Number_20_{}" office:value-type="float" office:value="{}">'
            "<text:p>{}</text:p></table:table-cell>"
        ).format(cell.places, repr(cell.value), f"{wording.rounded(cell.value, cell.places):,}")
    if isinstance(cell, date):
        return Markup(
            '<table:table-cell table:style-name="Date" office:value-type="date" office:date-value="{}">'
            "<text:p>{}</text:p></table:table-cell>"
        ).format(cell.isoformat(), f"{cell:%-d %B %Y}")
    words = cell if isinstance(cell, _Text) else _Text(" ".join(cell.codes) or "No mark", cell.style)
    # Of white space, the format keeps single blanks alone.
    text = Markup("{}").format(" ".join(NO_XML.sub("\N{REPLACEMENT CHARACTER}", words.text).split()))
    if words.link:
        text = Markup('<text:a xlink:type="simple" xlink:href="{}">{}</text:a>').format(words.link, text)
    return Markup(
        '<table:table-cell table:style-name="{}" office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    ).format(words.style, text)


def _text(name: str, missing: str = _NOT_APPLICABLE) -> Callable[[Row], _Cell]:
    """Make the words of a row's value, or the shorthand for a missing one."""

    def cell(row: Row) -> _Cell:
        value = row[name]
        if value is None or value == "":
            return _Marks((missing,))
        if isinstance(value, bool):
            return _Text("Yes" if value else "No")
        return value if isinstance(value, date) else _Text(str(value))

    return cell


def _numbers(title: str, name: str, unit: str) -> _Column:
    """Make a column of numbers; where the row's figure is withheld, its status says why there is none."""

    def cell(row: Row) -> _Cell:
        value = row[name]
        if value is None:
            withheld = name in _OF_COMPARISON and row.get("comparability") == WITHHELD
            mark = SUPPRESSED if withheld else row.get("value") is None and row.get("status")
            return _Marks((mark or _NOT_AVAILABLE,), "In_20_place_20_of_20_a_20_number")
        return _Number(value, wording.places(row[unit] or ""))

    return _Column(title, _NARROW, cell, "Heading_20_of_20_numbers")


def _status(row: Row) -> _Cell:
    return _Marks(marks(row))


def _noted(title: str, *notes: str) -> str:
    numbers = [list(_NOTES).index(note) + 1 for note in notes]
    return " ".join([title, *(f"[note {number}]" for number in numbers)])


# --- sheets ---

_EXPLAINED = "Notes and shorthand are explained on the sheet Notes."
_PLACE = (
    _Column("Measure", _WIDE, lambda row: _Text(wording.measure(row))),
    _Column("Area", _MIDDLE, _text("area_name")),
)
_WINDOW = _Column("Time window", _NARROW, lambda row: _Text(_WINDOWS[row["time_window"]]))
_PERIOD_END = _Column("Period end", _MIDDLE, _text("period_end"))
_FIGURE = (
    _Column("Unit", _MIDDLE, lambda row: _Text(wording.unit_words(row["unit"]).capitalize())),
    _numbers(_noted("Figure", "rounding"), "value", "unit"),
    _numbers(_noted("Lower 95% limit", "interval"), "lower", "unit"),
    _numbers(_noted("Upper 95% limit", "interval"), "upper", "unit"),
    _Column("Status", _NARROW, _status),
)
_RATE = (
    _numbers(_noted("Per 1,000 residents", "rate"), "rate_per_1000", "change_unit"),
    _numbers("Lower 95% limit of the rate", "rate_lower", "change_unit"),
    _numbers("Upper 95% limit of the rate", "rate_upper", "change_unit"),
)
_CHANGE = (
    _numbers(_noted("Figure before", "before"), "previous_value", "unit"),
    _numbers("Change", "change", "change_unit"),
    _Column(
        _noted("Unit of the change", "points"),
        _MIDDLE,
        lambda row: (
            _Text(wording.unit_words(row["change_unit"]).capitalize())
            if row["change_unit"]
            else _Marks((_NOT_APPLICABLE,))
        ),
    ),
    _numbers("Lower 95% limit of the change", "change_lower", "change_unit"),
    _numbers("Upper 95% limit of the change", "change_upper", "change_unit"),
    _Column(_noted("Assessment", "assessment"), _MIDDLE, lambda row: _Text(wording.assessment(row))),
)
_IN_WORDS = (_Column("Comparison in words", 2 * _WIDE, lambda row: _Text(wording.comparison_sentence(row))),)
_BASELINE_IN_WORDS = (
    _Column(
        _noted("Against the baseline of the plan, in words", "baseline"),
        2 * _WIDE,
        lambda row: _Text(wording.baseline_sentence(row)),
    ),
)


def _cover(draft: "Draft", release: str, released: datetime, correction: str) -> _Sheet:
    product = draft.product
    synthetic = " (synthetic data)" if draft.synthetic else ""
    released_on, as_of = f"{released:%-d %B %Y}", f"{draft.as_of:%-d %B %Y}"
    lines = [_Text(f"{product.title}, {wording.quarter(draft.quarter)}{synthetic}", "Heading_20_1")]
    lines += [_Text(product.summary)]
    if draft.synthetic:
        lines += [
            _Text("Synthetic data", "Heading_20_2"),
            _Text(
                "These figures were generated to try out the system. They describe nothing that happened and must not "
                "be quoted."
            ),
        ]
    if correction:
        lines += [
            _Text("Correction", "Heading_20_2"),
            _Text(correction),
            _Text("This release replaces an earlier release for the same quarter."),
        ]
    lines += [
        _Text("This release", "Heading_20_2"),
        _Text(f"Release {release}, of {released_on}, {released:%H:%M}. Data as of {as_of}."),
        _Text(
            "This workbook holds the headline figures and the latest period of each measure. The whole history is in "
            f"{product.name}.csv, beside it."
        ),
        _Text("How to read it", "Heading_20_2"),
        _Text(
            "Each sheet after this one holds one table, or says why it holds none. Numbers of notes, such as [note 1], "
            "and shorthand in square brackets are explained on the sheet Notes. No cell of a table is empty."
        ),
        _Text("Contact", "Heading_20_2"),
        _Text(PUBLISHER),
        _Text(CONTACT, "Link", f"mailto:{CONTACT}"),
        _Text("How to cite", "Heading_20_2"),
        _Text(
            f"{PUBLISHER} ({released.year}). {product.title}, release {release}{synthetic}. Released {released_on}, "
            f"data as of {as_of}."
        ),
        _Text("Licence", "Heading_20_2"),
        _Text(LICENCE["title"], "Link", LICENCE["path"]),
    ]
    return _Sheet("Cover", lines)


def _contents(sheets: Sequence[_Sheet]) -> _Sheet:
    columns = [
        _Column("Sheet", _MIDDLE, lambda row: _Text(row["name"], "Link", f"#{row['name']}.A1")),
        _Column("What it holds", _PAGE - _MIDDLE - _NARROW, _text("title")),
        _numbers("Rows", "rows", "unit"),
    ]
    rows = [
        {"name": sheet.name, "title": sheet.lines[0].text, "rows": len(sheet.rows), "unit": "count"} for sheet in sheets
    ]
    return _table("Contents", "Contents", (), columns, rows)


def _notes(tables: Iterable[_Sheet]) -> _Sheet:
    """Explain the notes, and the shorthand that the tables use."""
    used = {
        code
        for sheet in tables
        for row in sheet.rows
        for cell in row
        if isinstance(cell, _Marks)
        for code in cell.codes
    }
    rows = [{"mark": f"[note {number}]", "meaning": note} for number, note in enumerate(_NOTES.values(), start=1)]
    rows += [{"mark": code, "meaning": wording.SHORTHAND[code]} for code in sorted(used)]
    columns = [
        _Column("Note or shorthand", _MIDDLE, _text("mark")),
        _Column("Meaning", _PAGE - _MIDDLE, _text("meaning")),
    ]
    return _table("Notes", "Notes and shorthand", (), columns, rows)


def _headlines(draft: "Draft") -> _Sheet:
    rows = current(draft.frames["rows"])
    headline = headline_rows(rows, draft.product.headline)
    period = _Column("Period", _MIDDLE, lambda row: _Text(wording.period(row["period_start"], row["period_end"])))
    columns = [*_PLACE, period, *_FIGURE, *_CHANGE, *_IN_WORDS]
    columns += _BASELINE_IN_WORDS if "baseline_value" in rows else ()
    missing = missing_headlines(draft, headline)
    lines = [_EXPLAINED, *([f"No London figure in this release: {'; '.join(missing)}."] if missing else [])]
    return _table("Headlines", _noted("Headline figures, London", "recorded", "system"), lines, columns, headline)


def _latest(draft: "Draft") -> _Sheet:
    rows = current(draft.frames["rows"])
    newest = rows.groupby(["measure_id", "group_id", "time_window"])["period_end"].transform("max")
    shown = rows[rows["period_end"] == newest].sort_values(["measure_name", "group_id", "area_name", "time_window"])
    period = (_WINDOW, _Column("Period start", _MIDDLE, _text("period_start")), _PERIOD_END)
    columns = [*_PLACE, *period, *_FIGURE, *(_RATE if "rate_per_1000" in rows else ()), *_CHANGE]
    title = _noted("Figures of the latest period of each measure", "recorded", "system")
    lines = [_EXPLAINED, f"Earlier periods are in {draft.product.name}.csv."]
    return _table("Latest", title, lines, columns, records(shown))


def _revisions(draft: "Draft") -> _Sheet:
    differences = draft.differences.drop_duplicates(
        ["kind", "measure_id", "area_code", "group_id", "time_window", "period_end"]
    )
    revised = differences[differences["kind"] != "added"].sort_values("period_end", ascending=False, kind="stable")
    names = draft.measures.set_index("measure_id")
    places = draft.frames["rows"].drop_duplicates("area_code").set_index("area_code")["area_name"]
    rows = [
        {
            **row,
            "measure_name": names["measure_name"].get(row["measure_id"], row["measure_id"]),
            "unit": names["unit"].get(row["measure_id"]),
            "area_name": places.get(row["area_code"], row["area_code"]),
            "status": SUPPRESSED if row["kind"] == "changed" else None,
        }
        for row in records(revised.head(_REVISIONS))
    ]
    columns = [
        *_PLACE,
        _WINDOW,
        _PERIOD_END,
        _Column("What happened", _NARROW, lambda row: _Text(row["kind"].capitalize())),
        _numbers(_noted("Figure in the last release", "rounding"), "old_value", "unit"),
        _numbers("Figure now", "new_value", "unit"),
        _Column("Explained by a later delivery or a correction", _MIDDLE, _text("explained")),
    ]
    since = f"since release {draft.last.release}" if draft.last else "(no earlier release stands)"
    lines = [_EXPLAINED] if rows else ["No figure was revised."]
    if len(revised) > len(rows):
        lines += [f"Shown: {len(rows):,} of {len(revised):,}, the latest periods. All are in differences.csv."]
    return _table("Revisions", _noted(f"Revisions {since}", "revisions"), lines, columns, rows)


def _measures(draft: "Draft") -> _Sheet:
    columns = [
        _Column("Measure", _WIDE, _text("measure_name")),
        _Column("Definition", _PAGE, _text("definition", _NOT_AVAILABLE)),
        _Column("Unit", _MIDDLE, lambda row: _Text(wording.unit_words(row["unit"]).capitalize())),
        _Column("Direction wanted", _NARROW, lambda row: _Text(row["direction"].replace("_", " ").capitalize())),
        _Column("In this release", _NARROW, _text("in_this_release")),
        _Column("Source", _MIDDLE, lambda row: _Text(row["status"].capitalize())),
        _Column("Why there is no figure", _WIDE, _text("why")),
    ]
    title = "Measures: what each means, and which have no source yet"
    return _table("Measures", title, [_EXPLAINED], columns, records(draft.measures.sort_values("measure_name")))


def _deliveries(draft: "Draft") -> _Sheet:
    columns = [
        _Column("Feed", _WIDE, _text("feed")),
        _Column("File", _WIDE, _text("name")),
        _Column("Published", _MIDDLE, _text("published_on", _NOT_AVAILABLE)),
        _Column("First period", _MIDDLE, _text("first_period", _NOT_AVAILABLE)),
        _Column("Last period", _MIDDLE, _text("last_period", _NOT_AVAILABLE)),
        _Column("SHA-256", _PAGE, _text("sha256")),
    ]
    title = "The latest file received from the publishers for each feed"
    lines = [_EXPLAINED, "All files that this release stands on are in deliveries.csv."]
    return _table("Deliveries", title, lines, columns, latest_deliveries(draft.deliveries))


def _table(name: str, title: str, lines: Iterable[str], columns: Sequence[_Column], rows: Sequence[Row]) -> _Sheet:
    """Make a sheet of a table; without rows it is a sheet without a table."""
    about = ["This sheet holds one table." if rows else "This sheet holds no table.", *lines]
    return _Sheet(
        name,
        [_Text(title, "Heading_20_1"), *(_Text(line, "Default") for line in about)],
        columns if rows else (),
        [[column.cell(row) for column in columns] for row in rows],
    )
