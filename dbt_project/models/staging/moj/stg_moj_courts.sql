-- A court is a group of its region; the whole country is stated apart from its courts, in series of its own.
select
    landed.delivery_id,
    'moj_courts' as feed,
    landed.scope,
    'crown_court_' || landed.measure || if(landed.court is null, '', '_by_court') as series_id,
    names.area_code,
    coalesce(lower(landed.court), 'all') as group_id,
    case
        when landed.measure = 'open' then 'stock'
        when landed.scope = 'timeliness' then 'published'
        else 'quarter'
    end as period_kind,
    landed.period_start,
    landed.period_end,
    landed.value,
    null::double as lower,
    null::double as upper,
    if(landed.value is null, '[x]', null) as status
from {{ source('landing', 'moj_courts') }} as landed
left join {{ ref('area_names') }} as names
    on {{ fold_name("landed.region || if(landed.region = 'England and Wales', '', ' (HMCTS region)')") }} = names.name
