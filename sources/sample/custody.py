"""MPS custody: arrests of 24 months in a workbook of one sheet, by first offence, sex, age group and ethnicity."""

import io
from datetime import date, datetime, timedelta

import numpy as np
import xlsxwriter

from sources.sample.files import PublishedFile
from sources.sample.truth import first_day, generator, last_day, newest_month, stated

HEADER = (
    "Arrest Year", "Arrest Month", "Arrest Month Name", "Gender", "Age Group", "Ethnicity (4+1)",
    "First Arrest Offence", "Domestic Abuse Flag", "Arrest Count",
)  # fmt: skip
LAG = timedelta(days=37)
MONTHS = 24
ARRESTS = 128_598 / 12
"""Custody records a month, as published for 2024/25."""

OFFENCES = {("Other Offence", "No"): 0.40, ("Assault", "No"): 0.20, ("Assault", "Yes"): 0.20, ("Drugs", "No"): 0.20}
GENDERS = {"Male": 0.85, "Female": 0.15}
AGES = {"Adult": 0.92, "Child": 0.08}
ETHNICITIES = {"White": 0.41, "Black": 0.31, "Asian": 0.13, "Mixed": 0.05, "Other ": 0.06, "Unknown": 0.04}
"""Shares of this project's making; one of the labels ends in a space."""

CELLS = [
    (gender, age, ethnicity, *offence) for gender in GENDERS for age in AGES for ethnicity in ETHNICITIES
    for offence in OFFENCES
]  # fmt: skip
SHARES = np.einsum("a,b,c,d->abcd", *(list(part.values()) for part in (GENDERS, AGES, ETHNICITIES, OFFENCES))).ravel()


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the workbook of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    first = last - MONTHS + 1
    name = f"MPS Custody - Arrests - {first_day(first):%Y %m} to {first_day(last):%Y %m}.xlsx"
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime.combine(last_day(last) + LAG, datetime.min.time())})
        sheet = workbook.add_worksheet("Arrests")
        sheet.write_row(0, 0, HEADER)
        row = 0
        for month in range(first, last + 1):
            day = first_day(month)
            settled = generator(seed, "custody", month).poisson(ARRESTS * SHARES)
            counts = stated(settled, last - month, seed=seed, key=("custody", month))
            for cell, count in zip(CELLS, counts, strict=True):
                if count:
                    row += 1
                    sheet.write_row(row, 0, (day.year, day.month, f"{day:%B}", *cell, int(count)))
    return [PublishedFile(name, last_day(last) + LAG, buffer.getvalue())]
