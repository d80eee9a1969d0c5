"""Whether the analysts' file rests on everything that has landed, and on a build that ended well.

Both the build and the releases ask this; a run that died between landing and building is made good by it.
"""

from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse import Warehouse


def unfinished_mark(settings: Settings) -> Path:
    """A file that exists from the start of a build until its result is swapped in."""
    return settings.build.with_name("unfinished")


def marts_are_behind(settings: Settings, warehouse: Warehouse) -> str | None:
    """Say why the analysts' file must not be relied on; None if it is up to date."""
    if not settings.snapshot.exists():
        return "there is no analysts' file yet" if _landed(warehouse) else None
    if unfinished_mark(settings).exists():
        return "the last build failed or was cut short"
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        rows = con.execute("select delivery_id from marts.deliveries where outcome = 'landed'").fetchall()
    missing = _landed(warehouse) ^ {row[0] for row in rows}
    return f"{len(missing)} landed deliveries are not in the marts as they stand" if missing else None


def _landed(warehouse: Warehouse) -> set[str]:
    with warehouse.read() as con:
        return {row[0] for row in con.execute("select delivery_id from receipts where outcome = 'landed'").fetchall()}
