"""The analysts' file: a copy of the last good build, swapped in whole."""

import os
import shutil
from typing import Any

import dagster as dg

from orchestration.assets import OWNERS, WRITER
from orchestration.freshness import unfinished_mark
from orchestration.settings import Settings
from orchestration.warehouse import connect

SNAPSHOT = dg.AssetKey(["analysts", "snapshot"])
PUBLIC_MARTS = ("new_met_for_london", "police_and_crime_plan", "borough_performance", "ward_crime", "revisions",
                "claims", "observations", "measures", "measure_feeds", "deliveries",
                "transport_safety", "reoffending", "courts", "health",
                "disproportionality", "stop_and_search", "financial_judgements", "control_charts",
                "forecasts", "forecast_score", "placement",
                "national_comparison", "workforce")  # fmt: skip


@dg.asset(
    key=SNAPSHOT,
    deps=[dg.AssetKey(["marts", mart]) for mart in PUBLIC_MARTS],
    description="One DuckDB file for analysts, replaced by rename after each good build: a reader that holds the "
    "old file open is not disturbed and disturbs nobody.",
    group_name="analysts",
    owners=OWNERS,
    kinds={"duckdb"},
    pool=WRITER,
)
def snapshot(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[Any]:
    """Copy the build, drop what only the build needs, and rename the copy into place."""
    target = settings.snapshot
    target.parent.mkdir(parents=True, exist_ok=True)
    # The catalogue of a DuckDB file is named by its file, so the copy has the same name in another folder.
    draft = target.parent / ".next" / target.name
    shutil.rmtree(draft.parent, ignore_errors=True)
    draft.parent.mkdir()
    shutil.copyfile(settings.build, draft)
    with connect(draft, patience=0) as con:
        con.execute("drop schema staging cascade")  # its views look into the landing database
        con.execute("checkpoint")
        tables = con.execute("select count(*) from duckdb_tables()").fetchall()[0][0]
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(target)
    unfinished_mark(settings).unlink(missing_ok=True)
    shutil.rmtree(draft.parent)
    return dg.MaterializeResult(
        metadata={"path": dg.MetadataValue.path(target), "bytes": target.stat().st_size, "tables": tables}
    )
