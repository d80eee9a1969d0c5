"""TfL Crime on Public Transport in London: the quarterly workbook.

Sheet `Volume and Rates` stacks one crosstab a financial year: a title in column A, month headings each over a pair
of columns (volume, rate per million journeys), a row of unit labels, then a row a mode. Volumes may be text with
thousands commas; `-` marks what is not available. Only volumes are taken: rates are rebuilt from the journeys feed.
Bus figures are the MPS's, rail figures the British Transport Police's. No bytes of the publisher's workbook were to
be had: the layout is that of three independent public parsers of it, and a derived table of its volumes.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Sheet

MONTHS = ("Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")
TOTAL = "All transport modes"
MODES = (
    "Bus",
    "London Underground / Docklands Light Railway",  # to 2016/17
    "London Underground",
    "Docklands Light Railway",
    "London Overground",
    "London Tramlink",
    "Trams",
    "TfL Rail",  # from 2016/17
    "Elizabeth Line (formerly TfL Rail)",
    "Elizabeth Line",
    TOTAL,
)
_MONTHS = ", ".join(f"'{month}'" for month in MONTHS)

FEED = Feed(
    name="tfl_transport_crime",
    source="tfl",
    title="Crime on public transport in London",
    publisher="Transport for London",
    address="https://data.london.gov.uk/dataset/transport-crime-london",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"public-transport-crime-london.*\.xlsx"),),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=80),
    layouts=(
        Layout(
            name="volume-and-rates",
            header=(re.compile(r"Network-wide FY\d{4}/\d{2}"), *MONTHS),
            reader=Sheet(name="Volume and Rates", header_rows=2),
            seen="documentation",
            tidy=f"""
                with blocks as (
                    select row as title_row, regexp_extract(value, 'FY([0-9]{{4}})/', 1)::int as april_year,
                           lead(row, 1, 1000000) over (order by row) as next_row
                    from raw where col = 1 and regexp_full_match(value, '.*FY[0-9]{{4}}/[0-9]{{2}}.*')
                ),
                months as (
                    select blocks.*, raw.col,
                           make_date(april_year, 4, 1)
                               + to_months((list_position([{_MONTHS}], value) - 1)::int) as start
                    from blocks join raw on raw.row = title_row + 1 and raw.value in ({_MONTHS})
                ),
                cells as (
                    select labels.row, start::date as period_start, last_day(start) as period_end,
                           labels.value as mode, volumes.value as text,
                           case when regexp_full_match(text, '[0-9]{{1,9}}|[0-9]{{1,3}}(,[0-9]{{3}})+')
                                then replace(text, ',', '')::bigint end as offences
                    from months
                    join raw as labels on labels.col = 1 and labels.row > title_row + 2 and labels.row < next_row
                    left join raw as volumes on volumes.row = labels.row and volumes.col = months.col
                )
                select row, 'all' as scope, period_start, period_end, mode, offences,
                       case when offences is null then text end as symbol,
                       case when offences is null and coalesce(text, '') <> '-'
                            then mode || ' ' || strftime(period_start, '%b %Y') || ' is "' || coalesce(text, '') || '"'
                       end as unread
                from cells
                -- A month that no mode has a figure for has not been published yet.
                qualify count(offences) over (partition by period_start) > 0 or coalesce(text, '') <> '-'
            """,  # noqa: S608 - literals of this module
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "mode": pa.Column(pl.String, pa.Check.isin(MODES, error="the mode is not known")),
            "offences": pa.Column(
                pl.Int64, pa.Check.in_range(0, 50_000, error="the count is out of range"), nullable=True
            ),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        checks=pa.Check(
            lambda data: data.lazyframe.select(
                (pl.col("offences").filter(pl.col("mode") != TOTAL).sum().over("period_start") == pl.col("offences"))
                | (pl.col("mode") != TOTAL)
                | pl.col("offences").is_null()
            ),
            error="the modes do not sum to the published total",
        ),
        unique=["period_start", "mode"],
        strict=True,
    ),
    history=History(total=f"sum(offences) filter (mode <> '{TOTAL}')", moves=0.1, cumulative=True),
    awaited=True,
)
