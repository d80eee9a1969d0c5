"""ONS lookups of small areas to wards, of the few small areas that the sample's crimes lie in.

Wards and boroughs are real, their names but numbers; the small areas are made up.
"""

from dataclasses import dataclass
from datetime import date

from sources.mps.places import BOROUGHS, WARDS
from sources.ons.lsoa_2011_wards import CITY_WARDS
from sources.sample.files import PublishedFile, csv_text

WARDS_OF_2025 = "LSOA_(2021)_to_Electoral_Ward_(2025)_to_LAD_(2025)_Best_Fit_Lookup_in_EW_v2.csv"
SHARES = "LSOA_2011_London_Ward_2022_London_combined.csv"
EACH = 3
"""Small areas of a borough."""


@dataclass(frozen=True)
class SmallArea:
    """A small area of 2021 and where it lies."""

    code: str
    name: str
    ward: str
    district: str
    district_code: str


_BOROUGHS = ["City of London", *sorted(BOROUGHS)]  # the order of their codes
AREAS = [
    SmallArea(
        f"E019{number:02}{place:03}",
        f"{borough} {place:03}A",
        WARDS.get(borough, CITY_WARDS)[place],
        borough,
        f"E090000{number:02}",
    )
    for number, borough in enumerate(_BOROUGHS, start=1)
    for place in range(1, EACH + 1)
]
OUTSIDE = SmallArea("E01999001", "Watford 001A", "E05999001", "Watford", "E07000103")
"""A place outside London."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return both lookups, which were out before any day that there is a sample for."""
    header = (
        "LSOA21CD", "LSOA21NM", "LSOA21NMW", "WD25CD", "WD25NM", "WD25NMW", "LAD25CD", "LAD25NM", "LAD25NMW", "ObjectId"
    )  # fmt: skip
    best_fit = [
        (area.code, area.name, "", area.ward, f"Ward {area.ward[-3:]}", "", area.district_code, area.district, "", row)
        for row, area in enumerate([*AREAS, OUTSIDE], start=1)
    ]
    # A small area of 2021 that there was not in 2011 lies in each borough; the one it came from lies in two wards.
    shares = [
        (area.code, ward, year, share)
        for area in AREAS
        if not area.name.endswith("003A")
        for ward, share in _shares(area)
        for year in (2019, 2020, 2021)
    ]
    return [
        PublishedFile(WARDS_OF_2025, date(2025, 5, 12), csv_text([header, *best_fit]).encode("utf-8-sig")),
        PublishedFile(
            SHARES,
            date(2023, 4, 3),
            csv_text(
                [
                    ("index", "LSOA11CD", "GSS_CODE", "year", "weight"),
                    *((row, *cells) for row, cells in enumerate(shares)),
                ]
            ).encode("ascii"),
        ),
    ]


def _shares(area: SmallArea) -> list[tuple[str, float]]:
    if area.name.endswith("001A"):
        return [(area.ward, 1.0)]
    next_ward = WARDS.get(area.district, CITY_WARDS)[EACH]
    return [(area.ward, 0.625), (next_ward, 0.375)]
