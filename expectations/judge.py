"""The judge: one function that puts a draft to its suite, and the verdict that it gives.

Everything that knows of Great Expectations is here. What must hold is in `suites`; what a verdict leads to is
decided elsewhere.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from expectations.suites import Check, Severity, Suite, ValuesOf, Where

if TYPE_CHECKING:
    import pandas as pd

    Frames = Mapping[str, pd.DataFrame]

Outcome = Literal["passed", "failed", "errored"]

EXAMPLES = 5
"""How many of the rows that break a check are shown."""


@dataclass(frozen=True)
class CheckResult:
    """What came of one check; `unexpected_count` is the number of rows that break it."""

    frame: str
    name: str
    description: str
    severity: Severity
    outcome: Outcome
    observed: str
    unexpected_count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What came of a suite: only a draft that *passed* may be published."""

    suite: str
    version: str
    checks: tuple[CheckResult, ...]

    @property
    def outcome(self) -> Outcome:
        """Passed; failed where the data are bad; errored where the gate could not tell."""
        if self._named("errored"):
            return "errored"
        return "failed" if self._named("failed", "critical") else "passed"

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        total = len(self.checks)
        parts = []
        if errored := self._named("errored"):
            parts.append(f"{len(errored)} of {total} checks could not be made ({', '.join(errored)})")
        if failed := self._named("failed", "critical"):
            parts.append(f"{len(failed)} of {total} checks failed ({', '.join(failed)})")
        if not parts:
            parts.append(f"no critical check of {total} failed")
        if warnings := self._named("failed", "warning"):
            parts.append(f"{len(warnings)} gave a warning ({', '.join(warnings)})")
        return f"{self.suite} {self.outcome}: {'; '.join(parts)}."

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict ready for JSON, in the order of the suite."""
        return {
            "suite": self.suite,
            "version": self.version,
            "outcome": self.outcome,
            "summary": self.summary,
            "checks": [asdict(check) | {"examples": list(check.examples)} for check in self.checks],
        }

    def _named(self, outcome: Outcome, severity: Severity | None = None) -> list[str]:
        return [
            f"{check.frame}.{check.name}"
            for check in self.checks
            if check.outcome == outcome and severity in (None, check.severity)
        ]


def read_verdict(evidence: Path) -> Verdict:
    """Return the verdict that was filed with a gate's evidence."""
    filed = json.loads((evidence / "verdict.json").read_bytes())
    checks = tuple(CheckResult(**check | {"examples": tuple(check["examples"])}) for check in filed["checks"])
    return Verdict(filed["suite"], filed["version"], checks)


def judge(suite: Suite, frames: "Frames", evidence: Path) -> Verdict:
    """Judge the frames of a draft and file the evidence.

    The folder gets `gate/<frame>.json` and `data_docs/` from Great Expectations and, last, `verdict.json`:
    where that is missing, the judging was broken off. What an earlier judging left there is replaced.
    """
    verdict_file = evidence / "verdict.json"
    verdict_file.unlink(missing_ok=True)
    for folder in (evidence / "gate", evidence / "data_docs"):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)

    # Great Expectations points at rows by their label: number them from 0.
    numbered = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    broken = _derive(suite, numbered)
    gate = _Gate(suite.name, evidence)
    results: list[CheckResult] = []
    for frame, checks in suite.frames.items():
        hindrances = {check.name: broken.get(frame) or _hindrance(check, frame, numbered) for check in checks}
        ready = [check for check in checks if not hindrances[check.name]]
        found = gate.run(frame, ready, numbered) if ready else {}
        for check in checks:
            if hindrances[check.name]:
                results.append(_errored(check, frame, hindrances[check.name]))
            else:
                results.append(_made(check, frame, found[check.name], numbered[frame]))
    gate.build_docs()

    verdict = Verdict(suite.name, suite.version, tuple(results))
    written = evidence / ".verdict.json.tmp"
    written.write_text(json.dumps(verdict.as_dict(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    written.replace(verdict_file)
    return verdict


def _derive(suite: Suite, frames: "dict[str, pd.DataFrame]") -> dict[str, str]:
    """Make the frames that the judge makes itself; return why, where one could not be made."""
    broken = {}
    for name, make in suite.derived.items():
        try:
            frames[name] = make(frames)
        except Exception as error:  # whatever it is, the gate cannot tell: that is no verdict on the data
            broken[name] = f"it could not be made: {error!r}"
    return broken


class _Gate:
    """A throw-away context of Great Expectations that writes nowhere but into the evidence."""

    def __init__(self, name: str, evidence: Path) -> None:
        import great_expectations as gx
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )

        self._gate_folder = evidence / "gate"
        self._docs_folder = evidence / "data_docs"
        docs = {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(self._docs_folder.resolve()),
            },
        }
        self._context = gx.get_context(
            mode="ephemeral",
            project_config=DataContextConfig(
                store_backend_defaults=InMemoryStoreBackendDefaults(),
                data_docs_sites={"gate": docs},
                progress_bars=ProgressBarsConfig(globally=False),
                analytics_enabled=False,
            ),
        )
        self._source = self._context.data_sources.add_pandas(name)

    def run(self, frame: str, checks: Sequence[Check], frames: "Frames") -> dict[str, dict[str, Any]]:
        """Put one frame to its checks; return what Great Expectations found, by name of the check."""
        import great_expectations as gx

        batch = self._source.add_dataframe_asset(frame).add_batch_definition_whole_dataframe("draft")
        suite = self._context.suites.add(
            gx.ExpectationSuite(name=frame, expectations=[_expectation(check, frames) for check in checks])
        )
        definition = self._context.validation_definitions.add(
            gx.ValidationDefinition(name=frame, data=batch, suite=suite)
        )
        result = definition.run(
            batch_parameters={"dataframe": frames[frame]},
            # By position, not by key columns: naming thousands of rows takes it seconds a check.
            result_format={"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES},
        )
        # JSON has no infinity: as a word it stays legible.
        found_json = result.to_json_dict()  # type: ignore[no-untyped-call]
        plain = json.loads(json.dumps(found_json), parse_constant=str)
        text = json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True)
        (self._gate_folder / f"{frame}.json").write_text(text + "\n", "utf-8")
        return {found["expectation_config"]["meta"]["check"]: found for found in plain["results"]}

    def build_docs(self) -> None:
        """Write the pages that show the results, frame by frame."""
        self._context.build_data_docs()
        # 3 MB of moving pictures for a tutorial that these pages do not offer.
        for picture in self._docs_folder.glob("static/images/*.gif"):
            picture.unlink()


def _expectation(check: Check, frames: "Frames") -> Any:
    import great_expectations.expectations as gxe

    arguments = {
        name: frames[value.frame][value.column].dropna().unique().tolist() if isinstance(value, ValuesOf) else value
        for name, value in check.arguments.items()
    }
    if check.where is not None:
        arguments["row_condition"] = _row_condition(check.where)
    return getattr(gxe, check.expectation)(
        **arguments, severity=check.severity, description=check.description, meta={"check": check.name}
    )


def _row_condition(where: Where) -> Any:
    from great_expectations.expectations.row_conditions import Column

    column = Column(where.column)
    match where.condition:
        case "equals":
            return column == where.value
        case "differs":
            return column.is_not_in(where.value) if isinstance(where.value, list) else column != where.value
        case "null":
            return column.is_null()
        case "given":
            return column.is_not_null()


def _hindrance(check: Check, frame: str, frames: "Frames") -> str:
    """Why the check cannot be made, or nothing."""
    wanted = {frame: check.columns}
    for value in check.arguments.values():
        if isinstance(value, ValuesOf):
            wanted[value.frame] = (value.column,)
    for name, columns in wanted.items():
        if name not in frames:
            return f"the frame {name} is missing"
        if missing := [column for column in columns if column not in frames[name].columns]:
            return f"missing in {name}: {', '.join(missing)}"
    return ""


def _errored(check: Check, frame: str, why: str) -> CheckResult:
    return CheckResult(frame, check.name, check.description, check.severity, "errored", why)


def _made(check: Check, frame: str, found: Mapping[str, Any], data: "pd.DataFrame") -> CheckResult:
    if raised := _raised(found["exception_info"]):
        return _errored(check, frame, raised)
    result = found["result"]
    unexpected = len(data) if check.lists_faults else result.get("unexpected_count", 0)
    labels = data.index[:EXAMPLES] if check.lists_faults else result.get("partial_unexpected_index_list", ())
    return CheckResult(
        frame,
        check.name,
        check.description,
        check.severity,
        "passed" if found["success"] else "failed",
        _observed(check, result),
        unexpected,
        tuple(_row_named(check, data, label) for label in labels),
    )


def _raised(exception_info: Mapping[str, Any]) -> str:
    """Return the first exception of an expectation (they are filed flat or by metric), or nothing."""
    filed = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    return next((f"it raised: {info['exception_message']}" for info in filed if info["raised_exception"]), "")


def _observed(check: Check, result: Mapping[str, Any]) -> str:
    if "element_count" in result:
        return f"{result['unexpected_count']:,} of {result['element_count']:,} rows break it"
    observed = result["observed_value"]
    if not isinstance(observed, list):
        return f"{observed:,}"
    if others := [column for column in observed if column not in check.columns]:
        return f"not in the contract: {', '.join(others)}"
    in_order = tuple(observed) == check.columns
    return f"{len(observed)} columns" if in_order else f"the order is: {', '.join(observed)}"


def _row_named(check: Check, data: "pd.DataFrame", label: int) -> str:
    row = data.loc[label]
    null = row.isna()
    columns = dict.fromkeys((*check.named_by, *check.columns))
    return ", ".join(
        f"{column} {'null' if null[column] else _cell(row[column])}" for column in columns if column in data.columns
    )


def _cell(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value)
