-- The measures that are gaps: how far the lowest group of each characteristic lies below the whole, beside the same a
-- year before. A gap that narrows while the lowest group's own figure does not rise was closed from above, and is not
-- called better.
with lowest as (
    select
        gaps.measure_id,
        measures.measure_name,
        measures.unit,
        measures.direction,
        measures.denominator as denominator_name,
        gaps.area_code,
        regexp_replace(gaps.series_id, '_[0-9]+m$', '') || '/' || gaps.characteristic as group_id,
        gaps.period_start,
        gaps.period_end,
        -- Of groups that are equally low the first by name speaks. Written so that a smaller gap is a smaller figure.
        -arg_min(gaps.value, (gaps.rate, gaps.group_id)) as value,
        -arg_min(gaps.upper, (gaps.rate, gaps.group_id)) as lower,
        -arg_min(gaps.lower, (gaps.rate, gaps.group_id)) as upper,
        arg_min(gaps.people, (gaps.rate, gaps.group_id)) as denominator,
        min(gaps.rate) as rate,
        bool_or(gaps.is_provisional) as is_provisional,
        max(gaps.vintage_on) as vintage_on
    from {{ ref('int_group_gaps') }} as gaps
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    where measures.unit = 'pp' and gaps.value is not null
    group by all
),

changed as (
    select
        now.*,
        before.value as previous_value,
        before.rate as previous_rate,
        now.value - before.value as change,
        sqrt(pow(now.upper - now.value, 2) + pow(before.upper - before.value, 2)) as half_width
    from lowest as now
    left join lowest as before
        on now.measure_id = before.measure_id
        and now.area_code = before.area_code
        and now.group_id = before.group_id
        and before.period_end = last_day((now.period_end - interval 1 year)::date)
)

select
    changed.measure_id,
    changed.measure_name,
    changed.unit,
    changed.direction,
    changed.area_code,
    areas.area_name,
    changed.group_id,
    'as_published' as time_window,
    {{ quarter_label('changed.period_end') }} as quarter,
    changed.period_start,
    changed.period_end,
    changed.value,
    changed.lower,
    changed.upper,
    null::double as numerator,
    changed.denominator,
    changed.denominator_name,
    changed.vintage_on::varchar as denominator_vintage,
    changed.previous_value,
    changed.change,
    if(changed.change is null, null, 'pp') as change_unit,
    changed.change - changed.half_width as change_lower,
    changed.change + changed.half_width as change_upper,
    if(
        changed.change + changed.half_width < 0 and changed.rate <= changed.previous_rate, null,
        {{ assessment(
            'changed.change', '(changed.change - changed.half_width)', '(changed.change + changed.half_width)',
            'changed.direction') }}
    ) as assessment,
    if(
        changed.change + changed.half_width < 0 and changed.rate <= changed.previous_rate,
        'the gap is narrower, but the lowest group''s own figure has not risen', null
    ) as comparability,
    changed.is_provisional,
    changed.vintage_on
from changed
inner join {{ ref('areas') }} as areas using (area_code)
