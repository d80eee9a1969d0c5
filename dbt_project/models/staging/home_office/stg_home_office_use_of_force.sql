-- One series a characteristic, so that each can be compared with the population: tactics of all kinds and those with a
-- conducted energy device. Chinese, which one edition states alone, is a part of Asian. Beside them, tactics by type of
-- force, incidents, and incidents with such a device by its highest use.
with landed as (
    select
        landed.*,
        names.area_code,
        trim(regexp_replace(lower(landed.category), ' [(].*[)]|''|^ced ', '', 'g')) as category_id
    from {{ source('landing', 'home_office_use_of_force') }} as landed
    left join {{ ref('area_names') }} as names
        on
        if(landed.level = 'force', {{ fold_force('landed.area_name') }}, {{ fold_name('landed.area_name') }})
        = names.name
),

grouped as (
    select
        *,
        if(tactic = 'Total Tactics', 'use_of_force_by_', 'taser_by_')
        || case scope when 'gender' then 'sex' else replace(scope, ' ', '_') end as series_id,
        if(category_id = 'chinese', 'asian/chinese', category_id) as group_id
    from landed
    where
        scope not in ('incidents', 'ced incidents')
        and category <> 'Number of times tactic reported'
        and tactic in ('Total Tactics', 'CED of which', 'CED')
    union all
    select
        *,
        'use_of_force_by_type' as series_id,
        lower(type_of_force) as group_id
    from landed
    -- Every table by person states the same totals; tactical communication is no force by the publisher's count.
    where
        scope = 'gender'
        and category = 'Number of times tactic reported'
        and starts_with(tactic, 'Total ')
        and tactic not in ('Total Tactics', 'Total Not reported')
    union all
    select
        *,
        'use_of_force_incidents' as series_id,
        'all' as group_id
    from landed
    where scope = 'incidents'
    union all
    select
        *,
        'taser_incidents' as series_id,
        category_id as group_id
    from landed
    where scope = 'ced incidents' and not starts_with(category, 'Total')
)

select
    delivery_id,
    'home_office_use_of_force' as feed,
    scope,
    series_id,
    area_code,
    group_id,
    'year' as period_kind,
    period_start,
    period_end,
    used::double as value,
    null::double as lower,
    null::double as upper,
    if(used is null, '[x]', null) as status
from grouped
