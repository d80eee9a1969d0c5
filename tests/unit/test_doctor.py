"""The doctor: what it finds, what it mends, what it leaves to a person, and that to look changes nothing."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from moto import mock_aws

from orchestration.dbt import project_hash, project_stamp
from orchestration.doctor import Examination, Finding
from orchestration.freshness import unfinished_mark
from orchestration.intake import arrival_key, bytes_key, land, read_arrival, take
from orchestration.settings import Settings
from orchestration.store import Store, open_store
from tests.deliveries import RECENT, Desk, borough_crime

GOOD, NEWER, BAD = borough_crime(), borough_crime(first="202305", count=101), b"a,b\r\n1,2\r\n"
CRIME = "mps_recorded_crime_borough"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Patient:
    """A desk with an archive of either kind, and an analysts' file that rests on what has landed."""

    def __init__(self, desk: Desk, archive: Store) -> None:
        self.desk, self.archive = desk, archive
        self.settings = Settings(data=desk.warehouse.path.parent, lock_seconds=5)
        if archive is not desk.archive:
            for entry in desk.archive.list():
                archive.put(entry.key, Path(desk.archive.root) / entry.key)
            shutil.rmtree(desk.archive.root)
        self.build()

    def build(self) -> None:
        """Stand in for a build: only which deliveries it rests on matters here."""
        self.settings.snapshot.parent.mkdir(exist_ok=True)
        self.settings.snapshot.unlink(missing_ok=True)
        with duckdb.connect(str(self.settings.snapshot)) as con:
            con.execute(f"attach '{self.settings.landing}' as landing (read_only)")
            con.execute("create schema marts; create table marts.deliveries as from landing.receipts")
        stamp = project_stamp(self.settings)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(project_hash())

    def examine(self, *, mend: bool = False) -> list[Finding]:
        desk = self.desk
        return list(Examination(self.settings, desk.inbox, self.archive, desk.warehouse, mend=mend).findings())

    def content(self, key: str) -> bytes:
        path = self.settings.data / "fetched"
        self.archive.fetch(key, path)
        return path.read_bytes()

    def store(self, key: str, content: bytes) -> None:
        path = self.settings.data / "stored"
        path.write_bytes(content)
        self.archive.put(key, path)

    def sql(self, statement: str) -> None:
        with self.desk.warehouse.write() as con:
            con.execute(statement)

    def state(self) -> dict[str, Any]:
        """Everything that must come back: what landed, the receipts, and the archive but for what was set aside."""
        keys = [entry.key for entry in self.archive.list() if not entry.key.startswith("damaged/")]
        return {
            "landed": self.desk.landed(),
            "receipts": self.desk.receipts(),
            "archive": {key: self.content(key) for key in keys},
        }


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with two deliveries landed and one quarantined."""
    desk = Desk(tmp_path_factory.mktemp("desks") / "furnished")
    desk.take(GOOD, published="2025-04-20")
    desk.take(NEWER, published="2025-05-20")
    desk.take(BAD, "bad.csv")
    return desk


@pytest.fixture(params=["folder", "bucket"])
def patient(
    request: pytest.FixtureRequest, furnished: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Patient]:
    desk = furnished.copy(tmp_path / "data")
    if request.param == "folder":
        yield Patient(desk, desk.archive)
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="police")
        yield Patient(desk, open_store("s3://police/archive"))


in_a_folder = pytest.mark.parametrize("patient", ["folder"], indirect=True)


def test_the_healthy_have_no_findings(patient: Patient) -> None:
    before = patient.state()
    assert patient.examine() == patient.examine(mend=True) == []
    assert patient.state() == before


# --- what is mended ---


def drop(patient: Patient) -> None:
    patient.desk.drop(GOOD)


def lose_bytes(patient: Patient) -> None:
    patient.archive.delete(bytes_key(sha(GOOD)))


def damage_bytes(patient: Patient) -> None:
    patient.store(bytes_key(sha(GOOD)), GOOD.replace(b"100", b"999", 1))


def lose_receipt(patient: Patient) -> None:
    patient.sql(f"delete from receipts where sha256 = '{sha(GOOD)}'")


def lose_landing(patient: Patient) -> None:
    lose_receipt(patient)
    patient.sql(f"delete from {CRIME} where delivery_id ilike '%{sha(GOOD)[:8]}'")
    patient.sql(f"delete from coverage where delivery_id ilike '%{sha(GOOD)[:8]}'")


MENDED: dict[str, tuple[tuple[Callable[[Patient], None], ...], str]] = {
    "bytes lost, and sent again": ((lose_bytes, drop), "does not hold its bytes"),
    "bytes damaged, and sent again": ((damage_bytes, drop), "are damaged"),
    "note lost": ((lambda p: p.archive.delete(arrival_key(sha(GOOD))),), "no note of its arrival"),
    "note damaged": ((lambda p: p.store(arrival_key(sha(GOOD)), b'{"name":'),), "does not read"),
    "note of other bytes": (
        (lambda p: p.store(arrival_key(sha(GOOD)), p.content(arrival_key(sha(NEWER)))),), "does not read",
    ),
    "archived, never landed": ((lose_landing,), "has no receipt"),
    "bad file archived, never filed": (
        (lambda p: p.sql(f"delete from receipts where sha256 = '{sha(BAD)}'"),), "has no receipt",
    ),
    "receipt lost": ((lose_receipt,), "has no receipt"),
    "rows lost": ((lambda p: p.sql(f"delete from {CRIME} where area_name = 'Brent'"),), "not what its receipt"),
    "rows twice": ((lambda p: p.sql(f"insert into {CRIME} from {CRIME}"),), "not what its receipt"),
    "a figure changed": (
        (lambda p: p.sql(f"update {CRIME} set offences = 7 where area_name = 'Brent'"),), "not what its receipt",
    ),
    "coverage lost": ((lambda p: p.sql("delete from coverage where period_end = '2024-01-31'"),), "not what its"),
    "a total changed": ((lambda p: p.sql("update coverage set total = total + 1"),), "not what its receipt"),
    "no rows at all": (
        (lambda p: p.sql(f"delete from {CRIME}; delete from coverage"),), "not what its receipt",
    ),
    "rows of nothing": (
        (lambda p: p.sql(f"insert into {CRIME} select * replace ('2031-01-0' as delivery_id) from {CRIME}"),),
        "without a landed receipt",
    ),
    "coverage of a quarantined delivery": (
        (lambda p: p.sql("insert into coverage select * replace ('unread-1' as delivery_id) from coverage"),),
        "without a landed receipt",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("patient", "spoil", "words"),
    [
        pytest.param(kind, *case, id=f"{name}, {kind}")
        for name, case in MENDED.items()
        for kind in (("folder", "bucket") if name.startswith(("bytes", "note", "archived")) else ("folder",))
    ],
    indirect=["patient"],
)
def test_what_can_be_made_again_is_mended_and_to_look_changes_nothing(
    patient: Patient, spoil: tuple[Callable[[Patient], None], ...], words: str
) -> None:
    before = patient.state()
    for step in spoil:
        step(patient)
    spoilt = patient.state()

    seen = patient.examine()
    assert words in " ".join(finding.what for finding in seen)
    assert {(finding.mended, finding.remedy) for finding in seen} <= {("", "oversight doctor"), ("", "oversight build")}
    assert patient.state() == spoilt

    mended = patient.examine(mend=True)
    assert words in " ".join(finding.what for finding in mended)
    assert patient.state() == before
    patient.build()
    assert patient.examine() == []


def test_what_was_damaged_is_set_aside_and_kept(patient: Patient) -> None:
    [side_car, *_] = [entry.key for entry in patient.archive.list() if entry.key.startswith(f"side-cars/{sha(GOOD)}")]
    damage_bytes(patient)
    patient.store(arrival_key(sha(GOOD)), b"?")
    patient.store(side_car, b'{"published"')
    damaged = [patient.content(bytes_key(sha(GOOD))), b"?", b'{"published"']
    assert "a side-car of it is damaged" in [finding.what for finding in patient.examine(mend=True)]
    aside = [entry.key for entry in patient.archive.list() if entry.key.startswith("damaged/")]
    assert sorted(map(patient.content, aside)) == sorted(damaged)
    assert not patient.archive.exists(side_car)


def test_bytes_of_which_nothing_else_is_known_are_landed(patient: Patient) -> None:
    content = borough_crime(count=99)
    patient.store(bytes_key(sha(content)), content)
    [finding, behind] = patient.examine(mend=True)
    assert (finding.result and finding.result.outcome) == "landed"
    assert "landed" in finding.mended
    assert "not in the marts" in behind.what
    patient.build()
    assert patient.examine() == []
    assert read_arrival(sha(content), patient.archive).name == f"unnamed-{sha(content)[:8]}"


def test_what_a_killed_intake_will_take_again_is_left_to_it(patient: Patient) -> None:
    """Its side-car is still to be read: landing it now would give it another day."""
    content = borough_crime(count=99)
    patient.store(bytes_key(sha(content)), content)
    patient.desk.drop(content, published="2025-04-25")
    assert patient.examine(mend=True) == []
    result = take(RECENT, patient.desk.inbox, patient.archive, patient.desk.warehouse)
    assert str((result.receipt or {})["vintage_on"]) == "2025-04-25"


# --- what is left to a person ---


@pytest.mark.parametrize("mend", [False, True])
def test_lost_bytes_are_told_and_their_rows_stay(patient: Patient, mend: bool) -> None:
    landed = patient.desk.landed()
    lose_bytes(patient)
    [finding] = patient.examine(mend=mend)
    assert finding.about.endswith(sha(GOOD)[:8])
    assert "does not hold its bytes; its rows are landed and stay" in finding.what
    assert (finding.mended, "drop the same file into the inbox" in finding.remedy) == ("", True)
    assert patient.desk.landed() == landed

    patient.desk.drop(GOOD)
    take(RECENT, patient.desk.inbox, patient.archive, patient.desk.warehouse)
    assert patient.examine() == []


def test_rows_cannot_be_mended_without_their_bytes(patient: Patient) -> None:
    lose_bytes(patient)
    patient.sql(f"delete from {CRIME} where delivery_id ilike '%{sha(GOOD)[:8]}' and area_name = 'Brent'")
    findings = patient.examine(mend=True)
    assert [finding.mended for finding in findings] == ["", ""]
    assert "before its bytes are back" in findings[1].remedy


def test_rows_that_do_not_land_again_are_told(patient: Patient) -> None:
    """The archive holds a file under a receipt that it does not bear out: the feed has become stricter, say."""
    patient.sql(f"update receipts set outcome = 'landed', feed = '{CRIME}', rows = 1, periods = 1 where layout is null")
    patient.build()
    [finding] = patient.examine(mend=True)
    assert "does not land again: the header is of no known feed" in finding.remedy


def test_stranger_in_the_archive_is_told(patient: Patient) -> None:
    patient.store("bytes/notes.txt", b"mine")
    [finding] = patient.examine(mend=True)
    assert (finding.about, finding.mended) == ("bytes/notes.txt", "")
    assert patient.content("bytes/notes.txt") == b"mine"


@in_a_folder
@pytest.mark.parametrize(
    ("shelf", "remedy"),
    [("releases", "restore it from a backup, or from"), ("datastore", "move it away")],
)
def test_release_whose_seal_does_not_hold_is_left_alone(patient: Patient, shelf: str, remedy: str) -> None:
    place = patient.settings.data / shelf / "new-met-for-london" / "2026-Q1"
    place.mkdir(parents=True)
    (place / "figures.csv").write_text("spoilt")
    [finding] = patient.examine(mend=True)
    assert (finding.about, finding.mended) == (str(place), "")
    assert remedy in finding.remedy
    assert (place / "figures.csv").read_text() == "spoilt"


# --- files that a killed process left ---


@in_a_folder
def test_what_was_left_half_written_is_removed(patient: Patient) -> None:
    data, temporary = patient.settings.data, f".{'0' * 32}.tmp"
    left = [
        data / "analysts" / ".next" / "oversight.duckdb",
        data / "releases" / "borough-performance" / ".2026-Q1.tmp" / "index.html",
        data / "datastore" / "borough-performance" / ".2026-Q1.tmp" / "index.html",
        data / "datastore" / ".index.html.tmp",
        data / "archive" / "bytes" / "00" / temporary,
        data / "inbox" / temporary,
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    os.utime(left[4], (0, 0))  # the other may be being written at this moment
    link = data / "datastore" / "borough-performance" / ".latest.tmp"
    link.symlink_to("2026-Q9")
    assert len(patient.examine()) == 6
    assert all(path.exists() for path in left)
    assert {finding.mended for finding in patient.examine(mend=True)} == {"removed"}
    assert [path for path in left if path.exists()] == [left[5]]
    assert not link.is_symlink()
    assert patient.examine() == []


@in_a_folder
def test_scratch_of_a_killed_process_is_removed_once_nobody_can_be_using_it(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    names = ("oversight-abandone", "oversight-being_us", "oversight-bench-abcdefgh", "another-abcdefgh")
    folders = [tmp_path / "scratch" / name for name in names]
    for folder in folders:
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "delivery").write_bytes(GOOD)
        for path in (folder / "inner" / "delivery", folder / "inner", folder):
            os.utime(path, (0, 0))
    os.utime(folders[1] / "inner" / "delivery")
    [looked] = patient.examine()
    assert (looked.about, looked.mended) == (str(folders[0]), "")
    [mended] = patient.examine(mend=True)
    assert mended.mended == "removed"
    assert [folder for folder in folders if not folder.exists()] == folders[:1]
    assert patient.examine() == []


@in_a_folder
def test_analysts_file_that_is_behind_is_told(patient: Patient) -> None:
    path = patient.settings.data / "file"
    path.write_bytes(NEWER)
    land(read_arrival(sha(NEWER), patient.archive), path, patient.archive, patient.desk.warehouse, again=True)
    [finding] = patient.examine()
    assert (finding.about, finding.remedy) == ("analysts' file", "oversight build")
    patient.build()
    unfinished_mark(patient.settings).parent.mkdir()
    unfinished_mark(patient.settings).touch()
    assert "cut short" in patient.examine(mend=True)[0].what
