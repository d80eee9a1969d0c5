-- Where in London the small areas of both censuses lie, by the lookups as they stand: wards with the share of the
-- small area's residents there, which sum to 1. The wards of 2021's small areas are the same in all years; those of
-- 2011 have shares by year, the first and the last of which stand for the years before and after.
with latest as (
    {{ coverage_as_of("'infinity'::date") }}
),

lookup_2021 as (
    select lookup.*
    from {{ ref('stg_ons_lsoa_wards') }} as lookup
    inner join latest using (delivery_id, period_start)
    where latest.feed = 'ons_lsoa_wards'
    qualify lookup.period_start = max(lookup.period_start) over ()
),

lookup_2011 as (
    select
        lookup.*,
        year(lookup.period_start) as year,
        min(year(lookup.period_start)) over () as first_year,
        max(year(lookup.period_start)) over () as last_year
    from {{ ref('stg_ons_lsoa_2011_wards') }} as lookup
    inner join latest using (delivery_id, period_start)
    where latest.feed = 'ons_lsoa_2011_wards'
)

select
    2021 as census,
    lsoa_code,
    1900 as from_year,
    9999 as to_year,
    borough_code,
    ward_code,
    1.0::double as share
from lookup_2021
union all
select
    2011 as census,
    lsoa_code,
    if(year = first_year, 1900, year) as from_year,
    if(year = last_year, 9999, year) as to_year,
    borough_code,
    ward_code,
    share / sum(share) over (partition by lsoa_code, year) as share
from lookup_2011
