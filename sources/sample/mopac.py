"""MOPAC's Public Attitude Survey: the headline file of London and the workbook by borough.

The survey states twelve months to the end of each quarter and does not go back on what it stated. Both files state
the same figures of London: the one in whole per cents, the other in shares of one.
"""

import io
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import xlsxwriter
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import BOROUGHS, first_day, generator, last_day, month_number

PERCEPTION = "public-perception-data.csv"
PERCEPTION_LAG = timedelta(days=140)
ATTITUDE_LAG = timedelta(days=45)

FIRST = month_number(date(2014, 12, 1))
LEVELS = {
    '"Good Job" local': (67, 67, 69, 68, 62, 58, 56, 51, 49, 47, 46, 46),
    "Contact ward officer": (41, 38, 36, 22, 13, 12, 21, 27, 20, 13, 13, 13),
    "Informed local": (49, 43, 43, 45, 38, 36, 42, 40, 31, 29, 29, 29),
    "Listen to concerns": (74, 73, 76, 73, 69, 68, 69, 62, 59, 57, 56, 54),
    "Relied on to be there": (77, 77, 78, 76, 73, 71, 67, 59, 57, 58, 59, 57),
    "Treat everyone fairly": (74, 75, 78, 77, 76, 78, 72, 64, 62, 62, 62, 66),
    "Trust MPS": (86, 86, 88, 86, 84, 84, 81, 76, 71, 69, 73, 74),
    "Understand issues": (72, 71, 74, 70, 65, 65, 67, 63, 58, 57, 56, 54),
}
"""London's per cents of the twelve months to December 2014 and each December after it, as far as published: the
headline file to September 2025, the workbook to December 2023, trust in 2024 as the plan and the Met state it."""

WORDINGS = {
    "Agree the police are dealing with the things that matter to this community": "Understand issues",
    "Agree the police can be relied upon to be there when needed": "Relied on to be there",
    "Agree the police listen to the concerns of local people": "Listen to concerns",
    "Agree the police treat everyone fairly regardless of who they are": "Treat everyone fairly",
    "Feels well informed about local police activities over the last 12 months": "Informed local",
    "Knows how to contact their local ward officer": "Contact ward officer",
    "Police do a good job in the local area": '"Good Job" local',
}
LAST_ASKED = month_number(date(2022, 3, 1))
NO_LONGER_ASKED = ("Informed local", "Contact ward officer")  # by the headline file alone
TRUST_FIRST_ASKED = month_number(date(2016, 3, 1))

NAMES = {"Westminster": "City of Westminster"}
OTHER_CAPITALS = month_number(date(2023, 6, 1))  # from then on the workbook says Richmond Upon Thames
HEADER = ("Date", "Survey", "Borough", "Measure", "Proportion")
SCRATCH = (month_number(date(2022, 12, 1)), "Trust MPS", "Barking and Dagenham")  # the row with an analyst's cells

# Per cent points by which one quarter's respondents err, of half saying yes: 4,800 in London and 150 in a borough.
LONDON_ERROR = 0.9
BOROUGH_ERROR = 4.1
BOROUGH_SPREAD = 13.0  # between boroughs; all three are least where nearly all or none say yes


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return both files of the latest quarter of each that was out on `as_of`."""
    perception, attitude = (_latest(as_of, lag) for lag in (PERCEPTION_LAG, ATTITUDE_LAG))
    quarter = (attitude - 3) % 12 // 3 + 1
    year = (attitude - 3) // 12 % 100
    day = last_day(attitude) + ATTITUDE_LAG
    return [
        PublishedFile(PERCEPTION, last_day(perception) + PERCEPTION_LAG, _perception(perception, seed)),
        PublishedFile(
            f"PAS_T&Cdashboard_to Q{quarter} {year:02}-{year + 1:02}.xlsx", day, _attitude(attitude, seed, day)
        ),
    ]


def _latest(as_of: date, lag: timedelta) -> int:
    """Return the last month of the latest quarter whose file was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + lag > as_of:
        last -= 1
    return last


def _perception(last: int, seed: int) -> bytes:
    rows = [
        (f"{first_day(month):%b-%y}", wording, int(_per_cents(measure, month, seed)[0]))
        for month in range(FIRST, last + 1, 3)
        for wording, measure in WORDINGS.items()
        if month <= LAST_ASKED or measure not in NO_LONGER_ASKED
    ]
    return csv_text([("date", "measure", "proportion"), *rows]).encode("ascii")


@cache
def _attitude(last: int, seed: int, created: date) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime.combine(created, datetime.min.time())})
        london, boroughs = workbook.add_worksheet("MPS"), workbook.add_worksheet("Borough")
        for sheet, header in ((london, HEADER), (boroughs, (*HEADER, "MPS"))):
            sheet.write_row(0, 0, header)
            sheet.set_column(0, 0, 12, workbook.add_format({"num_format": "dd/mm/yyyy"}))
        asked = [
            (month, measure)
            for month in range(FIRST, last + 1, 3)
            for measure in LEVELS
            if measure != "Trust MPS" or month >= TRUST_FIRST_ASKED
        ]
        row = 1
        for number, (month, measure) in enumerate(asked, start=1):
            end = datetime.combine(last_day(month), datetime.min.time())
            force, *local = (figure / 100 for figure in _per_cents(measure, month, seed).tolist())
            london.write_datetime(number, 0, end)
            london.write_row(number, 1, ("PAS", "MPS", measure, force))
            for borough, figure in zip(BOROUGHS, local, strict=True):
                name = NAMES.get(borough, borough)
                if borough == "Richmond upon Thames" and month >= OTHER_CAPITALS:
                    name = "Richmond Upon Thames"
                boroughs.write_datetime(row, 0, end)
                boroughs.write_row(row, 1, ("PAS", name, measure, figure, force))
                if (month, measure, borough) == SCRATCH:
                    boroughs.write_row(row, 8, ("Trust", force))
                row += 1
    return buffer.getvalue()


def _per_cents(measure: str, month: int, seed: int) -> NDArray[np.float64]:
    """Return the whole per cents of the twelve months to `month`: London's, then each borough's."""
    london = np.interp(month, FIRST + 12 * np.arange(len(LEVELS[measure])), LEVELS[measure])
    steepness = 2 * np.sqrt(london * (100 - london)) / 100
    # Four quarters together: neighbours share three of them.
    error = np.mean([_error(measure, month - 3 * back, seed) for back in range(4)], axis=0)
    error *= np.array([LONDON_ERROR, *[BOROUGH_ERROR] * len(BOROUGHS)])
    apart = error + BOROUGH_SPREAD / 2 * _offsets(measure, seed)
    figures: NDArray[np.float64] = np.rint(np.clip(london + steepness * apart, 1, 99))
    return figures


@cache
def _error(measure: str, month: int, seed: int) -> NDArray[np.float64]:
    """Return the chance error of the quarter that ends with `month`, in standard errors."""
    return generator(seed, "survey", measure, month).normal(size=len(BOROUGHS) + 1)


@cache
def _offsets(measure: str, seed: int) -> NDArray[np.float64]:
    """Return how far each borough lies from London, which is at 0, most of it alike in all measures."""
    shared, own = (generator(seed, "survey", *key).normal(size=len(BOROUGHS)) for key in (("mood",), ("mood", measure)))
    offsets = 0.8 * shared + 0.6 * own
    return np.array([0.0, *(offsets - offsets.mean())])
