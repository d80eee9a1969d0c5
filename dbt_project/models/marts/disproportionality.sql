-- Gaps between groups, whatever they are of: how many times another group's rate a rate is, or how many points from it.
-- A gap that narrows because the better-off group lost is no improvement, and is not called one.
with gaps as (
    from {{ ref('int_relative_rates') }}
    union all by name
    from {{ ref('int_group_gaps') }}
),

-- Distances and their standard errors are on the scale on which the limits are symmetric.
placed as (
    select
        *,
        if(unit = 'ratio', 1.0, 0.0) as no_gap,
        abs(if(unit = 'ratio', ln(value), value)) as distance,
        if(unit = 'ratio', ln(upper / lower), upper - lower) / (2 * {{ z95() }}) as deviation
    from gaps
),

paired as (
    select
        now.*,
        before.value as previous_value,
        before.rate as previous_rate,
        now.distance - before.distance as widening,
        {{ z95() }} * sqrt(pow(now.deviation, 2) + pow(before.deviation, 2)) as by_chance
    from placed as now
    left join placed as before
        on now.measure_id = before.measure_id
        and now.series_id = before.series_id
        and now.characteristic = before.characteristic
        and now.instrument = before.instrument
        and now.group_id = before.group_id
        and now.area_code = before.area_code
        and now.time_window = before.time_window
        and before.period_end = last_day((now.period_end - interval 1 year)::date)
)

select
    paired.measure_id,
    measures.measure_name,
    paired.series_id,
    paired.characteristic,
    paired.instrument,
    paired.group_id,
    paired.group_name,
    paired.reference_group,
    paired.area_code,
    areas.area_name,
    paired.time_window,
    {{ quarter_label('paired.period_end') }} as quarter,
    paired.period_start,
    paired.period_end,
    paired.numerator,
    paired.people,
    paired.people_source,
    paired.rate,
    paired.rate_unit,
    paired.reference_rate,
    paired.value,
    paired.unit,
    paired.lower,
    paired.upper,
    paired.share_unknown,
    paired.status,
    case
        when paired.group_id = paired.reference_group then 'the reference group'
        when paired.value is null and paired.status = '[x]' then 'not comparable'
        when paired.value is null then 'too few to compare'
        when paired.lower > paired.no_gap then 'higher than the reference group'
        when paired.upper < paired.no_gap then 'lower than the reference group'
        when paired.lower is not null then 'no clear difference'
    end as reading,
    paired.previous_value,
    paired.previous_rate,
    case
        when abs(paired.widening) <= paired.by_chance then 'no clear change'
        when paired.widening > 0 then 'wider'
        when
            (paired.wanted = 'up' and paired.rate <= paired.previous_rate)
            or (paired.wanted = 'down' and paired.rate >= paired.previous_rate)
            then 'narrower, but not by improving the group'
        when paired.widening < 0 then 'narrower'
    end as progress,
    paired.is_provisional,
    paired.vintage_on
from paired
inner join {{ ref('measure_registry') }} as measures using (measure_id)
inner join {{ ref('areas') }} as areas using (area_code)
