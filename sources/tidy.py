"""From a recognised file to validated tidy rows in a Parquet file, and the periods they cover.

Order of judgement: the file reads; every value reads as its type; the rows keep the feed's pandera
schema; the categories are of a known taxonomy; the file and its periods are whole. What only the past can judge
(totals, coverage against earlier vintages) is judged in `orchestration.intake`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaError, SchemaErrors

from sources.feed import COMMON_COLUMNS, ROW, UNREAD, Feed
from sources.readers import EXAMPLES
from sources.recognise import Recognised
from sources.report import Problem, Refusal, quoted

BATCH = 1 << 20
"""Rows of a feed of records that are in memory at once."""


@dataclass(frozen=True)
class Tidied:
    """Tidy rows of one file, ready to land.

    `first_period` and `last_period` are days: the start of the first period and the end of the last.
    """

    path: Path
    rows: int
    periods: int
    first_period: date
    last_period: date
    taxonomy: str | None


def tidy(recognised: Recognised, scratch: Path, *, published: date | None = None) -> Tidied:
    """Parse and validate a recognised file into `scratch`.

    Args:
        recognised: the file, its feed and its layout.
        scratch: the folder that the tidy rows are written to.
        published: the day the publisher put it out, where its sender stated it; it dates a file that says nothing
            of its period.

    Raises:
        Refusal: the rows do not read, do not keep the schema, or do not cover whole periods.
    """
    feed, layout = recognised.feed, recognised.layout
    parquet = scratch / f"{feed.name}.parquet"
    if layout.undated and published is None:
        raise Refusal(
            "the file does not say of which period it is, and the day it was published was not stated",
            feed=feed.name,
            remedy='Send it again with a side-car that states the day, such as {"published": "2026-03-26"}.',
        )
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")  # a large file would draw it into whatever a command prints
        if layout.undated and published:
            con.execute(f"set variable period_end = date '{feed.expected_by(published)}'")
        if layout.named:
            _read_name(con, layout.named, recognised)
        # Parquet holds a column of repeated names as a dictionary: smaller and quicker than a table in memory, and
        # what validation reads is what lands.
        columns = [*([] if feed.record_level else [ROW]), *feed.schema.columns]
        tidied = f"select {', '.join(columns)}, {UNREAD} from ({layout.tidy})"  # noqa: S608 - literals of the module
        try:
            with layout.reader.load(con, recognised.path, recognised.header):
                con.execute(f"copy ({tidied}) to '{parquet}' (format parquet)")
        except Refusal as refusal:
            raise Refusal(**{**vars(refusal.report), "feed": feed.name}) from None
        con.execute(f"create view tidy as {_numbered(feed, parquet)}")
        _check_read(con, feed)
        taxonomy = _taxonomy(con, feed)
        validate(feed, parquet)
        _check_whole(con, feed)
        _check_periods(con, feed)
        rows, periods, first, last = con.execute(
            "select count(*), count(distinct (period_start, period_end)), min(period_start), max(period_end) from tidy"
        ).fetchall()[0]
    return Tidied(parquet, rows, periods, first, last, taxonomy)


def validate(feed: Feed, parquet: Path) -> None:
    """Check tidy rows against the feed's schema; each fault is counted whole and shown five times.

    Rows of a feed of records are looked at in batches, and others all at once. Only checks that say of each row by
    itself whether it is right may be judged in batches: with an aggregate, `over` or `unique` a check would hold of
    each batch and not of the file. See `Feed.record_level` and `Feed.whole`.

    Raises:
        Refusal: at least one row breaks the schema.
    """
    schema = feed.schema.add_columns({ROW: pa.Column(pl.Int64)})
    # Pandera writes out every row of a repeated key: 8 GB of memory for a file of 20 MB.
    schema.unique = None
    found: dict[tuple[str, str | None], Problem] = {}
    for rows in _batches(feed, parquet):
        for problem in _broken(feed, schema, rows):
            before = found.get((problem.what, problem.column), replace(problem, count=0, examples=()))
            found[problem.what, problem.column] = replace(
                before,
                count=before.count + problem.count,
                examples=(*before.examples, *problem.examples)[:EXAMPLES],
            )
    if found:
        total = sum(problem.count for problem in found.values())
        raise Refusal(
            f"{total:,} values break the rules of {feed.name}",
            rule="schema",
            feed=feed.name,
            problems=tuple(found.values()),
            remedy="Ask the publisher about these rows; if the rule is out of date, change it in the feed's module.",
        )


def _numbered(feed: Feed, parquet: Path) -> str:
    """Return SQL for the tidy rows with the number of their row in the file; of records that is their place in it."""
    if not feed.record_level:
        return f"from read_parquet('{parquet}')"
    return (
        f"select file_row_number + 1 as {ROW}, * exclude (file_row_number) "  # noqa: S608 - a name of ours
        f"from read_parquet('{parquet}', file_row_number = true)"
    )


def _batches(feed: Feed, parquet: Path) -> Iterator[pl.DataFrame]:
    if not feed.record_level:
        yield pl.scan_parquet(parquet).select(ROW, *feed.schema.columns).collect()
        return
    numbered = pl.scan_parquet(parquet, row_index_name=ROW, row_index_offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    rows = numbered.select(ROW, *feed.schema.columns)
    for start in range(0, rows.select(pl.len()).collect().item(), BATCH):
        yield rows.slice(start, BATCH).collect()


def _broken(feed: Feed, schema: pa.DataFrameSchema, rows: pl.DataFrame) -> tuple[Problem, ...]:
    problems = _repeated_keys(feed, rows)
    try:
        schema.validate(rows, lazy=True)
    except SchemaErrors as errors:
        problems += tuple(_problem(error, rows) for error in errors.schema_errors)
    return problems


def _repeated_keys(feed: Feed, rows: pl.DataFrame) -> tuple[Problem, ...]:
    if not feed.schema.unique:
        return ()
    failing = rows.filter(rows.select(feed.schema.unique).is_duplicated())
    if failing.is_empty():
        return ()
    return (
        Problem(
            "the key occurs more than once", count=failing.height, examples=_examples(failing.head(EXAMPLES).to_dicts())
        ),
    )


def _problem(error: SchemaError, rows: pl.DataFrame) -> Problem:
    column = error.schema.name if error.schema is not None and error.schema.name in rows.columns else None
    what = error.check.error if isinstance(error.check, pa.Check) and error.check.error else str(error.check)
    output = error.check_output
    if not isinstance(output, pl.DataFrame) or output.height != rows.height:
        return Problem(_WORDS.get(what, what), column)
    failing = rows.filter(~output.get_column("check_output").fill_null(True))
    keep = rows.columns if column is None else [ROW, *[c for c in rows.columns if c not in (ROW, column)], column]
    return Problem(_WORDS.get(what, what), column, failing.height, _first(failing.select(keep)))


_WORDS = {"not_nullable": "a value is missing"}


def _first(failing: pl.DataFrame) -> tuple[dict[str, object], ...]:
    return _examples(failing.head(EXAMPLES).to_dicts())


def _examples(failing: Sequence[dict[str, object]]) -> tuple[dict[str, object], ...]:
    return tuple(
        {key: str(value) if isinstance(value, date) else value for key, value in row.items()}
        for row in failing[:EXAMPLES]
    )


def _check_read(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    count, examples = con.execute(
        # One cell of the file can stand in several tidy rows.
        f"select count(*), list({{row: row, value: {UNREAD}}} order by row, {UNREAD})[:?] "  # noqa: S608
        f"from (select distinct row, {UNREAD} from tidy where {UNREAD} is not null)",
        [EXAMPLES],
    ).fetchall()[0]
    if count:
        raise Refusal(
            f"{count:,} values do not read as their type",
            feed=feed.name,
            problems=(Problem("values do not read as their type", count=count, examples=tuple(examples)),),
            remedy="Numbers are whole or have a decimal point, dates are as the layout says. Ask for the file again.",
        )
    if not con.execute("select count(*) from tidy").fetchall()[0][0]:
        raise Refusal("the file has a header and no rows", feed=feed.name, remedy="Ask for the file again.")


def _read_name(con: duckdb.DuckDBPyConnection, named: re.Pattern[str], recognised: Recognised) -> None:
    told = named.fullmatch(recognised.name)
    if told is None:
        raise Refusal(
            f"the name {quoted(recognised.name)} does not tell what the file leaves to it",
            feed=recognised.feed.name,
            remedy="This publisher says in the file's name what stands nowhere in the file. Send it under the name "
            f'that it was published as, `{named.pattern}`, or with a side-car that states it: {{"name": "..."}}.',
        )
    for variable, text in told.groupdict().items():
        con.execute(f"set variable {variable} = ?", [text])


def _check_whole(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    problems = []
    for rule in feed.whole:
        cursor = con.execute(rule.broken)
        names = [column[0] for column in cursor.description]
        if faults := [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]:
            problems.append(Problem(rule.error, count=len(faults), examples=_examples(faults)))
    if problems:
        raise Refusal(
            problems[0].what,
            rule="schema",
            feed=feed.name,
            problems=tuple(problems),
            remedy="A delivery states the whole of every period it covers. Ask for the whole file.",
        )


def _taxonomy(con: duckdb.DuckDBPyConnection, feed: Feed) -> str | None:
    if not feed.taxonomies:
        return None
    found = con.execute(
        f"select {feed.category}, count(*), min(row) from tidy "  # noqa: S608
        f"where ({feed.category}) is not null group by 1 order by 1"
    ).fetchall()
    names = {category for category, *_ in found}
    for taxonomy in feed.taxonomies:
        if names <= taxonomy.categories:
            return taxonomy.name
    nearest = min(feed.taxonomies, key=lambda taxonomy: len(names - taxonomy.categories))
    unknown = [row for row in found if row[0] not in nearest.categories]
    raise Refusal(
        f"{len(unknown)} categories are not in any taxonomy of {feed.name}; the nearest is {nearest.name}",
        rule="schema",
        feed=feed.name,
        problems=tuple(
            Problem(f"unknown category {quoted(category)}", count=count, examples=({"row": row},))
            for category, count, row in unknown[:EXAMPLES]
        ),
        remedy="Add the taxonomy to the feed's module and its categories to the seeds, then: oversight retry.",
    )


def _check_periods(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    rule = feed.history
    if rule.contiguous:
        gaps = con.execute(
            """
            select scope, period_end,
                   if($months is null, 'starting ' || next_start, 'ending ' || next_end) as next
            from (select scope, period_end, lead(period_start) over later as next_start,
                         lead(period_end) over later as next_end
                  from (select distinct scope, period_start, period_end from tidy)
                  window later as (partition by scope order by period_start, period_end))
            where if($months is null, next_start <> period_end + 1,
                     next_end <> last_day((period_end + to_months($months))::date))
            order by all
            """,
            {"months": rule.every_months},
        ).fetchall()
        if gaps:
            raise Refusal(
                f"periods are missing or overlap after {gaps[0][1]}",
                rule="schema",
                feed=feed.name,
                problems=tuple(
                    Problem(f"{scope}: after the period ending {end} comes one {following}")
                    for scope, end, following in gaps[:EXAMPLES]
                ),
                remedy="A delivery states every period it spans. Ask for the file again.",
            )
    scopes = con.execute(
        "select scope, count(distinct period_start) as n from tidy group by 1 having n < ? order by 1",
        [rule.at_least],
    ).fetchall()
    if scopes:
        raise Refusal(
            f"the file covers {scopes[0][1]} periods; {feed.name} covers at least {rule.at_least}",
            rule="schema",
            feed=feed.name,
            remedy="The file was cut, or the publisher changed its span: then change the rule in the feed's module.",
        )


def landing_columns(feed: Feed) -> dict[str, str]:
    """Return the landing table's columns and DuckDB types, from the schema; the common ones first."""
    frame = pl.DataFrame(schema={name: column.dtype.type for name, column in feed.schema.columns.items()})
    with duckdb.connect() as con:
        con.register("frame", frame)
        types = {name: kind for name, kind, *_ in con.execute("describe frame").fetchall()}
    return {name: types[name] for name in (*COMMON_COLUMNS, *[c for c in types if c not in COMMON_COLUMNS])}
