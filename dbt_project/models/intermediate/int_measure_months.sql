-- Numerators and denominators of the monthly measures, by month, for each area and the whole force, and for
-- all groups together and each group that the registry shows.
with parts as (
    select
        groups.measure_id,
        groups.role,
        months.area_code,
        months.month_start,
        if(measures.breakdown is null, ['all'], ['all', months.group_id]) as group_ids,
        months.value,
        months.vintage_on,
        months.statement_number
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_measure_groups') }} as groups using (series_id, group_id)
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
),

-- A file that leaves out rows of zeros is still a complete statement of its months: an area, or a pseudo area
-- that the publisher has given up, without a row for a category had none there.
zeros as (
    select distinct
        groups.measure_id,
        groups.role,
        areas.area_code,
        months.month_start,
        ['all'] as group_ids,
        0.0 as value,
        months.vintage_on,
        months.statement_number
    from (
        select distinct series_id, month_start, vintage_on, statement_number
        from {{ ref('int_months') }}
    ) as months
    inner join (
        select distinct measure_id, role, series_id
        from {{ ref('int_measure_groups') }}
        where absent_is_zero
    ) as groups using (series_id)
    cross join (select area_code from {{ ref('areas') }} where in_mps) as areas
),

stated as (
    select * from parts
    union all by name
    select * from zeros
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
    -- A part that the source does not give makes the sum unknown, not smaller.
    if(count(*) = count(value), {{ exact_sum('value') }}, null) as value,
    max(vintage_on) as vintage_on,
    min(statement_number) as statement_number
from stated
inner join areas using (area_code)
cross join lateral (select unnest(group_ids) as group_id) as shown
group by all
