-- Files may hold the authorities of England and Wales; those of London are areas here. Single years of age come as
-- bands, so fine that the bands of every source that counts people by age are made of whole ones.
with residents as (
    select
        *,
        case scope
            when 'ethnic_group' then lower(regexp_extract(category, '^\w+'))
            when 'sex' then lower(category)
        end as major,
        regexp_replace(lower(split_part(category, ': ', 2)), '[^a-z ]', '', 'g') as minor,
        if(category = 'Aged under 1 year', 0, try_cast(regexp_extract(category, '\d+') as int)) as age,
        age // 5 * 5 as band_start
    from {{ source('landing', 'ons_population_groups') }}
    where category <> 'Does not apply' and area_code in (select area_code from {{ ref('areas') }})
)

select
    delivery_id,
    'ons_population_groups' as feed,
    scope,
    'residents_by_' || scope as series_id,
    area_code,
    case
        when scope = 'ethnic_group' then major || '/' || minor
        when scope = 'sex' then major
        when age < 10 then '0-9'
        when age between 15 and 17 then '15-17'
        when age between 18 and 19 then '18-19'
        when age < 65 then band_start || '-' || band_start + 4
        else '65+'
    end as group_id,
    'stock' as period_kind,
    period_start,
    period_end,
    sum(residents)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from residents
group by all
