-- Records are counted once a delivery: a table that is added to, where other feeds have a view. Each series counts
-- every search once, by one characteristic, so no two are summed. What is blank is a group, `unknown`.
{{ config(materialized='incremental', incremental_strategy='append') }}

with searches as (
    select
        delivery_id,
        scope,
        period_start,
        period_end,
        'all' as everything,
        lower(gender) as gender,
        age_range,
        lower(officer_defined_ethnicity) as officer_defined_ethnicity,
        -- Chinese people are counted as Asian throughout, as since the census of 2011.
        case
            when self_defined_ethnicity ilike '%not stated%' then null
            when self_defined_ethnicity ilike 'asian%' or self_defined_ethnicity ilike '%- chinese%' then 'asian'
            when self_defined_ethnicity ilike 'black%' then 'black'
            when self_defined_ethnicity ilike 'mixed%' then 'mixed'
            when self_defined_ethnicity ilike 'white%' then 'white'
            when self_defined_ethnicity is not null then 'other'
        end as self_defined_ethnicity,
        lower(object_of_search) as object_of_search,
        -- The words of 2015 as they were put later.
        case outcome
            when 'Nothing found - no further action' then 'a no further action disposal'
            when 'Suspect arrested' then 'arrest'
            when 'Local resolution' then 'community resolution'
            when 'Offender cautioned' then 'caution (simple or conditional)'
            when 'Offender given penalty notice' then 'penalty notice for disorder'
            when 'Suspect summonsed to court' then 'summons / charged by post'
            else lower(outcome)
        end as outcome
    from {{ source('landing', 'police_uk_stop_and_search') }}
    where {{ only_new_deliveries() }}
)

{% set series = {
    'stop_searches': 'everything',
    'stop_searches_by_sex': 'gender',
    'stop_searches_by_age': 'age_range',
    'stop_searches_by_officer_defined_ethnicity': 'officer_defined_ethnicity',
    'stop_searches_by_self_defined_ethnicity': 'self_defined_ethnicity',
    'stop_searches_by_object': 'object_of_search',
    'stop_searches_by_outcome': 'outcome',
} %}
{% for series_id, characteristic in series.items() %}
    select
        delivery_id,
        'police_uk_stop_and_search' as feed,
        scope,
        '{{ series_id }}' as series_id,
        -- The force that searched: where, is not published of most searches.
        case scope
            when 'metropolitan' then 'E23000001'
            when 'city-of-london' then 'E23000034'
            else 'BTP'
        end as area_code,
        coalesce({{ characteristic }}, 'unknown') as group_id,
        'month' as period_kind,
        period_start,
        period_end,
        count(*)::double as value,
        null::double as lower,
        null::double as upper,
        null::varchar as status
    from searches
    group by all
    {% if not loop.last %}union all{% endif %}
{% endfor %}
