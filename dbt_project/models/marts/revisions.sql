-- Each delivery against the one before it that covers the same period: the cells it changed. Pairs that were compared
-- before are not compared again; a delivery that arrives late parts a pair, whose comparison then goes.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{% if is_incremental() %}{{ forget_parted_pairs() }}{% endif %}"
) }}

with pairs as (
    select pairs.* from {{ ref('int_vintage_pairs') }} as pairs
    {% if is_incremental() %}
    where not exists (
        from {{ this }} as compared
        where
            compared.delivery_id = pairs.delivery_id
            and compared.previous_delivery_id = pairs.previous_delivery_id
            and compared.scope = pairs.scope
            and compared.period_start = pairs.period_start
            and compared.period_end = pairs.period_end
    )
    {% endif %}
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
    case change_kind
        when 'added' then newer.value
        when 'withdrawn' then -older.value
        else newer.value - older.value
    end as difference
from newer
full outer join older
    using (
        feed, scope, series_id, area_code, group_id, period_start, period_end, delivery_id, vintage_on,
        previous_delivery_id, previous_vintage_on
    )
where newer.value is distinct from older.value
