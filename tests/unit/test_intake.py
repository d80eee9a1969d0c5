"""Taking a file: what lands, what is held or quarantined and why, and that nothing is lost or landed twice."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from orchestration.intake import (
    SIDE_CAR,
    Arrival,
    SideCar,
    archive_file,
    arrival_key,
    bytes_key,
    find,
    land,
    land_archived,
    read_arrival,
    side_car_key,
    take,
)
from orchestration.store import Entry, FolderStore, Store, open_store
from orchestration.warehouse import Warehouse
from sources.mps.recorded_crime_borough import FEED as BOROUGH_CRIME
from sources.registry import FEEDS
from sources.report import Refusal
from sources.sample import write_deliveries
from tests.deliveries import RECENT, Desk, Rows, borough_crime, records, written

GOOD = borough_crime()
JOURNEYS = "tfl-journeys-type.csv"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


@pytest.fixture(scope="module")
def journeys(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sample")
    write_deliveries(folder, as_of=date(2026, 2, 26))
    return (folder / JOURNEYS).read_bytes()


@pytest.fixture(scope="module")
def one_landed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk at which one delivery has landed."""
    desk = Desk(tmp_path_factory.mktemp("desks") / "one")
    desk.take(GOOD, published="2025-04-20")
    return desk


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def jump(content: bytes = GOOD) -> bytes:
    """Return the file with the newest month's total raised by a fifth."""
    rows = records(content)
    return written([rows[0], *([*row[:-1], str(int(row[-1]) * 6 // 5)] for row in rows[1:])])


def spoiled(content: bytes = GOOD) -> bytes:
    return content.replace(b",100,", b",?,", 1)


# --- a file that lands ---


def test_file_lands_with_its_receipt(desk: Desk) -> None:
    result = desk.take(GOOD)
    assert (result.outcome, result.feed, result.rows) == ("landed", "mps_recorded_crime_borough", 64 * 24)
    assert result.delivery_id == f"2025-03-{sha(GOOD)[:8]}"
    receipt = find(result.delivery_id, desk.warehouse)
    assert receipt == result.receipt
    assert receipt["name"] == RECENT
    assert (receipt["sha256"], receipt["size_bytes"]) == (sha(GOOD), len(GOOD))
    assert (receipt["layout"], receipt["taxonomy"]) == ("borough-name", "connect-2024")
    assert (receipt["first_period"], receipt["last_period"], receipt["periods"]) == (
        date(2023, 4, 1),
        date(2025, 3, 31),
        24,
    )
    assert receipt["rows"] == 64 * 24
    assert receipt["synthetic"] is False
    assert [receipt[name] for name in ("reason", "report", "decided_by", "decision", "published_on")] == [None] * 5
    assert desk.archived(sha(GOOD)) == GOOD
    assert desk.waiting() == []


def test_coverage_states_each_period_once_with_its_total(desk: Desk) -> None:
    delivery = desk.take(GOOD).delivery_id
    covered = desk.query("from coverage order by period_start")
    assert len(covered) == 24
    assert covered[0] == (
        "mps_recorded_crime_borough", delivery, "all", date(2023, 4, 1), date(2023, 4, 30), 64, 6400.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ['it\'s "quoted".csv', "line\nbreak.csv", "a/b/deep.csv", "..csv..csv", "-rf.csv", "*.csv", "drop table.csv;--"],
)
def test_name_is_only_text(desk: Desk, name: str) -> None:
    path = desk.inbox.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    result = desk.take(GOOD, name, note="x")
    assert (result.outcome, result.name) == ("landed", name)
    assert find(result.delivery_id, desk.warehouse)["name"] == name
    assert desk.waiting() == []


@pytest.mark.parametrize("name", ["../outside.csv", "link.csv"])
def test_file_outside_the_inbox_is_never_taken(desk: Desk, tmp_path: Path, name: str) -> None:
    outside = desk.inbox.root.parent / "outside.csv"
    outside.write_bytes(GOOD)
    (desk.inbox.root / "link.csv").symlink_to(outside)
    assert desk.waiting() == []
    with pytest.raises((ValueError, FileNotFoundError), match=r"leads outside|not in the inbox"):
        take(name, desk.inbox, desk.archive, desk.warehouse)
    assert outside.read_bytes() == GOOD
    assert desk.receipts() == []


def test_landing_needs_the_bytes_in_the_archive(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(GOOD)
    arrival = archive_file(path, RECENT, SideCar(), FolderStore(tmp_path / "another"))
    with pytest.raises(FileNotFoundError, match=sha(GOOD)):
        land(arrival, path, desk.archive, desk.warehouse)
    assert desk.receipts() == []


def test_delivery_that_does_not_exist_is_answered_with_what_to_do(desk: Desk) -> None:
    for ask in (
        lambda: find("2025-03-00000000", desk.warehouse),
        lambda: land_archived("2025-03-00000000", desk.archive, desk.warehouse),
    ):
        with pytest.raises(KeyError, match="oversight quarantine"):
            ask()


def test_delivery_is_found_by_the_beginning_of_its_hash(desk: Desk) -> None:
    first, hexed = desk.take(GOOD).delivery_id, sha(GOOD)
    desk.take(borough_crime(first="202305", count=101))
    for text in (first, first[:12], hexed[:4], hexed, f"unread-{hexed[:8]}", f"unread-{hexed[:4]}"):
        assert find(text, desk.warehouse)["delivery_id"] == first
    # A period is no name: another delivery of it may come at any time.
    for text in ("", "2025-03", "2025-03-", first[:11], hexed[:3], "unread", f"2025-08-{hexed[:8]}"):
        with pytest.raises(KeyError, match="there is no delivery"):
            find(text, desk.warehouse)
    with pytest.raises(KeyError, match=f"near it are .*{first}"):
        find(f"2025-08-{hexed[:8]}", desk.warehouse)


def test_beginning_of_two_hashes_names_both(desk: Desk) -> None:
    for count in (100, 101):
        desk.take(borough_crime(count=count))
    with desk.warehouse.write() as con:
        con.execute("update receipts set sha256 = 'abcd' || sha256[5:], delivery_id = '2025-03-abcd' || sha256[5:8]")
    with pytest.raises(KeyError, match=r"2 deliveries begin with 'abcd': 2025-03-abcd\w+, 2025-03-abcd"):
        find("abcd", desk.warehouse)


def test_buckets_serve_as_inbox_and_archive(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="police")
        inbox, archive = open_store("s3://police/inbox"), open_store("s3://police/archive")
        (tmp_path / "file").write_bytes(GOOD)
        (tmp_path / "side-car").write_text('{"published": "2025-04-20"}')
        inbox.put(RECENT + SIDE_CAR, tmp_path / "side-car")
        inbox.put(RECENT, tmp_path / "file")
        result = take(RECENT, inbox, archive, desk.warehouse)
        assert result.outcome == "landed"
        assert result.receipt
        assert result.receipt["vintage_on"] == date(2025, 4, 20)
        assert list(inbox.list()) == []
        note = side_car_key(sha(GOOD), sha(b'{"published": "2025-04-20"}'))
        assert [entry.key for entry in archive.list()] == [arrival_key(sha(GOOD)), bytes_key(sha(GOOD)), note]
        before = desk.landed()
        assert land_archived(result.delivery_id, archive, desk.warehouse).outcome == "landed"
        assert desk.landed() == before


# --- files that do not land ---

BAD: dict[str, tuple[bytes, str]] = {
    "unknown header": (b"a,b\r\n1,2\r\n", "no known feed"),
    "no bytes": (b"", "empty"),
    "page": (b"<html>", "web page"),
    "cut": (GOOD[:-30], "middle of a line"),
    "cut at a number": (GOOD[:-3], "middle of a line"),
    "value": (spoiled(), "do not read as their type"),
    "key": (borough_crime(edit=lambda rows: rows.append(rows[3])), "break the rules"),
    "category": (borough_crime(categories=[("ROBBERY", "PIRACY")]), "not in any taxonomy"),
    "gap": (borough_crime(number=26, edit=lambda rows: [row.pop(13) for row in rows]), "missing or overlap"),
    "span": (borough_crime(number=12), "12 periods"),
    "row": (borough_crime(edit=lambda rows: rows[4].pop()), "do not have the 27 fields"),
    "workbook": (b"PK\x03\x04 and nothing more", "does not open"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
def test_bad_file_is_quarantined_and_changes_nothing(
    one_landed: Desk, tmp_path: Path, content: bytes, words: str
) -> None:
    desk = one_landed.copy(tmp_path / "desk")
    before = desk.landed()
    result = desk.take(content, "bad.csv")
    assert (result.outcome, result.rows) == ("quarantined", 0)
    assert result.report
    assert words in result.report.headline
    assert result.report.remedy in result.report.markdown()
    assert desk.landed() == before
    assert desk.archived(sha(content)) == content
    assert desk.waiting() == []

    receipt = find(result.delivery_id, desk.warehouse)
    assert receipt == result.receipt
    assert (receipt["outcome"], receipt["name"], receipt["reason"]) == (
        "quarantined",
        "bad.csv",
        result.report.headline,
    )
    assert json.loads(receipt["report"])["remedy"] == result.report.remedy


def test_report_of_many_faults_is_short_and_counts_them_all(desk: Desk) -> None:
    def spoil(rows: Rows) -> None:
        for row in rows[1:]:
            row[3:] = ["?"] * 24

    result = desk.take(borough_crime(edit=spoil))
    assert result.receipt
    report = json.loads(result.receipt["report"])
    assert report["problems"][0]["count"] == 64 * 24
    assert len(report["problems"][0]["examples"]) == 5
    assert len(result.receipt["report"]) < 2000


def test_quarantined_file_sent_again_is_judged_again(desk: Desk) -> None:
    first = desk.take(spoiled())
    second = desk.take(spoiled(), "again.csv")
    assert (second.outcome, second.delivery_id) == ("quarantined", first.delivery_id)
    assert len(desk.receipts()) == 1


def test_quarantined_file_lands_once_its_layout_is_added(desk: Desk) -> None:
    renamed = GOOD.replace(b"BoroughName", b"Borough")
    quarantined = desk.take(renamed)
    assert quarantined.outcome == "quarantined"
    assert quarantined.report
    assert quarantined.report.added == ("Borough",)

    old = BOROUGH_CRIME.layouts[1]
    new = replace(
        old,
        name="borough",
        header=("MajorText", "MinorText", "Borough"),
        tidy=old.tidy.replace("BoroughName", "Borough"),
    )
    feed = replace(BOROUGH_CRIME, layouts=(*BOROUGH_CRIME.layouts, new))
    warehouse = Warehouse(desk.warehouse.path, (feed, *FEEDS[1:]), patience=5)
    retried = land_archived(quarantined.delivery_id, desk.archive, warehouse)
    assert (retried.outcome, retried.rows) == ("landed", 64 * 24)
    assert retried.receipt
    assert retried.receipt["layout"] == "borough"
    assert retried.receipt["received_at"] == (quarantined.receipt or {})["received_at"]
    assert [outcome for (outcome,) in desk.query("select outcome from receipts")] == ["landed"]


# --- the same again ---


def test_same_bytes_again_change_nothing_and_say_so(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    first = desk.take(GOOD)
    before = desk.landed(), desk.receipts()
    with caplog.at_level(logging.INFO, "oversight"):
        again = desk.take(GOOD)
    assert (again.outcome, again.delivery_id, again.rows) == ("unchanged", first.delivery_id, first.rows)
    assert "same bytes were landed before" in caplog.text
    assert (desk.landed(), desk.receipts()) == before
    assert desk.waiting() == []


def test_same_bytes_under_another_name_are_the_same_delivery(desk: Desk) -> None:
    first = desk.take(GOOD)
    again = desk.take(GOOD, "copy of crime.csv")
    assert (again.outcome, again.name, again.delivery_id) == ("unchanged", "copy of crime.csv", first.delivery_id)
    assert find(first.delivery_id, desk.warehouse)["name"] == RECENT


def test_other_bytes_under_the_same_name_are_another_delivery(desk: Desk) -> None:
    first, second = desk.take(GOOD), desk.take(borough_crime(count=101))
    assert second.outcome == "landed"
    assert first.delivery_id != second.delivery_id
    assert desk.query("select delivery_id, sum(offences) from mps_recorded_crime_borough group by 1 order by 2") == [
        (first.delivery_id, 153_600),
        (second.delivery_id, 155_136),
    ]


@pytest.mark.parametrize("times", [1, 3])
def test_landing_again_reproduces_every_row(desk: Desk, times: int) -> None:
    delivery = desk.take(GOOD, published="2025-04-20").delivery_id
    desk.take(borough_crime(count=101), published="2025-05-20")
    before = desk.landed(), desk.receipts()
    for _ in range(times):
        assert land_archived(delivery, desk.archive, desk.warehouse).outcome == "landed"
    assert (desk.landed(), desk.receipts()) == before


def test_landing_again_that_fails_leaves_what_was_landed(desk: Desk) -> None:
    delivery = desk.take(GOOD).delivery_id
    before = desk.landed(), desk.receipts()
    without = Warehouse(desk.warehouse.path, FEEDS[1:], patience=5)
    with pytest.raises(Refusal, match="no known"):
        land_archived(delivery, desk.archive, without)
    assert (desk.landed(), desk.receipts()) == before


def test_whole_database_comes_back_from_the_archive(desk: Desk, tmp_path: Path) -> None:
    for number, content in enumerate((GOOD, borough_crime(count=101), borough_crime(first="202305", count=102))):
        desk.take(content, f"{number}.csv", published=f"2025-0{number + 4}-20")
    other = Desk(tmp_path / "other")
    for entry in sorted(desk.archive.list(), key=lambda entry: entry.key, reverse=True):
        if entry.key.startswith("bytes/"):
            path = tmp_path / "fetched"
            desk.archive.fetch(entry.key, path)
            land(read_arrival(entry.key.split("/")[-1], desk.archive), path, desk.archive, other.warehouse)
    assert (other.landed(), other.receipts()) == (desk.landed(), desk.receipts())


# --- what the past says ---


def test_total_that_jumps_is_held(desk: Desk) -> None:
    first = desk.take(GOOD, published="2025-04-20")
    before = desk.landed()
    result = desk.take(jump(), published="2025-05-20")
    assert (result.outcome, result.feed) == ("held", "mps_recorded_crime_borough")
    assert result.report
    assert result.report.rule == "history"
    (problem,) = result.report.problems
    for words in (
        "period ending 2025-03-31",
        "was 6,400",
        f"in {first.delivery_id}",
        "is 7,680",
        "+20.0%",
        "within 5%",
    ):
        assert words in problem.what
    assert f"oversight accept {result.delivery_id} --reason" in result.report.remedy
    assert desk.landed() == before
    assert desk.archived(sha(jump())) == jump()


@pytest.mark.parametrize(("count", "outcome"), [(105, "landed"), (106, "held"), (95, "landed"), (94, "held")])
def test_revisions_stay_within_five_per_cent(desk: Desk, count: int, outcome: str) -> None:
    desk.take(GOOD)
    assert desk.take(borough_crime(count=count)).outcome == outcome


def test_month_that_falls_to_nothing_is_held(desk: Desk) -> None:
    desk.take(GOOD)
    result = desk.take(borough_crime(edit=lambda rows: [row.__setitem__(-1, "0") for row in rows[1:]]))
    assert result.outcome == "held"
    assert result.report
    assert "-100.0%" in result.report.markdown()


def test_neighbouring_vintages_are_compared_not_distant_ones(desk: Desk) -> None:
    for month, count in enumerate((100, 104, 108), start=4):
        assert desk.take(borough_crime(count=count), published=f"2025-0{month}-20").outcome == "landed"


def test_older_vintage_that_comes_late_is_compared_with_the_newer_one(desk: Desk) -> None:
    desk.take(borough_crime(count=104), published="2025-06-20")
    assert desk.take(borough_crime(count=100), published="2025-04-20").outcome == "landed"
    assert desk.take(borough_crime(count=110), published="2025-05-20").outcome == "held"


def test_held_and_quarantined_deliveries_are_no_neighbours(desk: Desk) -> None:
    desk.take(GOOD, published="2025-04-20")
    assert desk.take(borough_crime(count=120), published="2025-05-20").outcome == "held"
    assert desk.take(borough_crime(count=101), published="2025-06-20").outcome == "landed"


def test_later_file_of_a_series_that_only_grows_may_not_lose_periods(desk: Desk, journeys: bytes) -> None:
    rows = records(journeys)
    shorter = written([rows[0], *rows[2:]])
    first = desk.take(journeys, JOURNEYS, published="2026-02-21")
    result = desk.take(shorter, JOURNEYS, published="2026-03-21")
    assert result.outcome == "held"
    assert result.report
    (problem,) = result.report.problems
    assert "2010" in problem.what
    assert f"was in {first.delivery_id} and is missing" in problem.what


def test_earlier_file_of_a_series_that_only_grows_may_be_shorter(desk: Desk, journeys: bytes) -> None:
    rows = records(journeys)
    last = max(number for number, row in enumerate(rows) if row[0])
    desk.take(journeys, JOURNEYS, published="2026-02-21")
    assert desk.take(written(rows[:last]), JOURNEYS, published="2026-01-21").outcome == "landed"


def test_cut_at_the_end_of_a_row_is_held_by_what_is_missing(desk: Desk, journeys: bytes) -> None:
    desk.take(journeys, JOURNEYS, published="2026-01-21")
    rows = records(journeys)
    assert desk.take(written(rows[:150]), JOURNEYS, published="2026-02-21").outcome == "held"


def test_blank_of_a_mode_that_runs_is_quarantined(desk: Desk, journeys: bytes) -> None:
    rows = records(journeys)
    last = max(number for number, row in enumerate(rows) if row[0])
    rows[last][rows[0].index("DLR Journeys (m)")] = ""
    result = desk.take(written(rows), JOURNEYS)
    assert (result.outcome, result.feed) == ("quarantined", "tfl_journeys")
    assert result.report
    (problem,) = result.report.problems
    assert problem.what == "a period lacks a mode"
    assert "dlr" in str(problem.examples)


# --- side-cars ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{not json", "JSON"),
        ("", "JSON"),
        ("[]", "object"),
        ('{"published": "yesterday"}', "published"),
        ('{"published": "2999-01-01"}', "future"),
        ('{"publshed": "2025-04-20"}', "publshed"),
        ('{"synthetic": "perhaps"}', "synthetic"),
        ("\x00\xff", "JSON"),
    ],
)
def test_side_car_that_does_not_read_quarantines_its_file(desk: Desk, text: str, words: str) -> None:
    desk.drop(GOOD)
    (desk.inbox.root / f"{RECENT}{SIDE_CAR}").write_text(text)
    result = take(RECENT, desk.inbox, desk.archive, desk.warehouse)
    assert result.outcome == "quarantined"
    assert result.report
    assert f"{RECENT}{SIDE_CAR}" in result.report.headline
    assert words.lower() in result.report.markdown().lower()
    assert '{"published": "2026-06-18"}' in result.report.remedy
    assert desk.archived(sha(GOOD)) == GOOD
    assert desk.waiting() == []


def test_mended_side_car_is_what_counts(desk: Desk) -> None:
    desk.drop(GOOD)
    (desk.inbox.root / f"{RECENT}{SIDE_CAR}").write_text("{")
    first = take(RECENT, desk.inbox, desk.archive, desk.warehouse)
    mended = desk.take(GOOD, published="2025-04-02", synthetic=True)
    assert mended.outcome == "landed"
    assert mended.receipt
    assert first.receipt
    assert (mended.receipt["vintage_on"], mended.receipt["vintage_basis"]) == (date(2025, 4, 2), "published")
    assert mended.receipt["synthetic"] is True
    assert mended.receipt["received_at"] == first.receipt["received_at"]
    again = land_archived(mended.delivery_id, desk.archive, desk.warehouse)
    assert again.receipt
    assert again.receipt == mended.receipt | {"landed_at": again.receipt["landed_at"]}


def test_side_car_that_comes_after_the_landing_changes_nothing(desk: Desk) -> None:
    first = desk.take(GOOD)
    assert desk.take(GOOD, published="2025-04-02").outcome == "unchanged"
    again = land_archived(first.delivery_id, desk.archive, desk.warehouse)
    assert first.receipt
    assert again.receipt
    assert again.receipt == first.receipt | {"landed_at": again.receipt["landed_at"]}


def test_side_car_of_another_feed_quarantines_until_it_is_right(desk: Desk) -> None:
    wrong = desk.take(GOOD, feed="tfl_journeys")
    assert (wrong.outcome, wrong.feed) == ("quarantined", "tfl_journeys")
    assert wrong.report
    assert "header is that of mps_recorded_crime_borough" in wrong.report.headline
    assert desk.take(GOOD, feed="mps_recorded_crime_borough").outcome == "landed"


def test_side_car_of_a_feed_that_does_not_exist_quarantines_under_no_feed(desk: Desk) -> None:
    result = desk.take(GOOD, feed="mps_crime")
    assert (result.outcome, result.feed) == ("quarantined", None)
    assert result.report
    assert "mps_recorded_crime_borough" in result.report.remedy


# --- vintages ---


def test_vintage_is_the_day_the_publisher_states(desk: Desk) -> None:
    receipt = desk.take(GOOD, published="2025-04-17").receipt
    assert receipt
    assert (receipt["vintage_on"], receipt["vintage_basis"], receipt["published_on"]) == (
        date(2025, 4, 17),
        "published",
        date(2025, 4, 17),
    )


def test_vintage_of_a_rolling_file_is_estimated_from_its_last_month(desk: Desk) -> None:
    receipt = desk.take(GOOD).receipt
    assert receipt
    assert (receipt["vintage_on"], receipt["vintage_basis"], receipt["published_on"]) == (
        date(2025, 4, 21),
        "estimated",
        None,
    )


def test_vintage_of_a_file_that_tells_nothing_is_the_day_it_came(desk: Desk) -> None:
    receipt = desk.take(borough_crime(number=30)).receipt
    assert receipt
    assert (receipt["vintage_on"], receipt["vintage_basis"]) == (receipt["received_at"].date(), "received")


def test_estimate_is_never_after_the_day_the_file_came(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(GOOD)
    early = archive_file(path, RECENT, SideCar(), desk.archive).model_copy(
        update={"received_at": date_time(2025, 4, 5)}
    )
    receipt = land(early, path, desk.archive, desk.warehouse).receipt
    assert receipt
    assert (receipt["vintage_on"], receipt["vintage_basis"]) == (date(2025, 4, 5), "estimated")


CURRENT = """
    select scope, period_end, arg_max(sha256, {day: vintage_on, moment: received_at})
    from coverage join receipts using (feed, delivery_id)
    where outcome = 'landed' group by all order by all
"""
"""The as-of rule: of the deliveries that state a period, the one that became known last."""

STATEMENTS = (
    (borough_crime(first="202304", count=100), SideCar(published=date(2025, 6, 30)), date(2025, 6, 30)),
    (borough_crime(first="202305", count=101), SideCar(), date(2025, 5, 21)),
    (borough_crime(first="202306", count=102), SideCar(published=date(2025, 6, 1)), date(2025, 6, 1)),
    (borough_crime(first="202305", count=103), SideCar(), date(2025, 5, 21)),
)
"""Content, what its sender said, and the day it became known; they arrived in this order, a minute apart."""


@settings(max_examples=6)
@given(st.permutations(range(len(STATEMENTS))))
def test_order_of_landing_does_not_matter(order: list[int]) -> None:
    expected: dict[date, tuple[date, int]] = {}
    for number, (content, _, known) in enumerate(STATEMENTS):
        for label in records(content)[0][3:]:
            end = month_end(label)
            expected[end] = max(expected.get(end, (date.min, -1)), (known, number))

    with TemporaryDirectory() as folder:
        desk, path = Desk(Path(folder) / "desk"), Path(folder) / "file"
        for number in order:
            content, side_car, _ = STATEMENTS[number]
            path.write_bytes(content)
            arrival = archive_file(path, RECENT, side_car, desk.archive).model_copy(
                update={"received_at": date_time(2025, 7, 1) + timedelta(minutes=number)}
            )
            assert land(arrival, path, desk.archive, desk.warehouse).outcome == "landed"
        current = desk.query(CURRENT)
    assert current == [("all", end, sha(STATEMENTS[number][0])) for end, (_, number) in sorted(expected.items())]


def month_end(label: str) -> date:
    year, month = int(label[:4]), int(label[4:])
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def date_time(year: int, month: int, day: int) -> Any:
    return Arrival(
        name="", sha256="", size_bytes=0, received_at=f"{year}-{month:02}-{day:02}T12:00:00", side_car=SideCar()
    ).received_at


# --- cut short ---


class Cut(Exception):
    """The process was stopped."""


class CutArchive(FolderStore):
    """Stops before or after the object under a kind of key is stored."""

    def __init__(self, root: Path, kind: str, *, after: bool) -> None:
        super().__init__(root)
        self.kind, self.after = kind, after

    def put(self, key: str, path: Path, *, own: bool = False) -> None:
        cut = key.startswith(self.kind)
        if cut and not self.after:
            raise Cut
        super().put(key, path, own=own)
        if cut:
            raise Cut


class CutInbox(FolderStore):
    """Stops instead of deleting the file, or the side-car."""

    def __init__(self, root: Path, which: str) -> None:
        super().__init__(root)
        self.which = which

    def delete(self, key: str, seen: Entry | None = None) -> None:
        if key.endswith(SIDE_CAR) == (self.which == "side-car"):
            raise Cut
        super().delete(key, seen)


class CutWarehouse(Warehouse):
    """Stops when a transaction opens, before it commits, or after."""

    moment = ""

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.moment == "opening":
            raise Cut
        with super().write() as con:
            yield con
            if self.moment == "before the commit":
                raise Cut
        if self.moment == "after the commit":
            raise Cut


def cut_archive(kind: str, *, after: bool) -> Callable[[Desk], tuple[Store, Store, Warehouse]]:
    return lambda desk: (desk.inbox, CutArchive(desk.archive.root, kind, after=after), desk.warehouse)


def cut_warehouse(moment: str) -> Callable[[Desk], tuple[Store, Store, Warehouse]]:
    def stores(desk: Desk) -> tuple[Store, Store, Warehouse]:
        warehouse = CutWarehouse(desk.warehouse.path, FEEDS, patience=5)
        warehouse.moment = moment
        return desk.inbox, desk.archive, warehouse

    return stores


CUTS: dict[str, Callable[[Desk], tuple[Store, Store, Warehouse]]] = {
    "before the bytes are archived": cut_archive("bytes/", after=False),
    "after the bytes are archived": cut_archive("bytes/", after=True),
    "before the arrival is noted": cut_archive("arrivals/", after=False),
    "after the arrival is noted": cut_archive("arrivals/", after=True),
    "after the rows are tidy": cut_warehouse("opening"),
    "before the commit": cut_warehouse("before the commit"),
    "after the commit": cut_warehouse("after the commit"),
    "before the inbox is emptied": lambda desk: (CutInbox(desk.inbox.root, "file"), desk.archive, desk.warehouse),
    "before the side-car is removed": lambda desk: (
        CutInbox(desk.inbox.root, "side-car"), desk.archive, desk.warehouse,
    ),
}  # fmt: skip


CONTENTS = {"good": borough_crime(count=101), "jump": jump(), "bad": spoiled()}


@pytest.fixture(scope="module")
def undisturbed(one_landed: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a desk holds after each of the contents was taken without a disturbance."""
    states = {}
    for name, content in CONTENTS.items():
        desk = one_landed.copy(tmp_path_factory.mktemp("undisturbed") / name)
        desk.take(content, published="2025-05-20")
        states[name] = state(desk)
    return states


def state(desk: Desk) -> dict[str, Any]:
    keys = [entry.key for entry in desk.archive.list()]
    return {"landed": desk.landed(), "receipts": desk.receipts("received_at"), "archived": keys}


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        *((cut, "good") for cut in CUTS),
        *((cut, name) for cut in ("before the commit", "after the commit") for name in ("jump", "bad")),
    ],
)
def test_taking_that_was_cut_short_ends_as_if_it_had_not_been(
    tmp_path: Path,
    one_landed: Desk,
    undisturbed: dict[str, dict[str, Any]],
    cut: str,
    name: str,
) -> None:
    desk = one_landed.copy(tmp_path / "desk")
    before = desk.landed()
    desk.drop(CONTENTS[name], published="2025-05-20")
    with pytest.raises(Cut):
        take(RECENT, *CUTS[cut](desk))
    assert desk.landed() in (before, undisturbed[name]["landed"])  # never a part
    if RECENT in desk.waiting():
        take(RECENT, desk.inbox, desk.archive, desk.warehouse)
        assert desk.waiting() == []
    assert state(desk) == undisturbed[name]


class ReplacedInbox(FolderStore):
    """An inbox in which the publisher overwrites a file while it is being taken."""

    newer = b""

    def fetch(self, key: str, path: Path) -> None:
        super().fetch(key, path)
        if self.newer and not key.endswith(SIDE_CAR):
            (self.root / key).write_bytes(self.newer)
            self.newer = b""


def test_file_that_is_replaced_while_it_is_taken_is_taken_next(desk: Desk) -> None:
    inbox = ReplacedInbox(desk.inbox.root)
    desk.drop(GOOD)
    inbox.newer = borough_crime(count=101)
    first = take(RECENT, inbox, desk.archive, desk.warehouse)
    assert first.delivery_id.endswith(sha(GOOD)[:8])
    assert desk.waiting() == [RECENT]
    second = take(RECENT, inbox, desk.archive, desk.warehouse)
    assert second.delivery_id.endswith(sha(borough_crime(count=101))[:8])
    assert second.outcome == "landed"
    assert desk.waiting() == []


class LateInbox(FolderStore):
    """An inbox in which the publisher overwrites a file after it was taken, while its side-car is removed."""

    newer = b""

    def delete(self, key: str, seen: Entry | None = None) -> None:
        super().delete(key, seen)
        if key.endswith(SIDE_CAR):
            (self.root / RECENT).write_bytes(self.newer)


def test_file_that_is_replaced_when_it_was_taken_stays(desk: Desk) -> None:
    inbox = LateInbox(desk.inbox.root)
    desk.drop(GOOD, published="2025-04-20")
    inbox.newer = borough_crime(count=101)
    assert take(RECENT, inbox, desk.archive, desk.warehouse).outcome == "landed"
    assert desk.waiting() == [RECENT]
    assert (inbox.root / RECENT).read_bytes() == inbox.newer


def test_a_publishers_day_that_has_begun_in_london_is_not_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2026, 6, 30, 23, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr("orchestration.intake.datetime", Clock)
    assert SideCar(published=date(2026, 7, 1)).published == date(2026, 7, 1)
    with pytest.raises(ValueError, match="2026-07-02 lies in the future"):
        SideCar(published=date(2026, 7, 2))
