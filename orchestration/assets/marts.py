"""The dbt project as assets: models and seeds, the tests of models as blocking checks.

Row counts and failures come from one look at the database after the build. Figures are computed in dbt alone.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration import dbt
from orchestration.assets import OWNERS, WRITER
from orchestration.freshness import build_can_add, unfinished_mark
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse, connect

log = logging.getLogger("oversight")


class Translator(DagsterDbtTranslator):
    """Names an asset by its schema and table, and groups it by layer and source."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """Return the asset of a dbt node."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = {**manifest["nodes"], **manifest["sources"]}[unique_id]
        if node["resource_type"] == "source":
            return spec
        layer = node["config"]["schema"]
        # models/staging/mps/...: a source has its own group.
        source = node["fqn"][2] if layer == "staging" else None
        return spec.replace_attributes(
            group_name=f"{layer}_{source}" if source else layer, owners=OWNERS, kinds={"duckdb", "dbt"}
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """Return the check of a data test; those of seeds stop a build too, but a delivery cannot change them."""
        if asset_spec.metadata["dagster_dbt/unique_id"].startswith("seed."):
            return None
        return super().get_asset_check_spec(asset_spec, manifest, unique_id, project)

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return the key of a dbt node; sources keep the key that their yml states."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([dbt_resource_props["config"]["schema"], dbt_resource_props["name"]])


@dbt_assets(
    manifest=dbt.manifest(),
    dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True)),
    name="dbt_build",
    pool=WRITER,
)
def marts(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[Any]:
    """Build every selected model and seed, and run their tests."""
    warehouse.prepare()
    models = [key.path[-1] for key in context.selected_asset_keys] if context.is_subset else []
    add = build_can_add(settings, warehouse)
    log.info("adding to the marts" if add else "building the marts afresh")
    unfinished_mark(settings).parent.mkdir(parents=True, exist_ok=True)
    unfinished_mark(settings).touch()
    results = dbt.build(settings, models, add=add)
    kinds = Counter("tests" if node.kind == "test" else "tables and views" for node in results if node.good)
    log.info("built %s", ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    counts = _row_counts(settings)
    checks = {spec.name: spec.asset_key for spec in context.assets_def.check_specs}
    for node in results:
        if node.name in checks and node.status != "skipped":  # not made is not failed
            yield _verdict(node, checks[node.name])
        elif node.kind in ("model", "seed") and node.good:
            rows = counts.get((node.schema, node.name))
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey([node.schema, node.name]),
                metadata={"seconds": round(node.seconds, 3), **({} if rows is None else {"dagster/row_count": rows})},
            )
    failed = [node for node in results if not node.good]
    if failed:
        lines = "\n".join(f"- {node.name}: {node.message or node.status}" for node in failed[:30])
        raise dg.Failure(
            f"{len(failed)} parts of the build failed or were skipped; "
            "the analysts' file and the releases stay as they were",
            metadata={"failed": dg.MetadataValue.md(lines)},
        )


def _verdict(node: dbt.NodeResult, asset: dg.AssetKey) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=node.name,
        passed=node.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if node.status == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={"failures": node.failures, "message": node.message or "passed"},
    )


def _row_counts(settings: Settings) -> dict[tuple[str, str], int]:
    with connect(settings.build, read_only=True, patience=settings.lock_seconds) as con:
        rows = con.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    return {(schema, table): size for schema, table, size in rows}
