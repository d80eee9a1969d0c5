-- Rates of cohorts of twelve months are rebuilt from counts for every group. Annual averages of four cohorts of three
-- months are rates alone, as published, by offence. The two kinds are never compared with each other.
with counts as (
    select
        *,
        split_part(group_id, '/', 2) as who,
        split_part(group_id, '/', 3) as ages
    from {{ ref('observations') }}
    where feed = 'moj_proven_reoffending' and starts_with(group_id, 'age total/')
),

counted as (
    select
        area_code,
        period_start,
        period_end,
        shown.offender_group,
        'all' as index_offence,
        'twelve months' as cohort_kind,
        sum(value) filter (series_id = 'reoffending_offenders') as offenders,
        sum(value) filter (series_id = 'reoffending_reoffenders') as reoffenders,
        sum(value) filter (series_id = 'reoffending_reoffences') as reoffences,
        max(vintage_on) as vintage_on
    from counts
    cross join lateral (select unnest(['all', who, who || '/' || ages]) as offender_group) as shown
    group by all
),

figures as (
    select
        *,
        100 * reoffenders / nullif(offenders, 0) as rate_pct,
        {{ wilson_limit('reoffenders', 'offenders', '-') }} as rate_lower,
        {{ wilson_limit('reoffenders', 'offenders', '+') }} as rate_upper,
        null::varchar as status
    from counted
    union all by name
    select
        area_code,
        period_start,
        period_end,
        split_part(group_id, '/', 1) as offender_group,
        split_part(group_id, '/', 2) as index_offence,
        'average of four quarters' as cohort_kind,
        value as rate_pct,
        status,
        vintage_on
    from {{ ref('observations') }}
    where series_id = 'reoffending_rate_annual_average'
),

compared as (
    select
        now.*,
        if(redefined.label is null, before.rate_pct, null) as previous_rate_pct,
        if(redefined.label is null, before.offenders, null) as previous_offenders,
        if(redefined.label is null, before.reoffenders, null) as previous_reoffenders,
        redefined.label as comparability
    from figures as now
    left join figures as before
        on now.area_code = before.area_code
        and now.offender_group = before.offender_group
        and now.index_offence = before.index_offence
        and now.cohort_kind = before.cohort_kind
        and before.period_end = now.period_start - 1
    left join {{ ref('redefinitions') }} as redefined
        on before.vintage_on < redefined.published_from
        and now.vintage_on >= redefined.published_from
        and redefined.feed = 'moj_proven_reoffending'
),

changed as (
    select
        *,
        rate_pct - previous_rate_pct as change_pp,
        {{ points_limit('previous_reoffenders', 'previous_offenders', 'reoffenders', 'offenders', '-') }}
            as change_lower_pp,
        {{ points_limit('previous_reoffenders', 'previous_offenders', 'reoffenders', 'offenders', '+') }}
            as change_upper_pp
    from compared
)

select
    changed.area_code,
    areas.area_name,
    changed.cohort_kind,
    changed.offender_group,
    changed.index_offence,
    changed.period_start,
    changed.period_end,
    changed.offenders,
    changed.reoffenders,
    changed.reoffences,
    changed.rate_pct,
    changed.rate_lower,
    changed.rate_upper,
    if(changed.reoffenders > 0, changed.reoffences / changed.reoffenders, null) as reoffences_per_reoffender,
    changed.previous_rate_pct,
    changed.change_pp,
    changed.change_lower_pp,
    changed.change_upper_pp,
    {{ change_pct('changed.previous_rate_pct', 'changed.rate_pct') }} as change_pct,
    {{ assessment('changed.change_pp', 'changed.change_lower_pp', 'changed.change_upper_pp', "'down'") }} as assessment,
    changed.comparability,
    changed.status,
    changed.vintage_on
from changed
inner join {{ ref('areas') }} as areas using (area_code)
