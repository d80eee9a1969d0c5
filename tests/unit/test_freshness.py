"""Whether the marts can be relied on, and whether a build can add to what was built before."""

import duckdb
import pytest

from orchestration import dbt
from orchestration.freshness import build_can_add, marts_are_behind
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

LANDED, COLUMNS = "timestamp '2026-01-01', 'landed'", "(feed, delivery_id, landed_at, outcome)"


@pytest.mark.parametrize(
    ("name", "can_add"), [("police_uk_street", True), ("ons_lsoa_wards", False), ("ons_lsoa_2011_wards", False)]
)
def test_a_new_lookup_places_all_records_afresh(settings: Settings, name: str, can_add: bool) -> None:
    warehouse = Warehouse(settings.landing, FEEDS, patience=5)
    with warehouse.write() as con:
        con.execute(f"create table receipts as from (values ('{name}', 'new', {LANDED})) as t {COLUMNS}")
    settings.build.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build)) as con:
        con.execute("create schema marts")
        con.execute(f"create table marts.deliveries as from (values ('', '', {LANDED})) as t {COLUMNS} limit 0")
    assert build_can_add(settings, warehouse) is can_add


def test_marts_of_another_dbt_project_are_not_relied_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(settings.landing, FEEDS, patience=5)
    warehouse.prepare()
    settings.snapshot.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.snapshot)) as con:
        con.execute("create schema marts")
        con.execute(f"create table marts.deliveries as from (values ('', '', {LANDED})) as t {COLUMNS} limit 0")
    another = "the dbt project is another one than the marts were built of"
    assert marts_are_behind(settings, warehouse) == another
    stamp = dbt.project_stamp(settings)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(dbt.project_hash())
    assert marts_are_behind(settings, warehouse) is None
    monkeypatch.setattr(dbt, "project_hash", lambda: "changed")
    assert marts_are_behind(settings, warehouse) == another


@pytest.mark.parametrize("garbage", [b"", b"no database", b"x" * 100_000], ids=["empty", "short", "long"])
def test_files_that_do_not_read_are_made_again(settings: Settings, garbage: bytes) -> None:
    warehouse = Warehouse(settings.landing, FEEDS, patience=5)
    warehouse.prepare()
    stamp = dbt.project_stamp(settings)
    for path in (settings.snapshot, settings.build, stamp):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(garbage)
    stamp.write_text(dbt.project_hash())
    assert str(marts_are_behind(settings, warehouse)).startswith("the analysts' file does not read")
    assert not build_can_add(settings, warehouse)
