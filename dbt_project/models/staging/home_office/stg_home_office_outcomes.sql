-- Offences, counted as the outcomes of all types of those recorded in the quarter, and what was reached for them; and
-- the same of the outcomes recorded in the quarter, which are of other offences. Sexual offences and robbery stand by
-- code, as measures choose among their codes; the others by subgroup.
with grouped as (
    select
        landed.*,
        names.area_code,
        lower(
            landed.offence_subgroup
            || if(landed.offence_group in ('Sexual offences', 'Robbery'), '/' || landed.offence_code, '')
        ) as group_id,
        landed.outcome_type = 1 as is_charge,
        -- Charged, cautioned, taken into consideration, a penalty notice, a cannabis warning, a community resolution.
        landed.outcome_type in (1, 2, 3, 4, 6, 7, 8) as is_positive
    from {{ source('landing', 'home_office_outcomes') }} as landed
    left join {{ ref('area_names') }} as names on {{ fold_force('landed.force') }} = names.name
),

counted as (
    select
        delivery_id,
        scope,
        area_code,
        group_id,
        period_start,
        period_end,
        coalesce(sum(of_recorded), 0) as offences_with_outcomes,
        coalesce(sum(of_recorded) filter (is_charge), 0) as offences_charged,
        coalesce(sum(of_recorded) filter (is_positive), 0) as offences_positive,
        coalesce(sum(in_quarter), 0) as outcomes_in_period,
        coalesce(sum(in_quarter) filter (is_charge), 0) as charges_in_period
    from grouped
    group by all
)

select
    delivery_id,
    'home_office_outcomes' as feed,
    scope,
    series_id,
    area_code,
    group_id,
    'quarter' as period_kind,
    period_start,
    period_end,
    value::double as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from (
    unpivot counted
    on offences_with_outcomes, offences_charged, offences_positive, outcomes_in_period, charges_in_period
    into name series_id value value
)
