-- Each delivery against the one before it that covers the same period: the cells it changed. Pairs that were compared
-- before are not compared again; a delivery that arrives late parts a pair, whose comparison then goes. A file without
-- a cell says of it what one says with a nought: neither is a change of the other.
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
        when (older.feed is null or newer.feed is null) and taxonomies.of_newer <> taxonomies.of_older
            then 'reclassified'
        when older.feed is null then 'added'
        when newer.feed is null then 'withdrawn'
        else 'revised'
    end as change_kind,
    older.value as previous_value,
    newer.value,
    case
        when older.feed is null then newer.value
        when newer.feed is null then -older.value
        else newer.value - older.value
    end as difference
from newer
full outer join older
    using (
        feed, scope, series_id, area_code, group_id, period_start, period_end, delivery_id, vintage_on,
        previous_delivery_id, previous_vintage_on
    )
left join (
    select
        now.delivery_id,
        before.delivery_id as previous_delivery_id,
        now.taxonomy as of_newer,
        before.taxonomy as of_older
    from {{ source('landing', 'receipts') }} as now
    inner join {{ source('landing', 'receipts') }} as before using (feed)
) as taxonomies using (delivery_id, previous_delivery_id)
where
    newer.value is distinct from older.value
    and not ((older.feed is null and newer.value = 0) or (newer.feed is null and older.value = 0))
