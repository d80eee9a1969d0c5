"""Why a delivery was not landed, in terms that a person can act on.

`Refusal` is raised anywhere between the bytes and the landing tables; its report is filed beside the bytes.
What counts as a fault is decided by the readers, `recognise` and `tidy`, not here.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal


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

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data."""
        return asdict(self)

    def markdown(self) -> str:
        """Return the report as a short page."""
        lines = [f"**{self.outcome.capitalize()}: {self.headline}**", ""]
        if self.nearest:
            lines += [f"Nearest layout: `{self.nearest}`"]
            lines += [f"- columns missing: {_names(self.missing)}"] if self.missing else []
            lines += [f"- columns not known: {_names(self.added)}"] if self.added else []
            lines.append("")
        for problem in self.problems:
            where = f" in `{problem.column}`" if problem.column else ""
            lines.append(f"- {problem.what}{where}: {problem.count:,}")
            lines += [f"    - {_example(example)}" for example in problem.examples]
        if self.remedy:
            lines += ["", f"What to do: {self.remedy}"]
        return "\n".join(lines)


class Refusal(Exception):
    """A delivery cannot be landed as it is; takes what a `Report` takes."""

    def __init__(self, headline: str, **details: Any) -> None:
        super().__init__(headline)
        self.report = Report(headline, **details)


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{repr(name)[1:-1]}`" for name in names[:12])  # repr shows what would be invisible
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"


def _example(example: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value!r}" for key, value in example.items())
