select
    delivery_id,
    'tfl_journeys' as feed,
    scope,
    'transport_journeys' as series_id,
    'E12000007' as area_code,
    -- Crime on the Underground and the DLR is published together until 2016/17, so journeys are too.
    if(mode in ('underground', 'dlr'), 'underground_dlr', mode) as group_id,
    'four_weeks' as period_kind,
    period_start,
    period_end,
    {{ exact_sum('journeys_millions') }} as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'tfl_journeys') }}
group by all
