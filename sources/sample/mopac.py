"""MOPAC's Public Attitude Survey: the headline file in whole per cents for London.

The survey states twelve months to the end of each quarter and does not go back on what it stated.
"""

from datetime import date, timedelta

import numpy as np

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import first_day, generator, last_day, month_number

PERCEPTION = "public-perception-data.csv"
PERCEPTION_LAG = timedelta(days=140)

FIRST = month_number(date(2014, 12, 1))
LEVELS = {
    "Good Job local": (67, 67, 69, 68, 62, 58, 56, 51, 49, 47, 46, 46),
    "Contact ward officer": (41, 38, 36, 22, 13, 12, 21, 27, 20, 13, 13, 13),
    "Informed local": (49, 43, 43, 45, 38, 36, 42, 40, 31, 29, 29, 29),
    "Listen to concerns": (74, 73, 76, 73, 69, 68, 69, 62, 59, 57, 56, 54),
    "Relied on to be there": (77, 77, 78, 76, 73, 71, 67, 59, 57, 58, 59, 57),
    "Treat everyone fairly": (74, 75, 78, 77, 76, 78, 72, 64, 62, 62, 62, 66),
    "Understand issues": (72, 71, 74, 70, 65, 65, 67, 63, 58, 57, 56, 54),
}
"""London's per cents of the twelve months to December 2014 and each December after it, to September 2025."""

WORDINGS = {
    "Agree the police are dealing with the things that matter to this community": "Understand issues",
    "Agree the police can be relied upon to be there when needed": "Relied on to be there",
    "Agree the police listen to the concerns of local people": "Listen to concerns",
    "Agree the police treat everyone fairly regardless of who they are": "Treat everyone fairly",
    "Feels well informed about local police activities over the last 12 months": "Informed local",
    "Knows how to contact their local ward officer": "Contact ward officer",
    "Police do a good job in the local area": "Good Job local",
}
LAST_ASKED = month_number(date(2022, 3, 1))
NO_LONGER_ASKED = ("Informed local", "Contact ward officer")

SAMPLING = 0.9  # points, of one quarter's respondents in London


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest quarter that was out on `as_of`."""
    last = _latest(as_of, PERCEPTION_LAG)
    rows = [
        (f"{first_day(month):%b-%y}", wording, round(_london(measure, month, seed)))
        for month in range(FIRST, last + 1, 3)
        for wording, measure in WORDINGS.items()
        if month <= LAST_ASKED or measure not in NO_LONGER_ASKED
    ]
    text = csv_text([("date", "measure", "proportion"), *rows])
    return [PublishedFile(PERCEPTION, last_day(last) + PERCEPTION_LAG, text.encode("ascii"))]


def _latest(as_of: date, lag: timedelta) -> int:
    """Return the last month of the latest quarter whose file was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + lag > as_of:
        last -= 1
    return last


def _london(measure: str, month: int, seed: int) -> float:
    """Return London's per cent of the twelve months to `month`."""
    level = np.interp(month, FIRST + 12 * np.arange(len(LEVELS[measure])), LEVELS[measure])
    return float(level) + SAMPLING * _rolling(measure, month, seed)


def _rolling(what: str, month: int, seed: int) -> float:
    """Return the chance error of four quarters together, in errors of one: neighbours share three of the four."""
    quarters = [generator(seed, "survey", what, month - 3 * back).normal() for back in range(4)]
    return float(np.mean(quarters))
