"""Sensors: what starts runs when something happens. They read and ask; the work is in the assets.

A sensor belongs here if it looks at the inbox or at finished runs. What is a date is in `schedules`.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestration.burial import bury_the_dead
from orchestration.intake import SIDE_CAR
from orchestration.jobs import build_job, decision_job, doctor_job, intake_job, reland_jobs, release_job
from orchestration.publication.calendar import ReleaseDay, due, waits
from orchestration.publication.ledger import Stage
from orchestration.publication.lifecycle import cut_short
from orchestration.publication.products import PRODUCTS
from orchestration.resources import open_releases
from orchestration.settings import Settings
from orchestration.store import Store
from sources.registry import FEEDS


@dg.sensor(
    job=intake_job,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for one run for all the files that are new in the inbox and have settled.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, inbox: dg.ResourceParam[Store], settings: dg.ResourceParam[Settings]
) -> dg.SensorResult | dg.SkipReason:
    """Compare the inbox with what was asked for; the cursor is the part of the inbox that was.

    The same file is asked for once; the same name with other bytes, or dropped again later, is asked for again.
    Whatever else an earlier run has left in the inbox is asked for with what is new.
    A file that is still being written is left for the next tick.
    """
    # A run that the daemon launched would wait for ever for the slot of a command that was killed.
    bury_the_dead(context.instance)
    asked: dict[str, str] = json.loads(context.cursor or "{}")
    # The daemon ticks every five seconds: a tick that looks until the next one comes spares a file that wait, and
    # files that come together one run each.
    watch = Retrying(
        retry=retry_if_result(lambda found: not found.new or found.unsettled),
        stop=stop_after_delay(settings.watch_seconds),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda last: last.outcome.result() if last.outcome else None,
    )
    found = watch(_look, inbox, asked, settings.settle_seconds)
    new, versions = found.new, found.versions
    still_asked = {key: version for key, version in asked.items() if versions.get(key) == version}
    cursor = json.dumps(still_asked | {key: versions[key] for key in new}, sort_keys=True)
    if not new:
        context.update_cursor(cursor)
        return dg.SkipReason("nothing new in the inbox")
    key = hashlib.sha256(
        "\n".join(f"{name} {versions[name]}" for name in new).encode(errors="surrogateescape")
    ).hexdigest()
    config = dg.RunConfig(ops={"intake": {"config": {"files": found.settled}}})
    return dg.SensorResult([dg.RunRequest(run_key=key, run_config=config)], cursor=cursor)


@dataclass(frozen=True)
class _Sight:
    """The files that can be taken, those of them not asked for, those still being written; every file's version."""

    settled: list[str]
    new: list[str]
    unsettled: list[str]
    versions: dict[str, str]


def _look(inbox: Store, asked: dict[str, str], settle_seconds: float) -> _Sight:
    settled_before = time.time() - settle_seconds
    waiting = {entry.key: entry for entry in inbox.list() if not entry.key.endswith(SIDE_CAR)}
    versions = {key: f"{entry.size}-{entry.version}" for key, entry in waiting.items()}
    settled = {key for key, entry in waiting.items() if entry.modified <= settled_before}
    fresh = {key for key, version in versions.items() if asked.get(key) != version}
    return _Sight(sorted(settled), sorted(fresh & settled), sorted(fresh - settled), versions)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[intake_job, decision_job, doctor_job, build_job, *reland_jobs],
    request_job=release_job,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for the releases whose day has come and which the new marts complete.",
)
def completed_quarters(
    context: dg.RunStatusSensorContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for each quarter that is due, complete and not yet released."""
    quarters = releasable(settings, datetime.now(UTC))
    yield from (
        dg.RunRequest(run_key=f"{quarter} {context.dagster_run.run_id}", partition_key=quarter) for quarter in quarters
    )
    if not quarters:
        yield dg.SkipReason("no quarter that is due has become complete")


def releasable(settings: Settings, now: datetime) -> list[str]:
    """Return the quarters of which a release can be drafted or published now, and has not been."""
    releases = open_releases(settings)

    def unfinished(day: ReleaseDay, product: str) -> bool:
        number = releases.sealed(product, day.quarter)
        stage = releases.ledger.stage(product, number) if number else None
        return stage is None or cut_short(stage, day) or (stage is Stage.scheduled and day.at <= now)

    return [
        day.quarter
        for day in due(now)
        if any(unfinished(day, product) for product in PRODUCTS) and not waits(settings.snapshot, day, FEEDS)
    ]
