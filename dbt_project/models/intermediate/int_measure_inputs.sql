-- Numerator and denominator of every measure (share, base and design effect of a survey's) in every window that is
-- wholly covered, and of the periods that sources publish ready made: of a period of their own, or a level at the end
-- of a quarter. A window with a month missing gives no row.
with windowed as (
    select
        months.measure_id,
        months.role,
        months.area_code,
        months.group_id,
        windows.time_window,
        windows.period_start,
        windows.period_end,
        {{ exact_sum('months.value') }} as value,
        null::double as lower,
        null::double as upper,
        max(months.vintage_on) as vintage_on,
        -- Stated once, and by a delivery that came within a year of it: the next one is likely to revise it.
        arg_max(
            months.statement_number = 1 and months.vintage_on - months.period_end <= 366, months.month_start
        ) as is_provisional
    from {{ ref('int_measure_months') }} as months
    inner join {{ ref('int_windows') }} as windows
        on months.month_start >= windows.period_start and months.period_end <= windows.period_end
    group by all
    having
        sum(date_diff('month', months.month_start, months.period_end) + 1) filter (months.value is not null)
        = any_value(windows.months)
),

published as (
    select
        groups.measure_id,
        groups.role,
        observations.area_code,
        'all' as group_id,
        if(observations.period_kind = 'stock', 'quarter_end', 'as_published') as time_window,
        observations.period_start,
        observations.period_end,
        case
            -- A figure published ready made is one row, and stays as it is to the last digit.
            when count(*) = 1 then any_value(observations.value)
            when count(*) = count(observations.value) then {{ exact_sum('observations.value') }}
        end as value,
        -- Limits come with figures published ready made, one row each; sums have none.
        any_value(observations.lower) as lower,
        any_value(observations.upper) as upper,
        max(observations.vintage_on) as vintage_on,
        bool_or(
            coverage.statement_number = 1 and observations.vintage_on - observations.period_end <= 366
        ) as is_provisional
    from {{ ref('observations') }} as observations
    inner join {{ ref('int_measure_groups') }} as groups using (series_id, group_id)
    inner join {{ ref('int_coverage') }} as coverage
        using (feed, scope, period_start, period_end, delivery_id)
    where
        groups.role <> 'group'
        and (
            observations.period_kind in ('cohort', 'published')
            or (
                observations.period_kind = 'stock'
                and observations.period_end = last_day(observations.period_end)
                and month(observations.period_end) % 3 = 0
            )
        )
    group by all
)

select * from windowed
union all
select * from published where value is not null
