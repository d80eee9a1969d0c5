-- Places are summed to boroughs: wards have names alone, and counts under 5 of one must not be shown. Each sheet counts
-- the same again, so each is a series of its own.
with described as (
    select
        *,
        case scope
            when 'offences/location' then 'vawg_offences'
            when 'offences/classification' then 'vawg_offences_by_classification'
            when 'victims/age' then 'vawg_victims_by_age'
            else 'vawg_victims_by_ethnicity'
        end as series_id
    from {{ source('landing', 'mps_vawg') }}
)

select
    described.delivery_id,
    'mps_vawg' as feed,
    described.scope,
    described.series_id,
    if(described.borough_name is null, 'E23000001', coalesce(names.area_code, 'MPS-UNKNOWN')) as area_code,
    coalesce(lower(described.category), 'all offences') as group_id,
    'month' as period_kind,
    described.period_start,
    described.period_end,
    sum(described.counted)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from described
left join {{ ref('area_names') }} as names on {{ fold_name('described.borough_name') }} = names.name
group by all
