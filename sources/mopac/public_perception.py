"""MOPAC Public perception: headline answers of the Public Attitude Survey for London, a whole per cent a quarter.

A row is a measure at the end of a quarter (`Dec-14`) and speaks of the twelve months to it. The file states its
series from December 2014. The measure is the scope: two questions stop in March 2022, and what is not asked is not
covered, never zero. Neither bases nor limits are published. The workbook of the same survey is
`mopac_public_attitude`, in shares of one.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

MEASURES = (
    "Agree the police are dealing with the things that matter to this community",
    "Agree the police can be relied upon to be there when needed",
    "Agree the police listen to the concerns of local people",
    "Agree the police treat everyone fairly regardless of who they are",
    "Feels well informed about local police activities over the last 12 months",
    "Knows how to contact their local ward officer",
    "Police do a good job in the local area",
)
QUARTER_ENDS = (3, 6, 9, 12)

_PER_CENT = "case when regexp_full_match(proportion, '[0-9]{1,15}([.][0-9]+)?') then proportion::double end"

FEED = Feed(
    name="mopac_public_perception",
    source="mopac",
    title="Public perception",
    publisher="Mayor's Office for Policing and Crime",
    address="https://data.london.gov.uk/dataset/public-perception-",
    licence="UK Open Government Licence",
    file_names=(re.compile(r"public-perception-data\.csv"),),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=150),  # no day is announced; the file of late April 2026 still ended in September 2025
    layouts=(
        Layout(
            name="date-measure-proportion",
            header=("date", "measure", "proportion"),
            reader=Csv(),
            tidy=f"""
                select row, trim(measure) as scope,
                       case when regexp_full_match(date, '[A-Z][a-z]{{2}}-[0-9]{{2}}')
                            then try_strptime(date, '%b-%y')::date end as month,
                       (month - interval 11 month)::date as period_start, last_day(month) as period_end,
                       {_PER_CENT} as per_cent,
                       coalesce(
                           case when month is null or month(month) not in {QUARTER_ENDS}
                                then 'date is "' || coalesce(date, '') || '"' end,
                           case when per_cent is null
                                then 'proportion is "' || coalesce(proportion, '') || '"' end) as unread
                from raw
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String, pa.Check.isin(MEASURES, error="the measure is not known")),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "per_cent": pa.Column(
                pl.Float64,
                [
                    pa.Check.in_range(0, 100, error="not between 0 and 100 per cent"),
                    pa.Check(
                        lambda data: data.lazyframe.select(pl.col(data.key) == pl.col(data.key).floor()),
                        error="not a whole per cent",
                    ),
                ],
            ),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select((pl.col("per_cent") > 1).any()),
                error="no figure is above 1: the file is in shares of one, not in per cent",
            )
        ],
        unique=["scope", "period_start"],
        strict=True,
    ),
    # A share of one respondent in eight moves by a twelfth when its last digit does.
    history=History(total="sum(per_cent)", moves=0.1, every_months=3, cumulative=True),
    awaited=True,
)
