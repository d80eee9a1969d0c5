with latest as (
    select measure_id, max(period_end) as latest_period_end
    from {{ ref('int_comparisons') }}
    group by all
)

select
    registry.measure_id,
    registry.measure_name,
    registry.definition,
    registry.kind,
    registry.numerator,
    registry.denominator,
    registry.unit,
    registry.direction,
    registry.frequency,
    registry.typical_lag,
    registry.geography,
    registry.lenses,
    registry.uncertainty,
    registry.disclosure_rule,
    registry.reliability_rule,
    registry.evidence,
    registry.note,
    registry.status,
    registry.why,
    latest.latest_period_end
from {{ ref('measure_registry') }} as registry
left join latest using (measure_id)
