select
    coverage.feed,
    coverage.delivery_id,
    coverage.scope,
    coverage.period_start,
    coverage.period_end,
    receipts.vintage_on,
    { day: receipts.vintage_on, moment: receipts.received_at } as vintage_order,
    row_number() over (
        partition by coverage.feed, coverage.scope, coverage.period_start, coverage.period_end
        order by receipts.vintage_on, receipts.received_at
    ) as statement_number
from {{ source('landing', 'coverage') }} as coverage
inner join {{ source('landing', 'receipts') }} as receipts using (delivery_id)
where receipts.outcome = 'landed'
