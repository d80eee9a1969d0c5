"""Bad input ends in a clear message, and nothing is lost: the cases of `tests.hostile`, and the inbox's own."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from orchestration.assets import landing
from orchestration.cli import app
from orchestration.intake import SIDE_CAR, Result, bytes_key, find, read_arrival, side_car_key, take
from orchestration.settings import PROJECT
from orchestration.store import Entry, FolderStore, open_store
from tests.deliveries import RECENT, Desk, borough_crime
from tests.hostile import CASES, GOOD, Case, sparse
from tests.integration.line import Line, failures


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


@pytest.fixture(scope="module")
def one_landed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk at which the good file has landed."""
    desk = Desk(tmp_path_factory.mktemp("desks") / "one")
    desk.take(GOOD, published="2025-04-20")
    return desk


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
def test_bad_input_ends_in_a_message_and_nothing_is_lost(one_landed: Desk, tmp_path: Path, case: Case) -> None:
    desk = one_landed.copy(tmp_path / "desk")
    before = desk.landed()
    path = desk.inbox.root / case.name
    case.write(path)
    size = path.stat().st_size
    result = take(case.name, desk.inbox, desk.archive, desk.warehouse)

    assert result.outcome == case.outcome
    receipt = find(result.delivery_id, desk.warehouse)
    assert (receipt["outcome"], receipt["size_bytes"]) == (case.outcome, size)
    archived = desk.archive.root / bytes_key(receipt["sha256"])
    assert archived.stat().st_size == size
    assert size > 1 << 30 or digest(archived) == receipt["sha256"]
    assert read_arrival(receipt["sha256"], desk.archive).sha256 == receipt["sha256"]
    assert desk.waiting() == []
    if case.outcome == "landed":
        assert all(set(rows) <= after for rows, after in both(before, desk))
        return
    assert desk.landed() == before
    assert result.report
    shown = result.report.markdown()
    assert case.says in result.report.headline or case.says in shown
    assert result.report.remedy
    assert len(receipt["report"]) < 5_000
    assert all(character.isprintable() or character == "\n" for character in shown)


def both(before: dict[str, list[Any]], desk: Desk) -> Iterator[tuple[list[Any], set[Any]]]:
    after = desk.landed()
    return ((rows, set(after[name])) for name, rows in before.items())


# --- memory ---

TAKE = """
import resource, sys
from pathlib import Path
from orchestration.intake import take
from orchestration.store import FolderStore
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS
folder = Path(sys.argv[1])
def taken(name):
    stores = FolderStore(folder / "inbox"), FolderStore(folder / "archive")
    outcome = take(name, *stores, Warehouse(folder / "landing.duckdb", FEEDS, 5)).outcome
    return outcome, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""


def test_large_file_that_is_refused_takes_little_memory(desk: Desk) -> None:
    desk.drop(b"\0", "small.csv")
    sparse(desk.inbox.root / "large.csv", 256 << 20)
    script = f"{TAKE}print(*taken('small.csv'), *taken('large.csv'))"
    command = [sys.executable, "-c", script, str(desk.inbox.root.parent)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True)
    first, before, second, after = done.stdout.split()
    assert (first, second) == ("quarantined", "quarantined")
    assert int(after) - int(before) < 32 << 10  # kilobytes


# --- the inbox ---


class Troubled(FolderStore):
    """An inbox in which something happens while a file is being taken."""

    happens: Any = None

    def fetch(self, key: str, path: Path) -> None:
        happens, self.happens = self.happens, None
        if happens and not key.endswith(SIDE_CAR):
            happens(self.root / key)
        super().fetch(key, path)


def troubled(desk: Desk, happens: Any) -> Troubled:
    inbox = Troubled(desk.inbox.root)
    inbox.happens = happens
    return inbox


def taken(desk: Desk, inbox: FolderStore, *files: str) -> tuple[list[Result], dict[str, str]]:
    left: dict[str, str] = {}
    return list(landing._taken(list(files), inbox, desk.archive, desk.warehouse, left)), left


def test_what_is_no_file_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_bytes(GOOD)
    (desk.inbox.root / "link.csv").symlink_to(tmp_path / "outside.csv")
    (desk.inbox.root / "folder.csv").mkdir()
    os.mkfifo(desk.inbox.root / "pipe.csv")
    desk.drop(GOOD)
    (desk.inbox.root / f"{RECENT}{SIDE_CAR}").symlink_to("/etc/passwd")
    results, left = taken(desk, desk.inbox)
    assert ([result.outcome for result in results], left) == (["landed"], {})
    assert (tmp_path / "outside.csv").read_bytes() == GOOD
    assert len(desk.receipts()) == 1


def test_file_that_vanishes_before_it_is_taken_is_nobodys_fault(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.drop(borough_crime(count=101), "a.csv")
    desk.drop(GOOD, "b.csv")
    results, left = taken(desk, troubled(desk, Path.unlink))
    assert ([result.name for result in results], left) == (["b.csv"], {})
    assert "a.csv: gone before it was taken" in caplog.text
    assert len(desk.receipts()) == 1


def test_file_that_grows_while_it_is_taken_is_taken_again(desk: Desk) -> None:
    desk.drop(GOOD[:5000])
    inbox = troubled(desk, lambda path: path.write_bytes(GOOD))
    assert [result.outcome for result in taken(desk, inbox)[0]] == ["landed"]
    assert desk.waiting() == [RECENT]
    assert [result.outcome for result in taken(desk, inbox)[0]] == ["unchanged"]
    assert desk.waiting() == []


def test_file_that_cannot_be_taken_stays_and_the_others_are_taken(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    desk.drop(borough_crime(count=101), "a.csv")
    desk.drop(GOOD, "b.csv")
    results, left = taken(desk, troubled(desk, denied))
    assert [(result.name, result.outcome) for result in results] == [("b.csv", "landed")]
    assert list(left) == ["a.csv"]
    assert "Permission denied" in left["a.csv"]
    assert "a.csv: could not be taken" in caplog.text
    assert desk.waiting() == ["a.csv"]
    results, left = taken(desk, desk.inbox)
    assert ([result.outcome for result in results], left) == (["landed"], {})


class Counted(FolderStore):
    """An inbox that counts how often it is looked through."""

    times = 0

    def list(self) -> Iterator[Entry]:
        self.times += 1
        return super().list()


def test_inbox_is_looked_through_once_however_many_files_wait(desk: Desk) -> None:
    for number in range(12):
        desk.drop(f"file,{number}\r\n".encode(), f"{number}.csv")
    inbox = Counted(desk.inbox.root)
    assert len(taken(desk, inbox)[0]) == 12
    assert inbox.times == 1


def test_object_key_that_leads_upwards_is_only_a_name(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="police")
        inbox = open_store("s3://police/inbox")
        (tmp_path / "file").write_bytes(GOOD)
        inbox.put("../../../etc/cron.d/x", tmp_path / "file")
        result = take("../../../etc/cron.d/x", inbox, desk.archive, desk.warehouse)
        assert (result.outcome, result.name) == ("landed", "../../../etc/cron.d/x")
        assert list(inbox.list()) == []
    assert sorted(path.name for path in desk.inbox.root.parent.iterdir()) == ["archive", "inbox", "landing.duckdb"]


def test_same_file_twice_is_one_delivery(desk: Desk) -> None:
    desk.drop(GOOD, "a.csv")
    desk.drop(GOOD, "b.csv")
    assert [result.outcome for result in taken(desk, desk.inbox)[0]] == ["landed", "unchanged"]
    assert len(desk.receipts()) == 1
    assert desk.waiting() == []


def test_two_processes_that_take_at_once_land_both(desk: Desk) -> None:
    desk.drop(GOOD, "a.csv")
    desk.drop(borough_crime(count=101), "b.csv")
    command = [sys.executable, "-c", f"{TAKE}taken(sys.argv[2])", str(desk.inbox.root.parent)]
    both = [subprocess.Popen([*command, name], cwd=PROJECT) for name in ("a.csv", "b.csv")]
    assert [process.wait() for process in both] == [0, 0]
    assert desk.query("select outcome, count(*) from receipts group by 1") == [("landed", 2)]
    assert desk.query("select count(*), sum(offences) from mps_recorded_crime_borough") == [(3072, 308_736)]
    assert desk.waiting() == []


# --- side-cars ---


def side_car(desk: Desk, content: bytes) -> Path:
    path = desk.inbox.root / f"{RECENT}{SIDE_CAR}"
    path.write_bytes(content)
    return path


def kept(desk: Desk, result: Result, content: bytes) -> bool:
    """Tell whether the archive holds a side-car beside its delivery."""
    assert result.receipt
    key = side_car_key(result.receipt["sha256"], sha(content))
    return (desk.archive.root / key).read_bytes() == content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{not json", "JSON"),
        (b"[" * 60_000, "JSON"),
        (b'{"note": "' + b"x" * 70_000 + b'"}', "70,012 bytes; up to 65,536"),
        (b'{"published": 20260718}', "published"),
        (b'{"published": "2026-02-30"}', "published"),
        (b'{"note": "\\ud800"}', "file"),
        (b'{"feed": "' + b"`<img src=x>" * 100 + b'"}', "which is no feed"),
        (b'{"published": "2999-01-01"}', "future"),
        (bytes(1000), "JSON"),
    ],
    ids=["cut", "deep", "long", "number", "no day", "surrogate", "no feed", "future", "zeros"],
)
def test_side_car_that_does_not_count_is_kept_and_stops_its_file(desk: Desk, content: bytes, says: str) -> None:
    desk.drop(GOOD)
    side_car(desk, content)
    (result,) = taken(desk, desk.inbox)[0]
    assert result.outcome == "quarantined"
    assert result.report
    assert says.lower() in result.report.markdown().lower()
    assert len(result.report.markdown()) < 2_000
    assert kept(desk, result, content)
    assert list(desk.inbox.root.iterdir()) == []

    desk.drop(GOOD)
    assert taken(desk, desk.inbox)[0][0].outcome == "quarantined"  # what its sender wanted to say is still not known
    desk.drop(GOOD)
    side_car(desk, b"{}")
    assert taken(desk, desk.inbox)[0][0].outcome == "landed"


def test_side_car_that_comes_while_its_file_is_taken_is_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    content = b'{"published": "2025-04-02"}'
    desk.drop(GOOD)
    (result,) = taken(desk, troubled(desk, lambda path: side_car(desk, content)))[0]
    assert result.outcome == "landed"
    assert result.receipt
    assert result.receipt["published_on"] is None
    assert kept(desk, result, content)
    assert "came while its file was being taken" in caplog.text
    assert list(desk.inbox.root.iterdir()) == []


def test_side_car_without_a_file_waits_and_is_told_of(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    path = side_car(desk, b'{"published": "2025-04-02"}')
    assert taken(desk, desk.inbox) == ([], {})
    assert "a side-car without a file" in caplog.text
    assert path.exists()


class Later(FolderStore):
    """An inbox in which files come so many hours after their side-cars."""

    hours = 0.0

    def entry(self, key: str) -> Entry | None:
        entry = super().entry(key)
        return entry and (
            entry if key.endswith(SIDE_CAR) else replace(entry, modified=entry.modified + self.hours * 3600)
        )


@pytest.mark.parametrize(("hours", "outcome"), [(-100.0, "landed"), (23.0, "landed"), (25.0, "quarantined")])
def test_side_car_left_by_an_earlier_file_is_not_applied_to_the_next(desk: Desk, hours: float, outcome: str) -> None:
    content = b'{"published": "2025-04-02"}'
    side_car(desk, content)
    desk.drop(GOOD)
    inbox = Later(desk.inbox.root)
    inbox.hours = hours
    (result,) = taken(desk, inbox)[0]
    assert result.outcome == outcome
    assert kept(desk, result, content)
    if outcome == "quarantined":
        assert result.report
        assert "it came 25 hours before the file" in result.report.markdown()


# --- the whole line ---


@pytest.mark.xdist_group("hostile")
def test_file_that_cannot_be_taken_fails_the_run_but_not_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def sometimes(name: str, *stores: Any) -> Result:
        if name == "a.csv":
            raise PermissionError(13, "Permission denied", name)
        return take(name, *stores)

    line = Line(tmp_path / "data")
    (tmp_path / "good").write_bytes(GOOD)
    line.drop(tmp_path / "good", "b.csv")
    line.drop(tmp_path / "good", "a.csv")
    monkeypatch.setattr(landing, "take", sometimes)
    run = line.run("intake_job")
    assert not run.success
    assert "1 file(s) could not be taken and stay where they are; the others were" in "".join(failures(run))
    assert line.ask("select count(*) > 0 from marts.observations") == [(True,)]
    assert [path.name for path in line.inbox.iterdir()] == ["a.csv"]

    again = line.run("intake_job")  # nothing lands, and the file still cannot be taken
    assert not again.success
    monkeypatch.undo()
    assert line.run("intake_job").success
    assert list(line.inbox.iterdir()) == []


@pytest.mark.parametrize("name", [".hidden.csv", "crime.csv.part", "crime.csv.delivery.json", "..\\..\\passwd"])
def test_a_name_that_the_inbox_passes_over_is_refused_at_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("OVERSIGHT_DATA", str(tmp_path / "data"))
    path = tmp_path / name
    path.write_bytes(GOOD)
    result = CliRunner().invoke(app, ["land", str(path)])
    assert result.exit_code == 2
    assert "inbox passes over names" in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "data").exists()
