-- Arrests and disposals of the whole force, each characteristic a series of its own: the series of arrests sum to the
-- same, and are never summed with each other.
with described as (
    select
        *,
        unnest(if(
            scope = 'arrests',
            [
                { series_id: 'arrests_by_offence', category: offence },
                { series_id: 'arrests_by_ethnicity', category: ethnicity },
                { series_id: 'arrests_by_sex', category: gender },
                { series_id: 'arrests_by_age', category: age_group }
            ],
            [{ series_id: 'disposals', category: disposal }]
        )) as described
    from {{ source('landing', 'mps_custody') }}
)

select
    delivery_id,
    'mps_custody' as feed,
    scope,
    described.series_id,
    'E23000001' as area_code,
    lower(trim(described.category)) as group_id,
    'month' as period_kind,
    period_start,
    period_end,
    sum(counted)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from described
group by all
