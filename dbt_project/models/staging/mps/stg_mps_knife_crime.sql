select
    landed.delivery_id,
    'mps_knife_crime' as feed,
    landed.scope,
    if(landed.measure = 'Offences', 'knife_crime_offences', 'knife_crime_outcomes') as series_id,
    names.area_code,
    -- Subtypes overlap: `knife crime` holds the others.
    regexp_replace(lower(landed.crime_subtype), '[()]', '', 'g') as group_id,
    'month' as period_kind,
    landed.period_start,
    landed.period_end,
    sum(landed.counted)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mps_knife_crime') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_name(dashboard_place('landed')) }} = names.name
-- The rows of neighbourhood teams count the same offences again. Several areas are not placed in a borough, among
-- them other forces' areas; the publisher's total has them, so they count as not placed.
where landed.area_type = 'Borough'
group by all
