-- Which groups of which series make up each measure, as they occur in the landed data. What is divided by the
-- population of each group is made in int_relative_rates.
with groups as (
    select distinct series_id, group_id
    from {{ ref('int_delivery_groups') }}
)

select
    measure_series.measure_id,
    measure_series.role,
    measure_series.absent_is_zero,
    groups.series_id,
    groups.group_id
from groups
inner join {{ ref('measure_series') }} as measure_series
    on groups.series_id = measure_series.series_id
    and {{ matches_group('groups.group_id', 'measure_series.group_id') }}
inner join {{ ref('measure_registry') }} as measures using (measure_id)
where measures.denominator_series is distinct from 'population_groups'
