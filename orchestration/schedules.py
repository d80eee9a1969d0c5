"""Schedules: only what is a date. Events are in `sensors`."""

from collections.abc import Iterator

import dagster as dg

from orchestration.jobs import release_job
from orchestration.sensors import releasable
from orchestration.settings import Settings


@dg.schedule(
    cron_schedule="30 9 * * 1-5",
    execution_timezone="Europe/London",
    job=release_job,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="09:30 in London: asks for the releases of the calendar whose day it is.",
)
def release_day_schedule(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for each quarter that is due, complete and not yet released."""
    quarters = releasable(settings, context.scheduled_execution_time)
    yield from (
        dg.RunRequest(run_key=f"{quarter} {context.scheduled_execution_time:%Y-%m-%d}", partition_key=quarter)
        for quarter in quarters
    )
    if not quarters:
        yield dg.SkipReason("no release is due, or what is due still waits for a feed: see `oversight status`")
