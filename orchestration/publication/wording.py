"""Figures and comparisons in words, by rules that never say more than the figures do.

Per cent and percentage points are kept apart; what the assessment does not call clear is not called clear.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orchestration.publication.names import quarter_end

Row = Mapping[str, Any]
"""A row of a mart, with `None` for null."""

ASSESSMENTS = {
    "better": "Better",
    "worse": "Worse",
    "no clear change": "No clear change",
    "higher": "Higher",
    "lower": "Lower",
    None: "Not assessed",
}

SHORTHAND = {
    "[b]": "Break in the series: the figure and the one before are not like for like.",
    "[c]": "Confidential: suppressed, so that nobody can be recognised.",
    "[e]": "Estimated.",
    "[f]": "Forecast.",
    "[low]": "Rounds to zero, but is not zero.",
    "[p]": "Provisional: likely to be revised as records are completed.",
    "[r]": "Revised.",
    "[u]": "Low reliability: it stands on few answers or cases.",
    "[w]": "None recorded in the survey.",
    "[x]": "Not available.",
    "[z]": "Not applicable.",
}
"""The shorthand of the Government Statistical Service, as far as figures here can bear it."""

_MINUS = "\N{MINUS SIGN}"
_PLACES = {"count": 0, "ratio": 2, "mean": 2, "gbp": 0}
_SUFFIXES = {
    "pct": "%",
    "pp": " percentage points",
    "gbp": " pounds",
    "per_1000": " per 1,000 residents",
    "per_100000": " per 100,000 residents",
    "per_million_journeys": " per million journeys",
}
_GROUPS = {
    "bus": "bus",
    "underground_dlr": "Underground and DLR",
    "overground": "Overground",
    "tram": "tram",
    "elizabeth_line": "Elizabeth line",
    "cable_car": "cable car",
}
_MEANINGS = {
    "better": "This is the direction wanted.",
    "worse": "This is not the direction wanted.",
    "higher": "No direction is set for this measure.",
    "lower": "No direction is set for this measure.",
}


def rounded(value: float, places: int) -> Decimal:
    """Round half away from zero, on the figure as it is written unrounded."""
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return exact if exact else abs(exact)  # zero has no sign


def number(value: float | None, places: int) -> str:
    """Write a number with separators of thousands and a true minus sign; a missing one is a dash."""
    if value is None:
        return "\N{EN DASH}"
    return f"{rounded(value, places):,}".replace("-", _MINUS)


def places(unit: str) -> int:
    """Return the decimal places that a figure of a unit is shown with."""
    return _PLACES.get(unit, 1)


def figure(value: float | None, unit: str, *, short: bool = False) -> str:
    """Write a figure of a measure with its unit; `short` leaves the unit's words to a heading."""
    suffix = _SUFFIXES.get(unit, "")
    if value is None or (short and suffix != "%"):
        suffix = ""
    return number(value, places(unit)) + suffix


def unit_words(unit: str) -> str:
    """Name a unit for a heading or an axis."""
    if unit in ("count", "ratio", "mean"):
        return {"count": "number", "ratio": "ratio", "mean": "mean"}[unit]
    return "per cent" if unit == "pct" else _SUFFIXES.get(unit, unit.replace("_", " ")).strip()


def interval(lower: float | None, upper: float | None, unit: str) -> str:
    """Write a 95% interval, or nothing where there is none."""
    if lower is None or upper is None:
        return ""
    return f"{figure(lower, unit, short=True)} to {figure(upper, unit, short=True)}"


def change(value: float | None, unit: str, *, short: bool = False) -> str:
    """Write a change with its sign: `+3.2%`, or `+1.4 percentage points`, in short `+1.4 points`."""
    sign = "+" if value is not None and rounded(value, 1) > 0 else ""
    written = figure(value, unit)
    return sign + (written.replace("percentage points", "points") if short else written)


def measure(row: Row) -> str:
    """Name the measure of a row in full, with the subset that it speaks of."""
    group = row["group_id"]
    if group == "all":
        return str(row["measure_name"])
    return f"{row['measure_name']}: {_GROUPS.get(group, group.replace('_', ' '))}"


def period(start: date, end: date) -> str:
    """Name a period: `12 months to March 2026`, `January to March 2026`, or by its days if it cuts months."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if start.day != 1 or (end + timedelta(days=1)).day != 1:
        return f"{_day(start)} to {_day(end)}"
    if months == 12:
        return f"12 months to {end:%B %Y}"
    if months == 1:
        return f"{end:%B %Y}"
    first = f"{start:%B}" if start.year == end.year else f"{start:%B %Y}"
    return f"{first} to {end:%B %Y}"


def quarter(label: str) -> str:
    """Name a quarter: `January to March 2026` for `2026-Q1`."""
    end = quarter_end(label)
    return period(date(end.year, end.month - 2, 1), end)


def before(start: date, end: date) -> str:
    """Name the period that a figure is compared with: pooled years are compared with years they do not share."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    return f"the {months // 12} years before" if months > 12 else "a year before"


def comparison_sentence(row: Row) -> str:
    """Compare the figure of a row with the period before it, as far as the assessment allows."""
    earlier = before(row["period_start"], row["period_end"])
    if row["previous_value"] is None:
        if row["comparability"]:
            return f"It is not compared with {earlier}: {row['comparability']}."
        return f"No figure is held for {earlier}."
    sentence = _compare(
        against=f"the {figure(row['previous_value'], row['unit'])} of {earlier}",
        moved=row["change"],
        limits=(row["change_lower"], row["change_upper"]),
        unit=row["change_unit"],
        assessed=row["assessment"],
        unclear=row["assessment"] == "no clear change",
    )
    return sentence + _caution(row["comparability"])


def baseline_sentence(row: Row) -> str:
    """Compare the figure of a row with the baseline frozen for the plan, as far as its progress allows."""
    if row["baseline_value"] is None:
        return "No baseline figure is held for this measure."
    unit = row["unit"]
    when = period(row["baseline_start"], row["baseline_end"])
    sentence = _compare(
        against=f"the baseline of {figure(row['baseline_value'], unit)} ({when})",
        moved=row["change_from_baseline"],
        limits=(row["baseline_change_lower"], row["baseline_change_upper"]),
        unit=row["change_unit"],
        assessed=row["progress"],
        unclear=row["progress"] == "no clear change from baseline",
    )
    if row["baseline_drift"]:
        now = figure(row["baseline_value_now"], unit)
        sentence += f" Later revisions put that period at {now}; the baseline stays as it was frozen."
    return sentence + _caution(row["baseline_comparability"])


def _caution(comparability: str | None) -> str:
    return f" The two are not like for like: {comparability}." if comparability else ""


def _compare(
    *,
    against: str,
    moved: float | None,
    limits: tuple[float | None, float | None],
    unit: str | None,
    assessed: str | None,
    unclear: bool,
) -> str:
    if moved is None or unit is None:
        return f"No change is worked out on {against}."
    between = interval(*limits, unit)
    likely = f"; 95% interval {between}" if between else ""
    if unclear:
        return f"No clear change on {against}: {change(moved, unit)}{likely}."
    if rounded(moved, 1) == 0:
        said = f"To one decimal place the same as {against}{likely}."
    else:
        side = "higher" if moved > 0 else "lower"
        said = f"{figure(abs(moved), unit)} {side} than {against}{likely}."
    if assessed is None:
        return f"{said} Whether that is more than chance is not assessed."
    return f"{said} {_MEANINGS[assessed]}" if assessed in _MEANINGS else said


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
