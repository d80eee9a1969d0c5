"""The suites: what must hold of each product's draft before it is published.

A check is plain data that names an expectation of Great Expectations; `judge` turns it into one. What belongs
to the shape of a mart (its column types and tests) is in dbt; what belongs to a delivery is with its feed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import float_info
from typing import Any, Literal

from expectations.disclosure import examine

Severity = Literal["critical", "warning"]

VERSION = "2"
"""Stated in every verdict; raise it when a rule changes."""

TIME_WINDOWS = ("quarter", "rolling_12m", "fytd", "as_published", "quarter_end")
UNITS = ("count", "per_1000", "per_million_journeys", "pct", "mean", "ratio", "per_100000", "pp", "gbp")
SIGNED = ["pp", "gbp"]
"""Units of differences, which can be below zero: of shares, and of money."""
DIRECTIONS = ("down", "up", "toward_1", "none")
JUDGEMENTS = ("better", "worse", "no clear change")
MOVEMENTS = ("higher", "lower", "no clear change")
PROGRESS = ("below baseline", "above baseline", "no clear change from baseline")
SUPPRESSED = "[c]"
BOROUGHS = 32
"""The boroughs policed by the Metropolitan Police: all but the City of London (E09000001)."""
BOROUGH_AREAS = (
    *(f"E09{number:06}" for number in range(2, 34)),
    "MPS-UNKNOWN",
    "MPS-AIRPORTS",
    "E23000001",
)

_CELL = ("measure_id", "area_code", "group_id", "time_window", "period_end", "implied")


@dataclass(frozen=True)
class Where:
    """The rows that a check is about: those whose column equals or differs from a value, or is null or given.

    Of several values it differs from all.
    """

    column: str
    condition: Literal["equals", "differs", "null", "given"]
    value: str | list[str] = ""


@dataclass(frozen=True)
class ValuesOf:
    """Stands, in a check's arguments, for the distinct values of a column of another frame of the draft."""

    frame: str
    column: str


@dataclass(frozen=True)
class Check:
    """One rule about one frame.

    `expectation` is a class of `great_expectations.expectations` and `arguments` are its arguments.
    `named_by` are the columns that tell a reader which row is meant. `lists_faults` says that the frame
    holds nothing but faults, so that each of its rows is an example.
    """

    name: str
    description: str
    expectation: str
    arguments: Mapping[str, Any]
    where: Where | None = None
    severity: Severity = "critical"
    named_by: tuple[str, ...] = ()
    lists_faults: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns without which the check cannot be made."""
        of_column = (self.arguments.get(name) for name in ("column", "column_A", "column_B"))
        named = [column for column in of_column if column is not None]
        if self.where is not None:
            named.append(self.where.column)
        return tuple(dict.fromkeys([*self.arguments.get("column_list", ()), *named]))


@dataclass(frozen=True)
class Suite:
    """Everything that must hold of one product's draft, frame by frame.

    `derived` are frames that the judge makes itself of those that it is given: nobody can hand in a good one.
    """

    name: str
    version: str
    frames: Mapping[str, tuple[Check, ...]]
    derived: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


def suite_for(product: str, columns: Sequence[str], key: Sequence[str]) -> Suite:
    """Return the suite of a product whose contract has these columns, in this order, and this key."""
    if product not in _OWN:
        raise ValueError(f"There is no suite for the product {product!r}, only for: {', '.join(_OWN)}.")
    own = _OWN[product]()
    withdrawn = _check(
        "none_withdrawn",
        "No row of the last release is missing from this one.",
        "ExpectTableRowCountToEqual",
        value=0,
    )
    frames = {
        "rows": _named_by(key, [*_contract(columns, key), *_figures(), *own.get("rows", ())]),
        "due": _named_by(("measure_id", "wanted_period_end"), _due()),
        "parts": _named_by(("measure_id", "time_window", "period_end"), own.get("parts", ())),
        "withdrawn": _named_by(key, [replace(withdrawn, lists_faults=True)]),
        "changed": _named_by(
            key,
            _always(
                "explained",
                "Every figure changed since the last release stands on a later delivery or a known revision.",
            ),
        ),
        "feeds": _named_by(("feed", "last_period", "expected_last_period"), _feeds()),
        "disclosure": _named_by((*_CELL, "least", "most", "width"), _disclosure()),
    }
    return Suite(
        product,
        VERSION,
        {frame: checks for frame, checks in frames.items() if checks},
        derived={"disclosure": examine},
    )


def _named_by(columns: Iterable[str], checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(replace(check, named_by=tuple(columns)) for check in checks)


def _check(name: str, description: str, expectation: str, where: Where | None = None, **arguments: Any) -> Check:
    return Check(name, description, expectation, arguments, where)


def _not_empty(what: str) -> Check:
    return _check("not_empty", f"There is at least one {what}.", "ExpectTableRowCountToBeBetween", min_value=1)


def _given(column: str, where: Where | None = None, name: str = "", description: str = "") -> Check:
    return _check(
        name or f"{column}_given",
        description or f"Every row states its {column}.",
        "ExpectColumnValuesToNotBeNull",
        where,
        column=column,
    )


def _null(name: str, description: str, column: str, where: Where) -> Check:
    return _check(name, description, "ExpectColumnValuesToBeNull", where, column=column)


def _in_set(
    name: str, description: str, column: str, values: Sequence[Any] | ValuesOf, where: Where | None = None
) -> Check:
    return _check(name, description, "ExpectColumnValuesToBeInSet", where, column=column, value_set=values)


def _known(column: str, values: Sequence[str]) -> Check:
    return _in_set(f"{column}_known", f"{column} is one of: {', '.join(values)}.", column, values)


def _always(column: str, description: str) -> list[Check]:
    """A flag that is true in every row; a set lets nulls pass, hence two checks."""
    return [_given(column), _in_set(f"all_{column}", description, column, [True])]


def _at_least(name: str, description: str, larger: str, smaller: str) -> Check:
    return _check(
        name,
        description,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        column_A=larger,
        column_B=smaller,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    )


def _finite(column: str) -> Check:
    return _check(
        f"{column}_finite",
        f"{column} is a number, never infinite as after a division by zero.",
        "ExpectColumnValuesToBeBetween",
        column=column,
        min_value=-float_info.max,
        max_value=float_info.max,
    )


def _interval(value: str, lower: str, upper: str) -> list[Check]:
    return [
        _at_least(f"{lower}_not_above", f"{lower}, where given, is not above {value}.", value, lower),
        _at_least(f"{upper}_not_below", f"{upper}, where given, is not below {value}.", upper, value),
    ]


def _contract(columns: Sequence[str], key: Sequence[str]) -> list[Check]:
    always_stated = (
        *key,
        *("measure_name", "unit", "direction", "area_name", "quarter", "period_start"),
        *("is_provisional", "vintage_on"),
    )
    return [
        _not_empty("row"),
        _check(
            "columns_as_contracted",
            "The columns are those of the contract, all of them, no others, in its order.",
            "ExpectTableColumnsToMatchOrderedList",
            column_list=list(columns),
        ),
        _check(
            "key_unique",
            f"No two rows share the same {', '.join(key)}.",
            "ExpectCompoundColumnsToBeUnique",
            column_list=list(key),
        ),
        *(_given(column) for column in dict.fromkeys(always_stated)),
        _given("value", Where("status", "differs", SUPPRESSED), description="Every row states its value, or a reason."),
        _null(
            "value_suppressed",
            "A figure that is marked as suppressed is not stated.",
            "value",
            Where("status", "equals", SUPPRESSED),
        ),
        _known("status", (SUPPRESSED,)),
        _in_set(
            "measure_live",
            "Every measure is one of the live measures of the product.",
            "measure_id",
            ValuesOf("live", "measure_id"),
        ),
        _known("time_window", TIME_WINDOWS),
        _known("unit", UNITS),
        _known("direction", DIRECTIONS),
        _check(
            "quarter_well_formed",
            "quarter reads like 2026-Q1.",
            "ExpectColumnValuesToMatchRegex",
            column="quarter",
            regex=r"^\d{4}-Q[1-4]$",
        ),
        _at_least("period_in_order", "No period ends before it starts.", "period_end", "period_start"),
    ]


def _figures() -> list[Check]:
    finite = (
        *("value", "lower", "upper", "numerator", "denominator"),
        *("previous_value", "change", "change_lower", "change_upper"),
    )
    return [
        *(_finite(column) for column in finite),
        _check(
            "value_not_negative",
            "No figure is below zero, but for differences in percentage points or in money.",
            "ExpectColumnValuesToBeBetween",
            Where("unit", "differs", SIGNED),
            column="value",
            min_value=0,
        ),
        _check(
            "pct_at_most_100",
            "No percentage is above 100.",
            "ExpectColumnValuesToBeBetween",
            Where("unit", "equals", "pct"),
            column="value",
            max_value=100,
        ),
        # As text, because no expectation asks for whole numbers: 12.0 is how a whole double is written
        # below 1e16. The sign and infinity are the business of other checks.
        _check(
            "counts_whole",
            "Counts are whole numbers.",
            "ExpectColumnValuesToMatchRegex",
            Where("unit", "equals", "count"),
            column="value",
            regex=r"^-?(?:\d+\.0|inf)$",
        ),
        *_interval("value", "lower", "upper"),
        *_interval("change", "change_lower", "change_upper"),
        _given(
            "denominator_vintage",
            Where("denominator", "given"),
            "denominator_has_vintage",
            "A figure with a denominator says which vintage of it was used.",
        ),
        _null(
            "change_has_previous",
            "A change is stated only where the figure of a year before is.",
            "change",
            Where("previous_value", "null"),
        ),
        _given(
            "change_unit",
            Where("change", "given"),
            "change_has_unit",
            "A change says whether it is in per cent or in percentage points.",
        ),
        _in_set(
            "change_of_pct_in_points",
            "The change of a percentage is in percentage points (pp).",
            "change_unit",
            ["pp"],
            Where("unit", "equals", "pct"),
        ),
        _in_set(
            "change_of_points_in_points",
            "The change of a difference in percentage points is in percentage points (pp).",
            "change_unit",
            ["pp"],
            Where("unit", "equals", "pp"),
        ),
        _in_set(
            "change_of_others_in_per_cent",
            "The change of anything but a percentage or points is in per cent (pct).",
            "change_unit",
            ["pct"],
            Where("unit", "differs", ["pct", "pp"]),
        ),
        _in_set(
            "movement_without_direction",
            "Where no direction is wanted, a change is not called better or worse.",
            "assessment",
            MOVEMENTS,
            Where("direction", "equals", "none"),
        ),
        _in_set(
            "judgement_with_direction",
            "Where a direction is wanted, a change is called better, worse or no clear change.",
            "assessment",
            JUDGEMENTS,
            Where("direction", "differs", "none"),
        ),
    ]


def _due() -> list[Check]:
    return [
        _not_empty("measure due"),
        *_always("present", "Every live measure has a figure for the period wanted."),
    ]


def _feeds() -> list[Check]:
    return [
        _not_empty("feed"),
        _given("late"),
        _in_set("none_late", "Every feed covers the period that it should by now.", "late", [False]),
    ]


def _disclosure() -> list[Check]:
    return [
        *_always("covered", "No count under the threshold of its rule is shown, and no area finer than it allows."),
        *_always("unstated", "No column tells a figure that is suppressed, nor what follows from it."),
        *_always("protected", "What is published leaves every suppressed count a range of at least its width."),
        *(
            replace(check, severity="warning")
            for check in _always("new", "Nothing is suppressed that the last release had given away.")
        ),
    ]


def _plan() -> dict[str, list[Check]]:
    no_baseline = Where("baseline_value", "null")
    finite = (
        *("baseline_value", "baseline_value_now", "baseline_drift"),
        *("change_from_baseline", "baseline_change_lower", "baseline_change_upper"),
    )
    return {
        "rows": [
            _check(
                "baseline_stated",
                "At least one measure has a baseline with its figure.",
                "ExpectColumnUniqueValueCountToBeBetween",
                column="baseline_value",
                min_value=1,
            ),
            *(_finite(column) for column in finite),
            _at_least("baseline_in_order", "No baseline ends before it starts.", "baseline_end", "baseline_start"),
            _known("progress", PROGRESS),
            _null(
                "progress_has_baseline",
                "Progress is stated only where the baseline has a figure.",
                "progress",
                no_baseline,
            ),
            _null(
                "change_has_baseline",
                "A change from the baseline is stated only where the baseline has a figure.",
                "change_from_baseline",
                no_baseline,
            ),
            *_interval("change_from_baseline", "baseline_change_lower", "baseline_change_upper"),
        ]
    }


def _borough() -> dict[str, list[Check]]:
    rated = Where("rate_per_1000", "given")
    finite = ("rate_per_1000", "rate_lower", "rate_upper", "mps_rate_per_1000")
    return {
        "rows": [
            _in_set(
                "area_known",
                "Every area is a borough, the force, the airports or the offences placed in no borough.",
                "area_code",
                BOROUGH_AREAS,
            ),
            *(_finite(column) for column in finite),
            *_interval("rate_per_1000", "rate_lower", "rate_upper"),
            _given("population", rated, "rate_has_population", "A rate states the population it is of."),
            _given(
                "population_vintage",
                rated,
                "rate_has_population_vintage",
                "A rate says which vintage of the population was used.",
            ),
        ],
        "parts": [
            _not_empty("total to compare with its parts"),
            _given("difference"),
            _in_set("parts_sum_to_total", "The areas sum to the total of the force.", "difference", [0]),
            _given("boroughs"),
            _in_set(
                "all_boroughs",
                f"All {BOROUGHS} boroughs are there wherever the total of the force is.",
                "boroughs",
                [BOROUGHS],
            ),
        ],
    }


_OWN: Mapping[str, Callable[[], dict[str, list[Check]]]] = {
    "new-met-for-london": dict,
    "police-and-crime-plan": _plan,
    "borough-performance": _borough,
}
