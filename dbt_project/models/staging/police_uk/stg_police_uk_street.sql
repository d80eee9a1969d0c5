-- Records are counted once a delivery: a table that is added to, where other feeds have a view.
{{ config(materialized='incremental', incremental_strategy='append') }}

with counted as (
    select
        delivery_id,
        scope,
        period_start,
        period_end,
        lsoa_code,
        longitude is not null as is_located,
        lower(crime_type) as crime_type,
        coalesce(lower(last_outcome), 'none stated') as last_outcome,
        count(*) as crimes
    from {{ source('landing', 'police_uk_street') }}
    where {{ only_new_deliveries() }}
    group by all
),

placed as (
    select
        counted.*,
        places.census,
        places.area_code
    from counted
    inner join (from {{ ref('int_police_uk_places') }} where feed = 'police_uk_street') as places
        on counted.delivery_id = places.delivery_id
        and counted.scope = places.scope
        and counted.period_start = places.period_start
        and counted.is_located = places.is_located
        and coalesce(counted.lsoa_code, '') = coalesce(places.lsoa_code, '')
),

-- Each of these counts every record once, so they are series of their own and never summed with each other. Wards are
-- of the crimes in the 32 boroughs alone: small areas do not reach most wards of the City. Where a small area of 2011
-- lies in several wards, its crimes are shared out as its residents are.
figures as (
    select
        placed.* exclude (crimes, crime_type, last_outcome, lsoa_code, is_located, census),
        series.series_id,
        if(series.series_id = 'street_crimes', placed.crime_type, placed.last_outcome) as group_id,
        sum(placed.crimes)::double as value,
        null::varchar as status
    from placed
    cross join (values ('street_crimes'), ('street_crimes_by_last_outcome')) as series (series_id)
    group by all
    union all by name
    select
        placed.delivery_id,
        placed.scope,
        placed.period_start,
        placed.period_end,
        lookup.ward_code as area_code,
        'street_crimes_by_ward' as series_id,
        placed.crime_type as group_id,
        {{ exact_sum('placed.crimes * lookup.share') }} as value,
        if(bool_or(lookup.share < 1), '[e]', null) as status
    from placed
    inner join {{ ref('int_lsoa_wards') }} as lookup
        on placed.census = lookup.census
        and placed.lsoa_code = lookup.lsoa_code
        and year(placed.period_start) between lookup.from_year and lookup.to_year
    where lookup.borough_code <> 'E09000001'
    group by all
)

select
    delivery_id,
    'police_uk_street' as feed,
    scope,
    series_id,
    area_code,
    group_id,
    'month' as period_kind,
    period_start,
    period_end,
    value,
    null::double as lower,
    null::double as upper,
    status
from figures
