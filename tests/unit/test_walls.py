"""Walls: which part may know of which, and what is not loaded before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file names in its imports, wherever they stand in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def modules(package: str) -> list[Path]:
    found = sorted((PROJECT / package).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize(
    ("package", "walled_off"),
    [
        ("sources", {"dagster", "dagster_dbt", "dbt", "boto3", "botocore", "orchestration", "expectations"}),
        ("expectations", {"dagster", "dagster_dbt", "dbt", "boto3", "botocore", "orchestration"}),
    ],
)
def test_package_does_not_know_of(package: str, walled_off: set[str]) -> None:
    crossings = {
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.split(".")[0] in walled_off
    }
    assert crossings == set()


@pytest.mark.parametrize("name", ["intake", "store", "warehouse", "settings"])
def test_intake_does_not_know_of_dagster(name: str) -> None:
    tops = {module.split(".")[0] for module in imported(PROJECT / "orchestration" / f"{name}.py")}
    assert tops & {"dagster", "dagster_dbt", "dbt", "great_expectations"} == set()


def test_nothing_shipped_imports_a_test() -> None:
    for package in ("sources", "orchestration", "expectations"):
        for path in modules(package):
            assert {name.split(".")[0] for name in imported(path)}.isdisjoint({"tests", "pytest", "hypothesis", "moto"})


def loaded(statement: str, candidates: set[str], data: Path) -> set[str]:
    """Return which of these modules a fresh process has loaded after `statement`."""
    script = f"{statement}\nimport sys\nprint('loaded:', *sorted(set(sys.modules) & {candidates!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(data), "OVERSIGHT_DATA": str(data), "DO_NOT_TRACK": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].removeprefix("loaded:").split())


def test_code_location_loads_without_the_heavy_libraries(tmp_path: Path) -> None:
    heavy = {
        "great_expectations",
        "altair",
        "vl_convert",
        "apprise",
        "frictionless",
        "statsforecast",
        "moto",
        "dagster",
    }
    assert loaded("import orchestration.definitions", heavy, tmp_path) == {"dagster"}


def test_feeds_load_without_what_only_workbooks_or_samples_need(tmp_path: Path) -> None:
    heavy = {"python_calamine", "xlsxwriter", "dagster", "boto3", "duckdb"}
    assert loaded("import sources.registry", heavy, tmp_path) == {"duckdb"}
