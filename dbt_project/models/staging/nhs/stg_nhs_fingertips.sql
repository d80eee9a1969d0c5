select
    delivery_id,
    'nhs_fingertips' as feed,
    scope,
    'fingertips_' || indicator_id as series_id,
    area_code,
    lower(sex || '/' || age) as group_id,
    'published' as period_kind,
    period_start,
    period_end,
    value,
    lower_95 as lower,
    upper_95 as upper,
    if(value is null, '[x]', null) as status
from {{ source('landing', 'nhs_fingertips') }}
-- Deprivation deciles carry the code of England and are not places.
where category is null
