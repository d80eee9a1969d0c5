"""Schedules: only what is a date. Events are in `sensors`."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.forecasts import ForecastConfig
from orchestration.forecasting import frozen, next_year
from orchestration.jobs import alert_job, forecast_job, release_job
from orchestration.sensors import releasable
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse


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


alert_schedule = dg.ScheduleDefinition(
    name="alert_schedule",
    cron_schedule="0 10 * * *",
    execution_timezone="Europe/London",
    job=alert_job,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="10:00 in London, half an hour after the moment of a release: alerts to what is not public.",
)


@dg.schedule(
    cron_schedule="0 10 26-31 3 *",
    execution_timezone="Europe/London",
    job=forecast_job,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The last days of March, when February's crime is out: asks for next year's forecast until it landed.",
)
def forecast_schedule(
    context: dg.ScheduleEvaluationContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for the first forecast of the year that begins in April."""
    name = next_year(context.scheduled_execution_time.date())
    if name in {it["forecast"] for it in frozen(warehouse)}:
        return dg.SkipReason(f"{name} is frozen")
    config = dg.RunConfig(ops={"oversight__frozen_forecast": ForecastConfig(name=name)})
    return dg.RunRequest(run_key=f"{name} {context.scheduled_execution_time:%Y-%m-%d}", run_config=config)
