"""A publisher's file in memory, and the CSV text or OpenDocument it is made of. Its figures belong in the sources."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True)
class PublishedFile:
    """One file as a publisher puts it out: its name, the day, and the bytes."""

    name: str
    published: date
    content: bytes


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as the five publishers do: CRLF, quotes only where a value needs them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def ods(sheets: Mapping[str, Iterable[Sequence[str | int | float | date]]]) -> bytes:
    """Write an OpenDocument spreadsheet with these rows on each sheet; an empty text is an empty cell.

    As the publishers' do, a sheet ends with all the rows there could be, empty and written as one.
    """
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_row, rows))}"
        '<table:table-row table:number-rows-repeated="1048560"><table:table-cell/></table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    namespaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    members = {
        "mimetype": kind,
        "META-INF/manifest.xml": "<manifest:manifest"
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{namespaces}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED  # a reader looks for it as it is
            archive.writestr(zipfile.ZipInfo(name), text, how)  # dated 1980, so that the bytes are the same
    return buffer.getvalue()


def _row(cells: Sequence[str | int | float | date]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(value: str | int | float | date) -> str:
    if value == "":
        return "<table:table-cell/>"
    if isinstance(value, date):
        kind = f'date" office:date-value="{value}'
    else:
        kind = "string" if isinstance(value, str) else f'float" office:value="{value}'
    return f'<table:table-cell office:value-type="{kind}"><text:p>{escape(str(value))}</text:p></table:table-cell>'
