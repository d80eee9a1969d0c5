"""The jobs: what runs together. When they run is in `sensors` and `schedules`."""

import dagster as dg

from orchestration.assets.landing import intake, landing_key
from orchestration.assets.marts import marts
from orchestration.assets.products import PRODUCT_ASSETS
from orchestration.assets.snapshot import snapshot
from sources.registry import FEEDS

# A run that a crash cut short is started again; one that failed on its data is not.
_RETRIES = {"dagster/max_retries": "2", "dagster/retry_on_asset_or_op_failure": "false"}

intake_job = dg.define_asset_job(
    "intake_job",
    dg.AssetSelection.assets(intake, marts, snapshot),
    description="Take what waits in the inbox, build the marts once, and swap the analysts' file.",
    tags=_RETRIES,
)
build_job = dg.define_asset_job(
    "build_job",
    dg.AssetSelection.assets(marts, snapshot),
    description="Build the marts from what has landed, and swap the analysts' file.",
    tags=_RETRIES,
)
release_job = dg.define_asset_job(
    "release_job",
    dg.AssetSelection.assets(*PRODUCT_ASSETS),
    description="Draft, judge, seal and publish every product for a quarter.",
    tags=_RETRIES,
)
reland_jobs = [
    dg.define_asset_job(
        f"reland_{feed.name}",
        dg.AssetSelection.assets(landing_key(feed)) | dg.AssetSelection.assets(marts, snapshot),
        description=f"Land a delivery of {feed.name} again from the archive, and build.",
        tags=_RETRIES,
    )
    for feed in FEEDS
]
JOBS = [intake_job, build_job, release_job, *reland_jobs]
