"""Figures and comparisons in words, by rules that never say more than the figures do.

Per cent and percentage points are kept apart; what the assessment does not call clear is not called clear.
"""

from collections.abc import Callable, Mapping, Sequence
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
    "[b]": "Break in the series: the figure and the one it is compared with are not like for like.",
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
    "pas_trust_mps": "trust",
    "pas_good_job": "confidence",
}
_MEANINGS = {
    "better": "This is the direction wanted.",
    "worse": "This is not the direction wanted.",
    "higher": "No direction is set for this measure.",
    "lower": "No direction is set for this measure.",
}
_CLEAR = ("better", "worse", "higher", "lower")
_SIGNALS = 3  # months beyond usual variation that a sentence names; the table marks them all


def _overlaps(row: Row, about: Row) -> bool:
    return _months(row["period_start"], row["period_end"]) == 12 and about["frequency"] in ("monthly", "quarterly")


_CAUTIONS: Sequence[tuple[Callable[[Row, Row], bool], str]] = (
    (
        lambda row, about: about["numerator"].startswith("offences") or about["numerator"] in ("victims", "incidents"),
        "How much crime there was: it counts what was recorded, which changes with reporting and recording too.",
    ),
    (
        lambda row, about: "respondents" in about["numerator"],
        "What any one person or place thinks: it is a survey's estimate for all who could have been asked.",
    ),
    (
        _overlaps,
        "What changed within a single quarter: neighbouring figures of 12 months share nine of them.",
    ),
    (
        lambda row, about: about["reliability_rule"].startswith("small counts"),
        "Much from the percentage alone: the counts are small and move by chance, so read both of them.",
    ),
    (
        lambda row, about: row["unit"] in ("per_1000", "per_100000"),
        "The risk of one person: residents are counted, not who works in the area or visits it.",
    ),
    (
        lambda row, about: bool(row["is_provisional"]),
        "That it is final: its last months are provisional and will be revised.",
    ),
)
"""What a figure does not bear: when that applies, by the row and the registry's row of its measure."""


def sentence(words: str) -> str:
    """End what a person wrote as a sentence, so that another can follow."""
    written = words.strip()
    return written if written.endswith((".", "!", "?")) else f"{written}."


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


def unit_of_change(unit: str) -> str:
    """Return the unit in which figures of a unit change: those that are per cent in percentage points."""
    return "pp" if unit in ("pct", "pp") else "pct"


def change(value: float | None, unit: str, *, short: bool = False) -> str:
    """Write a change with its sign: `+3.2%`, or `+1.4 percentage points`, in short `+1.4 points`."""
    sign = "+" if value is not None and rounded(value, 1) > 0 else ""
    written = figure(value, unit)
    return sign + (written.replace("percentage points", "points") if short else written)


def assessment(row: Row) -> str:
    """Write the assessment of a row's change, and that it goes over a break in the series."""
    return ASSESSMENTS[row["assessment"]] + (" (break in series)" if _goes_over_a_break(row) else "")


def shade(row: Row) -> str:
    """Return how the assessment of a row is set off: `better`, `worse` or `plain`, as where it goes over a break."""
    assessed: str | None = row["assessment"]
    return assessed if assessed in ("better", "worse") and not _goes_over_a_break(row) else "plain"


def measure(row: Row) -> str:
    """Name the measure of a row in full, with the subset that it speaks of."""
    group = row["group_id"]
    if group == "all":
        return str(row["measure_name"])
    parts = [_GROUPS.get(part, part.replace("_", " ")) for part in group.split("/")]
    return f"{row['measure_name']}: {', '.join(parts)}"


def period(start: date, end: date) -> str:
    """Name a period: `12 months to March 2026`, `January to March 2026`, or by its days if it cuts months."""
    months = _months(start, end)
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
    months = _months(start, end)
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
        assessed="over a break" if _goes_over_a_break(row) else row["assessment"],
        unclear=row["assessment"] == "no clear change",
    )
    return sentence + _caution(row["comparability"])


def baseline_sentence(row: Row) -> str:
    """Compare the figure of a row with the baseline frozen for the plan, as far as its progress allows."""
    if row["baseline_value"] is None:
        return "No baseline figure is held for this measure."
    unit = row["unit"]
    against = (
        f"the baseline of {figure(row['baseline_value'], unit)} ({period(row['baseline_start'], row['baseline_end'])})"
    )
    if row["change_from_baseline"] is None and row["baseline_comparability"]:
        return f"It is not compared with {against}: {row['baseline_comparability']}."
    sentence = _compare(
        against=against,
        moved=row["change_from_baseline"],
        limits=(row["baseline_change_lower"], row["baseline_change_upper"]),
        unit=unit_of_change(unit),
        assessed=row["progress"],
        unclear=row["progress"] == "no clear change from baseline",
    )
    if row["baseline_drift"]:
        now = figure(row["baseline_value_now"], unit)
        sentence += f" Later revisions put that period at {now}; the baseline stays as it was frozen."
    return sentence + _caution(row["baseline_comparability"])


def break_note(day: date) -> str:
    """Say what a dotted line in a chart over time is."""
    return f"Break in {day:%B %Y} (dotted line): figures on either side are not like for like."


def subset_sentence(row: Row, wholes: Sequence[Row]) -> str:
    """Name the larger counts that the figure of a row is part of; nothing where it is part of none."""
    return " ".join(
        f"{measure(row)} is counted within {whole['whole_name']}: "
        + (
            "its figure for the same period is not in this release."
            if whole["whole_value"] is None
            else f"{figure(whole['whole_value'], row['unit'])} in the same period."
        )
        for whole in wholes
    )


def may_conclude(row: Row) -> list[str]:
    """Say what the figure of a row bears: no more than its interval and its assessment do."""
    if row["value"] is None:
        return []
    unit, said = row["unit"], []
    if row["lower"] is not None and row["upper"] is not None:
        low, high = (figure(row[limit], unit, short=True) for limit in ("lower", "upper"))
        said.append(f"Allowing for chance alone, the level is likely to lie between {low} and {high} (95% interval).")
    clear = row["assessment"] in _CLEAR and not row["comparability"]
    if clear and row["change"] is not None and rounded(row["change"], 1) != 0:
        side = "higher" if row["change"] > 0 else "lower"
        earlier = before(row["period_start"], row["period_end"])
        said.append(f"It is {side} than {earlier}, by more than chance alone would usually give.")
    return said or ["What the source states for the period, as it stands."]


def may_not_conclude(row: Row, about: Row, breaks: Sequence[Row], quarter_label: str) -> list[str]:
    """Say what the figure of a row does not bear, by rules from its flags, the registry and the known breaks.

    `about` is the row of its measure in the registry, `breaks` are the known breaks of its series.
    """
    if row["value"] is None:
        return ["Anything of the level: there is no figure, or it is suppressed."]
    said = []
    if row["change"] is not None and row["comparability"]:
        said.append(f"That it went up or down in fact: the two are not like for like ({row['comparability']}).")
    elif row["change"] is not None and row["assessment"] == "no clear change":
        said.append("That it went up or down: chance alone could give a change of this size.")
    elif row["change"] is not None and row["assessment"] is None:
        said.append("That it went up or down: whether the change is more than chance is not assessed.")
    if row["lower"] is None:
        said.append("How exact it is: no interval can be given for it.")
    if row["period_end"] < quarter_end(quarter_label).replace(day=1):
        when = period(row["period_start"], row["period_end"])
        said.append(f"How things stand in {quarter(quarter_label)}: the figure is of {when}.")
    said += [sentence for applies, sentence in _CAUTIONS if applies(row, about)]
    return said + [
        f"How it compares with figures from before {each['began_on']:%B %Y}: {each['label']}."
        for each in breaks
        if each["began_on"] <= row["period_end"]
    ]


def control_sentence(points: Sequence[Row]) -> str:
    """Say what a control chart shows: its limits, what they rest on, and the months beyond usual variation."""
    last = points[-1]
    unit = last["unit"]
    rests = f"{last['points']} months"
    rests += f" since {last['based_on']:%B %Y}" if last["based_on"] else ""
    rests += f", to {last['limits_to']:%B %Y}" if last["limits_to"] > last["period_end"] else ""
    rests += ", which is too few for more than a trial" if last["is_trial"] else ""
    span = f"from {lower_limit(last)} to {figure(last['upper_limit'], unit)}"
    said = f"Usual variation is {span} around a mean of {figure(last['mean'], unit)}. The limits rest on {rests}."
    signals = [each for each in points if each["signal"]]
    if not signals:
        return f"{said} No month shown goes beyond usual variation."
    named = "; ".join(f"{each['period_end']:%B %Y} ({each['signal']})" for each in signals[-_SIGNALS:])
    count = f"{len(signals)} of the {len(points)} months shown"
    latest = ", of which the latest are" if len(signals) > _SIGNALS else ":"
    return f"{said} More than usual variation in {count}{latest} {named}."


def lower_limit(point: Row) -> str:
    """Write the lower limit of a control chart, which no figure that cannot be negative goes below."""
    is_none = point["lower_limit"] < 0 and point["unit"] != "gbp"
    return figure(0 if is_none else point["lower_limit"], point["unit"])


def boroughs(row: Row) -> str:
    """Say how the boroughs read for a group, each compared within itself; nothing where none is."""
    if not row["boroughs"] or row["group_id"] == row["reference_group"]:
        return ""
    clear = f"{row['boroughs_higher']} higher, {row['boroughs_lower']} lower"
    return f"{clear}, {row['boroughs_unclear']} no clear difference, {row['boroughs_not_compared']} not compared"


def revision(row: Row) -> str:
    """Say what became of a figure since it was published."""
    if row["value"] is None or row["value_now"] is None:
        return "Not comparable" if row["value"] is None else "No longer stated"
    if row["revision"] == 0:
        return "Not revised"
    unit = "pp" if row["unit"] == "pct" else row["unit"]
    if rounded(row["revision"], places(unit)) == 0:
        return "Revised by less than is shown"
    return f"Revised {'up' if row['revision'] > 0 else 'down'} by {figure(abs(row['revision']), unit)}"


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month + 1


def _goes_over_a_break(row: Row) -> bool:
    return row["change"] is not None and bool(row["comparability"])


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
        return f"No change from {against} is worked out."
    between = interval(*limits, unit)
    likely = f"; 95% interval {between}" if between else ""
    if unclear:
        return f"No clear change from {against}: {change(moved, unit)}{likely}."
    if rounded(moved, 1) == 0:
        said = f"A change of {change(moved, unit)} from {against}{likely}."
    else:
        side = "higher" if moved > 0 else "lower"
        said = f"{figure(abs(moved), unit)} {side} than {against}{likely}."
    if assessed is None:
        return f"{said} Whether that is more than chance is not assessed."
    return f"{said} {_MEANINGS[assessed]}" if assessed in _MEANINGS else said


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
