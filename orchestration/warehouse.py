"""The landing database: receipts, coverage, and one table of tidy rows a feed.

Everything is written in one transaction at a time by one process; readers outside use the analysts' snapshot.
Which rows are right is decided before they come here; which are current is decided in dbt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_random

from sources.feed import Feed
from sources.tidy import landing_columns

RECEIPT = {
    "delivery_id": "varchar primary key",
    "feed": "varchar",
    "name": "varchar not null",
    "sha256": "varchar not null unique",
    "size_bytes": "bigint not null",
    "layout": "varchar",
    "taxonomy": "varchar",
    "synthetic": "boolean not null",
    "received_at": "timestamp not null",
    "landed_at": "timestamp",
    "published_on": "date",
    "vintage_on": "date",
    "vintage_basis": "varchar",
    "first_period": "date",
    "last_period": "date",
    "periods": "integer",
    "rows": "bigint",
    "outcome": "varchar not null",
    "reason": "varchar",
    "report": "varchar",
    "decided_by": "varchar",
    "decision": "varchar",
}
"""Columns of `receipts`; times are UTC. `report` is JSON (see `sources.report`). `landed_at` is when the rows that are
held were written: landing a delivery again moves it, and nothing else does."""

COVERAGE = {
    "feed": "varchar not null",
    "delivery_id": "varchar not null",
    "scope": "varchar not null",
    "period_start": "date not null",
    "period_end": "date not null",
    "rows": "bigint not null",
    "total": "double",
}
"""Columns of `coverage`: the periods a delivery states, scope by scope, with the total that the feed watches."""

DECISIONS = {
    "sha256": "varchar not null",
    "decision": "varchar not null",
    "decided_by": "varchar not null",
    "reason": "varchar",
    "decided_at": "timestamp not null",
    "was": "varchar not null",
}
"""Columns of `decisions`, which only grows: accept, reject or retry, and what the delivery was then; times are UTC."""


class Warehouse:
    """Opens the landing database, waiting for its lock for at most `patience` seconds."""

    def __init__(self, path: Path, feeds: tuple[Feed, ...], patience: float) -> None:
        self.path, self.feeds, self.patience = path, feeds, patience

    def prepare(self) -> None:
        """Create the tables and columns that are not there yet."""
        with self.write() as con:
            _create(con, "receipts", RECEIPT)
            _create(con, "coverage", COVERAGE)
            _create(con, "decisions", DECISIONS)
            for feed in self.feeds:
                _create(con, feed.name, {"delivery_id": "varchar not null", **landing_columns(feed)})

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection inside one transaction; it commits, or leaves the database as it was."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        con = connect(self.path, patience=self.patience)
        try:
            # Where a row stands means nothing. Kept in their order, ten million would be written twice, the second
            # time from memory.
            con.execute("set preserve_insertion_order = false")
            con.begin()
            yield con
            con.commit()
        finally:
            con.close()  # rolls back what was not committed

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a read-only connection; the tables exist."""
        if not self.path.exists():
            self.prepare()
        con = connect(self.path, read_only=True, patience=self.patience)
        try:
            yield con
        finally:
            con.close()


def connect(path: Path, *, read_only: bool = False, patience: float) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, waiting while another process holds its lock.

    Raises:
        duckdb.IOException: the lock was not free within `patience` seconds; the message names the holder.
    """
    waiting = Retrying(
        retry=retry_if_exception_message(match=r"(?s).*Could not set lock.*"),
        stop=stop_after_delay(patience),
        wait=wait_random(0.02, 0.2),
        reraise=True,
    )
    con = waiting(duckdb.connect, str(path), read_only=read_only)
    con.execute("set enable_progress_bar = false")  # a slow query would draw it into whatever a command prints
    return con


def records(con: duckdb.DuckDBPyConnection, sql: str, parameters: object = None) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries."""
    cursor = con.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _create(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> None:
    body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f'create table if not exists "{table}" ({body})')
    for name, kind in columns.items():
        # A column that a table made by an earlier version lacks; constraints cannot be added with it.
        con.execute(f'alter table "{table}" add column if not exists "{name}" {kind.split(" ")[0]}')
