"""The page of a release: one self-contained HTML file. It chooses and formats figures, and computes none.

Text that is the same in every release stands in the templates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from orchestration.publication import wording
from orchestration.publication.charts import Bar, Point, area_chart, series_chart
from orchestration.publication.selection import current, headline_rows, latest_deliveries, missing_headlines, records
from orchestration.publication.wording import Row

if TYPE_CHECKING:
    from orchestration.publication.bundle import Bundle, BundleFile
    from orchestration.publication.draft import Draft
    from orchestration.publication.target import Standing

PUBLISHER = "Oversight: policing statistics for London"
CONTACT = "policing-statistics@example.org"
LICENCE = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}

_NOTES = {
    "rolling_12m": "Each point covers 12 months.",
    "as_published": "Periods as published.",
    "quarter_end": "Each point is the level at the end of a quarter.",
}
_POINTS = 40  # ten years of quarters
_LOCAL_TIME = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Chart:
    """A drawing with the figures that it shows, for those who do not see it."""

    title: str
    note: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def render_release(
    draft: "Draft",
    *,
    release: str,
    released_at: datetime,
    verdict: Mapping[str, Any],
    files: Sequence["BundleFile"],
    correction: str = "",
) -> str:
    """Render the page of a release; `files` are those offered for download."""
    rows = current(draft.frames["rows"])
    headline = headline_rows(rows, draft.product.headline)
    boroughs = draft.product.name == "borough-performance"
    return _render(
        "release.html.j2",
        product=draft.product,
        release=release,
        quarter_name=wording.quarter(draft.quarter),
        correction=correction,
        released_at=released_at.astimezone(_LOCAL_TIME),
        as_of=draft.as_of,
        synthetic=draft.synthetic,
        last=draft.last,
        headline=headline,
        missing=missing_headlines(draft, headline),
        charts=_area_charts(rows, headline) if boroughs else _series_charts(rows, headline),
        chart_kind="boroughs" if boroughs else "series",
        gaps=_gaps(draft.measures),
        revisions=_revisions(draft),
        verdict=verdict,
        deliveries=latest_deliveries(draft.deliveries),
        delivery_count=len(draft.deliveries),
        files=files,
    )


def render_catalogue(listings: Iterable[Mapping[str, Any]]) -> str:
    """Render the list of all releases from the listings of the products, by title."""
    return _render("catalogue.html.j2", products=sorted(listings, key=lambda each: (each["title"], each["product"])))


def render_notice(standing: "Standing", successor: "Bundle | None") -> str:
    """Render what stands in the place of a release that was superseded or withdrawn."""
    return _render("notice.html.j2", standing=standing, release=standing.bundle, successor=successor)


def render_atom(**values: Any) -> str:
    """Render an Atom feed; what is in it is decided in `feed`."""
    return _render("feed.xml.j2", **values) + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("orchestration.publication"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"publisher": PUBLISHER, "contact": CONTACT, "words": wording}
    environment.filters |= {
        "local": lambda instant: datetime.fromisoformat(str(instant)).astimezone(_LOCAL_TIME),
        "day": lambda day: f"{datetime.fromisoformat(str(day)):%-d %B %Y}",
        "instant": lambda instant: f"{datetime.fromisoformat(str(instant)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "clock": lambda instant: f"{instant:%H:%M}",
        "count": lambda value: wording.number(value, 0),
        "size": _size,
    }
    return environment


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


def _series_charts(rows: pd.DataFrame, headline: Sequence[Row]) -> list[Chart]:
    charts = []
    for index, row in enumerate(headline, start=1):
        same = [rows[column] == row[column] for column in ("measure_id", "area_code", "group_id", "time_window")]
        series = rows[same[0] & same[1] & same[2] & same[3]].sort_values("period_end")
        if row["time_window"] == "rolling_12m":
            # one point a quarter: neighbouring windows of 12 months share eleven of them
            series = series[[end.month % 3 == row["period_end"].month % 3 for end in series["period_end"]]]
        figures = records(series[series["value"].notna()])[-_POINTS:]
        if not figures:
            continue
        points = [Point(f["period_end"], f["value"], f["lower"], f["upper"]) for f in figures]
        title = f"{wording.measure(row)}, {row['area_name']}"
        unit = wording.unit_words(row["unit"])
        first, last = figures[0], figures[-1]
        description = (
            f"Line chart of {len(figures)} periods. From {wording.figure(first['value'], row['unit'])} in "
            f"{wording.period(first['period_start'], first['period_end'])} to "
            f"{wording.figure(last['value'], row['unit'])} in "
            f"{wording.period(last['period_start'], last['period_end'])}. All figures are in the table below."
        )
        charts.append(
            Chart(
                title=title,
                note=_window_note(row),
                svg=Markup(  # noqa: S704 - drawn here, its texts escaped as XML
                    series_chart(f"chart-{index}", points, unit=unit, title=title, description=description)
                ),
                columns=("Period", unit.capitalize(), "95% interval"),
                rows=tuple(
                    (
                        wording.period(f["period_start"], f["period_end"]),
                        wording.figure(f["value"], row["unit"], short=True),
                        wording.interval(f["lower"], f["upper"], row["unit"]) or wording.number(None, 0),
                    )
                    for f in reversed(figures)
                ),
            )
        )
    return charts


def _window_note(row: Row) -> str:
    return _NOTES[str(row["time_window"])]


def _area_charts(rows: pd.DataFrame, headline: Sequence[Row]) -> list[Chart]:
    charts = []
    for index, row in enumerate(headline, start=1):
        same = [rows[column] == row[column] for column in ("measure_id", "group_id", "time_window", "period_end")]
        borough = rows["area_code"].str.startswith("E09") & rows["rate_per_1000"].notna()
        ranked = rows[same[0] & same[1] & same[2] & same[3] & borough]
        figures = records(ranked.sort_values(["rate_per_1000", "area_code"], ascending=[False, True]))
        if not figures:
            continue
        bars = [Bar(f["area_name"], f["rate_per_1000"], f["rate_lower"], f["rate_upper"]) for f in figures]
        reference = figures[0]["mps_rate_per_1000"]
        when = wording.period(row["period_start"], row["period_end"])
        title = f"{wording.measure(row)} per 1,000 residents, {when}"
        highest, lowest = figures[0], figures[-1]
        description = (
            f"Dot chart of {len(figures)} boroughs from the highest rate, {highest['area_name']} "
            f"({wording.number(highest['rate_per_1000'], 1)}), to the lowest, {lowest['area_name']} "
            f"({wording.number(lowest['rate_per_1000'], 1)}). All figures are in the table below."
        )
        charts.append(
            Chart(
                title=title,
                note=f"Dashed line: the Metropolitan Police area, {wording.number(reference, 1)} per 1,000 residents.",
                svg=Markup(  # noqa: S704 - drawn here, its texts escaped as XML
                    area_chart(
                        f"chart-{index}",
                        bars,
                        reference=reference,
                        unit="per 1,000 residents",
                        title=title,
                        description=description,
                    )
                ),
                columns=(
                    "Borough",
                    "Number",
                    "Per 1,000 residents",
                    "95% interval",
                    "Change on a year before",
                ),
                rows=tuple(_borough_row(f) for f in figures),
            )
        )
    return charts


def _borough_row(row: Row) -> tuple[str, ...]:
    assessed = wording.ASSESSMENTS[row["assessment"]].lower()
    return (
        row["area_name"],
        wording.figure(row["value"], row["unit"], short=True),
        wording.number(row["rate_per_1000"], 1),
        wording.interval(row["rate_lower"], row["rate_upper"], "per_1000") or wording.number(None, 0),
        f"{wording.change(row['change'], row['change_unit'])} ({assessed})",
    )


def _gaps(measures: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """What no source feeds yet: the reason, and the names of the measures that wait for it."""
    waiting = records(measures[measures["status"] != "live"])
    reasons: dict[str, list[str]] = {}
    for row in waiting:
        reasons.setdefault(row["why"] or "No reason is recorded", []).append(row["measure_name"])
    return sorted((reason, sorted(names)) for reason, names in reasons.items())


def _revisions(draft: "Draft") -> dict[str, Any]:
    """How many figures were revised, added and withdrawn since the last release, and the largest revision."""
    counts = draft.differences["kind"].value_counts()
    changed = draft.frames["changed"].dropna(subset=["old_value", "new_value"])
    moved = (changed["new_value"] - changed["old_value"]).abs()
    largest = None
    if len(changed):
        key = list(draft.product.key)
        place = changed.loc[[moved.idxmax()]]
        largest = records(place.merge(draft.frames["rows"], on=key, suffixes=("_then", "")))[0]
    return {kind: int(counts.get(kind, 0)) for kind in ("changed", "added", "withdrawn")} | {"largest": largest}


def _size(count: int) -> str:
    if count < 1_000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{wording.number(count / 1_000, 0)} kB"
    return f"{wording.number(count / 1_000_000, 1)} MB"
