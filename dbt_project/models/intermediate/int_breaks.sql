-- The known breaks of each measure: those of the series that it is made of, once a day.
select
    series.measure_id,
    breaks.began_on,
    string_agg(distinct breaks.label, '; ' order by breaks.label) as label,
    bool_or(breaks.comparison = 'withheld') as is_withheld,
    bool_or(breaks.rebases) as rebases
from {{ ref('breaks') }} as breaks
inner join {{ ref('measure_series') }} as series
    on breaks.feed = series.feed and coalesce(breaks.series_id, series.series_id) = series.series_id
group by all
