with landed as (
    select
        *,
        lower(scope || '/' || adult_juvenile || '/' || subcategory)
        || if(second_subcategory = '-', '', '/' || lower(second_subcategory)) as group_id
    from {{ source('landing', 'moj_proven_reoffending') }}
)

select
    landed.delivery_id,
    'moj_proven_reoffending' as feed,
    landed.scope,
    'reoffending_' || landed.counted as series_id,
    names.area_code,
    landed.group_id,
    'cohort' as period_kind,
    landed.period_start,
    landed.period_end,
    landed.value::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from (unpivot landed on offenders, reoffenders, reoffences into name counted value value) as landed
left join {{ ref('area_names') }} as names on {{ fold_name('landed.region') }} = names.name
