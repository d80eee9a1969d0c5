select
    landed.delivery_id,
    'tfl_road_casualties' as feed,
    landed.scope,
    -- A code of one digit and a space come before the text.
    'road_casualties_' || lower(landed.severity[3:]) as series_id,
    names.area_code,
    replace(lower(landed.mode[3:]), ' ', '_') as group_id,
    'year' as period_kind,
    landed.period_start,
    landed.period_end,
    count(*)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'tfl_road_casualties') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_name('landed.area_name') }} = names.name
group by all
