select
    landed.delivery_id,
    'home_office_recorded_crime_pfa' as feed,
    landed.scope,
    'recorded_crime_pfa' as series_id,
    -- What the fraud bureaus record is of no force.
    if(starts_with(landed.region, 'Fraud: '), 'K04000001', names.area_code) as area_code,
    lower(if(starts_with(landed.region, 'Fraud: '), 'fraud/', '') || landed.offence) as group_id,
    'published' as period_kind,
    landed.period_start,
    landed.period_end,
    landed.offences::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'home_office_recorded_crime_pfa') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_force('landed.force') }} = names.name
