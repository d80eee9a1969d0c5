-- The MPS beside other forces and groups of forces, each an entity of the seed `comparators` with its own residents.
with parts as (
    select
        series.subject_id,
        series.subject_name,
        'numerator' as role,
        'per_1000' as unit,
        observations.area_code,
        observations.period_start,
        observations.period_end,
        if(count(*) = count(observations.value), {{ exact_sum('observations.value') }}, null) as value,
        max(observations.vintage_on) as vintage_on
    from {{ ref('observations') }} as observations
    inner join {{ ref('comparison_series') }} as series
        on observations.series_id = series.series_id and series.group_id in ('*', observations.group_id)
    where observations.feed = series.feed
    group by all
    union all
    select
        inputs.measure_id as subject_id,
        measures.measure_name as subject_name,
        inputs.role,
        measures.unit,
        inputs.area_code,
        inputs.period_start,
        inputs.period_end,
        inputs.value,
        inputs.vintage_on
    from {{ ref('int_measure_inputs') }} as inputs
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    where
        inputs.measure_id in ('vawg_charge_rate', 'vawg_charges_of_outcomes', 'npg_town_outcomes')
        and inputs.time_window = 'rolling_12m'
        and inputs.group_id = 'all'
),

members as (
    select
        *,
        count(*) over (partition by comparator_id, part) as parts
    from {{ ref('comparators') }}
),

-- Only what every force of a comparator states adds up to it.
summed as (
    select
        parts.subject_id,
        parts.subject_name,
        parts.unit,
        members.comparator_id,
        members.comparator_name,
        members.comparator_order,
        members.includes_mps,
        any_value(members.parts) as forces,
        parts.period_start,
        parts.period_end,
        {{ exact_sum("if(parts.role = 'numerator', parts.value, null)") }} as numerator,
        {{ exact_sum("if(parts.role = 'denominator', parts.value, null)") }} as denominator,
        max(parts.vintage_on) as vintage_on
    from parts
    inner join members on parts.area_code = members.area_code and members.part = 'force'
    group by all
    having
        count(parts.value) filter (parts.role = 'numerator') = any_value(members.parts)
        and count(parts.value) filter (parts.role = 'denominator') in (0, any_value(members.parts))
),

residents as (
    select
        members.comparator_id,
        population.year,
        sum(members.weight * population.population) as people,
        string_agg(distinct population.vintage, ', ') as vintage
    from members
    inner join {{ ref('int_population') }} as population using (area_code)
    where members.part = 'residents'
    group by all
    having count(*) = any_value(members.parts) and count(distinct population.vintage) = 1
),

rated as (
    select
        summed.* exclude (denominator),
        if(summed.unit = 'per_1000', residents.people, summed.denominator) as denominator,
        case
            when summed.unit <> 'per_1000' then null
            when residents.people is not null then 'mid-year population ' || residents.year
        end as denominator_name,
        if(summed.unit = 'per_1000', residents.vintage, null) as denominator_vintage,
        if(
            summed.unit = 'per_1000', 1000 * summed.numerator / nullif(residents.people, 0),
            100 * summed.numerator / nullif(summed.denominator, 0)
        ) as value
    from summed
    left join residents
        on summed.comparator_id = residents.comparator_id
        and {{ population_year('summed.period_end') }} = residents.year
)

select
    rated.subject_id,
    rated.subject_name,
    rated.comparator_id,
    rated.comparator_name,
    rated.comparator_order,
    rated.includes_mps,
    rated.forces,
    {{ quarter_label('rated.period_end') }} as quarter,
    rated.period_start,
    rated.period_end,
    rated.numerator as counted,
    rated.denominator,
    rated.denominator_name,
    rated.denominator_vintage,
    rated.value,
    rated.unit,
    case
        when rated.unit = 'per_1000' then {{ byar_lower('rated.numerator', '1000.0 / rated.denominator') }}
        else {{ wilson_limit('rated.numerator', 'rated.denominator', '-') }}
    end as lower,
    case
        when rated.unit = 'per_1000' then {{ byar_upper('rated.numerator', '1000.0 / rated.denominator') }}
        else {{ wilson_limit('rated.numerator', 'rated.denominator', '+') }}
    end as upper,
    mps.numerator as mps_counted,
    mps.value as mps_value,
    if(rated.includes_mps, 100 * mps.numerator / nullif(rated.numerator, 0), null) as mps_share_pct,
    if(
        rated.denominator_vintage <> mps.denominator_vintage, null,
        {{ change_pct('rated.value', 'mps.value') }}
    ) as mps_difference_pct,
    -- Two that share offences are not compared by the intervals of separate ones, and rates over two editions of the
    -- population not at all: their difference would be of the editions.
    case
        when rated.includes_mps or rated.value is null or mps.value is null then null
        when rated.denominator_vintage <> mps.denominator_vintage then null
        when rated.unit = 'per_1000' then replace({{ assessment(
            'mps_difference_pct',
            ratio_limit('rated.value', 'mps.value', 'rated.numerator', 'mps.numerator', '-'),
            ratio_limit('rated.value', 'mps.value', 'rated.numerator', 'mps.numerator', '+'),
            "'none'") }}, 'change', 'difference')
        else replace({{ assessment(
            'mps.value - rated.value',
            points_limit('rated.numerator', 'rated.denominator', 'mps.numerator', 'mps.denominator', '-'),
            points_limit('rated.numerator', 'rated.denominator', 'mps.numerator', 'mps.denominator', '+'),
            "'none'") }}, 'change', 'difference')
    end as mps_reading,
    rated.vintage_on
from rated
left join (from rated where comparator_id = 'mps') as mps using (subject_id, period_start, period_end)
