"""Home Office police use of force statistics: how often force was used, by force, tactic and person, a financial year.

A workbook of tables, each on a sheet that says what it holds in its first cell; they are known by these titles. Taken
are the tables by police force: incidents; incidents with a conducted energy device (CED, a Taser), which state earlier
years again; and the number of times each tactic was used, by perceived age, gender, ethnicity and health condition.
A row of tactics is an officer's report, not an incident, and several tactics can be used in one.

What the two editions that were read in bytes (to March 2019 and to March 2020) have in common and apart:
- Headers of two levels. Totals stand among the rows, and begin with `Total`, with or without an asterisk before it.
- Tactics have parts: `Handcuffing, of which` holds the three after it. Their names differ between the editions, and
  some end in the digit of a footnote. They land as published, without asterisk and digit.
- `None` is a health condition and no missing value. `:` is not available (2020), `(R)` marks a force as revised.
- Words changed: subject to person involved, disability to health condition. Ethnic groups did too: Chinese stands
  alone in the edition of 2019 and within Asian in that of 2020, which has no `Don't know` either.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.home_office.places import FORCES
from sources.readers import Titles

CATEGORIES = {
    "age": (
        "Under 11 years", "11 - 17 years", "18 - 34 years", "35 - 49 years", "50 - 64 years", "65 and over",
        "Not reported",
    ),
    "gender": ("Male", "Female", "Other", "Not reported"),
    "ethnicity": (
        "White", "Black (or Black British)", "Asian (or Asian British)", "Chinese", "Mixed", "Other", "Don't know",
        "Not reported",
    ),
    "health condition": ("Mental", "Physical", "Physical and mental", "None", "Not reported"),
}  # fmt: skip
"""What the tables by person are divided by; the editions differ in ethnicity alone."""
TOTAL = "Number of times tactic reported"
CED_USES = (
    "Total", "Total non-discharge", "Drawn", "Aimed", "Red-dot", "Arced", "Total discharge", "Drive stun", "Fired",
    "Angled drive stun", "Not stated", "CED not stated",
)  # fmt: skip
INCIDENTS = "Total incidents"
ALL_TACTICS = "Total Tactics"

_SPELT = {
    "Avon and Somerset": "Avon & Somerset",
    "Devon and Cornwall": "Devon & Cornwall",
    "Metropolitan Police": "Metropolitan",
}
SPELT_FORCES = tuple(_SPELT.get(force, force) for force in FORCES)
REGIONS = (
    "North East", "North West", "Yorkshire and the Humber", "East Midlands", "West Midlands", "East of England",
    "London", "South East", "South West", "Wales",
)  # fmt: skip
COUNTRY = "England and Wales"

_BY_PERSON = r"^Table [0-9]+\. Number of times tactics were used, by police force and officer perceived ([a-z ]+) of .+"


def _titles(person: str, health: str, suffix: str) -> tuple[re.Pattern[str], ...]:
    """Return the titles of an edition's sheets, in their order."""
    by = "Number of times tactics were used, by"
    perceived = [f"officer perceived {what} of {person}" for what in ("age", "gender", "ethnicity", health)]
    tables = (
        "Number of times tactics were used and total number of incidents in which they were used",
        *(f"{by} {what}" for what in perceived),
        f"{by} reason for using force",
        f"{by} impact factor",
        f"{by} incident outcome",
        f"{by} incident location",
        "Injuries to officers",
        f"Injuries to {person if suffix else person + 's'}",
        "Incidents by police force",
    )
    years = r"1 April 20[0-9]{2} to 31 March 20[0-9]{2}"
    return tuple(
        re.compile(pattern)
        for pattern in (
            r"Police use of force statistics, England and Wales\nApril 20[0-9]{2} - March 20[0-9]{2}",
            rf"Police use of force statistics, England and Wales, {years}",
            *(rf"Table [0-9]+\. {table}{suffix}" for table in tables),
            rf"Table [0-9]+\. Use of CED by type and police force: {years}",
            *(rf"Table [0-9]+\. {by} police force and {what}{suffix}" for what in perceived),
        )
    )


_YEAR_OF_EDITION = r"England and Wales, 1 April (20[0-9]{2}) to 31 March 20[0-9]{2}$"
_TIDY = rf"""
    with edition as (
        select make_date(regexp_extract(value, '{_YEAR_OF_EDITION}', 1)::int, 4, 1) as year_start
        from raw where row = 1 and col = 1 and regexp_matches(value, '{_YEAR_OF_EDITION}')
    ),
    titles as (
        select sheet, replace(regexp_extract(value, '{_BY_PERSON}', 1), 'disability', 'health condition') as person,
               contains(value, 'Incidents by police force') as counts_incidents,
               contains(value, 'Use of CED by type and police force') as counts_ced
        from raw where row = 1 and col = 1
    ),
    -- A header's text may be broken over two lines.
    cells as (
        select titles.*, raw.row, raw.col, trim(regexp_replace(raw.value, '\s+', ' ', 'g')) as text
        from raw join titles using (sheet)
        where person <> '' or counts_incidents or counts_ced
    ),
    headers as (
        select sheet, max(row) as header_row from cells
        where row <= 6 and text = 'Police force' group by sheet
    ),
    heads as (
        select cells.sheet, col, text as head from cells join headers using (sheet) where row = header_row
    ),
    -- The force is in the first column, or beside the region; the notes below a table fill the first column alone.
    labels as (
        select sheet, row, any_value(person) as person, bool_or(counts_ced) as counts_ced,
               any_value(text) filter (head = 'Police force') as label,
               any_value(text) filter (head = 'Type of force') as type_of_force,
               any_value(text) filter (head = 'Tactic') as tactic,
               any_value(text) filter (head = 'Financial year') as financial_year
        from cells join headers using (sheet) join heads using (sheet, col)
        where row > header_row
        group by sheet, row
        having label is not null and count(*) > 1
    ),
    figures as (
        select labels.*, headers.header_row, heads.head, coalesce(cells.text, '') as text
        from labels
        join headers using (sheet)
        join heads on heads.sheet = labels.sheet
            and heads.head not in ('Police force', 'Region', 'Type of force', 'Tactic', 'Financial year')
        left join cells on cells.sheet = labels.sheet and cells.row = labels.row and cells.col = heads.col
    )
    select row, case when person <> '' then person when counts_ced then 'ced incidents' else 'incidents' end as scope,
           case when not counts_ced then year_start
                when regexp_full_match(financial_year, '20[0-9]{{2}}/[0-9]{{2}}')
                then make_date(financial_year[:4]::int, 4, 1) end as period_start,
           (period_start + interval 1 year - interval 1 day)::date as period_end,
           regexp_replace(label, '^[*]?Total | [(]R[)]$', '', 'g') as area_name,
           case when area_name = label or ends_with(label, '(R)') then 'force'
                when area_name = '{COUNTRY}' then 'country' else 'region' end as level,
           type_of_force, regexp_replace(tactic, '^[*]|[0-9]$', '', 'g') as tactic,
           if(scope = 'incidents', '{INCIDENTS}', head) as category,
           case when regexp_full_match(text, '[0-9]{{1,7}}') then text::bigint end as used,
           case when used is null then text when ends_with(label, '(R)') then '(R)' end as symbol,
           case when period_start is null then 'Financial year is "' || coalesce(financial_year, '') || '"'
                when used is null and text <> ':'
                then concat_ws(', ', label, tactic, head) || ' is "' || text || '"' end as unread
    from figures cross join edition
"""  # noqa: S608 - literals of this module


def _known(data: pa.PolarsData) -> pl.LazyFrame:
    areas = {"force": SPELT_FORCES, "region": REGIONS, "country": (COUNTRY,)}
    return data.lazyframe.select(
        pl.any_horizontal(
            (pl.col("level") == level) & pl.col("area_name").is_in(names) for level, names in areas.items()
        )
    )


def _categories_known(data: pa.PolarsData) -> pl.LazyFrame:
    categories = {
        "incidents": (INCIDENTS,),
        "ced incidents": CED_USES,
        **{scope: (*of_scope, TOTAL) for scope, of_scope in CATEGORIES.items()},
    }
    return data.lazyframe.select(
        pl.any_horizontal(
            (pl.col("scope") == scope) & pl.col("category").is_in(names) for scope, names in categories.items()
        )
    )


def _every_force(data: pa.PolarsData) -> pl.LazyFrame:
    forces = pl.col("area_name").filter(pl.col("level") == "force").n_unique().over("scope", "period_end")
    return data.lazyframe.select(forces == len(FORCES))


def _groups_add_up(data: pa.PolarsData) -> pl.LazyFrame:
    """Tell whether the groups of a person's characteristic add up to the times a tactic was reported."""
    is_total = pl.col("category") == TOTAL
    row = ("scope", "area_name", "tactic")
    groups, total = (pl.col("used").filter(which).sum().over(row) for which in (~is_total, is_total))
    unknown = pl.col("used").is_null().any().over(row)
    # A few reports of children are known by the publisher to be wrong.
    return data.lazyframe.select(unknown | ~pl.col("scope").is_in(CATEGORIES) | ((groups - total).abs() <= 10))


FEED = Feed(
    name="home_office_use_of_force",
    source="home_office",
    title="Police use of force statistics, England and Wales",
    publisher="Home Office",
    address="https://www.gov.uk/government/collections/police-use-of-force-statistics",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"police-use-of-force-apr[0-9]{4}-mar[0-9]{4}-.*tables\.ods"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=265),  # in December
    layouts=(
        Layout(
            name="person-involved",  # year to March 2020
            header=_titles("person involved", "health condition", r", year ending March 20[0-9]{2}"),
            reader=Titles(),
            tidy=_TIDY,
        ),
        Layout(name="subject", header=_titles("subject", "disability", ""), reader=Titles(), tidy=_TIDY),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_name": pa.Column(pl.String),
            "level": pa.Column(pl.String),
            "type_of_force": pa.Column(pl.String, nullable=True),
            "tactic": pa.Column(pl.String, nullable=True),
            "category": pa.Column(pl.String),
            "used": pa.Column(
                pl.Int64, pa.Check.in_range(0, 5_000_000, error="the count is out of range"), nullable=True
            ),
            "symbol": pa.Column(pl.String, nullable=True),
        },
        checks=[
            pa.Check(_known, error="the area is not known"),
            pa.Check(_categories_known, error="the group is not known"),
            pa.Check(_every_force, error="a table lacks a force"),
            pa.Check(_groups_add_up, error="the groups do not add up to the times the tactic was reported"),
        ],
        unique=["scope", "period_end", "level", "area_name", "tactic", "category"],
        strict=True,
    ),
    # Incidents with a CED in 2018/19 did not move between the two editions.
    history=History(total="sum(used) filter (level = 'country')", moves=0.05),
)
