"""MPS custody: arrests and disposals by month, a workbook each with one sheet.

The sheet of arrests is known from code that loads it: in 2026 it went from January 2022 to the last month, in 2024 from
January 2019, and its column was called `First Arrest Offnece`. Of disposals only the columns are documented, and those
of the month in short; the name of its sheet is taken from the title of the dataset. No bytes of either were read.

An arrest is a custody record made in a custody suite of the MPS, not a person: people may be arrested more than once,
and those brought in by other agencies are among them. Its offence is the first that the officer named. A disposal is
counted an offence, of which a record may have several. Ethnicity is as the officer saw it. `Other ` ends in a space.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Sheet

_MONTHS = "'January February March April May June July August September October November December'"


def _layout(scope: str, sheet: str, header: tuple[str | re.Pattern[str], ...], columns: str) -> Layout:
    """Return the layout of a sheet whose first three columns are the month and whose last is the count."""
    cells = ", ".join(f"any_value(value) filter (col = {place}) as c{place}" for place in range(1, len(header) + 1))
    counted = f"c{len(header)}"
    return Layout(
        name=scope,
        header=header,
        reader=Sheet(sheet),
        seen="documentation",
        tidy=f"""
            select row - 1 as row, '{scope}' as scope,
                   case when regexp_full_match(c1 || '-' || c2, '20[0-9]{{2}}-([1-9]|1[0-2])')
                             and c3 = split({_MONTHS}, ' ')[c2::int]
                        then make_date(c1::int, c2::int, 1) end as period_start,
                   last_day(period_start) as period_end, c4 as gender, c5 as age_group, c6 as ethnicity, {columns},
                   case when regexp_full_match({counted}, '[0-9]{{1,9}}') then {counted}::bigint end as counted,
                   coalesce(
                       case when period_start is null
                            then 'the month is "' || concat_ws(' ', c1, c2, c3) || '"' end,
                       case when counted is null
                            then 'the count is ' || coalesce('"' || {counted} || '"', 'empty') end) as unread
            from (select row, {cells} from raw where row > 1 group by row)
        """,  # noqa: S608 - literals of this module
    )


FEED = Feed(
    name="mps_custody",
    source="mps",
    title="MPS Custody: Arrests, Disposals, Strip Searches",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-custody-arrests-disposals-strip-searches-2r7po",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"(?i)MPS Custody - (Arrests|Disposals?) - .*\.xlsx"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=37),  # on the 6th, a month behind
    layouts=(
        _layout(
            "arrests",
            "Arrests",
            (
                "Arrest Year",
                "Arrest Month",
                "Arrest Month Name",
                "Gender",
                "Age Group",
                "Ethnicity (4+1)",
                re.compile(r"First Arrest Off(ence|nece)"),
                "Domestic Abuse Flag",
                "Arrest Count",
            ),
            "c7 as offence, c8 as domestic_abuse, null::varchar as disposal",
        ),
        _layout(
            "disposals",
            "Disposals",
            (
                "Current Disposal Year",
                re.compile(r"(Current Disposal )?Month"),
                re.compile(r"(Current Disposal )?Month Name"),
                "Gender",
                "Age Group",
                "Ethnicity (4+1)",
                "Offence Group",
                "Current Disposal",
                "Offence Count",
            ),
            "c7 as offence, null::varchar as domestic_abuse, c8 as disposal",
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "gender": pa.Column(pl.String),
            "age_group": pa.Column(pl.String),
            "ethnicity": pa.Column(pl.String),
            "offence": pa.Column(pl.String),
            "domestic_abuse": pa.Column(pl.String, nullable=True),
            "disposal": pa.Column(pl.String, nullable=True),
            "counted": pa.Column(pl.Int64, pa.Check.in_range(0, 20_000, error="the count is out of range")),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(
                    pl.when(pl.col("scope") == "arrests")
                    .then(pl.col("domestic_abuse").is_not_null())
                    .otherwise(pl.col("disposal").is_not_null())
                ),
                error="an arrest has no domestic abuse flag, or a disposal no name",
            ),
        ],
        unique=[
            "scope", "period_start", "gender", "age_group", "ethnicity", "offence", "domestic_abuse", "disposal",
        ],
        strict=True,
    ),
    # No two vintages could be compared; an arrest is dated by its day, so that months move little once they are over.
    history=History(total="sum(counted)", moves=0.1, at_least=12),
)  # fmt: skip
