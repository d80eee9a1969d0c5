select
    landed.delivery_id,
    'home_office_workforce' as feed,
    landed.scope,
    'workforce_' || landed.unit as series_id,
    names.area_code,
    case landed.worker
        when 'Police officers' then 'officers'
        when 'Police staff' then 'staff'
        when 'Police community support officers' then 'pcsos'
        else replace(lower(landed.worker), 'police staff', 'staff')
    end as group_id,
    'stock' as period_kind,
    landed.period_start,
    landed.period_end,
    landed.people as value,
    null::double as lower,
    null::double as upper,
    if(landed.people is null, '[x]', null) as status
from {{ source('landing', 'home_office_workforce') }} as landed
left join {{ ref('area_names') }} as names
    on
    case landed.level
        when 'force' then {{ fold_force('landed.area_name') }}
        when 'region' then {{ fold_name('landed.area_name') }}
        else 'england and wales'
    end
    = names.name
-- England and Wales is its 43 forces: the total beyond them has officers lent to the centre and on the railways.
where landed.level <> 'total' or landed.area_name = 'Total 43 forces'
