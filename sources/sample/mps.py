"""MPS recorded crime by borough: the rolling 24-month file and the Historical file that goes before it."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import (
    BOROUGHS,
    financial_year,
    first_day,
    generator,
    last_day,
    month_number,
    newest_month,
    stated,
    whole,
)

RECENT = "MPS Borough Level Crime (most recent 24 months).csv"
HISTORICAL = "MPS Borough Level Crime (Historical).csv"
LAG = timedelta(days=18)
FIRST = month_number(date(2010, 4, 1))
NEW_HEADER = month_number(date(2026, 4, 1))  # published so by May 2026, not yet in March
EARLIEST = month_number(date(2025, 4, 1))  # an earlier 24 months would hold DOMESTIC BURGLARY
OTHER_BURGLARY = month_number(date(2023, 5, 1))  # domestic burglary becomes two residential categories
CONNECT = month_number(date(2024, 3, 1))

AREAS = (*BOROUGHS, "London Heathrow and London City Airports", "Unknown")

# Offences a financial year from 2010/11 to 2025/26: the Historical and 24-month files of November and
# December 2025, for 2025/26 the file to June 2026. Burglary of 2023/24 is shared out at `OTHER_BURGLARY`.
LEVELS = """
ARSON AND CRIMINAL DAMAGE/ARSON
  2744 2729 1758 1631 2027 2266 2200 2248 2019 1987 1746 1726 1916 2236 2390 1963
ARSON AND CRIMINAL DAMAGE/CRIMINAL DAMAGE
  75628 68461 56460 53266 56819 59441 60577 58506 54818 53658 47686 52404 51985 56165 53496 53234
BURGLARY/BURGLARY - RESIDENTIAL
  0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1
BURGLARY/BURGLARY BUSINESS AND COMMUNITY
  32339 32090 31761 30413 26167 25819 26124 19576 21216 20571 12891 13710 16959 17945 17843 15544
BURGLARY/DOMESTIC BURGLARY
  60570 63561 60448 54460 47290 43894 43424 58040 60083 57412 42846 40541 37469 3202 0 0
BURGLARY/RES BURGLARY OF A HOME
  0 0 0 0 0 0 0 0 0 0 0 0 0 25450 24783 23113
BURGLARY/RES BURGLARY OF UNCONNECTED BUILDING
  0 0 0 0 0 0 0 0 0 0 0 0 0 9775 9356 9573
DRUG OFFENCES/POSSESSION OF DRUGS
  59176 56824 48163 46673 40071 37539 35220 33579 36459 46199 51246 41019 34391 26437 26994 32949
DRUG OFFENCES/TRAFFICKING OF DRUGS
  4768 4334 4037 4161 3744 3693 3920 3335 2947 3701 5372 5977 9057 11415 17921 21097
FRAUD AND FORGERY/FRAUD AND FORGERY
  22299 23239 25687 1 2 0 0 1 0 3 1 3 6 34 118 29
MISCELLANEOUS CRIMES AGAINST SOCIETY/MISC CRIMES AGAINST SOCIETY
  7851 7890 7645 8282 9383 10718 12070 11618 11445 11566 12115 12268 12457 11152 11283 12941
NFIB FRAUD/NFIB
  0 0 0 0 0 0 0 0 0 0 0 0 0 1 8 1
POSSESSION OF WEAPONS/POSSESSION OF WEAPONS
  5407 4768 3813 4132 4461 5069 6365 7999 8039 7081 6539 6472 6560 6268 5440 7163
PUBLIC ORDER OFFENCES/OTHER OFFENCES PUBLIC ORDER
  5763 5579 5105 5472 6304 6276 6816 6178 6462 6496 6605 7028 6924 7232 7483 8582
PUBLIC ORDER OFFENCES/PUBLIC FEAR ALARM OR DISTRESS
  11144 11599 13247 14064 22385 27324 29510 31980 31950 35221 35481 41120 40025 41263 34793 33865
PUBLIC ORDER OFFENCES/RACE OR RELIGIOUS AGG PUBLIC FEAR
  411 811 4263 5307 7343 8370 8519 9147 9551 10508 11343 12195 10721 11758 13302 13944
PUBLIC ORDER OFFENCES/VIOLENT DISORDER
  200 285 55 55 48 69 67 73 56 77 95 91 45 58 72 74
ROBBERY/ROBBERY OF BUSINESS PROPERTY
  3005 2756 2404 1889 1633 1710 1725 2271 2468 2927 2070 1950 2796 4541 7274 8967
ROBBERY/ROBBERY OF PERSONAL PROPERTY
  32202 35341 31788 25997 20167 19864 22481 30670 31930 37136 20769 22502 26798 29842 26662 23343
SEXUAL OFFENCES/OTHER SEXUAL OFFENCES
  6819 6728 6626 6907 9632 10505 11288 12144 12244 12274 11155 15834 15776 15391 16988 17856
SEXUAL OFFENCES/RAPE
  3306 3362 3186 4211 5115 5625 6551 7984 8403 7938 7518 9352 9133 8798 8951 9735
THEFT/BICYCLE THEFT
  22046 23118 20715 18882 17282 16598 18872 20791 20352 19545 24267 21126 17888 16287 15386 14272
THEFT/OTHER THEFT
  132730 136150 132002 114265 110707 108527 107730 108863
  121328 127372 70346 102446 128055 132966 107396 102182
THEFT/SHOPLIFTING
  41233 38679 36487 36964 41226 43768 47677 47048 43461 46178 31043 35319 42046 61285 91308 89692
THEFT/THEFT FROM THE PERSON
  34978 41938 49126 42596 31354 33984 38011 47548 45966 53509 24391 46069 61001 80303 100379 79628
VEHICLE OFFENCES/AGGRAVATED VEHICLE TAKING
  782 784 646 684 898 875 999 1027 922 1117 832 685 727 669 536 463
VEHICLE OFFENCES/INTERFERING WITH A MOTOR VEHICLE
  4848 4538 5412 4420 8996 10861 11964 14125 15709 17064 13611 11416 11044 11704 10781 9061
VEHICLE OFFENCES/THEFT FROM A VEHICLE
  72229 72125 66114 62053 49893 49753 53691 61011 69660 81741 61811 63267 64840 59506 53572 43738
VEHICLE OFFENCES/THEFT OR UNAUTH TAKING OF A MOTOR VEH
  26193 25390 21434 20014 21138 21354 26970 30648 30762 30370 24924 28469 32763 33034 32761 31081
VIOLENCE AGAINST THE PERSON/DEATH SERIOUS INJURY ILLEGAL DRIVING
  59 67 52 34 61 69 69 76 74 69 66 72 112 161 139 171
VIOLENCE AGAINST THE PERSON/HOMICIDE
  134 103 110 110 103 113 115 171 124 152 132 126 115 111 104 98
VIOLENCE AGAINST THE PERSON/STALKING AND HARASSMENT
  17648 15945 22130 21433 28523 38231 40572 41617 52534 54555 64776 67817 61693 60607 54126 61998
VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY
  65491 60595 57127 58274 69598 73629 75454 77512 78105 76296 65758 76128 77487 79495 64531 64507
VIOLENCE AGAINST THE PERSON/VIOLENCE WITHOUT INJURY
  54162 51895 45045 47748 63544 73814 76873 82594 85265 90922 86795 97396 101641 111161 113979 120170
"""

# Windows that the plans speak of: categories, first and last month, offences (files retrieved April 2026).
WINDOWS = (
    ("VIOLENCE AGAINST THE PERSON/HOMICIDE", "201506", "201605", 119),
    ("VIOLENCE AGAINST THE PERSON/HOMICIDE", "202312", "202411", 108),
    ("VIOLENCE AGAINST THE PERSON/HOMICIDE", "202401", "202412", 108),
    ("VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY", "201506", "201605", 74413),
    ("VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY", "202307", "202406", 75469),
    ("VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY", "202312", "202411", 68848),
    ("VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY", "202401", "202412", 67347),
    ("VIOLENCE AGAINST THE PERSON/", "202307", "202406", 245820),
    ("BURGLARY/", "201506", "201605", 69456),
    ("BURGLARY/", "202312", "202411", 54140),
    ("ROBBERY/", "201506", "201605", 21257),
    ("ROBBERY/", "202312", "202411", 35383),
    ("THEFT/THEFT FROM THE PERSON", "201506", "201605", 32889),
    ("THEFT/THEFT FROM THE PERSON", "202312", "202411", 99518),
)

# Mean of 2013/14 to 2025/26 without the pandemic's years, April first.
SEASON = np.array([0.944, 1.014, 1.012, 1.048, 0.997, 0.981, 1.049, 1.033, 0.983, 0.980, 0.932, 1.027])
YEARLY_TREND = 0.99  # beyond the last year known

# How far a category goes with the crowds rather than with the residents (fitted to 2024/25).
CROWDS = {
    "BURGLARY BUSINESS AND COMMUNITY": 0.22,
    "RACE OR RELIGIOUS AGG PUBLIC FEAR": 0.11,
    "ROBBERY OF PERSONAL PROPERTY": 0.31,
    "BICYCLE THEFT": 0.16,
    "OTHER THEFT": 0.42,
    "SHOPLIFTING": 0.10,
    "THEFT FROM THE PERSON": 1.0,
    "VIOLENT DISORDER": 0.27,
}


def _levels() -> dict[str, list[int]]:
    levels: dict[str, list[int]] = {}
    for line in LEVELS.strip().splitlines():
        if line.startswith(" "):
            next(reversed(levels.values())).extend(map(int, line.split()))
        else:
            levels[line] = []
    return levels


CATEGORIES = tuple(_levels())
NEW_NAMES = {"PUBLIC FEAR ALARM OR DISTRESS": "PUBLIC FEAR, ALARM OR DISTRESS"}  # the 24-month file alone
HISTORY_LACKS = ("BURGLARY/BURGLARY - RESIDENTIAL", "NFIB FRAUD/NFIB")


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return both files of the latest month that was out on `as_of`."""
    last = newest_month(as_of, LAG)
    if last < EARLIEST:
        raise ValueError(f"the sample starts with files to {first_day(EARLIEST):%B %Y}, not out by {as_of}")
    counts = settled(last, seed)
    start = last - 23
    recent = np.stack(
        [
            stated(counts[month - FIRST], last - month, seed=seed, key=("recorded crime", month))
            for month in range(start, last + 1)
        ],
        axis=-1,
    )
    history = np.moveaxis(counts[: start - FIRST], 0, -1)
    day = last_day(last) + LAG
    new = last >= NEW_HEADER
    header = ("Group", "SubGroup", "BOCU") if new else ("MajorText", "MinorText", "BoroughName")
    return [
        PublishedFile(RECENT, day, _file(header, recent, start, renamed=NEW_NAMES if new else {})),
        PublishedFile(HISTORICAL, day, _file(header, history, FIRST, without=HISTORY_LACKS)),
    ]


def settled(last: int, seed: int) -> NDArray[np.int64]:
    """Return settled counts, month x category x area, from the first month to `last`."""
    totals = whole(_expected(last, seed))
    shares = _shares(seed)
    months = []
    for month in range(FIRST, last + 1):
        elsewhere = np.array([_at_airports(month), _unplaced(month)])
        placed = shares * (1 - elsewhere.sum())
        areas = np.hstack([placed, np.broadcast_to(elsewhere, (len(CATEGORIES), 2))])
        months.append(generator(seed, "areas", month).multinomial(totals[:, month - FIRST], areas))
    return np.stack(months)


def _expected(last: int, seed: int) -> NDArray[np.float64]:
    """Return London's expected offences, category x month, that add up to the levels and the windows."""
    levels = np.array(list(_levels().values()), dtype=float)
    # One year more than is asked for, or the slope at the end would turn when the next year is added.
    years_to_come = max(financial_year(last) - (2010 + levels.shape[1]) + 2, 0)
    future = levels[:, -1:] * YEARLY_TREND ** np.arange(1, years_to_come + 1)
    yearly = np.hstack([levels, future])
    months = np.arange(FIRST, FIRST + 12 * yearly.shape[1])
    middles = FIRST + 5.5 + 12 * np.arange(yearly.shape[1])
    monthly = np.array([np.interp(months, middles, row) for row in yearly / 12])
    monthly *= np.tile(SEASON, yearly.shape[1])
    monthly[CATEGORIES.index("BURGLARY/DOMESTIC BURGLARY"), months >= OTHER_BURGLARY] = 0
    for category, row in zip(CATEGORIES, monthly, strict=True):
        if category.startswith("BURGLARY/RES "):
            row[months < OTHER_BURGLARY] = 0
        if category in HISTORY_LACKS:
            row[months < CONNECT] = 0
    spread = np.sqrt(0.02**2 + 0.5 / np.maximum(monthly, 1))
    noise = [generator(seed, "London", month).normal(size=len(CATEGORIES)) for month in months]
    monthly *= np.exp(spread * np.stack(noise, axis=-1))
    # Proportional fitting: scale years and windows in turn until both hold.
    for _ in range(40):
        by_year = monthly.reshape(len(CATEGORIES), -1, 12)
        sums = by_year.sum(axis=2)
        by_year *= np.divide(yearly, sums, out=np.zeros_like(sums), where=sums > 0)[:, :, None]
        for prefix, start, end, offences in WINDOWS:
            rows = [row for row, category in enumerate(CATEGORIES) if category.startswith(prefix)]
            window = np.ix_(rows, range(_column(start), _column(end) + 1))
            monthly[window] *= offences / monthly[window].sum()
    return np.asarray(monthly[:, : last - FIRST + 1])


def _column(month: str) -> int:
    return month_number(date(int(month[:4]), int(month[4:]), 1)) - FIRST


def _shares(seed: int) -> NDArray[np.float64]:
    """Return each category's split over the boroughs."""
    residents, crowds = (np.array([row[i] for row in BOROUGHS.values()]) / 1000 for i in (1, 2))
    crowded = np.array([CROWDS.get(category.split("/")[1], 0.0) for category in CATEGORIES])[:, None]
    local = np.exp(generator(seed, "borough and category").normal(0, 0.12, (len(CATEGORIES), len(BOROUGHS))))
    shares = ((1 - crowded) * residents + crowded * crowds) * local
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _at_airports(month: int) -> float:
    """Return the share that the airports' row holds: only the last months before CONNECT."""
    return 0.0055 if month_number(date(2023, 6, 1)) <= month < CONNECT else 0.0


def _unplaced(month: int) -> float:
    """Return the share not placed in a borough; October 2023 stands out in every vintage."""
    if month == month_number(date(2023, 10, 1)):
        return 0.098
    steps = (("202412", 0.0023), ("202304", 0.018), ("202104", 0.036), ("201004", 0.014))
    return next(share for since, share in steps if month - FIRST >= _column(since))


def _file(
    header: tuple[str, ...],
    counts: NDArray[np.int64],
    start: int,
    *,
    renamed: Mapping[str, str] = MappingProxyType({}),
    without: tuple[str, ...] = (),
) -> bytes:
    months = [f"{first_day(start + i):%Y%m}" for i in range(counts.shape[-1])]
    kept = np.argwhere(counts.any(axis=-1))  # the publisher writes no row of zeros
    rows = []
    for category, area in kept:
        if CATEGORIES[category] not in without:
            major, minor = CATEGORIES[category].split("/")
            rows.append((AREAS[area], major, renamed.get(minor, minor), counts[category, area].tolist()))
    rows.sort(key=lambda row: row[:3])
    body = ((major, minor, area, *figures) for area, major, minor, figures in rows)
    return csv_text([(*header, *months), *body]).encode("ascii")
