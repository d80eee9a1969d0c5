-- Which groups of which series make up each measure, as they occur in the landed data.
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
    and (
        measure_series.group_id in ('*', groups.group_id)
        or (
            ends_with(measure_series.group_id, '/*')
            and starts_with(groups.group_id, left(measure_series.group_id, -1))
        )
    )
