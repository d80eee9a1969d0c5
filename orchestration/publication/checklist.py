"""The checklist before a release is sealed: what must hold of its folder and of its text.

The gate judges rows; this looks at what was made of them, as it was written. An item that is open stops the release.
The list is part of the release's evidence.
"""

import csv
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.publication import wording
from orchestration.publication.names import parse_release
from orchestration.publication.selection import records
from orchestration.publication.wording import Row

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft

_SERIES = ("measure_id", "area_code", "group_id", "time_window")
FIGURE = (*_SERIES, "period_end")
"""The columns by which a sentence of the page names, in its attribute `data-figure`, the row that it speaks of."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_PLAIN = {"12", "95", "99"}  # months of a window, and levels of intervals
_EXAMPLES = 5


@dataclass(frozen=True)
class Item:
    """One line of the checklist: what is asked, whether it holds, and what was found."""

    name: str
    asks: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Written:
    """A release that is written and not yet sealed."""

    draft: "Draft"
    number: str
    correction: str
    verdict: Mapping[str, Any]
    folder: Path


def go_through(release: Written) -> tuple[Item, ...]:
    """Return every item with what was found."""
    items = []
    for name, asks, look in _ITEMS:
        faults, found = look(release)
        shown = "; ".join(faults[:_EXAMPLES]) + (f"; {len(faults) - _EXAMPLES} more" * (len(faults) > _EXAMPLES))
        items.append(Item(name, asks, not faults, shown or found))
    return tuple(items)


def _gate(release: Written) -> tuple[list[str], str]:
    summary = str(release.verdict.get("summary", "no verdict"))
    return ([] if release.verdict.get("outcome") == "passed" else [summary]), summary


def _disclosure(release: Written) -> tuple[list[str], str]:
    audit = [check for check in release.verdict.get("checks", ()) if check["frame"] == "disclosure"]
    open_checks = [f"{it['name']}: {it['observed']}" for it in audit if it["severity"] == "critical"
                   and it["outcome"] != "passed"]  # fmt: skip
    return (open_checks if audit else ["the audit was not made"]), f"{len(audit)} checks of the audit passed"


def _feeds(release: Written) -> tuple[list[str], str]:
    draft, said = release.draft, _text_of(_page(release))
    feeds = draft.frames["feeds"]
    late = [f"{feed} is late" for feed in feeds.loc[feeds["late"].fillna(True).astype(bool), "feed"]]
    silent = draft.measures[(draft.measures["status"] == "live") & ~draft.measures["in_this_release"].astype(bool)]
    undeclared = [f"{name} has no figure, and the page does not say so" for name in silent["measure_name"]
                  if " ".join(name.split()) not in said]  # fmt: skip
    return [*late, *undeclared], f"{len(feeds)} feeds cover what is due of them; {len(silent)} absences are declared"


def _revisions(release: Written) -> tuple[list[str], str]:
    changed = release.draft.frames["changed"]
    unexplained = changed[changed["explained"] != True]  # noqa: E712
    named = ["/".join(str(row[column]) for column in FIGURE) for row in unexplained.to_dict("records")]
    return named, f"{len(changed)} revised figures, each explained"


def _dictionary(release: Written) -> tuple[list[str], str]:
    with (release.folder / f"{release.draft.product.name}.csv").open(newline="", encoding="utf-8") as file:
        columns = next(csv.reader(file))
    with (release.folder / "dictionary.csv").open(newline="", encoding="utf-8") as file:
        described = {row["column"] for row in csv.DictReader(file) if row["description"].strip()}
    undescribed = [f"{name} is not described" for name in columns if name not in described]
    return undescribed, f"{len(columns)} columns, each described"


def _correction(release: Written) -> tuple[list[str], str]:
    corrects, reason = parse_release(release.number)[1] > 1, release.correction.strip()
    if corrects == bool(reason):
        return [], f"it says why: {reason}" if reason else "it corrects nothing"
    return ["it does not say why it corrects" if corrects else "it says why it corrects, and corrects nothing"], ""


def _text(release: Written) -> tuple[list[str], str]:
    """Hold every sentence of the page against the row of the published file that it speaks of."""
    said: dict[str, list[str]] = {}
    for element in _page(release).iter():
        if figure := element.get("data-figure"):
            said.setdefault(figure, []).append(_text_of(element))
    # A product has a hundred thousand rows, and its page speaks of some twenty measures.
    spoken = pc.field("measure_id").isin(pa.array([figure.partition("|")[0] for figure in said], pa.string()))
    rows = pq.read_table(release.folder / f"{release.draft.product.name}.parquet", filters=spoken).to_pylist()
    by_figure, by_series = _grouped(rows, FIGURE), _grouped(rows, _SERIES)
    wholes = _grouped(records(release.draft.frames["wholes"]), FIGURE)
    known = set(_NUMBER.findall(wording.quarter(release.draft.quarter)))
    known |= {word for broken in release.draft.frames["breaks"].to_dict("records") for word in _words(broken)}
    faults = []
    for figure, texts in said.items():
        if figure not in by_figure:
            faults.append(f"{figure} is spoken of and not published")
            continue
        found, larger = by_figure[figure], wholes.get(figure, [])
        faults += [f"{figure}: {fault}" for fault in _unbacked(" ".join(texts), found, by_series, larger, known)]
    if not said and len(release.draft.frames["rows"]):
        faults.append("the page says nothing of any figure")
    return faults, f"statements: {sum(map(len, said.values()))}; figures: {len(said)}; each is backed by its rows"


def _unbacked(
    text: str,
    found: list[Row],
    by_series: Mapping[str, list[Row]],
    wholes: list[Row],
    known: set[str],
) -> Iterator[str]:
    """Yield what a text says and the rows of its figure do not; `known` are numbers that it may state besides."""
    row = found[0]
    named = wording.unit_words(row["unit"]), wording.before(row["period_start"], row["period_end"])
    stated = _PLAIN | known | set(_NUMBER.findall(" ".join(named)))
    stated |= {word for each in [*found, *wholes] for word in _words(each)}
    if unstated := [number for number in _NUMBER.findall(text) if number.rstrip(",") not in stated]:
        yield f"no row states {', '.join(dict.fromkeys(unstated))}"
    before = row["previous_value"]
    series = by_series["|".join(str(row[column]) for column in _SERIES)]
    if before is not None and not any(it["value"] == before and it["period_end"] < row["period_end"] for it in series):
        yield f"no row holds the {before} of the period before"
    if wording.subset_sentence(row, wholes) not in text:
        yield f"it is a part of {', '.join(each['whole_name'] for each in wholes)}, which is not named with its figure"


def _grouped(rows: Iterable[Row], columns: Sequence[str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault("|".join(str(row[column]) for column in columns), []).append(row)
    return groups


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the numbers that a row states, as a sentence may write them."""
    for value in row.values():
        if isinstance(value, date):
            yield from (str(value.year), str(value.day))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from (f"{abs(wording.rounded(value, places)):,}" for places in (0, 1, 2))
        elif isinstance(value, str):
            yield from _NUMBER.findall(value)


def _page(release: Written) -> ElementTree.Element:
    # Written by our own template a moment ago: it is well-formed, and no stranger's.
    return ElementTree.fromstring((release.folder / "index.html").read_bytes())  # noqa: S314


def _text_of(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


_ITEMS: tuple[tuple[str, str, Callable[[Written], tuple[list[str], str]]], ...] = (
    ("gate", "The gate passed these rows.", _gate),
    ("feeds", "Every feed covers what is due of it, and whatever is absent is declared.", _feeds),
    ("revisions", "Every figure that changed since the last release is explained.", _revisions),
    ("text", "Every statement is backed by a published row, the row of the period before and its whole.", _text),
    ("disclosure", "The audit of disclosure passed.", _disclosure),
    ("dictionary", "Every column of the data is described.", _dictionary),
    ("correction", "A correction, and nothing else, says why in plain words.", _correction),
)
