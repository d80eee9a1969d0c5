"""The code location: a table of contents of assets, jobs, sensors, schedules and resources."""

import dagster as dg

from orchestration.assets.forecasts import frozen_forecast
from orchestration.assets.landing import LANDING, archive_and_receipts_agree, every_file_was_taken
from orchestration.assets.marts import marts
from orchestration.assets.products import PRODUCT_ASSETS
from orchestration.assets.snapshot import snapshot
from orchestration.jobs import JOBS, alert_job, release_decision_job
from orchestration.resources import open_notifier, open_releases
from orchestration.schedules import alert_schedule, forecast_schedule, release_day_schedule
from orchestration.sensors import completed_quarters, inbox_sensor
from orchestration.settings import Settings
from orchestration.store import open_store
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return the whole graph, with its resources made from `settings`."""
    return dg.Definitions(
        assets=[*LANDING, marts, snapshot, frozen_forecast, *PRODUCT_ASSETS],
        asset_checks=[archive_and_receipts_agree, every_file_was_taken],
        jobs=[*JOBS, release_decision_job, alert_job],
        sensors=[inbox_sensor, completed_quarters],
        schedules=[release_day_schedule, alert_schedule, forecast_schedule],
        resources={
            "settings": settings,
            "inbox": open_store(settings.inbox_url),
            "archive": open_store(settings.archive_url),
            "warehouse": Warehouse(settings.landing, FEEDS, settings.lock_seconds),
            "releases": open_releases(settings),
            "notifier": open_notifier(settings),
        },
        # Steps share a process: starting one for each costs seconds, and only one may write anyway.
        executor=dg.in_process_executor,
    )


defs = build_definitions(Settings())
