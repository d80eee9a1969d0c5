"""The feed of releases, read by a feed reader: what it tells, where its links lead, and that it cannot be broken."""

from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publication.feed import render_feed
from orchestration.publication.target import FolderTarget
from tests.office import PRODUCT, Q1, Q2, R2, REASON, Office

_ATOM = "{http://www.w3.org/2005/Atom}"
_TITLE = "Recorded crime in London's boroughs"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def read(source: Path | str) -> Any:
    """Read a feed as a subscriber would; it must be without fault, and have what RFC 4287 requires."""
    text = source.read_text() if isinstance(source, Path) else source
    root = ElementTree.fromstring(text)
    assert root.tag == f"{_ATOM}feed"
    for element in (root, *root.iter(f"{_ATOM}entry")):
        for required in ("id", "title", "updated"):
            assert len(element.findall(_ATOM + required)) == 1
            assert element.findtext(_ATOM + required)
        assert datetime.fromisoformat(element.findtext(f"{_ATOM}updated") or "").tzinfo
        assert [link.attrib["rel"] for link in element.findall(f"{_ATOM}link")].count("alternate") == 1
    assert root.find(f"{_ATOM}author/{_ATOM}name") is not None
    ids = [element.text for element in root.iter(f"{_ATOM}id")]
    assert len(ids) == len(set(ids))
    parsed = feedparser.parse(text)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    dates = [entry.updated for entry in parsed.entries]
    assert dates == sorted(dates, reverse=True)
    assert parsed.feed.updated == dates[0]
    return parsed


def test_a_subscriber_is_told_of_what_was_published_corrected_and_withdrawn(office: Office) -> None:
    office.issue(Q1, R2, Q2)
    office.withdraw(R2, "The correction was made in error.")
    site = office.site.parent
    for place in (site, office.site):
        entries = {(entry.title, entry.tags[0].term): entry for entry in read(place / "feed.xml").entries}
        assert set(entries) == {
            (f"{_TITLE}, {Q1}: published", "publication"),
            (f"{_TITLE}, {R2}: corrected", "correction"),
            (f"{_TITLE}, {R2}: withdrawn", "withdrawal"),
            (f"{_TITLE}, {Q2}: published", "publication"),
        }
        assert REASON in entries[f"{_TITLE}, {R2}: corrected", "correction"].summary
        said = entries[f"{_TITLE}, {R2}: withdrawn", "withdrawal"].summary
        assert said == (f"The figures of {R2} must not be used. Why: The correction was made in error. {Q1} stands.")
        # Of its own address alone a feed could not say where it is: the links lead on from the folder that it is in.
        assert all((place / entry.link).is_file() for entry in entries.values())


def test_every_page_points_to_a_feed_that_is_there(office: Office) -> None:
    office.issue(Q1, R2, Q2)
    office.withdraw(Q2)
    pages = [page for page in office.site.parent.rglob("index.html") if "data_docs" not in page.parts]
    assert len({page.parent for page in pages}) >= 4
    for page in pages:
        root = ElementTree.fromstring(page.read_text())
        feeds = [each.attrib["href"] for each in root.iter("link") if each.attrib["rel"] == "alternate"]
        assert len(feeds) == 1
        read(page.parent / feeds[0])
    superseded = office.site / "superseded"
    assert all((superseded / entry.link).is_file() for entry in read(superseded / "feed.xml").entries)
    office.withdraw(R2)
    assert not list(superseded.iterdir())


def test_a_withdrawal_changes_no_entry_that_was_read_and_the_same_shelf_gives_the_same_bytes(office: Office) -> None:
    office.issue(Q1, R2)
    before = {entry.id: entry for entry in read(office.site / "feed.xml").entries}
    office.withdraw(R2)
    after = {entry.id: entry for entry in read(office.site / "feed.xml").entries}
    assert {name: after[name] for name in before} == before
    other = FolderTarget(office.folder / "other")
    other.show(office.releases.shelf(PRODUCT))
    for name in ("feed.xml", f"{PRODUCT}/feed.xml", f"{PRODUCT}/releases.json"):
        assert (office.folder / "other" / name).read_bytes() == (office.site.parent / name).read_bytes()


@pytest.mark.parametrize("address", ["https://data.example.org/policing", "https://data.example.org/policing/"])
def test_links_lead_to_the_address_that_is_configured(office: Office, address: str) -> None:
    office.issue(Q1)
    FolderTarget(office.folder / "web", address).show(office.releases.shelf(PRODUCT))
    for name in ("feed.xml", f"{PRODUCT}/feed.xml"):
        parsed = read(office.folder / "web" / name)
        assert [link.href for link in parsed.feed.links] == [
            f"https://data.example.org/policing/{name}",
            "https://data.example.org/policing/index.html",
        ]
        assert parsed.entries[0].link == f"https://data.example.org/policing/{PRODUCT}/{Q1}/index.html"


@given(words=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@pytest.mark.parametrize("field", ["reason", "correction", "title"])
def test_whatever_a_reason_holds_it_is_text(field: str, words: str) -> None:
    _hostile(field, words)


@pytest.mark.parametrize("words", ["</summary><entry/>", "]]>", "&nbsp;<script>alert(1)</script>", "a\0b\x1b\ufffe"])
def test_hostile_words_are_text(words: str) -> None:
    _hostile("reason", words)


def _hostile(field: str, words: str) -> None:
    release = {
        "release": R2, "quarter": Q1, "stage": "withdrawn", "reason": "why", "correction": "why", "synthetic": False,
        "released_at": "2026-05-28T09:30:00+01:00", "withdrawn_at": "2026-05-29T08:00:00+00:00", "as_of": "2026-05-28",
    }  # fmt: skip
    listing: dict[str, Any] = {"product": PRODUCT, "title": "Crime", "releases": [release]}
    (listing if field == "title" else release)[field] = words
    root = ElementTree.fromstring(render_feed([listing]))
    assert len(list(root.iter(f"{_ATOM}entry"))) == 2
    assert {element.tag.removeprefix(_ATOM) for element in root.iter()} == {
        "feed", "id", "title", "updated", "author", "name", "email", "link", "entry", "published", "category",
        "summary",
    }  # fmt: skip
