-- Every figure beside the same window one year before; a pooled period beside the last one that shares no year
-- with it. Limits are of the change, and the words follow from them alone. A known break between the two is named, or
-- withholds the comparison; editions that count otherwise are not compared.
with unplaced as (
    select
        figures.measure_id,
        figures.group_id,
        figures.time_window,
        figures.period_end,
        {{ exact_sum("if(areas.kind = 'unassigned', figures.numerator, 0)") }}
        / nullif({{ exact_sum("if(areas.area_code = 'E23000001', figures.numerator, 0)") }}, 0) as share
    from {{ ref('int_measure_values') }} as figures
    inner join {{ ref('areas') }} as areas using (area_code)
    group by all
),

paired as (
    select
        now.* exclude (published_lower, published_upper, multiplier),
        areas.area_name,
        areas.kind as area_kind,
        now.base is not null and before.base is not null as has_bases,
        nullif(concat_ws('; ', crossed.label, unlike.redefined, unlike.editions, unlike.placed_anew), '')
            as comparability,
        if(
            crossed.is_withheld or coalesce(unlike.redefined, unlike.editions) is not null, null, before.value
        ) as previous_value,
        before.numerator as previous_numerator,
        before.denominator as previous_denominator,
        before.base as previous_base,
        before.design_effect as previous_design_effect,
        before.lower as previous_lower,
        before.upper as previous_upper
    from {{ ref('int_measure_values') }} as now
    inner join {{ ref('measure_registry') }} as measures on now.measure_id = measures.measure_id
    inner join {{ ref('areas') }} as areas on now.area_code = areas.area_code
    left join {{ ref('int_measure_values') }} as before
        on now.measure_id = before.measure_id
        and now.area_code = before.area_code
        and now.group_id = before.group_id
        and now.time_window = before.time_window
        and before.period_end = last_day((
            now.period_end - to_years(greatest(1, date_diff('year', now.period_start, now.period_end + 1)::int))
        )::date)
    cross join lateral {{ crossed_breaks('now.measure_id', 'before.period_start', 'now.period_end') }} as crossed
    left join unplaced as unplaced_now
        on now.measure_id = unplaced_now.measure_id
        and now.group_id = unplaced_now.group_id
        and now.time_window = unplaced_now.time_window
        and now.period_end = unplaced_now.period_end
    left join unplaced as unplaced_before
        on before.measure_id = unplaced_before.measure_id
        and before.group_id = unplaced_before.group_id
        and before.time_window = unplaced_before.time_window
        and before.period_end = unplaced_before.period_end
    cross join lateral (
        select
            (
                select string_agg(distinct redefinitions.label, '; ' order by redefinitions.label)
                from {{ ref('redefinitions') }} as redefinitions
                inner join {{ ref('measure_series') }} as series using (feed)
                where
                    series.measure_id = now.measure_id
                    and before.vintage_on < redefinitions.published_from
                    and now.vintage_on >= redefinitions.published_from
            ) as redefined,
            -- The change of rates over two editions of the population would be of the editions.
            case
                when
                    measures.denominator_series = 'population' and before.denominator_vintage <> now.denominator_vintage
                    then
                        'the two are over different editions of the population estimates ('
                        || before.denominator_vintage || ' and ' || now.denominator_vintage || ')'
            end as editions,
            -- What was placed in no borough before, and is now, would be an increase of the boroughs.
            case
                when
                    areas.kind in ('borough', 'ward')
                    and abs(unplaced_now.share - unplaced_before.share) > {{ placed_alike() }}
                    then
                        'offences placed in no borough went from ' || round(100 * unplaced_before.share, 1)
                        || '% to ' || round(100 * unplaced_now.share, 1) || '% of the total'
            end as placed_anew
    ) as unlike
),

changed as (
    select
        *,
        if(unit = 'pct', 'pp', 'pct') as change_unit,
        case
            when previous_value is null then null
            when unit = 'pct' then value - previous_value
            else {{ change_pct('previous_value', 'value') }}
        end as change,
        case
            when previous_value is null then null
            -- The waves are a year apart and share no answers.
            when is_ready_made and has_bases
                then {{ survey_points_limit(
                    'previous_value', 'previous_base', 'previous_design_effect', 'value', 'base', 'design_effect', '-'
                ) }}
            when unit = 'pct' and not is_ready_made
                then {{ points_limit(
                    'previous_numerator', 'previous_denominator', 'numerator', 'denominator', '-') }}
            when kind = 'count' or (kind = 'rate' and not is_ready_made)
                then {{ ratio_limit('previous_value', 'value', 'previous_numerator', 'numerator', '-') }}
        end as change_lower,
        case
            when previous_value is null then null
            when is_ready_made and has_bases
                then {{ survey_points_limit(
                    'previous_value', 'previous_base', 'previous_design_effect', 'value', 'base', 'design_effect', '+'
                ) }}
            when unit = 'pct' and not is_ready_made
                then {{ points_limit(
                    'previous_numerator', 'previous_denominator', 'numerator', 'denominator', '+') }}
            when kind = 'count' or (kind = 'rate' and not is_ready_made)
                then {{ ratio_limit('previous_value', 'value', 'previous_numerator', 'numerator', '+') }}
        end as change_upper
    from paired
)

select
    changed.measure_id,
    changed.measure_name,
    changed.unit,
    changed.direction,
    changed.area_code,
    changed.area_name,
    changed.group_id,
    changed.time_window,
    {{ quarter_label('changed.period_end') }} as quarter,
    changed.period_start,
    changed.period_end,
    changed.value,
    changed.lower,
    changed.upper,
    if(changed.denominator is null or changed.is_ready_made, null, changed.numerator) as numerator,
    changed.denominator,
    changed.denominator_name,
    changed.denominator_vintage,
    changed.previous_value,
    changed.change,
    if(changed.change is null, null, changed.change_unit) as change_unit,
    changed.change_lower,
    changed.change_upper,
    case
        -- What is placed in no borough is no area that fares well or badly.
        when changed.area_kind = 'unassigned' then null
        -- For figures published ready made only their own limits are known: apart, or not clear.
        when changed.is_ready_made and not changed.has_bases then {{ assessment(
            'changed.change', '(changed.lower - changed.previous_upper)', '(changed.upper - changed.previous_lower)',
            toward_one('changed.previous_value', 'changed.value', 'changed.direction')) }}
        else {{ assessment('changed.change', 'changed.change_lower', 'changed.change_upper', 'changed.direction') }}
    end as assessment,
    changed.comparability,
    changed.is_provisional,
    changed.vintage_on
from changed
union all by name
select * from {{ ref('int_lowest_groups') }}
