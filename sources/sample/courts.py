"""MoJ Crown Court: the three tables that were derived from the workbooks of criminal court statistics.

The courts of a region are left out but for the largest three; the rest of its cases are in the last of them.
"""

from datetime import date, timedelta

import numpy as np

from sources.sample.files import PublishedFile
from sources.sample.truth import first_day, generator, last_day, month_number

LAG = timedelta(days=85)
FIRST_QUARTER = month_number(date(2016, 3, 1))

RECEIPTS, DISPOSALS, OPEN = 29_482, 28_812, 80_203
"""Cases of England and Wales in the quarter to December 2025, and open at its end."""
COURTS = {
    "London": {"Snaresbrook": 4_299, "Isleworth": 2_454, "Wood Green": 12_586},
    "Midlands": {"Birmingham": 2_525, "Nottingham": 1_897, "Wolverhampton": 10_031},
    "North East": {"Newcastle Upon Tyne": 2_160, "Leeds": 2_070, "Sheffield": 6_822},
    "North West": {"Manchester Minshull St": 2_182, "Preston": 1_948, "Liverpool": 5_825},
    "South East": {"Maidstone": 2_277, "Lewes": 1_465, "Basildon": 12_360},
    "South West": {"Bristol": 1_210, "Bournemouth": 718, "Exeter": 4_481},
    "Wales": {"Cardiff": 1_729, "Swansea": 651, "Mold": 512},
}
"""Open cases by court at the end of December 2025."""
DAYS = {
    "London": (390, 700), "Midlands": (370, 755), "North East": (330, 720), "North West": (320, 690),
    "South East": (411, 763), "South West": (360, 719), "Wales": (250, 560), "England and Wales": (355, 708),
}  # fmt: skip
"""Median and mean days from offence to completion, by region."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the tables of the latest quarter that was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    tables = {
        "gold_backlog_trajectory.csv": _trajectory(last, seed),
        "gold_backlog_by_court.csv": _by_court(last, seed),
        "gold_timeliness_by_region.csv": _timeliness(last, seed),
    }
    return [
        PublishedFile(name, last_day(last) + LAG, "".join(f"{','.join(row)}\n" for row in rows).encode())
        for name, rows in tables.items()
    ]


def _stamp(month: int) -> tuple[str, str, str]:
    return (f"{last_day(month)}", f"{first_day(month).year}", f"Q{month % 12 // 3 + 1}")


def _trajectory(last: int, seed: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("quarter_end", "year", "quarter", "disposals", "open", "receipts", "net_flow")]
    for month in range(FIRST_QUARTER, last + 1, 3):
        receipts, disposals = generator(seed, "courts", month).poisson((RECEIPTS, DISPOSALS))
        figures = (disposals, _open(OPEN, month), receipts, receipts - disposals)
        rows.append((*_stamp(month), *(f"{float(figure)}" for figure in figures)))
    return rows


def _by_court(last: int, seed: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("region", "court", "open_latest", "open_year_ago", "change", "pct_change")]
    for region, courts in COURTS.items():
        for court, cases in courts.items():
            latest, ago = (
                int(generator(seed, court, month).poisson(_open(cases, month))) for month in (last, last - 12)
            )
            rows.append((region, court, *(f"{figure}" for figure in (
                float(latest), float(ago), float(latest - ago), (latest - ago) / ago
            ))))  # fmt: skip
    return rows


def _timeliness(last: int, seed: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("quarter_end", "year", "quarter", "region", "geo_level", "offence_to_completion_median",
         "offence_to_completion_mean")
    ]  # fmt: skip
    for month in range(FIRST_QUARTER, last + 1, 3):
        for region, days in DAYS.items():
            level = "national" if region == "England and Wales" else "region"
            drawn = np.rint(generator(seed, "timeliness", region, month).normal(days, 8) * 2) / 2
            rows.append((*_stamp(month), region, level, *(f"{figure}" for figure in drawn.tolist())))
    return rows


def _open(cases: int, month: int) -> int:
    """Return open cases of a quarter: they grew from two thirds of what they were at the end of 2025."""
    return round(cases * (0.6 + 0.4 * (month - FIRST_QUARTER) / 117))
