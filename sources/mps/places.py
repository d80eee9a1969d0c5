"""The 32 boroughs that the MPS polices and their wards, since the elections of May 2022.

A review of a borough's boundaries gives its wards new codes, which then belong here and in the seed of areas. Pseudo
areas differ from file to file and belong in the feeds' modules.
"""

import pandera.polars as pa
import polars as pl

_RUNS = {
    "Barking and Dagenham": (5_014_053, 5_014_071),
    "Barnet": (5_013_628, 5_013_651),
    "Bexley": (5_011_217, 5_011_233),
    "Brent": (5_013_496, 5_013_517),
    "Bromley": (5_013_987, 5_014_008),
    "Camden": (5_013_652, 5_013_671),
    "Croydon": (5_011_462, 5_011_489),
    "Ealing": (5_013_518, 5_013_541),
    "Enfield": (5_013_672, 5_013_696),
    "Greenwich": (5_014_072, 5_014_094),
    "Hackney": (5_009_367, 5_009_387),
    "Hammersmith and Fulham": (5_013_733, 5_013_753),
    "Haringey": (5_013_585, 5_013_605),
    "Harrow": (5_013_542, 5_013_563),
    "Havering": (5_013_967, 5_013_986),
    "Hillingdon": (5_013_564, 5_013_584),
    "Hounslow": (5_013_606, 5_013_627),
    "Islington": (5_013_697, 5_013_713),
    "Kensington and Chelsea": (5_009_388, 5_009_405),
    "Kingston upon Thames": (5_013_928, 5_013_946),
    "Lambeth": (5_014_095, 5_014_119),
    "Lewisham": (5_013_714, 5_013_732),
    "Merton": (5_013_810, 5_013_829),
    "Newham": (5_013_904, 5_013_927),
    "Redbridge": (5_011_234, 5_011_255),
    "Richmond upon Thames": (5_013_774, 5_013_791),
    "Southwark": (5_011_095, 5_011_117),
    "Sutton": (5_013_754, 5_013_773),
    "Tower Hamlets": (5_009_317, 5_009_336),
    "Waltham Forest": (5_013_882, 5_013_903),
    "Wandsworth": (5_014_009, 5_014_030),
    "Westminster": (5_013_792, 5_013_809),
}
"""A borough's wards have consecutive ONS codes: the first and the last number after `E`."""

WARDS: dict[str, tuple[str, ...]] = {
    borough: tuple(f"E{number:08}" for number in range(first, last + 1)) for borough, (first, last) in _RUNS.items()
}
"""Borough: the codes of its wards."""

BOROUGHS = frozenset(WARDS)
"""The City of London has a police force of its own and is in no file of the MPS."""


def every_borough(column: str) -> list[pa.Check]:
    """Return checks that each borough occurs in `column`: one a borough, so that a report names the missing one."""
    return [_occurs(column, borough) for borough in sorted(BOROUGHS)]


def _occurs(column: str, borough: str) -> pa.Check:
    return pa.Check(
        lambda data: data.lazyframe.select((pl.col(column) == borough).any()), error=f"{borough} is missing"
    )
