"""The jobs: what runs together. When they run is in `sensors` and `schedules`."""

import dagster as dg

from orchestration.assets.forecasts import frozen_forecast
from orchestration.assets.landing import Decision, IntakeConfig, archive_and_receipts_agree, intake, landing_key
from orchestration.assets.marts import marts
from orchestration.assets.products import PRODUCT_ASSETS, PUBLICATION_ASSETS, alert_late_releases, decide_release
from orchestration.assets.snapshot import snapshot
from orchestration.decisions import Verb
from sources.registry import FEEDS

# A run that a crash cut short is started again; one that failed on its data is not.
_RETRIES = {"dagster/max_retries": "2", "dagster/retry_on_asset_or_op_failure": "false"}

# To examine everything takes as long as the archive is large: that is asked for, and does not follow each delivery.
_INTAKE = dg.AssetSelection.assets(intake, marts, snapshot) - dg.AssetSelection.checks(archive_and_receipts_agree)

intake_job = dg.define_asset_job(
    "intake_job",
    _INTAKE,
    description="Take what waits in the inbox, build the marts once, and swap the analysts' file.",
    tags=_RETRIES,
)
decision_job = dg.define_asset_job(
    "decision_job",
    _INTAKE,
    description="Carry out what a person decides: accept a held delivery, reject one, or retry what waits (all of it "
    "if none is named). Then build the marts, if they changed. Fill in the configuration.",
    config=dg.RunConfig(ops={"intake": IntakeConfig(decision=Decision(verb=Verb.retry, by=""))}),
    tags=_RETRIES,
)
doctor_job = dg.define_asset_job(
    "doctor_job",
    _INTAKE,
    description="Examine archive, receipts, landed rows and releases, mend what can safely be mended, and build the "
    "marts, if they changed.",
    config=dg.RunConfig(ops={"intake": IntakeConfig(mend=True)}),
    tags=_RETRIES,
)
examination_job = dg.define_asset_job(
    "examination_job",
    dg.AssetSelection.checks(archive_and_receipts_agree),
    description="Examine archive, receipts, landed rows and releases, and change nothing.",
    tags=_RETRIES,
)
build_job = dg.define_asset_job(
    "build_job",
    dg.AssetSelection.assets(marts, snapshot),
    description="Build the marts from what has landed, and swap the analysts' file.",
    tags=_RETRIES,
)
forecast_job = dg.define_asset_job(
    "forecast_job",
    dg.AssetSelection.assets(frozen_forecast),
    description="Freeze the forecast of a financial year into the inbox. Fill in the configuration.",
    tags=_RETRIES,
)
release_job = dg.define_asset_job(
    "release_job",
    dg.AssetSelection.assets(*PRODUCT_ASSETS),
    description="Draft, judge, seal and publish every product for a quarter.",
    tags=_RETRIES,
)
publish_job = dg.define_asset_job(
    "publish_job",
    dg.AssetSelection.assets(*PUBLICATION_ASSETS),
    description="Publish what is approved and whose moment has come; nothing is drafted.",
    tags=_RETRIES,
)


@dg.job(
    description="Approve a sealed release, or withdraw one, with a name and a reason. Fill in the configuration.",
    tags=_RETRIES,
)
def release_decision_job() -> None:
    """Carry out what a person decides about a release."""
    decide_release()


@dg.job(
    description="Alert the team to releases that are late, and send every notification that could not be sent.",
    tags=_RETRIES,
)
def alert_job() -> None:
    """Say what is late and why."""
    alert_late_releases()


reland_jobs = [
    dg.define_asset_job(
        f"reland_{feed.name}",
        dg.AssetSelection.assets(landing_key(feed)) | dg.AssetSelection.assets(marts, snapshot),
        description=f"Land a delivery of {feed.name} again from the archive, and build.",
        tags=_RETRIES,
    )
    for feed in FEEDS
]
JOBS = [
    intake_job,
    decision_job,
    doctor_job,
    examination_job,
    build_job,
    forecast_job,
    release_job,
    publish_job,
    *reland_jobs,
]
