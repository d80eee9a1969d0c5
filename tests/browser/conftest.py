"""A browser, and a site of real releases for it: one that leads, one superseded, one withdrawn."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orchestration.publication.ledger import Stage
from orchestration.publication.target import FolderTarget, Shelf, Standing
from tests.unit.test_publication import BOROUGHS, PLAN, World, build_snapshot

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
LEADS = "2026-Q1.r2"
RUNS = "window.ran = true"
HOSTILE_MEASURE = f"</script><script>{RUNS}</script>"
HOSTILE_AREAS = ("Ash", f'<img src="x" onerror="{RUNS}">', "=1+1", 'Cedar & "Co"\'s')


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own browser, one for all tests."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail("there is no browser to test the pages in: make browser")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*QUIET, "--disable-sync", *root])
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the releases to a folder. One homicide figure is missing, and measure and areas have hostile names."""
    folder = tmp_path_factory.mktemp("site")
    world = World(folder, build_snapshot(folder / "oversight.duckdb", HOSTILE_AREAS, quarters=9))
    target = FolderTarget(folder / "public", "https://example.org/")
    for product in (PLAN, BOROUGHS):
        hostile = (
            f"update marts.{product.mart} set measure_name = '{HOSTILE_MEASURE}' where measure_id = 'homicide'",
            f"""update marts.{product.mart} set value = null, lower = null, upper = null
                where measure_id = 'homicide' and quarter = '2026-Q1' and area_name = 'Ash'""",
            "update marts.deliveries set synthetic = true",
        )
        standings = [Standing(world.bundle(world.draft(*hostile, product=product), LEADS), Stage.published)]
        if product is BOROUGHS:
            gone = world.bundle(world.draft(*hostile, quarter="2026-Q2"), "2026-Q2")
            standings.insert(0, Standing(gone, Stage.withdrawn, "A file was of another year.", datetime.now(UTC)))
            standings.append(Standing(world.bundle(world.draft(*hostile)), Stage.superseded))
        target.show(Shelf(product.name, tuple(standings)))
    return folder / "public"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Serve the folder on the loopback address."""
    handler = partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Visit:
    """A page that was opened, and what it did that a reader does not see."""

    page: Page
    asked_for: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Opener = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Opener]:
    """Open pages; in the end none of them may have complained or asked for anything but itself."""
    visits: list[tuple[str, Visit]] = []
    contexts = []

    def opened(url: str, *, width: int = 1400, offline: bool = False, **given: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **given)
        context.set_offline(offline)
        contexts.append(context)
        visited = Visit(context.new_page())
        visits.append((url, visited))
        visited.page.on("request", lambda request: visited.asked_for.append(request.url))
        visited.page.on("console", lambda message: visited.complaints.append(f"{message.type}: {message.text}"))
        visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
        visited.page.goto(url)
        return visited.page

    yield opened
    for url, visited in visits:
        assert visited.complaints == []
        assert [asked.split("#")[0] for asked in visited.asked_for if not asked.startswith("blob:")] == [
            url.split("#")[0]
        ]
    for context in contexts:
        context.close()
