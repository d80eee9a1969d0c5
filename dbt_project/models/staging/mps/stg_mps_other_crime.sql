-- What vintages of the file call differently has one name here, and each crime is a series of its own.
with named as (
    select
        *,
        case
            when lower(crime_subtype) = 'lethal barrel discharge' then 'gun_crime'
            when lower(crime_type) in ('domestic abuse', 'gun crime', 'hate crime')
                then replace(lower(crime_type), ' ', '_')
            else 'mobile_phone'
        end as crime,
        case lower(crime_subtype)
            when 'anti-semitic' then 'antisemitic'
            when 'transgender crime' then 'transphobic crime'
            when 'personal robbery' then 'gun crime personal robbery'
            else lower(crime_subtype)
        end as subtype
    from {{ source('landing', 'mps_other_crime') }}
    where
        -- The rows of neighbourhood teams count the same offences again; the TNO subtypes count another file's.
        area_type = 'Borough'
        and not starts_with(lower(crime_subtype), 'tno ')
)

select
    named.delivery_id,
    'mps_other_crime' as feed,
    named.scope,
    named.crime || if(named.measure = 'Offences', '_offences', '_outcomes') as series_id,
    names.area_code,
    -- Subtypes overlap: `gun crime` holds the others of its series, and so on.
    named.subtype as group_id,
    'month' as period_kind,
    named.period_start,
    named.period_end,
    sum(named.counted)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from named
left join {{ ref('area_names') }} as names on {{ fold_name(dashboard_place('named')) }} = names.name
group by all
