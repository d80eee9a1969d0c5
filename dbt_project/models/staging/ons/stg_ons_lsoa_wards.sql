-- London's small areas, each in one ward.
select
    delivery_id,
    period_start,
    lsoa_code,
    ward_code,
    district_code as borough_code
from {{ source('landing', 'ons_lsoa_wards') }}
where starts_with(district_code, 'E09')
