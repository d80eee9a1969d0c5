select
    landed.delivery_id,
    'mps_homicide_victims' as feed,
    landed.scope,
    'homicide_victims' as series_id,
    names.area_code,
    -- The file lacks the space in `13 to19`.
    lower(landed.domestic_abuse || '/' || replace(landed.age_group, 'to19', 'to 19')) as group_id,
    'month' as period_kind,
    landed.period_start,
    landed.period_end,
    sum(landed.victims)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mps_homicide_victims') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_name('landed.area_name') }} = names.name
group by all
