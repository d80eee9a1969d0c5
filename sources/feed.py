"""The nouns of intake: `Feed`, `Layout`, `Cadence`, `History`.

A feed module builds one `Feed` out of these and nothing else. How bytes become a relation belongs in
`readers`, how a file is told from another in `recognise`, how rows are judged in `tidy`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Literal

import pandera.polars as pa

from sources.readers import Reader

COMMON_COLUMNS = ("scope", "period_start", "period_end")
"""Every feed's tidy rows begin with these: which part of the feed the row belongs to (a delivery is a
complete statement of the periods it covers, scope by scope), and the first and last day of its period."""

UNREAD = "unread"
"""Tidy SQL names here the column and the text that did not read as its type; the validator refuses any."""

ROW = "row"
"""The record's number in the file (1 is the first after the header), for reports. It is not landed."""


class Cadence(Enum):
    """How often a feed gains a period."""

    MONTHLY = "monthly"
    FOUR_WEEKLY = "four-weekly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    CALENDAR_YEARLY = "calendar yearly"
    FINANCIAL_YEARLY = "financial yearly"
    DECENNIAL = "decennial"

    def last_period_end(self, on: date) -> date:
        """Return the end of the last period that was complete by the close of `on`."""
        if self is Cadence.FOUR_WEEKLY:
            # TfL's periods of a year drift by a few days; four weeks back is always inside the right one.
            return on - timedelta(days=28)
        if self is Cadence.DECENNIAL:
            # Censuses are of spring of the years that end with 1; the day moves, and no other falls between.
            spring = date(on.year - (on.year - 1) % 10, 3, 1)
            return spring if spring <= on else spring.replace(year=spring.year - 10)
        months = {
            Cadence.MONTHLY: range(1, 13),
            Cadence.QUARTERLY: (3, 6, 9, 12),
            Cadence.HALF_YEARLY: (3, 9),
            Cadence.CALENDAR_YEARLY: (12,),
            Cadence.FINANCIAL_YEARLY: (3,),
        }[self]
        next_day = on + timedelta(days=1)
        year, month = next_day.year, next_day.month
        while True:
            end = date(year, month, 1) - timedelta(days=1)
            if end.month in months:
                return end
            year, month = end.year, end.month


@dataclass(frozen=True)
class Layout:
    """One shape in which a feed's file has been published.

    Args:
        name: unique within the feed, and recorded on every receipt.
        header: the exact header, field by field; a pattern stands where the publisher varies the text.
        tail: pattern of the one or more columns that follow `header` (a month a column), if any.
        reader: how the bytes become the relation `raw`.
        tidy: SQL that selects the feed's tidy rows, `row` and `unread` out of `raw`.
        undated: the file says nowhere of which period it is: it is of the last one that the publisher should have
            had out on the day it was published, which its sender has to state. `tidy` finds the period's end in
            `getvariable('period_end')`.
        named: pattern of the file's name, where it alone says something of the rows. `tidy` finds what the pattern's
            named groups matched in variables of their names.
        seen: whether the layout was read from the publisher's bytes or from documentation only.
    """

    name: str
    header: Sequence[str | re.Pattern[str]]
    reader: Reader
    tidy: str
    tail: re.Pattern[str] | None = None
    undated: bool = False
    named: re.Pattern[str] | None = None
    seen: Literal["bytes", "documentation"] = "bytes"

    def fits(self, header: Sequence[str]) -> bool:
        """Tell whether `header` is exactly this layout's."""
        fixed, rest = header[: len(self.header)], header[len(self.header) :]
        if len(fixed) != len(self.header) or not all(map(_same, self.header, fixed)):
            return False
        if self.tail is None:
            return not rest
        return bool(rest) and all(self.tail.fullmatch(name) for name in rest)

    def compare(self, header: Sequence[str]) -> "HeaderDifference":
        """Say which columns `header` lacks and which it has too many."""
        wanted = [name.pattern if isinstance(name, re.Pattern) else name for name in self.header]
        missing = tuple(
            text
            for text, name in zip(wanted, self.header, strict=True)
            if not any(_same(name, given) for given in header)
        )
        added = tuple(
            given
            for given in header
            if not any(_same(name, given) for name in self.header) and not (self.tail and self.tail.fullmatch(given))
        )
        return HeaderDifference(missing, added)


@dataclass(frozen=True)
class HeaderDifference:
    """What a header lacks of a layout (`missing`) and has beyond it (`added`)."""

    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def distance(self) -> int:
        """Number of columns in which the two differ."""
        return len(self.missing) + len(self.added)


def _same(wanted: str | re.Pattern[str], given: str) -> bool:
    return wanted == given if isinstance(wanted, str) else bool(wanted.fullmatch(given))


@dataclass(frozen=True)
class History:
    """What revisions do to a feed; a delivery that does more is held for a person.

    Args:
        total: SQL aggregate over the tidy rows, watched per scope and period.
        moves: largest relative change of a period's total between two neighbouring vintages.
        contiguous: the periods of a delivery follow each other without a gap.
        every_months: for periods that overlap: how many months after one the next one ends. `contiguous` is then
            judged by their ends.
        cumulative: a later vintage covers every period that an earlier one covered.
        at_least: fewest periods a delivery covers.
        once: a scope that has landed is never stated again, whatever a person decides.
    """

    total: str
    moves: float
    contiguous: bool = True
    every_months: int | None = None
    cumulative: bool = False
    at_least: int = 1
    once: bool = False


@dataclass(frozen=True)
class Whole:
    """What the rows of a file must keep together, where each by itself may be right.

    Args:
        error: what is wrong where it is not kept.
        broken: SQL over the relation `tidy` that selects a row for each fault.
    """

    error: str
    broken: str


@dataclass(frozen=True)
class Feed:
    """One recurring file of a source.

    Args:
        name: `<source>_<what>`, the name of its landing table.
        source: the publisher's key: the folder of the module.
        title, publisher, address, licence: as the publisher states them.
        file_names: patterns of the names it has come under; a hint in reports, never a key.
        cadence, lag: a period is due in a file `lag` after it ends.
        layouts: every shape it has come in.
        schema: of the tidy rows; column types here are the types of the landing table.
        history: the rule that only the past can judge.
        taxonomies: sets of categories by era, keyed by name; the categories of a delivery must lie
            within one of them. `category` is the SQL expression of a row's category.
        rolling_periods: if set, only a file of exactly so many periods is dated by its last one.
        record_level: a row is a record, of which a file may have millions. Its layouts make one tidy row of each of
            the reader's `records`, in their order, and number none. They are judged in batches, so each check of
            `schema` looks at one row and no key is declared. What rows must keep together stands in `whole`.
        whole: rules for the file as a whole.
        reference: the rows of other feeds are placed by it, so what was built of them is built afresh when it lands.
        awaited: whether a release waits until the feed covers what it should by then; it goes out without the others.
    """

    name: str
    source: str
    title: str
    publisher: str
    address: str
    licence: str
    file_names: Sequence[re.Pattern[str]]
    cadence: Cadence
    lag: timedelta
    layouts: Sequence[Layout]
    schema: pa.DataFrameSchema
    history: History
    category: str | None = None
    taxonomies: Sequence["Taxonomy"] = ()
    rolling_periods: int | None = None
    record_level: bool = False
    whole: Sequence[Whole] = ()
    reference: bool = False
    awaited: bool = False

    def expected_by(self, on: date) -> date:
        """Return the end of the last period that the publisher should have out on `on`."""
        return self.cadence.last_period_end(on - self.lag)

    def estimated_publication(self, last_period: date, periods: int) -> date | None:
        """Return the day a file ending with `last_period` is published by rule; None if it cannot tell."""
        if self.rolling_periods is not None and periods != self.rolling_periods:
            return None
        return last_period + self.lag


@dataclass(frozen=True)
class Taxonomy:
    """The categories that one era of a feed uses."""

    name: str
    categories: frozenset[str]
