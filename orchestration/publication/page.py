"""The page of a release: one self-contained HTML file. It chooses and formats figures, and computes none.

Text that is the same in every release stands in the templates.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from orchestration.publication import wording
from orchestration.publication.charts import Bar, Month, Point, area_chart, control_chart, series_chart
from orchestration.publication.names import quarter_end
from orchestration.publication.selection import current, headline_rows, latest_deliveries, missing_headlines, records
from orchestration.publication.tile_map import GRID, Tile, tile_map
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

_FIGURE = ("measure_id", "area_code", "group_id", "time_window", "period_end")
_NOTES = {
    "rolling_12m": "Each point covers 12 months.",
    "as_published": "Periods as published.",
    "quarter_end": "Each point is the level at the end of a quarter.",
}
_POINTS = 40  # ten years of quarters
_MONTHS = 36  # of a control chart
LOCAL_TIME = ZoneInfo("Europe/London")
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML, and so a page that is read as XML, cannot hold, however it is escaped."""


@dataclass(frozen=True)
class Chart:
    """A drawing with the figures that it shows, for those who do not see it."""

    title: str
    note: str
    drawings: tuple[Markup, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Said:
    """A headline figure with the sentences that the rules make of it."""

    row: Row
    subset: str
    may: list[str]
    may_not: list[str]


@dataclass(frozen=True)
class Theme:
    """A mission or priority: its headline figures, the latest figures of its measures, and what has none."""

    name: str
    headline: list[Said]
    rows: list[Said]
    silent: list[tuple[str, str]]


@dataclass(frozen=True)
class Comparison:
    """Groups of people, compared by one characteristic after the other."""

    title: str
    area: str
    note: str
    unit: str
    characteristics: list[list[Row]]


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
    return render(
        "release.html.j2",
        product=draft.product,
        release=release,
        quarter_name=wording.quarter(draft.quarter),
        correction=correction,
        ends_year="year" in draft.frames,
        released_at=released_at.astimezone(LOCAL_TIME),
        as_of=draft.as_of,
        synthetic=draft.synthetic,
        last=draft.last,
        themes=_themes(draft, rows, headline),
        plan="baseline_value" in rows,
        missing=missing_headlines(draft, headline),
        charts=_area_charts(rows, headline) if boroughs else _series_charts(draft, rows, headline),
        chart_kind="boroughs" if boroughs else "series",
        controls=_control_charts(draft),
        comparisons=[] if boroughs else _comparisons(draft),
        gaps=_gaps(draft.measures),
        short=[feed for feed in records(draft.frames["feeds"]) if _falls_short(feed, draft.quarter)],
        silent=_silent(draft.measures),
        breaks=_breaks(draft),
        revisions=_revisions(draft),
        verdict=verdict,
        deliveries=latest_deliveries(draft.deliveries),
        delivery_count=len(draft.deliveries),
        files=files,
    )


def render_catalogue(listings: Iterable[Mapping[str, Any]]) -> str:
    """Render the list of all releases from the listings of the products, by title."""
    return render("catalogue.html.j2", products=sorted(listings, key=lambda each: (each["title"], each["product"])))


def render_notice(standing: "Standing", successor: "Bundle | None") -> str:
    """Render what stands in the place of a release that was superseded or withdrawn."""
    return render("notice.html.j2", standing=standing, release=standing.bundle, successor=successor)


def render_dashboard(*, released_at: datetime, **values: Any) -> str:
    """Render a dashboard; what is in it is decided in `dashboard`."""
    return render("dashboard.html.j2", released_at=released_at.astimezone(LOCAL_TIME), **values)


def render_atom(**values: Any) -> str:
    """Render an Atom feed; what is in it is decided in `feed`."""
    return render("feed.xml.j2", **values) + "\n"


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
        "local": lambda instant: datetime.fromisoformat(str(instant)).astimezone(LOCAL_TIME),
        "day": lambda day: f"{datetime.fromisoformat(str(day)):%-d %B %Y}",
        "instant": lambda instant: f"{datetime.fromisoformat(str(instant)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "clock": lambda instant: f"{instant:%H:%M}",
        "count": lambda value: wording.number(value, 0),
        "size": _size,
    }
    return environment


def render(template: str, **values: Any) -> str:
    """Render a template with what all pages have in common; what XML cannot hold is replaced."""
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", _environment().get_template(template).render(**values))


def _themes(draft: "Draft", rows: pd.DataFrame, headline: Sequence[Row]) -> list[Theme]:
    """The measures of a framework by mission or priority; a product without a framework is one theme without a name."""
    said = speaker(draft)
    if "themes" not in draft.frames:
        return [Theme("", [said(row) for row in headline], [said(row) for row in headline], [])]
    themes, unplaced = [], list(headline)
    for name, members in draft.frames["themes"].groupby("theme", sort=False):
        measures = records(members)
        names = {measure["measure_id"] for measure in measures}
        latest = headline_rows(rows, [measure["measure_id"] for measure in measures])
        shown = {row["measure_id"] for row in latest}
        themes.append(
            Theme(
                str(name),
                [said(row) for row in unplaced if row["measure_id"] in names],
                [said(row) for row in latest],
                [(each["measure_name"], _why_silent(each)) for each in measures if each["measure_id"] not in shown],
            )
        )
        unplaced = [row for row in unplaced if row["measure_id"] not in names]
    return themes


def speaker(draft: "Draft") -> Callable[[Row], Said]:
    """Make the function that says of a row what the rules say."""
    registry = {row["measure_id"]: row for row in records(draft.measures)}
    wholes, breaks = records(draft.frames["wholes"]), records(draft.frames["breaks"])

    def said(row: Row) -> Said:
        of_figure = [each for each in wholes if all(each[name] == row[name] for name in _FIGURE)]
        of_measure = [each for each in breaks if each["measure_id"] == row["measure_id"]]
        return Said(
            row,
            wording.subset_sentence(row, of_figure),
            wording.may_conclude(row),
            wording.may_not_conclude(row, registry[row["measure_id"]], of_measure, draft.quarter),
        )

    return said


def _why_silent(measure: Row) -> str:
    if measure["status"] != "live":
        return str(measure["why"] or "no source yet")
    return "No figure for London up to this quarter."


def _silent(measures: pd.DataFrame) -> list[str]:
    """Names of the measures that have a source, and no figure in this release."""
    live = measures[(measures["status"] == "live") & ~measures["in_this_release"].astype(bool)]
    return sorted(live["measure_name"])


def _falls_short(feed: Row, quarter: str) -> bool:
    """Whether no release waits for a feed, and it does not reach the end of the quarter."""
    return not feed["is_awaited"] and (feed["last_period"] is None or feed["last_period"] < quarter_end(quarter))


def _breaks(draft: "Draft") -> list[tuple[Row, list[str]]]:
    """The known breaks of series, and the names of the measures that have each."""
    names = dict(zip(draft.measures["measure_id"], draft.measures["measure_name"], strict=True))
    found: dict[tuple[Any, ...], list[str]] = {}
    for row in records(draft.frames["breaks"]):
        found.setdefault((row["began_on"], row["label"]), []).append(names[row["measure_id"]])
    return [({"began_on": day, "label": label}, sorted(measures)) for (day, label), measures in sorted(found.items())]


def _control_charts(draft: "Draft") -> list[Chart]:
    charts = []
    held = draft.frames["control"]
    for index, measure in enumerate(draft.product.headline, start=1):
        points = records(held[held["measure_id"] == measure].tail(_MONTHS))
        if not points:
            continue
        last = points[-1]
        unit = last["unit"]
        title = f"{last['measure_name']} by month, {last['area_name']}"
        note = wording.control_sentence(points)
        if last["based_on"] and points[0]["based_on"] != last["based_on"]:
            note += " The series breaks there; why is under Quality."
        months = [
            Month(
                p["period_end"], p["value"], p["mean"], p["lower_limit"], p["upper_limit"], p["based_on"], p["signal"]
            )
            for p in points
        ]
        charts.append(
            Chart(
                title=title,
                note=note,
                drawings=(
                    Markup(  # noqa: S704 - drawn here, its texts escaped as XML
                        control_chart(
                            f"control-{index}",
                            months,
                            unit=wording.unit_words(unit),
                            title=title,
                            description=f"Control chart of {len(points)} months. {note} All are in the table below.",
                        )
                    ),
                ),
                columns=("Month", wording.unit_words(unit).capitalize(), "Mean", "Usual variation", "Signal"),
                rows=tuple(
                    (
                        wording.period(p["period_start"], p["period_end"]),
                        wording.figure(p["value"], unit, short=True),
                        wording.figure(p["mean"], unit, short=True),
                        f"{wording.lower_limit(p)} to {wording.figure(p['upper_limit'], unit, short=True)}",
                        f"{p['signal']} ({p['reading']})".capitalize() if p["signal"] else "None",
                    )
                    for p in reversed(points)
                ),
            )
        )
    return charts


def _comparisons(draft: "Draft") -> list[Comparison]:
    """The groups of each measure, and of what it counts where that is several; the relative rates first."""
    names = dict(zip(draft.measures["measure_id"], draft.measures["measure_name"], strict=True))
    groups = draft.frames["groups"].sort_values("unit", key=lambda units: units != "ratio", kind="stable")
    # One series a characteristic, named so: what is left of the name is what is counted.
    groups = groups.assign(counted=groups["series_id"].str.replace("(_by_.*|_[0-9]+m)$", "", regex=True))
    comparisons = []
    for (measure, counted), members in groups.groupby(["measure_id", "counted"], sort=False):
        rows = records(members)
        first = rows[0]
        alone = groups[groups["measure_id"] == measure]["counted"].nunique() == 1
        title = first["measure_name"] + ("" if alone else f": {names.get(counted, counted.replace('_', ' '))}")
        note = "In percentage points: each group's share less everybody's."
        if first["unit"] == "ratio":
            note = f"How many times the rate of the reference group it is; over residents ({first['people_source']})."
        by = [list(each) for _, each in groupby(rows, lambda row: (row["characteristic"], row["instrument"]))]
        comparisons.append(Comparison(title, first["area_name"], note, first["unit"], by))
    return comparisons


def _series_charts(draft: "Draft", rows: pd.DataFrame, headline: Sequence[Row]) -> list[Chart]:
    charts = []
    for index, row in enumerate(headline, start=1):
        same = [rows[column] == row[column] for column in ("measure_id", "area_code", "group_id", "time_window")]
        series = rows[same[0] & same[1] & same[2] & same[3]].sort_values("period_end")
        if row["time_window"] == "rolling_12m":
            # one point a quarter: neighbouring windows of 12 months share eleven of them
            series = series[[end.month % 3 == row["period_end"].month % 3 for end in series["period_end"]]]
        shown = records(series)[-_POINTS:]
        figures = [each for each in shown if each["value"] is not None]
        if not figures:
            continue
        points = [Point(f["period_end"], f["value"], f["lower"], f["upper"]) for f in shown]
        title = f"{wording.measure(row)}, {row['area_name']}"
        unit = wording.unit_words(row["unit"])
        first, last = figures[0], figures[-1]
        breaks = _breaks_within(draft, row["measure_id"], figures)
        description = (
            f"Line chart of {len(figures)} periods. From {wording.figure(first['value'], row['unit'])} in "
            f"{wording.period(first['period_start'], first['period_end'])} to "
            f"{wording.figure(last['value'], row['unit'])} in "
            f"{wording.period(last['period_start'], last['period_end'])}. All figures are in the table below."
        )
        charts.append(
            Chart(
                title=title,
                note=" ".join([_NOTES[str(row["time_window"])], *map(wording.break_note, breaks)]),
                drawings=(
                    Markup(  # noqa: S704 - drawn here, its texts escaped as XML
                        series_chart(f"chart-{index}", points, breaks, unit=unit, title=title, description=description)
                    ),
                ),
                columns=("Period", unit.capitalize(), "95% interval"),
                rows=tuple(
                    (
                        wording.period(f["period_start"], f["period_end"]),
                        (f["value"] is None and f["status"]) or wording.figure(f["value"], row["unit"], short=True),
                        wording.interval(f["lower"], f["upper"], row["unit"]) or wording.number(None, 0),
                    )
                    for f in reversed(shown)
                ),
            )
        )
    return charts


def _breaks_within(draft: "Draft", measure_id: str, figures: Sequence[Row]) -> list[date]:
    """The days on which a measure has a known break, within what is drawn."""
    return sorted(
        {
            each["began_on"]
            for each in records(draft.frames["breaks"])
            if each["measure_id"] == measure_id
            and figures[0]["period_start"] < each["began_on"] <= figures[-1]["period_end"]
        }
    )


def _area_charts(rows: pd.DataFrame, headline: Sequence[Row]) -> list[Chart]:
    charts = []
    for index, row in enumerate(headline, start=1):
        same = [rows[column] == row[column] for column in ("measure_id", "group_id", "time_window", "period_end")]
        borough = rows["area_code"].isin(list(GRID))
        ranked = rows[same[0] & same[1] & same[2] & same[3] & borough]
        figures = records(ranked.sort_values(["rate_per_1000", "area_code"], ascending=[False, True]))
        rated = [figure for figure in figures if figure["rate_per_1000"] is not None]
        if not rated:
            continue
        when = wording.period(row["period_start"], row["period_end"])
        title = f"{wording.measure(row)} per 1,000 residents, {when}"
        reference = wording.number(rated[0]["mps_rate_per_1000"], 1)
        charts.append(
            Chart(
                title=title,
                note=f"Dashed line: the Metropolitan Police area, {reference} per 1,000 residents.",
                drawings=_area_drawings(index, title, figures, rated),
                columns=(
                    "Borough",
                    "Number",
                    "Per 1,000 residents",
                    "95% interval",
                    "Change on a year before",
                ),
                rows=tuple(_borough_row(figure) for figure in figures),
            )
        )
    return charts


def _area_drawings(index: int, title: str, figures: Sequence[Row], rated: Sequence[Row]) -> tuple[Markup, Markup]:
    """The boroughs as a map of tiles, and from the highest rate to the lowest."""
    tiles = [
        Tile(
            f["area_code"],
            f["area_name"],
            f["rate_per_1000"],
            (f["status"] or "none") if f["rate_per_1000"] is None else wording.number(f["rate_per_1000"], 1),
        )
        for f in figures
    ]
    bars = [Bar(f["area_name"], f["rate_per_1000"], f["rate_lower"], f["rate_upper"]) for f in rated]
    ends = [f"{f['area_name']} ({wording.number(f['rate_per_1000'], 1)})" for f in (rated[0], rated[-1])]
    text = f"the highest rate is that of {ends[0]}, the lowest that of {ends[1]}. All figures are in the table below."
    drawn = (
        tile_map(
            f"map-{index}",
            tiles,
            title=f"Map: {title}",
            description="A tile for each of the 32 boroughs and the City of London, the darker the higher the rate. "
            f"Of {len(rated)} with a figure, {text} Hatched, without a figure: {len(GRID) - len(rated)}.",
        ),
        area_chart(
            f"chart-{index}",
            bars,
            reference=rated[0]["mps_rate_per_1000"],
            unit="per 1,000 residents",
            title=f"Ranked: {title}",
            description=f"Dot chart of {len(rated)} boroughs in order: {text}",
        ),
    )
    return Markup(drawn[0]), Markup(drawn[1])  # noqa: S704 - drawn here, their texts escaped as XML


def _borough_row(row: Row) -> tuple[str, ...]:
    assessed = wording.assessment(row).lower()
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
    figures = draft.differences.drop_duplicates(["kind", *_FIGURE])
    counts = figures["kind"].value_counts()
    hidden = figures[figures["kind"] == "changed"][["old_value", "new_value"]].isna().any(axis=1).sum()
    changed = draft.frames["changed"].dropna(subset=["old_value", "new_value"])
    moved = (changed["new_value"] - changed["old_value"]).abs()
    largest = None
    if len(changed):
        key = list(draft.product.key)
        place = changed.loc[[moved.idxmax()]]
        largest = records(place.merge(draft.frames["rows"], on=key, suffixes=("_then", "")))[0]
    return {
        "revised": int(counts.get("changed", 0) - hidden),
        "hidden": int(hidden),
        **{kind: int(counts.get(kind, 0)) for kind in ("added", "withdrawn")},
        "largest": largest,
    }


def _size(count: int) -> str:
    if count < 1_000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{wording.number(count / 1_000, 0)} kB"
    return f"{wording.number(count / 1_000_000, 1)} MB"
