"""MoJ proven reoffending: the overview data tool's CSV, cut by region and age."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import generator, last_day, month_number, stated

NAME = "PRSQ_Overview_data_tool_regions.csv"
HEADER = (
    "adult_juv", "cohort", "region", "category", "subcat1", "subcat2",
    "offenders", "reoffenders", "reoffences",
)  # fmt: skip
COHORTS = 12
LAG_MONTHS = 22

ANCHORS = (2012, 2015, 2019)
LONDON = {
    "Adult/18 to 20": ((11806, 4223, 11088), (9507, 3284, 9773), (5304, 1539, 4115)),
    "Adult/21 to 24": ((16443, 5115, 14159), (13592, 3968, 11547), (8170, 2076, 5855)),
    "Adult/25 to 29": ((17011, 4974, 15442), (15463, 4149, 13870), (9311, 2221, 6967)),
    "Adult/30 to 34": ((13513, 4100, 14858), (12680, 3525, 13176), (8014, 2088, 7216)),
    "Adult/35 to 39": ((9985, 2959, 10846), (9968, 2841, 10594), (6667, 1908, 6938)),
    "Adult/40 to 44": ((8464, 2317, 7987), (7548, 2089, 7734), (4671, 1270, 4441)),
    "Adult/45 to 49": ((6560, 1759, 6340), (6271, 1638, 6438), (3534, 910, 3039)),
    "Adult/50+": ((7449, 1564, 5892), (8400, 1692, 5983), (5400, 983, 3194)),
    "Juvenile/10 to 14": ((1742, 784, 2472), (1268, 598, 2346), (753, 274, 907)),
    "Juvenile/15 to 17": ((7669, 3576, 10567), (5182, 2490, 8377), (3269, 1300, 3977)),
}
"""London's offenders, reoffenders and reoffences by age; cohorts from April of `ANCHORS` (January 2022)."""

REGIONS = {
    "East Midlands": (30635, 7901, 30590),
    "East of England": (34542, 8600, 35736),
    "London": (55093, 14569, 46649),
    "North East": (21466, 6429, 26121),
    "North West": (53233, 13235, 46534),
    "South East": (46669, 10377, 39976),
    "South West": (31630, 7621, 28559),
    "West Midlands": (37089, 9080, 33992),
    "Yorkshire and The Humber": (38392, 10752, 43151),
}
"""The same three counts, all ages, of the cohort from April 2019."""

OFFENDERS_AFTER_2019 = (0.86, 0.92, 0.93)  # the pandemic's courts; then 1 % less a year
RATE_TREND = 0.985  # of the share who reoffend, a year after 2019


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest cohort that was out on `as_of`."""
    end = month_number(date(as_of.year, 3, 1))
    while last_day(end + LAG_MONTHS) > as_of:
        end -= 12
    latest = end // 12 - 1
    rows: list[tuple[object, ...]] = [HEADER]
    for start in range(latest - COHORTS + 1, latest + 1):
        rows += _cohort(start, 12 * (latest - start), seed)
    text = csv_text(rows).removesuffix("\r\n")  # the publisher's file has no final newline
    return [PublishedFile(NAME, last_day(end + LAG_MONTHS), text.encode("ascii"))]


def _cohort(start: int, age: int, seed: int) -> list[tuple[object, ...]]:
    counts = stated(_truth(start, seed), age, seed=seed, key=("reoffending", start))
    cohort = f"Apr {start} to Mar {start + 1}"
    rows: list[tuple[object, ...]] = []
    for region, by_band in zip(REGIONS, counts, strict=True):
        for band, figures in zip(LONDON, by_band.tolist(), strict=True):
            adult_or_juvenile, ages = band.split("/")
            rows.append((adult_or_juvenile, cohort, region, "Age total", ages, "-", *figures))
    return rows


def _truth(start: int, seed: int) -> NDArray[np.int64]:
    """Return settled counts, region x age band x the three counts."""
    anchors = np.log(np.array(list(LONDON.values()), dtype=float))
    london = np.exp([[np.interp(start, ANCHORS, band[:, count]) for count in range(3)] for band in anchors])
    if start > ANCHORS[-1]:
        years = start - ANCHORS[-1]
        known = min(years, len(OFFENDERS_AFTER_2019))
        london *= OFFENDERS_AFTER_2019[known - 1] * 0.99 ** (years - known)
        london[:, 1:] *= RATE_TREND**years
    scale = np.array(list(REGIONS.values())) / np.array(REGIONS["London"])
    size = (len(REGIONS), len(LONDON), 1)
    local = generator(seed, "reoffending", "region and age").normal(0, 0.05, size)
    local[list(REGIONS).index("London")] = 0
    yearly = generator(seed, "reoffending", "cohort", start).normal(0, 0.005, size)
    counts: NDArray[np.int64] = np.rint(london * scale[:, None, :] * np.exp(local + yearly)).astype(np.int64)
    return counts
