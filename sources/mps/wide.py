"""The shape that the MPS recorded-crime files share: a row is category x subcategory x area, a column a month.

Zeros are written, nothing is suppressed. What the identifying columns are called, and what they may hold, belongs in
the feeds' modules.
"""

import re
from collections.abc import Mapping
from typing import Literal

from sources.feed import Layout
from sources.readers import Csv

MONTH = re.compile(r"20\d\d(0[1-9]|1[0-2])")


def wide_layout(name: str, columns: Mapping[str, str], seen: Literal["bytes", "documentation"] = "bytes") -> Layout:
    """Return the layout whose header is the keys of `columns` and then the months, as `YYYYMM`.

    `columns` says which tidy column each of the identifying ones becomes; the counts become `offences`.
    """
    headers = ", ".join(f'"{header}"' for header in columns)
    trimmed = ", ".join(f'trim("{header}") as {column}' for header, column in columns.items())
    labels = ", ".join(columns.values())
    return Layout(
        name=name,
        header=tuple(columns),
        tail=MONTH,
        reader=Csv(),
        seen=seen,
        # Names are trimmed before the months become rows: once a row of the file, not once a cell.
        tidy=f"""
            select row, 'all' as scope, strptime(month, '%Y%m')::date as period_start,
                   last_day(period_start) as period_end, {labels},
                   case when regexp_full_match(text, '[0-9]{{1,15}}') then text::bigint end as offences,
                   case when offences is null then month || ' is ' || coalesce('"' || text || '"', 'empty') end
                       as unread
            from (select row, {trimmed}, columns(* exclude (row, {headers})) from raw)
                unpivot include nulls (text for month in (columns(* exclude (row, {labels}))))
        """,  # noqa: S608 - the names are literals of the feeds' modules
    )
