-- Both windows of every claim, recomputed as of the day it was published, as of now, and as of each day on
-- which a vintage became known.
with as_of_days as (
    select claim_id, 'now' as moment, 'infinity'::date as as_of from {{ ref('published_claims') }}
    union all
    select claim_id, 'then' as moment, published_on as as_of from {{ ref('published_claims') }}
    union all
    select claims.claim_id, 'any' as moment, vintages.vintage_on as as_of
    from {{ ref('published_claims') }} as claims
    cross join (select distinct vintage_on from {{ ref('int_coverage') }}) as vintages
),

latest as (
    select days.as_of, statements.*
    from (select distinct as_of from as_of_days) as days
    cross join lateral ({{ coverage_as_of('days.as_of') }}) as statements
),

months as (
    select latest.as_of, figures.measure_id, figures.area_code, figures.period_start as month_start, figures.value
    from latest
    inner join {{ ref('int_claim_months') }} as figures
        using (feed, scope, period_start, period_end, delivery_id)
)

select
    days.claim_id,
    days.moment,
    days.as_of,
    sum(months.value) filter (
        months.month_start between claims.baseline_start and claims.baseline_end
    ) as baseline_value,
    sum(months.value) filter (months.month_start between claims.current_start and claims.current_end) as current_value,
    count(*) filter (months.month_start between claims.baseline_start and claims.baseline_end) as baseline_months,
    count(*) filter (months.month_start between claims.current_start and claims.current_end) as current_months
from as_of_days as days
inner join {{ ref('published_claims') }} as claims using (claim_id)
inner join months
    on days.as_of = months.as_of and claims.measure_id = months.measure_id and claims.area_code = months.area_code
group by all
