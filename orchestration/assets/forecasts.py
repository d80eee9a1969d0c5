"""The forecast of a year: frozen from the analysts' file into the inbox, where the line takes it like any other file.

How it is made, and when that is refused, is in `orchestration.forecasting`.
"""

from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from orchestration.assets import OWNERS
from orchestration.assets.snapshot import SNAPSHOT
from orchestration.forecasting import ForecastRefusedError, freeze
from orchestration.intake import SIDE_CAR, SideCar
from orchestration.settings import LONDON, Settings
from orchestration.store import Store
from orchestration.warehouse import Warehouse


class ForecastConfig(dg.Config):
    """Which forecast: its name, the day whose knowledge counts (today if none), why it supersedes the one before."""

    name: str
    as_of: str | None = None
    reason: str = ""


@dg.asset(
    key=dg.AssetKey(["oversight", "frozen_forecast"]),
    deps=[SNAPSHOT],
    description="The forecast of a financial year, made once and before it begins. It goes to the inbox, and lands as "
    "a delivery of oversight_forecast.",
    group_name="oversight",
    owners=OWNERS,
    kinds={"csv"},
)
def frozen_forecast(
    config: ForecastConfig,
    inbox: dg.ResourceParam[Store],
    warehouse: dg.ResourceParam[Warehouse],
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult[Any]:
    """Freeze the forecast, and put it into the inbox."""
    today = datetime.now(LONDON).date()
    as_of = date.fromisoformat(config.as_of) if config.as_of else None
    with TemporaryDirectory(prefix="oversight-") as folder:
        try:
            path = freeze(
                config.name, Path(folder), settings, warehouse, today=today, as_of=as_of, reason=config.reason
            )
        except ForecastRefusedError as error:
            raise dg.Failure(str(error)) from error
        note = Path(folder) / "side-car.json"
        note.write_text(SideCar(published=today, feed="oversight_forecast").model_dump_json(exclude_defaults=True))
        inbox.put(path.name + SIDE_CAR, note)
        inbox.put(path.name, path)
        return dg.MaterializeResult(metadata={"file": path.name, "bytes": path.stat().st_size})
