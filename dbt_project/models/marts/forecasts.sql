{{ config(post_hook="{{ create_forecast_training() }}") }}
-- depends_on: {{ ref('int_statements') }}, {{ ref('int_coverage') }}, {{ ref('int_delivery_groups') }}
-- depends_on: {{ ref('int_measure_groups') }}, {{ ref('int_breaks') }}

with frozen as (
    select
        staged.*,
        receipts.sha256,
        receipts.received_at::date as received_on,
        left(staged.forecast, 7) as financial_year,
        min(staged.period_start) over (partition by staged.forecast) as year_start,
        if(staged.period_end = last_day(staged.period_start), 'month', 'year') as period_kind
    from {{ ref('stg_oversight_forecast') }} as staged
    inner join {{ source('landing', 'receipts') }} as receipts using (delivery_id)
),

successions as (
    select forecast, lead(forecast) over (partition by financial_year order by forecast) as superseded_by
    from (select distinct financial_year, forecast from frozen) as names
),

-- What has been counted since: of a month its figure, of the year the sum of the months that are known.
counted as (
    select
        frozen.forecast,
        frozen.measure_id,
        frozen.area_code,
        frozen.period_start,
        frozen.period_end,
        {{ exact_sum('months.value') }} as actual,
        count(months.value) as actual_months,
        max(months.vintage_on) filter (months.value is not null) as actual_vintage_on
    from frozen
    inner join {{ ref('int_measure_months') }} as months
        on frozen.measure_id = months.measure_id
        and frozen.area_code = months.area_code
        and frozen.period_start <= months.month_start
        and frozen.period_end >= months.period_end
    where months.role = 'numerator' and months.group_id = 'all'
    group by all
)

select
    frozen.forecast,
    frozen.reason,
    successions.superseded_by,
    frozen.measure_id,
    measures.measure_name,
    frozen.area_code,
    areas.area_name,
    frozen.period_kind,
    frozen.period_start,
    frozen.period_end,
    '[f]' as status,
    frozen.point,
    frozen.lower_80,
    frozen.upper_80,
    frozen.lower_95,
    frozen.upper_95,
    counted.actual,
    coalesce(counted.actual_months, 0) as actual_months,
    case
        when counted.actual is null or (frozen.period_kind = 'year' and counted.actual_months < 12) then null
        when counted.actual between frozen.lower_80 and frozen.upper_80 then 'inside 80'
        when counted.actual between frozen.lower_95 and frozen.upper_95 then 'inside 95'
        when counted.actual > frozen.upper_95 then 'above'
        else 'below'
    end as placed,
    counted.actual_vintage_on,
    crossed.label as comparability,
    frozen.model,
    frozen.trained_from,
    frozen.trained_to,
    frozen.naive_error,
    frozen.as_of,
    frozen.training_sha256,
    frozen.frozen_on,
    frozen.received_on,
    -- What a file says of itself is not proof: it was frozen before its year only if it was here by then.
    frozen.basis = 'retrospective' or frozen.received_on >= frozen.year_start as is_retrospective,
    frozen.delivery_id,
    frozen.sha256
from frozen
inner join successions using (forecast)
inner join {{ ref('measure_registry') }} as measures using (measure_id)
inner join {{ ref('areas') }} as areas using (area_code)
left join counted using (forecast, measure_id, area_code, period_start, period_end)
cross join lateral {{ crossed_breaks('frozen.measure_id', 'frozen.trained_from', 'frozen.period_end') }} as crossed
