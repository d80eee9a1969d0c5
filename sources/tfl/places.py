"""The 33 boroughs in TfL's files on safety, which write them in capitals, with hyphens or with an ampersand.

Names that stand for no borough differ from file to file and belong in the feeds' modules.
"""

import pandera.polars as pa
import polars as pl

from sources.mps.places import BOROUGHS

_FOLDED = frozenset({borough.lower() for borough in BOROUGHS} | {"city of london"})


def known_area(*others: str) -> pa.Check:
    """Return a check that a column names a borough, in whatever spelling, or one of `others`."""
    return pa.Check(
        lambda data: data.lazyframe.select(
            pl.col(data.key).str.to_lowercase().str.replace("&", "and", literal=True).str.replace_all("-", " ")
            .is_in(sorted(_FOLDED))
            | pl.col(data.key).is_in(others)
        ),
        error="the area is not known",
    )  # fmt: skip
