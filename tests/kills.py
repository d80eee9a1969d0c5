"""Kills: the line cut short by SIGKILL at each of its steps, and run again. `make kills` shows it to people.

A step is a function of the product; just before or just after it the process kills itself. Only the process that is to
die is changed, and only there. `tests/integration/test_kills.py` takes the steps that cost little.
"""

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial, wraps
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import dagster as dg
import duckdb
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestration.assets import WRITER
from orchestration.publication.bundle import read_bundle
from orchestration.publication.ledger import Stage
from orchestration.publication.products import PRODUCTS
from orchestration.resources import open_releases
from orchestration.settings import Settings
from orchestration.store import open_store
from sources.sample import write_deliveries
from tests.deliveries import borough_crime
from tests.hostile import Installation

# Every process is forked from one that has imported all and done nothing: a start costs little, and so does a kill.
CONTEXT = get_context("forkserver")
IMPORTED = ["orchestration.cli", "orchestration.definitions", "dbt.cli.main", "tests.kills"]
CONTEXT.set_forkserver_preload(IMPORTED)
PATIENCE = 600
SAMPLED = date(2026, 2, 26)


# --- dying ---


@dataclass(frozen=True)
class Step:
    """A moment of the line: before or after a function's `nth` call with arguments in which `given` is found."""

    name: str
    when: Literal["before", "after"]
    function: str
    given: str = ""
    nth: int = 1


def die() -> None:
    """Kill this process: it can neither refuse nor clean up."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class WaitToBeKilled:
    """Says that the step is reached, and goes no further."""

    reached: Event

    def __call__(self) -> None:
        self.reached.set()
        signal.pause()


def die_at(step: Step, end: Callable[[], object] = die) -> None:
    """Make this process end when it reaches a step."""
    module, _, name = step.function.partition(":")
    owner, (*owners, attribute) = import_module(module), name.split(".")
    for each in owners:
        owner = getattr(owner, each)
    function = getattr(owner, attribute)
    calls = 0

    @wraps(function)
    def mortal(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        fits = not step.given or bool(re.search(step.given, " ".join(map(str, arguments))))
        calls += fits
        now = fits and calls == step.nth
        if now and step.when == "before":
            end()
        result = function(*arguments, **named)
        if now and step.when == "after":
            end()
        return result

    setattr(owner, attribute, mortal)


# --- the steps ---

STORE, NAMED = "orchestration.store:FolderStore", "pathlib:Path.replace"
DBT_SAYS = "dbt.adapters.duckdb.environments.local:DuckDBCursorWrapper.execute"

INBOX = (
    Step("the side-car alone in the inbox", "after", f"{STORE}.put", r"crime\.csv\.delivery\.json "),
    Step("in the inbox, without its name", "after", "orchestration.store:_bring", r"crime\.csv.*inbox/\..*tmp"),
    Step("in the inbox", "after", f"{STORE}.put", r" crime\.csv "),
    Step("the run begun, nothing taken", "before", "orchestration.assets.landing:take"),
)
ROWS_WRITTEN = Step("rows written, not committed", "after", "orchestration.intake:_replace")
TAKE = (
    Step("copied to the archive, without its name", "after", "orchestration.store:_bring", r"archive/bytes/.*tmp"),
    Step("archived", "after", f"{STORE}.put", r" bytes/"),
    Step("its arrival noted, without its name", "after", "orchestration.store:_bring", r"archive/arrivals/.*tmp"),
    Step("its arrival noted", "after", "orchestration.intake:archive_file"),
    Step("its side-car archived", "after", f"{STORE}.put", r" side-cars/"),
    Step("recognised", "after", "orchestration.intake:recognise"),
    Step("parsed", "after", "sources.readers:Csv._check_rejects"),
    Step("tidy rows written", "before", "sources.tidy:validate"),
    Step("validated", "after", "orchestration.intake:tidy"),
    Step("judged against the past", "after", "orchestration.intake:check_history"),
    ROWS_WRITTEN,
    Step("committed, the database not closed", "after", "duckdb:DuckDBPyConnection.commit", nth=2),
    Step("landed, still in the inbox", "after", "orchestration.intake:land"),
    Step("its side-car deleted from the inbox", "after", f"{STORE}.delete", r"\.delivery\.json Entry"),
    Step("deleted from the inbox", "after", f"{STORE}.delete", r"\.csv Entry"),
)
"""The steps of `take`; the first commit is that of `Warehouse.prepare`."""

SWAP = Step("copied to the analysts, not renamed", "before", NAMED, r"\.next/")
IN_DBT = Step(
    "a model of dbt written, not committed", "after", DBT_SAYS, r'(?s)int_statements".*(insert into|create +table)'
)
BUILD = (
    Step("shown in Dagster", "after", "orchestration.assets.landing:_record"),
    Step("the build begun", "before", "orchestration.assets.marts:dbt.build"),
    IN_DBT,
    Step("half of dbt's models built", "before", DBT_SAYS, r'int_measure_values"'),
    Step("dbt ended, not recorded", "after", "orchestration.dbt:invoke", "build"),
    Step("the build ended", "after", "orchestration.assets.marts:dbt.build"),
    Step("the copy for the analysts begun", "after", "shutil:copyfile", r"\.next/"),
    SWAP,
    Step("renamed, still marked unfinished", "after", NAMED, r"\.next/"),
    Step("the mark removed", "after", "pathlib:Path.unlink", "build/unfinished"),
    Step("the run ended", "after", "orchestration.cli:Session.execute"),
)
LEDGER = "orchestration.publication.ledger:Ledger.append"
RELEASE = (
    Step("drafted", "after", "orchestration.assets.products:draft"),
    Step("the draft in the ledger", "after", LEDGER, r" drafted$"),
    Step("evidence written, no verdict", "after", "expectations.judge:_Gate.build_docs"),
    Step("judged", "after", "orchestration.assets.products:judge"),
    Step("the verdict in the ledger", "after", LEDGER, r" gated$"),
    Step("the bundle written, not sealed", "before", "orchestration.publication.bundle:_write_json", r"release\.json"),
    Step("sealed, without its name", "before", NAMED, r"releases/\S*tmp "),
    Step("sealed, not in the ledger", "after", "orchestration.assets.products:write_bundle"),
    Step("sealed in the ledger, not approved", "after", LEDGER, r" sealed$"),
    Step("approved, not scheduled", "after", LEDGER, r" approved$"),
    Step("scheduled", "after", LEDGER, r" scheduled$"),
    Step("copied to the target, without its name", "before", NAMED, r"datastore/\S*Q\d\.tmp "),
    Step("at the target", "after", NAMED, r"datastore/\S*Q\d\.tmp "),
    Step("`latest` switched, the list not", "after", NAMED, r"latest\.tmp "),
    Step("the list shows it, the catalogue does not", "after", NAMED, r"releases\.json\.tmp "),
    Step("the catalogue shows it, the ledger does not", "after", "orchestration.publication.target:FolderTarget.show"),
    Step("published", "after", LEDGER, r" published$"),
    Step("the run ended", "after", "orchestration.cli:Session.execute"),
)


# --- an installation ---


@dataclass(frozen=True)
class Place:
    """A folder with an installation in `data`, and the temporary files of its commands in `scratch`."""

    folder: Path

    @property
    def scratch(self) -> Path:
        """Where its commands keep temporary files."""
        return self.folder / "scratch"

    @property
    def settings(self) -> Settings:
        """The settings of the installation."""
        return Settings(data=self.folder / "data")

    def stages(self) -> dict[str, dict[str, Stage]]:
        """Return where each release stands."""
        ledger = open_releases(self.settings).ledger
        return {product: ledger.stages(product) for product in PRODUCTS}

    def copy(self, folder: Path) -> "Place":
        """Return a second installation in the same state."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Place(folder)

    def start(self, *words: str, step: Step | None = None, end: Callable[[], object] = die) -> BaseProcess:
        """Start the `oversight` command in a process that ends when it reaches the step."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        process = CONTEXT.Process(target=_oversight, args=(self.folder, words, step, end))
        process.start()
        return process

    def run(self, *words: str, step: Step | None = None) -> int | None:
        """Run the command to its end, and return its exit code; that of a signal is negative."""
        process = self.start(*words, step=step)
        process.join(PATIENCE)
        return process.exitcode

    def waiting(self) -> list[str]:
        """Return the names in the inbox that a run would see."""
        return [entry.key for entry in open_store(self.settings.inbox_url).list()]

    def landed(self) -> int:
        """Count the landed deliveries."""
        with duckdb.connect(str(self.settings.landing), read_only=True) as con:
            return int(con.execute("select count(*) from receipts where outcome = 'landed'").fetchall()[0][0])

    def someone_waits(self) -> bool:
        """Tell whether a run waits for the writer's slot."""
        with dg.DagsterInstance.from_config(str(self.settings.dagster_home)) as instance:
            return instance.event_log_storage.get_concurrency_info(WRITER).pending_step_count > 0

    def files(self) -> set[str]:
        """Return every file but those of Dagster and dbt, whose names are not ours, and the gate's evidence."""
        data = self.settings.data
        found = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if not path.is_dir()}
        kept = ("data/dagster/", "data/dbt/", "data/gate/", "log")
        assert data.is_dir()
        return {name for name in found if not name.startswith(kept) and "/evidence/" not in name}


def _oversight(folder: Path, words: tuple[str, ...], step: Step | None, end: Callable[[], object]) -> None:
    os.environ["OVERSIGHT_DATA"] = str(folder / "data")
    tempfile.tempdir = str(Place(folder).scratch)
    with (folder / "log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    if step:
        die_at(step, end)
    sys.argv = ["oversight", *words]
    from orchestration.cli import main

    main()


# --- comparing ---

MOMENTS = ("received_at", "landed_at")
"""Columns that tell when something was done here, and differ between any two runs."""


def rows_differing(one: Path, other: Path, schemas: tuple[str, ...]) -> int:
    """Count the rows that are in one database and not in the other, each as often as it is there."""
    with duckdb.connect() as con:
        con.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        tables: dict[str, set[tuple[str, str]]] = {"one": set(), "other": set()}
        for database, schema, table in con.execute(
            "select database_name, schema_name, table_name from duckdb_tables() where list_contains(?, schema_name)",
            [list(schemas)],
        ).fetchall():
            tables[database].add((schema, table))
        columns = f"columns(name -> name not in {MOMENTS})"
        differing: int = len(tables["one"] ^ tables["other"]) + sum(
            con.execute(f"""
                with one as (select {columns} from one."{schema}"."{table}"),
                     other as (select {columns} from other."{schema}"."{table}")
                select count(*) from ((from one except all from other) union all (from other except all from one))
            """).fetchall()[0][0]
            for schema, table in tables["one"] & tables["other"]
        )
    return differing


def marts_differing(one: Place, other: Place) -> int:
    """Count the rows of the analysts' files that differ."""
    return rows_differing(one.settings.snapshot, other.settings.snapshot, ("marts", "reference"))


def faults(place: Place, reference: Place) -> Iterator[str]:
    """Yield how a place differs from one that nothing disturbed, once the doctor has been."""
    if differ := marts_differing(place, reference):
        yield f"{differ:,} rows of the marts"
    if differ := rows_differing(place.settings.landing, reference.settings.landing, ("main",)):
        yield f"{differ:,} landed rows or receipts"
    yield from _told_by_the_doctor(place)
    for name in sorted(place.files() ^ reference.files()):
        yield f"{name} {'is left' if name in place.files() else 'is missing'}"
    for name in sorted(place.files() & reference.files()):
        if name.startswith(("data/releases", "data/datastore")) and not _same(place.folder, reference.folder, name):
            yield f"{name} differs"
    if place.stages() != reference.stages():
        yield "the ledger says otherwise where a release stands"
    yield from _not_shown(place)


def _told_by_the_doctor(place: Place) -> Iterator[str]:
    """Yield whether anything is wrong; what was left half written is removed by the doctor once it is old."""
    if place.run("doctor", "--check") != 0:
        yield "oversight doctor --check finds fault"
    for path in place.folder.rglob("*"):
        if path.name.startswith(".") or path.is_relative_to(place.scratch):
            os.utime(path, (0, 0), follow_symlinks=False)
    yield from failed([place.run("doctor")])


def _not_shown(place: Place) -> Iterator[str]:
    with dg.DagsterInstance.from_config(str(place.settings.dagster_home)) as instance:
        if open_runs := instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
            yield f"{open_runs} runs are not ended"
        with duckdb.connect(str(place.settings.landing), read_only=True) as con:
            receipts = con.execute("select feed, delivery_id from receipts").fetchall()
        for feed, delivery in receipts:
            if not instance.has_dynamic_partition(feed, delivery):
                yield f"{delivery} is not shown in Dagster"


DATED = (
    "release.json",
    "feed.xml",
    "datapackage.json",
    "-metadata.json",
    ".ods",
    ".html",
    "releases.json",
    "ledger.jsonl",
)
"""How the names of files end that state when something was released."""


def _same(one: Path, other: Path, name: str) -> bool:
    paths = one / name, other / name
    if any(path.is_symlink() for path in paths):
        return paths[0].readlink() == paths[1].readlink()
    return name.endswith(DATED) or paths[0].read_bytes() == paths[1].read_bytes()


# --- the cases ---


@dataclass(frozen=True)
class Shown:
    """A line of the table; `then` is what the first command left, `faults` how the end differs from undisturbed."""

    case: str
    ended: str
    then: str
    again: str
    faults: tuple[str, ...]


class Landing:
    """An installation at which one delivery has landed, and what is to be landed next."""

    def __init__(self, folder: Path) -> None:
        self.folder, files = folder, folder / "files"
        files.mkdir(parents=True)
        [journeys] = [path for path in write_deliveries(folder / "sample", as_of=SAMPLED) if "journeys" in path.name]
        shutil.copyfile(journeys, files / "journeys.csv")
        for name, month, count in (("first", "202304", 100), ("crime", "202305", 100), ("later", "202306", 101)):
            (files / f"{name}.csv").write_bytes(borough_crime(first=month, count=count))
        days = {"first": "2025-04-20", "crime": "2025-05-20", "later": "2025-06-20", "journeys": "2025-07-20"}
        self.land = {name: ("land", str(files / f"{name}.csv"), "--published", day) for name, day in days.items()}
        self.before = self._landed(Place(folder / "before"), "first")
        self.crime = self._landed(self.before.copy(folder / "crime"), "crime")
        self.both = {other: self._landed(self.crime.copy(folder / other), other) for other in ("later", "journeys")}

    def _landed(self, place: Place, name: str) -> Place:
        assert place.run(*self.land[name]) == 0, (place.folder / "log").read_text()
        return place

    def cases(self) -> Iterator[Callable[[], Shown]]:
        """Yield what shows each case."""
        for number, step in enumerate((*INBOX, *TAKE, *BUILD)):
            again = ("build",) if step in BUILD else self.land["crime"]
            yield partial(self.killed, step, again, self.folder / f"killed-{number}")
        for other in self.both:
            yield partial(self.together, other, self.folder / f"with-{other}")
        for number, step in enumerate((ROWS_WRITTEN, IN_DBT)):
            for other in self.both:
                yield partial(self.killed_before_another, step, other, self.folder / f"before-{other}-{number}")

    def killed(self, step: Step, again: tuple[str, ...], folder: Path) -> Shown:
        """Land a delivery, killed at a step, and run the command that makes it good."""
        place = self.before.copy(folder)
        code = place.run(*self.land["crime"], step=step)
        then = self.state(place, self.crime)
        codes = [place.run(*again)]
        return Shown(step.name, ending(code), then, again[0], (*failed(codes), *faults(place, self.crime)))

    def together(self, other: str, folder: Path) -> Shown:
        """Land two deliveries by two commands at the same moment."""
        place = self.before.copy(folder)
        processes = [place.start(*self.land[name]) for name in ("crime", other)]
        codes = [ended(process) for process in processes]
        then = self.state(place, self.both[other])
        name = f"crime and {other} at the same moment"
        return Shown(name, ", ".join(map(ending, codes)), then, "-", (*failed(codes), *faults(place, self.both[other])))

    def killed_before_another(self, step: Step, other: str, folder: Path) -> Shown:
        """Kill one command while another waits for it; that one goes on without help."""
        place, reached = self.before.copy(folder), CONTEXT.Event()
        first = place.start(*self.land["crime"], step=step, end=WaitToBeKilled(reached))
        assert reached.wait(PATIENCE)
        second = place.start(*self.land[other])
        wait_until(place.someone_waits)
        first.kill()
        code, codes = ended(first), [ended(second)]
        then = self.state(place, self.both[other])
        codes.append(place.run(*self.land["crime"]))
        name = f"{step.name}, while {other} waits"
        return Shown(name, ending(code), then, "land", (*failed(codes), *faults(place, self.both[other])))

    def state(self, place: Place, after: Place) -> str:
        """Say what is in the inbox, how many deliveries have landed, and which marts an analyst sees."""
        marts = [name for name, known in (("old", self.before), ("new", after)) if not marts_differing(place, known)]
        waiting = ", ".join(place.waiting()) or "empty"
        return f"inbox {waiting}; {place.landed()} landed; marts {' '.join(marts) or 'between'}"


class Releasing:
    """An installation that has published one quarter, and is to publish the next."""

    quarters = "2025-Q4", "2026-Q1"

    def __init__(self, folder: Path) -> None:
        self.folder, self.before = folder, Place(folder / "before")
        installation = Installation(self.before.settings.data)
        assert self.before.run("prepare") == 0
        for number, day in enumerate((SAMPLED, date(2026, 5, 28))):
            write_deliveries(self.before.settings.data / "inbox", as_of=day)
            done = installation.run("dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "intake_job")
            assert done.returncode == 0, done.stderr
            if number == 0:
                assert self.before.run("release", self.quarters[0]) == 0, (self.before.folder / "log").read_text()
        self.after = self.before.copy(folder / "after")
        assert self.after.run("release", self.quarters[1]) == 0

    def cases(self) -> Iterator[Callable[[], Shown]]:
        """Yield what shows each case."""
        for number, step in enumerate(RELEASE):
            yield partial(self.killed, step, self.folder / f"killed-{number}")

    def killed(self, step: Step, folder: Path) -> Shown:
        """Release a quarter, killed at a step, and release it again."""
        place = self.before.copy(folder)
        words = ("release", self.quarters[1])
        code = place.run(*words, step=step)
        then = self.state(place)
        codes = [place.run(*words)]
        shown = Shown(step.name, ending(code), then, words[0], (*failed(codes), *faults(place, self.after)))
        shutil.rmtree(folder)
        return shown

    def state(self, place: Place) -> str:
        """Say how much of the new quarter is sealed, and what the public sees, all of which holds its seal."""
        sealed = len([read_bundle(path) for path in place.settings.releases.glob(f"*/{self.quarters[1]}")])
        shown = [read_bundle(path.resolve()).release for path in place.settings.datastore.glob("*/latest")]
        counts = ", ".join(f"{quarter} of {shown.count(quarter)}" for quarter in self.quarters if quarter in shown)
        return f"{sealed} sealed; the public sees {counts}"


def ended(process: BaseProcess) -> int | None:
    """Wait for a process; one that does not end is killed, and has no exit code."""
    process.join(PATIENCE)
    code = process.exitcode
    process.kill()
    return code


def ending(code: int | None) -> str:
    """Say how a process ended."""
    if code is None:
        return "NOT"
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def failed(codes: list[int | None]) -> list[str]:
    """Return what is to be said of commands that did not end well."""
    return [f"a command ended: {ending(code)}" for code in codes if code != 0]


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    wait = Retrying(retry=retry_if_result(lambda done: not done), stop=stop_after_delay(PATIENCE), wait=wait_fixed(0.2))
    wait(happened)


def main() -> None:
    """Show every case, and exit with 1 if one does not end as if nothing had disturbed it."""
    CONTEXT.set_forkserver_preload([*IMPORTED, "great_expectations", "frictionless"])
    console = Console(width=None if sys.stdout.isatty() else 200)
    begun, found = time.monotonic(), list[Shown]()
    with TemporaryDirectory(prefix="oversight-kills-") as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        for preparing in (Landing, Releasing):
            cases = list(preparing(Path(temporary) / preparing.__name__).cases())
            done = pool.map(lambda case: case(), cases)
            part = list(track(done, preparing.__name__, len(cases), console=Console(stderr=True)))
            console.print(_table(f"{preparing.__name__}, killed and run again", part))
            found += part
    kills, wrong = sum(it.ended == "SIGKILL" for it in found), sum(bool(it.faults) for it in found)
    console.print(f"{len(found)} cases, {kills} kills in {time.monotonic() - begun:,.0f} s, {wrong} not as undisturbed")
    sys.exit(1 if wrong else 0)


def _table(title: str, shown: list[Shown]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("step", "ended by", "then", "run again by", "differs from undisturbed"):
        table.add_column(heading, overflow="fold")
    for it in shown:
        table.add_row(*map(escape, (it.case, it.ended, it.then, it.again, "; ".join(it.faults) or "0 rows, no file")))
    return table


if __name__ == "__main__":
    main()
