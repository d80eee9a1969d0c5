"""Disclosure control: who adds and subtracts cannot find a suppressed count, and the audit knows who can."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from expectations.disclosure import DisclosureError, Table, audit, protect

Array = np.ndarray[Any, Any]
Sums = Sequence[tuple[str, Sequence[str]]]

THRESHOLD, WIDTH = 5, 4


def table(values: Mapping[str, float], sums: Sums, implied: Iterable[str] = ()) -> tuple[list[str], Array, Table]:
    """Return the names of the cells, their true counts, and the table in which all but the implied are shown."""
    names = list(values)
    matrix = np.zeros((len(sums), len(names)))
    for row, (total, parts) in enumerate(sums):
        matrix[row, names.index(total)] = 1
        for part in parts:
            matrix[row, names.index(part)] = -1
    true = np.array([values[name] for name in names], float)
    assert not (matrix @ true).any(), "the example does not add up"
    hidden = np.array([name in set(implied) for name in names])
    return (
        names,
        true,
        Table(
            sums=csr_array(matrix),
            least=np.where(hidden, 0, true),
            most=np.where(hidden, np.inf, true),
            widths=np.full(len(names), float(WIDTH)),
            thresholds=np.where(hidden, float(THRESHOLD), 0),
        ),
    )


def recoverable(
    values: Mapping[str, float], sums: Sums, hidden: Iterable[str], implied: Iterable[str] = ()
) -> set[str]:
    """The cells that the audit calls recoverable when these are suppressed."""
    names, _, shown = table(values, sums, implied)
    found = audit(shown.hide(np.array([name in set(hidden) or name in set(implied) for name in names])))
    return {name for name, is_open in zip(names, found.open, strict=True) if is_open}


# Boroughs by sex: A to C, f and m, with totals.
ROWS: Sums = [(f"{area}", [f"{area}f", f"{area}m"]) for area in "ABC"]
COLUMNS: Sums = [(sex, [f"{area}{sex}" for area in "ABC"]) for sex in "fm"]
FORCE: Sums = [("all", ["A", "B", "C"])]
COUNTS = {"Af": 3, "Am": 9, "Bf": 8, "Bm": 12, "Cf": 20, "Cm": 30}
BY_SEX = COUNTS | {"A": 12, "B": 20, "C": 50, "f": 31, "m": 51, "all": 82}
YEAR: Sums = [("year", ["q1", "q2", "q3", "q4"]), ("fytd", ["q1", "q2"])]


@pytest.mark.parametrize(
    ("attack", "values", "sums", "safe", "unsafe", "implied", "exposed"),
    [
        (
            "row and column totals",
            BY_SEX,
            [*ROWS, *COLUMNS, *FORCE],
            ["Af", "Am", "Bf", "Bm"],
            ["Af", "Am", "Bf"],
            [],
            {"Af", "Am", "Bf"},
        ),
        ("parent geography", {"A": 3, "B": 7, "C": 50, "all": 60}, FORCE, ["A", "B"], ["A"], [], {"A"}),
        (
            "two that are too small together",
            {"A": 1, "B": 1, "C": 50, "all": 52},
            FORCE,
            ["A", "B", "C"],
            ["A", "B"],
            [],
            {"A", "B"},
        ),
        (
            "complementary group",
            {"under 25": 40, "teenagers": 37, "20 to 24": 3},
            [("under 25", ["teenagers", "20 to 24"])],
            ["teenagers"],
            [],
            ["20 to 24"],
            {"20 to 24"},
        ),
        (
            "windows of time",
            {"q1": 2, "q2": 6, "q3": 9, "q4": 8, "year": 25, "fytd": 8},
            YEAR,
            ["q1", "q2"],
            ["q1", "fytd"],
            [],
            {"q1", "fytd"},
        ),
    ],
)
def test_what_is_safe_passes_and_what_can_be_worked_out_fails(
    attack: str,
    values: Mapping[str, float],
    sums: Sums,
    safe: list[str],
    unsafe: list[str],
    implied: list[str],
    exposed: set[str],
) -> None:
    assert recoverable(values, sums, safe, implied) == set(), attack
    assert recoverable(values, sums, unsafe, implied) == exposed, attack


def test_two_releases_that_hide_different_cells_give_one_away() -> None:
    values: dict[str, float] = {"A": 3, "B": 7, "C": 8, "all": 18}
    assert recoverable(values, FORCE, ["A", "B"]) == set()
    assert recoverable(values, FORCE, ["A", "C"]) == set()
    names, true, shown = table(values, FORCE)
    both = shown.hide(np.array([name in "A" for name in names]))  # each showed what the other hid
    assert audit(both).open.tolist() == [name == "A" for name in names]
    # Knowing what the last release showed, C is of no use; B, which it hid, is.
    last = np.array([name in ("C", "all") for name in names])
    hidden = protect(shown, true, np.array([name == "A" for name in names]), ~last)
    assert [name for name, is_hidden in zip(names, hidden, strict=True) if is_hidden] == ["A", "B"]


def test_rounded_counts_and_a_suppressed_one_between_1_and_7_are_read_as_ranges() -> None:
    _, _, shown = table({"A": 3, "B": 10, "C": 20, "all": 33}, FORCE)
    rounded = replace(
        shown,
        least=np.array([1.0, 8, 18, 33]),
        most=np.array([7.0, 12, 22, 33]),
        widths=np.array([6.0, 0, 0, 0]),
    )
    assert not audit(rounded).open.any()
    # A total that is not rounded, over parts that are known to the last digit, leaves nothing of the 1 to 7.
    exact = replace(rounded, least=np.array([1.0, 10, 20, 33]), most=np.array([7.0, 10, 20, 33]))
    found = audit(exact)
    assert (found.open[0], found.least[0], found.most[0]) == (True, 3, 3)


def test_what_contradicts_itself_is_no_verdict() -> None:
    _, _, shown = table({"A": 3, "B": 7, "C": 8, "all": 18}, FORCE)
    false = replace(shown, least=np.array([0.0, 7, 8, 9]), most=np.array([np.inf, 7, 8, 9]))
    with pytest.raises(DisclosureError, match="contradict"):
        audit(false)


def test_a_cell_alone_is_beyond_reach() -> None:
    assert recoverable({"A": 3}, [], ["A"]) == set()


# Any table --------------------------------------------------------------------------------------------------------

Cube = tuple[Array, list[tuple[int, list[int]]]]


@st.composite
def cubes(draw: st.DrawFn) -> Cube:
    """Counts by area, group and quarter with every total, and the sums that hold among them."""
    shape = draw(st.tuples(*[st.integers(2, 3)] * 2, st.integers(1, 3)))
    size = int(np.prod(shape))
    counts = draw(st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=size, max_size=size))
    inner = np.array(counts, float).reshape(shape)
    full = np.zeros([steps + 1 for steps in shape])
    full[1:, 1:, 1:] = inner
    for axis in range(3):
        total = [slice(None)] * 3
        total[axis] = slice(0, 1)
        full[tuple(total)] = full.sum(axis=axis, keepdims=True)
    numbers = np.arange(full.size).reshape(full.shape)
    sums = []
    for axis, steps in enumerate(full.shape):
        for line in product(*[range(other) for at, other in enumerate(full.shape) if at != axis]):
            along = [int(numbers[(*line[:axis], step, *line[axis:])]) for step in range(steps)]
            sums.append((along[0], along[1:]))
    return full.ravel(), sums


def as_table(values: Array, sums: list[tuple[int, list[int]]]) -> Table:
    matrix = np.zeros((len(sums), len(values)))
    for row, (total, parts) in enumerate(sums):
        matrix[row, total], matrix[row, parts] = 1, -1
    zeros = np.zeros(len(values))
    return Table(csr_array(matrix), values, values, np.full(len(values), float(WIDTH)), zeros)


def attack(values: Array, sums: list[tuple[int, list[int]]], hidden: Array, cell: int) -> tuple[float, float]:
    """What an attacker finds with a plain linear programme, written apart from the audit."""
    matrix = np.zeros((len(sums), len(values)))
    for row, (total, parts) in enumerate(sums):
        matrix[row, total], matrix[row, parts] = 1, -1
    limits = [(0, None) if hidden[at] else (values[at], values[at]) for at in range(len(values))]
    found = []
    for way in (1.0, -1.0):
        aim = np.zeros(len(values))
        aim[cell] = way
        answer = linprog(aim, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=limits, method="highs")
        found.append(np.inf if answer.status in (3, 4) else float(answer.x[cell]))
    return found[0], found[1]


@settings(max_examples=12)
@given(cubes())
def test_nobody_can_narrow_what_was_protected(cube: Cube) -> None:
    values, sums = cube
    shown = as_table(values, sums)
    small = (values >= 1) & (values < THRESHOLD)
    hidden = protect(shown, values, small, np.ones(len(values), bool))
    assert hidden[small].all()
    assert not audit(shown.hide(hidden)).open.any()
    for cell in hidden.nonzero()[0]:
        low, high = attack(values, sums, hidden, int(cell))
        assert high - low >= WIDTH - 1e-6
        assert low - 1e-6 <= values[cell] <= high + 1e-6
    assert (protect(shown, values, small, np.ones(len(values), bool)) == hidden).all()


@settings(max_examples=12)
@given(cubes(), st.randoms(use_true_random=False))
def test_the_audit_finds_what_a_plain_linear_programme_finds(cube: Cube, chance: Any) -> None:
    values, sums = cube
    hidden = np.array([chance.random() < 0.3 for _ in values])
    found = audit(as_table(values, sums).hide(hidden))
    for cell in hidden.nonzero()[0]:
        low, high = attack(values, sums, hidden, int(cell))
        # Whole numbers may be fewer than the fractions between; never more.
        assert found.open[cell] or high - low >= WIDTH - 1e-6
        assert not found.open[cell] or (low - 1e-6 <= found.least[cell] and found.most[cell] <= high + 1e-6)


@settings(max_examples=10)
@given(cubes())
def test_nothing_is_suppressed_where_nothing_is_small(cube: Cube) -> None:
    values, sums = cube
    shown = as_table(values, sums)
    assert not protect(shown, values, np.zeros(len(values), bool), np.ones(len(values), bool)).any()


def test_what_the_last_release_showed_never_serves_as_a_secondary_cell() -> None:
    values: dict[str, float] = {"A": 3, "B": 7, "C": 8, "all": 18}
    names, true, shown = table(values, FORCE)
    only_a = np.array([name == "A" for name in names])
    hidden = protect(shown, true, only_a, np.zeros(len(names), bool))
    assert (hidden == only_a).all()  # nothing can be done, and the audit says so
    assert audit(shown.hide(hidden)).open.tolist() == [True, False, False, False]
