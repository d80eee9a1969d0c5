{{ config(post_hook="{{ create_forecast_scores_of() }}") }}

with months as (
    select * from {{ ref('forecasts') }} where period_kind = 'month'
),

scores as (
    {{ forecast_scores('months') }}
)

select
    scores.forecast,
    whole.superseded_by,
    whole.is_retrospective,
    scores.measure_id,
    whole.measure_name,
    scores.area_code,
    whole.area_name,
    scores.scored_to,
    scores.months_scored,
    scores.coverage_80,
    scores.coverage_95,
    scores.mean_absolute_error,
    whole.naive_error,
    scores.mase,
    scores.actual,
    scores.point,
    scores.error_pct,
    if(scores.months_scored = 12, whole.placed, null) as year_placed,
    whole.comparability,
    whole.actual_vintage_on
from scores
inner join (from {{ ref('forecasts') }} where period_kind = 'year') as whole
    using (forecast, measure_id, area_code)
