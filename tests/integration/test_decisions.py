"""Putting it right by commands: what they print, what they return, and what Dagster then shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

from orchestration.assets.landing import RECEIPTS
from orchestration.cli import app
from orchestration.intake import arrival_key
from orchestration.settings import Settings
from orchestration.state import State
from sources.mps.recorded_crime_borough import FEED
from sources.sample import write_deliveries

CRIME = "select count(*) from marts.observations where feed = 'mps_recorded_crime_borough'"
pytestmark = pytest.mark.xdist_group("real")


class Office:
    """An installation that is spoken to by commands alone."""

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data=data)
        self.state = State(self.settings)

    def say(self, *words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.snapshot), read_only=True) as con:
            return con.execute(sql).fetchall()

    @contextmanager
    def dagster(self) -> Iterator[dg.DagsterInstance]:
        with dg.DagsterInstance.get() as instance:
            yield instance

    def partitions(self) -> list[str]:
        with self.dagster() as instance:
            return list(instance.get_dynamic_partitions(FEED.name))

    def check(self, name: str, asset: dg.AssetKey = RECEIPTS) -> bool:
        """Tell whether the last evaluation of a check passed."""
        key = dg.AssetCheckKey(asset, name)
        with self.dagster() as instance:
            [record] = instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).values()
            assert record.event
            assert record.event.dagster_event
            return record.event.dagster_event.asset_check_evaluation_data.passed

    def last_tags(self) -> dict[str, str]:
        with self.dagster() as instance:
            [run] = instance.get_runs(limit=1)
            return dict(run.tags)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("office") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OVERSIGHT_DATA", str(data))
        patch.setenv("DAGSTER_HOME", "")  # the commands set it, and it must not outlive this module
        yield Office(data)


@contextmanager
def before_the_layout_was_added() -> Iterator[None]:
    layouts = FEED.layouts
    object.__setattr__(FEED, "layouts", layouts[:2])
    try:
        yield
    finally:
        object.__setattr__(FEED, "layouts", layouts)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = write_deliveries(tmp_path_factory.mktemp("files"), as_of=date(2026, 5, 28))
    crime = [path for path in paths if path.name.startswith("MPS Borough") and "recent" in path.name][-1]
    return {"crime": crime, "journeys": next(path for path in paths if "journeys" in path.name)}


def test_a_layout_is_added_and_what_waited_for_it_lands(office: Office, files: dict[str, Path]) -> None:
    with before_the_layout_was_added():
        landed = office.say("land", files["crime"], files["journeys"])
        assert landed.exit_code == 1
        assert "columns not known: Group, SubGroup, BOCU" in landed.stdout
        assert list(Path(office.settings.inbox_url).iterdir()) == []
        [waits] = office.state.waiting()
        assert waits["name"] == files["crime"].name
        unread = waits["delivery_id"]
        assert unread.startswith("unread-")
        listed = office.say("quarantine").stdout
        assert f"oversight reject {unread}" in listed
        assert f"oversight retry {unread}" in listed
        assert "oversight accept" not in listed
        assert office.partitions() == [unread]
        assert not office.check("nothing_waits")
        assert office.say("retry").exit_code == 1
        assert office.ask(CRIME) == [(0,)]

    retried = office.say("retry", unread, "--by", "A. Analyst", "--reason", "the layout of 2026 was added")
    assert retried.exit_code == 0, retried.output
    assert office.partitions() == [f"2026-04-{waits['sha256'][:8]}"]
    assert office.check("nothing_waits")
    assert all(office.check(rule, dg.AssetKey(["landing", FEED.name])) for rule in ("reads", "schema", "history"))
    tags = office.last_tags()
    assert (tags["oversight/decision"], tags["oversight/by"]) == ("retry", "A. Analyst")
    assert tags["oversight/outcome"] == "landed"
    assert office.ask(CRIME) > [(0,)]
    assert "Nothing waits" in office.say("retry").stdout
    told = office.say("quarantine", "--decided").stdout
    assert "A. Analyst" in told
    assert told.count("retry") == 2


def test_what_landed_and_is_wrong_is_withdrawn(office: Office) -> None:
    [wrong] = [row["delivery_id"] for row in office.state.deliveries() if row["feed"] == FEED.name]
    unknown = office.say("reject", "2026-04", "--reason", "A period is no delivery")
    assert unknown.exit_code == 2
    assert "there is no delivery '2026-04'" in unknown.stderr

    assert office.say("reject", wrong[-8:], "--reason", "A draft").exit_code == 0
    assert office.ask(CRIME) == [(0,)]
    assert office.ask("select outcome, decision from marts.deliveries where feed = 'mps_recorded_crime_borough'") == [
        ("rejected", "A draft")
    ]
    refused = office.say("accept", wrong, "--reason", "On second thoughts")
    assert refused.exit_code == 1
    assert "is rejected; only a held delivery can be accepted" in " ".join(refused.stderr.split())


def test_the_doctor_finds_mends_and_says_what_is_left(office: Office) -> None:
    assert office.say("doctor", "--check").exit_code == 0
    [crime] = [row for row in office.state.deliveries() if row["feed"] == FEED.name]
    note = Path(office.settings.archive_url) / arrival_key(crime["sha256"])
    note.unlink()
    looked = office.say("doctor", "--check")
    assert looked.exit_code == 1
    assert "no note of its arrival" in " ".join(looked.stdout.split())
    assert not office.check("archive_and_receipts_agree")
    assert not note.exists()

    mended = office.say("doctor")
    assert mended.exit_code == 0, mended.output
    assert "written from its receipt" in " ".join(mended.stdout.split())
    assert note.exists()
    assert office.check("archive_and_receipts_agree")
    assert "agree" in office.say("doctor").stdout
    (office.settings.landing.parent / "archive" / "bytes" / crime["sha256"][:2] / crime["sha256"]).unlink()
    assert office.say("doctor").exit_code == 1
