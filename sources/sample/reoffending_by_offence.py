"""MoJ proven reoffending, annual averages by index offence: a workbook of adults and juveniles."""

from datetime import date

import numpy as np

from sources.sample.files import PublishedFile, ods
from sources.sample.truth import generator, last_day, month_number

LAG_MONTHS = 22
YEARS = 11

RATES = {
    "Violence against the person": (25.5, 30.0), "Sexual": (14.1, 13.2), "Robbery": (30.5, 44.3), "Theft": (51.5, 46.3),
    "Criminal damage and arson": (26.1, 38.2), "Drug": (25.0, 40.8), "Possession of weapons": (30.7, 33.5),
    "Public order": (36.8, 46.3), "Miscellaneous crimes against society": (28.5, 46.8), "Fraud": (11.4, 29.6),
    "Summary non-motoring": (25.1, 42.5), "Summary motoring": (15.0, 36.0), "Other": (29.0, None),
}  # fmt: skip
"""Per cent of adults and of juveniles who reoffended, of the year to March 2017; `*` where there is none."""
ALL = {"adult": 28.5, "juvenile": 40.9}
SHEETS = {"adult": "A4a_(annual_average)", "juvenile": "A4b_(annual_average)"}


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the workbook of the latest year that was out on `as_of`."""
    end = month_number(date(as_of.year, 3, 1))
    while last_day(end + LAG_MONTHS) > as_of:
        end -= 12
    last = end // 12
    sheets = {sheet: _sheet(place, who, last, seed) for place, (who, sheet) in enumerate(SHEETS.items())}
    name = f"proven-reoffending-jan{last % 100}-mar{last % 100}-annual.ods"
    return [PublishedFile(name, last_day(end + LAG_MONTHS), ods(sheets))]


def _sheet(place: int, who: str, last: int, seed: int) -> list[list[str | float]]:
    years = range(last - YEARS + 1, last + 1)
    headings = [f"Apr {year - 1} to Mar {year}" for year in years]
    headings[-1] += "1"  # a footnote's number
    rows: list[list[str | float]] = [
        [f"Table {SHEETS[who][:3]}: Proven reoffending of {who} offenders, by index offence (annual average)"],
        [],
        ["England and Wales"],
        ["", *headings],
    ]
    for offence, rates in {**RATES, f"All {who} offenders": (ALL[who],) * 2}.items():
        rate = rates[place]
        drawn = generator(seed, "reoffending by offence", who, offence)
        cells: list[str | float] = [
            "*" if rate is None else rate + float(np.round(drawn.normal(0, 0.5), 6)) for _ in years
        ]
        rows += [[offence], ["Proportion of offenders who reoffend (%)", *cells], []]
    return rows
