"""MPS dashboard of violence against women and girls: offences and victims by month, a workbook of two sheets each.

Every sheet of a workbook counts the same again at another grain, so that a sum over sheets doubles: each is a scope of
its own. Offences are by place, down to the ward, and by classification; victims are by age and by ethnicity. A row is
also of the month in which the offence was committed, which may be years before it was recorded. Wards have names and no
codes; `Other` and `Unknown` stand among the boroughs.

The columns of the sheet of places are those that a copy in another format has, and so are the two grains. The names of
the sheets, and of the columns that hold classification, age and ethnicity, are ours; no bytes were read.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS
from sources.readers import Sheets

ELSEWHERE = ("other", "unknown")
_FOLDED = pl.col("borough_name").str.to_lowercase().str.replace("&", "and", literal=True)
_MONTHS = ("Recorded Date (Months)", "Date Committed From Date (Months)", "Count")


def _month(column: str) -> str:
    """Return SQL that reads the first day of a month, as a date cell is written, or `Mar-24`, as other files do."""
    return f"""case when regexp_full_match({column}, '(19|20)[0-9]{{2}}-[0-9]{{2}}-01( 00:00:00)?')
                    then try_strptime(left({column}, 10), '%Y-%m-%d')::date
                    when regexp_full_match({column}, '[A-Z][a-z]{{2}}-[0-9]{{2}}')
                    then try_strptime({column}, '%b-%y')::date end"""


def _layout(name: str, scopes: Mapping[str, str], headers: Sequence[Sequence[str | re.Pattern[str]]]) -> Layout:
    """Return the layout of a workbook; `scopes` names the scope of each sheet, and the first may be by place."""
    by_place = "sheet = 'Location'"
    cells = ", ".join(f"any_value(value) filter (col = {place}) as c{place}" for place in range(1, 7))
    scope = " ".join(f"when '{sheet}' then '{scope}'" for sheet, scope in scopes.items())
    return Layout(
        name=name,
        header=tuple(column for header in headers for column in header),
        reader=Sheets(tuple(scopes)),
        seen="documentation",
        tidy=f"""
            with said as (
                select row - 1 as row, sheet, if({by_place}, c1, null) as bcu, if({by_place}, c2, null) as borough_name,
                       if({by_place}, c3, null) as ward_name, if({by_place}, null, c1) as category,
                       if({by_place}, c4, c2) as recorded, if({by_place}, c5, c3) as committed,
                       if({by_place}, c6, c4) as count_said
                from (select sheet, row, {cells} from raw where row > 1 group by all)
            )
            select row, case sheet {scope} end as scope, {_month("recorded")} as period_start,
                   last_day(period_start) as period_end, bcu, borough_name, ward_name, category,
                   {_month("committed")} as committed_in,
                   case when regexp_full_match(count_said, '[0-9]{{1,9}}') then count_said::bigint end as counted,
                   coalesce(
                       case when period_start is null then 'Recorded Date is "' || coalesce(recorded, '') || '"' end,
                       case when committed is not null and committed_in is null
                            then 'Date Committed is "' || committed || '"' end,
                       case when counted is null
                            then 'Count is ' || coalesce('"' || count_said || '"', 'empty') end) as unread
            from said
        """,  # noqa: S608 - literals of this module
    )


FEED = Feed(
    name="mps_vawg",
    source="mps",
    title="MPS Violence Against Women and Girls Dashboard Data",
    publisher="Metropolitan Police Service",
    address="https://data.london.gov.uk/dataset/mps-violence-against-women-and-girls-dashboard-data-2yod5",
    licence="OGL-UK-2.0",
    file_names=(re.compile(r"(?i).*(vawg|violence against women).*\.xlsx"),),
    cadence=Cadence.MONTHLY,
    lag=timedelta(days=30),  # monthly; no day is announced
    layouts=(
        _layout(
            "offences",
            {"Location": "offences/location", "Classification": "offences/classification"},
            (
                ("BCU Location", "Borough Name", "Ward Name Clean 2", *_MONTHS),
                (re.compile(".*Classification.*"), *_MONTHS),
            ),
        ),
        _layout(
            "victims",
            {"Age": "victims/age", "Ethnicity": "victims/ethnicity"},
            ((re.compile(".*Age.*"), *_MONTHS), (re.compile(".*Ethnicity.*"), *_MONTHS)),
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "bcu": pa.Column(pl.String, nullable=True),
            "borough_name": pa.Column(pl.String, nullable=True),
            "ward_name": pa.Column(pl.String, nullable=True),
            "category": pa.Column(pl.String, nullable=True),
            "committed_in": pa.Column(pl.Date, nullable=True),
            "counted": pa.Column(pl.Int64, pa.Check.in_range(0, 20_000, error="the count is out of range")),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(
                    pl.when(pl.col("scope") == "offences/location")
                    .then(_FOLDED.is_in([*(borough.lower() for borough in BOROUGHS), *ELSEWHERE]).fill_null(False))
                    .otherwise(pl.col("category").is_not_null())
                ),
                error="the borough is not known, or a row of another sheet says not what it counts",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(
                    (pl.col("scope") != "offences/location")
                    | (_FOLDED.filter(~_FOLDED.is_in(ELSEWHERE)).n_unique() == len(BOROUGHS))
                ),
                error="a borough is missing",
            ),
        ],
        unique=[
            "scope", "period_start", "bcu", "borough_name", "ward_name", "category", "committed_in",
        ],
        strict=True,
    ),
    # No two vintages could be compared. Flags are added late, as those of knife crime are.
    history=History(total="sum(counted)", moves=0.1, at_least=12),
)  # fmt: skip
