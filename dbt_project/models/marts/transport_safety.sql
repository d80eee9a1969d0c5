-- Figures as they stand in the registry's measures; a figure that has targets stands once for each.
with figures as (
    select *
    from {{ ref('int_comparisons') }}
    where
        measure_id in ('transport_offences', 'tfl_crime_rate', 'bus_injuries', 'bus_assault_injuries', 'road_ksi')
        -- London, and its boroughs where the measure is shown for them; the force is no area of TfL's.
        and area_code in (select area_code from {{ ref('areas') }} where kind in ('borough', 'region'))
        and (
            area_code = 'E12000007'
            or measure_id in (select measure_id from {{ ref('measure_registry') }} where contains(geography, 'borough'))
        )
),

targets as (
    select
        *,
        year(target_on) as target_year,
        if(kind = 'level', value, null) as target_value
    from {{ ref('targets') }}
)

select
    figures.measure_id,
    figures.measure_name,
    figures.unit,
    case
        when figures.measure_id not in ('transport_offences', 'tfl_crime_rate') then null
        when figures.group_id = 'bus' then 'Metropolitan Police Service'
        when figures.group_id = 'all' then 'Metropolitan Police Service and British Transport Police'
        else 'British Transport Police'
    end as recorded_by,
    figures.area_code,
    figures.area_name,
    figures.group_id as mode,
    figures.time_window,
    figures.quarter,
    figures.period_start,
    figures.period_end,
    figures.value,
    figures.lower,
    figures.upper,
    if(figures.measure_id = 'tfl_crime_rate', figures.numerator, null) as offences,
    if(figures.measure_id = 'tfl_crime_rate', figures.denominator, null) as journeys_millions,
    figures.previous_value,
    figures.change as change_pct,
    figures.change_lower,
    figures.change_upper,
    figures.assessment,
    figures.comparability,
    coalesce(targets.target_id, 'none') as target_id,
    targets.label as target_label,
    targets.target_year,
    targets.target_value,
    -- In a straight line from the year of the figure.
    if(
        targets.target_year > year(figures.period_end),
        (figures.value - targets.target_value) / (targets.target_year - year(figures.period_end)), null
    ) as fall_needed_a_year,
    figures.is_provisional,
    figures.vintage_on
from figures
left join targets
    on figures.measure_id = targets.measure_id
    and figures.area_code = targets.area_code
    and figures.group_id = 'all'
