-- Searches by what was looked for, what came of it, and who was searched, one characteristic at a time: each search is
-- counted once in each. The extract of the MPS is the only instrument here.
{%- set characteristics = {
    'searches_by_object': 'object',
    'searches_by_officer_ethnicity': 'ethnicity, officer-defined',
    'searches_by_self_ethnicity': 'ethnicity, self-defined',
    'searches_by_age': 'age',
    'searches_by_sex': 'sex',
} %}
with months as (
    select
        *,
        case series_id
            {% for series, characteristic in characteristics.items() %}
                when '{{ series }}' then '{{ characteristic }}'
            {% endfor %}
        end as characteristic
    from {{ ref('int_months') }}
    where characteristic is not null
),

windows as (
    select time_window, period_start, period_end
    from {{ ref('int_windows') }}
    where time_window in ('quarter', 'rolling_12m')
    union all
    select distinct 'month' as time_window, month_start as period_start, period_end
    from months
),

parts as (
    select
        months.* exclude (group_id, period_end),
        split_part(months.group_id, '/', 1) as group_id,
        split_part(months.group_id, '/', 2) as outcome,
        windows.time_window,
        windows.period_start,
        windows.period_end
    from months
    inner join windows on months.month_start >= windows.period_start and months.period_end <= windows.period_end
    qualify
        -- Windows with a month that the extract does not hold are left out.
        count(distinct months.month_start) over (partition by windows.time_window, windows.period_end)
        = date_diff('month', windows.period_start, windows.period_end) + 1
),

shown as (
    select area_code, area_code as shown_as from {{ ref('areas') }} where in_mps
    union all
    select area_code, 'E23000001' as shown_as from {{ ref('areas') }} where in_mps
),

divided as (
    select parts.* exclude (area_code), shown.shown_as as area_code
    from parts
    inner join shown using (area_code)
    union all
    select parts.* exclude (area_code) replace ('outcome' as characteristic, parts.outcome as group_id), shown.shown_as
    from parts
    inner join shown using (area_code)
    where parts.characteristic = 'object'
),

counted as (
    select
        area_code,
        characteristic,
        group_id,
        time_window,
        period_start,
        period_end,
        {{ exact_sum('value') }} as searches,
        {{ exact_sum("if(outcome = 'no further action', 0, value)") }} as further_action,
        max(vintage_on) as vintage_on
    from divided
    group by all
),

totalled as (
    select
        *,
        sum(searches) over (partition by area_code, characteristic, time_window, period_end) as searches_in_all
    from counted
)

select
    totalled.area_code,
    areas.area_name,
    totalled.time_window,
    {{ quarter_label('totalled.period_end') }} as quarter,
    totalled.period_start,
    totalled.period_end,
    totalled.characteristic,
    totalled.group_id,
    {{ spell_group('totalled.group_id') }} as group_name,
    totalled.searches,
    100 * totalled.searches / nullif(totalled.searches_in_all, 0) as share,
    totalled.further_action,
    -- What came of a search is the same for all searches of an outcome.
    if(
        totalled.characteristic = 'outcome', null, 100 * totalled.further_action / nullif(totalled.searches, 0)
    ) as find_rate,
    if(
        totalled.characteristic = 'outcome', null,
        {{ wilson_limit('totalled.further_action', 'totalled.searches', '-') }}
    ) as lower,
    if(
        totalled.characteristic = 'outcome', null,
        {{ wilson_limit('totalled.further_action', 'totalled.searches', '+') }}
    ) as upper,
    totalled.vintage_on
from totalled
inner join {{ ref('areas') }} as areas using (area_code)
