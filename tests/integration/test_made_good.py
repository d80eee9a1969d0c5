"""A run that died between landing and building, and a command that was killed, are made good by the next one."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from orchestration import cli
from orchestration.intake import take
from sources.sample import write_deliveries
from tests.integration.line import Line, failures

pytestmark = pytest.mark.xdist_group("real")


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
        run = instance.create_run_for_job(_job(), tags={cli.PID_TAG: "999999999"}, status=dg.DagsterRunStatus.STARTED)
        cli._bury_the_dead(instance)
        ended = instance.get_run_by_id(run.run_id)
        assert ended
        assert ended.status == dg.DagsterRunStatus.FAILURE


def _job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def job() -> None:
        nothing()

    return job
