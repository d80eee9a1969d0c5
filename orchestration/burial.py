"""The runs of commands that were killed: a command runs its jobs in its own process, and cannot end them once killed.

Dagster's own monitoring sees to runs that its daemon launched, and to no others.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import dagster as dg

PID_TAG = "oversight/pid"
"""Tag of a run that a command runs in its own process."""
LOOK_EVERY = 2.0
"""Seconds between two looks of a command that may wait for another."""


def bury_the_dead(instance: dg.DagsterInstance) -> list[str]:
    """Fail the runs of commands that were killed, and free the writer's slot that they still hold; return them."""
    buried = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        pid = run.tags.get(PID_TAG)
        if pid and not _alive(int(pid)):
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


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is somebody else's
        return True
    return True
