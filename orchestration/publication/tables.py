"""Tables as files, always the same bytes for the same rows.

CSV is RFC 4180 in UTF-8 without a byte order mark, with LF line ends; an empty cell is null.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

RUN_BY_SPREADSHEETS = r"^[=+\-@\t\r]"
"""How a cell begins that a spreadsheet would run; an apostrophe in front makes it text."""

_SAFE_TEXT = f"case when regexp_matches({{0}}, '{RUN_BY_SPREADSHEETS}') then '''' || {{0}} else {{0}} end as {{0}}"
# Whole numbers are written without a decimal point; 1e15 is about where doubles cease to be exact.
_PLAIN_NUMBER = "case when {0} = trunc({0}) and abs({0}) < 1e15 then {0}::bigint::varchar else {0}::varchar end as {0}"
_FIELD_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "number",
    "FLOAT": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
}


def write_csv(frame: pd.DataFrame, types: Mapping[str, str], path: Path) -> dict[str, str]:
    """Write a frame as CSV and return the Table Schema type of each column.

    `types` gives the SQL type of columns that must not be guessed from what they hold.
    """
    with _typed(frame, types) as rows:
        kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
        rows.project(", ".join(_cell(column, kind) for column, kind in kinds.items())).write_csv(str(path), header=True)
    return {column: _FIELD_TYPES.get(kind, "any") for column, kind in kinds.items()}


def write_parquet(frame: pd.DataFrame, types: Mapping[str, str], path: Path) -> None:
    """Write a frame as Parquet, its columns of the SQL types given."""
    with _typed(frame, types) as rows:
        rows.write_parquet(str(path), compression="zstd")


@contextmanager
def _typed(frame: pd.DataFrame, types: Mapping[str, str]) -> Iterator[duckdb.DuckDBPyRelation]:
    """Bring a frame back to its SQL types, which pandas loses where a column is null throughout."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    columns = []
    for field in table.schema:
        kind = types.get(field.name)
        columns.append(f'"{field.name}"::{kind} as "{field.name}"' if kind else f'"{field.name}"')
    # One thread: DuckDB then writes rows and row groups in one order.
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection.from_arrow(table).project(", ".join(columns))


def _cell(column: str, kind: str) -> str:
    name = f'"{column}"'
    if kind == "VARCHAR":
        return _SAFE_TEXT.format(name)
    return _PLAIN_NUMBER.format(name) if _FIELD_TYPES.get(kind) == "number" else name
