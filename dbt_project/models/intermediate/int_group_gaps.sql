-- How far each group's share lies from that of the whole, in percentage points (group less whole), with its interval.
-- Where too few answered, or the supplier suppressed the cell, the row stays and says so.
with answers as (
    select
        groups.measure_id,
        observations.series_id,
        observations.area_code,
        observations.group_id,
        observations.period_start,
        observations.period_end,
        observations.value,
        observations.status,
        observations.vintage_on,
        bases.value as base,
        effects.value as design_effect,
        coverage.statement_number = 1 and observations.vintage_on - observations.period_end <= 366 as is_provisional
    from {{ ref('observations') }} as observations
    inner join (from {{ ref('int_measure_groups') }} where role = 'group') as groups using (series_id, group_id)
    inner join {{ ref('int_coverage') }} as coverage using (feed, scope, period_start, period_end, delivery_id)
    {% for joined, suffix in [('bases', '_base'), ('effects', '_design_effect')] %}
        left join {{ ref('observations') }} as {{ joined }}
            on observations.delivery_id = {{ joined }}.delivery_id
            and observations.scope = {{ joined }}.scope
            and observations.series_id || '{{ suffix }}' = {{ joined }}.series_id
            and observations.area_code = {{ joined }}.area_code
            and observations.group_id = {{ joined }}.group_id
            and observations.period_end = {{ joined }}.period_end
    {% endfor %}
),

compared as (
    select
        answers.*,
        whole.value as whole,
        answers.value - whole.value as gap,
        {{ z95() }} * sqrt({{ survey_gap_variance(
            'answers.value', 'answers.base', 'answers.design_effect', 'whole.value', 'whole.base',
            'whole.design_effect'
        ) }}) as half_width,
        answers.value is not null and answers.base >= coalesce(rules.withheld_below, 0) as is_shown,
        coalesce(answers.status, if(answers.base < rules.marked_below, '[u]', null)) as marked,
        -- A gap is wanted smaller, and by raising the group.
        if(measures.unit = 'pp', 'up', measures.direction) as wanted
    from answers
    inner join (from answers where group_id = 'all') as whole
        using (measure_id, series_id, area_code, period_start, period_end)
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    left join {{ ref('reliability_rules') }} as rules using (reliability_rule)
    where answers.group_id <> 'all'
)

select
    measure_id,
    series_id,
    split_part(group_id, '/', 1) as characteristic,
    'survey' as instrument,
    group_id,
    split_part(group_id, '/', 2) as group_name,
    'all' as reference_group,
    area_code,
    'as_published' as time_window,
    period_start,
    period_end,
    null::double as numerator,
    base as people,
    if(is_shown, value, null) as rate,
    'pct' as rate_unit,
    whole as reference_rate,
    if(is_shown, gap, null) as value,
    'pp' as unit,
    if(is_shown, gap - half_width, null) as lower,
    if(is_shown, gap + half_width, null) as upper,
    null::double as share_unknown,
    'respondents of the survey' as people_source,
    marked as status,
    wanted,
    is_provisional,
    vintage_on
from compared
