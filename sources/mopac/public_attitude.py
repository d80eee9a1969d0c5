"""MOPAC Public Attitude Survey: trust and confidence by borough and for London, shares of one with two decimals.

The publisher's file is a workbook of two sheets; copies of each sheet saved as CSV, with decimal commas, are about.
A row is a borough (or `MPS`) and a measure at the end of a quarter, for the twelve months to it. Borough rows
repeat London's figure in the column `MPS`: it must say one thing of a measure and quarter, and lands from the sheet
of London alone. Level and measure are the scope, so that a copy of one sheet says nothing of the other. Neither
bases nor limits are published.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS
from sources.readers import Csv, Sheets

MEASURES = (
    "Contact ward officer", "Good Job local", "Informed local", "Listen to concerns", "Relied on to be there",
    "Treat everyone fairly", "Trust MPS", "Understand issues",
)  # fmt: skip
LONDON = "MPS"
BOROUGH_NAMES = frozenset({borough.lower() for borough in BOROUGHS} - {"westminster"} | {"city of westminster"})
"""As the survey calls them, in lower case: Richmond is written both `upon Thames` and `Upon Thames`."""

HEADER = ("Date", "Survey", "Borough", "Measure", "Proportion")
SHEETS = ("Borough", LONDON)

_DAY = "try_strptime(case when regexp_full_match(\"Date\", '{0}') then \"Date\" end, '{1}')::date"
_DATE_CELL = _DAY.format("[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d")
_SLASHES = _DAY.format("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "%d/%m/%Y")
# Cells that stand under no name of their sheet's header are an analyst's scratch work: knowingly not read.
_CELLS = """
    select cells.sheet, cells.row - 1 as row,
           any_value(cells.value) filter (names.value = 'Date') as "Date",
           any_value(cells.value) filter (names.value = 'Survey') as "Survey",
           any_value(cells.value) filter (names.value = 'Borough') as "Borough",
           any_value(cells.value) filter (names.value = 'Measure') as "Measure",
           any_value(cells.value) filter (names.value = 'Proportion') as "Proportion",
           any_value(cells.value) filter (names.value = 'MPS') as "MPS"
    from raw as cells
    inner join raw as names on cells.sheet = names.sheet and cells.col = names.col and names.row = 1
    where cells.row > 1
    group by all
"""


def _share(column: str, mark: str) -> str:
    return f"""case when regexp_full_match({column}, '0([{mark}][0-9]{{1,2}})?|1')
                    then replace({column}, '{mark}', '.')::double end"""


def _tidy(source: str, day: str, mark: str, *, london: str = "MPS") -> str:
    """Return tidy SQL over rows of `source`, whose dates `day` reads and whose decimals stand after `mark`.

    `london` is the column with London's figure, which the sheet of London has not.
    """
    return f"""
        with said as (
            select row, trim(Borough) as area_name, trim(replace("Measure", '"', '')) as measure, "Date", Survey,
                   {day} as period_end, Proportion as said, {_share("Proportion", mark)} as proportion,
                   {london} as london
            from {source}
        )
        select row, if(area_name = '{LONDON}', 'mps/', 'borough/') || measure as scope,
               (date_trunc('month', period_end) - interval 11 month)::date as period_start, period_end,
               area_name, measure, proportion,
               coalesce(
                   case when period_end is null or period_end <> last_day(period_end) or month(period_end) % 3 > 0
                        then 'Date is "' || coalesce("Date", '') || '"' end,
                   case when Survey is distinct from 'PAS' then 'Survey is "' || coalesce(Survey, '') || '"' end,
                   case when proportion is null then 'Proportion is "' || coalesce(said, '') || '"' end,
                   case when london is distinct from mode(london) over (partition by scope, period_end)
                        then 'MPS is "' || coalesce(london, '') || '", not what stands beside other boroughs' end
               ) as unread
        from said
    """  # noqa: S608 - literals of this module


def _once(borough: str) -> pa.Check:
    """Check that every measure has one row of `borough` a quarter, however it is spelt."""
    return pa.Check(
        lambda data: data.lazyframe.select(
            (pl.col("area_name").str.to_lowercase() == borough).sum()
            == pl.struct("scope", "period_end").filter(pl.col("area_name") != LONDON).n_unique()
        ),
        error=f"{borough} is missing, or stated twice, in a quarter",
    )


FEED = Feed(
    name="mopac_public_attitude",
    source="mopac",
    title="MOPAC Surveys: Public Attitude Survey, trust and confidence dashboard",
    publisher="Mayor's Office for Policing and Crime",
    address="https://data.london.gov.uk/dataset/mopac-surveys-236kk",
    licence="UK Open Government Licence",
    file_names=(
        re.compile(r"PAS_T(&|%26)Cdashboard_to Q[1-4] [0-9]{2}-[0-9]{2}\.xlsx"),
        re.compile(r"PAS_(Dashboard_Borough|Total)\.csv"),
    ),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(days=90),  # about six weeks is usual, but no day is announced: a release does not wait for it
    layouts=(
        Layout(
            name="workbook",
            header=(*HEADER, "MPS", *HEADER),
            reader=Sheets(SHEETS),
            tidy=_tidy(f"({_CELLS})", _DATE_CELL, "."),
            seen="documentation",
        ),
        Layout(
            name="borough-decimal-comma",
            header=(*HEADER, "MPS", "", "", "", ""),  # the nameless hold an analyst's scratch work: not read
            reader=Csv(final_newline=False),
            tidy=_tidy("raw", _SLASHES, ","),
        ),
        Layout(
            name="mps-decimal-comma",
            header=HEADER,
            reader=Csv(delimiter=";"),
            tidy=_tidy("raw", _SLASHES, ",", london="null"),
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_name": pa.Column(
                pl.String,
                pa.Check(
                    lambda data: data.lazyframe.select(
                        pl.col(data.key).str.to_lowercase().is_in([*BOROUGH_NAMES, LONDON.lower()])
                    ),
                    error="the area is not known",
                ),
            ),
            "measure": pa.Column(pl.String, pa.Check.isin(MEASURES, error="the measure is not known")),
            "proportion": pa.Column(pl.Float64, pa.Check.in_range(0, 1, error="not a share from 0 to 1")),
        },
        checks=[_once(borough) for borough in sorted(BOROUGH_NAMES)],
        unique=["scope", "period_start", "area_name"],
        strict=True,
    ),
    # London's lowest share is 0.12: its last digit alone moves it by a twelfth.
    history=History(total="sum(proportion)", moves=0.1, every_months=3, cumulative=True),
    awaited=True,
)
