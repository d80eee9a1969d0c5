-- By sex and by rank, each for itself: what the disproportionality models compare is one characteristic at a time.
{% for name in ('sex', 'rank') %}
    select
        delivery_id,
        'home_office_workforce_open_data' as feed,
        scope,
        replace(worker, ' ', '_') || '_' || unit || '_by_{{ name }}' as series_id,
        area_code,
        lower({{ name }}) as group_id,
        'stock' as period_kind,
        period_start,
        period_end,
        -- A part that is not available makes the sum unknown.
        if(count(*) = count(people), {{ exact_sum('people') }}, null) as value,
        null::double as lower,
        null::double as upper,
        if(count(*) = count(people), null, '[x]') as status
    from {{ source('landing', 'home_office_workforce_open_data') }}
    where area_code is not null
    group by all
    {% if not loop.last %}union all{% endif %}
{% endfor %}
