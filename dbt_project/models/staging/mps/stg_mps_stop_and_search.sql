-- Each search is counted once in each series: by object and outcome, and by each characteristic of the person and
-- whether anything came of it. A vehicle that was searched alone is no person.
{%- set groups = {
    'searches_by_officer_ethnicity': 'officer_defined',
    'searches_by_self_ethnicity': 'self_defined',
    'searches_by_age': 'age_group',
    'searches_by_sex': 'sex',
} %}
with searches as (
    select
        landed.delivery_id,
        landed.scope,
        landed.period_start,
        landed.period_end,
        names.area_code,
        -- `1 No further action`: reasons and outcomes begin with their number.
        {{ fold_words("regexp_replace(landed.reason, '^[0-9]+', '')") }} as object,
        {{ fold_words("regexp_replace(landed.outcome, '^[0-9]+', '')") }} as came_of_it,
        if(landed.outcome ilike '%no further action', 'no further action', 'further action') as result,
        case
            when landed.officer_defined_ethnicity in ('Asian', 'Black', 'White', 'Other')
                then lower(landed.officer_defined_ethnicity)
            else 'unknown'
        end as officer_defined,
        case landed.self_defined_ethnicity
            when 'A' then 'asian'
            when 'B' then 'black'
            when 'M' then 'mixed'
            when 'W' then 'white'
            when 'O' then 'other'
            else 'unknown'
        end as self_defined,
        coalesce(lower(landed.age_group), 'unknown') as age_group,
        coalesce(lower(landed.sex), 'unknown') as sex,
        coalesce(lower(landed.subject), '') not in ('vehicle', 'vehicle only') as is_person,
        landed.searches
    from {{ source('landing', 'mps_stop_and_search') }} as landed
    left join {{ ref('area_names') }} as names
        on names.name = case
            when landed.area_name ilike '%airport%' then 'heathrow and london city airports'
            when landed.area_name is null or landed.area_name ilike 'not %' then 'unknown'
            else {{ fold_name('landed.area_name') }}
        end
),

divided as (
    select
        *,
        'searches_by_object' as series_id,
        object || '/' || came_of_it as group_id
    from searches
    {% for series, column in groups.items() %}
        union all
        select
            *,
            '{{ series }}' as series_id,
            {{ column }} || '/' || result as group_id
        from searches
        where is_person
    {% endfor %}
)

select
    delivery_id,
    'mps_stop_and_search' as feed,
    scope,
    series_id,
    area_code,
    group_id,
    'month' as period_kind,
    period_start,
    period_end,
    sum(searches)::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from divided
group by all
