"""MoJ Criminal court statistics quarterly: the Crown Court's caseload, and how long its cases take.

The publisher's own tables are pivot caches inside workbooks such as `cc_rdos_tool.xlsx`, whose sheets hold no rows, and
whose members that are totals of others are not documented: such a workbook is quarantined. What was read in bytes are
three tables that were derived from the workbooks of October to December 2025: open cases by court; receipts, disposals
and open cases of England and Wales; days from offence to completion by region. They
write counts as decimals (`4299.0`).

Quarters are of the calendar year. Open cases are a level on the last day of a quarter and not receipts less disposals.
The seven regions are those of HM Courts and Tribunals Service, not of the ONS, though both have a London. The table by
court tells the latest quarter and the same one a year before, and of neither when it was; a blank there is a court
without a row in that quarter. Every release restates the series. From 12 December 2024 it counts open cases anew ("One
Crown"), back to the first quarter: nothing that was published before is comparable.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

COUNTRY = "England and Wales"
REGIONS = ("London", "Midlands", "North East", "North West", "South East", "South West", "Wales")
COUNTS = ("receipts", "disposals", "open")
DAYS = {"offence_to_completion_median": "median_days", "offence_to_completion_mean": "mean_days"}

# A cast alone would also read `nan` and `1e9`.
_NUMBER = """case when regexp_full_match({0}, '[0-9]{{1,9}}([.][0-9]+)?') then {0}::double end"""
_QUARTER = "try_strptime(case when regexp_full_match(quarter_end, '[0-9-]{10}') then quarter_end end, '%Y-%m-%d')::date"
_QUARTER_UNREAD = """
    case when period_end is null or quarter_end <> last_day(period_end)::varchar
              or "year" || "quarter" is distinct from year(period_end) || 'Q' || quarter(period_end)
         then 'quarter_end is "' || concat_ws('" and the quarter "', coalesce(quarter_end, ''), "year" || "quarter")
              || '"' end
"""


def _quarters(name: str, scope: str, header: tuple[str, ...], measures: Mapping[str, str], fault: str) -> Layout:
    """Return a layout of a row a quarter (and region); each column of figures in it becomes a row of its own.

    `fault` is SQL that says what is wrong with a row as a whole.
    """
    region = "region" if "region" in header else f"'{COUNTRY}'"
    figures = " union all ".join(
        f"select *, '{measure}' as measure, \"{column}\" as text from quarters"  # noqa: S608 - literals of this module
        for column, measure in measures.items()
    )
    return Layout(
        name=name,
        header=("quarter_end", "year", "quarter", *header),
        reader=Csv(),
        tidy=f"""
            with quarters as (select *, {_QUARTER} as period_end, {fault} as fault from raw)
            select row, '{scope}' as scope, date_trunc('quarter', period_end)::date as period_start, period_end,
                   {region} as region, null::varchar as court, measure,
                   {_NUMBER.format("text")} as "value", null::varchar as symbol,
                   coalesce({_QUARTER_UNREAD}, fault,
                            case when "value" is null then measure || ' is "' || coalesce(text, '') || '"' end)
                       as unread
            from ({figures})
        """,  # noqa: S608 - literals of this module
    )


def _court(column: str, period_end: str) -> str:
    return f"""
        select row, region, court, {column} as text, "change", {period_end}::date as period_end,
               {_NUMBER.format("open_latest")} as latest, {_NUMBER.format("open_year_ago")} as year_ago
        from raw
    """  # noqa: S608 - literals of this module


_BY_COURT = f"""
    select row, 'courts' as scope, date_trunc('quarter', period_end)::date as period_start, period_end,
           trim(region) as region, trim(court) as court, 'open' as measure,
           {_NUMBER.format("text")} as "value", if(text is null, 'blank', null) as symbol,
           case when text is not null and "value" is null then 'open cases are "' || text || '"'
                when try_cast("change" as double) is distinct from latest - year_ago
                then 'change is ' || coalesce('"' || "change" || '"', 'empty') end as unread
    from ({_court("open_latest", "getvariable('period_end')")}
          union all {_court("open_year_ago", "last_day(getvariable('period_end') - interval 1 year)")})
"""  # noqa: S608 - literals of this module


def _every_quarter(data: pa.PolarsData) -> pl.LazyFrame:
    """Say of each row whether the quarters of its scope follow each other; the table by court has two a year apart."""
    months = pl.col("period_end").dt.year().cast(pl.Int64) * 12 + pl.col("period_end").dt.month()
    spanned = ((months.max() - months.min()) // 3 + 1).over("scope")
    return data.lazyframe.select(
        (pl.col("scope") == "courts") | (pl.col("period_end").n_unique().over("scope") == spanned)
    )


FEED = Feed(
    name="moj_courts",
    source="moj",
    title="Criminal court statistics quarterly: Crown Court caseload and timeliness",
    publisher="Ministry of Justice",
    address="https://www.gov.uk/government/collections/criminal-court-statistics",
    licence="OGL-UK-3.0",
    file_names=(
        re.compile(r"gold_(backlog_by_court|backlog_trajectory|timeliness_by_region)\.csv"),
        re.compile(r"(?i)(cc_rdos|cc_open|cc_plea|cc_waiting_hearing|timeliness)_tool.*\.xlsx"),
        re.compile(r"ccsq_.*\.ods"),
    ),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=80),  # the quarter to December 2025 came out on 26 March, 85 days on
    layouts=(
        _quarters(
            "backlog-trajectory",
            COUNTRY.lower(),
            ("disposals", "open", "receipts", "net_flow"),
            {count: count for count in COUNTS},
            """case when try_cast(net_flow as double) is distinct from try_cast(receipts as double)
                                                                     - try_cast(disposals as double)
                    then 'net_flow is "' || coalesce(net_flow, '') || '"' end""",
        ),
        Layout(
            name="backlog-by-court",
            header=("region", "court", "open_latest", "open_year_ago", "change", "pct_change"),
            reader=Csv(),
            undated=True,
            tidy=_BY_COURT,
        ),
        _quarters(
            "timeliness-by-region",
            "timeliness",
            ("region", "geo_level", *DAYS),
            DAYS,
            f"""case when (geo_level = 'national') is distinct from (region = '{COUNTRY}')
                     then 'geo_level is "' || coalesce(geo_level, '') || '"' end""",
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date, pa.Check.ge(pl.date(2014, 1, 1), error="before the series began")),
            "period_end": pa.Column(pl.Date),
            "region": pa.Column(
                pl.String, pa.Check.isin([*REGIONS, COUNTRY, "Unknown"], error="the region is not known")
            ),
            "court": pa.Column(pl.String, nullable=True),
            "measure": pa.Column(pl.String),
            "value": pa.Column(pl.Float64, nullable=True),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(
                    ~pl.col("measure").is_in(COUNTS) | pl.col("value").is_null() | (pl.col("value") % 1 == 0)
                ),
                error="a number of cases is not whole",
            ),
            pa.Check(_every_quarter, error="quarters of the series are missing"),
        ],
        unique=["scope", "period_start", "region", "court", "measure"],
        strict=True,
    ),
    # Every release restates the series, and no two were to be had. The table by court holds two quarters a year apart.
    history=History(total="sum(value)", moves=0.05, contiguous=False),
)
