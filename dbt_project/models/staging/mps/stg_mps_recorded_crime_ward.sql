select
    delivery_id,
    'mps_recorded_crime_ward' as feed,
    scope,
    -- A series of its own: what was not placed in a ward is not in it, so it never adds up to a borough or the force.
    'recorded_offences_by_ward' as series_id,
    ward_code as area_code,
    replace(lower(major_category || '/' || minor_category), ',', '') as group_id,
    'month' as period_kind,
    period_start,
    period_end,
    offences::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mps_recorded_crime_ward') }}
