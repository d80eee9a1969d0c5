-- The windows that end with a quarter: the quarter, the twelve months to its end, the financial year to its end.
with quarters as (
    select unnest(generate_series(
        date_trunc('quarter', (select min(month_start) from {{ ref('int_months') }})),
        (select max(period_end) from {{ ref('int_months') }}),
        interval 3 month
    ))::date as quarter_start
),

ends as (
    select quarter_start, last_day((quarter_start + interval 2 month)::date) as period_end
    from quarters
),

windows as (
    select 'quarter' as time_window, quarter_start as period_start, period_end from ends
    union all
    select 'rolling_12m' as time_window, (quarter_start - interval 9 month)::date as period_start, period_end from ends
    union all
    select 'fytd' as time_window, {{ financial_year_start('quarter_start') }} as period_start, period_end from ends
)

select
    time_window,
    period_start,
    period_end,
    date_diff('month', period_start, period_end) + 1 as months
from windows
