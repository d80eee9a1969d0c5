-- Two kinds of rows: assaults in England by cause (ICD-10 X85 to Y09), and admissions to the hospitals of England and
-- of the commissioning region of London. An age is of consultant episodes, never of admissions.
with causes as (
    select
        *,
        case
            when measure = 'fae_sum' then 'assault_admissions'
            when measure = 'fce_sum' then 'assault_episodes'
            -- A band of ages that begins below 25 ends below it.
            when try_cast(regexp_extract(measure, '^age_([0-9]+)', 1) as int) < 25 then 'assault_episodes_under_25'
        end as series_id
    from {{ source('landing', 'nhs_admitted_care') }}
    -- A code of three characters holds those of four.
    where starts_with(category, 'CAUSE_3') and code between 'X85' and 'Y09'
)

select
    delivery_id,
    'nhs_admitted_care' as feed,
    scope,
    series_id,
    'E92000001' as area_code,
    lower(code) as group_id,
    'published' as period_kind,
    period_start,
    period_end,
    sum(value) as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from causes
where series_id is not null
group by all
union all
select
    landed.delivery_id,
    'nhs_admitted_care' as feed,
    landed.scope,
    'hospital_admissions' as series_id,
    names.area_code,
    if(landed.measure = 's00_t98', 'injury and poisoning', 'emergency') as group_id,
    'published' as period_kind,
    landed.period_start,
    landed.period_end,
    landed.value,
    -- Below England 1 to 7 is suppressed, and a count other than 0 is rounded to the nearest 5; in England none is.
    case
        when landed.organisation_level = 'ENGLAND' then null
        when landed.symbol = '*' then 1
        else greatest(landed.value - 2, 0)
    end as lower,
    case
        when landed.organisation_level = 'ENGLAND' then null
        when landed.symbol = '*' then 7
        else landed.value + if(landed.value = 0, 0, 2)
    end as upper,
    if(landed.symbol = '*', '[c]', null) as status
from {{ source('landing', 'nhs_admitted_care') }} as landed
inner join {{ ref('area_names') }} as names on {{ fold_name('landed.organisation') }} = names.name
where
    landed.scope = 'providers'
    and landed.organisation_level in ('ENGLAND', 'REGION')
    and landed.measure in ('fae_emergency_sum', 's00_t98')
