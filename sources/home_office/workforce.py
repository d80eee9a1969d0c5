"""Home Office police workforce bulletin: officers, staff and others by force, twice a year, in a workbook of tables.

Every sheet but the index is one table and says what it holds in its first cell. Tables are numbered anew in each
edition (`Table 6` is special constables in September 2018 and a time series in 2019), so they are known by title.
Footnote marks are glued to titles (`30 September 20191,2`). Under three header rows, with real dates in the third,
come regions (subtotals, most with a space at the end), the forces of each, and totals. `West Midlands ` the region
and `West Midlands` the force differ by that space alone, so a region is told by coming first.

Full-time equivalents and heads are counted in tables of their own, and are never added or compared. Each edition
states again the dates half a year and a year before its own, revised. `..` is not available: some forces count their
designated officers among staff. What is derived is not taken: changes, and the time series of Septembers, which repeats
the totals of earlier editions. The editions of September 2018 and 2019 were read in bytes.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.home_office.places import FORCES, TRANSPORT_POLICE
from sources.readers import Titles

WORKERS = (
    "Police officers",
    "Police staff",
    "Designated officers",
    "Police staff and designated officers",
    "Police community support officers",
    "Special constables",
    "Police support volunteers",
)
REGIONS = (
    "North East",
    "North West",
    "Yorkshire and the Humber",
    "East Midlands",
    "West Midlands",
    "Eastern",
    "London",
    "South East",
    "South West",
    "Wales",
)
ALL_FORCES, SECONDED, TOTAL = "Total 43 forces", "Central Service Secondments", "Total"

_SPELT = {"Avon and Somerset": "Avon & Somerset", "Devon and Cornwall": "Devon & Cornwall",
          "City of London": "London, City of"}  # fmt: skip
SPELT_FORCES = tuple(_SPELT.get(force, force) for force in FORCES)

_NOTES = r"[0-9]?(,[0-9])*"
_POWERS = {"Designated officers": r" \(s\.38, s\.39[0-9]?\)",
           "Police staff and designated officers": r" \(s\.38, s\.39[0-9]?\) combined"}  # fmt: skip


def _title(worker: str, unit: str) -> re.Pattern[str]:
    return re.compile(
        rf"Table [0-9]+: {worker}{_POWERS.get(worker, '')} by police force area, England and Wales, "
        rf".*20[0-9]{{2}}{_NOTES}{unit}"
    )


_INDEX = re.compile(r"Police Workforce, England and Wales, 30 September 20[0-9]{2}")
_SERIES = re.compile(r"Table [0-9]+: Police officers[0-9], police staff, .* 30 September 2006 to 20[0-9]{2}( \(FTE\))?")
_PAID, _UNPAID = WORKERS[:5], WORKERS[5:]

_DATE = "20[0-9]{2}-[0-9]{2}-[0-9]{2}( 00:00:00)?"


def _texts(*texts: str) -> str:
    return ", ".join(f"'{text}'" for text in texts)


_LONGEST_FIRST = "|".join(sorted(WORKERS, key=len, reverse=True))
_TIDY = f"""
    with titles as (
        select sheet, regexp_extract(value, '^Table [0-9]+: ({_LONGEST_FIRST})', 1) as worker
        from raw where row = 1 and col = 1 and contains(value, ' by police force area, ')
    ),
    units as (
        select sheet, case value when 'Full-time equivalents' then 'fte' when 'Headcount' then 'headcount' end as unit
        from raw where row <= 6 and value in ('Full-time equivalents', 'Headcount')
    ),
    dates as (
        select sheet, row as date_row, col, last_day(value[:10]::date) as period_end
        from raw where row <= 6 and regexp_full_match(value, '{_DATE}')
    ),
    ends as (
        select sheet, min(row) as last_row from raw where col = 1 and value = '{TOTAL}' group by sheet
    ),
    labels as (
        select raw.sheet, raw.row, raw.value as label,
               row_number() over (partition by raw.sheet, raw.value order by raw.row) as time
        from raw join titles using (sheet) left join ends using (sheet)
        where raw.col = 1 and raw.row <= coalesce(last_row, raw.row)
    ),
    cells as (
        select labels.row, worker, unit, period_end, label,
               case when label in ({_texts(*REGIONS)}) and time = 1 then 'region'
                    when label in ({_texts(*SPELT_FORCES, TRANSPORT_POLICE)}) then 'force'
                    when label in ({_texts(ALL_FORCES, SECONDED, TOTAL)}) then 'total' end as level,
               coalesce(raw.value, '') as text,
               case when regexp_full_match(text, '[0-9]{{1,6}}([.][0-9]+)?') then text::double end as people
        from titles
        left join units using (sheet)
        left join dates using (sheet)
        join labels on labels.sheet = titles.sheet and labels.row > coalesce(date_row, 6)
        left join raw on raw.sheet = labels.sheet and raw.row = labels.row and raw.col = dates.col
    )
    select row, concat_ws(' ', lower(worker), unit) as scope,
           date_trunc('month', period_end)::date as period_start, period_end,
           worker, unit, level, label as area_name, people, case when people is null then text end as symbol,
           case when unit is null then 'the table of ' || worker || ' does not say what is counted'
                when period_end is null then 'the table of ' || worker || ' has no dates'
                when level is null then 'the table of ' || worker || ' has an area "' || label || '"'
                when people is null and text <> '..'
                then worker || ' of ' || label || ' at ' || period_end || ' is "' || text || '"' end as unread
    from cells
"""  # noqa: S608 - literals of this module


def _layout(name: str, *titles: re.Pattern[str]) -> Layout:
    return Layout(name=name, header=(_INDEX, *titles), reader=Titles(), tidy=_TIDY)


def _states_every(level: str, number: int) -> pa.Check:
    """Return a check that a table states so many areas of a level."""
    stated = pl.col("area_name").filter(pl.col("level") == level).n_unique().over("scope", "period_end")
    return pa.Check(
        lambda data: data.lazyframe.select(stated == number), error=f"the table has not {number} rows of the {level}"
    )


def _adds_up(data: pa.PolarsData) -> pl.LazyFrame:
    """Tell whether a table's regions, and its forces, add up to its total; what is not available is left out of it."""
    people = pl.col("people").fill_null(0)

    def total(chosen: pl.Expr) -> pl.Expr:
        return people.filter(chosen).sum().over("scope", "period_end")

    every = total(pl.col("area_name") == ALL_FORCES)
    forces = total((pl.col("level") == "force") & (pl.col("area_name") != TRANSPORT_POLICE))
    regions = total(pl.col("level") == "region")
    return data.lazyframe.select(((forces - every).abs() < 0.5) & ((regions - every).abs() < 0.5))


FEED = Feed(
    name="home_office_workforce",
    source="home_office",
    title="Police workforce, England and Wales",
    publisher="Home Office",
    address="https://www.gov.uk/government/collections/police-workforce-england-and-wales",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"police-workforce-(mar|sep)[0-9]{2}-tables\.ods"),),
    cadence=Cadence.HALF_YEARLY,
    lag=timedelta(days=125),  # both editions came out in the last days of January
    layouts=(
        _layout(
            "fte-and-headcount",  # September 2019
            *(_title(worker, r" \(FTE\)") for worker in _PAID),
            _SERIES,
            *(_title(worker, r" \(headcount\)") for worker in WORKERS),
        ),
        _layout("fte", *(_title(worker, "") for worker in WORKERS), _SERIES),  # September 2018
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "worker": pa.Column(pl.String, pa.Check.isin(WORKERS, error="the kind of worker is not known")),
            "unit": pa.Column(pl.String, pa.Check.isin(["fte", "headcount"], error="the unit is not known")),
            "level": pa.Column(pl.String),
            "area_name": pa.Column(pl.String),
            "people": pa.Column(
                pl.Float64, pa.Check.in_range(0, 300_000, error="the number is out of range"), nullable=True
            ),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        checks=[
            _states_every("region", len(REGIONS)),
            _states_every("force", len(FORCES) + 1),
            pa.Check(_adds_up, error="the regions or the forces do not add up to the total of the 43 forces"),
        ],
        unique=["scope", "period_end", "level", "area_name"],
        strict=True,
    ),
    # Between the two editions the officers of the 43 forces moved by 0.01 per cent, the staff by 0.3.
    history=History(total=f"sum(people) filter (area_name = '{ALL_FORCES}')", moves=0.02, contiguous=False),
)
