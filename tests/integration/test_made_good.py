"""A run that died between landing and building, and a command that was killed, are made good by the next one."""

import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from subprocess import PIPE

import dagster as dg
import pytest

from orchestration.burial import PROCESS_TAG, bury_the_dead, burying, process
from orchestration.intake import take
from orchestration.sensors import inbox_sensor
from sources.sample import write_deliveries
from tests.integration.line import Line, failures
from tests.kills import wait_until

pytestmark = pytest.mark.xdist_group("real")
GONE = "999999999@1000000000.00"
REUSED = f"{os.getpid()}@1000000000.00"


def test_what_landed_before_a_run_died_is_built_by_the_next(tmp_path: Path) -> None:
    line = Line(tmp_path / "data")
    [journeys] = [p for p in write_deliveries(tmp_path / "files", as_of=date(2026, 2, 26)) if "journeys" in p.name]
    line.state.warehouse.prepare()
    line.drop(journeys)
    resources = line.definitions.resources
    assert take(journeys.name, resources["inbox"], resources["archive"], line.state.warehouse).outcome == "landed"
    again = line.run("intake_job")
    assert again.success, failures(again)
    assert line.ask("select count(*) > 0 from marts.observations where feed = 'tfl_journeys'") == [(True,)]


def test_the_run_of_a_killed_command_is_ended_and_its_slot_freed() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed, reused, alive = _run(instance, GONE), _run(instance, REUSED), _run(instance, process())
        bury_the_dead(instance)
        assert [run() for run in (killed, reused)] == [dg.DagsterRunStatus.FAILURE] * 2
        assert alive() == dg.DagsterRunStatus.STARTED


def test_a_run_that_dagster_executes_again_is_not_the_killed_one() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed = _run(instance, GONE)
        again = instance.create_run_for_job(
            _job(),
            tags={PROCESS_TAG: GONE, "dagster/parent_run_id": "0"},
            status=dg.DagsterRunStatus.STARTED,
        )
        bury_the_dead(instance)
        assert killed() == dg.DagsterRunStatus.FAILURE
        left = instance.get_run_by_id(again.run_id)
        assert left
        assert left.status == dg.DagsterRunStatus.STARTED


def test_a_command_that_waits_ends_the_run_of_one_that_is_killed_meanwhile(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance, subprocess.Popen(["cat"], stdin=PIPE) as other:
        run = _run(instance, process(other.pid))
        with burying(instance):
            assert run() == dg.DagsterRunStatus.STARTED
            other.kill()  # nobody has waited for it yet: it is in the table of processes still
            wait_until(lambda: run() == dg.DagsterRunStatus.FAILURE)


def test_the_daemon_ends_the_run_of_a_command_that_was_killed(tmp_path: Path) -> None:
    line = Line(tmp_path / "data")
    run = _run(line.instance, GONE)
    context = dg.build_sensor_context(instance=line.instance)
    inbox_sensor(context, inbox=line.definitions.resources["inbox"], settings=line.settings)
    assert run() == dg.DagsterRunStatus.FAILURE


def _run(instance: dg.DagsterInstance, command: str) -> Callable[[], dg.DagsterRunStatus]:
    """Begin a run of a command that is this process, and return what tells how it stands."""
    begun = instance.create_run_for_job(_job(), tags={PROCESS_TAG: command}, status=dg.DagsterRunStatus.STARTED)

    def status() -> dg.DagsterRunStatus:
        run = instance.get_run_by_id(begun.run_id)
        assert run
        return run.status

    return status


def _job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def job() -> None:
        nothing()

    return job
