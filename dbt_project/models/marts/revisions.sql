-- Each delivery against the one before it that covers the same period: the cells it changed.
with pairs as (
    select
        feed,
        scope,
        period_start,
        period_end,
        delivery_id,
        vintage_on,
        lag(delivery_id) over earlier as previous_delivery_id,
        lag(vintage_on) over earlier as previous_vintage_on
    from {{ ref('int_coverage') }}
    window earlier as (partition by feed, scope, period_start, period_end order by statement_number)
    qualify previous_delivery_id is not null
),

newer as (
    select pairs.*, statements.series_id, statements.area_code, statements.group_id, statements.value
    from pairs
    inner join {{ ref('int_statements') }} as statements
        using (feed, scope, period_start, period_end, delivery_id)
),

older as (
    select pairs.*, statements.series_id, statements.area_code, statements.group_id, statements.value
    from pairs
    inner join {{ ref('int_statements') }} as statements
        on pairs.feed = statements.feed
        and pairs.scope = statements.scope
        and pairs.period_start = statements.period_start
        and pairs.period_end = statements.period_end
        and pairs.previous_delivery_id = statements.delivery_id
)

select
    feed,
    scope,
    series_id,
    area_code,
    group_id,
    period_start,
    period_end,
    delivery_id,
    vintage_on,
    previous_delivery_id,
    previous_vintage_on,
    case
        when older.feed is null then 'added'
        when newer.feed is null then 'withdrawn'
        else 'revised'
    end as change_kind,
    older.value as previous_value,
    newer.value,
    coalesce(newer.value, 0) - coalesce(older.value, 0) as difference
from newer
full outer join older
    using (
        feed, scope, series_id, area_code, group_id, period_start, period_end, delivery_id, vintage_on,
        previous_delivery_id, previous_vintage_on
    )
where newer.value is distinct from older.value
