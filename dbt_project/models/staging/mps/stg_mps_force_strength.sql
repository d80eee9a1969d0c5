select
    landed.delivery_id,
    'mps_force_strength' as feed,
    landed.scope,
    'workforce_strength' as series_id,
    'E23000001' as area_code,
    landed.role as group_id,
    'stock' as period_kind,
    landed.period_start,
    landed.period_end,
    landed.value::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from (
    unpivot {{ source('landing', 'mps_force_strength') }}
    on officers, staff, pcsos into name role value value
) as landed
