select
    landed.delivery_id,
    'mps_recorded_crime_borough' as feed,
    landed.scope,
    'recorded_offences' as series_id,
    names.area_code,
    -- Eras differ in case and commas; what they rename or split stays apart, as different groups.
    replace(lower(landed.major_category || '/' || landed.minor_category), ',', '') as group_id,
    'month' as period_kind,
    landed.period_start,
    landed.period_end,
    landed.offences::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mps_recorded_crime_borough') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_name('landed.area_name') }} = names.name
