"""The Atom feed of releases (RFC 4287): what was published, corrected and withdrawn, the newest first.

It is drawn from the listings of products, as the catalogue is, and from nothing else: the same listings give the same
bytes. Each event is an entry of its own, so that a reader is told of a withdrawal even if it has shown the release.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestration.publication.names import parse_release
from orchestration.publication.page import CONTACT, render_atom
from orchestration.publication.wording import sentence

FEED = "feed.xml"


@dataclass(frozen=True)
class Entry:
    """One event in the life of a release."""

    id: str
    at: datetime
    kind: str
    title: str
    summary: str
    link: str


def render_feed(listings: Iterable[Mapping[str, Any]], *, place: str = "", address: str = "") -> str:
    """Render the feed of the listed products.

    Args:
        listings: the products, each with its releases, of which there is at least one.
        place: the folder of the feed below the root, such as `borough-performance/`.
        address: where the public finds the root, ending in a slash; links are relative if it is empty.
    """
    listed = list(listings)
    root = address or "../" * place.count("/")
    entries = sorted(
        (entry for each in listed for entry in _entries(each, root)),
        key=lambda entry: (entry.at, entry.id),
        reverse=True,
    )
    [title] = [each["title"] for each in listed] if place else ["Releases"]
    return render_atom(
        id=_tag(place + FEED),
        title=title,
        address=f"{root}{place}{FEED}" if address else FEED,
        catalogue=f"{root}index.html",
        updated=entries[0].at,
        entries=entries,
    )


def _entries(listing: Mapping[str, Any], root: str) -> Iterator[Entry]:
    product, product_title = listing["product"], listing["title"]
    standing = {each["quarter"]: each["release"] for each in listing["releases"] if each["stage"] == "published"}
    for each in listing["releases"]:
        release = each["release"]
        link = f"{root}{product}/{release}/index.html"
        kind = "correction" if parse_release(release)[1] > 1 else "publication"
        synthetic = "Synthetic figures, to try out the system. " if each["synthetic"] else ""
        if kind == "correction":
            said = f"This release replaces an earlier one of {each['quarter']}. Why: {sentence(each['correction'])}"
        else:
            said = f"Data as of {each['as_of']}."
        yield Entry(
            id=_tag(f"{product}/{release}"),
            at=datetime.fromisoformat(each["released_at"]),
            kind=kind,
            title=f"{product_title}, {release}: {'corrected' if kind == 'correction' else 'published'}",
            summary=synthetic + said,
            link=link,
        )
        if each["withdrawn_at"]:
            instead = standing.get(each["quarter"])
            stands = f"{instead} stands." if instead else f"No release of {each['quarter']} stands."
            yield Entry(
                id=_tag(f"{product}/{release}/withdrawn"),
                at=datetime.fromisoformat(each["withdrawn_at"]),
                kind="withdrawal",
                title=f"{product_title}, {release}: withdrawn",
                summary=f"{synthetic}The figures of {release} must not be used. "
                f"Why: {sentence(each['reason'])} {stands}",
                link=link,
            )


def _tag(name: str) -> str:
    """Return an id that stays when the files move (RFC 4151)."""
    return f"tag:{CONTACT},2026:oversight/{name}"
