"""Why a delivery was not landed, in terms that a person can act on.

`Refusal` is raised anywhere between the bytes and the landing tables; its report is filed beside the bytes.
What counts as a fault is decided by the readers, `recognise` and `tidy`, not here. Whatever a file holds, its report
stays short, and nothing in it acts on the terminal or page that shows it: text from outside stands in code spans.
"""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

NAME = 100
"""Characters of a name from outside that are shown."""

TEXT = 500
"""Characters of any other text of a report that are kept."""

NAMES = 50
"""Column names that are kept; the others are counted."""


def quoted(text: str) -> str:
    """Return a text from outside as a Markdown code span: cut short, and with what would be invisible spelt out."""
    shown = text if len(text) <= NAME else f"{text[: NAME - 1]}…"
    return f"`{visible(shown).replace('`', chr(39))}`"


def visible(text: str) -> str:
    """Return a text from outside with what would be invisible, or act on a terminal, spelt out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@dataclass(frozen=True)
class Problem:
    """One kind of fault: how often it occurs, and the first few rows that have it."""

    what: str
    column: str | None = None
    count: int = 1
    examples: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Report:
    """What was found wrong with a delivery and what to do about it.

    `quarantined`: the file cannot be landed as it is. `held`: it can, once a person accepts it.
    `rule` is the first that was broken: the file reads; its rows keep the schema; the past bears it out.
    `unnamed` counts the columns that are not known beyond those named in `added`.
    """

    headline: str
    problems: tuple[Problem, ...] = ()
    remedy: str = ""
    outcome: Literal["quarantined", "held"] = "quarantined"
    rule: Literal["reads", "schema", "history"] = "reads"
    feed: str | None = None
    nearest: str | None = None
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    unnamed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data."""
        return asdict(self)

    def markdown(self) -> str:
        """Return the report as a short page."""
        lines = [f"**{self.outcome.capitalize()}: {_inert(self.headline)}**", ""]
        if self.nearest:
            lines += [f"Nearest layout: `{self.nearest}`"]
            lines += [f"- columns missing: {_names(self.missing, 0)}"] if self.missing else []
            lines += [f"- columns not known: {_names(self.added, self.unnamed)}"] if self.added else []
            lines.append("")
        for problem in self.problems:
            where = f" in `{problem.column}`" if problem.column else ""
            lines.append(f"- {_inert(problem.what)}{where}: {problem.count:,}")
            lines += [f"    - {_example(example)}" for example in problem.examples]
        if self.remedy:
            lines += ["", f"What to do: {self.remedy}"]
        return "\n".join(lines)


class Refusal(Exception):
    """A delivery cannot be landed as it is; takes what a `Report` takes."""

    def __init__(self, headline: str, **details: Any) -> None:
        self.report = _bounded(Report(headline, **details))
        super().__init__(self.report.headline)


def _bounded(report: Report) -> Report:
    """Return the report with what came from the file cut short; it is stored whole, and shown."""
    return replace(
        report,
        headline=visible(_cut(report.headline)),
        problems=tuple(
            replace(problem, what=visible(_cut(problem.what)), examples=tuple(map(_cut_cells, problem.examples)))
            for problem in report.problems
        ),
        missing=tuple(map(_cut, report.missing)),
        added=tuple(map(_cut, report.added[:NAMES])),
        unnamed=report.unnamed + len(report.added[NAMES:]),
    )


def _cut_cells(example: dict[str, Any]) -> dict[str, Any]:
    return {key: _cut(value) if isinstance(value, str) else value for key, value in example.items()}


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"


def _names(names: tuple[str, ...], unnamed: int) -> str:
    shown, rest = ", ".join(map(quoted, names[:12])), len(names[12:]) + unnamed
    return f"{shown} and {rest:,} more" if rest else shown


def _inert(text: str) -> str:
    """Return a text in which nothing outside code spans is a link, an image or a tag."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([\\<*\[])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def _example(example: dict[str, Any]) -> str:
    # A code span ends at a backtick, wherever that came from.
    return f"`{', '.join(f'{key} {value!r}' for key, value in example.items()).replace('`', chr(39))}`"
