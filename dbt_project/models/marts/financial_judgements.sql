-- Every month's judgement as the newest delivery that covers the month states it, with who judged.
select
    landed.period_end as month_end,
    {{ financial_year_start('landed.period_end') }} as financial_year_start,
    landed.base as budget,
    landed.value as forecast_outturn,
    landed.value - landed.base as forecast_overspend,
    {{ change_pct('landed.base', 'landed.value') }} as forecast_overspend_pct,
    landed.judgement,
    landed.assessor,
    lag(landed.judgement) over (order by landed.period_end) as previous_judgement,
    case landed.symbol
        when 'c' then '[c]'
        when 'x' then '[x]'
    end as status,
    landed.note,
    landed.delivery_id,
    coverage.vintage_on
from {{ source('landing', 'mopac_finance') }} as landed
inner join ({{ coverage_as_of("'infinity'::date") }}) as latest
    using (scope, period_start, period_end, delivery_id)
inner join {{ ref('int_coverage') }} as coverage
    on latest.feed = coverage.feed
    and latest.scope = coverage.scope
    and latest.period_start = coverage.period_start
    and latest.period_end = coverage.period_end
    and latest.delivery_id = coverage.delivery_id
where landed.measure = 'finance_overspend_risk' and landed.characteristic = 'all'
