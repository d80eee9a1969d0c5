"""Whether the analysts' file rests on everything that has landed, and on a good build of the project as it stands.

The build and the releases ask this; a run that died between landing and building is made good by it.
"""

import logging
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration import dbt
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse, connect

log = logging.getLogger("oversight")

_LANDED = "select feed, delivery_id, landed_at from {} where outcome = 'landed'"


def unfinished_mark(settings: Settings) -> Path:
    """A file that exists from the start of a build until its result is swapped in."""
    return settings.build.with_name("unfinished")


def marts_are_behind(settings: Settings, warehouse: Warehouse) -> str | None:
    """Say why the analysts' file must not be relied on; None if it is up to date."""
    landed = _landed(warehouse)
    if not settings.snapshot.exists():
        return "there is no analysts' file yet" if landed else None
    if unfinished_mark(settings).exists():
        return "the last build failed or was cut short"
    if not dbt.is_built(settings):
        return "the dbt project is another one than the marts were built of"
    try:
        with duckdb.connect(str(settings.snapshot), read_only=True) as con:
            built = set(con.execute(_LANDED.format("marts.deliveries")).fetchall())
    except duckdb.Error as error:
        if _is_locked(error):
            raise
        return f"the analysts' file does not read: {str(error).splitlines()[0]}"
    differing = landed ^ built
    return f"{len(differing)} landed deliveries are not in the marts as they stand" if differing else None


def build_can_add(settings: Settings, warehouse: Warehouse) -> bool:
    """Whether the last build ended well, and rests on nothing that was landed again, withdrawn or replaced since.

    A new delivery of a reference feed replaces the table by which other feeds' rows were placed.
    """
    if unfinished_mark(settings).exists() or not settings.build.exists():
        return False
    try:
        with connect(settings.build, read_only=True, patience=settings.lock_seconds) as con:
            built = set(con.execute(_LANDED.format("marts.deliveries")).fetchall())
    except duckdb.Error as error:
        if _is_locked(error):
            raise
        log.warning("%s does not read, and is made anew: %s", settings.build, str(error).splitlines()[0])
        return False
    landed = _landed(warehouse)
    reference = {feed.name for feed in warehouse.feeds if feed.reference}
    return built <= landed and reference.isdisjoint(feed for feed, *_ in landed - built)


def _is_locked(error: duckdb.Error) -> bool:
    return "Could not set lock" in str(error)


def _landed(warehouse: Warehouse) -> set[tuple[str, str, datetime]]:
    with warehouse.read() as con:
        return set(con.execute(_LANDED.format("receipts")).fetchall())
