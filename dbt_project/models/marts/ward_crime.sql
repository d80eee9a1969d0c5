-- Wards as their file has them, and for each borough what its own file has beyond its wards, so that the two together
-- are the borough's figure. Windows that only one of the two files covers are left out.
with wards as (
    select areas.borough_code, comparisons.*
    from {{ ref('int_comparisons') }} as comparisons
    inner join {{ ref('areas') }} as areas using (area_code)
    where areas.kind = 'ward'
),

placed as (
    select
        measure_id,
        borough_code,
        time_window,
        period_end,
        sum(value) as value,
        bool_or(is_provisional) as is_provisional,
        max(vintage_on) as vintage_on
    from wards
    group by all
),

boroughs as (
    select
        comparisons.* exclude (
            lower, upper, change, change_lower, change_upper, assessment, comparability, previous_value
        ),
        placed.value as placed,
        placed.is_provisional as placed_is_provisional,
        placed.vintage_on as placed_vintage_on
    from {{ ref('int_comparisons') }} as comparisons
    inner join placed
        on comparisons.measure_id = placed.measure_id
        and comparisons.area_code = placed.borough_code
        and comparisons.time_window = placed.time_window
        and comparisons.period_end = placed.period_end
    where comparisons.group_id = 'all'
),

figures as (
    select
        wards.* exclude (is_provisional, vintage_on),
        true as is_ward,
        wards.is_provisional or boroughs.is_provisional as is_provisional,
        greatest(wards.vintage_on, boroughs.vintage_on) as vintage_on,
        boroughs.area_name as borough_name,
        boroughs.value as borough_value,
        boroughs.placed
    from wards
    inner join boroughs
        on wards.measure_id = boroughs.measure_id
        and wards.borough_code = boroughs.area_code
        and wards.time_window = boroughs.time_window
        and wards.period_end = boroughs.period_end
    union all by name
    select
        measure_id,
        measure_name,
        unit,
        direction,
        area_code || '-UNPLACED' as area_code,
        'Not placed in a ward' as area_name,
        false as is_ward,
        area_code as borough_code,
        area_name as borough_name,
        time_window,
        quarter,
        period_start,
        period_end,
        value - placed as value,
        is_provisional or placed_is_provisional as is_provisional,
        greatest(vintage_on, placed_vintage_on) as vintage_on,
        value as borough_value,
        placed
    from boroughs
)

select
    measure_id,
    measure_name,
    direction,
    area_code,
    area_name,
    is_ward,
    borough_code,
    borough_name,
    time_window,
    quarter,
    period_start,
    period_end,
    value,
    lower,
    upper,
    previous_value,
    change,
    change_lower,
    change_upper,
    assessment,
    comparability,
    borough_value,
    if(borough_value > 0, 100 * placed / borough_value, null) as placed_pct,
    is_provisional,
    vintage_on
from figures
