"""Who is told of what, over real HTTP: the words, what fails and is sent later, and that no address is ever shown."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr, ValidationError

from orchestration import lateness
from orchestration.assets.products import PUBLICATION_ASSETS
from orchestration.definitions import build_definitions
from orchestration.lateness import raise_alerts
from orchestration.publication import calendar
from orchestration.publication.calendar import ReleaseDay
from orchestration.publication.ledger import Stage
from orchestration.publication.notifications import Notifier
from orchestration.publication.products import PRODUCTS
from orchestration.settings import LONDON, Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS
from tests.office import DAY, PRODUCT, Q1, Q2, R2, REASON, Office

SECRET = "hunter2"
TITLE = "Recorded crime in London's boroughs, January to March 2026"
LATER = DAY + timedelta(days=120)
"""When `Office.issue` publishes."""


class Channel:
    """A service that takes messages, or fails to."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.down = False
        channel = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not channel.down:
                    channel.received.append(json.loads(body)["message"])
                self.send_response(503 if channel.down else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = SecretStr(f"json://ada:{SECRET}@127.0.0.1:{self.server.server_port}/{SECRET}")

    def take(self) -> list[str]:
        taken, self.received = self.received, []
        return taken


@pytest.fixture
def channels() -> Iterator[tuple[Channel, Channel]]:
    both = (Channel(), Channel())
    threads = [threading.Thread(target=each.server.serve_forever, args=(0.01,)) for each in both]
    for thread in threads:
        thread.start()
    yield both
    for each, thread in zip(both, threads, strict=True):
        each.server.shutdown()
        each.server.server_close()
        thread.join()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def told(office: Office) -> int:
    return sum(fact.stage is Stage.notified for fact in office.ledger.facts())


def test_subscribers_are_told_of_publication_correction_and_withdrawal(
    office: Office, channels: tuple[Channel, Channel]
) -> None:
    channel, _ = channels
    notifier = Notifier(subscribers=[channel.address])
    office.seal(Q1)
    assert notifier.send(office.ledger, DAY) == []
    assert channel.take() == []
    office.publish(Q1)
    notifier.send(office.ledger, DAY)
    assert channel.take() == [f"{TITLE}: release 2026-Q1 was published."]
    office.seal(R2)
    office.publish(R2)
    notifier.send(office.ledger, DAY)
    assert channel.take() == [
        f"{TITLE}: release 2026-Q1.r2 was published and corrects the one before it. Why: {REASON}"
    ]
    office.withdraw(R2, "The correction was made in error.")
    notifier.send(office.ledger, DAY)
    assert channel.take() == [
        f"{TITLE}: release 2026-Q1.r2 was withdrawn, and its figures must not be used. "
        "Why: The correction was made in error."
    ]
    notifier.send(office.ledger, DAY)
    assert channel.take() == []
    assert office.stages() == {Q1: "published", R2: "withdrawn"}


def test_what_never_was_public_is_withdrawn_in_silence(office: Office, channels: tuple[Channel, Channel]) -> None:
    office.seal(Q1)
    office.withdraw(Q1)
    Notifier(subscribers=[channels[0].address]).send(office.ledger, DAY)
    assert channels[0].take() == []


def test_what_a_service_did_not_take_is_sent_by_the_next_run_and_nothing_twice(
    office: Office, channels: tuple[Channel, Channel], caplog: pytest.LogCaptureFixture
) -> None:
    up, down = channels
    notifier = Notifier(subscribers=[up.address, SecretStr(f"nonsense://{SECRET}"), down.address])
    down.down = True
    office.issue(Q1)
    with caplog.at_level(logging.WARNING, "oversight"):
        assert len(notifier.send(office.ledger, LATER)) == 2
    assert office.stages() == {Q1: "published"}
    assert "2026-Q1: not told, the next run tries again: published" in caplog.text
    down.down = False
    for _ in range(2):
        assert len(notifier.send(office.ledger, LATER)) == 1
    assert [len(each.take()) for each in channels] == [1, 1]
    assert told(office) == 2


def test_who_subscribes_later_is_not_told_of_all_that_ever_was(
    office: Office, channels: tuple[Channel, Channel]
) -> None:
    office.issue(Q1)
    notifier = Notifier(subscribers=[channels[0].address])
    assert notifier.send(office.ledger, LATER + timedelta(days=7, seconds=1)) == []
    assert channels[0].take() == []
    notifier.send(office.ledger, LATER + timedelta(days=7))
    assert len(channels[0].take()) == 1


def test_no_address_is_in_a_run_a_log_the_ledger_or_an_error(
    office: Office, channels: tuple[Channel, Channel], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole asset is run, with debugging on, once with a service that fails and once with one that works."""
    channel, _ = channels
    addresses = [channel.address, SecretStr(f"nonsense://{SECRET}"), SecretStr(f"json://[{SECRET}")]
    monkeypatch.setenv("OVERSIGHT_NOTIFY", json.dumps([each.get_secret_value() for each in addresses]))
    settings = Settings(data=office.folder / "data")
    office.seal(Q1)
    [asset] = [each for each in PUBLICATION_ASSETS if each.key.path[-1] == PRODUCT.replace("-", "_")]
    said = [repr(settings), str(settings.model_dump()), settings.model_dump_json()]
    with dg.DagsterInstance.ephemeral() as instance, caplog.at_level(logging.DEBUG):
        # The urls of requests are urllib3's to log, and only where somebody turned debugging on for it.
        caplog.set_level(logging.INFO, "urllib3")
        for channel.down in (True, False):
            run = dg.materialize(
                [asset],
                partition_key=Q1,
                resources={"releases": office.releases, "notifier": Notifier(settings.notify)},
                instance=instance,
            )
            assert run.success
            said += [str(record.event_log_entry) for record in instance.get_records_for_run(run.run_id).records]
            said.append(str(instance.get_run_by_id(run.run_id)))
    assert office.stages() == {Q1: "published"}
    assert len(channel.take()) == 1
    for wrong in ('["ok", ["' + SECRET + '"]]', f'"{SECRET}"'):
        monkeypatch.setenv("OVERSIGHT_NOTIFY", wrong)
        with pytest.raises(ValidationError) as error:
            Settings()
        said.append(str(error.value))
    assert SECRET not in "".join([caplog.text, *said])
    assert all(SECRET.encode() not in path.read_bytes() for path in office.folder.rglob("*") if path.is_file())


# --- what is late ---


@pytest.fixture
def settings(office: Office, channels: tuple[Channel, Channel]) -> Settings:
    found = Settings(data=office.folder, alert=[channels[1].address])
    Warehouse(found.landing, FEEDS, found.lock_seconds).prepare()
    return found


def alerts(office: Office, settings: Settings, now: datetime) -> dict[tuple[str, str], str]:
    warehouse = Warehouse(settings.landing, FEEDS, settings.lock_seconds)
    raised = raise_alerts(settings, office.releases, warehouse, now)
    return {(fact.product, fact.release): fact.note for fact in raised}


def test_what_is_not_public_at_its_moment_is_alerted_to_once_a_day_with_what_blocks_it(
    office: Office, settings: Settings, channels: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    days = (ReleaseDay(Q1, DAY, "sign_off"), ReleaseDay(Q2, DAY + timedelta(days=91), "automatic"))
    for module in (calendar, lateness):
        monkeypatch.setattr(module, "calendar", lambda: days)
    assert alerts(office, settings, DAY - timedelta(seconds=1)) == {}
    office.seal(Q1)
    for stage, note in ((Stage.drafted, ""), (Stage.refused, "1 of 9 checks failed (rows.keys).")):
        office.ledger.append("new-met-for-london", Q1, stage, by="ada", note=note, at=DAY)
    first = alerts(office, settings, DAY)
    assert first[PRODUCT, Q1] == f"sealed, waits for a signature: oversight approve {PRODUCT} {Q1}"
    assert first["new-met-for-london", Q1] == "1 of 9 checks failed (rows.keys)."
    assert first["police-and-crime-plan", Q1].startswith("waits for ")
    assert "mps_recorded_crime_borough to cover 2026-" in first["police-and-crime-plan", Q1]
    # Once a day, which begins at midnight in London.
    midnight = datetime(2026, 5, 29, tzinfo=LONDON)
    for now, expected in ((midnight - timedelta(seconds=1), 3), (midnight, 6), (midnight + timedelta(hours=9), 6)):
        assert len(alerts(office, settings, now)) == 3
        assert sum(fact.stage is Stage.alerted for fact in office.ledger.facts()) == expected
    assert office.stages() == {Q1: "sealed"}

    notifier = Notifier(settings.notify, settings.alert)
    notifier.send(office.ledger, midnight + timedelta(hours=10))
    assert len(channels[1].take()) == 3  # those of the day before are no news
    office.releases.approve(PRODUCT, Q1, by="grace", reason="Checked", now=midnight)
    office.publish(Q1, midnight)
    assert (PRODUCT, Q1) not in alerts(office, settings, midnight + timedelta(days=1))


def test_the_daily_job_tells_the_team(settings: Settings, channels: tuple[Channel, Channel]) -> None:
    job = build_definitions(settings).resolve_job_def("alert_job")
    for expected in (3, 0):
        with dg.DagsterInstance.ephemeral() as instance:
            assert job.execute_in_process(instance=instance).success
        told = channels[1].take()
        assert len(
            [text for text in told if ", January to March 2026, is late. Release 2026-Q1: waits for" in text]
        ) == (expected)
    assert len(PRODUCTS) == 3
