"""Products: for each, a draft judged by its gate, the release sealed from it, and its publication.

Draft, gate and seal are one step, so that nothing can be sealed but the rows that were judged. Partitions are the
quarters of the release calendar. What is judged is in `expectations/`, what a release is in `publication/`.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from expectations import Verdict, judge, suite_for
from orchestration.assets import OWNERS, WRITER
from orchestration.assets.snapshot import SNAPSHOT
from orchestration.freshness import marts_are_behind
from orchestration.publication.bundle import Bundle, read_bundle, write_bundle
from orchestration.publication.calendar import LONDON, calendar, release_day
from orchestration.publication.draft import Draft, draft
from orchestration.publication.products import PRODUCTS, Product
from orchestration.publication.target import Target
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

log = logging.getLogger("oversight")

QUARTERS = dg.StaticPartitionsDefinition([day.quarter for day in calendar()])


def gate_folder(settings: Settings, product: str, quarter: str) -> Path:
    """Where the evidence of the last gate of a draft lies, whatever its outcome."""
    return settings.data / "gate" / product / quarter


def _release_assets(product: Product) -> dg.AssetsDefinition:
    table = product.name.replace("-", "_")
    drafted, released = dg.AssetKey(["drafts", table]), dg.AssetKey(["releases", table])

    @dg.multi_asset(
        name=f"release_{table}",
        specs=[
            dg.AssetSpec(
                drafted,
                deps=[SNAPSHOT, dg.AssetKey(["marts", product.mart])],
                description=f"{product.title}: the rows that would be published for the quarter.",
                partitions_def=QUARTERS,
                group_name="products",
                owners=OWNERS,
                kinds={"pandas"},
            ),
            dg.AssetSpec(
                released,
                deps=[drafted],
                description=f"{product.title}: the sealed bundle of the quarter. {product.summary}",
                partitions_def=QUARTERS,
                group_name="products",
                owners=OWNERS,
                kinds={"csv", "parquet"},
                skippable=True,
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "gate",
                asset=drafted,
                description="Great Expectations judges the very rows to be published: passed, failed or errored.",
                blocking=True,
                partitions_def=QUARTERS,
            )
        ],
        partitions_def=QUARTERS,
        pool=WRITER,
    )
    def release(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        target: dg.ResourceParam[Target],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        quarter = context.partition_key
        _refuse_early(quarter)
        _refuse_stale(settings, warehouse)
        rows = draft(
            settings.snapshot,
            product,
            quarter,
            released=target.latest(product.name),
            expected=release_day(quarter).expected(FEEDS),
        )
        yield dg.MaterializeResult(
            asset_key=drafted,
            metadata={"dagster/partition_row_count": len(rows.frames["rows"]), "as of": str(rows.as_of)},
        )
        log.info("%s %s: judging %s rows", product.name, quarter, f"{len(rows.frames['rows']):,}")
        evidence = gate_folder(settings, product.name, quarter)
        verdict = judge(suite_for(product.name, list(rows.frames["rows"].columns), product.key), rows.frames, evidence)
        log.info(verdict.summary)
        yield _gate_result(drafted, verdict, evidence)
        if verdict.outcome != "passed":
            raise dg.Failure(f"{verdict.summary} Nothing is released; the last release stays.")
        bundle = _seal(settings, rows, verdict, evidence)
        yield dg.MaterializeResult(
            asset_key=released,
            metadata={
                "release": bundle.release,
                "seal": bundle.seal,
                "folder": dg.MetadataValue.path(bundle.path),
                "page": dg.MetadataValue.url((bundle.path / "index.html").resolve().as_uri()),
                "synthetic": bundle.synthetic,
            },
        )

    return release


def _publication_asset(product: Product) -> dg.AssetsDefinition:
    table = product.name.replace("-", "_")

    @dg.asset(
        key=["datastore", table],
        deps=[dg.AssetKey(["releases", table])],
        partitions_def=QUARTERS,
        description=f"{product.title}: the release as the public sees it.",
        group_name="datastore",
        owners=OWNERS,
        kinds={"file"},
        pool=WRITER,
    )
    def publication(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        target: dg.ResourceParam[Target],
    ) -> dg.MaterializeResult[Any]:
        _refuse_early(context.partition_key)
        published = target.publish(read_bundle(settings.releases / product.name / context.partition_key))
        log.info(
            "%s %s: %s at %s",
            product.name,
            published.release,
            "published" if published.new else "was published already",
            published.location,
        )
        return dg.MaterializeResult(
            metadata={"location": published.location, "seal": published.seal, "new": published.new}
        )

    return publication


PRODUCT_ASSETS = [make(product) for product in PRODUCTS.values() for make in (_release_assets, _publication_asset)]


def _refuse_early(quarter: str) -> None:
    """Refuse before the quarter's moment has come, whoever asks; and where a person must sign off first."""
    day = release_day(quarter)
    if day.at > datetime.now(UTC):
        raise dg.Failure(f"{quarter} may not be public before {day.at:%d %B %Y %H:%M} in London")
    if day.policy != "automatic":
        raise dg.Failure(f"{quarter} needs a sign-off, which cannot be given yet")


def _refuse_stale(settings: Settings, warehouse: Warehouse) -> None:
    """Refuse to release from marts that a failed or missing build has left behind what landed."""
    if behind := marts_are_behind(settings, warehouse):
        raise dg.Failure(f"{behind}: look at the last build's run, then build again. Nothing is released.")
    if not settings.snapshot.exists():
        raise dg.Failure("there is nothing to release: no delivery has landed")


def _gate_result(asset: dg.AssetKey, verdict: Verdict, evidence: Path) -> dg.AssetCheckResult:
    faults = [check for check in verdict.checks if check.outcome != "passed"]
    lines = ["| check | outcome | what was found | examples |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {c.frame}.{c.name}: {c.description} | {c.outcome} ({c.severity}) | {c.observed} | {'; '.join(c.examples)} |"
        for c in faults[:20]
    ]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name="gate",
        passed=verdict.outcome == "passed",
        description=verdict.summary,
        metadata={
            "outcome": verdict.outcome,
            "checks": len(verdict.checks),
            "not passed": len(faults),
            "faults": dg.MetadataValue.md("\n".join(lines)) if faults else "none",
            "evidence": dg.MetadataValue.url((evidence / "data_docs" / "index.html").resolve().as_uri()),
        },
    )


def _seal(settings: Settings, rows: Draft, verdict: Verdict, evidence: Path) -> Bundle:
    """Write the bundle; one that was sealed before stands, because a release is immutable."""
    place = settings.releases / rows.product.name / rows.quarter
    if place.exists():
        log.info("%s %s was sealed before and stands", rows.product.name, rows.quarter)
        return read_bundle(place)
    return write_bundle(
        rows,
        release=rows.quarter,
        evidence=evidence,
        verdict=verdict.as_dict(),
        folder=settings.releases,
        # A release that is late says when it was made, not when it was due.
        released_at=max(release_day(rows.quarter).at, datetime.now(LONDON).replace(microsecond=0)),
    )
