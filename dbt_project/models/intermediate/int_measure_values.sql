-- The figure of every measure, with its 95 per cent interval. Shares of too few people are withheld.
with sides as (
    select
        numerators.measure_id,
        numerators.area_code,
        numerators.group_id,
        numerators.time_window,
        numerators.period_start,
        numerators.period_end,
        numerators.value as numerator,
        numerators.lower as published_lower,
        numerators.upper as published_upper,
        denominators.value as denominator,
        bases.value as base,
        effects.value as design_effect,
        greatest(numerators.vintage_on, denominators.vintage_on) as vintage_on,
        denominators.vintage_on as denominator_vintage_on,
        numerators.is_provisional or coalesce(denominators.is_provisional, false) as is_provisional
    from (from {{ ref('int_measure_inputs') }} where role = 'numerator') as numerators
    left join (from {{ ref('int_measure_inputs') }} where role = 'denominator') as denominators
        using (measure_id, area_code, group_id, time_window, period_start, period_end)
    left join (from {{ ref('int_measure_inputs') }} where role = 'base') as bases
        using (measure_id, area_code, group_id, time_window, period_start, period_end)
    left join (from {{ ref('int_measure_inputs') }} where role = 'design_effect') as effects
        using (measure_id, area_code, group_id, time_window, period_start, period_end)
),

divided as (
    select distinct measure_id from {{ ref('measure_series') }} where role = 'denominator'
),

placed as (
    select
        sides.* exclude (denominator, denominator_vintage_on),
        measures.kind,
        -- The source publishes the figure itself, not what it is made of.
        (
            measures.kind not in ('count', 'stock')
            and measures.denominator_series is null
            and divided.measure_id is null
        ) as is_ready_made,
        measures.unit,
        measures.direction,
        measures.measure_name,
        measures.multiplier,
        case
            when measures.denominator_series = 'population' then population.population::double
            else coalesce(sides.denominator, sides.base)
        end as denominator,
        case
            when measures.denominator_series = 'population' then 'mid-year population ' || population.year
            when coalesce(sides.denominator, sides.base) is not null then measures.denominator
        end as denominator_name,
        case
            when measures.denominator_series = 'population' then population.vintage
            when sides.denominator is not null then sides.denominator_vintage_on::varchar
            when sides.base is not null then sides.vintage_on::varchar
        end as denominator_vintage,
        rules.withheld_below
    from sides
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    left join divided using (measure_id)
    left join {{ ref('reliability_rules') }} as rules using (reliability_rule)
    left join {{ ref('int_population') }} as population
        on sides.area_code = population.area_code
        and {{ population_year('sides.period_end') }} = population.year
    where
        -- A rate per resident is of a year: a quarter's would be a quarter of it.
        (measures.denominator_series is distinct from 'population' or sides.time_window = 'rolling_12m')
        -- Counts so small that they are shown for a year at a time.
        and (measures.frequency <> 'annual' or sides.time_window not in ('quarter', 'fytd'))
),

valued as (
    select
        * exclude (withheld_below),
        case
            when is_ready_made or kind in ('count', 'stock') then numerator
            else multiplier * numerator / denominator
        end as value,
        case
            when is_ready_made and base > 0 then {{ survey_limit('numerator', 'base', 'design_effect', '-') }}
            when is_ready_made then published_lower
            when kind = 'count' then {{ byar_lower('numerator') }}
            when kind = 'rate' then {{ byar_lower('numerator', 'multiplier / denominator') }}
            when kind = 'proportion' then {{ wilson_limit('numerator', 'denominator', '-') }}
        end as lower,
        case
            when is_ready_made and base > 0 then {{ survey_limit('numerator', 'base', 'design_effect', '+') }}
            when is_ready_made then published_upper
            when kind = 'count' then {{ byar_upper('numerator') }}
            when kind = 'rate' then {{ byar_upper('numerator', 'multiplier / denominator') }}
            when kind = 'proportion' then {{ wilson_limit('numerator', 'denominator', '+') }}
        end as upper
    from placed
    where
        (is_ready_made or kind in ('count', 'stock') or denominator > 0)
        and (withheld_below is null or denominator is null or denominator >= withheld_below)
),

-- One index a group, of the series that the measure is made of; the reference group has none.
relative as (
    select
        rates.measure_id,
        rates.area_code,
        rates.group_id,
        rates.time_window,
        rates.period_start,
        rates.period_end,
        rates.numerator,
        rates.people as denominator,
        rates.people_source as denominator_name,
        rates.people_source as denominator_vintage,
        rates.vintage_on,
        rates.is_provisional,
        measures.kind,
        true as is_ready_made,
        measures.unit,
        measures.direction,
        measures.measure_name,
        rates.value,
        rates.lower,
        rates.upper
    from {{ ref('int_relative_rates') }} as rates
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    inner join {{ ref('measure_series') }} as series
        on rates.measure_id = series.measure_id and rates.series_id = series.series_id and series.role = 'numerator'
    where
        measures.denominator_series = 'population_groups'
        and rates.value is not null
        and rates.group_id <> rates.reference_group
)

from valued
union all by name
from relative
