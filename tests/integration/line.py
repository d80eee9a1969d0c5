"""A whole installation in a folder, driven as its user drives it: files dropped, jobs run, results read."""

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration import dbt
from orchestration.definitions import build_definitions
from orchestration.settings import Settings
from orchestration.state import State


class Line:
    """One installation. Its Dagster instance is ephemeral; everything else is on disk."""

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data=data, settle_seconds=0, watch_seconds=0, lock_seconds=30)
        dbt.prepare(self.settings)
        self.definitions = build_definitions(self.settings)
        self.instance = dg.DagsterInstance.ephemeral()
        self.state = State(self.settings)

    @property
    def inbox(self) -> Path:
        """The folder where files arrive."""
        folder = Path(self.settings.inbox_url)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def drop(self, path: Path, name: str | None = None, *, published: str | None = None) -> None:
        """Put a copy of a file into the inbox."""
        target = self.inbox / (name or path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if published:
            target.with_name(f"{target.name}.delivery.json").write_text(f'{{"published": "{published}"}}')
        shutil.copyfile(path, target)

    def run(self, job: str, **arguments: Any) -> dg.ExecuteInProcessResult:
        """Run a job to its end, whatever comes of it."""
        config = arguments.pop("run_config", {}) | {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, raise_on_error=False, run_config=config, **arguments
        )

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the analysts' file."""
        with duckdb.connect(str(self.settings.snapshot), read_only=True) as con:
            return con.execute(sql).fetchall()

    def copy(self, data: Path) -> "Line":
        """Return a second installation in the same state."""
        shutil.copytree(self.settings.data, data, symlinks=True)
        return Line(data)


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return what the steps that failed said of it."""
    told = []
    for event in result.all_events:
        if event.is_step_failure:
            declared = event.step_failure_data.user_failure_data
            told.append((declared.description if declared else None) or str(event.step_failure_data.error))
    return told
