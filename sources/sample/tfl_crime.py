"""TfL crime on public transport: the quarterly workbook, volumes and rates in a block a financial year."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from sources.sample.files import PublishedFile
from sources.sample.tfl_journeys import YEAR_SEASON, journeys_in_month
from sources.sample.truth import financial_year, first_day, generator, last_day, month_number, stated

NAME = "public-transport-crime-london.xlsx"
SHEET = "Volume and Rates"
LAG = timedelta(days=75)
FIRST_YEAR = 2009
SPLIT_YEAR = 2017  # Underground and DLR apart from April 2017
TEXT_TO_YEAR = 2012  # up to this year numbers are text with thousands commas
TOTAL_FROM_YEAR = 2011  # earlier blocks have no row of all modes
MONTHS = ("Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")
UNITS = ("Volume", "Rate")
NOT_AVAILABLE = "-"
TOTAL = "All transport modes"

LEVELS = {
    "bus": (24892, 23954, 21670, 20249, 18232, 17277, 17484, 17073, 15927, 15357, 16753, 10243, 14417, 17809),
    "underground_dlr": (
        14825, 13683, 12312, 12945, 11169, 9829, 11042, 11722, 14083, 16934, 21360, 7247, 11501, 17836,
    ),
    "overground": (450, 658, 813, 961, 899, 840, 1245, 1142, 1393, 1607, 1662, 803, 1165, 1610),
    "tram": (403, 367, 369, 355, 318, 208, 265, 245, 269, 237, 265, 157, 203, 290),
    "elizabeth_line": (0, 0, 0, 0, 0, 0, 0, 417, 611, 872, 836, 483, 577, 1260),
}  # fmt: skip
"""Crimes a financial year from 2009/10 to 2022/23, as published."""
YEARLY_TREND = 1.01  # beyond the last year known
DLR_SHARE = 0.07
SEASON = (0.97, 1.0, 1.0, 1.0, 0.92, 0.95, 1.07, 1.1, 1.03, 0.99, 0.95, 1.02)

NO_RATE_BEFORE = {"overground": 2011}  # the financial year from which its journeys are counted
JOURNEYS = {"underground_dlr": ("underground", "dlr")}
"""The modes of the journeys file that a row's rate is taken over, where they are not the row's own."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the workbook of the latest quarter that was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    day = last_day(last) + LAG
    return [PublishedFile(NAME, day, _workbook(_counts(last, seed), seed=seed, created=day))]


def write_transport_crime(path: Path, counts: pl.DataFrame, *, seed: int = 20250328) -> None:
    """Write counts of crimes as TfL's workbook.

    Args:
        path: the workbook to write.
        counts: columns `year`, `month` (1 to 12), `mode` and `count`. Modes are `bus`, `underground_dlr` or
            `underground` and `dlr` apart, `overground`, `tram` and `elizabeth_line`. A mode and month without
            a row, or with a null count, is written as not available.
        seed: that of the sample's journeys, over which the rates are taken.
    """
    path.write_bytes(_workbook(counts, seed=seed, created=date(2000, 1, 1)))


def _counts(last: int, seed: int) -> pl.DataFrame:
    rows = []
    for month in range(month_number(date(FIRST_YEAR, 4, 1)), last + 1):
        modes = [mode for mode in LEVELS if _expected(month, mode) > 0]
        rng = generator(seed, "transport crime", month)
        settled = rng.poisson([_expected(month, mode) for mode in modes]).astype(np.int64)
        counts = dict(zip(modes, settled, strict=True))
        if financial_year(month) >= SPLIT_YEAR:
            combined = counts.pop("underground_dlr")
            counts["dlr"] = np.int64(rng.binomial(combined, DLR_SHARE))
            counts["underground"] = combined - counts["dlr"]
        settled = np.array(list(counts.values()))
        said = stated(settled, last - month, seed=seed, key=("transport crime", month)).tolist()
        day = first_day(month)
        rows += [(day.year, day.month, mode, count) for mode, count in zip(counts, said, strict=True)]
    return pl.DataFrame(rows, schema=["year", "month", "mode", "count"], orient="row")


def _expected(month: int, mode: str) -> float:
    year = financial_year(month)
    known = min(year - FIRST_YEAR, len(LEVELS[mode]) - 1)
    pandemic = np.interp(np.arange(12), np.arange(13) * 12 / 13, YEAR_SEASON.get(year, np.ones(13)))
    season = np.array(SEASON) * pandemic
    level = LEVELS[mode][known] * YEARLY_TREND ** (year - FIRST_YEAR - known)
    return float(level * season[(month - 3) % 12] / season.sum())


def _label(mode: str, year: int) -> str:
    if mode == "tram":
        return "London Tramlink" if year < SPLIT_YEAR else "Trams"
    if mode == "elizabeth_line":
        names = {2022: "Elizabeth Line (formerly TfL Rail)"}
        return names.get(year, "TfL Rail" if year < 2022 else "Elizabeth Line")
    return {
        "bus": "Bus",
        "underground_dlr": "London Underground / Docklands Light Railway",
        "underground": "London Underground",
        "dlr": "Docklands Light Railway",
        "overground": "London Overground",
    }[mode]


ORDER = ("bus", "underground_dlr", "underground", "dlr", "overground", "tram", "elizabeth_line")


def _workbook(counts: pl.DataFrame, *, seed: int, created: date) -> bytes:
    @cache
    def journeys(month: int, mode: str) -> float | None:
        if financial_year(month) < NO_RATE_BEFORE.get(mode, FIRST_YEAR):
            return None
        parts = [journeys_in_month(month, part, seed) for part in JOURNEYS.get(mode, (mode,))]
        return None if None in parts else sum(part or 0 for part in parts)

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime.combine(created, datetime.min.time())})
        sheet = workbook.add_worksheet(SHEET)
        volumes = {
            (year * 12 + month - 1, mode): count
            for year, month, mode, count in counts.select("year", "month", "mode", "count").iter_rows()
            if count is not None
        }
        row = 0
        for year in sorted({financial_year(month) for month, _ in volumes}):
            row = _write_block(sheet, row, year, volumes, journeys)
    return buffer.getvalue()


def _write_block(
    sheet: Worksheet,
    row: int,
    year: int,
    volumes: dict[tuple[int, str], int],
    journeys: Callable[[int, str], float | None],
) -> int:
    """Write one financial year from `row` down and return the row of the next."""
    months = range(year * 12 + 3, year * 12 + 15)
    modes = [mode for mode in ORDER if any((month, mode) in volumes for month in months)]
    sheet.write_string(row, 0, f"Network-wide FY{year}/{(year + 1) % 100:02}")
    for i, name in enumerate(MONTHS):
        sheet.merge_range(row + 1, 1 + 2 * i, row + 1, 2 + 2 * i, name)
        sheet.write_row(row + 2, 1 + 2 * i, UNITS)
    lines: list[tuple[str, tuple[str, ...]]] = [(_label(mode, year), (mode,)) for mode in modes]
    if year >= TOTAL_FROM_YEAR:
        lines.append((TOTAL, tuple(modes)))
    for line, (label, parts) in enumerate(lines, start=row + 3):
        sheet.write_string(line, 0, label)
        for i, month in enumerate(months):
            known = [mode for mode in parts if (month, mode) in volumes]
            volume = sum(volumes[month, mode] for mode in known) if known else None
            travelled = [journeys(month, mode) for mode in known]
            over = sum(number for number in travelled if number is not None)
            rate = round(volume / over, 1) if volume is not None and over and None not in travelled else None
            _write(sheet, line, 1 + 2 * i, volume, text=year <= TEXT_TO_YEAR)
            _write(sheet, line, 2 + 2 * i, rate, text=year <= TEXT_TO_YEAR)
    return row + len(lines) + 4


def _write(sheet: Worksheet, row: int, column: int, number: float | None, *, text: bool) -> None:
    if number is None:
        sheet.write_string(row, column, NOT_AVAILABLE)
    elif text:
        sheet.write_string(row, column, f"{number:,}")
    else:
        sheet.write_number(row, column, number)
