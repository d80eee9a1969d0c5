select
    landed.delivery_id,
    'tfl_bus_safety' as feed,
    landed.scope,
    'bus_injuries' as series_id,
    names.area_code,
    -- One of the results is written with a dash.
    lower(landed.event_type || '/' || replace(landed.injury_result, '–', '-')) as group_id,
    'month' as period_kind,
    landed.period_start,
    landed.period_end,
    count(*)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'tfl_bus_safety') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_name('landed.area_name') }} = names.name
group by all
