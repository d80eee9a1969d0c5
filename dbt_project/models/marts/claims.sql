with recomputed as (
    select
        figures.claim_id,
        figures.moment,
        figures.as_of,
        figures.baseline_value,
        figures.current_value,
        case claims.kind
            when 'change_pct' then {{ change_pct('figures.baseline_value', 'figures.current_value') }}
            when 'change_pp' then figures.current_value - figures.baseline_value
            when 'level' then if(
                measures.denominator_series = 'population',
                measures.multiplier * figures.current_value / population.population, figures.current_value
            )
        end as figure,
        {{ round_figure('figure', 'claims.decimals') }} as rounded
    from {{ ref('int_claim_figures') }} as figures
    inner join {{ ref('published_claims') }} as claims using (claim_id)
    inner join {{ ref('measure_registry') }} as measures using (measure_id)
    left join {{ ref('int_population') }} as population
        on claims.area_code = population.area_code
        and {{ population_year('claims.current_end') }} = population.year
    where
        -- Both windows whole, or no figure; a level has one window.
        figures.current_months = date_diff('month', claims.current_start, claims.current_end) + 1
        and (
            claims.kind = 'level'
            or figures.baseline_months = date_diff('month', claims.baseline_start, claims.baseline_end) + 1
        )
),

by_vintage as (
    select
        recomputed.claim_id,
        bool_or(recomputed.rounded = claims.published_value) as reproduced_by_a_vintage
    from recomputed
    inner join {{ ref('published_claims') }} as claims using (claim_id)
    where recomputed.moment <> 'now'
    group by all
)

select
    claims.claim_id,
    claims.statement,
    claims.document,
    claims.published_on,
    claims.measure_id,
    claims.unit,
    claims.area_code,
    claims.baseline_start,
    claims.baseline_end,
    claims.current_start,
    claims.current_end,
    claims.window_basis,
    claims.published_value,
    now.baseline_value,
    now.current_value,
    now.figure as recomputed,
    now.rounded as recomputed_rounded,
    case
        when measures.status <> 'live' then 'no source yet'
        when now.rounded is null then 'window not held'
        when now.rounded = claims.published_value then 'reproduced'
        else 'differs'
    end as verdict,
    now.rounded - claims.published_value as difference,
    case
        when now.rounded is null or now.rounded = claims.published_value then null
        when by_vintage.reproduced_by_a_vintage then 'yes'
        when at_the_time.rounded is null then 'no vintage of the time is held'
        else 'no'
    end as vintages_explain,
    at_the_time.baseline_value as baseline_value_then,
    at_the_time.current_value as current_value_then,
    at_the_time.figure as recomputed_then,
    claims.note
from {{ ref('published_claims') }} as claims
inner join {{ ref('measure_registry') }} as measures using (measure_id)
left join (from recomputed where moment = 'now') as now using (claim_id)
left join (from recomputed where moment = 'then') as at_the_time using (claim_id)
left join by_vintage using (claim_id)
