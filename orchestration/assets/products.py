"""Products: for each, a draft judged by its gate, the release sealed from it, and its publication.

Draft, gate and seal are one step, so that nothing can be sealed but the rows that were judged. Partitions are the
quarters of the release calendar. What is judged is in `expectations/`, what a release is and may become in
`publication/`.
"""

import json
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import dagster as dg

from expectations import Verdict, judge, read_verdict, suite_for
from orchestration import dbt
from orchestration.assets import OWNERS, WRITER
from orchestration.assets.snapshot import SNAPSHOT
from orchestration.freshness import marts_are_behind
from orchestration.lateness import raise_alerts
from orchestration.publication.bundle import CHECKLIST, Bundle, BundleError, read_bundle, write_bundle
from orchestration.publication.calendar import calendar, release_day
from orchestration.publication.draft import Draft, draft
from orchestration.publication.ledger import Stage
from orchestration.publication.lifecycle import NotAllowedError, Releases
from orchestration.publication.notifications import Notifier
from orchestration.publication.products import PRODUCTS, Product
from orchestration.settings import LONDON, Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

log = logging.getLogger("oversight")

AUTOMATIC = "oversight"
"""Who asks where no person does: the calendar."""

QUARTERS = dg.StaticPartitionsDefinition([day.quarter for day in calendar()])


class ReleaseVerb(Enum):
    """What can be decided about a release; the names are those of the commands."""

    approve = "approve"
    withdraw = "withdraw"


class ReleaseConfig(dg.Config):
    """Who asks for a release, and why, if it is to correct the one that is published."""

    by: str = AUTOMATIC
    correction: str = ""


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
        config: ReleaseConfig,
        settings: dg.ResourceParam[Settings],
        releases: dg.ResourceParam[Releases],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        quarter, name = context.partition_key, product.name
        with _told():
            number = releases.to_draft(name, quarter, correction=bool(config.correction))
        if number is None:
            bundle = read_bundle(settings.releases / name / (releases.sealed(name, quarter) or quarter))
            log.info("%s %s was sealed before and stands", name, bundle.release)
            releases.record_sealed(bundle, by=config.by, now=datetime.now(UTC))
            yield dg.MaterializeResult(asset_key=drafted, metadata={"release": bundle.release, "sealed": "before"})
            yield _gate_result(drafted, read_verdict(bundle.path / "evidence"), bundle.path / "evidence")
            yield _sealed_result(released, bundle)
            return
        _refuse_early(quarter)
        _refuse_stale(settings, warehouse)
        last = releases.current(name, quarter if config.correction else None)
        rows = draft(
            settings.snapshot,
            product,
            quarter,
            released=last.path if last else None,
            expected=release_day(quarter).expected(FEEDS),
            seen=releases.seen(name),
            corrects=bool(config.correction),
            earlier=releases.earlier(name, quarter),
        )
        releases.ledger.append(name, number, Stage.drafted, by=config.by, note=config.correction, at=datetime.now(UTC))
        yield dg.MaterializeResult(
            asset_key=drafted,
            metadata={"dagster/partition_row_count": len(rows.frames["rows"]), "as of": str(rows.as_of)},
        )
        log.info("%s %s: judging %s rows", name, number, f"{len(rows.frames['rows']):,}")
        evidence = gate_folder(settings, name, quarter)
        verdict = judge(suite_for(name, list(rows.frames["rows"].columns), product.key), rows.frames, evidence)
        log.info(verdict.summary)
        yield _gate_result(drafted, verdict, evidence)
        passed = verdict.outcome == "passed"
        releases.ledger.append(
            name,
            number,
            Stage.gated if passed else Stage.refused,
            by=config.by,
            note=verdict.summary,
            at=datetime.now(UTC),
        )
        if not passed:
            raise dg.Failure(f"{verdict.summary} Nothing is released; the last release stays.")
        try:
            bundle = _seal(settings, rows, number, verdict, evidence, config.correction)
        except BundleError as error:
            releases.ledger.append(name, number, Stage.refused, by=config.by, note=str(error), at=datetime.now(UTC))
            raise dg.Failure(f"{name} {number} is not sealed: {error}. The last release stays.") from None
        releases.record_sealed(bundle, by=config.by, now=datetime.now(UTC))
        yield _sealed_result(released, bundle)

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
        output_required=False,
    )
    def publication(
        context: dg.AssetExecutionContext,
        config: ReleaseConfig,
        releases: dg.ResourceParam[Releases],
        notifier: dg.ResourceParam[Notifier],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        quarter, name = context.partition_key, product.name
        number = releases.sealed(name, quarter)
        stage = releases.ledger.stage(name, number) if number else None
        if number is None or stage is Stage.withdrawn:
            log.info("%s %s: no release is to be published", name, quarter)
            with _told():
                releases.show(name)
            return
        if stage is Stage.scheduled and release_day(quarter).at > datetime.now(UTC):
            log.info("%s %s waits for its moment", name, number)
            return
        if stage is Stage.sealed and release_day(quarter).policy != "automatic":
            log.info("%s %s waits for a signature: oversight approve %s %s", name, number, name, number)
            return
        with _told():
            published = releases.publish(name, number, by=config.by, now=datetime.now(UTC))
        log.info(
            "%s %s: %s at %s",
            name,
            number,
            "published" if published.new else "was published already",
            published.location,
        )
        missed = notifier.send(releases.ledger, datetime.now(UTC))
        yield dg.MaterializeResult(
            metadata={
                "location": published.location,
                "release": number,
                "new": published.new,
                "notifications not taken": len(missed),
            }
        )

    return publication


def assets_of(products: Iterable[str]) -> list[dg.AssetKey]:
    """Return the keys of the assets of products, from draft to publication."""
    tables = [name.replace("-", "_") for name in products]
    return [dg.AssetKey([step, table]) for table in tables for step in ("drafts", "releases", "datastore")]


def ops_of(products: Iterable[str], *, publication_alone: bool = False) -> list[str]:
    """Return the names of the ops that make those assets, each with a `ReleaseConfig`."""
    tables = [name.replace("-", "_") for name in products]
    steps = ("datastore__",) if publication_alone else ("release_", "datastore__")
    return [f"{step}{table}" for table in tables for step in steps]


PUBLICATION_ASSETS = [_publication_asset(product) for product in PRODUCTS.values()]
PRODUCT_ASSETS = [*(_release_assets(product) for product in PRODUCTS.values()), *PUBLICATION_ASSETS]


class ReleaseDecision(dg.Config):
    """What a person decides about a release, and why."""

    verb: ReleaseVerb
    product: str
    release: str
    by: str
    reason: str


@dg.op(pool=WRITER, description="Approve or withdraw a release.")
def decide_release(
    config: ReleaseDecision, releases: dg.ResourceParam[Releases], notifier: dg.ResourceParam[Notifier]
) -> None:
    """Carry out the decision; a withdrawal reaches the target before the ledger has it."""
    decide = {ReleaseVerb.approve: releases.approve, ReleaseVerb.withdraw: releases.withdraw}[config.verb]
    with _told():
        decide(config.product, config.release, by=config.by, reason=config.reason, now=datetime.now(UTC))
    log.info("%s %s: %s by %s", config.product, config.release, config.verb.value, config.by)
    notifier.send(releases.ledger, datetime.now(UTC))


@dg.op(pool=WRITER, description="Alert to what should be public and is not; send what could not be sent before.")
def alert_late_releases(
    settings: dg.ResourceParam[Settings],
    releases: dg.ResourceParam[Releases],
    warehouse: dg.ResourceParam[Warehouse],
    notifier: dg.ResourceParam[Notifier],
) -> None:
    """Say what is late, once a day, in the ledger and to the team."""
    now = datetime.now(UTC)
    for alert in raise_alerts(settings, releases, warehouse, now):
        log.warning("%s %s is late: %s", alert.product, alert.release, alert.note)
    notifier.send(releases.ledger, now)


@contextmanager
def _told() -> Iterator[None]:
    """Let a run fail with the reason why something is not allowed, and without a trace."""
    try:
        yield
    except NotAllowedError as error:
        raise dg.Failure(str(error)) from None


def _refuse_early(quarter: str) -> None:
    """Refuse to draft what the daemon would seal in its moment before that has come."""
    day = release_day(quarter)
    if day.draft_from > datetime.now(UTC):
        raise dg.Failure(
            f"{quarter} is released on {day.at:%-d %B %Y %H:%M} in London, and is not drafted before "
            f"{day.draft_from:%-d %B %Y %H:%M}"
        )


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


def _sealed_result(asset: dg.AssetKey, bundle: Bundle) -> dg.MaterializeResult[Any]:
    items = json.loads((bundle.path / "evidence" / CHECKLIST).read_bytes())["items"]
    lines = ["| before sealing | what was found |", "| --- | --- |"]
    lines += [f"| {item['asks']} | {item['found']} |" for item in items]
    return dg.MaterializeResult(
        asset_key=asset,
        metadata={
            "release": bundle.release,
            "seal": bundle.seal,
            "folder": dg.MetadataValue.path(bundle.path),
            "page": dg.MetadataValue.url((bundle.path / "index.html").resolve().as_uri()),
            "synthetic": bundle.synthetic,
            "checklist": dg.MetadataValue.md("\n".join(lines)),
        },
    )


def _seal(settings: Settings, rows: Draft, release: str, verdict: Verdict, evidence: Path, correction: str) -> Bundle:
    """Write the bundle in the place of any that a run wrote before it was killed.

    The ledger never had that one sealed, and it may hold other rows than those that were judged now.
    """
    if (unknown := settings.releases / rows.product.name / release).exists():
        shutil.rmtree(unknown)
    return write_bundle(
        rows,
        release=release,
        evidence=evidence,
        verdict=verdict.as_dict(),
        folder=settings.releases,
        # A release that is late says when it was made, not when it was due.
        released_at=max(release_day(rows.quarter).at, datetime.now(LONDON).replace(microsecond=0)),
        correction=correction,
        project=dbt.project_hash(),
    )
