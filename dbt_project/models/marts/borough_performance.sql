with figures as (
    select areas.bcu_code, comparisons.*
    from {{ ref('int_comparisons') }} as comparisons
    inner join {{ ref('areas') }} as areas using (area_code)
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    where
        (areas.in_mps or comparisons.area_code = 'E23000001')
        and measures.kind = 'count'
        -- Some counts are too small to show by borough.
        and contains(measures.geography, 'borough')
),

rated as (
    select
        figures.*,
        population.population,
        population.year as population_year,
        population.vintage as population_vintage,
        1000 * figures.value / population.population as rate_per_1000,
        {{ byar_lower('figures.value', '1000.0 / population.population') }} as rate_lower,
        {{ byar_upper('figures.value', '1000.0 / population.population') }} as rate_upper
    from figures
    left join {{ ref('int_population') }} as population
        on figures.area_code = population.area_code
        and {{ population_year('figures.period_end') }} = population.year
        -- A rate per resident is of a year: a quarter's would be a quarter of it.
        and figures.time_window = 'rolling_12m'
)

select
    rated.*,
    force.rate_per_1000 as mps_rate_per_1000
from rated
left join (from rated where area_code = 'E23000001') as force
    using (measure_id, group_id, time_window, period_end)
