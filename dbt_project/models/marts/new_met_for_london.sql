select
    frameworks.framework_version,
    frameworks.theme as mission,
    comparisons.*
from {{ ref('int_comparisons') }} as comparisons
inner join {{ ref('frameworks') }} as frameworks using (measure_id)
where
    frameworks.framework = 'nmfl'
    and comparisons.area_code in ('E23000001', 'E12000007')
    and comparisons.period_end <= coalesce(frameworks.effective_to, 'infinity'::date)
