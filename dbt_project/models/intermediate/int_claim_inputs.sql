-- What each delivery states of the measures that claims speak of: totals of the force by month, and figures that a
-- source publishes ready made.
{{ config(materialized='incremental', incremental_strategy='append') }}

select
    statements.feed,
    statements.delivery_id,
    statements.scope,
    statements.period_start,
    statements.period_end,
    groups.measure_id,
    if(statements.period_kind = 'month', 'E23000001', statements.area_code) as area_code,
    sum(statements.value) as value
from {{ ref('int_statements') }} as statements
inner join {{ ref('int_measure_groups') }} as groups using (series_id, group_id)
inner join {{ ref('areas') }} as areas using (area_code)
where
    groups.role = 'numerator'
    and groups.measure_id in (select measure_id from {{ ref('published_claims') }})
    and (
        (statements.period_kind = 'month' and areas.in_mps)
        or statements.period_kind = 'published'
    )
    and {{ only_new_deliveries('statements.delivery_id') }}
group by all
