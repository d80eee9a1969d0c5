-- Records are counted once a delivery: a table that is added to, where other feeds have a view.
{{ config(materialized='incremental', incremental_strategy='append') }}

select
    landed.delivery_id,
    'police_uk_outcomes' as feed,
    landed.scope,
    'street_crime_outcomes' as series_id,
    places.area_code,
    lower(landed.outcome) as group_id,
    'month' as period_kind,
    landed.period_start,
    landed.period_end,
    count(*)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from (
    from {{ source('landing', 'police_uk_outcomes') }}
    where {{ only_new_deliveries() }}
) as landed
inner join (from {{ ref('int_police_uk_places') }} where feed = 'police_uk_outcomes') as places
    on landed.delivery_id = places.delivery_id
    and landed.scope = places.scope
    and landed.period_start = places.period_start
    and (landed.longitude is not null) = places.is_located
    and coalesce(landed.lsoa_code, '') = coalesce(places.lsoa_code, '')
group by all
