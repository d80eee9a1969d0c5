-- Summed to boroughs: two and a half million cells a delivery would be most of the observations, and no measure is made
-- of them. So summed they show how much of a borough's crime was placed; the areas themselves stay in landing.
select
    delivery_id,
    'mps_recorded_crime_lsoa' as feed,
    scope,
    -- A series of its own: sexual offences and what was not placed are not in it, so it never adds up to a borough.
    'recorded_offences_by_lsoa' as series_id,
    borough_code as area_code,
    replace(lower(major_category || '/' || minor_category), ',', '') as group_id,
    'month' as period_kind,
    period_start,
    period_end,
    sum(offences)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mps_recorded_crime_lsoa') }}
group by all
