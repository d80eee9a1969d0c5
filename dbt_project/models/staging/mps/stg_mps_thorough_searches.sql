-- Each search is counted once in each series, for its command unit and for the force; one whose area is no command unit
-- counts for the force alone.
{%- set groups = {
    'thorough_searches': 'search_type',
    'thorough_searches_by_officer_ethnicity': 'officer_defined',
    'thorough_searches_by_age': 'age_group',
    'thorough_searches_by_sex': 'sex',
} %}
with searches as (
    select
        landed.delivery_id,
        landed.scope,
        landed.period_start,
        landed.period_end,
        {{ fold_name('landed.area_name') }} as area_name,
        {{ fold_words('landed.search_type') }} as search_type,
        case
            when landed.officer_defined_ethnicity in ('Asian', 'Black', 'White', 'Other')
                then lower(landed.officer_defined_ethnicity)
            else 'unknown'
        end as officer_defined,
        coalesce(lower(landed.age_group), 'unknown') as age_group,
        coalesce(lower(landed.sex), 'unknown') as sex,
        landed.searches
    from {{ source('landing', 'mps_thorough_searches') }} as landed
),

-- `West` and `West Area` are one.
units as (
    select area_code, replace({{ fold_name('area_name') }}, ' command unit', '') as area_name
    from {{ ref('areas') }}
    where kind = 'bcu'
),

placed as (
    select searches.*, 'E23000001' as area_code
    from searches
    union all
    select searches.*, units.area_code
    from searches
    inner join units on units.area_name in (searches.area_name, searches.area_name || ' area')
)

{% for series, column in groups.items() %}
    select
        delivery_id,
        'mps_thorough_searches' as feed,
        scope,
        '{{ series }}' as series_id,
        area_code,
        {{ column }} as group_id,
        'month' as period_kind,
        period_start,
        period_end,
        sum(searches)::double as value,
        null::double as lower,
        null::double as upper,
        null::varchar as status
    from placed
    group by all
    {% if not loop.last %}union all{% endif %}
{% endfor %}
