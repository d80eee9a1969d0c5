"""The release calendar: which quarters are released when, and what a quarter still waits for.

The dates are the seed `release_calendar`; times are London wall time. What a release holds belongs in `draft`.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb

from orchestration.settings import DBT_PROJECT, LONDON
from sources.feed import Feed

SIGN_OFF_LEAD = timedelta(days=7)
"""How long before its moment a release is sealed that a person has to approve first."""


@dataclass(frozen=True)
class ReleaseDay:
    """A quarter and the moment, in London, from which it may be public."""

    quarter: str
    at: datetime
    policy: str

    @property
    def draft_from(self) -> datetime:
        """The moment from which it is drafted and sealed: its own, unless somebody has to look at it before."""
        return self.at if self.policy == "automatic" else self.at - SIGN_OFF_LEAD

    def expected(self, feeds: Sequence[Feed]) -> Mapping[str, date | None]:
        """Return, for each feed, the end of the last period that it should cover by then; None if it is not awaited."""
        return {feed.name: feed.expected_by(self.at.date()) if feed.awaited else None for feed in feeds}


@cache
def calendar() -> tuple[ReleaseDay, ...]:
    """Return the announced release days, in order."""
    with (DBT_PROJECT / "seeds" / "release_calendar.csv").open(newline="") as file:
        return tuple(
            ReleaseDay(
                row["quarter"],
                datetime.fromisoformat(row["release_at"]).replace(tzinfo=LONDON),
                row["policy"],
            )
            for row in csv.DictReader(file)
        )


def release_day(quarter: str) -> ReleaseDay:
    """Return the release day of a quarter; raises `KeyError` if none is announced."""
    for day in calendar():
        if day.quarter == quarter:
            return day
    raise KeyError(f"no release day is announced for {quarter}; the calendar is dbt_project/seeds/release_calendar.csv")


def due(now: datetime) -> list[ReleaseDay]:
    """Return the release days whose release is to be drafted, or published, by `now`."""
    return [day for day in calendar() if day.draft_from <= now]


@dataclass(frozen=True)
class Wait:
    """A feed that does not yet cover what a quarter's release needs of it."""

    feed: str
    has: date | None
    needs: date


def waits(snapshot: Path, day: ReleaseDay, feeds: Sequence[Feed]) -> list[Wait]:
    """Return the awaited feeds that measures are made of and that do not yet cover what a quarter's release needs."""
    held: dict[str, date] = {}
    measured = {feed.name for feed in feeds}
    if snapshot.exists():
        with duckdb.connect(str(snapshot), read_only=True) as con:
            held = dict(
                con.execute(
                    "select feed, max(last_period) from marts.deliveries where outcome = 'landed' group by feed"
                ).fetchall()
            )
            measured &= {name for (name,) in con.execute("select distinct feed from marts.measure_feeds").fetchall()}
    return [
        Wait(name, held.get(name), expected)
        for name, expected in day.expected(feeds).items()
        if expected and name in measured and (name not in held or held[name] < expected)
    ]
