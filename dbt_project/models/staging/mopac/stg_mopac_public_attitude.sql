select
    landed.delivery_id,
    'mopac_public_attitude' as feed,
    landed.scope,
    if(names.area_code = 'E23000001', 'public_attitude_mps', 'public_attitude') as series_id,
    names.area_code,
    lower(landed.measure) as group_id,
    'published' as period_kind,
    landed.period_start,
    landed.period_end,
    -- Two decimals of a share are whole per cents; the product alone would make 0.57 a hair more than 57.
    round(100 * landed.proportion, 6) as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mopac_public_attitude') }} as landed
left join {{ ref('area_names') }} as names on {{ fold_name('landed.area_name') }} = names.name
