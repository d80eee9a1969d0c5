"""Charts as SVG to stand inside a page: no script, nothing fetched, a title and a description to read out."""

import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

_SVG = "http://www.w3.org/2000/svg"
_BLUE = "#12436d"  # the first colours of the Analysis Function's palette, apart for every kind of sight
_ORANGE = "#b5460f"
_INK = "#1b1f24"
_GRID = "#dfe3e8"
# Apart by their form, so that no colour is needed to tell them.
_SHAPES = {
    "outside the limits": "diamond",
    "seven in a row": "triangle-up",
    "two of three near a limit": "square",
    "seven on one side": "triangle-down",
}
# Wide enough for a phone at its own size; a page of two columns scales it up a little.
_WIDTH = 350


class Point(NamedTuple):
    """A figure of a series with its 95% interval, where it has one; a period without a figure parts the line."""

    period_end: date
    value: float | None
    lower: float | None
    upper: float | None


class Month(NamedTuple):
    """A month of a control chart, and the signal that it is part of."""

    period_end: date
    value: float
    mean: float
    lower: float
    upper: float
    based_on: date | None
    signal: str | None


class Bar(NamedTuple):
    """A figure of an area with its 95% interval, where it has one."""

    area: str
    value: float
    lower: float | None
    upper: float | None


def series_chart(
    name: str, points: Sequence[Point], breaks: Sequence[date], *, unit: str, title: str, description: str
) -> str:
    """Draw a series over time with the band of its interval; the scale begins at zero, days of breaks are dotted.

    `name` tells the identifiers of the drawing from others on its page.
    """
    import altair as alt

    values = [point._asdict() | {"period_end": point.period_end.isoformat()} for point in points]
    base = alt.Chart({"values": values}).encode(
        x=alt.X(
            "period_end:T",
            scale=alt.Scale(type="utc"),
            title=None,
            axis=alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=_step(points))),
        )
    )
    height = alt.Y("value:Q", title=unit, scale=alt.Scale(zero=True), axis=alt.Axis(format=",~f"))
    band = base.mark_area(color=_BLUE, opacity=0.22).encode(y=alt.Y("lower:Q", title=unit), y2="upper:Q")
    # A figure between two that are missing is a line without length: its round ends are what shows.
    line = base.mark_line(color=_BLUE, strokeWidth=2.2, strokeCap="round").encode(y=height)
    last = (
        alt.Chart({"values": [each for each in values if each["value"] is not None][-1:]})
        .mark_point(color=_BLUE, filled=True, size=55, opacity=1)
        .encode(x=alt.X("period_end:T", scale=alt.Scale(type="utc")), y="value:Q")
    )
    is_banded = all(point.lower is not None for point in points if point.value is not None)
    layers = [band, line, last] if is_banded else [line, last]
    if breaks:
        days = alt.Chart({"values": [{"period_end": day.isoformat()} for day in breaks]})
        rule = days.mark_rule(color=_ORANGE, strokeWidth=1.6, strokeDash=[2, 3])
        layers.append(rule.encode(x=alt.X("period_end:T", scale=alt.Scale(type="utc"))))
    return _svg(alt.layer(*layers).properties(width=_WIDTH, height=190), name, title, description)


def control_chart(name: str, months: Sequence[Month], *, unit: str, title: str, description: str) -> str:
    """Draw months around their mean and between their limits, each signal by a shape of its own.

    Where the limits were set anew the lines are broken, as the series is.
    """
    import altair as alt

    values = [
        month._asdict() | {"period_end": month.period_end.isoformat(), "based_on": str(month.based_on)}
        for month in months
    ]
    base = alt.Chart({"values": values}).encode(
        x=alt.X(
            "period_end:T",
            scale=alt.Scale(type="utc"),
            title=None,
            axis=alt.Axis(format="%b %Y", tickCount=alt.TimeIntervalStep(interval="month", step=12), labelFlush=True),
        ),
        detail="based_on:N",
    )

    def drawn(mark: Any, column: str) -> Any:
        return mark.encode(y=alt.Y(f"{column}:Q", title=unit, scale=alt.Scale(zero=False), axis=alt.Axis(format=",~f")))

    limits = [
        drawn(base.mark_line(color=_ORANGE, strokeWidth=1.4, strokeDash=[5, 3]), column)
        for column in ("lower", "upper")
    ]
    layers = [
        drawn(base.mark_line(color="#505a64", strokeWidth=1.2), "mean"),
        *limits,
        drawn(base.mark_line(color=_BLUE, strokeWidth=1.6), "value"),
        drawn(base.mark_point(color=_BLUE, filled=True, size=18, opacity=1), "value"),
    ]
    found = [signal for signal in _SHAPES if any(month.signal == signal for month in months)]
    if found:
        marks = drawn(base.mark_point(color=_ORANGE, filled=True, size=75, opacity=1), "value")
        shape = alt.Shape(
            "signal:N",
            scale=alt.Scale(domain=found, range=[_SHAPES[signal] for signal in found]),
            legend=alt.Legend(orient="bottom", title=None, columns=2, symbolFillColor=_ORANGE, symbolStrokeWidth=0),
        )
        layers.append(marks.transform_filter("isValid(datum.signal)").encode(shape=shape))
    return _svg(alt.layer(*layers).properties(width=_WIDTH, height=190), name, title, description)


def area_chart(
    name: str, bars: Sequence[Bar], *, reference: float | None, unit: str, title: str, description: str
) -> str:
    """Draw areas from the highest figure to the lowest, each a dot on its interval, beside a reference."""
    import altair as alt

    values = [bar._asdict() for bar in bars]
    base = alt.Chart({"values": values}).encode(
        y=alt.Y(
            "area:N",
            sort=[bar.area for bar in bars],
            title=None,
            axis=alt.Axis(labelLimit=150, domain=False, ticks=False, grid=True),
        )
    )
    span = base.mark_rule(color=_BLUE, strokeWidth=4, opacity=0.35).encode(
        x=alt.X("lower:Q", title=unit, scale=alt.Scale(zero=True)), x2="upper:Q"
    )
    dots = base.mark_point(color=_BLUE, filled=True, size=48, opacity=1).encode(x=alt.X("value:Q", title=unit))
    layers: list[Any] = [span, dots]
    if reference is not None:
        line = alt.Chart({"values": [{"value": reference}]})
        layers.insert(0, line.mark_rule(color=_ORANGE, strokeWidth=2, strokeDash=[5, 3]).encode(x="value:Q"))
    chart = alt.layer(*layers).properties(width=_WIDTH - 110, height=alt.Step(17))
    return _svg(chart, name, title, description)


def _step(points: Sequence[Point]) -> int:
    """Years between two ticks, so that no more than about six are labelled."""
    return max(1, (points[-1].period_end.year - points[0].period_end.year) // 6 + 1)


def _svg(chart: Any, name: str, title: str, description: str) -> str:
    drawn = io.StringIO()
    chart.configure(
        aria=False,
        font="Arial, Helvetica, sans-serif",
        background="transparent",
        axis={
            "labelFontSize": 11.5,
            "titleFontSize": 11.5,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelColor": _INK,
            "titleColor": _INK,
            "gridColor": _GRID,
            "domainColor": "#8a939c",
            "tickColor": "#8a939c",
        },
        legend={"labelFontSize": 11.5, "labelColor": _INK, "labelLimit": 200},
        view={"stroke": None},
    ).save(drawn, format="svg")
    return _labelled(drawn.getvalue(), name, title, description)


def _labelled(svg: str, name: str, title: str, description: str) -> str:
    """Give a drawing its title and description, and a size that follows the page."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing, not a stranger's XML
    del root.attrib["width"], root.attrib["height"]
    for part in root.iter():
        # Vega gives its groups roles without names, also where it is told to leave that to others.
        for attribute in ("role", "aria-roledescription"):
            part.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-description")
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        label = ElementTree.Element(f"{{{_SVG}}}{tag}")
        label.set("id", f"{name}-{'title' if tag == 'title' else 'description'}")
        label.text = text
        root.insert(position, label)
    return ElementTree.tostring(root, encoding="unicode")
