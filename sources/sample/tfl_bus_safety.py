"""TfL bus safety data: the list of people injured, a record each.

The publisher's goes back to 2015; the sample's to 2023, so that it is of the size of the files that were read.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sources.sample.files import PublishedFile
from sources.sample.truth import first_day, generator, last_day, month_number

NAME = "TFL Bus Safety.csv"
HEADER = (
    "Year", "Date Of Incident", "Route", "Operator", "Group Name", "Bus Garage", "Borough",
    "Injury Result Description", "Incident Event Type", "Victim Category", "Victims Sex", "Victims Age",
)  # fmt: skip
LAG = timedelta(days=80)
FIRST_MONTH = month_number(date(2023, 1, 1))
INJURED = 6_573 / 12
"""People injured a month, as published for 2017."""

RUNS = (
    ("Metroline", "Metroline", "Holloway"),
    ("Arriva London North", "Arriva London", "Tottenham"),
    ("East London", "Stagecoach", "West Ham"),
    ("London United", "London United", "Fulwell (London United)"),
    ("Selkent", "Stagecoach", "Plumstead"),
    ("London General", "Go-Ahead", "Garage Not Available"),
)
"""Operator, its group and a garage of it."""
ROUTES = ("OOS", "(blank)", *map(str, range(1, 500)))

BOROUGHS = {
    "Barking & Dagenham": 374, "Barnet": 922, "Bexley": 414, "Brent": 887, "Bromley": 673, "Camden": 900,
    "City of London": 243, "Croydon": 1032, "Ealing": 863, "Enfield": 584, "Greenwich": 832, "Hackney": 796,
    "Hammersmith & Fulham": 632, "Haringey": 831, "Harrow": 384, "Havering": 652, "Hillingdon": 517, "Hounslow": 642,
    "Islington": 769, "Kensington & Chelsea": 334, "Kingston upon Thames": 451, "Lambeth": 1107, "Lewisham": 1006,
    "Merton": 309, "Newham": 634, "None London Borough": 561, "Not specified": 553, "Redbridge": 470,
    "Richmond Upon Thames": 403, "Southwark": 1107, "Sutton": 193, "Tower Hamlets": 435, "Waltham Forest": 526,
    "Wandsworth": 551, "Westminster": 1571,
}  # fmt: skip
RESULTS = {
    "Injuries treated on scene": 17_336,
    "Taken to Hospital \N{EN DASH} Reported Serious Injury or Severity Unknown": 2_994,
    "Reported Minor Injury - Treated at Hospital": 2_786,
    "Fatal": 42,
}
EVENTS = {
    "Slip Trip Fall": 6_981, "Personal Injury": 4_596, "Collision Incident": 4_166, "Assault": 590,
    "Activity Incident Event": 114, "Vandalism Hooliganism": 73, "Safety Critical Failure": 66,
    "Fire": 6, "Robbery": 3,
}  # fmt: skip
VICTIMS = {
    "Passenger": 18_828, "Pedestrian": 1_612, "Bus Driver": 1_484, "3rd Party driver / Occupant": 573, "Cyclist": 275,
    "Cyclist ": 33, "Member Of Public": 127, "Motorcyclist": 102, "Operational Staff": 59, "Conductor": 28,
    "Insufficient Data": 2,
}  # fmt: skip
SEXES = {"Female": 11_847, "Male": 7_709, "Unknown": 3_602}
AGES = {"Adult": 10_754, "Unknown": 7_135, "Elderly": 2_769, "Child": 2_181, "Youth": 319}
"""Records of January 2015 to September 2018 by borough, result, event, victim, sex and age, spelt as the file does."""

BROAD = "Onboard Injuries"
NARROW = ("Slip Trip Fall", "Personal Injury")
"""What is `BROAD` in the older months; each quarter's file takes it from half a year of them."""
NARROW_FROM, NARROW_FROM_AS_OF = month_number(date(2025, 1, 1)), month_number(date(2025, 9, 1))
"""The first month typed narrowly in the file to September 2025."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the file of the latest quarter that was out on `as_of`."""
    last = month_number(as_of)
    while last % 3 != 2 or last_day(last) + LAG > as_of:
        last -= 1
    narrow_from = NARROW_FROM - 2 * (last - NARROW_FROM_AS_OF)
    records = pl.concat(_records(month, month >= narrow_from, seed) for month in range(FIRST_MONTH, last + 1))
    content = records.write_csv(line_terminator="\r\n").encode("utf-8-sig")
    return [PublishedFile(NAME, last_day(last) + LAG, content)]


def _records(month: int, narrow: bool, seed: int) -> pl.DataFrame:
    """Return the records of a month as a vintage has them that types it narrowly, or not yet."""
    rng = generator(seed, "bus safety", month)
    size = rng.poisson(INJURED)

    def drawn(weights: Mapping[str, int]) -> NDArray[np.str_]:
        return rng.choice(list(weights), size, p=np.array(list(weights.values())) / sum(weights.values()))

    events = drawn(EVENTS)
    if not narrow:
        events = np.where(np.isin(events, NARROW), BROAD, events)
    day = first_day(month)
    columns = (
        np.full(size, day.year),
        np.full(size, f"{day:%d-%m-%Y}"),
        rng.choice(ROUTES, size),
        *np.array(RUNS)[rng.integers(len(RUNS), size=size)].T,
        drawn(BOROUGHS),
        drawn(RESULTS),
        events,
        drawn(VICTIMS),
        drawn(SEXES),
        drawn(AGES),
    )
    return pl.DataFrame(dict(zip(HEADER, columns, strict=True)))
