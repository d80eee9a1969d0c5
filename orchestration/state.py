"""Where things stand: deliveries, what waits, and each quarter's gate and release. Read only."""

import json
from datetime import datetime
from typing import Any

from orchestration.lateness import what_is_left
from orchestration.publication.calendar import ReleaseDay, Wait, due, waits
from orchestration.publication.products import PRODUCTS
from orchestration.resources import open_releases
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse, records
from sources.registry import FEEDS


class State:
    """Answers questions from receipts, gate evidence and published releases."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.warehouse = Warehouse(settings.landing, FEEDS, settings.lock_seconds)
        self.releases = open_releases(settings)

    def deliveries(self) -> list[dict[str, Any]]:
        """Every receipt, oldest first."""
        with self.warehouse.read() as con:
            return records(con, "select * from receipts order by received_at, delivery_id")

    def waiting(self) -> list[dict[str, Any]]:
        """Receipts of deliveries that wait for a person, newest first."""
        return [row for row in reversed(self.deliveries()) if row["outcome"] in ("held", "quarantined")]

    def decisions(self) -> list[dict[str, Any]]:
        """Every decision ever made, newest first: what the delivery was then, and what it is now."""
        with self.warehouse.read() as con:
            return records(
                con,
                """
                select decided_at, d.decision, delivery_id, feed, name, was, outcome, d.decided_by, d.reason
                from decisions d join receipts using (sha256) order by decided_at desc
                """,
            )

    def summary(self, now: datetime) -> dict[str, Any]:
        """The whole state, ready for JSON."""
        deliveries = self.deliveries()
        return {
            "feeds": [self._feed(feed.name, deliveries) for feed in FEEDS],
            "waiting": [row for row in reversed(deliveries) if row["outcome"] in ("held", "quarantined")],
            "quarters": [row for day in due(now) for row in self._quarter(day, now)],
            "snapshot": self._snapshot(),
        }

    def _feed(self, name: str, deliveries: list[dict[str, Any]]) -> dict[str, Any]:
        own = [row for row in deliveries if row["feed"] == name]
        landed = [row for row in own if row["outcome"] == "landed"]
        return {
            "feed": name,
            "deliveries": len(landed),
            "last_period": max((row["last_period"] for row in landed), default=None),
            "newest_vintage": max((row["vintage_on"] for row in landed), default=None),
            "rows": sum(row["rows"] for row in landed),
            "waiting": len([row for row in own if row["outcome"] in ("held", "quarantined")]),
        }

    def _quarter(self, day: ReleaseDay, now: datetime) -> list[dict[str, Any]]:
        waiting = waits(self.settings.snapshot, day, FEEDS)
        return [self._product(product, day, waiting, now) for product in PRODUCTS]

    def _product(self, product: str, day: ReleaseDay, waiting: list[Wait], now: datetime) -> dict[str, Any]:
        release = self.releases.sealed(product, day.quarter)
        stage = self.releases.ledger.stage(product, release) if release else None
        verdict_file = self.settings.data / "gate" / product / day.quarter / "verdict.json"
        verdict = json.loads(verdict_file.read_text()) if verdict_file.exists() else None
        left = what_is_left(self.releases, product, day, waiting, named=1)
        late = "late: " if day.at <= now else ""
        return {
            "quarter": day.quarter,
            "release_day": f"{day.at:%Y-%m-%d %H:%M}",
            "product": product,
            "gate": verdict["outcome"] if verdict else None,
            "release": release,
            "state": f"{late}{left}" if left else str(stage),
        }

    def _snapshot(self) -> dict[str, Any]:
        path = self.settings.snapshot
        if not path.exists():
            return {"path": str(path), "state": "not built yet"}
        return {
            "path": str(path),
            "state": f"built {datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d %H:%M:%S}",
        }
