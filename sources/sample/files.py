"""A publisher's file in memory, and the CSV text it is made of. Its figures belong in the sources."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


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
