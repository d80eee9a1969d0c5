"""The stores that keep bytes (a folder, S3) and the database that keeps rows: what each promises."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from orchestration.store import Entry, FolderStore, S3Store, Store, open_store
from orchestration.warehouse import Warehouse, connect, records
from sources.registry import FEEDS

AWKWARD = [
    "a b.csv",
    "a/b/c.csv",
    "a+b%20c#d?e&f=g.csv",
    'it\'s "quoted".csv',
    "line\nbreak.csv",
    "tab\there.csv",
    "MPS Borough Level Crime (most recent 24 months).csv",
    "münchen/£5.csv",
    "back\\slash.csv",
    "semi;colon*star.csv",
]


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    if request.param == "folder":
        yield open_store(str(tmp_path / "store"))
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="police", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        client.put_object(Bucket="police", Key="elsewhere.csv", Body=b"not ours")
        yield open_store("s3://police/in box/")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


def keys(store: Store) -> list[str]:
    return [entry.key for entry in store.list()]


def content(store: Store, key: str, folder: Path) -> bytes:
    path = folder / "fetched"
    store.fetch(key, path)
    return path.read_bytes()


# --- what every store promises ---


def test_address_tells_the_kind_of_store_and_where_it_begins(store: Store, file: Path) -> None:
    assert keys(store) == []
    if isinstance(store, S3Store):
        assert (store.bucket, store.prefix) == ("police", "in box/")
        whole = open_store("s3://police")
        whole.put("also elsewhere.csv", file)
        assert keys(whole) == ["also elsewhere.csv", "elsewhere.csv"]
        assert keys(store) == []
    else:
        assert isinstance(store, FolderStore)


@pytest.mark.parametrize("key", AWKWARD)
def test_object_comes_back_under_its_key(store: Store, tmp_path: Path, file: Path, key: str) -> None:
    assert not store.exists(key)
    store.put(key, file)
    assert store.exists(key)
    assert keys(store) == [key]
    assert content(store, key, tmp_path) == b"content"
    assert next(iter(store.list())).size == 7
    store.delete(key)
    assert not store.exists(key)
    assert keys(store) == []


def test_objects_are_listed_in_order_of_key(store: Store, file: Path) -> None:
    for key in reversed(AWKWARD):
        store.put(key, file)
    assert keys(store) == sorted(AWKWARD)


def test_unfinished_files_are_not_listed(store: Store, file: Path) -> None:
    for key in (".hidden.csv", "a.csv.part", "b.tmp", ".folder/c.csv", "d/.e.csv", "f.csv", "g.part.csv"):
        store.put(key, file)
    assert keys(store) == ["f.csv", "g.part.csv"]


def test_put_replaces_and_the_version_tells(store: Store, tmp_path: Path, file: Path) -> None:
    store.put("a.csv", file)
    (before,) = store.list()
    assert [before] == list(store.list())
    file.write_bytes(b"changed")  # of the same size
    store.put("a.csv", file)
    (after,) = store.list()
    assert content(store, "a.csv", tmp_path) == b"changed"
    assert (after.key, after.size) == (before.key, before.size)
    assert after.version != before.version


def test_what_was_replaced_since_it_was_seen_is_not_deleted(store: Store, tmp_path: Path, file: Path) -> None:
    store.put("a.csv", file)
    (seen,) = store.list()
    file.write_bytes(b"changed")
    store.put("a.csv", file)
    store.delete("a.csv", seen)
    assert content(store, "a.csv", tmp_path) == b"changed"
    store.delete("a.csv", store.entry("a.csv"))
    assert keys(store) == []
    store.delete("a.csv", seen)


def test_what_is_not_there(store: Store, tmp_path: Path) -> None:
    assert not store.exists("a.csv")
    store.delete("a.csv")
    with pytest.raises(FileNotFoundError, match=r"a\.csv"):
        store.fetch("a.csv", tmp_path / "x")


def test_empty_object_is_an_object(store: Store, tmp_path: Path, file: Path) -> None:
    file.write_bytes(b"")
    store.put("empty", file)
    assert keys(store) == ["empty"]
    assert content(store, "empty", tmp_path) == b""


# --- folders ---

segments = st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=20).filter(
    lambda text: not text.startswith(".") and not text.endswith((".part", ".tmp"))
)


@settings(max_examples=30)
@given(st.dictionaries(segments, st.dictionaries(segments, st.binary(max_size=20), max_size=3), max_size=4))
def test_folder_keeps_any_keys_apart(tree: dict[str, dict[str, bytes]]) -> None:
    expected = {f"{folder}/{name}": data for folder, names in tree.items() for name, data in names.items()}
    with TemporaryDirectory() as root:
        store, path = FolderStore(Path(root) / "store"), Path(root) / "file"
        for key, data in expected.items():
            path.write_bytes(data)
            store.put(key, path)
        assert keys(store) == sorted(expected)
        assert {key: content(store, key, Path(root)) for key in expected} == expected


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../outside", "link/inside"])
def test_key_that_leads_outside_the_folder_is_refused(tmp_path: Path, file: Path, key: str) -> None:
    store = FolderStore(tmp_path / "store")
    store.put("a/b", file)
    (tmp_path / "elsewhere").mkdir()
    (store.root / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "outside").write_bytes(b"mine")
    for act in (
        lambda: store.put(key, file),
        lambda: store.fetch(key, tmp_path / "x"),
        lambda: store.exists(key),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="leads outside"):
            act()
    assert (tmp_path / "outside").read_bytes() == b"mine"


def test_links_are_passed_over(tmp_path: Path, file: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.put("real.csv", file)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.csv").write_bytes(b"x")
    (store.root / "link.csv").symlink_to(file)
    (store.root / "inner.csv").symlink_to(store.root / "real.csv")
    (store.root / "folder").symlink_to(tmp_path / "folder")
    (store.root / "broken.csv").symlink_to(tmp_path / "nowhere")
    (store.root / "loop.csv").symlink_to(store.root / "loop.csv")
    assert keys(store) == ["real.csv"]


def test_put_that_fails_leaves_what_was_there(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path / "store")
    store.put("a.csv", file)

    def full(descriptor: int) -> None:
        assert keys(store) == ["a.csv"]  # the copy is under way, and is not seen
        raise OSError("No space left on device")

    file.write_bytes(b"newer")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.put("a.csv", file)
    assert content(store, "a.csv", tmp_path) == b"content"
    assert [path.name for path in store.root.iterdir()] == ["a.csv"]


def test_file_that_is_moved_away_while_we_look_is_not_listed(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path / "store")
    store.put("a.csv", file)
    store.put("b.csv", file)
    listing = store.list()
    assert isinstance(next(listing), Entry)
    store.delete("b.csv")
    assert list(listing) == []


# --- the landing database ---

HOLD = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""
DIE = """
import os, sys
from pathlib import Path
from orchestration.warehouse import Warehouse
with Warehouse(Path(sys.argv[1]), (), 5).write() as con:
    con.execute("delete from kept")
    con.execute("create table half (x int)")
    os._exit(9)
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "data" / "landing.duckdb", FEEDS, patience=0)
    with warehouse.write() as con:
        con.execute("create table kept as select 1 as x")
    return warehouse


@pytest.fixture
def holder(warehouse: Warehouse) -> Iterator["subprocess.Popen[str]"]:
    """A process that has the database open for writing until its input is closed."""
    command = [sys.executable, "-c", HOLD, str(warehouse.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.communicate()


def rows(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    with warehouse.read() as con:
        return records(con, sql)


def test_reading_what_was_never_written_prepares_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "new" / "landing.duckdb", FEEDS, patience=0)
    tables = {row["name"] for row in rows(warehouse, "select table_name as name from duckdb_tables()")}
    assert tables == {"receipts", "coverage", "decisions", *(feed.name for feed in FEEDS)}
    assert rows(warehouse, "from receipts") == []


def test_preparing_again_keeps_what_is_there(warehouse: Warehouse) -> None:
    warehouse.prepare()
    with warehouse.write() as con:
        con.execute("insert into coverage values ('f', 'd', 's', '2025-01-01', '2025-01-31', 1, 1)")
    warehouse.prepare()
    assert len(rows(warehouse, "from coverage")) == 1


def test_write_is_one_transaction(warehouse: Warehouse) -> None:
    with pytest.raises(ZeroDivisionError), warehouse.write() as con:
        con.execute("insert into kept values (2)")
        con.execute("create table other (x int)")
        raise ZeroDivisionError
    assert rows(warehouse, "from kept") == [{"x": 1}]
    assert rows(warehouse, "select table_name from duckdb_tables()") == [{"table_name": "kept"}]


def test_process_that_dies_while_writing_leaves_all_as_it_was(warehouse: Warehouse) -> None:
    done = subprocess.run([sys.executable, "-c", DIE, str(warehouse.path)], check=False)
    assert done.returncode == 9
    assert rows(warehouse, "from kept") == [{"x": 1}]
    assert rows(warehouse, "select table_name from duckdb_tables()") == [{"table_name": "kept"}]


def test_reader_cannot_write(warehouse: Warehouse) -> None:
    with warehouse.read() as con, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("insert into kept values (2)")


def test_held_lock_is_an_error_that_names_the_holder(warehouse: Warehouse, holder: "subprocess.Popen[str]") -> None:
    for opening in (warehouse.write, warehouse.read):
        with pytest.raises(duckdb.IOException, match=rf"Could not set lock.*PID {holder.pid}"), opening():
            pass


@pytest.mark.parametrize("read_only", [True, False], ids=["reader", "writer"])
def test_lock_is_waited_for(
    warehouse: Warehouse,
    holder: "subprocess.Popen[str]",
    monkeypatch: pytest.MonkeyPatch,
    read_only: bool,
) -> None:
    refusals = []
    real = duckdb.connect

    def release_after_a_refusal(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        try:
            return real(*arguments, **options)
        except duckdb.IOException as error:
            refusals.append(error)
            holder.communicate()
            raise

    monkeypatch.setattr(duckdb, "connect", release_after_a_refusal)
    connect(warehouse.path, read_only=read_only, patience=60).close()
    assert len(refusals) == 1


def test_error_that_is_no_lock_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "landing.duckdb"
    path.write_bytes(b"not a database" * 1000)
    tries = []
    real = duckdb.connect

    def counted(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        tries.append(arguments)
        return real(*arguments, **options)

    monkeypatch.setattr(duckdb, "connect", counted)
    with pytest.raises(duckdb.IOException, match="not a valid DuckDB database"):
        connect(path, patience=60)
    assert len(tries) == 1
