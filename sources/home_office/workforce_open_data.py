"""Home Office police workforce open data table: heads and full-time equivalents by force, sex and rank, each March.

A row is 31 March x force x sex x rank, with both counts, all years from 2007 in one sheet. Sexes beyond two are stated
from 2021. Full-time equivalents can be `N/A`. Rows that are no territorial force have no code of an area.

No bytes of the workbook were to be had. The header is known as it was in July 2022, from a table that was derived
from it (names in snake case, `N/A` made 0, rows without a code left out), and as it was in January 2026, from code.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Sheet

SEXES = ("Female", "Male", "Not stated", "Prefer not to say", "Prefer to self-describe")
RANKS = (
    "Chief Officer",
    "Chief Superintendent",
    "Superintendent",
    "Chief Inspector",
    "Inspector",
    "Sergeant",
    "Constable",
    "Police Staff",
    "Community Support Officer",
    "Designated Detention Officer (S.38)",
    "Designated Detention Officer (S.39)",
    "Designated Escort Officer (S.38)",
    "Designated Escort Officer (S.39)",
    "Designated Investigation Officer (S.38)",
    "Special Constable",
    "Police Support Volunteer",
    "Police support volunteer",  # 2018 to 2020
)
WORKERS = (
    "police officer",
    "police staff",
    "designated officer",
    "police community support officer",
    "special constable",
    "police support volunteer",
)

_COLUMNS = ("as_at", "area_code", "force", "region", "sex", "rank", "worker", "headcount", "fte")
_RECORD = ", ".join(
    f"coalesce(any_value(value) filter (col = {place}), '') as {name}" for place, name in enumerate(_COLUMNS, start=1)
)


def _layout(name: str, *header: str) -> Layout:
    return Layout(
        name=name,
        header=("As at 31 March", *header),
        reader=Sheet(name="Data"),
        seen="documentation",
        tidy=f"""
            with records as (
                select row, {_RECORD} from raw where row > (select min(row) from raw) group by row
            )
            select row, unit as scope,
                   case when regexp_full_match(as_at, '20[0-9]{{2}}') then make_date(as_at::int, 3, 1) end
                       as period_start,
                   last_day(period_start) as period_end,
                   nullif(area_code, '') as area_code, force, region, sex, rank, lower(worker) as worker, unit,
                   case when regexp_full_match(text, '[0-9]{{1,6}}([.][0-9]+)?') then text::double end as people,
                   case when people is null then text end as symbol,
                   case when period_start is null then 'As at 31 March is "' || as_at || '"'
                        when people is null and (unit = 'headcount' or text <> 'N/A')
                        then 'Total (' || unit || ') is "' || text || '"' end as unread
            from (unpivot records on headcount, fte into name unit value text)
        """,  # noqa: S608 - literals of this module
    )


def _one_of(values: tuple[str, ...], what: str) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(values, error=f"the {what} is not known"))


FEED = Feed(
    name="home_office_workforce_open_data",
    source="home_office",
    title="Police workforce open data table",
    publisher="Home Office",
    address="https://www.gov.uk/government/statistics/police-workforce-open-data-tables",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"open-data-table-police-workforce-[0-9]{6}\.ods"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=120),  # March comes out in late July; the edition of January restates it
    layouts=(
        _layout(
            "geocode",
            "Geocode",
            "Force name",
            "Region",
            "Sex",
            "Rank",
            "Worker type",
            "Total (Headcount)",
            "Total (FTE)",
        ),  # from 2026 at the latest
        _layout(
            "geo-code",
            "Geo code",
            "Force name",
            "Region",
            "Sex",
            "Rank description",
            "Worker type",
            "Total (headcount)",
            "Total (FTE)",
        ),  # July 2022
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date, pa.Check.ge(pl.date(2007, 3, 31), error="before the series began")),
            "area_code": pa.Column(
                pl.String,
                pa.Check.str_matches(r"^(E23|W15)0000[0-9]{2}$", error="the code is not that of a police force area"),
                nullable=True,
            ),
            "force": pa.Column(pl.String, pa.Check.str_length(min_value=1, error="a force has no name")),
            "region": pa.Column(pl.String),
            "sex": _one_of(SEXES, "sex"),
            "rank": _one_of(RANKS, "rank"),
            "worker": _one_of(WORKERS, "type of worker"),
            "unit": pa.Column(pl.String),
            "people": pa.Column(
                pl.Float64, pa.Check.in_range(0, 60_000, error="the number is out of range"), nullable=True
            ),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        unique=["period_end", "force", "sex", "rank", "worker", "unit"],
        strict=True,
    ),
    history=History(total="sum(people)", moves=0.02, contiguous=False, cumulative=True),
)
