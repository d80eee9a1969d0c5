"""Recognising a file: by its exact header alone, and what is said of one that no layout fits."""

import gzip
import re
import struct
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sources.feed import Feed, Layout
from sources.mps import recorded_crime_borough
from sources.recognise import Recognised, recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from tests.deliveries import borough_crime, months, unzipped, workbook, written, zipped

LAYOUTS = [(feed, layout) for feed in FEEDS for layout in feed.layouts]
NAMES = [f"{feed.name}/{layout.name}" for feed, layout in LAYOUTS]
every_layout = pytest.mark.parametrize(("feed", "layout"), LAYOUTS, ids=NAMES)
# A workbook may be told by its sheets alone: what stands in their first rows is not known, and has no order.
NAMED = [(feed, layout) for feed, layout in LAYOUTS if any(isinstance(name, str) for name in layout.header)]
every_named_layout = pytest.mark.parametrize(
    ("feed", "layout"), NAMED, ids=[f"{feed.name}/{layout.name}" for feed, layout in NAMED]
)


def fitting(header: list[str], layout: Layout) -> list[str]:
    """Return the layouts that a header fits, of those that could have read it: of a workbook another finds another."""
    readers = {each.reader for _, each in LAYOUTS if each.reader.kind == "CSV"}
    if layout.reader not in readers:
        readers = {layout.reader}
    return [n for n, (_, each) in zip(NAMES, LAYOUTS, strict=True) if each.reader in readers and each.fits(header)]


def headers(layout: Layout) -> st.SearchStrategy[list[str]]:
    """Draw headers that the layout declares: patterns filled in, a run of months at the end."""
    fixed = st.tuples(
        *(st.just(name) if isinstance(name, str) else st.from_regex(name, fullmatch=True) for name in layout.header)
    )
    runs = st.builds(months, st.sampled_from(["201004", "202312"]), st.integers(1, 30))
    tail = st.just([]) if layout.tail is None else runs
    return st.builds(lambda first, rest: [*first, *rest], fixed, tail)


def file(folder: Path, content: bytes) -> Path:
    path = folder / "delivery"
    path.write_bytes(content)
    return path


def found(folder: Path, content: bytes, name: str = "file", expected: str | None = None) -> Recognised:
    return recognise(file(folder, content), FEEDS, name=name, expected=expected)


def refused(folder: Path, content: bytes, name: str = "file", expected: str | None = None) -> Report:
    with pytest.raises(Refusal) as refusal:
        found(folder, content, name, expected)
    report = refusal.value.report
    assert (report.outcome, report.rule) == ("quarantined", "reads")
    assert report.remedy
    return report


@pytest.fixture(scope="module")
def transport_crime(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sample")
    written = write_deliveries(folder, as_of=date(2026, 2, 26))
    return next(path for path in written if path.name == "public-transport-crime-london.xlsx").read_bytes()


# --- a header fits exactly one layout ---


@every_layout
@settings(max_examples=12)
@given(st.data())
def test_declared_header_fits_its_layout_and_no_other(feed: Feed, layout: Layout, data: st.DataObject) -> None:
    assert fitting(data.draw(headers(layout)), layout) == [f"{feed.name}/{layout.name}"]


@every_named_layout
@settings(max_examples=15)
@given(st.data())
def test_header_in_another_order_fits_nothing(feed: Feed, layout: Layout, data: st.DataObject) -> None:
    header = data.draw(headers(layout))
    other = data.draw(st.permutations(header))
    assume(other[: len(layout.header)] != header[: len(layout.header)])
    assert fitting(other, layout) == []


@every_named_layout
@settings(max_examples=15)
@given(data=st.data(), text=st.text(max_size=12))
def test_header_with_one_column_renamed_added_or_dropped_fits_nothing(
    feed: Feed, layout: Layout, data: st.DataObject, text: str
) -> None:
    assume(not re.fullmatch(r"20\d{4}", text))
    header = data.draw(headers(layout))
    place = data.draw(st.integers(0, len(layout.header) - 1))
    declared = layout.header[place]
    same = text == declared if isinstance(declared, str) else declared.fullmatch(text)
    if not same:
        assert fitting([*header[:place], text, *header[place + 1 :]], layout) == []
    assert fitting([*header, text], layout) == []
    # A feed may have been published without the column too; that is then a layout of its own.
    without = (*layout.header[:place], *layout.header[place + 1 :])
    assert fitting(header[:place] + header[place + 1 :], layout) == [
        name
        for name, (_, other) in zip(NAMES, LAYOUTS, strict=True)
        if (other.header, other.tail) == (without, layout.tail)
    ]


@pytest.mark.parametrize("layout", recorded_crime_borough.FEED.layouts, ids=lambda layout: layout.name)
@pytest.mark.parametrize("name", ["anything.bin", "tfl-journeys-type.csv", "", "a\nb'\".csv"])
def test_file_is_recognised_by_its_header_whatever_its_name(tmp_path: Path, layout: Layout, name: str) -> None:
    it = found(tmp_path, borough_crime(layout=layout), name)
    assert (it.feed.name, it.layout) == ("mps_recorded_crime_borough", layout)
    assert it.header[3:] == tuple(months("202304", 24))


def test_crime_file_needs_a_month_and_months_that_exist(tmp_path: Path) -> None:
    for label in ("202313", "2023", "Apr 2023", "20230"):
        report = refused(tmp_path, written([["MajorText", "MinorText", "BoroughName", label]]))
        assert label in report.added
    report = refused(tmp_path, written([["MajorText", "MinorText", "BoroughName"]]))
    assert report.nearest == "mps_recorded_crime_borough/borough-name"


def test_header_that_fits_two_layouts_is_refused_by_name(tmp_path: Path) -> None:
    feed = recorded_crime_borough.FEED
    with pytest.raises(
        Refusal, match="fits 2 layouts: mps_recorded_crime_borough/bocu, mps_recorded_crime_borough/bocu"
    ):
        recognise(file(tmp_path, borough_crime(layout=feed.layouts[2])), (feed, feed), name="x")


# --- what the sender says ---


def test_sender_may_say_the_feed(tmp_path: Path) -> None:
    assert found(tmp_path, borough_crime(), expected="mps_recorded_crime_borough").layout.name == "borough-name"


def test_file_of_another_feed_than_was_said_is_refused(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(), expected="tfl_journeys")
    assert report.feed == "tfl_journeys"
    assert "sent as tfl_journeys but its header is that of mps_recorded_crime_borough" in report.headline


def test_feed_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(), expected="mps_crime")
    assert report.feed is None
    assert "mps_crime" in report.headline
    assert all(feed.name in report.remedy for feed in FEEDS)


# --- a header that is nearly known ---


def test_renamed_column_is_named_beside_the_nearest_layout(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime().replace(b"MinorText", b"SubCategory"))
    assert report.nearest == "mps_recorded_crime_borough/borough-name"
    assert (report.missing, report.added) == (("MinorText",), ("SubCategory",))
    assert "renamed" in report.remedy
    assert "`MinorText`" in report.markdown()
    assert "`SubCategory`" in report.markdown()


def test_added_column_is_named(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(edit=lambda rows: rows[0].insert(0, "Refresh Date")))
    assert (report.missing, report.added) == ((), ("Refresh Date",))
    assert "renamed" not in report.remedy


def test_columns_in_another_order_are_said_to_be_so(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime().replace(b"MajorText,MinorText", b"MinorText,MajorText"))
    assert "another order" in report.headline
    assert (report.missing, report.added) == ((), ())


def test_header_of_nothing_known_lists_its_columns(tmp_path: Path) -> None:
    report = refused(tmp_path, b"a,b,c\r\n1,2,3\r\n")
    assert report.feed is None
    assert "`a`, `b`, `c`" in report.headline


def test_name_only_hints_at_the_feed_of_an_unknown_header(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a,b,c\r\n", name="tfl-journeys-type.csv").feed == "tfl_journeys"


def test_delimiter_is_not_guessed(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime().replace(b",", b";"))
    assert (report.feed, report.nearest) == (None, None)
    assert "`MajorText`, `MinorText`" in report.headline


def test_quotes_around_every_name_of_a_header_make_no_difference(tmp_path: Path) -> None:
    header, *rows = borough_crime().split(b"\r\n")
    quoted = b",".join(b'"%s"' % name for name in header.split(b","))
    assert found(tmp_path, b"\r\n".join([quoted, *rows])).feed.name == "mps_recorded_crime_borough"


def test_quoted_header_of_nothing_known_lists_its_columns(tmp_path: Path) -> None:
    assert "`a`, `b`" in refused(tmp_path, b'"a","b"\r\n1,2\r\n').headline


def test_columns_without_a_name_are_nothing_in_common(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a,b,c,,,\r\n").nearest is None


def test_narrow_layout_of_another_delimiter_is_not_the_nearest(tmp_path: Path) -> None:
    """Read by semicolons the header is one column; three names differ of nine, and the layout has five."""
    header = b"adult_juv,cohort,place,class,class1,class2,people,again,reoffences\r\n"
    assert refused(tmp_path, header).nearest == "moj_proven_reoffending/overview-regions"


def test_byte_order_mark_is_named_and_shown(tmp_path: Path) -> None:
    report = refused(tmp_path, b"\xef\xbb\xbf" + borough_crime())
    assert "byte-order mark" in report.headline
    assert r"`\ufeffMajorText`" in report.markdown()


def test_report_shows_twelve_columns_and_counts_the_rest(tmp_path: Path) -> None:
    extra = [f"Extra {number}" for number in range(20)]
    text = refused(tmp_path, borough_crime(edit=lambda rows: rows[0].extend(extra))).markdown()
    assert "`Extra 11` and 8 more" in text
    assert "`Extra 12`" not in text


# --- files of another kind ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n" * 3000, "is empty"),
        (b"\x00" * 10 + borough_crime(), "byte 0 is NUL"),
        (borough_crime()[:50] + b"\x00" + borough_crime(), "byte 50 is NUL"),
        (gzip.compress(borough_crime()), "gzip"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
        (b"<!DOCTYPE html><html><title>Log in</title>", "web page"),
        (b"\xef\xbb\xbf\r\n<HTML>", "web page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "web page"),
        (b'{"error": "rate limit"}', "JSON"),
        (b'\n[{"a": 1}]', "JSON"),
        (borough_crime().decode().encode("utf-16"), "UTF-16"),
        (borough_crime().decode().encode("utf-16-be"), "byte 0 is NUL"),
        (b"Major\xa3Text,MinorText\r\n", "byte 5 is not utf-8"),
        (b'"MajorText,MinorText\r\n', "header does not read as CSV"),
        (b"A" * 200_000 + b"\r\n", "the header "),  # what is said of it depends on the csv module's limit
        (zipped({"crime.csv": borough_crime()}), "workbook does not open"),
        (b"PK\x03\x04", "does not open"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_of_another_kind_is_named_as_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content, name="MPS Borough Level Crime (Historical).csv").headline


def test_csv_named_as_a_workbook_is_read_as_what_it_is(tmp_path: Path) -> None:
    name = "public-transport-crime-london.xlsx"
    assert found(tmp_path, borough_crime(), name).feed.name == "mps_recorded_crime_borough"
    assert refused(tmp_path, b"Network-wide FY2009/10\r\n", name).feed == "tfl_transport_crime"


# --- workbooks ---


def test_workbook_is_recognised(tmp_path: Path, transport_crime: bytes) -> None:
    assert found(tmp_path, transport_crime).feed.name == "tfl_transport_crime"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (workbook([["a"]], sheet="Cover"), "[sheet Cover]"),
        (workbook([["a", "b"]]), "`a`, `b`"),
        (workbook([]), "[sheet Volume and Rates]"),
    ],
    ids=["another sheet", "another header", "no rows"],  # a workbook holds the second in which it was written
)
def test_workbook_without_the_sheet_or_its_header_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content).headline


def test_workbook_that_would_unpack_to_gigabytes_is_not_unpacked(tmp_path: Path, transport_crime: bytes) -> None:
    bomb = bytearray(transport_crime)
    struct.pack_into("<I", bomb, bomb.index(b"PK\x01\x02") + 24, 3_000_000_000)  # the size the directory declares
    assert "unpacks to 3,0" in refused(tmp_path, bytes(bomb)).headline


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "broken",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-10],
        lambda content: zipped({**unzipped(content), SHEET: unzipped(content)[SHEET][:2000]}),
        lambda content: zipped({**unzipped(content), "xl/sharedStrings.xml": b"<sst><si><t>x"}),
        lambda content: zipped({k: v for k, v in unzipped(content).items() if k != "xl/sharedStrings.xml"}),
        lambda content: zipped({k: v for k, v in unzipped(content).items() if k != SHEET}),
        lambda content: zipped({**unzipped(content), "xl/workbook.xml": b"garbage"}),
    ],
    ids=["cut in half", "cut at the end", "sheet cut", "strings cut", "no strings", "no sheet", "no workbook"],
)
def test_broken_workbook_is_refused(tmp_path: Path, transport_crime: bytes, broken: object) -> None:
    assert callable(broken)
    assert "open" in refused(tmp_path, broken(transport_crime)).headline
