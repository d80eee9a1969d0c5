with latest as (
    select measure_id, max(period_end) as latest_period_end
    from (
        select measure_id, period_end from {{ ref('int_comparisons') }}
        union all
        select measure_id, period_end from {{ ref('disproportionality') }} where value is not null
    )
    group by all
),

feeds as (
    select
        measure_id,
        string_agg(feed, ', ' order by feed) as feeds,
        string_agg(feed, ', ' order by feed) filter (not landed) as missing
    from (
        select *, feed in (select feed from {{ ref('deliveries') }} where outcome = 'landed') as landed
        from {{ ref('measure_feeds') }}
    )
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
    case
        when registry.status <> 'live' then registry.why
        when latest.latest_period_end is not null then null
        when feeds.missing is not null then 'Nothing has landed of ' || feeds.missing || '.'
        else 'What has landed of ' || feeds.feeds || ' states no whole period of it.'
    end as why,
    feeds.feeds,
    latest.latest_period_end,
    case
        when registry.status <> 'live' then 'no source yet'
        when latest.latest_period_end is null then 'no figure yet'
        else 'has figures'
    end as coverage
from {{ ref('measure_registry') }} as registry
left join feeds using (measure_id)
left join latest using (measure_id)
