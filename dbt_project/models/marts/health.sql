-- What the registry has of hospitals as it stands there, and beside it the open counts of admissions and episodes, each
-- with the interval that disclosure control leaves and, apart from it, that of chance.
with registered as (
    select
        measure_name as measure,
        'admissions for each 100,000 residents, age-standardised, three financial years' as unit,
        'residence' as counted_by,
        area_code,
        group_id as cause,
        period_start,
        period_end,
        value,
        lower,
        upper,
        previous_value,
        change as change_pct,
        assessment,
        is_provisional,
        vintage_on
    from {{ ref('int_comparisons') }}
    where measure_id = 'nhs_violence_admissions_rate'
),

counted as (
    select
        case series_id
            when 'assault_admissions' then 'Admissions for assault'
            when 'assault_episodes' then 'Consultant episodes for assault'
            when 'assault_episodes_under_25' then 'Consultant episodes for assault, people aged under 25'
            else 'Admissions to hospital'
        end as measure,
        if(contains(series_id, 'episodes'), 'consultant episodes', 'admissions') as unit,
        'hospital' as counted_by,
        area_code,
        group_id as cause,
        period_start,
        period_end,
        value,
        coalesce(lower, value) as least,
        coalesce(upper, value) as most,
        status,
        vintage_on
    from {{ ref('observations') }}
    where feed = 'nhs_admitted_care'
),

compared as (
    select
        now.*,
        {{ byar_lower('now.value') }} as lower,
        {{ byar_upper('now.value') }} as upper,
        before.value as previous_value,
        {{ change_pct('before.value', 'now.value') }} as change_pct,
        {{ ratio_limit('before.value', 'now.value', 'before.value', 'now.value', '-') }} as change_lower,
        {{ ratio_limit('before.value', 'now.value', 'before.value', 'now.value', '+') }} as change_upper,
        {{ assessment('change_pct', 'change_lower', 'change_upper', "'none'") }} as assessment
    from counted as now
    left join counted as before
        on now.measure = before.measure
        and now.area_code = before.area_code
        and now.cause = before.cause
        and before.period_end = now.period_start - 1
),

figures as (
    select * from registered
    union all by name
    select * from compared
)

select
    figures.measure,
    figures.unit,
    figures.counted_by,
    figures.area_code,
    areas.area_name,
    figures.cause,
    figures.period_start,
    figures.period_end,
    figures.value,
    figures.least,
    figures.most,
    figures.lower,
    figures.upper,
    figures.status,
    figures.previous_value,
    figures.change_pct,
    figures.change_lower,
    figures.change_upper,
    figures.assessment,
    coalesce(figures.is_provisional, false) as is_provisional,
    figures.vintage_on
from figures
inner join {{ ref('areas') }} as areas using (area_code)
