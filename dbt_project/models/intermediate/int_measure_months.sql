-- Numerators and denominators of the monthly measures, by month (by year where the source has no months), for each
-- area, the whole force and London, and for all groups together and each group that the registry shows.
with parts as (
    select
        groups.measure_id,
        groups.role,
        months.area_code,
        months.month_start,
        months.period_end,
        if(measures.breakdown is null, ['all'], ['all', months.group_id]) as group_ids,
        months.value,
        months.vintage_on,
        months.statement_number
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_measure_groups') }} as groups using (series_id, group_id)
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
),

-- A file that leaves out rows of zeros is still a complete statement of its months: where a delivery states a
-- category at all, an area of the series without a row for it had none there. A category that a delivery does not
-- state is not zero but unknown. An area that the publisher has given up counts as one with none.
zeros as (
    select distinct
        groups.measure_id,
        groups.role,
        areas.area_code,
        coverage.period_start as month_start,
        coverage.period_end,
        if(measures.breakdown is null, ['all'], ['all', groups.group_id]) as group_ids,
        0.0 as value,
        coverage.vintage_on,
        coverage.statement_number
    from ({{ coverage_as_of("'infinity'::date") }}) as latest
    inner join {{ ref('int_coverage') }} as coverage
        using (feed, scope, period_start, period_end, delivery_id)
    inner join {{ ref('int_delivery_groups') }} as delivered using (delivery_id, scope)
    inner join {{ ref('int_measure_groups') }} as groups using (series_id, group_id)
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    inner join (select distinct series_id, area_code from {{ ref('int_months') }}) as areas using (series_id)
    where groups.absent_is_zero and delivered.period_kind in ('month', 'quarter', 'year')
),

stated as (
    select * from parts
    union all by name
    select * from zeros
),

-- London has the City too, which no file of the MPS states. Few measures do, so their rows are chosen before the join.
placed as (
    select * from stated
    union all
    select * replace ('E12000007' as area_code)
    from stated
    where
        area_code in (select area_code from {{ ref('areas') }} where kind = 'borough')
        and measure_id in (select measure_id from parts where area_code = 'E09000001')
),

areas as (
    select area_code, area_code as shown_as from {{ ref('areas') }}
    union all
    select area_code, 'E23000001' as shown_as from {{ ref('areas') }} where in_mps
)

select
    measure_id,
    role,
    areas.shown_as as area_code,
    shown.group_id,
    month_start,
    period_end,
    -- A part that the source does not give makes the sum unknown, not smaller.
    if(count(*) = count(value), {{ exact_sum('value') }}, null) as value,
    max(vintage_on) as vintage_on,
    min(statement_number) as statement_number
from placed
inner join areas using (area_code)
cross join lateral (select unnest(group_ids) as group_id) as shown
group by all
