"""The guides for suppliers in `docs/suppliers`, written from the templates: `python -m sources.guides`.

A page and an example a template, and a page that lists them. A test holds what lies there against what this writes.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sources.sample.suppliers import written
from sources.sample.truth import month_number
from sources.suppliers import (
    CHARACTERISTICS,
    FIGURES,
    FORCE,
    JUDGEMENTS,
    SYMBOLS,
    TEMPLATES,
    TEXTS,
    UNKNOWN,
    VERSION,
    WHOLE,
    Supplied,
    Template,
)

FOLDER = Path(__file__).parents[1] / "docs" / "suppliers"
EXAMPLE_ENDS = month_number(date(2026, 3, 1))
EXAMPLE_SEED = 1

_KINDS = {
    "flow": "counted in the period; periods add up",
    "cohort": "counted once over the whole period; periods do not add up",
    "survey": "weighted per cent of respondents who",
    "level": "as it stands on the last day of the period",
}
_AREAS = {
    "force": f"`{FORCE}`",
    "force and boroughs": f"`{FORCE}`, and any of the 32 boroughs by name",
    "parts": f"each of the 32 boroughs by name and `{UNKNOWN}`, which add up to the force; itself it is left out",
}
_FIGURES = {
    "numerator": "The count, a whole number.",
    "denominator": "What the count is a share of, a whole number; blank where the measure below has none.",
    "per_cent": "Weighted per cent, 0 to 100, with the decimals there are.",
    "base": "Unweighted number of respondents who were asked and gave a valid answer.",
    "design_effect": "Design effect: the figure's variance over that in a simple sample as large (the square of the "
    "design factor). 1 where nothing was weighted or clustered.",
    "forecast_outturn": "Pounds, the whole financial year.",
    "budget": "Pounds, the whole financial year.",
    "judgement": f"The month's judgement: {', '.join(f'`{word}`' for word in JUDGEMENTS)}.",
    "assessor": "Who judged: a name or a post.",
}


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every file of `docs/suppliers`."""
    yield "README.md", _index().encode()
    for template in TEMPLATES:
        yield f"{template.name}.md", _page(template).encode()
        yield f"{template.name}.csv", written(template, EXAMPLE_ENDS, EXAMPLE_SEED, months=1)


def _index() -> str:
    lines = [
        "# Templates for suppliers",
        "",
        "Some measures of both frameworks are published nowhere as a table. Who holds their figures sends them on one",
        "of these templates; the file is dropped into the inbox like any other. All have one shape: CSV in UTF-8, with",
        "commas and one header line, a row a figure. Each page says what its template takes; beside it lies an",
        "example, whose figures are synthetic. These pages are written by `python -m sources.guides` from",
        "`sources/suppliers.py`.",
        "",
        "| template | sends | how often |",
        "| --- | --- | --- |",
        *(
            f"| [{template.name}]({template.name}.md) | {template.title} | {template.cadence.value} |"
            for template in TEMPLATES
        ),
        "",
        "Rules of all templates:",
        "",
        "- A file states its periods whole. A later file that states a period again replaces all that was said of it.",
        "- No cell below the disclosure rule is sent. It comes blank, with the status `c`; a file with a number below",
        "  the rule is refused, and the report says in which row. Of counts, no group of a characteristic is",
        "  suppressed alone: it could be worked out from the whole, so a second one is suppressed with it.",
        "- Nothing is rounded, and nothing that is missing is a zero.",
        "- A later version of a template has another first column (`... v2`), so that the two are never taken for one.",
    ]
    return "\n".join(lines) + "\n"


def _page(template: Template) -> str:
    columns = {
        template.header[0]: f"The measure, one of those below. This column is called by the template and its version "
        f"({VERSION}).",
        "period_start": "First day of the period, `YYYY-MM-DD`.",
        "period_end": "Last day of the period.",
        "area": "See the measures.",
        "characteristic": f"`{WHOLE}` for the whole; else {', '.join(CHARACTERISTICS)}, or two or three by `and`.",
        "group": f"`{WHOLE}` for the whole; else the group in plain words, such as `black` or `25-34`.",
        **{name: _FIGURES[name] for name in (*FIGURES[template.shape], *TEXTS[template.shape])},
        "status": "Blank beside a figure. "
        + " ".join(f"`{symbol}`: {meaning}; all figures of the row are blank." for symbol, meaning in SYMBOLS.items()),
        "note": "Anything a reader should know; not shown with the figure.",
    }
    lines = [
        f"# {template.title}",
        "",
        f"Template `{template.name}`, version {VERSION}. From the {template.publisher}, {template.cadence.value}, "
        f"{template.lag.days} days after a period at the latest. [An example]({template.name}.csv) has synthetic "
        "figures.",
        "",
        "| column | holds |",
        "| --- | --- |",
        *(f"| `{name}` | {text} |" for name, text in columns.items()),
        "",
        "| measure | figure | period | areas | disclosure |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| `{measure.name}` | {_figure(measure)} | {_periods(measure)} | {_AREAS[measure.areas]} | "
            f"{_disclosure(measure)} |"
            for measure in template.measures
        ),
        "",
        "Send the whole of every measure and period with its groups; the rules of all templates are [here](README.md).",
    ]
    return "\n".join(lines) + "\n"


def _figure(measure: Supplied) -> str:
    kind = _KINDS[measure.kind]
    if measure.kind == "survey":
        return f"{kind} {measure.what}"
    return f"{measure.what}{f', of the {measure.of}' if measure.of else ''} ({kind})"


def _periods(measure: Supplied) -> str:
    words = {1: "a month", 3: "a quarter", 6: "a half-year", 12: "twelve months"}
    shown, *others = (words[months] for months in measure.months)
    return "; ".join([f"{shown}, as the measure is shown", *(f"also {other}" for other in others)]) if others else shown


def _disclosure(measure: Supplied) -> str:
    if measure.kind == "survey":
        return f"base of at least {measure.least}"
    if not measure.least_in_group:
        return "none beyond the supplier's own"
    whole = f"counts of at least {measure.least}, or 0; " if measure.least else ""
    rest = ", and as many not counted" if measure.of else ""
    return f"{whole}in a group at least {measure.least_in_group}, or 0{rest}"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in files():
        (FOLDER / name).write_bytes(content)
