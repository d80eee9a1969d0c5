"""What a portal is offered of a product: which files, what is said of them, and what the dataset says of itself.

The files of the release that leads are resources of their own, replaced in place so that their addresses stay; every
other release that the public may see is one zip. How a portal words and keeps it is its own module's.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.publication.bundle import Bundle
from orchestration.publication.ledger import Stage
from orchestration.publication.target import Shelf, listing

_FILES: Mapping[str, tuple[str, str]] = {
    "{product}.csv": ("Figures, CSV", "One row a figure; an empty cell is explained in its status."),
    "{product}.ods": ("Figures, workbook", "Headline figures and the latest period of each measure, accessible (ODS)."),
    "{product}.parquet": ("Figures, Parquet", "The same rows, with their types."),
    "{product}.csv-metadata.json": ("Figures, CSV on the Web", "What the columns of the CSV file are, for machines."),
    "index.html": ("Update, web page", "Headline figures and charts in plain language."),
    "dashboard.html": ("Dashboard, web page", "Every measure by area and period, with chart and table, to filter."),
    "annual-report.html": ("Annual report, web page", "What the year's four releases said, and what stands now."),
    "annual-figures.csv": ("Annual report, CSV", "The headline figures of the four releases, then and now."),
    "dictionary.csv": ("Data dictionary", "What each column means."),
    "measures.csv": ("Measures", "Definition of every measure, and of what has no source yet."),
    "deliveries.csv": ("Deliveries", "The publishers' files that the figures stand on, with their hashes."),
    "differences.csv": ("Revisions", "What was changed, added and withdrawn since the last release."),
    "basis.csv": ("Basis", "Every file that had been received, from which the release can be made again."),
    "datapackage.json": ("Data package", "Description of the files for machines."),
    "release.json": ("Seal", "The hash of every file of the release."),
}
"""File of a bundle: its title, and what is said of it."""
_ARCHIVED = re.compile(r"[0-9]{4}-Q[1-4](\.r[0-9]+)?: all files.*")


@dataclass(frozen=True)
class Offered:
    """A resource as it should be; the months are the first and the last that it tells of, as YYYY-MM."""

    title: str
    path: Path
    description: str
    months: tuple[str, str] | None
    order: int


@contextmanager
def offered(shelf: Shelf) -> Iterator[list[Offered]]:
    """Yield the resources as they should be; those that are made of a bundle lie in a folder of their own."""
    with TemporaryDirectory(prefix="oversight-") as scratch:
        files = list(_files(shelf.current)) if shelf.current else []
        for standing in shelf.standings:
            if standing.bundle is shelf.current or standing.stage is Stage.withdrawn:
                continue
            superseded = standing.stage is Stage.superseded
            bundle, successor = standing.bundle, shelf.successor(standing)
            note = f" (superseded by {successor.release})" if superseded and successor else ""
            title = f"{bundle.release}: all files{note}"
            path = _zipped(bundle, Path(scratch))
            about = successor.correction if superseded and successor else "An earlier release, as it was published."
            files.append(Offered(title, path, about, months(bundle), len(files)))
        path = Path(scratch) / "releases.json"
        path.write_text(listing(shelf), encoding="utf-8", newline="\n")
        files.append(Offered("Releases", path, "Every release and what became of it.", None, len(files)))
        yield files


def is_ours(title: str) -> bool:
    """Tell whether a release makes resources of that title; what others put into a dataset is left alone."""
    return _ARCHIVED.fullmatch(title) is not None or title in {ours for ours, _ in _FILES.values()}


def months(bundle: Bundle) -> tuple[str, str]:
    """Return the first and the last month of a release's quarter, as YYYY-MM."""
    year, last = bundle.quarter[:4], 3 * int(bundle.quarter[-1])
    return f"{year}-{last - 2:02}", f"{year}-{last:02}"


def about(shelf: Shelf) -> list[str]:
    """Return what the dataset says of itself, as paragraphs of plain text."""
    leading = shelf.current
    paragraphs = ["No release stands at present."]
    if leading:
        synthetic = ["Synthetic figures, to try out the system."] if leading.synthetic else []
        facts = f"Release {leading.release}, data as of {leading.as_of:%-d %B %Y}, seal {leading.seal}."
        paragraphs = [*synthetic, leading.summary, facts]
    for each in shelf.standings:
        if each.stage is not Stage.published:
            successor = shelf.successor(each)
            why = each.reason or (successor.correction if successor else "")
            paragraphs.append(f"{each.bundle.release} was {each.stage}: {why}")
    return paragraphs


def _files(bundle: Bundle) -> Iterator[Offered]:
    paths = [(bundle.path / name.format(product=bundle.product), words) for name, words in _FILES.items()]
    # An annual report is part of one release in four.
    held = [(path, words) for path, words in paths if path.exists()]
    for order, (path, (title, description)) in enumerate(held):
        yield Offered(title, path, description, months(bundle), order)


def _zipped(bundle: Bundle, folder: Path) -> Path:
    """Write a bundle as a zip that is the same to the byte each time."""
    path = folder / f"{bundle.product}-{bundle.release}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("release.json", *(file.name for file in bundle.files)):
            entry = zipfile.ZipInfo(f"{bundle.release}/{name}")  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (bundle.path / name).read_bytes())
    return path
