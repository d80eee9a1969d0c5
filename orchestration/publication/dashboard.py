"""The dashboard of a release: one page on which a reader picks measure, area and period, and sees chart and table.

All that it needs is inside it: the figures as JSON, the library that draws (Vega-Lite, bundled by vl-convert), and a
script of ours. Its policy lets it fetch nothing and run no other script; Vega's expressions are interpreted instead of
compiled, so that no text is ever run. Figures are rounded here, by the rule of every page; the script spells them and
computes none.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from orchestration.publication import wording
from orchestration.publication.page import render_dashboard
from orchestration.publication.protection import WITHHELD
from orchestration.publication.selection import LONDON, current, leading, marks, records
from orchestration.publication.tables import RUN_BY_SPREADSHEETS
from orchestration.publication.wording import Row

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft


@dataclass(frozen=True)
class _Column:
    """A column of the table: its heading, how a cell is spelled and in which unit, and what it is made of."""

    title: str
    kind: Literal["number", "change", "interval", "words"]
    unit: Literal["figure", "change", "rate", ""]
    names: tuple[str, ...]


_COLUMNS = (
    _Column("Figure", "number", "figure", ("value",)),
    _Column("95% interval", "interval", "figure", ("lower", "upper")),
    _Column("Before", "number", "figure", ("previous_value",)),
    _Column("Change", "change", "change", ("change",)),
    _Column("95% interval of the change", "interval", "change", ("change_lower", "change_upper")),
    _Column("Assessment", "words", "", ("assessment",)),
)
_RATE = (
    _Column("Per 1,000 residents", "number", "rate", ("rate_per_1000",)),
    _Column("95% interval of the rate", "interval", "rate", ("rate_lower", "rate_upper")),
)
_BASELINE = (
    _Column("Change on the baseline", "change", "change", ("change_from_baseline",)),
    _Column("95% interval of that change", "interval", "change", ("baseline_change_lower", "baseline_change_upper")),
    _Column("Progress", "words", "", ("progress",)),
)
_PLACE = ("measure_id", "measure_name", "group_id", "area_code", "area_name", "time_window", "unit", "change_unit")
_SERIES = ("measure_id", "group_id", "area_code")
_OF_ROW = ("period_start", "period_end", "comparability", "is_provisional", "status")
_OF_BASELINE = ("baseline_value", "baseline_start", "baseline_end", "baseline_stated_by")
_BLUE, _ORANGE, _INK, _GREY, _GRID = "#12436d", "#b5460f", "#1b1f24", "#8a939c", "#dfe3e8"
_HEIGHT = 320


def make_dashboard(draft: "Draft", *, release: str, released_at: datetime, correction: str = "") -> str:
    """Make the page; the same draft, release and instant give the same bytes."""
    library, script = _library(), _script()
    return render_dashboard(
        product=draft.product,
        release=release,
        quarter_name=wording.quarter(draft.quarter),
        correction=correction,
        released_at=released_at,
        as_of=draft.as_of,
        synthetic=draft.synthetic,
        policy=_policy(library, script),
        library=Markup(library),  # noqa: S704 - of a locked package; the policy names its hash
        script=Markup(script),  # noqa: S704 - our own file
        # Text in it cannot end the element that it stands in: `<`, `>` and `&` are escaped.
        content=htmlsafe_json_dumps(_content(draft, release), separators=(",", ":"), allow_nan=False),
    )


def _policy(*scripts: str) -> str:
    """Forbid all but what stands in the page. Styles run nothing and, under this policy, fetch nothing."""
    hashes = " ".join(f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _library() -> str:
    from vl_convert import javascript_bundle

    return str(javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _script() -> str:
    return files("orchestration.publication").joinpath("templates", "dashboard.js").read_text(encoding="utf-8")


# --- figures ---


class _Numbered(dict[Any, int]):
    """Things that repeat, each with the number by which the rows name it."""

    def __missing__(self, key: Any) -> int:
        self[key] = len(self)
        return self[key]


def _content(draft: "Draft", release: str) -> dict[str, Any]:
    """Arrange the figures by series; what repeats stands once, and the rows name it by its number."""
    rows = leading(current(draft.frames["rows"]))
    columns = [each for each in (*_COLUMNS, *_RATE, *_BASELINE) if each.names[0] in rows]
    under = next((name for name in ("mission", "priority") if name in rows), None)
    kept = {
        *_PLACE,
        *_OF_ROW,
        *_OF_BASELINE,
        *(name for column in columns for name in column.names),
        *([under] if under else []),
    }
    breaks: dict[str, dict[str, str]] = {}
    for each in records(draft.frames["breaks"]):
        breaks.setdefault(each["measure_id"], {})[each["began_on"].isoformat()] = wording.break_note(each["began_on"])
    measures, areas, periods, notes, words = (_Numbered() for _ in range(5))
    described = []
    series = []
    ordered = records(rows[[name for name in rows if name in kept]].sort_values([*_SERIES, "period_end"]))
    for _, group in groupby(ordered, itemgetter(*_SERIES)):
        figures = list(group)
        first = figures[0]
        units = {
            "figure": first["unit"],
            "change": wording.unit_of_change(first["unit"]),
            "rate": "per_1000",
        }
        measure = (first["measure_id"], first["group_id"])
        if measure not in measures:
            days = breaks.get(first["measure_id"], {})
            described.append(_measure(first, units, first[under] if under else "") | {"breaks": list(days.items())})
        lines = [
            [
                periods[row["period_start"], row["period_end"]],
                notes[" ".join(marks(row)), "" if row["comparability"] == WITHHELD else row["comparability"] or ""],
                *(cell for column in columns for cell in _cells(row, column, units, words)),
            ]
            for row in figures
        ]
        series.append([measures[measure], areas[first["area_code"], first["area_name"]], _baseline(first), lines])
    return {
        "file": f"{draft.product.name}-{release}.csv",
        "runBySpreadsheets": RUN_BY_SPREADSHEETS,
        "headline": draft.product.headline,
        "london": LONDON,
        "shorthand": wording.SHORTHAND,
        "columns": [{"title": each.title, "kind": each.kind, "unit": each.unit} for each in columns],
        "measures": described,
        "areas": list(areas),
        "periods": [
            [start.isoformat(), end.isoformat(), wording.period(start, end), wording.before(start, end)]
            for start, end in periods
        ],
        "notes": list(notes),
        "words": list(words),
        "series": series,
        "charts": {"periods": _chart_of_periods(), "areas": _chart_of_areas()},
    }


def _measure(row: Row, units: Mapping[str, str], under: str) -> dict[str, Any]:
    return {
        "id": row["measure_id"],
        "group": row["group_id"],
        "name": wording.measure(row),
        "under": under,
        "unit": wording.unit_words(row["unit"]),
        "spelling": {name: _spelling(unit) for name, unit in units.items()},
    }


def _baseline(row: Row) -> str:
    """Name the baseline of a series, which is the same for all its rows, where there is one."""
    if row.get("baseline_value") is None:
        return ""
    value = wording.figure(row["baseline_value"], row["unit"])
    stated_by = f" Stated by: {row['baseline_stated_by']}." if row["baseline_stated_by"] else ""
    return f"The baseline is {value}: {wording.period(row['baseline_start'], row['baseline_end'])}.{stated_by}"


def _spelling(unit: str) -> dict[str, Any]:
    """How the script spells a rounded figure or change of a unit: its places, and what stands behind it."""
    places = wording.places(unit)
    zero = wording.number(0.0, places)
    return {
        "places": places,
        "suffix": wording.figure(0.0, unit, short=True).removeprefix(zero),
        "changeSuffix": wording.change(0.0, unit, short=True).removeprefix(zero),
    }


def _cells(row: Row, column: _Column, units: Mapping[str, str], words: _Numbered) -> list[float | None]:
    """What a column takes of a row: rounded numbers, or the number of its words; of an interval both limits or none."""
    if column.kind == "words":
        [name] = column.names
        said = wording.assessment(row) if name == "assessment" else (row[name] or "not assessed").capitalize()
        return [words[said]]
    numbers = [_rounded(row[name], units[column.unit]) for name in column.names]
    return [None] * len(numbers) if None in numbers else numbers


def _rounded(value: float | None, unit: str) -> float | None:
    if value is None:
        return None
    places = wording.places(unit)
    shown = wording.rounded(value, places)
    return float(shown) if places else int(shown)


# --- charts: the script fills in the data sets `shown` and `breaks` ---


@cache
def _chart_of_periods() -> dict[str, Any]:
    """A series over time with the band of its interval; the scale begins at zero, days of breaks are dotted."""
    import altair as alt

    base = alt.Chart(alt.NamedData("shown")).encode(
        x=alt.X("period_end:T", scale=alt.Scale(type="utc"), title=None, axis=alt.Axis(tickCount=8, labelOverlap=True)),
    )
    height = alt.Y("value:Q", scale=alt.Scale(zero=True), title=None, axis=alt.Axis(format=",~f", tickCount=6))
    band = base.mark_area(aria=False, color=_BLUE, opacity=0.2).encode(y=alt.Y("lower:Q", title=None), y2="upper:Q")
    line = base.mark_line(aria=False, color=_BLUE, strokeWidth=2.2).encode(y=height)
    dots = base.mark_point(aria=False, color=_BLUE, filled=True, size=34, opacity=1).encode(
        y=height, tooltip=_tooltip()
    )
    rule = alt.Chart(alt.NamedData("breaks")).mark_rule(aria=False, color=_ORANGE, strokeWidth=1.6, strokeDash=[2, 3])
    days = rule.encode(x=alt.X("day:T", scale=alt.Scale(type="utc"), title=None))
    return _drawn(alt.layer(band, line, dots, days).properties(width="container", height=_HEIGHT))


@cache
def _chart_of_areas() -> dict[str, Any]:
    """The areas from the highest figure to the lowest, each a dot on its interval; the scale begins at zero."""
    import altair as alt

    base = alt.Chart(alt.NamedData("shown")).encode(
        y=alt.Y("area:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, domain=False, ticks=False, grid=True))
    )
    width = alt.X("value:Q", scale=alt.Scale(zero=True), title=None, axis=alt.Axis(format=",~f", tickCount=6))
    span = base.mark_rule(aria=False, color=_BLUE, strokeWidth=4, opacity=0.35).encode(
        x=alt.X("lower:Q", title=None), x2="upper:Q"
    )
    dots = base.mark_point(aria=False, color=_BLUE, filled=True, size=50, opacity=1).encode(x=width, tooltip=_tooltip())
    return _drawn(alt.layer(span, dots).properties(width="container"))  # the script gives each area its height


def _tooltip() -> list[Any]:
    import altair as alt

    shown = {"area": "Area", "period": "Period", "figure": "Figure", "interval": "95% interval"}
    return [alt.Tooltip(f"{name}:N", title=title) for name, title in shown.items()]


def _drawn(chart: Any) -> dict[str, Any]:
    specification: dict[str, Any] = chart.configure(
        # The page says what the drawing shows, and its table has every figure.
        aria=False,
        font="Arial, Helvetica, sans-serif",
        background="transparent",
        axis={
            "labelFontSize": 12.5,
            "labelColor": _INK,
            "gridColor": _GRID,
            "domainColor": _GREY,
            "tickColor": _GREY,
        },
        view={"stroke": None},
    ).to_dict()
    return specification
