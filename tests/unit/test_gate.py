"""The gate: which drafts it lets pass, which it holds, and what it leaves behind."""

import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from expectations import Check, CheckResult, Suite, Verdict, judge, suite_for

Frames = dict[str, pd.DataFrame]
Row = dict[str, Any]

VALUE = {
    "measure_id": "varchar",
    "measure_name": "varchar",
    "unit": "varchar",
    "direction": "varchar",
    "area_code": "varchar",
    "area_name": "varchar",
    "group_id": "varchar",
    "time_window": "varchar",
    "quarter": "varchar",
    "period_start": "date",
    "period_end": "date",
    "value": "double",
    "lower": "double",
    "upper": "double",
    "numerator": "double",
    "denominator": "double",
    "denominator_name": "varchar",
    "denominator_vintage": "varchar",
    "previous_value": "double",
    "change": "double",
    "change_unit": "varchar",
    "change_lower": "double",
    "change_upper": "double",
    "assessment": "varchar",
    "comparability": "varchar",
    "is_provisional": "boolean",
    "vintage_on": "date",
    "status": "varchar",
}
VALUE_KEY = ("measure_id", "area_code", "group_id", "time_window", "period_end")
OTHER_FRAMES = {
    "live": {"measure_id": "varchar"},
    "due": {
        "measure_id": "varchar",
        "feed": "varchar",
        "wanted_period_end": "date",
        "present": "boolean",
    },
    "parts": {
        "measure_id": "varchar",
        "time_window": "varchar",
        "period_end": "date",
        "total": "double",
        "sum_of_parts": "double",
        "difference": "double",
        "boroughs": "bigint",
    },
    "changed": {"explained": "boolean"},
    "feeds": {
        "feed": "varchar",
        "last_period": "date",
        "expected_last_period": "date",
        "is_awaited": "boolean",
        "late": "boolean",
    },
    "cells": {name: "varchar" for name in (*VALUE_KEY, "unit", "implied")}
    | {name: "double" for name in ("cell_id", "threshold", "protection_width", "known", "too_fine")},
    "sums": {"sum_id": "bigint", "cell_id": "bigint", "sign": "bigint"},
    "mentions": {"place": "bigint", "column_name": "varchar", "cell_id": "bigint"},
}


@dataclass(frozen=True)
class Contract:
    """A product as the gate sees it, and what its rows have beyond the common block."""

    product: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    own: Row

    @property
    def suite(self) -> Suite:
        return suite_for(self.product, tuple(self.columns), self.key)


NEW_MET = Contract(
    "new-met-for-london",
    {"framework_version": "varchar", "mission": "varchar"} | VALUE,
    ("framework_version", "mission", *VALUE_KEY),
    {"framework_version": "nmfl-2023", "mission": "Less Crime"},
)
PLAN = Contract(
    "police-and-crime-plan",
    {"framework_version": "varchar", "priority": "varchar"}
    | VALUE
    | {
        "baseline_id": "varchar",
        "baseline_label": "varchar",
        "baseline_start": "date",
        "baseline_end": "date",
        "baseline_value": "double",
        "baseline_stated_by": "varchar",
        "baseline_value_now": "double",
        "baseline_drift": "double",
        "change_from_baseline": "double",
        "baseline_change_lower": "double",
        "baseline_change_upper": "double",
        "baseline_comparability": "varchar",
        "progress": "varchar",
    },
    ("framework_version", "priority", *VALUE_KEY),
    {"framework_version": "final-2025", "priority": "Reducing violence"},
)
BOROUGH = Contract(
    "borough-performance",
    {"bcu_code": "varchar"}
    | VALUE
    | {
        "rate_per_1000": "double",
        "rate_lower": "double",
        "rate_upper": "double",
        "population": "bigint",
        "population_year": "integer",
        "population_vintage": "varchar",
        "mps_rate_per_1000": "double",
    },
    VALUE_KEY,
    {},
)

COUNT: Row = {
    "measure_id": "robbery_all",
    "measure_name": "Robbery",
    "unit": "count",
    "direction": "down",
    "area_code": "E23000001",
    "area_name": "Metropolitan Police",
    "group_id": "all",
    "time_window": "rolling_12m",
    "quarter": "2026-Q1",
    "period_start": "2025-04-01",
    "period_end": "2026-03-31",
    "value": 31000.0,
    "lower": 30655.0,
    "upper": 31345.0,
    "previous_value": 33000.0,
    "change": -6.06,
    "change_unit": "pct",
    "change_lower": -7.5,
    "change_upper": -4.6,
    "assessment": "better",
    "is_provisional": True,
    "vintage_on": "2026-04-15",
}
# No interval and no change, so that its figure can be broken alone.
RATE: Row = COUNT | {
    "measure_id": "tfl_crime_rate",
    "measure_name": "Transport crime",
    "unit": "per_million_journeys",
    "direction": "none",
    "value": 12.4,
    "lower": None,
    "upper": None,
    "numerator": 40000.0,
    "denominator": 3225.8,
    "denominator_name": "journeys",
    "denominator_vintage": "2026-05",
    "previous_value": None,
    "change": None,
    "change_unit": None,
    "change_lower": None,
    "change_upper": None,
    "assessment": None,
}
SHARE: Row = COUNT | {
    "measure_id": "proven_reoffending_rate",
    "measure_name": "Proven reoffending",
    "unit": "pct",
    "time_window": "as_published",
    "value": 26.1,
    "lower": 25.0,
    "upper": 27.2,
    "previous_value": 25.9,
    "change": 0.2,
    "change_unit": "pp",
    "change_lower": -1.1,
    "change_upper": 1.5,
    "assessment": "no clear change",
}
NEUTRAL: Row = COUNT | {
    "measure_id": "sexual_offences",
    "measure_name": "Sexual offences",
    "direction": "none",
    "assessment": "lower",
}
AGAINST_BASELINE: Row = COUNT | {
    "baseline_id": "plan-start",
    "baseline_start": "2024-04-01",
    "baseline_end": "2025-03-31",
    "baseline_value": 33500.0,
    "baseline_stated_by": "Mayor's Office for Policing and Crime",
    "baseline_value_now": 33480.0,
    "baseline_drift": -20.0,
    "change_from_baseline": -7.46,
    "baseline_change_lower": -8.9,
    "baseline_change_upper": -6.0,
    "progress": "below baseline",
}
RATED: Row = COUNT | {
    "bcu_code": "BCU-CE",
    "area_code": "E09000007",
    "area_name": "Camden",
    "rate_per_1000": 7.1,
    "rate_lower": 6.8,
    "rate_upper": 7.4,
    "population": 218000,
    "population_year": 2024,
    "population_vintage": "rebased-2024",
    "mps_rate_per_1000": 3.5,
}
DUE: Row = {"measure_id": "robbery_all", "feed": "mps", "wanted_period_end": "2026-03-31", "present": True}
CHANGED: Row = COUNT | {"explained": True}
FEED: Row = {
    "feed": "mps",
    "last_period": "2026-03-31",
    "expected_last_period": "2026-03-31",
    "is_awaited": True,
    "late": False,
}
PART: Row = {
    "measure_id": "robbery_all",
    "time_window": "fytd",
    "period_end": "2026-03-31",
    "total": 31000.0,
    "sum_of_parts": 31000.0,
    "difference": 0.0,
    "boroughs": 32,
}

# For every check of single rows: a good row, and what makes it break that rule and no other.
COMMON: dict[str, tuple[Row, Row]] = {
    "rows.key_unique": (COUNT, {}),  # put in twice
    "rows.measure_id_given": (COUNT, {"measure_id": None}),
    "rows.area_code_given": (COUNT, {"area_code": None}),
    "rows.group_id_given": (COUNT, {"group_id": None}),
    "rows.time_window_given": (COUNT, {"time_window": None}),
    "rows.period_end_given": (COUNT, {"period_end": None}),
    "rows.measure_name_given": (COUNT, {"measure_name": None}),
    "rows.unit_given": (RATE, {"unit": None}),
    "rows.direction_given": (COUNT, {"direction": None}),
    "rows.area_name_given": (COUNT, {"area_name": None}),
    "rows.quarter_given": (COUNT, {"quarter": None}),
    "rows.period_start_given": (COUNT, {"period_start": None}),
    "rows.value_given": (COUNT, {"value": None}),
    "rows.value_suppressed": (COUNT, {"status": "[c]"}),
    "rows.status_known": (COUNT, {"status": "c"}),
    "rows.is_provisional_given": (COUNT, {"is_provisional": None}),
    "rows.vintage_on_given": (COUNT, {"vintage_on": None}),
    "rows.measure_live": (COUNT, {"measure_id": "a_measure_that_no_feed_supplies"}),
    "rows.time_window_known": (COUNT, {"time_window": "month"}),
    "rows.unit_known": (RATE, {"unit": "per cent"}),
    "rows.direction_known": (COUNT, {"direction": "sideways"}),
    "rows.quarter_well_formed": (COUNT, {"quarter": "2026-Q5"}),
    "rows.period_in_order": (COUNT, {"period_start": "2026-04-01"}),
    "rows.value_finite": (RATE, {"value": inf}),
    "rows.lower_finite": (COUNT, {"lower": -inf}),
    "rows.upper_finite": (COUNT, {"upper": inf}),
    "rows.numerator_finite": (RATE, {"numerator": inf}),
    "rows.denominator_finite": (RATE, {"denominator": inf}),
    "rows.previous_value_finite": (COUNT, {"previous_value": inf}),
    "rows.change_finite": (COUNT, {"change": inf, "change_upper": None}),
    "rows.change_lower_finite": (COUNT, {"change_lower": -inf}),
    "rows.change_upper_finite": (COUNT, {"change_upper": inf}),
    "rows.value_not_negative": (RATE, {"value": -0.1}),
    "rows.pct_at_most_100": (SHARE, {"value": 100.5, "upper": None}),
    "rows.counts_whole": (COUNT, {"value": 31000.5}),
    "rows.lower_not_above": (COUNT, {"lower": 31000.5}),
    "rows.upper_not_below": (COUNT, {"upper": 30999.5}),
    "rows.change_lower_not_above": (COUNT, {"change_lower": -6.0}),
    "rows.change_upper_not_below": (COUNT, {"change_upper": -6.1}),
    "rows.denominator_has_vintage": (RATE, {"denominator_vintage": None}),
    "rows.change_has_previous": (COUNT, {"previous_value": None}),
    "rows.change_has_unit": (COUNT, {"change_unit": None}),
    "rows.change_of_pct_in_points": (SHARE, {"change_unit": "pct"}),
    "rows.change_of_points_in_points": (SHARE, {"unit": "pp", "change_unit": "pct"}),
    "rows.change_of_others_in_per_cent": (COUNT, {"change_unit": "pp"}),
    "rows.movement_without_direction": (RATE, {"assessment": "worse"}),
    "rows.judgement_with_direction": (COUNT, {"assessment": "lower"}),
    "due.present_given": (DUE, {"present": None}),
    "due.all_present": (DUE, {"present": False}),
    "changed.explained_given": (CHANGED, {"explained": None}),
    "changed.all_explained": (CHANGED, {"explained": False}),
    "feeds.late_given": (FEED, {"late": None}),
    "feeds.none_late": (FEED, {"late": True}),
}
OF_NEW_MET: dict[str, tuple[Row, Row]] = {
    "rows.framework_version_given": (COUNT, {"framework_version": None}),
    "rows.mission_given": (COUNT, {"mission": None}),
}
OF_PLAN: dict[str, tuple[Row, Row]] = {
    "rows.framework_version_given": (COUNT, {"framework_version": None}),
    "rows.priority_given": (COUNT, {"priority": None}),
    "rows.baseline_value_finite": (AGAINST_BASELINE, {"baseline_value": inf}),
    "rows.baseline_value_now_finite": (AGAINST_BASELINE, {"baseline_value_now": inf}),
    "rows.baseline_drift_finite": (AGAINST_BASELINE, {"baseline_drift": inf}),
    "rows.change_from_baseline_finite": (
        AGAINST_BASELINE,
        {"change_from_baseline": inf, "baseline_change_upper": None},
    ),
    "rows.baseline_change_lower_finite": (AGAINST_BASELINE, {"baseline_change_lower": -inf}),
    "rows.baseline_change_upper_finite": (AGAINST_BASELINE, {"baseline_change_upper": inf}),
    "rows.baseline_in_order": (AGAINST_BASELINE, {"baseline_end": "2024-03-31"}),
    "rows.progress_known": (AGAINST_BASELINE, {"progress": "on track"}),
    "rows.progress_has_baseline": (COUNT, {"progress": "below baseline"}),
    "rows.change_has_baseline": (COUNT, {"change_from_baseline": -1.0}),
    "rows.baseline_change_lower_not_above": (AGAINST_BASELINE, {"baseline_change_lower": -7.0}),
    "rows.baseline_change_upper_not_below": (AGAINST_BASELINE, {"baseline_change_upper": -8.0}),
}
OF_BOROUGH: dict[str, tuple[Row, Row]] = {
    "rows.area_known": (COUNT, {"area_code": "E09000001"}),
    "rows.rate_per_1000_finite": (RATED, {"rate_per_1000": inf, "rate_upper": None}),
    "rows.rate_lower_finite": (RATED, {"rate_lower": -inf}),
    "rows.rate_upper_finite": (RATED, {"rate_upper": inf}),
    "rows.mps_rate_per_1000_finite": (RATED, {"mps_rate_per_1000": inf}),
    "rows.rate_lower_not_above": (RATED, {"rate_lower": 7.2}),
    "rows.rate_upper_not_below": (RATED, {"rate_upper": 7.0}),
    "rows.rate_has_population": (RATED, {"population": None}),
    "rows.rate_has_population_vintage": (RATED, {"population_vintage": None}),
    "parts.difference_given": (PART, {"difference": None}),
    "parts.parts_sum_to_total": (PART, {"difference": 1.0}),
    "parts.boroughs_given": (PART, {"boroughs": None}),
    "parts.all_boroughs": (PART, {"boroughs": 31}),
}
BREAKING = {
    NEW_MET.product: COMMON | OF_NEW_MET,
    PLAN.product: COMMON | OF_PLAN,
    BOROUGH.product: COMMON | OF_BOROUGH,
}
# The checks of a whole frame, which have tests of their own.
OF_FRAMES = {
    "rows.not_empty",
    "rows.columns_as_contracted",
    "rows.baseline_stated",
    "due.not_empty",
    "parts.not_empty",
    "withdrawn.none_withdrawn",
    "feeds.not_empty",
    # These are of a frame that the judge makes: tests/unit/test_disclosure.py.
    "disclosure.covered_given",
    "disclosure.all_covered",
    "disclosure.unstated_given",
    "disclosure.all_unstated",
    "disclosure.protected_given",
    "disclosure.all_protected",
    "disclosure.new_given",
    "disclosure.all_new",
}
TAGS = {
    "rows": "group_id",
    "due": "measure_id",
    "parts": "measure_id",
    "changed": "group_id",
    "feeds": "feed",
}
"""The column of each frame, without rules on its values, that says which row is meant."""


def as_drafted(columns: Mapping[str, str], rows: Iterable[Row]) -> pd.DataFrame:
    """Return the rows as the draft has them: dates are objects, integers and booleans can be null."""
    nullable = {pa.bool_(): pd.BooleanDtype(), pa.int32(): pd.Int64Dtype(), pa.int64(): pd.Int64Dtype()}
    wanted = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    raw = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
    with duckdb.connect() as connection:
        connection.register("raw", raw.astype(object))
        found = connection.execute(f"select {wanted} from raw").to_arrow_table()
    return found.to_pandas(types_mapper=nullable.get)


def draft(contract: Contract, breaking: Mapping[str, tuple[Row, Row]] | None = None) -> Frames:
    """Return a good draft and, for each rule to break, one more row: tagged with its name and broken."""
    good_row = {PLAN.product: AGAINST_BASELINE, BOROUGH.product: RATED}.get(contract.product, COUNT)
    rows = {
        "rows": [good_row, RATE, SHARE, NEUTRAL],
        "live": [{"measure_id": row["measure_id"]} for row in (COUNT, RATE, SHARE, NEUTRAL)],
        "due": [DUE | {"measure_id": row["measure_id"]} for row in (COUNT, RATE, SHARE, NEUTRAL)],
        "withdrawn": [],
        "changed": [CHANGED],
        "feeds": [FEED],
        "cells": [],
        "sums": [],
        "mentions": [],
    }
    if contract is BOROUGH:
        rows["parts"] = [PART]
    for name, (good, change) in (breaking or {}).items():
        frame = name.split(".")[0]
        broken = good | contract.own | {TAGS[frame]: name} | change
        rows[frame] += [broken, broken] if name == "rows.key_unique" else [broken]
    keys = {name: contract.columns[name] for name in contract.key}
    columns = OTHER_FRAMES | {
        "rows": contract.columns,
        "withdrawn": keys,
        "changed": keys | OTHER_FRAMES["changed"],
    }
    return {frame: as_drafted(columns[frame], (contract.own | row for row in found)) for frame, found in rows.items()}


def only(suite: Suite, *wanted: str) -> Suite:
    """Return the suite with these frames, or of a frame only the checks named `frame.check`."""
    frames = {
        frame: tuple(check for check in checks if {frame, f"{frame}.{check.name}"} & set(wanted))
        for frame, checks in suite.frames.items()
    }
    return replace(suite, frames={frame: checks for frame, checks in frames.items() if checks})


def one_check(expectation: str, **arguments: Any) -> Check:
    return Check("the_check", "What must hold.", expectation, arguments)


def named(verdict: Verdict, outcome: str) -> set[str]:
    return {f"{check.frame}.{check.name}" for check in verdict.checks if check.outcome == outcome}


def result_of(verdict: Verdict, name: str) -> CheckResult:
    return next(check for check in verdict.checks if f"{check.frame}.{check.name}" == name)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with an empty folder for temporary files; return where the evidence goes."""
    for name in ("work", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "evidence"


@pytest.fixture(scope="module")
def broken_drafts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdict on one draft a product that holds a row for every rule, broken by that row alone."""
    return {
        contract.product: judge(
            contract.suite,
            draft(contract, BREAKING[contract.product]),
            tmp_path_factory.mktemp(contract.product),
        )
        for contract in (NEW_MET, PLAN, BOROUGH)
    }


def test_importing_the_gate_imports_nothing_heavy() -> None:
    heavy = {"great_expectations", "pandas", "dagster", "boto3", "duckdb", "orchestration"}
    code = f"import sys, expectations; sys.exit(', '.join({heavy} & set(sys.modules)))"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert finished.stderr.strip() == ""


def test_a_product_without_a_suite_is_refused() -> None:
    with pytest.raises(ValueError, match="no suite for the product 'weather'"):
        suite_for("weather", ["value"], ["value"])


@pytest.mark.parametrize("contract", [NEW_MET, PLAN, BOROUGH], ids=lambda contract: contract.product)
def test_a_good_draft_passes(contract: Contract, folders: Path) -> None:
    verdict = judge(contract.suite, draft(contract), folders)
    assert {check.name: check.observed for check in verdict.checks if check.outcome != "passed"} == {}
    assert verdict.outcome == "passed"
    assert result_of(verdict, "rows.columns_as_contracted").observed == f"{len(contract.columns)} columns"
    assert verdict.summary == f"{contract.product} passed: no critical check of {len(verdict.checks)} failed."


@pytest.mark.parametrize("contract", [NEW_MET, PLAN, BOROUGH], ids=lambda contract: contract.product)
def test_every_check_is_broken_by_a_test(contract: Contract) -> None:
    checks = [f"{frame}.{check.name}" for frame, found in contract.suite.frames.items() for check in found]
    assert len(set(checks)) == len(checks)
    assert set(checks) - OF_FRAMES == set(BREAKING[contract.product])


@pytest.mark.parametrize(
    ("product", "name"), [(product, name) for product, rules in BREAKING.items() for name in rules]
)
def test_a_row_that_breaks_one_rule_fails_that_check_alone(
    product: str, name: str, broken_drafts: dict[str, Verdict]
) -> None:
    frame = name.split(".")[0]
    tag = "null" if name == "rows.group_id_given" else name
    named_so = re.compile(rf"\b{TAGS[frame]} {re.escape(tag)}(,|$)")
    found = [check for check in broken_drafts[product].checks if check.frame == frame]
    # All the rows that a check found are among its examples, so none is overlooked.
    assert all(check.unexpected_count == len(check.examples) for check in found)
    failed_by = {f"{frame}.{check.name}" for check in found if any(named_so.search(row) for row in check.examples)}
    assert failed_by == {name}
    assert result_of(broken_drafts[product], name).outcome == "failed"


def test_good_rows_among_broken_ones_are_not_blamed(broken_drafts: dict[str, Verdict]) -> None:
    for verdict in broken_drafts.values():
        assert verdict.outcome == "failed"
        assert named(verdict, "errored") == set()
        assert not [row for check in verdict.checks for row in check.examples if "group_id all" in row]


def test_examples_name_the_measure_and_the_period_wanted(broken_drafts: dict[str, Verdict]) -> None:
    absent = result_of(broken_drafts[NEW_MET.product], "due.all_present")
    assert absent.examples == ("measure_id due.all_present, wanted_period_end 2026-03-31, present False",)
    assert absent.observed == "1 of 6 rows break it"


def test_a_draft_without_rows_fails(folders: Path) -> None:
    frames = draft(PLAN)
    verdict = judge(only(PLAN.suite, "rows"), frames | {"rows": frames["rows"].head(0)}, folders)
    assert verdict.outcome == "failed"
    assert named(verdict, "failed") == {"rows.not_empty", "rows.baseline_stated"}


@pytest.mark.parametrize(("contract", "frame"), [(NEW_MET, "due"), (NEW_MET, "feeds"), (BOROUGH, "parts")])
def test_a_companion_without_rows_fails(contract: Contract, frame: str, folders: Path) -> None:
    frames = draft(contract)
    verdict = judge(only(contract.suite, frame), frames | {frame: frames[frame].head(0)}, folders)
    assert named(verdict, "failed") == {f"{frame}.not_empty"}
    assert verdict.outcome == "failed"


def test_a_row_withdrawn_since_the_last_release_fails_and_is_named(folders: Path) -> None:
    frames = draft(BOROUGH)
    gone = frames["rows"].head(2)[list(BOROUGH.key)]
    verdict = judge(only(BOROUGH.suite, "withdrawn"), frames | {"withdrawn": gone}, folders)
    (check,) = verdict.checks
    assert (check.outcome, check.observed, check.unexpected_count) == ("failed", "2", 2)
    assert check.examples[0] == (
        "measure_id robbery_all, area_code E09000007, group_id all, time_window rolling_12m, period_end 2026-03-31"
    )


def test_a_plan_without_a_baseline_fails(folders: Path) -> None:
    frames = draft(PLAN)
    rows = frames["rows"].tail(3)
    verdict = judge(only(PLAN.suite, "rows"), frames | {"rows": rows}, folders)
    assert named(verdict, "failed") == {"rows.baseline_stated"}
    assert verdict.outcome == "failed"


def test_a_column_beyond_the_contract_fails(folders: Path) -> None:
    frames = draft(NEW_MET)
    frames["rows"]["remark"] = "checked by hand"
    verdict = judge(
        only(NEW_MET.suite, "rows.columns_as_contracted", "rows.key_unique", "rows.vintage_on_given"),
        frames,
        folders,
    )
    assert named(verdict, "failed") == {"rows.columns_as_contracted"}
    assert result_of(verdict, "rows.columns_as_contracted").observed == "not in the contract: remark"


def test_columns_in_another_order_fail(folders: Path) -> None:
    frames = draft(NEW_MET)
    frames["rows"] = frames["rows"][list(NEW_MET.columns)[::-1]]
    verdict = judge(
        only(NEW_MET.suite, "rows.columns_as_contracted", "rows.key_unique", "rows.vintage_on_given"),
        frames,
        folders,
    )
    assert named(verdict, "failed") == {"rows.columns_as_contracted"}
    observed = result_of(verdict, "rows.columns_as_contracted").observed
    assert observed.startswith("the order is: status, vintage_on, is_provisional, ")


@pytest.mark.parametrize("column", ["vintage_on", "denominator_name"])
def test_a_missing_column_is_an_error_not_a_failure(column: str, folders: Path) -> None:
    frames = draft(NEW_MET)
    frames["rows"] = frames["rows"].drop(columns=column)
    verdict = judge(
        only(NEW_MET.suite, "rows.columns_as_contracted", "rows.key_unique", "rows.vintage_on_given"),
        frames,
        folders,
    )
    assert verdict.outcome == "errored"
    assert named(verdict, "failed") == set()
    assert result_of(verdict, "rows.columns_as_contracted").observed == f"missing in rows: {column}"


def test_a_missing_frame_is_an_error_even_where_other_data_are_bad(folders: Path) -> None:
    frames = draft(NEW_MET, {"feeds.none_late": COMMON["feeds.none_late"]})
    del frames["live"], frames["due"]
    verdict = judge(only(NEW_MET.suite, "rows.measure_live", "due", "feeds"), frames, folders)
    assert verdict.outcome == "errored"
    assert named(verdict, "errored") == {
        "rows.measure_live",
        "due.not_empty",
        "due.present_given",
        "due.all_present",
    }
    assert result_of(verdict, "due.not_empty").observed == "the frame due is missing"
    assert named(verdict, "failed") == {"feeds.none_late"}
    assert verdict.summary == (
        "new-met-for-london errored: 4 of 7 checks could not be made (rows.measure_live, due.not_empty, "
        "due.present_given, due.all_present); 1 of 7 checks failed (feeds.none_late)."
    )


def test_an_expectation_that_raises_is_an_error(folders: Path) -> None:
    check = one_check("ExpectColumnValuesToBeBetween", column="value", min_value=0)
    suite = Suite("a", "1", {"rows": (check,)})
    verdict = judge(suite, {"rows": pd.DataFrame({"value": ["many", "few"]})}, folders)
    assert verdict.outcome == "errored"
    assert verdict.checks[0].observed.startswith("it raised: ")
    assert verdict.summary == "a errored: 1 of 1 checks could not be made (rows.the_check)."


def test_a_warning_is_reported_and_does_not_block(folders: Path) -> None:
    check = replace(one_check("ExpectColumnValuesToBeBetween", column="value", min_value=0), severity="warning")
    suite = Suite("a", "1", {"rows": (check,)})
    verdict = judge(suite, {"rows": pd.DataFrame({"value": [1.0, -1.0]})}, folders)
    assert verdict.outcome == "passed"
    assert (verdict.checks[0].outcome, verdict.checks[0].examples) == ("failed", ("value -1.0",))
    assert verdict.summary == ("a passed: no critical check of 1 failed; 1 gave a warning (rows.the_check).")


def test_the_evidence_is_complete_and_nothing_else_is_written(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise AssertionError("the gate opened a connection")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    monkeypatch.setattr(socket.socket, "connect", offline)
    suite = only(BOROUGH.suite, "due", "parts", "withdrawn", "feeds")
    frames = draft(BOROUGH, {"parts.all_boroughs": OF_BOROUGH["parts.all_boroughs"]})
    frames["parts"].loc[1, "difference"] = inf
    before = {name: frame.copy() for name, frame in frames.items()}
    verdict = judge(suite, frames, folders)

    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
    assert [path.name for path in sorted(folders.parent.iterdir())] == ["evidence", "temporary", "work"]
    assert not [*folders.parent.glob("work/*"), *folders.parent.glob("temporary/*")]
    assert sorted(path.name for path in folders.iterdir()) == ["data_docs", "gate", "verdict.json"]
    assert {path.stem for path in (folders / "gate").iterdir()} == set(suite.frames)
    assert (folders / "data_docs" / "index.html").is_file()
    pages = [path.read_text("utf-8") for path in (folders / "data_docs" / "validations").rglob("*.html")]
    assert len(pages) == len(suite.frames)
    assert any("The areas sum to the total of the force." in page for page in pages)

    assert json.loads((folders / "verdict.json").read_text("utf-8")) == verdict.as_dict()
    for path in folders.glob("gate/*.json"):
        found = json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)
        assert len(found["results"]) == len(suite.frames[path.stem])


def test_judging_again_replaces_the_evidence_and_says_the_same(folders: Path) -> None:
    suite = only(NEW_MET.suite, "due", "feeds")
    frames = draft(NEW_MET, {"feeds.none_late": COMMON["feeds.none_late"]})
    judge(suite, frames, folders)
    first = (folders / "verdict.json").read_bytes()
    judge(only(suite, "due"), frames, folders)
    assert [path.name for path in (folders / "gate").iterdir()] == ["due.json"]
    judge(suite, {name: frame.set_index(frame.index + 7) for name, frame in frames.items()}, folders)
    assert (folders / "verdict.json").read_bytes() == first


def test_a_verdict_broken_off_is_not_left_standing(folders: Path) -> None:
    good = Suite("a", "1", {"rows": (one_check("ExpectTableRowCountToBeBetween", min_value=1),)})
    frames = {"rows": pd.DataFrame({"value": [1.0]})}
    judge(good, frames, folders)
    no_such = Suite("a", "1", {"rows": (one_check("ExpectMiracles"),)})
    with pytest.raises(AttributeError, match="ExpectMiracles"):
        judge(no_such, frames, folders)
    assert not (folders / "verdict.json").exists()


def test_twenty_thousand_bad_rows_are_counted_and_five_are_shown(folders: Path) -> None:
    frames = draft(NEW_MET)
    rows = frames["rows"].iloc[[1]].loc[lambda data: data.index.repeat(20_000)]
    rows["group_id"] = [f"mode {number}" for number in range(len(rows))]
    rows["value"] = -1.0
    verdict = judge(only(NEW_MET.suite, "rows"), frames | {"rows": rows}, folders)
    assert named(verdict, "failed") == {"rows.value_not_negative"}
    negative = result_of(verdict, "rows.value_not_negative")
    assert (negative.unexpected_count, len(negative.examples)) == (20_000, 5)
    assert negative.observed == "20,000 of 20,000 rows break it"
    assert "group_id mode 4, " in negative.examples[4]
