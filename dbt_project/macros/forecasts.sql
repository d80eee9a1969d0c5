{#-
    What a forecast may be trained on: monthly counts of the MPS and its boroughs that have a control chart, as they
    stood at the close of the day `as_of`, of months before the day `before`. A table macro that travels in the
    analysts' file: `select * from marts.forecast_training(date '2026-03-28', date '2026-04-01')`.

    A series is the months to its last one that follow each other without a gap. It begins at the last break that
    rebases once there are three years since, else it reaches over the break, which the mart `forecasts` then names.
    Series of less than three years, or of fewer than five a month in the last two, are not forecast.
    `naive_error` is the mean absolute error, in training, of the forecast that says what was counted a year before.
-#}
{% macro create_forecast_training() -%}
    create or replace macro {{ this.schema }}.forecast_training(as_of, before) as table
    with latest as ({{ coverage_as_of('as_of', ref('int_coverage').include(database=false)) }}),

    charted as (
        select groups.*, registry.geography
        from {{ ref('int_measure_groups').include(database=false) }} as groups
        inner join {{ ref('measure_registry').include(database=false) }} as registry using (measure_id)
        where
            groups.role = 'numerator' and registry.kind = 'count' and registry.frequency = 'monthly'
            and starts_with(registry.spc, 'XmR monthly')
    ),

    counted as (
        select
            charted.measure_id, charted.series_id, charted.geography, areas.kind, statements.area_code,
            statements.period_start as month_start, statements.value
        from {{ ref('int_statements').include(database=false) }} as statements
        inner join latest using (feed, scope, period_start, period_end, delivery_id)
        inner join charted using (series_id, group_id)
        inner join {{ ref('areas').include(database=false) }} as areas using (area_code)
        where statements.period_kind = 'month' and areas.in_mps and statements.period_start < before
    ),

    -- As in int_measure_months: a category that is stated at all is zero in an area without a row for it.
    zeros as (
        select distinct
            charted.measure_id, charted.series_id, charted.geography, places.kind, places.area_code,
            latest.period_start as month_start, 0.0 as value
        from latest
        inner join {{ ref('int_delivery_groups').include(database=false) }} as delivered using (delivery_id, scope)
        inner join charted using (series_id, group_id)
        inner join (select distinct series_id, kind, area_code from counted) as places using (series_id)
        where charted.absent_is_zero and delivered.period_kind = 'month' and latest.period_start < before
    ),

    placed as (
        select measure_id, area_code, month_start, value
        from (from counted union all by name from zeros)
        where kind = 'borough' and contains(geography, 'borough')
        union all
        select measure_id, 'E23000001', month_start, value
        from (from counted union all by name from zeros)
    ),

    months as (
        select measure_id, area_code, month_start, {{ exact_sum('value') }} as value
        from placed
        group by all
        having count(*) = count(value)
    ),

    stretched as (
        select
            *,
            -- The same for months that follow each other.
            date_diff('month', date '2000-01-01', month_start) - row_number() over (
                partition by measure_id, area_code order by month_start
            ) as stretch
        from months
    ),

    unbroken as (
        from stretched qualify stretch = max(stretch) over (partition by measure_id, area_code)
    ),

    begun as (
        select
            spans.measure_id, spans.area_code,
            coalesce(max(breaks.began_on), '-infinity'::date) as begins_on
        from (
            select measure_id, area_code, max(month_start) as last_month from unbroken group by all
        ) as spans
        left join {{ ref('int_breaks').include(database=false) }} as breaks
            on spans.measure_id = breaks.measure_id
            and breaks.rebases
            and breaks.began_on <= spans.last_month - interval 35 month
        group by all
    ),

    stepped as (
        select
            unbroken.* exclude (stretch),
            row_number() over (series order by month_start desc) as months_back,
            abs(value - lag(value, 12) over (series order by month_start)) as naive_step
        from unbroken
        inner join begun using (measure_id, area_code)
        where month_start >= begins_on
        window series as (partition by measure_id, area_code)
    ),

    measured as (
        select
            measure_id, area_code,
            min(month_start) as trained_from,
            last_day(max(month_start)) as trained_to,
            {{ exact_mean('naive_step') }} as naive_error
        from stepped
        group by all
        having count(*) >= 36 and sum(value) filter (months_back <= 24) >= 24 * 5 and naive_error > 0
    )

    select measure_id, area_code, month_start, value, trained_from, trained_to, naive_error
    from stepped
    inner join measured using (measure_id, area_code)
    order by measure_id, area_code, month_start
{%- endmacro %}

{#-
    How a forecast does as its year unfolds: for each series of `rows`, after each month that is scored, over all its
    months until then. MASE is the mean absolute error over `naive_error` (Hyndman and Koehler 2006): below 1 it is
    better than what was counted a year before was in training. The error in per cent is that of the months' sum.
-#}
{% macro forecast_scores(rows) -%}
    select
        forecast,
        measure_id,
        area_code,
        period_end as scored_to,
        count(*) over so_far as months_scored,
        100.0 * count(*) filter (actual between lower_80 and upper_80) over so_far / months_scored as coverage_80,
        100.0 * count(*) filter (actual between lower_95 and upper_95) over so_far / months_scored as coverage_95,
        sum(abs(actual - point)::decimal(28, 9)) over so_far / months_scored as mean_absolute_error,
        mean_absolute_error / naive_error as mase,
        sum(actual) over so_far as actual,
        sum(point::decimal(28, 9)) over so_far::double as point,
        100 * (sum(point::decimal(28, 9)) over so_far::double / nullif(sum(actual) over so_far, 0) - 1) as error_pct
    from {{ rows }}
    where actual is not null
    window so_far as (partition by forecast, measure_id, area_code order by period_end)
{%- endmacro %}

{#- The same formula for the back-test: `select * from marts.forecast_scores_of(my_rows)`. -#}
{% macro create_forecast_scores_of() -%}
    create or replace macro {{ this.schema }}.forecast_scores_of(forecasts) as table
    {{ forecast_scores('query_table(forecasts)') }}
{%- endmacro %}
