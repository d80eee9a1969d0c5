"""Releases of one product to deal with: sealed bundles, a ledger, and a folder to publish to."""

import shutil
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from orchestration.publication.bundle import Bundle, read_bundle
from orchestration.publication.ledger import Ledger, Stage
from orchestration.publication.lifecycle import Releases
from orchestration.publication.target import FolderTarget
from orchestration.settings import LONDON
from tests.unit.test_publication import World, build_snapshot

PRODUCT = "borough-performance"
DAY = datetime(2026, 5, 28, 9, 30, tzinfo=LONDON)
REASON = "Two boroughs had each other's figures."
Q1, R2, R3, Q2 = "2026-Q1", "2026-Q1.r2", "2026-Q1.r3", "2026-Q2"


@cache
def sealed() -> Path:
    """Return a folder of bundles of four releases, which no test may alter."""
    folder = Path(mkdtemp(prefix="sealed-"))
    world = World(folder, build_snapshot(folder / "oversight.duckdb"))
    for release in (Q1, R2, R3, Q2):
        world.bundle(world.draft(quarter=release[:7]), release)
    return folder / "out"


class Office:
    """The releases of an installation, and those who deal with them."""

    def __init__(self, folder: Path) -> None:
        (folder / "out" / PRODUCT).mkdir(parents=True)
        self.folder = folder
        self.site = folder / "site" / PRODUCT
        self.releases = Releases(Ledger(folder / "out" / "ledger.jsonl"), folder / "out", FolderTarget(folder / "site"))
        self.ledger = self.releases.ledger

    def seal(self, release: str, now: datetime = DAY, by: str = "ada") -> Bundle:
        """Take a release through draft, gate and seal."""
        self.ledger.append(PRODUCT, release, Stage.drafted, by=by, note=REASON if ".r" in release else "", at=now)
        self.ledger.append(PRODUCT, release, Stage.gated, by=by, at=now)
        written = self.folder / "out" / PRODUCT / release
        if not written.exists():
            shutil.copytree(sealed() / PRODUCT / release, written)
        bundle = read_bundle(written)
        self.releases.record_sealed(bundle, by=by, now=now)
        return bundle

    def publish(self, release: str, now: datetime = DAY) -> bool:
        return self.releases.publish(PRODUCT, release, by="ada", now=now).new

    def issue(self, *releases: str) -> None:
        for release in releases:
            self.seal(release, DAY + timedelta(days=120))
            self.publish(release, DAY + timedelta(days=120))

    def withdraw(self, release: str, reason: str = REASON, by: str = "ada") -> None:
        self.releases.withdraw(PRODUCT, release, by=by, reason=reason, now=DAY)

    def stages(self) -> dict[str, str]:
        return {release: str(stage) for release, stage in self.ledger.stages(PRODUCT).items()}

    def shown(self) -> dict[str, str]:
        """What stands at the address of each release, and what leads."""
        found = {
            path.name: read_bundle(path).release if (path / "release.json").exists() else "notice"
            for path in self.site.iterdir()
            if path.is_dir() and path.name != "superseded" and not path.is_symlink()
        }
        latest = self.site / "latest"
        return found | ({"latest": latest.readlink().name} if latest.is_symlink() else {})

    def listing(self) -> dict[str, tuple[int, bytes]]:
        return {
            str(path): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in self.site.parent.rglob("*")
        }
