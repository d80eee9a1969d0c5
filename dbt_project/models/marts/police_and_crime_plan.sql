-- A baseline is frozen as a typed value with the vintage it was read from; what the vintages now held give for
-- the same window stands beside it, so that a restated past shows as drift and never moves the target.
with figures as (
    select frameworks.framework_version, frameworks.theme as priority, comparisons.*
    from {{ ref('int_comparisons') }} as comparisons
    inner join {{ ref('frameworks') }} as frameworks using (measure_id)
    where
        frameworks.framework = 'pcp'
        and comparisons.area_code in ('E23000001', 'E12000007')
        and comparisons.period_end <= coalesce(frameworks.effective_to, 'infinity'::date)
),

baselines as (
    select
        baselines.*,
        sum(months.value) as value_now,
        sum(date_diff('month', months.month_start, months.period_end) + 1) filter (months.value is not null)
            as months_now
    from {{ ref('baselines') }} as baselines
    left join {{ ref('int_measure_months') }} as months
        on baselines.measure_id = months.measure_id
        and months.role = 'numerator'
        and months.area_code = 'E23000001'
        and months.group_id = 'all'
        and baselines.baseline_start <= months.month_start
        and baselines.baseline_end >= months.period_end
    where baselines.value is not null
    group by all
),

against as (
    select
        figures.*,
        coalesce(baselines.baseline_id, 'none') as baseline_id,
        baselines.label as baseline_label,
        baselines.baseline_start,
        baselines.baseline_end,
        baselines.value::double as baseline_value,
        baselines.stated_by as baseline_stated_by,
        if(
            baselines.months_now = date_diff('month', baselines.baseline_start, baselines.baseline_end) + 1,
            baselines.value_now, null
        ) as baseline_value_now
    from figures
    left join baselines
        on figures.framework_version = baselines.framework_version
        and figures.measure_id = baselines.measure_id
        and figures.unit = 'count'
        and figures.area_code = 'E23000001'
        and figures.group_id = 'all'
        and figures.time_window = 'rolling_12m'
)

select
    against.*,
    baseline_value_now - baseline_value as baseline_drift,
    if(crossed.is_withheld, null, {{ change_pct('baseline_value', 'value') }}) as change_from_baseline,
    -- The limits are those of two separate windows: what shares months with its baseline has none.
    if(
        crossed.is_withheld or (period_start <= baseline_end and period_end >= baseline_start), null,
        {{ ratio_limit('baseline_value', 'value', 'baseline_value', 'value', '-') }}
    ) as baseline_change_lower,
    if(
        crossed.is_withheld or (period_start <= baseline_end and period_end >= baseline_start), null,
        {{ ratio_limit('baseline_value', 'value', 'baseline_value', 'value', '+') }}
    ) as baseline_change_upper,
    crossed.label as baseline_comparability,
    case
        when baseline_change_lower is null then null
        when baseline_change_lower <= 0 and baseline_change_upper >= 0 then 'no clear change from baseline'
        when change_from_baseline < 0 then 'below baseline'
        else 'above baseline'
    end as progress
from against
cross join lateral {{ crossed_breaks(
    'against.measure_id',
    'if(against.baseline_start is null, null, least(against.baseline_start, against.period_start))',
    'greatest(against.baseline_end, against.period_end)'
) }} as crossed
