-- Pairs without residents are left out.
select
    landed.delivery_id,
    landed.period_start,
    landed.lsoa_code,
    landed.ward_code,
    -- The City's wards are no areas here: what is not in one of the other boroughs is in the City.
    coalesce(areas.borough_code, 'E09000001') as borough_code,
    landed.share
from {{ source('landing', 'ons_lsoa_2011_wards') }} as landed
left join {{ ref('areas') }} as areas on landed.ward_code = areas.area_code
where landed.share > 0
