select
    delivery_id,
    'moj_reoffending_by_offence' as feed,
    scope,
    -- Not the rate of a cohort of twelve months, and not comparable with it.
    'reoffending_rate_annual_average' as series_id,
    'K04000001' as area_code,
    scope || '/' || if(starts_with(index_offence, 'all '), 'all', index_offence) as group_id,
    'published' as period_kind,
    period_start,
    period_end,
    rate as value,
    null::double as lower,
    null::double as upper,
    if(symbol = '*', '[c]', null) as status
from {{ source('landing', 'moj_reoffending_by_offence') }}
