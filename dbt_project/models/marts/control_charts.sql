-- Monthly measures as XmR charts, where their source has months. A moving range and a run of points never reach over
-- a month that is missing, nor over a break that sets the limits anew. Surveys of twelve months to each quarter are
-- left out: their neighbours share nine months of answers, and would signal of themselves. So would levels at a date,
-- such as the strength of a force, of which most is last month's. Limits rest on whole quarters: no month that comes
-- after a release's quarter moves them, nor is told by them.
with charted as (
    select *
    from {{ ref('measure_registry') }}
    where starts_with(spc, 'XmR monthly')
),

-- A ward's month is a handful of offences, of which a chart would signal what chance does; what is placed in no borough
-- is a matter of recording.
areas as (
    select area_code, area_name, kind = 'borough' as is_borough
    from {{ ref('areas') }}
    where kind not in ('ward', 'unassigned')
),

counted as (
    select
        numerators.measure_id,
        numerators.area_code,
        numerators.month_start,
        case
            when charted.kind = 'count' then numerators.value
            when denominators.value > 0 then charted.multiplier * numerators.value / denominators.value
        end as value,
        numerators.value as counted,
        greatest(numerators.vintage_on, denominators.vintage_on) as vintage_on
    from (from {{ ref('int_measure_months') }} where role = 'numerator' and group_id = 'all') as numerators
    inner join charted using (measure_id)
    inner join areas using (area_code)
    left join (from {{ ref('int_measure_months') }} where role = 'denominator' and group_id = 'all') as denominators
        using (measure_id, area_code, month_start)
    where
        numerators.period_end = last_day(numerators.month_start)
        -- Some figures are too small to show by borough.
        and (not areas.is_borough or contains(charted.geography, 'borough'))
),

based as (
    select
        counted.*,
        breaks.began_on as based_on,
        breaks.label as rebased_because,
        counted.month_start < date_trunc('quarter', max(counted.month_start) over of_measure + interval 1 month)
            as is_basis
    from counted
    asof left join (from {{ ref('int_breaks') }} where rebases) as breaks
        on counted.measure_id = breaks.measure_id and counted.month_start >= breaks.began_on
    where counted.value is not null
    window of_measure as (partition by counted.measure_id)
),

stretched as (
    select
        *,
        -- The same for months that follow each other.
        date_diff('month', date '2000-01-01', month_start) - row_number() over (
            partition by measure_id, area_code, based_on order by month_start
        ) as stretch
    from based
),

moved as (
    select
        *,
        value - lag(value) over stretches as step,
        abs(step) as moving_range
    from stretched
    window stretches as (partition by measure_id, area_code, based_on, stretch order by month_start)
),

unscreened as (
    select
        measure_id,
        area_code,
        based_on,
        count(*) as points,
        last_day(max(month_start)) as limits_to,
        {{ exact_mean('value') }} as mean,
        {{ exact_mean('moving_range') }} as mean_range
    from moved
    where is_basis
    group by all
    having {{ exact_mean('counted') }} >= {{ xmr_fewest() }}
),

limits as (
    select
        unscreened.* exclude (mean_range),
        -- Where every step is the same, or there is none, nothing is left by the screen.
        coalesce({{ exact_mean('moved.moving_range') }}, any_value(unscreened.mean_range)) as mean_range
    from unscreened
    left join moved
        on unscreened.measure_id = moved.measure_id
        and unscreened.area_code = moved.area_code
        and unscreened.based_on is not distinct from moved.based_on
        and moved.is_basis
        and {{ xmr_screen('moved.moving_range', 'unscreened.mean_range') }}
    group by all
),

placed as (
    select
        moved.*,
        limits.points,
        limits.limits_to,
        limits.mean,
        {{ xmr_limit('limits.mean', 'limits.mean_range', '-') }} as lower_limit,
        {{ xmr_limit('limits.mean', 'limits.mean_range', '+') }} as upper_limit,
        sign(moved.value - limits.mean) as side,
        if(moved.value > upper_limit or moved.value < lower_limit, side, 0) as outside,
        outside = 0 and abs(moved.value - limits.mean) > (upper_limit - limits.mean) * 2 / 3 as is_near
    from moved
    inner join limits
        on moved.measure_id = limits.measure_id
        and moved.area_code = limits.area_code
        and moved.based_on is not distinct from limits.based_on
),

-- Where a run of seven, or two of three, is complete: which way it goes.
completed as (
    select
        *,
        if(abs(sum(sign(step)) over seven_steps) = 6, sign(step), 0) as trend_ends,
        if(abs(sum(side) over seven) = 7, side, 0) as shift_ends,
        if(abs(sum(side) over three) = 3 and count(*) filter (where is_near) over three >= 2, side, 0) as pair_ends
    from placed
    window
        stretches as (partition by measure_id, area_code, based_on, stretch order by month_start),
        seven as (stretches rows between 6 preceding and current row),
        seven_steps as (stretches rows between 5 preceding and current row),
        three as (stretches rows between 2 preceding and current row)
),

-- Every point of a run is part of it; of two of three, the two.
belonging as (
    select
        *,
        list_filter(list(trend_ends) over seven, lambda x: x <> 0)[1] as trend,
        list_filter(list(shift_ends) over seven, lambda x: x <> 0)[1] as shift,
        if(is_near, list_filter(list(pair_ends) over three, lambda x: x <> 0)[1], null) as pair
    from completed
    window
        stretches as (partition by measure_id, area_code, based_on, stretch order by month_start),
        seven as (stretches rows between current row and 6 following),
        three as (stretches rows between current row and 2 following)
)

select
    belonging.measure_id,
    charted.measure_name,
    charted.unit,
    charted.direction,
    belonging.area_code,
    areas.area_name,
    belonging.month_start as period_start,
    last_day(belonging.month_start) as period_end,
    belonging.value,
    belonging.mean,
    belonging.lower_limit,
    belonging.upper_limit,
    belonging.points::bigint as points,
    belonging.limits_to,
    belonging.points < {{ xmr_enough() }} as is_trial,
    belonging.based_on,
    belonging.rebased_because,
    case
        when belonging.outside <> 0 then 'outside the limits'
        when belonging.trend is not null then 'seven in a row'
        when belonging.pair is not null then 'two of three near a limit'
        when belonging.shift is not null then 'seven on one side'
    end as signal,
    case coalesce(nullif(belonging.outside, 0), belonging.trend, belonging.pair, belonging.shift)
        when 1 then case charted.direction when 'up' then 'better' when 'down' then 'worse' else 'higher' end
        when -1 then case charted.direction when 'up' then 'worse' when 'down' then 'better' else 'lower' end
    end as reading,
    belonging.vintage_on
from belonging
inner join charted using (measure_id)
inner join areas using (area_code)
