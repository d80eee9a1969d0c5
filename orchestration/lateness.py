"""Releases that are late: what keeps a product from being public, and the alert that says so once a day."""

from collections.abc import Sequence
from datetime import datetime

from orchestration.freshness import marts_are_behind
from orchestration.publication.calendar import ReleaseDay, Wait, calendar, waits
from orchestration.publication.ledger import PUBLIC, Fact, Stage
from orchestration.publication.lifecycle import Releases, cut_short
from orchestration.publication.products import PRODUCTS
from orchestration.settings import LONDON, Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS


def what_is_left(
    releases: Releases,
    product: str,
    day: ReleaseDay,
    waiting: Sequence[Wait],
    named: int | None = None,
) -> str | None:
    """Say what keeps a product's release of a quarter from the public; None if it was published, or withdrawn.

    Of the feeds that it waits for all are named, or the first few.
    """
    release = releases.sealed(product, day.quarter)
    stage = releases.ledger.stage(product, release) if release else None
    if stage in PUBLIC or stage is Stage.withdrawn:
        return None
    if cut_short(stage, day):
        return f"{stage}, and what was to schedule it was cut short: oversight release {day.quarter}"
    if stage is Stage.sealed:
        return f"sealed, waits for a signature: oversight approve {product} {release}"
    if stage:
        return f"{stage}, to be published from {day.at:%-d %B %Y %H:%M} in London: oversight publish"
    refused = releases.ledger.last(product, day.quarter, Stage.refused)
    if refused and releases.ledger.stage(product, day.quarter) is Stage.refused:
        return refused.note
    if waiting:
        more = f", and {len(waiting) - named} more" if named and len(waiting) > named else ""
        return "waits for " + "; ".join(f"{each.feed} to cover {each.needs}" for each in waiting[:named]) + more
    return f"complete: oversight release {day.quarter}"


def raise_alerts(settings: Settings, releases: Releases, warehouse: Warehouse, now: datetime) -> list[Fact]:
    """Record an alert for each product that should be public by now and is not, once a day; return today's."""
    ledger, today = releases.ledger, []
    behind = marts_are_behind(settings, warehouse)
    for day in (day for day in calendar() if day.at <= now):
        waiting = waits(settings.snapshot, day, FEEDS)
        for product in PRODUCTS:
            left = what_is_left(releases, product, day, waiting)
            if left is None:
                continue
            release = releases.sealed(product, day.quarter) or day.quarter
            alert = ledger.last(product, release, Stage.alerted)
            if alert is None or alert.at.astimezone(LONDON).date() != now.astimezone(LONDON).date():
                note = f"{left}. The marts are behind: {behind}" if behind else left
                alert = ledger.append(product, release, Stage.alerted, by="oversight", note=note, at=now)
            today.append(alert)
    return today
