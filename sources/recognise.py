"""Which feed and which layout a file is: by its exact header, never by its name.

What the rows hold is not looked at here; see `tidy`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.feed import Feed, HeaderDifference, Layout
from sources.readers import Reader
from sources.report import Refusal, quoted

SIZE_LIMIT = 128 << 20
"""Bytes of a file that is read, ten times the largest expected: validation takes some forty times as much memory.
Any file is archived, whatever its size."""

RECORDS_LIMIT = 8 << 30
"""The same for a feed of records: they are read as a stream and validated in batches, and take disk, not memory."""

HEAD = 4096
SIGNATURES = {
    b"PK\x03\x04": "workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


@dataclass(frozen=True)
class Recognised:
    """A file, the feed it belongs to and the layout it has."""

    path: Path
    feed: Feed
    layout: Layout
    header: tuple[str, ...]
    name: str


def recognise(path: Path, feeds: Sequence[Feed], *, name: str, expected: str | None = None) -> Recognised:
    """Tell the feed and layout of the file at `path`.

    Args:
        path: where the bytes are.
        feeds: the registry.
        name: the name the file arrived under; a hint in the report, and what a layout may read (`Layout.named`).
        expected: the feed that the sender said it is, if any.

    Raises:
        Refusal: no layout fits, more than one does, or the file is of another feed than expected.
    """
    names = [feed.name for feed in feeds]
    if expected and expected not in names:
        raise Refusal(
            f"the file was sent as {quoted(expected)}, which is no feed",
            remedy=f"Send it again as one of {', '.join(names)}, or without saying.",
        )
    kind = _kind(path)
    readers = dict.fromkeys(layout.reader for feed in feeds for layout in feed.layouts if layout.reader.kind == kind)
    headers: dict[Reader, tuple[str, ...]] = {}
    refusals = []
    for reader in readers:
        try:
            headers[reader] = reader.header(path)
        except Refusal as refusal:  # another reader may take another encoding
            refusals.append(refusal)
    fitting = [
        Recognised(path, feed, layout, headers[layout.reader], name)
        for feed in feeds
        for layout in feed.layouts
        if layout.reader in headers and layout.fits(headers[layout.reader])
    ]
    if len(fitting) > 1:
        layouts = ", ".join(f"{match.feed.name}/{match.layout.name}" for match in fitting)
        raise Refusal(
            f"the header fits {len(fitting)} layouts: {layouts}",
            remedy="Tell the layouts apart in the feed modules, then: oversight retry.",
        )
    if not fitting and refusals:
        raise refusals[0]
    if not fitting:
        raise _unknown(kind, headers, feeds, name)
    match = fitting[0]
    if expected and match.feed.name != expected:
        raise Refusal(
            f"the file was sent as {expected} but its header is that of {match.feed.name}",
            feed=expected,
            remedy=f"Send it again as {match.feed.name}, or ask for the right file.",
        )
    _check_size(match)
    return match


def _kind(path: Path) -> str:
    """Return `CSV` or `workbook` from the first bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise Refusal("the file is empty", remedy="Ask the publisher for the file again.")
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature):
            if kind == "workbook":
                return kind
            raise Refusal(f"the file is {kind}", remedy="Send the CSV or xlsx file that the publisher offers.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise Refusal(
            "the file is a web page, not data",
            remedy="The download address answered with a page (often a login or an error). Fetch the file itself.",
        )
    if start.startswith((b"{", b"[")):
        raise Refusal(
            "the file is JSON, not CSV",
            remedy="The address answered with a message; read it, and fetch again.",
        )
    if 0 in head:
        raise Refusal(
            f"byte {head.index(0):,} is NUL: this is not text",
            remedy="Ask the publisher for the file again; it was damaged or is no CSV.",
        )
    return "CSV"


def _check_size(match: Recognised) -> None:
    size, limit = match.path.stat().st_size, RECORDS_LIMIT if match.feed.record_level else SIZE_LIMIT
    if size > limit:
        raise Refusal(
            f"the file has {size:,} bytes; files of up to {limit:,} are read",
            feed=match.feed.name,
            remedy="No source of ours sends a file of that size; ask the publisher what it is.",
        )


def _unknown(kind: str, headers: dict[Reader, tuple[str, ...]], feeds: Sequence[Feed], name: str) -> Refusal:
    """Say how the header differs from the nearest layout; a file name only breaks ties."""
    candidates = [
        (layout.compare(headers[layout.reader]), not _named_like(feed, name), feed, layout)
        for feed in feeds
        for layout in feed.layouts
        if layout.reader in headers
    ]
    if not candidates:
        return Refusal(f"no feed is published as a {kind}", remedy="Add a feed for it, or discard the file.")
    # A file read by another delimiter is one long column: near to a narrow layout, though it has nothing of it.
    difference, _, feed, layout = min(
        candidates, key=lambda c: (not _in_common(c[0], headers[c[3].reader]), c[0].distance, c[1])
    )
    header = headers[layout.reader]
    if not _in_common(difference, header):
        header = max(headers.values(), key=len)
        shown = ", ".join(map(quoted, header[:8])) + (" and more" if header[8:] else "") if header else "none"
        return Refusal(
            f"the header is of no known feed; its columns are {shown}",
            feed=next((feed.name for feed in feeds if _named_like(feed, name)), None),
            added=header,
            remedy="If Oversight should take this file, add a feed for it (README, Add a feed).",
        )
    if header[0].startswith("\ufeff"):
        return Refusal(
            "the file begins with a byte-order mark, which is no part of any layout",
            feed=feed.name,
            nearest=f"{feed.name}/{layout.name}",
            missing=difference.missing,
            added=difference.added,
            remedy="It was saved again by a spreadsheet or editor. Send the file as the publisher offers it.",
        )
    renamed = difference.missing and len(difference.missing) == len(difference.added)
    what = "columns stand in another order" if not difference.distance else "columns differ"
    return Refusal(
        f"the header is of no known layout; {what} from {feed.name}/{layout.name}",
        feed=feed.name,
        nearest=f"{feed.name}/{layout.name}",
        missing=difference.missing,
        added=difference.added,
        remedy=(
            "The columns look renamed: if the publisher confirms it, add a layout to the feed's module"
            if renamed
            else "If the publisher changed the layout, add it to the feed's module"
        )
        + ", then: oversight retry.",
    )


def _in_common(difference: HeaderDifference, header: tuple[str, ...]) -> set[str]:
    """Return the columns of `header` that have a name and that the layout has too."""
    return set(header) - set(difference.added) - {""}


def _named_like(feed: Feed, name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in feed.file_names)
