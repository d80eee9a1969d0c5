"""Where releases are published: a target is made to show what the public should see of a product, and no more.

What that is, is decided in `lifecycle`; it comes as a `Shelf`. A target compares it with what it holds (`plan`) and
makes the changes that are missing (`show`), so the same call can be made again after a failure at any point.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from orchestration.errors import ToldError
from orchestration.publication.bundle import MANIFEST, Bundle, BundleError, read_bundle
from orchestration.publication.feed import FEED, render_feed
from orchestration.publication.ledger import Stage
from orchestration.publication.page import render_catalogue, render_notice

_LISTING = "releases.json"


class PublicationError(ToldError):
    """A release that cannot be published as it stands."""


@dataclass(frozen=True)
class Standing:
    """One release as the public should see it: `published`, `superseded` or `withdrawn`, and why and when withdrawn."""

    bundle: Bundle
    stage: Stage
    reason: str = ""
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Shelf:
    """All that the public should see of a product, the newest release first."""

    product: str
    standings: tuple[Standing, ...]

    @property
    def title(self) -> str:
        """What the public knows the product by."""
        return self.standings[0].bundle.title if self.standings else self.product

    @property
    def current(self) -> Bundle | None:
        """The release that leads: the newest that is neither superseded nor withdrawn."""
        return next((each.bundle for each in self.standings if each.stage is Stage.published), None)

    def successor(self, standing: Standing) -> Bundle | None:
        """The release that stands in the place of a superseded or withdrawn one: of its quarter, or else the newest."""
        of_quarter = (
            each.bundle
            for each in self.standings
            if each.stage is Stage.published and each.bundle.quarter == standing.bundle.quarter
        )
        return next(of_quarter, self.current)


@dataclass(frozen=True)
class Change:
    """One thing that a target has to do to show a shelf."""

    action: Literal["create", "replace", "describe", "remove", "point"]
    what: str
    why: str


@dataclass(frozen=True)
class Published:
    """What came of it: the release that leads now, where, and whether anything had to be changed for it."""

    product: str
    release: str | None
    location: str
    new: bool


class Target(Protocol):
    """A place where releases are published."""

    def plan(self, shelf: Shelf) -> list[Change]:
        """Return what is missing for the place to show a shelf, in the order in which it would be done."""

    def show(self, shelf: Shelf) -> Published:
        """Make the place show a shelf; a failure leaves the last release up, and the same call can be made again."""


class FolderTarget:
    """A folder that a web server shows.

    `<product>/<release>/` is the sealed bundle; where it was superseded or withdrawn, a notice. The files of a
    superseded release stay in `<product>/superseded/<release>/`. `<product>/latest` points to the release that leads,
    `<product>/releases.json` lists all, and `index.html` is the catalogue. `feed.xml` tells of all products,
    `<product>/feed.xml` of one; `address` is where the public finds the folder, for the links of the feeds.
    """

    def __init__(self, root: Path, address: str = "") -> None:
        self._root = root
        self._address = f"{address.rstrip('/')}/" if address else ""

    def plan(self, shelf: Shelf) -> list[Change]:
        """Compare the folder with a shelf; raises `PublicationError` where a release has other content there."""
        return [
            Change(_action(self._root / each.place, each.content), each.place, each.why)
            for each in self._wanted(shelf)
            if not self._holds(self._root / each.place, each.content)
        ]

    def show(self, shelf: Shelf) -> Published:
        """Make the changes one by one, each seen whole or not at all."""
        missing = {change.what for change in self.plan(shelf)}
        for each in self._wanted(shelf):
            if each.place in missing:
                self._make(self._root / each.place, each.content)
        # Last, since they are drawn from the listings of all products.
        listings = [json.loads(path.read_bytes()) for path in sorted(self._root.glob(f"*/{_LISTING}"))]
        for name, text in (
            ("index.html", render_catalogue(listings)),
            (FEED, render_feed(listings, address=self._address)),
        ):
            if not self._holds(self._root / name, text):
                self._make(self._root / name, text)
        leading = shelf.current
        place = f"{shelf.product}/{leading.release if leading else ''}"
        location = f"{self._address}{place}" if self._address else str(self._root / place)
        return Published(shelf.product, leading.release if leading else None, location, bool(missing))

    def _wanted(self, shelf: Shelf) -> Iterator["_Wanted"]:
        """Yield what is to stand where. A reader finds a new release before an old one gives way."""
        folder = shelf.product
        for standing in shelf.standings:
            if standing.stage is Stage.superseded:
                yield _Wanted(f"{folder}/superseded/{standing.bundle.release}", standing.bundle, "stays reachable")
            elif standing.stage is Stage.published:
                yield _Wanted(f"{folder}/{standing.bundle.release}", standing.bundle, "published")
        leading = shelf.current
        yield _Wanted(f"{folder}/latest", Path(leading.release) if leading else None, "leads")
        for standing in shelf.standings:
            if standing.stage is not Stage.published:
                notice = _Notice(render_notice(standing, shelf.successor(standing)))
                yield _Wanted(f"{folder}/{standing.bundle.release}", notice, str(standing.stage))
            if standing.stage is not Stage.superseded:
                yield _Wanted(f"{folder}/superseded/{standing.bundle.release}", None, str(standing.stage))
        # The page of a release points to the feed beside its folder, wherever it stands.
        superseded = any(standing.stage is Stage.superseded for standing in shelf.standings)
        for place, wanted in ((f"{folder}/superseded/", superseded), (f"{folder}/", bool(shelf.standings))):
            feed = render_feed([_listed(shelf)], place=place, address=self._address) if wanted else None
            yield _Wanted(f"{place}{FEED}", feed, "tells of the releases")
        yield _Wanted(f"{folder}/{_LISTING}", listing(shelf), "lists the releases")

    def _holds(self, path: Path, content: "_Content") -> bool:
        if content is None:
            return not path.exists() and not path.is_symlink()
        if isinstance(content, Path):
            return path.is_symlink() and path.readlink() == content
        if isinstance(content, str):
            return path.exists() and path.read_text(encoding="utf-8") == content
        is_bundle = (path / MANIFEST).exists()
        if isinstance(content, _Notice):
            page = path / "index.html"
            return not is_bundle and page.exists() and page.read_text(encoding="utf-8") == content.page
        if is_bundle and self._read(path).seal != content.seal:
            raise PublicationError(
                f"{content.product} {content.release} is published with other content; a published release is"
                " immutable, publish a correction under the next number"
            )
        return is_bundle

    def _make(self, path: Path, content: "_Content") -> None:
        """Write beside the place under a name with a dot, then give it its name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh, stale = path.with_name(f".{path.name}.tmp"), path.with_name(f".{path.name}.old.tmp")
        for left in (fresh, stale):
            _remove(left)
        if isinstance(content, Path):
            fresh.symlink_to(content)
        elif isinstance(content, str):
            fresh.write_text(content, encoding="utf-8", newline="\n")
        elif isinstance(content, _Notice):
            fresh.mkdir()
            (fresh / "index.html").write_text(content.page, encoding="utf-8", newline="\n")
        elif isinstance(content, Bundle):
            shutil.copytree(content.path, fresh)
            if self._read(fresh).seal != content.seal:
                raise PublicationError(f"what arrived in {fresh} is not the bundle of seal {content.seal}")
        if path.is_dir() and not path.is_symlink():
            path.rename(stale)
        if content is None:
            path.unlink(missing_ok=True)
        else:
            fresh.replace(path)
        _remove(stale)

    @staticmethod
    def _read(place: Path) -> Bundle:
        try:
            return read_bundle(place)
        except BundleError as error:
            raise PublicationError(f"a published release is damaged: {error}") from error


@dataclass(frozen=True)
class _Notice:
    """A page that stands where a release was."""

    page: str


_Content = Bundle | _Notice | str | Path | None
"""A release, a notice, the text of a file, what a link points to, or nothing."""


@dataclass(frozen=True)
class _Wanted:
    place: str
    content: _Content
    why: str


def _action(path: Path, content: _Content) -> Literal["create", "replace", "describe", "remove", "point"]:
    if content is None:
        return "remove"
    if isinstance(content, Path):
        return "point"
    return "replace" if path.exists() else "create"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def listing(shelf: Shelf) -> str:
    """Return the releases of a product for machines, the newest first."""
    return json.dumps(_listed(shelf), indent=1, ensure_ascii=False) + "\n"


def _listed(shelf: Shelf) -> dict[str, Any]:
    releases = [
        {
            "release": each.bundle.release,
            "quarter": each.bundle.quarter,
            "stage": str(each.stage),
            "reason": each.reason or each.bundle.correction,
            "correction": each.bundle.correction,
            "released_at": each.bundle.released_at.isoformat(),
            "withdrawn_at": each.withdrawn_at.astimezone(UTC).isoformat() if each.withdrawn_at else None,
            "as_of": str(each.bundle.as_of),
            "synthetic": each.bundle.synthetic,
            "seal": each.bundle.seal,
        }
        for each in shelf.standings
    ]
    return {"product": shelf.product, "title": shelf.title, "releases": releases}
