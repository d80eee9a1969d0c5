-- Courts are groups of their region. A region's open cases are those of its courts, as far as they are stated: a blank
-- is a court that had no row in that quarter. A year on means the same quarter one year before.
with stated as (
    select
        observations.area_code,
        unnest(
            if(observations.series_id = 'crown_court_open_by_court', ['all', observations.group_id], ['all'])
        ) as court,
        case observations.series_id
            when 'crown_court_receipts' then 'cases received'
            when 'crown_court_disposals' then 'cases disposed of'
            when 'crown_court_median_days' then 'median days from offence to completion'
            when 'crown_court_mean_days' then 'mean days from offence to completion'
            else 'open cases'
        end as measure,
        observations.period_start,
        observations.period_end,
        observations.value,
        observations.vintage_on
    from {{ ref('observations') }} as observations
    where observations.feed = 'moj_courts'
),

figures as (
    select
        area_code,
        court,
        measure,
        period_start,
        period_end,
        {{ exact_sum('value') }} as value,
        max(vintage_on) as vintage_on
    from stated
    group by all
),

compared as (
    select
        now.*,
        if(redefined.label is null, before.value, null) as previous_value,
        redefined.label as comparability
    from figures as now
    left join figures as before
        on now.area_code = before.area_code
        and now.court = before.court
        and now.measure = before.measure
        and before.period_end = last_day((now.period_end - interval 1 year)::date)
    left join {{ ref('redefinitions') }} as redefined
        on before.vintage_on < redefined.published_from
        and now.vintage_on >= redefined.published_from
        and redefined.feed = 'moj_courts'
)

select
    compared.area_code,
    areas.area_name,
    compared.court,
    compared.measure,
    if(contains(compared.measure, 'days'), 'days', 'cases') as unit,
    {{ quarter_label('compared.period_end') }} as quarter,
    compared.period_start,
    compared.period_end,
    compared.value,
    compared.previous_value,
    compared.value - compared.previous_value as change,
    {{ change_pct('compared.previous_value', 'compared.value') }} as change_pct,
    compared.comparability,
    if(compared.value is null, '[x]', null) as status,
    compared.vintage_on
from compared
inner join {{ ref('areas') }} as areas using (area_code)
