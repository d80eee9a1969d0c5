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

stated as (
    select
        latest.as_of,
        inputs.measure_id,
        inputs.area_code,
        inputs.period_start,
        inputs.period_end,
        inputs.value,
        date_diff('month', inputs.period_start, inputs.period_end) + 1 as months
    from latest
    inner join {{ ref('int_claim_inputs') }} as inputs
        using (feed, scope, period_start, period_end, delivery_id)
)

-- A window is whole when the months of the periods inside it add up to its own: twelve months, or one figure that a
-- source publishes for the twelve.
select
    days.claim_id,
    days.moment,
    days.as_of,
    {% for side in ('baseline', 'current') %}
        sum(stated.value) filter (
            stated.period_start >= claims.{{ side }}_start and stated.period_end <= claims.{{ side }}_end
        ) as {{ side }}_value,
        sum(stated.months) filter (
            stated.period_start >= claims.{{ side }}_start and stated.period_end <= claims.{{ side }}_end
        ) as {{ side }}_months{% if not loop.last %},{% endif %}
    {% endfor %}
from as_of_days as days
inner join {{ ref('published_claims') }} as claims using (claim_id)
inner join stated
    on days.as_of = stated.as_of and claims.measure_id = stated.measure_id and claims.area_code = stated.area_code
group by all
