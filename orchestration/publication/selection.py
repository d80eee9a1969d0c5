"""Which rows of a draft a reader is shown, on the page and in the workbook. It chooses figures, and computes none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from orchestration.publication.protection import WITHHELD
from orchestration.publication.wording import Row

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft

LONDON = ("E23000001", "E12000007")
_LEADING_BASELINE = "plan-start"  # of several baselines, the one that a headline names
_WINDOWS = ("rolling_12m", "as_published", "quarter_end")  # the window that leads, where a measure has it
_SHORT_WINDOWS = ("quarter", "fytd")  # and where it has none of these
_PROVISIONAL, _BREAK = "[p]", "[b]"


def records(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame as dictionaries, null as `None`."""
    records: list[Row] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return records


def current(rows: pd.DataFrame) -> pd.DataFrame:
    """Of several versions of a framework keep the newest, by the year in its name; count no figure twice."""
    if "framework_version" in rows and len(rows):
        newest = max(rows["framework_version"].unique(), key=lambda version: version[-4:])
        rows = rows[rows["framework_version"] == newest]
    if "baseline_id" in rows:
        # A figure stands once for each of its baselines; the plan's own speaks for it here.
        rows = rows.sort_values("baseline_id", key=lambda names: names != _LEADING_BASELINE, kind="stable")
    figure = ["measure_id", "area_code", "group_id", "time_window", "period_end"]
    return rows.drop_duplicates(figure)


def headline_rows(rows: pd.DataFrame, measures: Sequence[str]) -> list[Row]:
    """The latest London figure of each headline measure, or of each of its groups where none is for all."""
    london = rows[rows["area_code"].isin(LONDON) & rows["time_window"].isin(_WINDOWS)]
    chosen: list[Row] = []
    for measure in measures:
        figures = london[london["measure_id"] == measure]
        for window in _WINDOWS:
            in_window = figures[figures["time_window"] == window]
            if len(in_window):
                overall = in_window[in_window["group_id"] == "all"]
                candidates = overall if len(overall) else in_window
                latest = candidates[candidates["period_end"] == candidates["period_end"].max()]
                chosen += records(latest)
                break
    return chosen


def leading(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the windows of each series keep the one that leads."""
    rank = rows["time_window"].map({window: place for place, window in enumerate((*_WINDOWS, *_SHORT_WINDOWS))})
    series = [rows[name] for name in ("measure_id", "area_code", "group_id")]
    return rows[rank == rank.groupby(series).transform("min")]


def marks(row: Row) -> tuple[str, ...]:
    """The shorthand of `wording.SHORTHAND` that the figure of a row is to be read with."""
    found = [row["status"]] if row["status"] else []
    found += [_PROVISIONAL] if row["is_provisional"] else []
    found += [_BREAK] if row["comparability"] not in (None, WITHHELD) else []
    return tuple(found)


def missing_headlines(draft: "Draft", headline: Sequence[Row]) -> list[str]:
    """Names of the headline measures that have no London figure in this release."""
    shown = {row["measure_id"] for row in headline}
    names = dict(zip(draft.measures["measure_id"], draft.measures["measure_name"], strict=True))
    return [names.get(measure, measure) for measure in draft.product.headline if measure not in shown]


def latest_deliveries(deliveries: pd.DataFrame) -> list[Row]:
    """The last delivery of each feed, in the order of the feeds."""
    latest = deliveries.groupby("feed", sort=True).tail(1)
    return records(latest)
