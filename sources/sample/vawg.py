"""MPS violence against women and girls: the workbook of offences, here of 24 months and one ward a borough."""

import io
from datetime import date, datetime, timedelta

import numpy as np
import xlsxwriter

from sources.sample.files import PublishedFile
from sources.sample.truth import BOROUGHS, first_day, generator, last_day, newest_month, stated

LAG = timedelta(days=30)
MONTHS = 24
OFFENCES = 100_000 / 12
"""Offences a month, of the size of London's; none was read in a file."""

DATES = ("Recorded Date (Months)", "Date Committed From Date (Months)", "Count")
PLACES = [("BCU", borough, "Ward") for borough in (*BOROUGHS, "Other", "Unknown")]
CLASSES = {"Domestic Abuse": 0.70, "Rape": 0.09, "Other Sexual Offences": 0.12, "Stalking": 0.06, "Harassment": 0.03}


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the workbook of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    day = last_day(last) + LAG
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime.combine(day, datetime.min.time())})
        dates = workbook.add_format({"num_format": "mmm-yy"})
        by_place, by_class = workbook.add_worksheet("Location"), workbook.add_worksheet("Classification")
        by_place.write_row(0, 0, ("BCU Location", "Borough Name", "Ward Name Clean 2", *DATES))
        by_class.write_row(0, 0, ("Classification", *DATES))
        for age in range(MONTHS):
            counts = _stated(last - age, age, seed)
            month = first_day(last - age)
            for sheet, cells, figures in (
                (by_place, PLACES, counts.sum(axis=1)),
                (by_class, [(name,) for name in CLASSES], counts.sum(axis=0)),
            ):
                for row, (cell, figure) in enumerate(zip(cells, figures, strict=True), start=age * len(cells) + 1):
                    sheet.write_row(row, 0, cell)
                    for column in (len(cell), len(cell) + 1):
                        sheet.write_datetime(row, column, datetime.combine(month, datetime.min.time()), dates)
                    sheet.write_number(row, len(cell) + 2, int(figure))
    return [PublishedFile("MPS VAWG Dashboard - Offences.xlsx", day, buffer.getvalue())]


def _stated(month: int, age: int, seed: int) -> np.ndarray:
    """Return the counts of a month, places by classes, as a vintage of that age states them."""
    people = np.array([*(home for _, home, _ in BOROUGHS.values()), 3, 5], dtype=float)
    shares = np.outer(people / people.sum(), list(CLASSES.values()))
    settled = generator(seed, "vawg", month).poisson(OFFENCES * shares)
    return stated(settled, age, seed=seed, key=("vawg", month))
