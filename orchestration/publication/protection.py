"""Protection of what a product publishes: its cells, how they add up, and the rows without what is suppressed.

A *cell* is a count that a reader can look up: measure, area, group, window. The same cell may stand in several rows,
and other columns may state it too (`mentions`): the row of a year after has it as its previous value. *Sums* say which
cells add up to which. Where the parts fall short of the whole, the rest is an *implied* cell: nobody publishes it, and
whoever subtracts has it. Only measures under a threshold, and those that they are parts of, take part: others are
published as supplied and cost nothing here. The rules are the seed `disclosure_rules`; how suppression is chosen and
proven is in `expectations/disclosure.py`. Marts stay whole; this is about the copy that the public gets.
"""

from string import Template

import duckdb
import pandas as pd

from expectations.disclosure import choose

SUPPRESSED = "[c]"
STATUS = "status"
STATUS_MEANS = (
    "[c]: suppressed, so that no person can be recognised; primary and secondary suppression are not told apart. "
    "Null for a figure that is stated."
)
WITHHELD = "one of the two figures is suppressed, so that no person can be recognised"

_FIGURE = "measure_id, area_code, group_id, time_window, period_end"
_COUNT = "any_value(if(unit = 'count', value, numerator))"

# Columns that state nothing of the row's own figure. Any other number is taken to, so that one added to a mart is
# suppressed with the figure until it is listed here.
_OF_OTHERS = (
    *("denominator", "previous_value", "baseline_value", "baseline_value_now", "baseline_drift"),
    *("population", "population_year", "mps_rate_per_1000"),
)
_OWN_WORDS = ("assessment", "progress", "change_unit")
_OF_PREVIOUS = ("previous_value", "change", "change_unit", "change_lower", "change_upper", "assessment")
_OF_BASELINE = ("baseline_value_now", "baseline_drift")
_OF_FORCE = ("mps_rate_per_1000",)

# The rule of each measure, area by area where it differs; an area is too fine where its kind is deeper than the rule's.
_RULED = """
create temp table ruled as
with published as (
    select measure_id, area_code, bool_or(group_id <> 'all') as has_groups
    from release_rows group by all
),
kinds as (
    select
        area_code,
        kind,
        case when kind = 'ward' then 3 when kind in ('borough', 'bcu', 'unassigned') then 2 else 1 end as depth
    from reference.areas
)
select
    p.measure_id, p.area_code, r.applies_to, r.protection_width,
    case
        when k.kind = coalesce(r.area_kind, k.kind) and (r.applies_to = 'every figure' or p.has_groups) then r.threshold
    end as threshold,
    k.depth > case r.finest_area when 'ward' then 3 when 'borough' then 2 else 1 end as too_fine
from published p
join marts.measures m using (measure_id)
join reference.disclosure_rules r using (disclosure_rule)
join kinds k using (area_code)
"""

_CELLS = f"""
create temp table cells as
with recursive concerned as (
    select measure_id from ruled where threshold is not null or too_fine
    union
    select unnest([p.measure_id, p.part_id])
    from reference.measure_parts p join concerned c on c.measure_id in (p.measure_id, p.part_id)
),
figures as (
    select
        {_FIGURE},
        any_value(period_start) as period_start,
        any_value(unit) as unit,
        {_COUNT} as count,
        any_value(denominator) as base
    from release_rows semi join concerned using (measure_id)
    group by all
),
before as (
    select
        {_FIGURE},
        list(distinct if(unit = 'count', value, numerator)) as counts,
        bool_or(status = '{SUPPRESSED}') as was_hidden
    from seen_rows semi join concerned using (measure_id)
    group by all
)
select
    row_number() over (order by {_FIGURE}) - 1 as cell_id,
    figures.*,
    null::varchar as implied,
    if(ruled.applies_to = 'groups' and group_id = 'all', null, ruled.threshold) as threshold,
    ruled.protection_width,
    coalesce(ruled.too_fine, false) as too_fine,
    if(list_contains(before.counts, figures.count), figures.count, null) as known,
    coalesce(before.was_hidden, false) as was_hidden
from figures
left join ruled using (measure_id, area_code)
left join before using ({_FIGURE})
"""  # noqa: S608 - constants of this module

_SUMS = """
create temp table families as
with parents as (
    select area_code, 'E23000001' as parent from reference.areas where in_mps
    union all
    select area_code, 'E12000007' from reference.areas where kind = 'borough'
    union all
    select area_code, borough_code from reference.areas where kind = 'ward'
),
pairs as (
    select 'areas' as kind, t.cell_id as total, '' as split, p.cell_id as part
    from cells p join parents using (area_code)
    join cells t using (measure_id, group_id, time_window, period_end)
    where t.area_code = parents.parent
    union all
    -- A group `age/10-14` is part of the group `age` where there is one, else of the whole.
    select 'groups', t.cell_id, regexp_extract(p.group_id, '^(.*)/', 1) as split, p.cell_id
    from cells p
    left join cells g
        on g.measure_id = p.measure_id and g.area_code = p.area_code and g.time_window = p.time_window
        and g.period_end = p.period_end and g.group_id = regexp_extract(p.group_id, '^(.*)/', 1)
    join cells t
        on t.measure_id = p.measure_id and t.area_code = p.area_code and t.time_window = p.time_window
        and t.period_end = p.period_end and t.group_id = coalesce(g.group_id, 'all')
    where p.group_id <> 'all'
    union all
    select 'quarters', t.cell_id, '', p.cell_id
    from cells p join cells t using (measure_id, area_code, group_id)
    where p.time_window = 'quarter' and t.time_window in ('rolling_12m', 'fytd')
        and p.period_end between t.period_start and t.period_end
    union all
    select 'measures', t.cell_id, parts.split, p.cell_id
    from reference.measure_parts parts
    join cells t using (measure_id)
    join cells p on p.measure_id = parts.part_id
        and p.area_code = t.area_code and p.group_id = t.group_id
        and p.time_window = t.time_window and p.period_end = t.period_end
)
select
    row_number() over (order by kind, total, split) - 1 as sum_id,
    kind, total, split, list(part order by part) as parts,
    any_value(t.count) - sum(p.count) as rest,
    greatest(any_value(t.threshold), max(p.threshold)) as threshold,
    greatest(any_value(t.protection_width), max(p.protection_width)) as protection_width
from pairs
join cells t on t.cell_id = total
join cells p on p.cell_id = part
group by kind, total, split
having count(*) = count(p.count) and rest >= 0
    and (kind <> 'quarters'
        or (rest = 0 and 3 * count(*) = date_diff('month', any_value(t.period_start), any_value(t.period_end)) + 1));

insert into cells by name
select
    (select count(*) from cells) + row_number() over (order by sum_id) - 1 as cell_id,
    t.* exclude (cell_id, count, base, threshold, protection_width, too_fine, known, was_hidden, implied),
    'less its ' || trim(f.kind || ' ' || f.split) as implied,
    f.rest as count, f.threshold, f.protection_width, false as too_fine, false as was_hidden
from families f join cells t on t.cell_id = f.total
where f.rest > 0;

create temp table sums as
select sum_id, total as cell_id, 1 as sign from families
union all
select sum_id, unnest(parts), -1 from families
union all
select f.sum_id, c.cell_id, -1
from families f join cells t on t.cell_id = f.total
join cells c on c.implied = 'less its ' || trim(f.kind || ' ' || f.split)
    and c.measure_id = t.measure_id and c.area_code = t.area_code and c.group_id = t.group_id
    and c.time_window = t.time_window and c.period_end = t.period_end
where f.rest > 0
"""

_MENTIONS = """
create temp table mentions as
with own as (select * from cells where implied is null)
select r.rowid as place, unnest($own) as column_name, c.cell_id
from release_rows r join own c using (measure_id, area_code, group_id, time_window, period_end)
union all
select r.rowid, unnest($previous), c.cell_id
from release_rows r join own c using (measure_id, area_code, group_id, time_window)
where c.period_end = last_day(
    (r.period_end - to_years(greatest(1, date_diff('year', r.period_start, r.period_end + 1)::int)))::date)
"""
_OF_FORCE_ROWS = """
insert into mentions
select r.rowid, unnest($force), c.cell_id
from release_rows r join cells c using (measure_id, group_id, time_window, period_end)
where c.implied is null and c.area_code = 'E23000001'
"""
_OF_BASELINE_ROWS = """
insert into mentions
select r.rowid, unnest($baseline), c.cell_id
from release_rows r join cells c using (measure_id, area_code, group_id)
where c.implied is null and c.time_window = 'rolling_12m' and c.period_end = r.baseline_end
"""


def protect_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """Suppress, in the table `release_rows`, what the rules ask for; return what the gate needs to audit it.

    `seen_rows` are those of every release that the public has seen, withdrawn ones too: nobody unsees them. The frames
    are `cells`, `sums` and `mentions`; none holds a count but those that such a release has shown.
    """
    connection.execute(_RULED)
    connection.execute(_CELLS)
    connection.execute(_SUMS)
    columns = dict(
        connection.execute(
            "select column_name, column_type from (describe release_rows)",
        ).fetchall()
    )
    _list_mentions(connection, columns)
    cells = connection.execute("from cells order by cell_id").df()
    sums = connection.execute("from sums order by all").df()
    hidden = choose(cells, sums)
    if len(hidden):
        connection.register("chosen", pd.DataFrame({"cell_id": hidden}))
        connection.execute("create temp table hidden as from chosen")
        _suppress(connection, columns)
    return {
        "cells": cells.drop(columns=["count", "base", "was_hidden"]),
        "sums": sums,
        "mentions": connection.execute("from mentions order by all").df(),
    }


def _list_mentions(connection: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> None:
    """List the columns that state a cell, row by row."""
    own = [
        name
        for name, kind in columns.items()
        if name in _OWN_WORDS or (kind not in ("VARCHAR", "DATE", "BOOLEAN") and name not in _OF_OTHERS)
    ]
    lists = {"own": own, "previous": _OF_PREVIOUS, "force": _OF_FORCE, "baseline": _OF_BASELINE}
    names = {key: str([name for name in held if name in columns]) for key, held in lists.items()}
    connection.execute(Template(_MENTIONS).substitute(names))
    if "mps_rate_per_1000" in columns:
        connection.execute(Template(_OF_FORCE_ROWS).substitute(names))
    if "baseline_end" in columns:
        connection.execute(Template(_OF_BASELINE_ROWS).substitute(names))


def _suppress(connection: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> None:
    """Take the hidden cells from the rows: their own figures, and every other column that states them."""
    hides = "rowid in (select place from mentions semi join hidden using (cell_id) where column_name = '{}')"
    blank = [
        name
        for (name,) in connection.execute(
            "select distinct column_name from mentions semi join hidden using (cell_id) order by all"
        ).fetchall()
    ]
    for name in blank:
        connection.execute(f'update release_rows set "{name}" = null where {hides.format(name)}')  # noqa: S608
    connection.execute(f"update release_rows set {STATUS} = '{SUPPRESSED}' where {hides.format('value')}")  # noqa: S608
    if "comparability" in columns:
        connection.execute(
            f"update release_rows set comparability = '{WITHHELD}' where {hides.format('previous_value')}"  # noqa: S608
        )
