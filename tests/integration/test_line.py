"""From files dropped to quarters published, on synthetic deliveries: the demonstration, looked at closely."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.assets import products
from orchestration.cli import app
from orchestration.doctor import Examination
from orchestration.publication.bundle import read_bundle
from orchestration.publication.draft import Draft, draft
from orchestration.publication.ledger import Stage
from orchestration.publication.lifecycle import NotAllowedError
from orchestration.publication.products import PRODUCTS
from orchestration.rebuild import rebuild
from orchestration.resources import open_releases
from orchestration.sensors import inbox_sensor, releasable
from sources.registry import FEEDS
from sources.sample import write_deliveries
from tests.integration.line import Line, failures

pytestmark = pytest.mark.xdist_group("line")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
QUARTERS = ("2025-Q4", "2026-Q1")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """An installation that two vintages went through, and two quarters came out of."""
    line = Line(tmp_path_factory.mktemp("line") / "data")
    for as_of, quarter in zip((date(2026, 2, 26), date(2026, 5, 28)), QUARTERS, strict=True):
        write_deliveries(line.inbox, as_of=as_of)
        intake = line.run("intake_job")
        assert intake.success, failures(intake)
        assert releasable(line.settings, NOW) == [quarter]
        released = line.run("release_job", partition_key=quarter)
        assert released.success, failures(released)
    return line


@pytest.fixture
def copy(line: Line, tmp_path: Path) -> Line:
    """The same installation, to be spoilt."""
    return line.copy(tmp_path / "data")


def test_every_feed_landed_and_the_inbox_is_empty(line: Line) -> None:
    landed = {row["feed"] for row in line.state.deliveries() if row["outcome"] == "landed"}
    assert landed == {feed.name for feed in FEEDS}
    assert [path for path in line.inbox.rglob("*") if path.is_file()] == []


def test_every_delivery_is_a_partition_with_its_checks(line: Line) -> None:
    for row in line.state.deliveries():
        key = dg.AssetKey(["landing", row["feed"]])
        assert row["delivery_id"] in line.instance.get_dynamic_partitions(row["feed"])
        assert line.instance.get_latest_data_version_record(key, partition_key=row["delivery_id"]) is not None


def test_both_quarters_are_published_and_sealed(line: Line) -> None:
    for product in PRODUCTS:
        for quarter in QUARTERS:
            bundle = read_bundle(line.settings.datastore / product / quarter)
            assert bundle.seal == read_bundle(line.settings.releases / product / quarter).seal
            assert bundle.synthetic
        assert (line.settings.datastore / product / "latest").resolve().name == "2026-Q1"


def test_the_second_release_tells_what_it_changed_and_why(line: Line) -> None:
    bundle = line.settings.releases / "new-met-for-london" / "2026-Q1"
    with duckdb.connect() as con:
        kinds = dict(
            con.execute(
                "select kind, count(*) from read_csv(?) where coalesce(explained, true) group by kind",
                [str(bundle / "differences.csv")],
            ).fetchall()
        )
    assert kinds["changed"] > 50
    assert kinds["added"] > 10


def test_boroughs_sum_to_the_force_total(line: Line) -> None:
    assert line.ask("""
        select count(*) from (
            select measure_id, time_window, period_end,
                   sum(value) filter (area_code = 'E23000001') - sum(value) filter (area_code <> 'E23000001') as gap
            from marts.borough_performance group by all having gap is null or gap <> 0)
    """) == [(0,)]


def test_a_rate_names_its_population_and_a_share_is_compared_in_points(line: Line) -> None:
    assert line.ask(
        "select count(*) from marts.borough_performance where rate_per_1000 > 0 and population_vintage is null"
    ) == [(0,)]
    assert line.ask("""
        select distinct change_unit from marts.police_and_crime_plan where unit = 'pct' and change is not null
    """) == [("pp",)]
    assert line.ask("""
        select count(*) > 0 from marts.police_and_crime_plan
        where unit = 'per_million_journeys' and group_id = 'bus' and value between 1 and 30
    """) == [(True,)]


def test_the_past_is_shown_as_it_stood(line: Line) -> None:
    newest = (
        "select max(period_end), max(vintage_on) from marts.observations_as_of(date '{}') where feed = 'tfl_journeys'"
    )
    before, after = line.ask(newest.format("2026-02-26"))[0], line.ask(newest.format("2026-05-28"))[0]
    assert before < after
    assert line.ask("""
        select count(*) from (from marts.observations_as_of('infinity'::date) except from marts.observations)
    """) == [(0,)]


def test_columns_carry_their_documentation(line: Line) -> None:
    assert (
        line.ask("""
        select table_name, column_name from duckdb_columns()
        where schema_name in ('marts', 'reference') and comment is null
    """)
        == []
    )


def test_a_reader_keeps_its_file_while_the_next_is_swapped_in(copy: Line) -> None:
    with duckdb.connect(str(copy.settings.snapshot), read_only=True) as reader:
        rows = reader.execute("select count(*) from marts.observations").fetchall()
        inode = copy.settings.snapshot.stat().st_ino
        build = copy.run("build_job")
        assert build.success, failures(build)
        assert copy.settings.snapshot.stat().st_ino != inode
        assert reader.execute("select count(*) from marts.observations").fetchall() == rows


def test_landing_the_same_bytes_again_changes_nothing(copy: Line) -> None:
    before = copy.settings.snapshot.stat().st_mtime_ns
    write_deliveries(copy.inbox, as_of=date(2026, 5, 28))
    again = copy.run("intake_job")
    assert again.success
    # This instance has never seen the deliveries, so their partitions are shown again; nothing else happens.
    shown = {event.asset_key for event in again.get_asset_materialization_events()}
    assert shown <= {dg.AssetKey(["landing", feed.name]) for feed in FEEDS}
    assert copy.settings.snapshot.stat().st_mtime_ns == before
    assert list(copy.inbox.iterdir()) == []


def test_a_partition_lands_again_from_the_archive_to_the_same_rows(copy: Line) -> None:
    delivery = next(row for row in copy.state.deliveries() if row["feed"] == "tfl_journeys")["delivery_id"]
    rows = "select * from tfl_journeys order by all"
    with copy.state.warehouse.read() as con:
        before = con.execute(rows).fetchall()
    copy.instance.add_dynamic_partitions("tfl_journeys", [delivery])
    again = copy.run("reland_tfl_journeys", partition_key=delivery)
    assert again.success, failures(again)
    with copy.state.warehouse.read() as con:
        assert con.execute(rows).fetchall() == before


def test_a_failing_dbt_test_swaps_nothing_and_releases_nothing(copy: Line) -> None:
    before = copy.settings.snapshot.stat().st_ino
    shutil.rmtree(copy.settings.releases)
    with copy.state.warehouse.write() as con:
        con.execute("""
            insert into mps_recorded_crime_borough
            select * replace ('Nowhere' as area_name) from mps_recorded_crime_borough limit 1
        """)
        con.execute("update receipts set delivery_id = 'changed-by-hand' where feed = 'nhs_fingertips'")
    build = copy.run("build_job")
    assert not build.success
    assert "parts of the build failed" in failures(build)[0]
    failed = {e.asset_key.path[-1] for e in build.get_asset_check_evaluations() if not e.passed}
    assert failed == {"int_statements"}
    assert copy.settings.snapshot.stat().st_ino == before
    release = copy.run("release_job", partition_key="2026-Q1")
    assert not release.success
    assert all("the last build failed or was cut short" in told for told in failures(release))
    assert not copy.settings.releases.exists()


def correct(line: Line, product: str) -> dg.ExecuteInProcessResult:
    """Ask for a correction of the first quarter of 2026 of one product."""
    op = f"release_{product.replace('-', '_')}"
    config = {"ops": {op: {"config": {"by": "ada", "correction": "A figure was wrong."}}}}
    return line.run("release_job", partition_key="2026-Q1", run_config=config)


def test_a_failed_gate_releases_nothing_and_says_why(copy: Line) -> None:
    with duckdb.connect(str(copy.settings.snapshot)) as con:
        con.execute("update marts.borough_performance set value = value + 1 where area_code = 'E09000007'")
    result = correct(copy, "borough-performance")
    assert not result.success
    [told] = failures(result)
    assert "borough-performance failed" in told
    assert "parts_sum_to_total" in told
    assert not (copy.settings.releases / "borough-performance" / "2026-Q1.r2").exists()
    assert (copy.settings.datastore / "borough-performance" / "latest").resolve().name == "2026-Q1"
    gates = {e.asset_key.path[-1]: e for e in result.get_asset_check_evaluations() if e.check_name == "gate"}
    assert not gates["borough_performance"].passed
    assert gates["borough_performance"].metadata["outcome"].value == "failed"
    assert gates["new_met_for_london"].passed
    facts = copy.state.releases.ledger.facts("borough-performance", "2026-Q1.r2")
    assert [str(fact.stage) for fact in facts] == ["drafted", "refused"]
    assert "parts_sum_to_total" in facts[-1].note


def test_one_secondary_cell_shown_again_stops_the_release_and_is_named(
    copy: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is released yet; homicides of one borough are under a threshold of 5, and somebody lifts another cell."""
    shutil.rmtree(copy.settings.releases)
    shutil.rmtree(copy.settings.datastore)
    with duckdb.connect(str(copy.settings.snapshot)) as con:
        con.execute("""
            update marts.measures set disclosure_rule = (
                select disclosure_rule from reference.disclosure_rules
                where threshold = 5 and applies_to = 'every figure' and area_kind is null and finest_area = 'borough'
                limit 1)
            where measure_id = 'homicide';
            delete from marts.borough_performance where measure_id = 'homicide' and time_window <> 'rolling_12m';
            update marts.borough_performance set value = 9 where measure_id = 'homicide' and area_code <> 'E23000001';
            update marts.borough_performance set value = 3 where measure_id = 'homicide' and area_code = 'E09000007';
            update marts.borough_performance set lower = null, upper = null, change_lower = null, change_upper = null
            where measure_id = 'homicide';
            update marts.borough_performance set value = 3 + 9 * (
                select count(distinct area_code) - 2 from marts.borough_performance where measure_id = 'homicide')
            where measure_id = 'homicide' and area_code = 'E23000001'
        """)

    def careless(*given: Any, **named: Any) -> Draft:
        drafted = draft(*given, **named)
        rows = drafted.frames["rows"]
        secondary = rows.index[(rows["status"] == "[c]") & (rows["area_code"] != "E09000007")]
        rows.loc[secondary[:1], ["value", "status"]] = [9.0, None]
        return drafted

    only = [dg.AssetKey(["drafts", "borough_performance"]), dg.AssetKey(["releases", "borough_performance"])]
    with monkeypatch.context() as patch:
        patch.setattr(products, "draft", careless)
        result = copy.run("release_job", partition_key="2026-Q1", asset_selection=only)
    assert not result.success
    assert "disclosure.all_protected" in failures(result)[0]
    verdict = json.loads((copy.settings.data / "gate/borough-performance/2026-Q1/verdict.json").read_text())
    [fault] = [check for check in verdict["checks"] if check["outcome"] == "failed"]
    assert "measure_id homicide, area_code E09000007" in fault["examples"][0]
    assert not (copy.settings.releases / "borough-performance").exists()

    result = copy.run("release_job", partition_key="2026-Q1", asset_selection=only)
    assert result.success, failures(result)
    bundle = read_bundle(copy.settings.releases / "borough-performance" / "2026-Q1")
    with duckdb.connect() as con:
        hidden = con.execute(
            "select distinct area_code = 'E09000007', value from read_csv(?) where status = '[c]' order by all",
            [str(bundle.path / "borough-performance.csv")],
        ).fetchall()
    assert hidden == [(False, None), (True, None)]


def test_a_broken_gate_is_no_verdict_and_releases_nothing(copy: Line) -> None:
    with duckdb.connect(str(copy.settings.snapshot)) as con:
        con.execute("alter table marts.new_met_for_london rename column direction to heading")
    result = correct(copy, "new-met-for-london")
    assert not result.success
    gate = next(e for e in result.get_asset_check_evaluations() if e.asset_key.path[-1] == "new_met_for_london")
    assert not gate.passed
    assert gate.metadata["outcome"].value == "errored"
    assert copy.state.releases.ledger.stages("new-met-for-london")["2026-Q1.r2"] == "refused"
    assert not (copy.settings.releases / "new-met-for-london" / "2026-Q1.r2").exists()


def test_what_was_cut_short_before_it_was_scheduled_is_taken_up(copy: Line) -> None:
    ledger = open_releases(copy.settings).ledger
    lines, facts = ledger.path.read_bytes().splitlines(keepends=True), ledger.facts()
    last = max(number for number, fact in enumerate(facts) if fact.stage is Stage.sealed)
    ledger.path.write_bytes(b"".join(lines[: last + 1]))
    assert releasable(copy.settings, NOW) == ["2026-Q1"]
    released = copy.run("release_job", partition_key="2026-Q1")
    assert released.success, failures(released)
    assert {ledger.stage(product, "2026-Q1") for product in PRODUCTS} == {Stage.published}
    assert releasable(copy.settings, NOW) == []


def test_without_its_ledger_nothing_is_released_and_the_doctor_asks_for_it(copy: Line) -> None:
    before = {path: path.read_bytes() for path in copy.settings.releases.rglob("*") if path.is_file()}
    ledger = open_releases(copy.settings).ledger.path
    ledger.unlink()
    del before[ledger]
    released = copy.run("release_job", partition_key="2026-Q1")
    assert not released.success
    assert any(f"restore {ledger} from a backup" in told for told in failures(released))
    assert {path: path.read_bytes() for path in before} == before
    resources = copy.definitions.resources
    found = list(Examination(copy.settings, resources["inbox"], resources["archive"], copy.state.warehouse).findings())
    lost = [finding for finding in found if finding.what == "it is sealed, and the ledger knows nothing of it"]
    assert len(lost) == len(PRODUCTS) * len(QUARTERS)
    assert {f"restore {ledger} from a backup" in finding.remedy for finding in lost} == {True}
    assert found == lost


def test_databases_that_do_not_read_are_made_anew(copy: Line) -> None:
    sums = "select count(*), sum(value)::decimal(28, 3) from marts.new_met_for_london"
    before = copy.ask(sums)
    for path in (copy.settings.build, copy.settings.snapshot):
        path.write_bytes(b"no database" * 1000)
    mended = copy.run("build_job")
    assert mended.success, failures(mended)
    assert copy.ask(sums) == before


def test_a_ledger_that_does_not_read_is_told_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "ledger.jsonl").write_text("{}\n")
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "releases"]
    surroundings = os.environ | {"OVERSIGHT_DATA": str(tmp_path)}
    told = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "Restore the ledger from a backup." in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr


def test_a_correction_needs_its_reason(copy: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERSIGHT_DATA", str(copy.settings.data))
    told = CliRunner().invoke(app, ["correct", "borough-performance", "2026-Q1", "--reason", " ", "--by", "ada"])
    assert told.exit_code == 2
    assert "needs its reason in words" in told.stderr


def test_a_correction_and_its_withdrawal_by_command(copy: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERSIGHT_DATA", str(copy.settings.data))
    product, runner = "new-met-for-london", CliRunner()
    with duckdb.connect(str(copy.settings.snapshot)) as con:
        con.execute("""
            update marts.new_met_for_london set value = value + 1
            where measure_id = 'homicide' and time_window = 'rolling_12m' and period_end = date '2026-03-31'
        """)
    # What a killed run wrote of other rows, and the ledger never had sealed: it gives way to those that are judged now.
    shutil.copytree(copy.settings.releases / product / "2026-Q1", copy.settings.releases / product / "2026-Q1.r2")
    for stage in (Stage.drafted, Stage.gated):
        open_releases(copy.settings).ledger.append(product, "2026-Q1.r2", stage, by="ada", at=NOW)
    done = runner.invoke(app, ["correct", product, "2026-Q1", "--reason", "One homicide was missing.", "--by", "ada"])
    assert done.exit_code == 0, done.output
    assert copy.state.releases.ledger.stages(product)["2026-Q1"] == "superseded"
    corrected = read_bundle((copy.settings.datastore / product / "latest").resolve())
    assert (corrected.release, corrected.correction) == ("2026-Q1.r2", "One homicide was missing.")
    assert [each["release"] for each in corrected.seen] == ["2025-Q4", "2026-Q1"]
    with duckdb.connect() as con:
        changed = con.execute("select count(*) from read_csv(?)", [str(corrected.path / "differences.csv")]).fetchall()
    assert changed == [(1,)]
    assert "One homicide was missing." in (corrected.path / "index.html").read_text()
    done = runner.invoke(app, ["withdraw", product, "2026-Q1.r2", "--reason", "It was right before.", "--by", "ada"])
    assert done.exit_code == 0, done.output
    assert (copy.settings.datastore / product / "latest").resolve().name == "2026-Q1"
    told = runner.invoke(app, ["releases", product, "--json"])
    assert [(fact["release"], fact["stage"]) for fact in json.loads(told.stdout)][-2:] == [
        ("2026-Q1", "published"),
        ("2026-Q1.r2", "withdrawn"),
    ]
    refused = runner.invoke(app, ["withdraw", product, "2026-Q1.r2", "--reason", "Again.", "--by", "ada"])
    assert refused.exit_code == 1
    assert "there is nothing to withdraw" in refused.stderr
    assert "What would be changed" in runner.invoke(app, ["publish", "--plan"]).stdout


def test_a_release_is_made_again_from_the_archive_to_the_byte(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two vintages have landed; the first quarter was made of one of them."""
    compared = rebuild("police-and-crime-plan", "2025-Q4", line.settings)
    assert [each.name for each in compared if not each.same] == []
    assert {"police-and-crime-plan.csv", "police-and-crime-plan.parquet", "index.html"} <= {e.name for e in compared}
    monkeypatch.setattr("orchestration.dbt.project_hash", lambda: "0" * 64)
    with pytest.raises(NotAllowedError, match="check out the version of the code that made it"):
        rebuild("police-and-crime-plan", "2025-Q4", line.settings)


class TestInboxSensor:
    """The sensor asks once for each file, and again for other bytes."""

    @pytest.fixture
    def tick(self, tmp_path: Path) -> Iterator[object]:
        line = Line(tmp_path / "data")
        cursor: list[str | None] = [None]

        def tick() -> list[str]:
            context = dg.build_sensor_context(instance=line.instance, cursor=cursor[0])
            with dg.build_resources({"inbox": line.definitions.resources["inbox"]}):
                result = inbox_sensor(context, inbox=line.definitions.resources["inbox"], settings=line.settings)
            if isinstance(result, dg.SkipReason):
                cursor[0] = context.cursor
                return []
            cursor[0] = result.cursor
            return result.run_requests[0].run_config["ops"]["intake"]["config"]["files"]

        tick.line = line  # type: ignore[attr-defined]
        yield tick

    def test_new_repeated_resupplied_dropped_again(self, tick) -> None:  # type: ignore[no-untyped-def]
        inbox = tick.line.inbox
        assert tick() == []
        (inbox / "a.csv").write_text("one")
        (inbox / ".b.csv").write_text("hidden")
        (inbox / "c.csv.part").write_text("half")
        (inbox / "a.csv.delivery.json").write_text("{}")
        assert tick() == ["a.csv"]
        assert tick() == []
        (inbox / "a.csv").write_text("two, longer")
        assert tick() == ["a.csv"]
        (inbox / "a.csv").unlink()
        assert tick() == []
        (inbox / "a.csv").write_text("two, longer")
        (inbox / "d.csv").write_text("three")
        assert tick() == ["a.csv", "d.csv"]
        assert tick() == []

    def test_what_a_run_left_is_asked_for_with_what_is_new(self, tick) -> None:  # type: ignore[no-untyped-def]
        (tick.line.inbox / "left.csv").write_text("the disk was full")
        assert tick() == ["left.csv"]
        assert tick() == []
        (tick.line.inbox / "new.csv").write_text("there is room again")
        assert tick() == ["left.csv", "new.csv"]


def test_commands_tell_the_state(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERSIGHT_DATA", str(line.settings.data))
    runner = CliRunner()
    status = json.loads(runner.invoke(app, ["status", "--json"]).stdout)
    assert {row["feed"]: row["deliveries"] for row in status["feeds"]}["mps_recorded_crime_borough"] == 4
    assert status["waiting"] == []
    answer = runner.invoke(app, ["query", "select count(*) as n from marts.claims", "--json"])
    assert json.loads(answer.stdout)[0]["n"] == 88
    then = runner.invoke(app, ["as-of", "2026-02-26", "select max(period_end) as last from observations", "--json"])
    assert json.loads(then.stdout)[0]["last"] < "2026-04-30"
    assert "Nothing waits" in runner.invoke(app, ["quarantine"]).stdout
    wrong = runner.invoke(app, ["query", "select * from nothing"])
    assert wrong.exit_code == 2
    assert "nothing" in wrong.stderr
    assert runner.invoke(app, ["release", "2031-Q1"]).exit_code == 2
    early = runner.invoke(app, ["release", "2027-Q4"])
    assert early.exit_code == 1
    assert "is not drafted before" in early.stderr
