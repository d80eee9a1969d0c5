"""The runs of commands that were killed: a command runs its jobs in its own process, and cannot end them once killed.

Dagster's own monitoring sees to runs that its daemon launched, and to no others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import dagster as dg
import psutil
from dagster._core.storage.tags import PARENT_RUN_ID_TAG

PROCESS_TAG = "oversight/process"
"""Tag of a run that a command runs in its own process: which one, as `process` names it."""
LOOK_EVERY = 2.0
"""Seconds between two looks of a command that may wait for another."""
_CLOCK_MOVES = 2.0
"""Seconds by which the start of one process may seem to move when the clock is set."""


def process(pid: int | None = None) -> str:
    """Name a process, this one by default, by its id and its start: ids are used again, in containers at once.

    Raises:
        psutil.NoSuchProcess: there is none of this id.
    """
    it = psutil.Process(pid)
    return f"{it.pid}@{it.create_time():.2f}"


def bury_the_dead(instance: dg.DagsterInstance) -> list[str]:
    """Fail the runs of commands that were killed, and free the writer's slot that they still hold; return them."""
    buried = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        name = run.tags.get(PROCESS_TAG)
        # A run that Dagster executes again has its first one's tags, and another process.
        if name and PARENT_RUN_ID_TAG not in run.tags and not _alive(name):
            instance.report_run_failed(run, "the command that ran it was killed")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            buried.append(run.run_id)
    return buried


@contextmanager
def burying(instance: dg.DagsterInstance) -> Iterator[None]:
    """Look again and again: a command that waits for another goes on if that one is killed."""
    over = Event()

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            bury_the_dead(instance)

    thread = Thread(target=watch, name="burying")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _alive(name: str) -> bool:
    pid, _, begun = name.partition("@")
    try:
        it = psutil.Process(int(pid))
        # Where nobody reaps the dead, as in a bare container, they stay in the table of processes.
        return it.status() != psutil.STATUS_ZOMBIE and abs(it.create_time() - float(begun)) < _CLOCK_MOVES
    except psutil.NoSuchProcess:
        return False
