"""MPS recorded crime by small area: the rolling 24-month file, here of one area a borough and of few categories."""

from datetime import date

from sources.sample.files import PublishedFile, csv_text
from sources.sample.mps import LAG
from sources.sample.truth import BOROUGHS, first_day, generator, last_day, newest_month

NAME = "MPS LSOA Level Crime (most recent 24 months).csv"
HEADER = ("LSOA Code", "LSOA Name", "Borough", "Major Category", "Minor Category")
LEVELS = {
    ("BURGLARY", "RES BURGLARY OF A HOME"): 2,
    ("ROBBERY", "ROBBERY OF PERSONAL PROPERTY"): 1,
    ("THEFT", "SHOPLIFTING"): 4,
    ("THEFT", "THEFT FROM THE PERSON"): 3,
    ("VIOLENCE AGAINST THE PERSON", "VIOLENCE WITH INJURY"): 3,
}
"""Offences of a month in an area, of this project's making."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest month that was out on `as_of`, beside the borough file."""
    last = newest_month(as_of, LAG)
    months = range(last - 23, last + 1)
    drawn = [
        generator(seed, "lsoa crime", month).poisson([*LEVELS.values()] * len(BOROUGHS)).tolist() for month in months
    ]
    areas = [(f"E01{number:06}", f"{name} 001A", f"E09{number:06}") for number, name in enumerate(BOROUGHS, start=2)]
    labels = [(*area, *category) for area in areas for category in LEVELS]
    header = (*HEADER, *(f"{first_day(month):%Y%m}" for month in months))
    rows = ((*label, *counts) for label, *counts in zip(labels, *drawn, strict=True))
    return [PublishedFile(NAME, last_day(last) + LAG, csv_text([header, *rows]).encode("ascii"))]
