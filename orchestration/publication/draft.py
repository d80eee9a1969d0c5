"""The draft of a release: the exact rows to be published, and what the gate needs to judge them.

Reads the analysts' snapshot and earlier releases, writes nothing, and computes no published figure. What must not be
shown is suppressed here, by `protection`, before anything is compared, judged or written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from orchestration.publication.bundle import Bundle, read_bundle
from orchestration.publication.ledger import Stage
from orchestration.publication.names import quarter_end, year_ended
from orchestration.publication.products import Product
from orchestration.publication.protection import STATUS, STATUS_MEANS, SUPPRESSED, protect_rows

if TYPE_CHECKING:
    from orchestration.publication.target import Standing

# Integers and booleans that can be null must not turn into floats and objects on their way to pandas.
_NULLABLE: Mapping[pa.DataType, pd.api.extensions.ExtensionDtype] = {
    pa.bool_(): pd.BooleanDtype(),
    **{
        kind: pd.Int64Dtype()
        for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32())
    },
}

_FIGURE = "measure_id, area_code, group_id, time_window, period_end"

_ROWS = f"""
create temp table release_rows as
select *, null::varchar as {STATUS} from marts.$mart where period_end <= ? order by $key
"""  # noqa: S608 - constants of this module

# Only what earlier releases said up to this quarter's end: a correction of an older quarter withdraws nothing that a
# newer release has added since. A release of before `status` was published has none.
_RELEASED = """
create or replace temp table {table} as
select {columns}
from (
    (from release_rows limit 0)
    union all by name
    select * from read_parquet(?, union_by_name = true) where period_end <= ?
)
"""
_COUNTED = f"{_FIGURE}, unit, value, numerator, {STATUS}"

_SCOPE = """
create temp table scope as
select distinct f.measure_id, f.feed
from marts.measure_feeds f semi join marts.$mart using (measure_id)
"""

# Every measure that a feed fills, whether or not a release waits for that feed.
_LIVE = """
select measure_id from marts.measures
where status = 'live' and measure_id in (select measure_id from marts.$mart)
order by measure_id
"""

_DUE = """
with wanted as (
    select
        m.measure_id,
        string_agg(s.feed, ', ' order by s.feed) as feed,
        -- one feed of unknown cover leaves the whole measure unknown
        case when count(*) = count(e.period_end) then least(min(e.period_end), $$quarter_end) end
            as wanted_period_end
    from marts.measures m
    left join scope s using (measure_id)
    left join expected e using (feed)
    where m.status = 'live' and m.measure_id in (select measure_id from marts.$mart) and coalesce(e.awaited, true)
    group by m.measure_id
)
select
    w.*,
    exists (
        from release_rows r where r.measure_id = w.measure_id and r.period_end >= w.wanted_period_end
    ) as present
from wanted w
order by w.measure_id
"""

# A missing total or missing parts must show as a difference: a null would pass unseen.
_PARTS = """
select
    measure_id,
    time_window,
    period_end,
    any_value(value) filter (area_code = 'E23000001') as total,
    sum(value) filter (area_code <> 'E23000001') as sum_of_parts,
    coalesce(total, 0) - coalesce(sum_of_parts, 0) as difference,
    count(*) filter (area_code like 'E09%') as boroughs
from release_rows
where unit = 'count' and group_id = 'all'
group by all
order by all
"""

_WITHDRAWN = """
create temp table withdrawn as
select $key, value as old_value from last_rows anti join release_rows using ($key)
"""
_CHANGED = f"""
create temp table changed as
select
    $key,
    l.value as old_value,
    r.value as new_value,
    r.vintage_on,
    -- A later delivery of its own, or another edition of what it is divided by, since the last release; or a rule.
    r.vintage_on > l.vintage_on or r.denominator_vintage is distinct from l.denominator_vintage or $$corrects
    or concat(r.{STATUS}, l.{STATUS}) like '%{SUPPRESSED}%' as explained
from release_rows r join last_rows l using ($key)
where r.value is distinct from l.value
"""  # noqa: S608 - constants of this module
_DIFFERENCES = """
select kind, $key, old_value, new_value, explained
from (
    select 'changed' as kind, * from changed
    union all by name
    select 'withdrawn' as kind, * from withdrawn
    union all by name
    select 'added' as kind, $key, value as new_value from release_rows anti join last_rows using ($key)
    where $$has_last
)
order by kind, $key
"""

_FEEDS = """
select
    s.feed,
    max(d.last_period) as last_period,
    any_value(e.period_end) as expected_last_period,
    coalesce(any_value(e.awaited), true) as is_awaited,
    is_awaited and coalesce(max(d.last_period) < any_value(e.period_end), true) as late
from (select distinct feed from scope) s
left join marts.deliveries d on d.feed = s.feed and d.outcome = 'landed'
left join expected e on e.feed = s.feed
group by s.feed
order by s.feed
"""

_STANDING = """
select
    (select max(vintage_on) from release_rows),
    (
        select coalesce(bool_or(synthetic), false) from marts.deliveries
        where outcome = 'landed' and feed in (select feed from scope)
    )
"""

_DICTIONARY = f"""
select "column", type, description
from (
    select column_name as "column", data_type as type, coalesce(comment, '') as description, column_index as place
    from duckdb_columns()
    where database_name = current_database() and schema_name = 'marts' and table_name = ?
    union all
    select '{STATUS}', 'VARCHAR', '{STATUS_MEANS}', null
)
order by place nulls last
"""  # noqa: S608 - constants of this module

# The whole registry, so that it shows what has no source yet and what is published elsewhere.
_MEASURES = """
with published as (select distinct measure_id from release_rows)
select m.*, p.measure_id is not null as in_this_release
from marts.measures m left join published p using (measure_id)
order by m.measure_id
"""

# The measures of each mission or priority, in the order of the framework's newest version.
_THEMES = """
select f.theme, f.theme_order, f.measure_order, m.*
from reference.frameworks f join marts.measures m using (measure_id)
where f.framework_version = (
    select framework_version from release_rows order by right(framework_version, 4) desc limit 1
)
order by f.theme_order, f.measure_order, m.measure_id
"""

# A count that is part of another is shown with the whole of the same area, group, window and period.
_WHOLES = f"""
with figures as (
    select {_FIGURE}, any_value(value) as value from release_rows group by all
)
select parts.*, p.measure_id as whole_id, m.measure_name as whole_name, wholes.value as whole_value
from (select {_FIGURE} from figures) parts
join reference.measure_parts p on p.part_id = parts.measure_id and p.split <> 'the same as a rate'
join marts.measures m on m.measure_id = p.measure_id
left join figures wholes
    on wholes.measure_id = p.measure_id and wholes.area_code = parts.area_code and wholes.group_id = parts.group_id
    and wholes.time_window = parts.time_window and wholes.period_end = parts.period_end
order by all
"""  # noqa: S608 - constants of this module

_BREAKS = """
select measure_id, began_on, label
from intermediate.int_breaks
where began_on <= $$quarter_end and measure_id in (select measure_id from release_rows)
order by all
"""

# By month, of which the audit of disclosure knows nothing: so of no measure with anything that it may have to suppress.
_CONTROL = """
from marts.control_charts
where area_code = 'E23000001' and measure_id in (select measure_id from release_rows)
    and measure_id not in (select measure_id from cells) and period_end <= $$quarter_end
order by measure_id, period_end
"""

# For the force, with what the boroughs say of themselves beside it. Where no ratio is stated the group is small, and
# its rate, of which its count would follow, is not stated either.
_GROUPS = """
with wanted as (
    from marts.disproportionality
    where period_end <= $$quarter_end and measure_id in (
        select measure_id from reference.frameworks
        where framework_version in (select framework_version from release_rows)
    )
    qualify period_end = max(period_end) over (partition by measure_id, series_id, characteristic, instrument)
)
select
    f.* exclude (numerator, people, rate, reference_rate, previous_rate),
    if(f.value is null, null, f.rate) as rate,
    count(b.reading) as boroughs,
    count(*) filter (b.reading = 'higher than the reference group') as boroughs_higher,
    count(*) filter (b.reading = 'lower than the reference group') as boroughs_lower,
    count(*) filter (b.reading = 'no clear difference') as boroughs_unclear,
    count(*) filter (b.reading in ('too few to compare', 'not comparable')) as boroughs_not_compared
from wanted f
left join wanted b
    on b.measure_id = f.measure_id and b.series_id = f.series_id and b.characteristic = f.characteristic
    and b.instrument = f.instrument and b.group_id = f.group_id and b.time_window = f.time_window
    and starts_with(b.area_code, 'E09')
where f.area_code in ('E23000001', 'E12000007')
group by all
order by f.measure_name, f.series_id, f.characteristic, f.instrument, f.group_id
"""

# What each release of a financial year said of London then, and what is said of the same figures now. A figure stands
# once here, whatever missions and baselines it is published for.
_SAID = f"""
select
    {_FIGURE}, measure_name, unit, area_name, period_start, any_value(value) as value, any_value(change) as change,
    any_value(change_unit) as change_unit, any_value(assessment) as assessment,
    any_value(comparability) as comparability
"""
_YEAR_ROWS = f"create temp table year_rows as {_SAID}, $$quarter as published_in from release_rows group by all"
_EARLIER_ROWS = f"""
insert into year_rows by name
{_SAID}, $$quarter as published_in from read_parquet($$path) where period_end <= $$quarter_end group by all
"""
_YEAR = f"""
select
    y.published_in, y.* exclude (published_in),
    n.value as value_now, n.change as change_now, n.change_unit as change_unit_now, n.assessment as assessment_now,
    n.comparability as comparability_now,
    n.value - y.value as revision
from year_rows y
left join (from year_rows where published_in = $$quarter) n using ({_FIGURE})
where y.area_code in ('E23000001', 'E12000007')
order by y.published_in, {_FIGURE}
"""  # noqa: S608 - constants of this module

# When a delivery happened to arrive is left out: a release can be rebuilt from the archive years later.
_DELIVERIES = """
select
    feed, delivery_id, name, layout, sha256, size_bytes, published_on, vintage_on, vintage_basis,
    first_period, last_period, periods, rows, synthetic
from marts.deliveries
where outcome = 'landed' and feed in (select feed from scope)
    and vintage_on <= (select max(vintage_on) from release_rows)
order by feed, vintage_on, delivery_id
"""

# Of every feed: figures of the registry beside the rows come from all of them.
_BASIS = """
select feed, delivery_id, sha256
from marts.deliveries
where outcome = 'landed'
order by feed, delivery_id
"""


@dataclass(frozen=True)
class Draft:
    """What a release would be.

    `frames` is what the gate judges: `rows` (published as they stand), `live`, `due`, `parts`, `withdrawn`,
    `changed` and `feeds`, and for the audit of disclosure `cells`, `sums` and `mentions`. What the page shows beside
    the rows is in `wholes`, `breaks`, `control` and, of a framework, `themes` and `groups`. `as_of` is the newest
    vintage among the rows; there is none without rows. The other frames go into the bundle: `dictionary`, `measures`,
    `deliveries`, `differences` from the last release, and `basis`: every delivery that had landed, from which the
    release can be made again.
    """

    product: Product
    quarter: str
    as_of: date | None
    synthetic: bool
    last: Bundle | None
    seen: tuple[Bundle, ...]
    frames: dict[str, pd.DataFrame]
    dictionary: pd.DataFrame
    measures: pd.DataFrame
    deliveries: pd.DataFrame
    differences: pd.DataFrame
    basis: pd.DataFrame
    earlier: tuple["Standing", ...] = ()


def draft(
    snapshot: Path,
    product: Product,
    quarter: str,
    *,
    released: Path | None,
    expected: Mapping[str, date | None],
    seen: Sequence[Path] = (),
    corrects: bool = False,
    earlier: Sequence["Standing"] = (),
) -> Draft:
    """Draft the release of a product for a quarter from the analysts' snapshot.

    `released` is the folder of the product's last published bundle, with which the draft is compared; `seen` are the
    folders of all that the public ever saw, against which what is suppressed has to hold. `expected` says, for each
    feed, the end of the last period that it should cover by the release date, or None that the release does not wait
    for it. What a correction changes is explained by its reason. `earlier` are the releases before it in the financial
    year that the quarter ends.
    """
    end = quarter_end(quarter)
    last = read_bundle(released) if released else None
    known = tuple(map(read_bundle, seen))
    with duckdb.connect(snapshot, read_only=True) as connection:
        reader = _Reader(connection, product)
        drafted = reader.draft(quarter, end, last, known, expected, corrects)
        if not year_ended(quarter):
            return drafted
        year = reader.year(quarter, earlier)
        return replace(drafted, frames=drafted.frames | {"year": year}, earlier=tuple(earlier))


class _Reader:
    def __init__(self, connection: duckdb.DuckDBPyConnection, product: Product) -> None:
        self._connection = connection
        self._product = product

    def draft(
        self,
        quarter: str,
        end: date,
        last: Bundle | None,
        seen: tuple[Bundle, ...],
        expected: Mapping[str, date | None],
        corrects: bool,
    ) -> Draft:
        self._prepare(end, last, seen, expected)
        # Boroughs are held against the force before anything is suppressed.
        boroughs = self._product.name == "borough-performance"
        parts = {"parts": self._frame(_PARTS)} if boroughs else {}
        protection = protect_rows(self._connection)
        self._run(_WITHDRAWN)
        self._run(_CHANGED, {"corrects": corrects})
        [(as_of, synthetic)] = self._connection.execute(_STANDING).fetchall()
        key = ", ".join(self._product.key)
        frames = {
            "rows": self._frame("from release_rows order by rowid"),
            "live": self._frame(_LIVE),
            "due": self._frame(_DUE, {"quarter_end": end}),
            "withdrawn": self._frame(f"from withdrawn order by {key}"),
            "changed": self._frame(f"from changed order by {key}"),
            "feeds": self._frame(_FEEDS),
            "wholes": self._frame(_WHOLES),
            "breaks": self._frame(_BREAKS, {"quarter_end": end}),
            "control": self._frame(_CONTROL, {"quarter_end": end}),
            **parts,
            **protection,
        }
        if not boroughs:
            frames |= {"themes": self._frame(_THEMES), "groups": self._frame(_GROUPS, {"quarter_end": end})}
        return Draft(
            product=self._product,
            quarter=quarter,
            as_of=as_of,
            synthetic=synthetic,
            last=last,
            seen=seen,
            frames=frames,
            dictionary=self._frame(_DICTIONARY, [self._product.mart]),
            measures=self._frame(_MEASURES),
            deliveries=self._frame(_DELIVERIES),
            differences=self._frame(_DIFFERENCES, {"has_last": last is not None}),
            basis=self._frame(_BASIS),
        )

    def year(self, quarter: str, earlier: Sequence["Standing"]) -> pd.DataFrame:
        """What the releases of the year that still stand said, after the draft, whose rows it reads."""
        self._run(_YEAR_ROWS, {"quarter": quarter})
        for standing in earlier:
            bundle = standing.bundle
            if standing.stage is Stage.published:
                path = str(bundle.path / f"{bundle.product}.parquet")
                end = quarter_end(bundle.quarter)
                self._run(_EARLIER_ROWS, {"quarter": bundle.quarter, "path": path, "quarter_end": end})
        return self._frame(_YEAR, {"quarter": quarter})

    def _prepare(
        self, end: date, last: Bundle | None, seen: tuple[Bundle, ...], expected: Mapping[str, date | None]
    ) -> None:
        self._run(_ROWS, [end])
        for table, columns, bundles in (("last_rows", "*", (last,) if last else ()), ("seen_rows", _COUNTED, seen)):
            self._run(f"create temp table {table} as select {columns} from release_rows limit 0")  # noqa: S608
            if bundles:
                paths = [str(each.path / f"{self._product.name}.parquet") for each in bundles]
                self._run(_RELEASED.format(table=table, columns=columns), [paths, end])
        self._run(_SCOPE)
        self._run("create temp table expected (feed varchar, period_end date, awaited boolean)")
        for feed, period_end in expected.items():
            self._run("insert into expected values (?, ?, ?)", [feed, period_end, period_end is not None])

    def _run(self, sql: str, values: list[object] | dict[str, object] | None = None) -> None:
        self._connection.execute(self._fill(sql), values)

    def _frame(self, sql: str, values: list[object] | dict[str, object] | None = None) -> pd.DataFrame:
        answer = self._connection.execute(self._fill(sql), values).to_arrow_table()
        return answer.to_pandas(types_mapper=_NULLABLE.get)

    def _fill(self, sql: str) -> str:
        """Put the mart and the key, which are names and not values, into a statement."""
        return Template(sql).substitute(mart=self._product.mart, key=", ".join(self._product.key))
