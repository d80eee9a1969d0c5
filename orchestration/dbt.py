"""dbt in this process: paths from the settings, the manifest, and one invocation that leaves no lock behind.

dbt is not started as a program because that costs several seconds a build. What is modelled belongs in
`dbt_project/`; how models show in Dagster belongs in `assets/marts.py`.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from orchestration.settings import DBT_PROJECT, Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
# Unit tests are of the code, not of the data: the test suite runs them.
BUILD = ("build", "--exclude-resource-type", "unit_test")
"""Arguments of dbt that build all."""
ADD = (*BUILD, "--exclude", "path:seeds", "config.materialized:view")
"""Arguments of dbt that build what a delivery can change: seeds and views are as the project made them."""


class ManifestMissingError(Exception):
    """The code location cannot load before dbt has parsed the project."""


def manifest() -> Path:
    """Return the manifest; raises `ManifestMissingError` if `prepare` has not run."""
    if not MANIFEST.exists():
        raise ManifestMissingError(f"{MANIFEST} is missing: run `make setup`, or `oversight prepare`")
    return MANIFEST


def prepare(settings: Settings) -> bool:
    """Parse the project if a file of it is newer than the manifest; tell whether it did."""
    newest = max(path.stat().st_mtime for path in _project_files())
    if MANIFEST.exists() and MANIFEST.stat().st_mtime >= newest:
        return False
    result = invoke(["parse"], settings, MANIFEST.parent)
    if not result.success:
        raise BuildError(f"dbt does not parse: {result.exception}")
    MANIFEST.touch()
    return True


def _project_files() -> list[Path]:
    found = [path for path in DBT_PROJECT.rglob("*") if path.suffix in (".sql", ".yml", ".csv", ".md")]
    return [path for path in found if not path.is_relative_to(MANIFEST.parent)]


@dataclass(frozen=True)
class NodeResult:
    """What came of one model, seed or test of a build."""

    name: str
    schema: str
    kind: str
    status: str
    seconds: float
    failures: int
    message: str

    @property
    def good(self) -> bool:
        """Whether the build may go on."""
        return self.status in ("success", "pass", "warn")


class BuildError(Exception):
    """dbt could not start the build."""


def build(settings: Settings, models: Sequence[str] = (), *, add: bool = False) -> list[NodeResult]:
    """Build the named models and seeds, all if none is named, and run their data tests.

    With `add`, what is held of every delivery is added to, and seeds and views stay as they are; else all is made
    afresh. A project that changed since its last good build is always made afresh.

    Raises:
        BuildError: dbt did not get as far as building.
    """
    target = settings.data / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    parsed = MANIFEST.with_name("partial_parse.msgpack")
    if parsed.exists() and not (target / parsed.name).exists():
        shutil.copyfile(parsed, target / parsed.name)
    stamp, project = project_stamp(settings), project_hash()
    add = add and is_built(settings)
    arguments = list(ADD if add and not models else BUILD)
    if models:
        arguments += ["--select", *models]
    if not add:
        stamp.unlink(missing_ok=True)
        arguments += ["--full-refresh"]
    if not add and not models:
        # Of what an earlier build left nothing is used, and it may not even read.
        for left in (settings.build, settings.build.with_name(f"{settings.build.name}.wal")):
            left.unlink(missing_ok=True)
    result = invoke(arguments, settings, target)
    if result.result is None:
        raise BuildError(f"dbt did not build: {result.exception}")
    results = [
        NodeResult(
            name=run.node.name,
            schema=run.node.schema,
            kind=run.node.resource_type.value,
            status=run.status.value,
            seconds=run.execution_time,
            failures=run.failures or 0,
            message=run.message or "",
        )
        for run in cast(Any, result.result)
    ]
    if not models and all(node.good for node in results):
        stamp.write_text(project)
    return results


def is_built(settings: Settings) -> bool:
    """Tell whether the last good build of all was of the project as it stands."""
    stamp = project_stamp(settings)
    return stamp.exists() and stamp.read_text() == project_hash()


def project_stamp(settings: Settings) -> Path:
    """Name the file that tells the project of the last good build of all."""
    return settings.data / "dbt" / "project.sha256"


def project_hash() -> str:
    """Return one hash for every file of the dbt project."""
    digest = hashlib.sha256()
    for path in sorted(_project_files()):
        digest.update(str(path.relative_to(DBT_PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def invoke(arguments: Sequence[str], settings: Settings, target: Path) -> "dbtRunnerResult":
    """Run one dbt command, its artefacts going to the folder `target`, and close its connections."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    settings.build.parent.mkdir(parents=True, exist_ok=True)
    # dbt reads its profile's paths from the environment only.
    os.environ["OVERSIGHT_BUILD_FILE"] = str(settings.build.resolve())
    os.environ["OVERSIGHT_LANDING_FILE"] = str(settings.landing.resolve())
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target)]
    try:
        return dbtRunner().invoke([*arguments, *folders, "--log-path", str(target), "--quiet"])
    finally:
        # dbt-duckdb keeps the file locked for the life of the process otherwise.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
