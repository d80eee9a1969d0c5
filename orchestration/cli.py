"""The `oversight` command: the same assets as the daemon's, run in this process, and questions about the state.

Commands are thin: what they do is in the assets and in `intake`, what they tell in `state`.
"""

import getpass
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import uuid4

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from orchestration.errors import ToldError
from orchestration.settings import LONDON, PROJECT, Settings

if TYPE_CHECKING:
    import dagster as dg
    from dagster._core.execution.plan.objects import StepFailureData

    from orchestration.store import Store

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="From the files that public bodies publish to the figures that hold the Met to account.\n\n"
    "Exit codes: 0 done, 1 something was refused or failed (the message says what), 2 wrong usage.",
)
forecasts = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Forecasts of a financial year: frozen once before it begins, and scored as it unfolds.",
)
app.add_typer(forecasts, name="forecast")
# A pipe has no width of its own, and tables of ours need more than the customary 80.
console = Console(width=None if sys.stdout.isatty() else 140)
errors = Console(stderr=True, width=None if sys.stderr.isatty() else 140)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of tables.")]

Delivery = Annotated[
    str, typer.Argument(help="The delivery, as `oversight quarantine` names it; four digits of its hash will do.")
]
Reason = Annotated[str, typer.Option(help="Why; recorded with your name.")]
By = Annotated[str, typer.Option(help="Your name.", default_factory=getpass.getuser)]
ProductName = Annotated[str, typer.Argument(metavar="PRODUCT", help="A product, such as new-met-for-london.")]
ReleaseName = Annotated[str, typer.Argument(metavar="RELEASE", help="Its number, such as 2026-Q1 or 2026-Q1.r2.")]
Quarter = Annotated[str, typer.Argument(help="A quarter of the release calendar, such as 2026-Q1.")]

_CHOICES = {
    "accept": "it is right:",
    "reject": "it is wrong:",
    "retry": "its layout was added, say:",
}
"""What can be done about a delivery that waits; only a held one can be accepted."""

DEMO_DATES = (date(2026, 2, 26), date(2026, 5, 28))
"""Release days of 2025-Q4 and 2026-Q1: the two vintages of the demonstration are as of these."""


@app.command()
def prepare() -> None:
    """Parse the dbt project, and set up the inbox, the landing database and Dagster's home.

    Example: `oversight prepare`
    """
    from orchestration import dbt
    from orchestration.warehouse import Warehouse
    from sources.registry import FEEDS

    settings = Settings()
    _dagster_home(settings)
    if "://" not in settings.inbox_url:
        Path(settings.inbox_url).mkdir(parents=True, exist_ok=True)
    Warehouse(settings.landing, FEEDS, settings.lock_seconds).prepare()
    parsed = dbt.prepare(settings)
    console.print("dbt project parsed" if parsed else "dbt project unchanged")


@app.command()
def demo() -> None:
    """Take synthetic deliveries of every feed through the whole line and publish two quarters to a folder.

    Example: `oversight demo`
    """
    from orchestration.sensors import releasable
    from sources.sample import write_deliveries

    settings = Settings()
    with _session(settings) as session:
        _refuse_mixing(session)
        for as_of in DEMO_DATES:
            console.rule(f"what the publishers have out on {as_of:%d %B %Y} (synthetic)")
            paths = write_deliveries(Path(settings.inbox_url), as_of=as_of)
            console.print(f"{len(paths)} files written to {settings.inbox_url}")
            ok = session.run("intake_job")
            for quarter in releasable(settings, datetime.now(UTC)):
                console.rule(f"release of {quarter}")
                ok = session.run("release_job", partition_key=quarter) and ok
            if not ok:
                raise typer.Exit(1)
        _demonstrate_correction(session)
    _show_status(settings)
    console.rule("look at it")
    if settings.target == "folder":
        console.print(f"releases       {(settings.datastore / 'index.html').resolve()}")
    console.print(f"analysts' file {settings.snapshot.resolve()}, or `oversight query`")
    console.print("Dagster UI     make dev, then http://127.0.0.1:3000")


def _demonstrate_correction(session: "Session") -> None:
    """Correct the last release of the demonstration, and take the correction back."""
    product, quarter = "borough-performance", "2026-Q1"
    releases = session.state.releases
    if releases.sealed(product, quarter) == quarter:
        console.rule("a correction, and its withdrawal")
        _ask_for_release(session, quarter, "demonstration", product, "To show a correction; no figure differs.")
        reason = "To show a withdrawal: the release before it is back."
        releases.withdraw(product, f"{quarter}.r2", by="demonstration", reason=reason, now=datetime.now(UTC))


def _taken(files: list[Path]) -> list[Path]:
    """Refuse names that the inbox passes over: such a file would wait there for good."""
    from orchestration.intake import SIDE_CAR
    from orchestration.store import unfinished

    for path in files:
        if unfinished(path.name) or path.name.endswith(SIDE_CAR):
            raise typer.BadParameter(
                f"{json.dumps(path.name)}: the inbox passes over names that begin with a dot or end in .part, .tmp or "
                f"{SIDE_CAR}. Nothing was taken. Give the file another name."
            )
    return files


@app.command()
def land(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, callback=_taken, help="Files to take.")],
    published: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The publisher's date, where you know it.")
    ] = None,
    feed: Annotated[str | None, typer.Option(help="The feed it should be; another feed's file is refused.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take files through the line: archive, recognise, validate, land, build, snapshot.

    Example: `oversight land "MPS Borough Level Crime (most recent 24 months).csv" --published 2026-07-18`
    """
    from orchestration.intake import SIDE_CAR, SideCar
    from orchestration.store import FolderStore, open_store

    if published and published.date() > datetime.now(LONDON).date():
        _fail(f"--published {published:%Y-%m-%d} lies in the future", code=2)
    settings = Settings()
    inbox = open_store(settings.inbox_url)
    side_car = SideCar(published=published.date() if published else None, feed=feed)
    names: list[str] = []
    for path in files:
        name = path.name
        if name in names or _another_waits(inbox, name, path):
            name = f"{uuid4().hex[:8]}/{name}"
        if side_car != SideCar():
            with TemporaryDirectory(prefix="oversight-") as folder:
                note = Path(folder) / "side-car.json"
                note.write_text(side_car.model_dump_json(exclude_defaults=True))
                inbox.put(name + SIDE_CAR, note)
        inbox.put(name, path)
        names.append(name)
    with _session(settings, quiet=as_json) as session:
        ok = session.run("intake_job", run_config={"ops": {"intake": {"config": {"files": names}}}})
        known = {row["sha256"]: row for row in session.state.deliveries()}
    if isinstance(inbox, FolderStore):
        for name in [name for name in names if "/" in name]:
            with suppress(OSError):  # what was not taken is still in it
                (inbox.root / name).parent.rmdir()
    taken = [known.get(_sha256(path)) for path in files]
    if as_json:
        _print_json(taken)
    else:
        _show_reports([row for row in taken if row])
    if not ok or any(row is None or row["outcome"] != "landed" for row in taken):
        raise typer.Exit(1)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what landed, what waits for a person, and where each quarter stands.

    Example: `oversight status --json | jq .quarters`
    """
    settings = Settings()
    if as_json:
        from orchestration.state import State

        _print_json(State(settings).summary(datetime.now(UTC)))
    else:
        _show_status(settings)


@app.command()
def quarantine(
    decided: Annotated[bool, typer.Option("--decided", help="Show what was decided so far: by whom and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every delivery that is quarantined or held, with its report and what can be done.

    Example: `oversight quarantine`
    """
    from orchestration.state import State

    state = State(Settings())
    rows = state.decisions() if decided else state.waiting()
    if as_json:
        _print_json(rows)
        return
    if decided:
        _table("Decisions", rows, ("decided_at", "decision", "delivery_id", "was", "outcome", "decided_by", "reason"))
        return
    for row in rows:
        console.rule(f"{row['delivery_id']} {escape(row['feed'] or 'unknown feed')}")
        console.print(
            f"file {escape(json.dumps(row['name']))}, received {row['received_at']:%Y-%m-%d %H:%M} UTC, "
            f"kept as {row['sha256'][:12]}"
        )
        _show_reports([row])
        for command, when in _CHOICES.items():
            if command != "accept" or row["outcome"] == "held":
                console.print(f"  {when:<27} oversight {command} {row['delivery_id']}", end="")
                console.print("" if command == "retry" else ' --reason "..."')
    if not rows:
        console.print("Nothing waits.")


@app.command()
def accept(delivery: Delivery, reason: Reason, by: By) -> None:
    """Land a held delivery in spite of what holds it.

    Example: `oversight accept 2026-06-1f24a7bc --reason "The Met confirmed the restatement on 3 August"`
    """
    _decide("accept", [delivery], by, reason, until="landed")


@app.command()
def reject(delivery: Delivery, reason: Reason, by: By) -> None:
    """Set a delivery aside for good; if it had landed, the marts go back to the vintages before it.

    Its bytes stay in the archive, and the same bytes sent again change nothing. `oversight retry` lifts a rejection.

    Example: `oversight reject 2026-06-1f24a7bc --reason "A draft; the Met sent the right file on 4 August"`
    """
    _decide("reject", [delivery], by, reason, until="rejected")


@app.command()
def retry(
    by: By,
    deliveries: Annotated[
        list[str] | None,
        typer.Argument(help="Which, as `oversight quarantine` names them; all that wait if none is named."),
    ] = None,
    reason: Reason = "",
) -> None:
    """Try again what waits, after a layout, a taxonomy or a feed was added; or lift a rejection.

    Exit code 1 if any of it still waits.

    Example: `oversight retry`
    """
    _decide("retry", deliveries or [], by, reason, until="landed")


@app.command()
def doctor(
    check: Annotated[bool, typer.Option("--check", help="Only look; exit code 1 if anything is wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Examine archive, receipts, landed rows and releases against each other, and mend what is safe to mend.

    Exit code 1 if something is left that a person must see to.

    Example: `oversight doctor --check`
    """
    with _session(Settings(), quiet=as_json) as session:
        ended = [f"run {run_id[:8]}" for run_id in session.buried]
        result = session.execute("examination_job" if check else "doctor_job")
        verdicts = [e for e in result.get_asset_check_evaluations() if e.check_name == "archive_and_receipts_agree"]
    if not verdicts:
        _fail("the examination did not come to its end: see above")
    [verdict] = verdicts
    findings = [
        *({"about": run, "what": "it was killed", "mended": "ended, its slot freed", "remedy": ""} for run in ended),
        *cast(list[dict[str, Any]], verdict.metadata["as_json"].value),
    ]
    if as_json:
        _print_json(findings)
    elif findings:
        _table("Findings", findings, ("about", "what", "mended", "remedy"))
    else:
        console.print("Archive, receipts, landed rows and releases agree.")
    if not result.success or not verdict.passed:
        raise typer.Exit(1)


@app.command()
def build() -> None:
    """Build the marts from what has landed and swap the analysts' file.

    Example: `oversight build`
    """
    with _session(Settings()) as session:
        if not session.run("build_job"):
            raise typer.Exit(1)


@app.command()
def release(quarter: Quarter, by: By) -> None:
    """Draft, judge and seal every product for a quarter whose day has come; publish what is approved.

    Example: `oversight release 2026-Q1`
    """
    with _session(Settings()) as session:
        _ask_for_release(session, quarter, by)


@app.command()
def correct(product: ProductName, quarter: Quarter, reason: Reason, by: By) -> None:
    """Release a quarter of a product again, under the next number; the release before it is superseded.

    The reason stands on its page, in plain words for the public.

    Example: `oversight correct borough-performance 2026-Q1 --reason "Two boroughs had each other's figures."`
    """
    if not reason.strip():
        _fail("a correction needs its reason in words: it stands on the page", code=2)
    with _session(Settings()) as session:
        _ask_for_release(session, quarter, by, product=product, correction=reason)


@app.command()
def approve(product: ProductName, release: ReleaseName, reason: Reason, by: By) -> None:
    """Approve a sealed release that the calendar does not let out by itself. Its author cannot.

    Example: `oversight approve new-met-for-london 2026-Q1 --reason "Checked against the force's own figures"`
    """
    _decide_release("approve", product, release, by, reason)


@app.command()
def withdraw(product: ProductName, release: ReleaseName, reason: Reason, by: By) -> None:
    """Take a release back; the one that it superseded is shown again. The reason is public.

    Example: `oversight withdraw borough-performance 2026-Q1.r2 --reason "The correction was made in error."`
    """
    _decide_release("withdraw", product, release, by, reason)


@app.command()
def alert() -> None:
    """Say which releases are late and what blocks them, tell the team, and send what could not be sent before.

    The daemon does this each day at 10:00.

    Example: `oversight alert`
    """
    with _session(Settings()) as session:
        if not session.run("alert_job"):
            raise typer.Exit(1)


@app.command()
def publish(
    by: By,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be changed, and change nothing.")] = False,
) -> None:
    """Publish what is approved and whose moment has come; make the target show what the ledger says.

    Example: `oversight publish --plan`
    """
    from orchestration.assets.products import ops_of
    from orchestration.publication.names import parse_release
    from orchestration.publication.products import PRODUCTS
    from orchestration.resources import open_releases

    settings = Settings()
    releases, now = open_releases(settings), datetime.now(UTC)
    if plan:
        rows = [
            {"product": product, "action": change.action, "what": change.what, "why": change.why}
            for product in PRODUCTS
            for change in releases.plan(product, now)
        ]
        _table("What would be changed", rows, ("product", "action", "what", "why"))
        return
    with _session(settings) as session:
        quarters = sorted({parse_release(name)[0] for product in PRODUCTS for name in releases.ledger.stages(product)})
        config = {"ops": {op: {"config": {"by": by}} for op in ops_of(PRODUCTS, publication_alone=True)}}
        ok = [session.run("publish_job", partition_key=quarter, run_config=config) for quarter in quarters]
    if not all(ok):
        raise typer.Exit(1)


@app.command()
def preview(
    product: ProductName,
    release: ReleaseName,
    viewer: Annotated[str, typer.Option("--as", metavar="NAME", help="Who is to see it: a name on the list.")],
    by: By,
) -> None:
    """Write a copy of an approved release for somebody with pre-release access, in the 24 hours before its moment.

    The list is `orchestration/publication/pre_release_access.csv`. Every access is a line of the ledger.

    Example: `oversight preview new-met-for-london 2026-Q4 --as "Head of analysis"`
    """
    from orchestration.publication.access import preview as hand_out
    from orchestration.publication.lifecycle import NotAllowedError
    from orchestration.resources import open_releases

    settings, now = Settings(), datetime.now(UTC)
    try:
        place = hand_out(
            open_releases(settings), product, release, viewer=viewer, by=by, folder=settings.previews, now=now
        )
    except NotAllowedError as error:
        _fail(str(error))
    console.print(f"{place.resolve()}\nNot to be passed on, nor spoken of, before its moment. The access is recorded.")


@app.command()
def rebuild(product: ProductName, release: ReleaseName) -> None:
    """Make a release again from the archive, and compare every file of it with what was sealed.

    Exit code 1 unless each is the same to the byte. The gate's evidence, which tells when it judged, is left out.

    Example: `oversight rebuild new-met-for-london 2026-Q1`
    """
    from orchestration.publication.lifecycle import NotAllowedError
    from orchestration.rebuild import rebuild as make_again

    _logged()
    try:
        compared = make_again(product, release, Settings())
    except NotAllowedError as error:
        _fail(str(error))
    rows = [
        {
            "file": each.name,
            "sealed": each.sealed[:16],
            "again": (each.again or "")[:16],
            "same": "yes" if each.same else "NO",
        }
        for each in compared
    ]
    _table(f"{product} {release}, made again", rows, ("file", "sealed", "again", "same"))
    if not all(each.same for each in compared):
        raise typer.Exit(1)


@app.command("releases")
def show_releases(
    product: Annotated[str | None, typer.Argument(help="Of one product alone.")] = None, as_json: AsJson = False
) -> None:
    """Show the ledger: what became of each release, when, by whom and why.

    Example: `oversight releases new-met-for-london`
    """
    from orchestration.resources import open_releases

    facts = [fact.model_dump(mode="json") for fact in open_releases(Settings()).ledger.facts(product)]
    if as_json:
        _print_json(facts)
    else:
        _table("Releases", facts, ("at", "product", "release", "stage", "by", "note"))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="Any SQL; the marts are in the schema `marts`.")],
    as_json: AsJson = False,
) -> None:
    """Ask the analysts' file.

    Example: `oversight query "select claim_id, published_value, recomputed, verdict from marts.claims"`
    """
    _ask(Settings(), sql, as_json)


@app.command("as-of")
def as_of(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day whose knowledge counts.")],
    sql: Annotated[
        str, typer.Argument(help="SQL over `observations` as they stood at the close of that day.")
    ] = "select series_id, count(*) as observations, max(period_end) as last_period, max(vintage_on) as newest_vintage "
    "from observations group by all order by all",
    as_json: AsJson = False,
) -> None:
    """Ask for the observations as they stood on a day.

    Example: `oversight as-of 2025-12-31 "select sum(value) from observations where group_id like 'burglary/%'"`
    """
    # The day is a date by now, not text.
    view = f"create temp view observations as from marts.observations_as_of(date '{day:%Y-%m-%d}')"
    _ask(Settings(), sql, as_json, prelude=view)


@forecasts.command("freeze")
def freeze_forecast(
    name: Annotated[str, typer.Argument(help="The year, such as 2027-28; 2027-28.r2 to supersede it.")],
    day: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day whose knowledge counts; today if not given."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it supersedes the one before.")] = "",
) -> None:
    """Forecast recorded crime for a year, and land the forecast. It can never be changed, only superseded.

    Once its year has begun only a retrospective one can be made, as of a day before, and it is labelled so.

    Example: `oversight forecast freeze 2027-28`
    """
    config = {"name": name, "as_of": f"{day:%Y-%m-%d}" if day else None, "reason": reason}
    with _session(Settings()) as session:
        frozen = session.execute("forecast_job", run_config={"ops": {"oversight__frozen_forecast": {"config": config}}})
        if not frozen.success:
            raise typer.Exit(1)
        file = frozen.asset_materializations_for_node("oversight__frozen_forecast")[0].metadata["file"].value
        if not session.run("intake_job", run_config={"ops": {"intake": {"config": {"files": [file]}}}}):
            raise typer.Exit(1)
    _show_forecasts()


@forecasts.command("list")
def list_forecasts(as_json: AsJson = False) -> None:
    """Show the frozen forecasts.

    Example: `oversight forecast list`
    """
    _show_forecasts(as_json)


@forecasts.command("backtest")
def backtest_forecasts(
    first: Annotated[int, typer.Option("--from", help="The year in whose April the first one begins.")],
    last: Annotated[int, typer.Option("--to", help="The year in whose April the last one begins.")],
    as_json: AsJson = False,
) -> None:
    """Forecast past years of the force as in the March before each, and score them beside the seasonal naive one.

    Example: `oversight forecast backtest --from 2022 --to 2025`
    """
    from orchestration.forecasting import backtest

    settings = Settings()
    if not settings.snapshot.exists():
        _fail("there is no analysts' file yet: land a delivery first")
    rows = backtest(settings, first, last)
    if as_json:
        _print_json(rows)
    elif rows:
        _table("Back-test", rows, tuple(rows[0]))
    else:
        console.print("No series is long enough to forecast any of these years.")


class Session:
    """Runs jobs of the code location in this process, recorded where the UI shows them."""

    def __init__(self, settings: Settings, instance: "dg.DagsterInstance", quiet: bool, buried: list[str]) -> None:
        from orchestration.definitions import build_definitions
        from orchestration.state import State

        self.definitions, self.instance, self.quiet = build_definitions(settings), instance, quiet
        self.buried = buried  # runs that were found dead
        self.state = State(settings)

    def run(self, job: str, **arguments: Any) -> bool:
        """Run a job to its end, telling what failed and why; return whether it succeeded."""
        return self.execute(job, **arguments).success

    def execute(self, job: str, **arguments: Any) -> "dg.ExecuteInProcessResult":
        """Run a job to its end, telling what failed and why."""
        from orchestration.burial import PROCESS_TAG, process

        config = arguments.pop("run_config", {}) | {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            run_config=config,
            tags={PROCESS_TAG: process()},
            **arguments,
        )
        for event in result.all_events:
            if event.is_step_failure:
                self._tell(event.step_key or job, event.step_failure_data)
        if not self.quiet:
            errors.print(f"[dim]run {result.run_id[:8]} of {job}: {'succeeded' if result.success else 'failed'}[/]")
        return result

    @staticmethod
    def _tell(step: str, data: "StepFailureData") -> None:
        declared = data.user_failure_data  # what our own code said when it failed
        said = declared.description if declared else data.error.message if data.error else None
        errors.print(f"[bold red]{step} failed:[/] {escape(said or 'no reason was given')}")
        if declared and "failed" in declared.metadata:
            errors.print(Markdown(str(declared.metadata["failed"].value)))


@contextmanager
def _session(settings: Settings, *, quiet: bool = False) -> Iterator[Session]:
    from orchestration import dbt

    _logged(quiet=quiet)
    # When nothing landed the build is skipped whole; Dagster warns of each check that was then not made.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    dbt.prepare(settings)
    _dagster_home(settings)

    import dagster as dg

    from orchestration.burial import bury_the_dead, burying

    with dg.DagsterInstance.get() as instance:
        buried = bury_the_dead(instance)
        with burying(instance):
            yield Session(settings, instance, quiet, buried)


def _logged(*, quiet: bool = False) -> None:
    logger = logging.getLogger("oversight")
    logger.setLevel(logging.INFO)
    logger.propagate = False  # dbt gives the root logger a handler of its own
    if not quiet and not logger.handlers:
        logger.addHandler(RichHandler(console=errors, show_path=False, show_level=False, log_time_format="%H:%M:%S"))


def _dagster_home(settings: Settings) -> None:
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "orchestration" / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home.resolve())
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")


def _refuse_mixing(session: Session) -> None:
    if any(not row["synthetic"] for row in session.state.deliveries()):
        _fail(
            f"{session.state.settings.data} holds real deliveries; synthetic ones would stand among them. "
            "Give the demonstration a folder of its own: OVERSIGHT_DATA=data/demo oversight demo",
            code=2,
        )


def _show_forecasts(as_json: bool = False) -> None:
    from orchestration.forecasting import frozen
    from orchestration.state import State

    rows = frozen(State(Settings()).warehouse)
    if as_json:
        _print_json(rows)
    else:
        _table("Forecasts", rows, ("forecast", "basis", "frozen_on", "as_of", "delivery_id", "sha256", "reason"))


def _show_status(settings: Settings) -> None:
    from orchestration.state import State

    found = State(settings).summary(datetime.now(UTC))
    _table("Feeds", found["feeds"], ("feed", "deliveries", "last_period", "newest_vintage", "rows", "waiting"))
    if found["waiting"]:
        _table("Waiting for a person", found["waiting"], ("delivery_id", "feed", "name", "outcome", "reason"))
        console.print("See `oversight quarantine` for the reports.")
    _table("Quarters", found["quarters"], ("quarter", "release_day", "product", "gate", "release", "state"))
    snapshot = found["snapshot"]
    console.print(f"Analysts' file: {snapshot['path']}, {snapshot['state']}")


def _table(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(
            column.replace("_", " "),
            justify="right" if column in ("rows", "deliveries", "waiting") else "left",
        )
    for row in rows:
        table.add_row(
            *(
                escape(f"{row[c]:,}" if isinstance(row[c], int) else str(row[c] if row[c] is not None else "-"))
                for c in columns
            )
        )
    console.print(table)


def _ask(settings: Settings, sql: str, as_json: bool, prelude: str | None = None) -> None:
    import duckdb

    from orchestration.warehouse import records

    if not settings.snapshot.exists():
        _fail("there is no analysts' file yet: land a delivery first (`oversight demo` makes synthetic ones)")
    try:
        with duckdb.connect(str(settings.snapshot), read_only=True) as con:
            if prelude:
                con.execute(prelude)
            if as_json:
                _print_json(records(con, sql))
            elif (relation := con.sql(sql)) is not None:
                relation.show(max_rows=200, max_width=console.width)
    except duckdb.Error as error:
        _fail(str(error), code=2)


def _show_reports(rows: list[dict[str, Any]]) -> None:
    from orchestration.intake import report_of

    for row in rows:
        if report := report_of(row):
            console.print(Markdown(report.markdown()))


def _decide(verb: str, deliveries: list[str], by: str, reason: str, *, until: str) -> None:
    """Run a decision; show what became of the deliveries, and exit with 1 unless each is what it should be."""
    from orchestration.decisions import waiting
    from orchestration.intake import find

    decision = {"verb": verb, "deliveries": deliveries, "by": by, "reason": reason}
    with _session(Settings()) as session:
        warehouse = session.state.warehouse
        try:
            hashes = [find(delivery, warehouse)["sha256"] for delivery in deliveries or waiting(warehouse)]
        except KeyError as error:
            _fail(str(error.args[0]), code=2)
        if not hashes:
            console.print("Nothing waits.")
            return
        ok = session.run("decision_job", run_config={"ops": {"intake": {"config": {"decision": decision}}}})
        now = [find(sha256, warehouse) for sha256 in hashes]
    if ok:
        _show_reports([row for row in now if row["outcome"] != until])
        _table("Deliveries", now, ("delivery_id", "feed", "name", "outcome", "rows", "reason"))
    if not ok or any(row["outcome"] != until for row in now):
        raise typer.Exit(1)


def _ask_for_release(
    session: "Session", quarter: str, by: str, product: str | None = None, correction: str = ""
) -> None:
    """Run the release job for a quarter, of all products or one, and exit with 1 unless it succeeds."""
    from orchestration.assets.products import assets_of, ops_of
    from orchestration.publication.calendar import release_day
    from orchestration.publication.products import PRODUCTS

    try:
        release_day(quarter)
        products = {product: PRODUCTS[product]} if product else PRODUCTS
    except KeyError as error:
        _fail(
            str(error.args[0])
            if product in (None, *PRODUCTS)
            else f"there is no product {product!r}: they are {', '.join(PRODUCTS)}",
            code=2,
        )
    chosen: dict[str, Any] = {"asset_selection": assets_of(products)} if product else {}
    config = {"ops": {op: {"config": {"by": by, "correction": correction}} for op in ops_of(products)}}
    if not session.run("release_job", partition_key=quarter, run_config=config, **chosen):
        raise typer.Exit(1)


def _decide_release(verb: str, product: str, release: str, by: str, reason: str) -> None:
    decision = {"verb": verb, "product": product, "release": release, "by": by, "reason": reason}
    with _session(Settings()) as session:
        config = {"ops": {"decide_release": {"config": decision}}}
        if not session.run("release_decision_job", run_config=config):
            raise typer.Exit(1)
    console.print(f"{product} {release}: {verb} recorded. `oversight releases {product}` shows its life.")


def _another_waits(inbox: "Store", name: str, path: Path) -> bool:
    """Tell whether the inbox holds another file of this name; the same one was left by a command that was killed."""
    if not inbox.exists(name):
        return False
    with TemporaryDirectory(prefix="oversight-") as folder:
        inbox.fetch(name, Path(folder) / "waiting")
        return _sha256(Path(folder) / "waiting") != _sha256(path)


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=1, default=str, ensure_ascii=False))


def _fail(message: str, *, code: int = 1) -> None:
    errors.print(f"[bold red]oversight:[/] {escape(message)}")
    raise typer.Exit(code)


def main() -> None:
    """Run the command; what is wrong with the state of the installation is told without a trace."""
    try:
        app()
    except ToldError as error:
        errors.print(f"[bold red]oversight:[/] {escape(str(error))}")
        sys.exit(1)
