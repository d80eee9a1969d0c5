-- Current observations by calendar month, or by quarter or year where a source has no months. TfL's four-week periods
-- are shared out by days, and a month counts only once its every day is covered.
with by_month as (
    select
        observations.*,
        coverage.statement_number,
        unnest(generate_series(
            date_trunc('month', observations.period_start),
            date_trunc('month', observations.period_end),
            interval 1 month
        ))::date as month_start
    from {{ ref('observations') }} as observations
    inner join {{ ref('int_coverage') }} as coverage
        using (feed, scope, period_start, period_end, delivery_id)
    where observations.period_kind = 'four_weeks'
),

shares as (
    select
        *,
        period_end - period_start + 1 as days_long,
        least(period_end, last_day(month_start)) - greatest(period_start, month_start) + 1 as days_shared
    from by_month
),

apportioned as (
    select
        series_id,
        area_code,
        group_id,
        month_start,
        {{ exact_sum('value * days_shared / days_long') }} as value,
        max(vintage_on) as vintage_on,
        min(statement_number) as statement_number,
        sum(days_shared) as days_covered
    from shares
    group by all
)

select
    series_id,
    area_code,
    group_id,
    month_start,
    last_day(month_start) as period_end,
    value,
    vintage_on,
    statement_number
from apportioned
where days_covered = day(last_day(month_start))
union all
select
    observations.series_id,
    observations.area_code,
    observations.group_id,
    observations.period_start as month_start,
    observations.period_end,
    observations.value,
    observations.vintage_on,
    coverage.statement_number
from {{ ref('observations') }} as observations
inner join {{ ref('int_coverage') }} as coverage
    using (feed, scope, period_start, period_end, delivery_id)
where observations.period_kind in ('month', 'quarter', 'year')
