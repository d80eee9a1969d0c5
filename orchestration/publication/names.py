"""Names of quarters and releases, and the one way to read them."""

import re
from datetime import date, timedelta


def quarter_end(quarter: str) -> date:
    """Return the last day of a calendar quarter written as `2026-Q1`."""
    parse_release(quarter)
    year, number = int(quarter[:4]), int(quarter[6:7])
    next_quarter = date(year + number // 4, 3 * number % 12 + 1, 1)
    return next_quarter - timedelta(days=1)


def year_ended(quarter: str) -> tuple[str, ...]:
    """Return the four quarters of the financial year that a quarter ends; none where it ends none."""
    if quarter_end(quarter).month != 3:
        return ()
    began = int(quarter[:4]) - 1
    return (f"{began}-Q2", f"{began}-Q3", f"{began}-Q4", quarter)


def release_name(quarter: str, revision: int = 1) -> str:
    """Name a release: `2026-Q1` for the first of a quarter, then `2026-Q1.r2` for its first correction."""
    name = quarter if revision == 1 else f"{quarter}.r{revision}"
    if parse_release(name) != (quarter, revision):
        raise ValueError(f"{quarter!r}, revision {revision}, does not name a release")
    return name


def parse_release(name: str) -> tuple[str, int]:
    """Take a release name apart into its quarter and revision; releases sort by that pair."""
    parts = re.fullmatch(r"([1-9][0-9]{3}-Q[1-4])(?:\.r([2-9]|[1-9][0-9]+))?", name)
    if not parts:
        raise ValueError(f"{name!r} is not the name of a release; write 2026-Q1 or 2026-Q1.r2")
    return parts[1], int(parts[2] or 1)
