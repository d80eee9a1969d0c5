-- Each delivery with the one before it that covers the same period.
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
