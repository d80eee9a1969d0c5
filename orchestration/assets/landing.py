"""Landing: what arrived, and one asset a feed whose partitions are its deliveries.

`intake` takes whatever waits in the inbox in one step, so that one build follows however many files came
together; it records each delivery as a partition of its feed's asset. Materialising such a partition from the UI
lands that delivery again from the archive. A person's decision, and the mending that the doctor does, run as the
same step with another configuration, because they change the same receipts. What happens to a file is in
`orchestration.intake`, what can be decided in `decisions`, what is examined in `doctor`.
"""

import logging
from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb
import polars as pl
from botocore.exceptions import ClientError
from pydantic import Field

from orchestration.assets import OWNERS, WRITER
from orchestration.decisions import Verb, decide, waiting
from orchestration.doctor import Examination, Finding
from orchestration.freshness import marts_are_behind
from orchestration.intake import SIDE_CAR, NotAllowedError, Result, find, land_archived, legible, take
from orchestration.settings import Settings
from orchestration.store import Store
from orchestration.warehouse import Warehouse, records
from sources.feed import Feed
from sources.registry import FEEDS
from sources.report import quoted, visible

log = logging.getLogger("oversight")

RECEIPTS = dg.AssetKey(["landing", "receipts"])
COVERAGE = dg.AssetKey(["landing", "coverage"])
WAITING = dg.AssetCheckSpec(
    "nothing_waits",
    asset=RECEIPTS,
    description="No delivery is quarantined or held for a person.",
)
AGREEMENT = "archive_and_receipts_agree"
OF_ONE_FILE = (
    OSError,
    ValueError,
    duckdb.DataError,
    duckdb.IntegrityError,
    duckdb.NotSupportedError,
    pl.exceptions.PolarsError,
    ClientError,
)
"""Errors that one file can cause and the next may not; a lock that is not to be had, say, would stop them all."""

RULES = {
    "reads": "The bytes are a known layout and every value reads as its type.",
    "schema": "Names, keys, domains and ranges are as the feed's pandera schema says.",
    "history": "Coverage and totals stay within what revisions do to this feed.",
}


def deliveries_of(feed: Feed) -> dg.DynamicPartitionsDefinition:
    """Return the partitions of a feed: its deliveries."""
    return dg.DynamicPartitionsDefinition(name=feed.name)


def landing_key(feed: Feed) -> dg.AssetKey:
    """Return the key of a feed's asset."""
    return dg.AssetKey(["landing", feed.name])


class Decision(dg.Config):
    """What a person decides, about which deliveries; to retry, all that wait if none is named."""

    verb: Verb
    deliveries: list[str] = Field(default_factory=list)
    by: str
    reason: str = ""


class IntakeConfig(dg.Config):
    """Which files of the inbox to take: all that wait if none is named. Or a decision to carry out; or to mend."""

    files: list[str] = Field(default_factory=list)
    decision: Decision | None = None
    mend: bool = False


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            RECEIPTS,
            description="One row for every file that ever arrived, landed or not, with the reason.",
            skippable=True,
            group_name="landing",
            owners=OWNERS,
            kinds={"duckdb"},
        ),
        dg.AssetSpec(
            COVERAGE,
            description="The periods that each delivery states: what the as-of rule chooses from.",
            skippable=True,
            group_name="landing",
            owners=OWNERS,
            kinds={"duckdb"},
        ),
    ],
    check_specs=[WAITING],
    pool=WRITER,
)
def intake(
    context: dg.AssetExecutionContext,
    config: IntakeConfig,
    inbox: dg.ResourceParam[Store],
    archive: dg.ResourceParam[Store],
    warehouse: dg.ResourceParam[Warehouse],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Take the files that wait in the inbox: archive, recognise, validate, and land or quarantine each.

    Or carry out a decision about deliveries that came before, or mend what the doctor finds.
    """
    warehouse.prepare()
    left: dict[str, str] = {}
    if config.decision:
        work = _decided(context, config.decision, archive, warehouse, left)
    elif config.mend:
        work = _mended(context, Examination(settings, inbox, archive, warehouse, mend=True))
    else:
        work = _taken(config.files, inbox, archive, warehouse, left)
    results = []
    for result in work:
        _record(context, result)
        results.append(result)
    context.instance.add_run_tags(
        context.run.run_id,
        {
            "oversight/feed": ", ".join(sorted({result.feed or "unknown" for result in results}))[:60] or "none",
            "oversight/delivery": ", ".join(result.delivery_id for result in results)[:120] or "none",
            "oversight/outcome": ", ".join(sorted({result.outcome for result in results})) or "none",
        },
    )
    yield _waiting(warehouse)
    if marts_are_behind(settings, warehouse):
        metadata: dict[str, Any] = {
            "taken": len(results),
            "rows": sum(result.rows for result in results if result.outcome == "landed"),
            "deliveries": dg.MetadataValue.md(_table(results)),
            "left": dg.MetadataValue.json(left),
        }
        yield dg.MaterializeResult(asset_key=RECEIPTS, metadata=metadata)
        yield dg.MaterializeResult(asset_key=COVERAGE)
    else:
        # Without an output nothing downstream runs: there is nothing new to build.
        context.log.info("the marts rest on all that has landed")
        if left:
            raise _failure(left)


@dg.asset_check(asset=RECEIPTS, description="The last run could take every file of the inbox that it was to take.")
def every_file_was_taken(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Fail the run over a file that could not be taken, without keeping the others from the marts."""
    event = context.instance.get_latest_materialization_event(RECEIPTS)
    told = event.asset_materialization.metadata.get("left") if event and event.asset_materialization else None
    if told and told.value:
        raise _failure(told.value)
    return dg.AssetCheckResult(passed=True)


def _taken(
    files: list[str], inbox: Store, archive: Store, warehouse: Warehouse, left: dict[str, str]
) -> Iterator[Result]:
    """Take the files, or all; `left` comes to hold those that could not be taken, and why. They stay in the inbox."""
    entries = [entry.key for entry in inbox.list()]
    waiting = dict.fromkeys(key for key in entries if not key.endswith(SIDE_CAR))
    for name in [name for name in files if name in waiting] if files else waiting:
        try:
            result = take(name, inbox, archive, warehouse)
        except OF_ONE_FILE as error:
            if isinstance(error, FileNotFoundError) and inbox.entry(name) is None:
                log.warning("%s: gone before it was taken", visible(name))
                continue
            log.exception("%s: could not be taken and stays in the inbox", visible(name))
            left[legible(name)] = f"{type(error).__name__}: {error}"
        else:
            yield result
    for key in entries:
        if key.endswith(SIDE_CAR) and key.removesuffix(SIDE_CAR) not in waiting:
            log.warning("%s: a side-car without a file; it waits in the inbox", visible(key))


def _failure(left: dict[str, str]) -> dg.Failure:
    lines = [f"- {quoted(name)}: {quoted(reason)}" for name, reason in list(left.items())[:20]]
    return dg.Failure(
        f"{len(left):,} file(s) could not be taken and stay where they are; the others were",
        metadata={"failed": dg.MetadataValue.md("\n".join(lines))},
    )


def _decided(
    context: dg.AssetExecutionContext,
    decision: Decision,
    archive: Store,
    warehouse: Warehouse,
    left: dict[str, str],
) -> Iterator[Result]:
    """Carry out a decision; `left` comes to hold the deliveries on which that stumbled, and why."""
    verb, by, reason = decision.verb, decision.by, decision.reason
    context.instance.add_run_tags(context.run.run_id, {"oversight/decision": verb.value, "oversight/by": by[:60]})
    deliveries = decision.deliveries
    if verb is Verb.retry and not deliveries:
        deliveries = waiting(warehouse)
    for delivery in deliveries:
        try:
            before = find(delivery, warehouse)
            result = decide(verb, delivery, archive, warehouse, by=by, reason=reason)
        except (KeyError, NotAllowedError) as error:
            raise dg.Failure(str(error.args[0])) from error
        except OF_ONE_FILE as error:
            log.exception("%s: could not be landed", delivery)
            left[delivery] = f"{type(error).__name__}: {error}"
            continue
        # Once it has been read, a file has another id, and it may be of another feed than its name said.
        if before["feed"] and before["delivery_id"] != result.delivery_id:
            context.instance.delete_dynamic_partition(before["feed"], before["delivery_id"])
        context.log_event(
            dg.AssetObservation(
                dg.AssetKey(["landing", result.feed]) if result.feed else RECEIPTS,
                partition=result.delivery_id if result.feed else None,
                description=f"{verb.value} by {by}",
                metadata={"delivery": result.delivery_id, "decision": verb.value, "by": by, "reason": reason or "-",
                          "was": before["outcome"], "outcome": result.outcome},
            )
        )  # fmt: skip
        yield result


def _mended(context: dg.AssetExecutionContext, examination: Examination) -> Iterator[Result]:
    findings = []
    for finding in examination.findings():
        findings.append(finding)
        if finding.result:
            yield finding.result
    verdict = _agreement(findings)
    context.log_event(
        dg.AssetCheckEvaluation(RECEIPTS, AGREEMENT, passed=verdict["passed"], metadata=verdict["metadata"])
    )


@dg.asset_check(
    asset=RECEIPTS,
    name=AGREEMENT,
    description="Every receipt has its bytes and they hold their hash, every landed delivery its receipt, rows and "
    "coverage; nothing is orphaned or left half written, and the seals of the releases hold.",
    pool=WRITER,
)
def archive_and_receipts_agree(
    inbox: dg.ResourceParam[Store],
    archive: dg.ResourceParam[Store],
    warehouse: dg.ResourceParam[Warehouse],
    settings: dg.ResourceParam[Settings],
) -> dg.AssetCheckResult:
    """Look, and mend nothing."""
    warehouse.prepare()  # of a feed that is new no table is there yet
    return dg.AssetCheckResult(**_agreement(list(Examination(settings, inbox, archive, warehouse).findings())))


def _agreement(findings: list[Finding]) -> dict[str, Any]:
    lines = ["| what | is wrong | mended | what to do |", "| --- | --- | --- | --- |"]
    lines += [
        "| " + " | ".join(_cell(text) if text else "" for text in (f.about, f.what, f.mended, f.remedy)) + " |"
        for f in findings[:50]
    ]
    return {
        "passed": all(finding.mended for finding in findings),
        "metadata": {
            "found": len(findings),
            "mended": sum(bool(finding.mended) for finding in findings),
            "findings": dg.MetadataValue.md("\n".join(lines)),
            "as_json": dg.MetadataValue.json(
                [{name: getattr(f, name) for name in ("about", "what", "mended", "remedy")} for f in findings]
            ),
        },
    }


def _landing_asset(feed: Feed) -> dg.AssetsDefinition:
    partitions = deliveries_of(feed)

    @dg.asset(
        key=landing_key(feed),
        deps=[RECEIPTS],
        partitions_def=partitions,
        description=f"{feed.title} ({feed.publisher}). A partition is a delivery: its last period and hash. "
        f"[Published here]({feed.address}), {feed.cadence.value}, {_delay(feed)}; {feed.licence}. "
        "Materialising a partition lands it again from the archive.",
        group_name=f"landing_{feed.source}",
        owners=OWNERS,
        kinds={"duckdb", feed.layouts[0].reader.kind.lower()},
        check_specs=[
            dg.AssetCheckSpec(name, asset=landing_key(feed), description=text, partitions_def=partitions)
            for name, text in RULES.items()
        ],
        pool=WRITER,
    )
    def landing(
        context: dg.AssetExecutionContext,
        archive: dg.ResourceParam[Store],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        try:
            result = land_archived(context.partition_key, archive, warehouse)
        except NotAllowedError as error:
            raise dg.Failure(str(error)) from error
        for name, passed, metadata in _verdicts(result):
            yield dg.AssetCheckResult(check_name=name, passed=passed, metadata=metadata)
        if result.outcome != "landed":
            raise dg.Failure(result.report.headline if result.report else result.outcome)
        yield dg.MaterializeResult(metadata=_metadata(result))

    return landing


def _delay(feed: Feed) -> str:
    return f"{abs(feed.lag.days)} days {'before' if feed.lag.days < 0 else 'after'} the end of a period"


LANDING = [intake, *map(_landing_asset, FEEDS)]


def _record(context: dg.AssetExecutionContext, result: Result) -> None:
    """Show a delivery in the UI: its partition, its checks, and its rows if it landed."""
    if result.feed is None:
        return
    # The same bytes again are shown only if a run that died had landed them and could not say so.
    shown = context.instance.has_dynamic_partition(result.feed, result.delivery_id)
    if result.outcome == "unchanged" and (shown or (result.receipt or {}).get("outcome") != "landed"):
        return
    key = dg.AssetKey(["landing", result.feed])
    context.instance.add_dynamic_partitions(result.feed, [result.delivery_id])
    # What a person has decided on is no longer an error, though the rule was broken.
    severity = dg.AssetCheckSeverity.WARN if result.outcome == "rejected" else dg.AssetCheckSeverity.ERROR
    for name, passed, metadata in _verdicts(result):
        context.log_event(  # the type of log_event leaves checks out, its body does not
            dg.AssetCheckEvaluation(
                key, name, passed=passed, metadata=metadata, severity=severity, partition=result.delivery_id
            )
        )
    if result.outcome in ("landed", "unchanged"):
        context.log_event(dg.AssetMaterialization(key, partition=result.delivery_id, metadata=_metadata(result)))


def _verdicts(result: Result) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """Yield what is known of each rule; a rule that was not reached has no verdict."""
    if result.report is None:
        if result.outcome in ("landed", "unchanged"):
            yield from ((name, True, {"rows": result.rows}) for name in RULES)
        return
    report = {"report": dg.MetadataValue.md(result.report.markdown()), "outcome": result.outcome}
    broken = result.report.rule
    for name in RULES:
        yield name, name != broken, report if name == broken else {}
        if name == broken:
            return


def _metadata(result: Result) -> dict[str, Any]:
    receipt = result.receipt or {}
    shown = ("name", "sha256", "layout", "taxonomy", "vintage_basis", "periods")
    return {
        "dagster/partition_row_count": result.rows,
        "covers": f"{receipt['first_period']} to {receipt['last_period']}",
        "vintage": str(receipt["vintage_on"]),
        **{name: receipt[name] for name in shown if receipt[name] is not None},
    }


def _table(results: list[Result]) -> str:
    lines = ["| delivery | feed | file | outcome | rows |", "| --- | --- | --- | --- | ---: |"]
    lines += [
        f"| {r.delivery_id} | {r.feed or '?'} | {_cell(r.name)} | {r.outcome} | {r.rows:,} |" for r in results[:50]
    ]
    return "\n".join(lines)


def _waiting(warehouse: Warehouse) -> dg.AssetCheckResult:
    with warehouse.read() as con:
        waiting = records(
            con,
            "select delivery_id, feed, name, outcome, reason from receipts "
            "where outcome in ('held', 'quarantined') order by received_at desc",
        )
    lines = ["| delivery | feed | file | outcome | why |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {w['delivery_id']} | {w['feed'] or '?'} | {_cell(w['name'])} | {w['outcome']} | {_cell(w['reason'])} |"
        for w in waiting[:20]
    ]
    return dg.AssetCheckResult(
        asset_key=RECEIPTS,
        check_name=WAITING.name,
        passed=not waiting,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"waiting": len(waiting), "deliveries": dg.MetadataValue.md("\n".join(lines))},
    )


def _cell(text: str) -> str:
    """Make a text from outside fit for a cell of a Markdown table."""
    return quoted(text).replace("|", "\\|")
