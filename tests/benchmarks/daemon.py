"""From a file dropped into the inbox of a running `dagster dev` to the snapshot swapped, against a bare dbt build."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestration.dbt import ADD
from orchestration.settings import DBT_PROJECT, PROJECT, Settings
from tests.benchmarks.vintages import write_vintage

BIN = Path(sys.executable).parent
PORT = 3917
PATIENCE = 300


def measure(folder: Path) -> list[tuple[str, float, float]]:
    """Return, for each of three deliveries, its name, seconds from file to snapshot, and seconds of a bare build."""
    settings = Settings(data=folder / "daemon")
    environment = os.environ | {
        "OVERSIGHT_DATA": str(settings.data),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    subprocess.run([BIN / "oversight", "prepare"], env=environment, check=True, stdout=subprocess.DEVNULL)
    found = []
    with _dagster(environment):
        for number in range(4):
            path = Path(settings.inbox_url) / "crime.csv"
            swapped = partial(_is_other, settings.snapshot, _version(settings.snapshot))
            write_vintage(path, number)
            started = time.perf_counter()
            _wait(swapped)
            seconds = time.perf_counter() - started
            if number:  # the first builds everything afresh
                found.append((f"borough file {number + 1}", seconds, _bare_build(settings, environment)))
    return found


@contextmanager
def _dagster(environment: dict[str, str]) -> Iterator[None]:
    log = Path(environment["DAGSTER_HOME"]) / "dev.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [BIN / "dagster", "dev", "--host", "127.0.0.1", "--port", str(PORT), "--workspace", "workspace.yaml"],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Dagster turns TERM into INT, which a process in the background ignores unless told.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        try:
            _wait(_answers)
            yield
        finally:
            process.terminate()
            process.wait(60)


def _answers() -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", PORT)) == 0


def _wait(happened: Callable[[], bool]) -> None:
    wait = Retrying(
        retry=retry_if_result(lambda done: not done), stop=stop_after_delay(PATIENCE), wait=wait_fixed(0.05)
    )
    wait(happened)


def _version(path: Path) -> int | None:
    return path.stat().st_ino if path.exists() else None


def _is_other(path: Path, version: int | None) -> bool:
    return _version(path) != version


def _bare_build(settings: Settings, environment: dict[str, str]) -> float:
    """Build the same models as the line does after a delivery, by dbt's own command, in a copy of the build."""
    copy = settings.data / "bare" / settings.build.name
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(settings.build, copy)
    target = settings.data / "bare" / "target"
    if not target.exists():
        shutil.copytree(settings.data / "dbt", target)
    started = time.perf_counter()
    subprocess.run(
        [BIN / "dbt", *ADD, "--quiet", "--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT,
         "--target-path", target, "--log-path", target],
        env=environment | {"OVERSIGHT_BUILD_FILE": str(copy), "OVERSIGHT_LANDING_FILE": str(settings.landing)},
        cwd=PROJECT,
        check=True,
    )  # fmt: skip
    return time.perf_counter() - started
