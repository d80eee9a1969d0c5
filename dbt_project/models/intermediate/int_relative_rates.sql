-- Counts by group over the residents of the group, for every comparison that the seeds name: the rate, and how many
-- times the rate of the reference group it is. Areas are compared within themselves. A group that the source does not
-- know, or that no row of the seed names, is unknown: it has no rate, and its share of the count stands beside all.
with parts as (
    select
        months.series_id,
        windows.time_window,
        windows.period_start,
        windows.period_end,
        months.month_start as part_start,
        months.period_end as part_end,
        months.area_code,
        months.group_id,
        months.value,
        months.vintage_on,
        months.statement_number
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_windows') }} as windows
        on windows.time_window = 'rolling_12m'
        and months.month_start >= windows.period_start
        and months.period_end <= windows.period_end
    where months.series_id in (select series_id from {{ ref('rate_comparisons') }})
    union all
    select
        observations.series_id,
        if(observations.period_kind = 'stock', 'quarter_end', 'as_published') as time_window,
        observations.period_start,
        observations.period_end,
        observations.period_start as part_start,
        observations.period_end as part_end,
        observations.area_code,
        observations.group_id,
        observations.value,
        observations.vintage_on,
        coverage.statement_number
    from {{ ref('observations') }} as observations
    inner join {{ ref('int_coverage') }} as coverage using (feed, scope, period_start, period_end, delivery_id)
    where
        observations.series_id in (select series_id from {{ ref('rate_comparisons') }})
        and (
            observations.period_kind = 'published'
            or (
                observations.period_kind = 'stock'
                and observations.period_end = last_day(observations.period_end)
                and month(observations.period_end) % 3 = 0
            )
        )
),

-- A source that states a month at all states it whole, so a window is whole when its months are there.
whole as (
    select series_id, time_window, period_start, period_end
    from (
        select distinct series_id, time_window, period_start, period_end, part_start, part_end
        from parts
    ) as distinct_parts
    group by all
    having
        time_window <> 'rolling_12m'
        or sum(date_diff('month', part_start, part_end) + 1) = date_diff('month', period_start, period_end) + 1
),

-- Only London's residents are held. A source that states boroughs sums to the force, with what no borough is named for.
shown as (
    select area_code, area_code as shown_as
    from {{ ref('areas') }}
    where kind = 'borough' or area_code in ('E12000007', 'E23000001')
    union all
    select area_code, 'E23000001' as shown_as from {{ ref('areas') }} where in_mps
),

counted as (
    select
        comparisons.measure_id,
        comparisons.series_id,
        comparisons.characteristic,
        comparisons.instrument,
        parts.time_window,
        parts.period_start,
        parts.period_end,
        shown.shown_as as area_code,
        coalesce(groups.group_id, 'unknown') as group_id,
        -- A part that the source does not give makes the sum unknown, not smaller.
        if(count(*) = count(parts.value), {{ exact_sum('parts.value') }}, null) as counted,
        max(parts.vintage_on) as vintage_on,
        arg_max(
            parts.statement_number = 1 and parts.vintage_on - parts.period_end <= 366, parts.part_start
        ) as is_provisional
    from parts
    inner join whole using (series_id, time_window, period_start, period_end)
    inner join {{ ref('rate_comparisons') }} as comparisons using (series_id)
    inner join shown using (area_code)
    left join {{ ref('rate_groups') }} as groups
        on groups.role = 'numerator'
        and comparisons.characteristic = groups.characteristic
        and comparisons.instrument = groups.instrument
        and {{ matches_group('parts.group_id', 'groups.source_group') }}
    group by all
),

areas_counted as (
    select
        * exclude (group_id, counted, vintage_on, is_provisional),
        -- No share where a count is not known.
        if(count(*) = count(counted), {{ exact_sum('counted') }}, null) as counted_in_all,
        coalesce(sum(counted) filter (where group_id = 'unknown'), 0) as counted_unknown,
        max(vintage_on) as vintage_on,
        bool_or(is_provisional) as is_provisional
    from counted
    group by all
),

census as (
    select *
    from {{ ref('observations') }}
    where series_id in (select population_series from {{ ref('rate_comparisons') }})
    qualify period_end = max(period_end) over (partition by series_id)
),

-- Some residents are of no group that the instrument tells apart, and are left out.
residents as (
    select
        census.series_id as population_series,
        groups.characteristic,
        groups.instrument,
        shown.shown_as as area_code,
        groups.group_id,
        {{ exact_sum('census.value') }} as people,
        'Census ' || year(any_value(census.period_end)) as people_source
    from census
    inner join shown using (area_code)
    inner join {{ ref('rate_groups') }} as groups
        on groups.role = 'denominator' and {{ matches_group('census.group_id', 'groups.source_group') }}
    group by all
),

-- Every group of the instrument in every area counted: a group that nobody was counted of has a count of none.
rated as (
    select
        areas_counted.*,
        comparisons.reference_group,
        comparisons.wanted,
        groups.group_id,
        residents.people,
        residents.people_source,
        if(counted.area_code is null, 0.0, counted.counted) as counted
    from areas_counted
    inner join {{ ref('rate_comparisons') }} as comparisons
        using (measure_id, series_id, characteristic, instrument)
    inner join (
        select distinct characteristic, instrument, group_id
        from {{ ref('rate_groups') }}
        where role = 'numerator'
    ) as groups using (characteristic, instrument)
    left join counted
        using (
            measure_id, series_id, characteristic, instrument, time_window, period_start, period_end, area_code,
            group_id
        )
    left join residents
        using (population_series, characteristic, instrument, area_code, group_id)
),

compared as (
    select
        rated.*,
        -- Where no resident is counted there is nothing to be divided by.
        1000 * rated.counted / nullif(rated.people, 0) as rate,
        reference.counted as reference_counted,
        reference.people as reference_people,
        1000 * reference_counted / nullif(reference_people, 0) as reference_rate,
        case
            when coalesce(rated.people, 0) = 0 or coalesce(reference_people, 0) = 0 or rated.counted is null then '[x]'
            when rated.counted < {{ fewest_compared() }} or reference_counted < {{ fewest_compared() }} then '[u]'
        end as status
    from rated
    inner join rated as reference
        using (measure_id, series_id, characteristic, instrument, time_window, period_start, period_end, area_code)
    where reference.group_id = rated.reference_group
)

select
    measure_id,
    series_id,
    characteristic,
    instrument,
    group_id,
    {{ spell_group('group_id') }} as group_name,
    reference_group,
    area_code,
    time_window,
    period_start,
    period_end,
    counted as numerator,
    people,
    rate,
    'per_1000' as rate_unit,
    reference_rate,
    case
        when status is null then {{ relative_rate('counted', 'people', 'reference_counted', 'reference_people') }}
    end as value,
    'ratio' as unit,
    -- The reference group is its own measure.
    case
        when status is null and group_id <> reference_group
            then {{ relative_rate_limit('counted', 'people', 'reference_counted', 'reference_people', '-') }}
    end as lower,
    case
        when status is null and group_id <> reference_group
            then {{ relative_rate_limit('counted', 'people', 'reference_counted', 'reference_people', '+') }}
    end as upper,
    100 * counted_unknown / nullif(counted_in_all, 0) as share_unknown,
    people_source,
    status,
    wanted,
    is_provisional,
    vintage_on
from compared
