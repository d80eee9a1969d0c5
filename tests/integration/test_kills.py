"""SIGKILL, for real: at each step of taking a file, and in a build. `make kills` goes over the whole line."""

import signal
from pathlib import Path
from typing import Any

import pytest

from orchestration.intake import take
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS
from tests.deliveries import Desk, borough_crime
from tests.kills import CONTEXT, IN_DBT, TAKE, Place, Step, die_at, ended, marts_differing

pytestmark = pytest.mark.xdist_group("kills")
KILLED = -signal.SIGKILL
NAME = "crime.csv"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk at which one file has landed, and the next waits."""
    desk = Desk(tmp_path_factory.mktemp("desks") / "before")
    desk.take(borough_crime(), published="2025-04-20")
    desk.drop(borough_crime(first="202305"), NAME, published="2025-05-20")
    return desk


@pytest.fixture(scope="module")
def after(before: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a desk holds after it took that file without a disturbance."""
    desk = before.copy(tmp_path_factory.mktemp("desks") / "after")
    assert taken(desk) == 0
    return held(desk)


def held(desk: Desk) -> dict[str, Any]:
    archived = {entry.key: (desk.archive.root / entry.key).stat().st_size for entry in desk.archive.list()}
    return {"rows": desk.landed(), "receipts": desk.receipts("received_at"), "archived": archived}


def taken(desk: Desk, step: Step | None = None) -> int | None:
    """Take the file in a process of its own, and return its exit code."""
    process = CONTEXT.Process(target=_take, args=(desk.inbox, desk.archive, desk.warehouse.path, step))
    process.start()
    return ended(process)


def _take(inbox: Any, archive: Any, landing: Path, step: Step | None) -> None:
    if step:
        die_at(step)
    warehouse = Warehouse(landing, FEEDS, patience=5)
    warehouse.prepare()
    take(NAME, inbox, archive, warehouse)


@pytest.mark.parametrize("step", TAKE, ids=[step.name for step in TAKE])
def test_taking_a_file_killed_and_taken_again_ends_as_if_undisturbed(
    tmp_path: Path, before: Desk, after: dict[str, Any], step: Step
) -> None:
    desk = before.copy(tmp_path / "desk")
    assert taken(desk, step) == KILLED
    assert desk.landed() in (before.landed(), after["rows"])
    if NAME in desk.waiting():
        assert taken(desk) == 0
    assert held(desk) == after
    assert desk.waiting() == []


def test_a_build_killed_half_way_is_made_good_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(borough_crime())
    land = "land", str(path), "--published", "2025-04-20"
    place, undisturbed = Place(tmp_path / "killed"), Place(tmp_path / "undisturbed")

    assert place.run(*land, step=IN_DBT) == KILLED
    assert place.landed() == 1
    assert not place.settings.snapshot.exists()

    assert place.run("build") == 0, (place.folder / "log").read_text()
    assert undisturbed.run(*land) == 0
    assert marts_differing(place, undisturbed) == 0
    assert place.run("doctor", "--check") == 0
