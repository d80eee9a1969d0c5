"""Disclosure control: which cells of a table are suppressed, and the proof that they cannot be recovered.

**What a reader knows.** Every cell that is shown, what an earlier release showed of the same figures, the rules
themselves, and how cells add up: areas to the force, groups to the whole, quarters to years, parts of a measure to
the measure. Each of these sums is one row of a matrix that is zero for the true counts. Cells that no release shows
but that a reader can work out, such as the rest when a subset is taken from the whole, take part as *implied* cells.

**Audit.** For each suppressed cell two tables of whole numbers are sought that agree with all a reader knows and
differ in that cell by its protection width. Where there are none, the largest difference that is possible is
reported, and the cell counts as recoverable. Every table found bears witness for all of its cells at once, so that
few are needed. Nothing but what is public goes in: the audit would come to the same answer outside.

**Protect.** A small count under a rule is suppressed (primary). Then, until the audit finds nothing, each cell that
stands too open gets the cheapest change of other cells that lets it move by its width while all sums hold; the cells
that change are suppressed too (secondary). Small counts are cheap, totals dear, zeros last. A cell that the last
release suppressed stays so, or the two releases together would give it away; one that it showed is of no use as a
secondary cell. A reader is never told which is which.

Cells form separate puzzles where no sum with an unknown cell connects them, and each is solved alone. The solver is
HiGHS through scipy, single-threaded, so the same table gives the same answer. What the cells of a product are, and how
they add up, is said in `orchestration/publication/protection.py`; the numbers of the rules are in the seed
`disclosure_rules`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


class DisclosureError(Exception):
    """A table of which it cannot be told whether it gives a suppressed cell away."""


@dataclass(frozen=True)
class Table:
    """A table as its reader has it.

    `sums` has a row for each sum: 1 at the total, -1 at its parts. `least` and `most` are what is known of each cell:
    equal where it is shown, 0 and infinity where nothing is, something between for a rounded count. `widths` is the
    protection that a cell needs while it is not shown; 0 for a cell that needs none. Of an implied cell the reader may
    know that it is zero, or not below `threshold`; other cells have 0 there.
    """

    sums: Any
    least: "Array"
    most: "Array"
    widths: "Array"
    thresholds: "Array"

    @property
    def unknown(self) -> "Array":
        """Which cells a reader does not know to the last digit."""
        unknown: Array = self.least < self.most
        return unknown

    def hide(self, cells: "Array") -> "Table":
        """Return the table with some cells, given as a mask, taken from view."""
        import numpy as np

        return replace(self, least=np.where(cells, 0, self.least), most=np.where(cells, np.inf, self.most))


@dataclass(frozen=True)
class Ranges:
    """What an audit found: for each cell how far it can move at least, and `open` where that is less than it must."""

    least: "Array"
    most: "Array"
    open: "Array"


def audit(table: Table) -> Ranges:
    """Find, for each cell that needs protection, whether what is known leaves it its width.

    A range that is wide enough is given as far as it was looked at; one that is not is exact.
    """
    least, most = table.least.astype(float), table.most.astype(float)
    for cells, equations, totals in _puzzles(table):
        low, high = _narrow(table, cells, equations, totals)
        least[cells], most[cells] = low, high
    return Ranges(least, most, _open(table, least, most))


def protect(table: Table, values: "Array", must: "Array", may: "Array") -> "Array":
    """Return the mask of the cells to suppress: those that must be, and those that keep them from being recovered.

    `table` shows every cell but the implied ones; `values` are the true counts of all; `may` are the cells that can
    serve as secondary cells. What cannot be protected, because it is public already, is left for the audit to tell.
    """
    import numpy as np

    hidden = must.copy()
    hopeless = np.zeros(len(values), bool)
    while True:
        found = audit(table.hide(hidden))
        before = int(hidden.sum())
        # What is hidden for one cell lets others move as well, and need not be looked for again.
        low, high = values.copy(), values.copy()
        for cell in (found.open & ~hopeless).nonzero()[0]:
            if high[cell] - low[cell] >= table.widths[cell]:
                continue
            moves = _moves(table.hide(hidden), values, int(cell), may & ~hidden)
            hopeless[cell] = not moves
            for move in moves:
                hidden |= (move != 0) & may
                np.minimum(low, values + move, out=low)
                np.maximum(high, values + move, out=high)
        if int(hidden.sum()) == before:
            return hidden


def choose(cells: "pd.DataFrame", sums: "pd.DataFrame") -> list[int]:
    """Return the ids of the cells of a product that are to be suppressed, in order.

    `cells` has a row for each cell, numbered from 0 in `cell_id`: its `count` and `base`, what is `known` of it from
    the last release and whether it `was_hidden` there, and the rule that it falls under. `sums` says by `sign` which
    cells are the total and the parts of a sum.
    """
    import numpy as np

    own = cells["implied"].isna().to_numpy()
    small = _small(cells, cells["count"], cells["base"])
    must = own & (small | cells["was_hidden"].to_numpy(bool))
    if not must.any() and own.all():
        return []
    values = _numbers(cells["count"])
    known = _numbers(cells["known"])
    table = _as_read(cells, sums, np.where(own, values, np.nan))
    may = own & ~np.isnan(values) & np.isnan(known)
    free = must & np.isnan(known)
    hidden = must | protect(table, values, free, may)
    return [int(cell) for cell in hidden.nonzero()[0]]


def examine(frames: "Mapping[str, pd.DataFrame]") -> "pd.DataFrame":
    """Audit the rows that would be published: a row for each cell that is suppressed, or should be.

    `frames` are those of a draft: `rows`, and its `cells`, `sums` and `mentions`. The flags tell what holds of a cell:
    `covered`, it is not a small count in view; `unstated`, no other column of any row tells it while its own figure is
    withheld; `protected`, what can be worked out leaves it its `width`, from `least` to `most`, or the last release
    gave as much away; `new`, it did not.
    """
    import numpy as np
    import pandas as pd

    rows, cells, sums, mentions = (frames[name] for name in ("rows", "cells", "sums", "mentions"))
    found = cells[["measure_id", "area_code", "group_id", "time_window", "period_end", "implied"]].copy()
    own = mentions[mentions["column_name"] == "value"]
    stated = rows.loc[own["place"], ["value", "unit", "numerator", "denominator"]]
    count = stated["value"].where(stated["unit"] == "count", stated["numerator"])
    by_cell = pd.DataFrame(
        {
            "cell_id": own["cell_id"].to_numpy(),
            "count": _numbers(count),
            "base": _numbers(stated["denominator"]),
            "shown": stated["value"].notna().to_numpy(),
        }
    )
    seen = by_cell.groupby("cell_id").max().reindex(cells["cell_id"])
    shown = seen["shown"].eq(True).to_numpy()
    implied = cells["implied"].notna().to_numpy()
    count = seen["count"].where(shown)
    table = _as_read(cells, sums, _numbers(count))
    ranges = audit(table)
    hidden = ~shown & ~implied
    public = hidden & cells["known"].notna().to_numpy()
    if ranges.open.any():
        before = audit(_as_read(cells, sums, np.full(len(cells), np.nan)))
        public |= ranges.open & before.open & (ranges.least == before.least) & (ranges.most == before.most)
    found["least"], found["most"] = ranges.least, ranges.most
    found["width"] = table.widths
    found["covered"] = ~(shown & (_small(cells, count, seen["base"]) | cells["too_fine"].to_numpy(bool)))
    found["unstated"] = ~cells["cell_id"].isin(_told(rows, mentions, hidden)).to_numpy()
    found["protected"] = ~ranges.open | public
    found["new"] = ~public
    return found[hidden | ~found["covered"] | ~found["protected"]].reset_index(drop=True)


def _told(rows: "pd.DataFrame", mentions: "pd.DataFrame", hidden: "Array") -> list[int]:
    """The cells that are withheld from their own row while a column of it, or of another row, states them."""
    of_hidden = mentions[hidden[mentions["cell_id"].to_numpy(int)]]
    told: list[int] = []
    for column, group in of_hidden.groupby("column_name"):
        given = rows[column].notna().to_numpy()[group["place"].to_numpy(int)]
        told += group["cell_id"][given].tolist()
    return told


def _small(cells: "pd.DataFrame", count: "pd.Series", base: "pd.Series") -> "Array":
    """Which counts are under the threshold of their rule; of a share, what is left of its base counts as well."""
    threshold = _numbers(cells["threshold"])
    count, base = _numbers(count), _numbers(base)
    rest = base - count
    small: Array = (count >= 1) & (count < threshold)
    small |= (cells["unit"] == "pct").to_numpy() & (rest >= 1) & (rest < threshold)
    return small


def _numbers(column: "pd.Series") -> "Array":
    """A column as numbers, null as not a number."""
    import numpy as np

    numbers: Array = column.to_numpy(float, na_value=np.nan)
    return numbers


def _as_read(cells: "pd.DataFrame", sums: "pd.DataFrame", shown: "Array") -> Table:
    """The table of a reader who sees these counts (not a number where none is shown) and the last release."""
    import numpy as np
    from scipy.sparse import csr_array

    known = np.where(np.isnan(shown), _numbers(cells["known"]), shown)
    unknown = np.isnan(known)
    implied = cells["implied"].notna().to_numpy()
    shape = (int(sums["sum_id"].max()) + 1 if len(sums) else 0, len(cells))
    return Table(
        sums=csr_array((_numbers(sums["sign"]), (sums["sum_id"], sums["cell_id"])), shape=shape),
        least=np.where(unknown, 0, known),
        most=np.where(unknown, np.inf, known),
        widths=np.nan_to_num(_numbers(cells["protection_width"])),
        thresholds=np.where(implied, np.nan_to_num(_numbers(cells["threshold"])), 0),
    )


def _open(table: Table, least: "Array", most: "Array") -> "Array":
    harmless = (table.thresholds > 0) & ((least >= table.thresholds) | (most == 0))
    found: Array = table.unknown & (table.widths > 0) & (most - least < table.widths) & ~harmless
    return found


def _puzzles(table: Table) -> Iterator[tuple["Array", Any, "Array"]]:
    """Yield cells that hang together through sums, with these sums over them and what each must come to."""
    import numpy as np
    from scipy.sparse.csgraph import connected_components

    unknown = table.unknown.nonzero()[0]
    if not len(unknown):
        return
    known = np.where(table.unknown, 0, table.least)
    totals = -(table.sums @ known)
    sums = table.sums[:, unknown]
    of_cells = abs(sums)
    _, labels = connected_components(of_cells.T @ of_cells, directed=False)
    order = np.argsort(labels, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        cells = unknown[group]
        if table.widths[cells].any():
            equations = sums[:, group]
            held = np.flatnonzero(np.diff(equations.indptr))
            yield cells, equations[held], totals[held]


class _Puzzle:
    """Cells that hang together, and the range in which each was seen in the tables found so far."""

    def __init__(self, table: Table, cells: "Array", sums: Any, totals: "Array") -> None:
        import numpy as np

        self.low, self.high = np.full(len(cells), np.inf), np.full(len(cells), -np.inf)
        self._sums, self._totals = sums, totals
        self._widths = table.widths[cells]
        self._least, most = table.least[cells], table.most[cells]
        # The solver needs a bound to answer; the reader has none, so it is beyond all that matters.
        beyond = self._least + abs(totals).sum() + 10 * self._widths.max()
        self._most = np.where(np.isinf(most), beyond, most)

    def narrow(self) -> "Array":
        """Which cells need more than was seen of them."""
        found: Array = (self._widths > 0) & (self.high - self.low < self._widths)
        return found

    def look(self, aim: "Array") -> None:
        """Find the table that scores highest."""
        import numpy as np

        seen = _solve(aim, self._sums, self._totals, self._totals, self._least, self._most)
        if seen is None:
            raise DisclosureError("the published cells contradict each other: no table agrees with all of them")
        np.minimum(self.low, seen, out=self.low)
        np.maximum(self.high, seen, out=self.high)


def _narrow(table: Table, cells: "Array", sums: Any, totals: "Array") -> tuple["Array", "Array"]:
    """The range in which each cell of a puzzle was seen; all of it where that is too narrow."""
    import numpy as np

    puzzle, numbers = _Puzzle(table, cells, sums, totals), np.arange(len(cells))
    # Halves of the cells against each other, split in as many ways as their numbers have bits: most are wide then.
    for bit in range(len(cells).bit_length()):
        signs = np.where(numbers >> bit & 1, 1.0, -1.0)
        for way in (1.0, -1.0):
            if (still := puzzle.narrow()).any():
                puzzle.look(way * signs * still)
    for cell in puzzle.narrow().nonzero()[0]:
        for way in (1.0, -1.0):
            if puzzle.narrow()[cell]:
                puzzle.look(way * (numbers == cell))
    return puzzle.low, puzzle.high


def _moves(table: Table, values: "Array", cell: int, may: "Array") -> "list[Array]":
    """The cheapest changes of cells, hidden or to be hidden, by which one cell moves its width; none if it cannot."""
    width = int(table.widths[cell])
    for movable in _neighbourhoods(table, cell, may):
        for up in range(width, -1, -1):
            moves = [_move(table, values, cell, movable, by) for by in (up, up - width) if by]
            found = [move for move in moves if move is not None]
            if len(found) == len(moves):
                return found
    return []


def _neighbourhoods(table: Table, cell: int, may: "Array") -> Iterator["Array"]:
    """Yield ever more of the cells that could move, from those near the cell to all that hang together with it."""
    import numpy as np

    touch = abs(table.sums)
    reach = np.zeros(touch.shape[1])
    reach[cell] = 1
    before, steps = 0, 0
    while int(reach.sum()) > before:
        before, steps = int(reach.sum()), steps + 1
        reach = ((touch.T @ (touch @ reach)) > 0).astype(float)
        if steps % 2 == 0:
            yield (reach > 0) & (may | table.unknown)
    yield (reach > 0) & (may | table.unknown)


def _move(table: Table, values: "Array", cell: int, movable: "Array", by: int) -> "Array | None":
    """The cheapest change of movable cells that moves one cell so far and leaves every sum true."""
    import numpy as np

    cells = movable.nonzero()[0]
    at = int(np.flatnonzero(cells == cell)[0])
    sums = table.sums[:, cells]
    sums = sums[np.flatnonzero(np.diff(sums.indptr))]
    true, unseen = values[cells], table.unknown[cells]
    # A cell in view can be any count for the reader, once it is hidden.
    fall = true - np.where(unseen, table.least[cells], 0)
    rise = np.where(unseen, table.most[cells] - true, np.inf)
    price = np.where(unseen, 0, np.where(true > 0, true, true.max() + 1))
    least, most = np.zeros(2 * len(cells)), np.concatenate([rise, fall])
    ups, downs = at, len(cells) + at
    for place, amount in ((ups, max(by, 0)), (downs, max(-by, 0))):
        if amount > most[place]:
            return None
        least[place] = most[place] = amount
    from scipy.sparse import hstack

    found = _solve(
        -np.concatenate([price, price]),
        hstack([sums, -sums], format="csr"),
        np.zeros(sums.shape[0]),
        np.zeros(sums.shape[0]),
        least,
        most,
    )
    if found is None:
        return None
    change = np.zeros(len(values))
    change[cells] = found[: len(cells)] - found[len(cells) :]
    return change


def _solve(aim: "Array", sums: Any, low: "Array", high: "Array", least: "Array", most: "Array") -> "Array | None":
    """The whole numbers within their limits whose sums hold and that score highest; none if there are none."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        -aim,
        constraints=LinearConstraint(sums, low, high),
        bounds=Bounds(least, most),
        integrality=np.ones(len(aim)),
        options={"node_limit": 100_000},
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise DisclosureError(f"the solver gave up: {found.message}")
    whole: Array = np.round(found.x)
    if (sums @ whole < low).any() or (sums @ whole > high).any():
        raise DisclosureError("the solver's answer is not exact")
    return whole
