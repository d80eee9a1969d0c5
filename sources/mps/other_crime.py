"""MPS Monthly Crime Dashboard, other crime file: domestic abuse, gun crime, hate crime (see `dashboard` for the shape).

Known from documentation and from code that cleans its vintages; no bytes of it were read. Each crime type holds a
subtype of its own name, the whole, and beside it parts of that, which overlap: subtypes are never summed. Over the
years lethal barrel discharges were a subtype of gun crime and a type of their own, `Antisemitic` was `Anti-Semitic`,
`Transphobic` `Transgender`, and `Miscellaneous` was misspelt. The two `TNO` subtypes repeat totals of another file.

Hate crime leaves out records that are flagged as domestic abuse alone. The publisher says that hate crime and domestic
abuse before and after the move to CONNECT, on 28 February 2024, are not comparable.
"""

import pandera.polars as pa
import polars as pl

from sources.feed import History, Taxonomy
from sources.mps.dashboard import dashboard_feed

_MISCELLANEOUS = ("robbery mobile phone", "theft person - mobile phone", "tno victim based", "tno non victim based")
_SUBTYPES = {
    "domestic abuse": ("domestic abuse", "domestic abuse violence with injury", "domestic abuse incidents"),
    "gun crime": ("gun crime", "gun crime personal robbery", "personal robbery", "lethal barrel discharge"),
    "hate crime": (
        "hate crime", "antisemitic", "anti-semitic", "disability crime", "faith crime", "homophobic crime",
        "islamophobic crime", "racist and religious crime", "racist crime", "transphobic crime", "transgender crime",
    ),
    "lethal barrel discharge": ("lethal barrel discharge",),
    "miscellaneous": _MISCELLANEOUS,
    "miscalleneous": _MISCELLANEOUS,
}  # fmt: skip

FEED = dashboard_feed(
    "mps_other_crime",
    "MPS Monthly Crime Dashboard Data, other crime",
    file="OtherCrimeData",
    first_type="(?!Knife Crime).*",
    crime_type=pa.Column(pl.String),
    crime_subtype=pa.Column(pl.String),
    most=20_000,  # London has some 8,000 domestic abuse offences a month
    # As for knife crime: flags are added late, and no two vintages could be compared.
    history=History(
        total="sum(counted) filter (area_type = 'Borough' and measure = 'Offences'"
        " and lower(crime_subtype) in ('domestic abuse', 'gun crime', 'hate crime'))",
        moves=0.1,
        at_least=36,
    ),
    taxonomies=(
        Taxonomy(
            "other-crime",
            frozenset(f"{crime}/{subtype}" for crime, subtypes in _SUBTYPES.items() for subtype in subtypes),
        ),
    ),
)
