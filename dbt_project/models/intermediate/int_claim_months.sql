-- Force totals by month of the measures that claims speak of, as each delivery states them.
select
    statements.feed,
    statements.delivery_id,
    statements.scope,
    statements.period_start,
    statements.period_end,
    groups.measure_id,
    'E23000001' as area_code,
    sum(statements.value) as value
from {{ ref('int_statements') }} as statements
inner join {{ ref('int_measure_groups') }} as groups using (series_id, group_id)
inner join {{ ref('areas') }} as areas using (area_code)
where
    statements.period_kind = 'month'
    and groups.role = 'numerator'
    and areas.in_mps
    and groups.measure_id in (select measure_id from {{ ref('published_claims') }})
group by all
