-- Of each file of records, what could be placed. The parts sum to the records.
select
    places.feed,
    places.scope as force,
    places.delivery_id,
    places.period_start,
    places.period_end,
    deliveries.vintage_on,
    sum(places.records) as records,
    coalesce(sum(places.records) filter (starts_with(places.area_code, 'E09')), 0) as in_london,
    coalesce(sum(places.records) filter (places.area_code = 'PUK-OUTSIDE'), 0) as outside_london,
    coalesce(sum(places.records) filter (places.area_code = 'PUK-UNPLACED' and not places.is_located), 0)
        as without_location,
    coalesce(sum(places.records) filter (places.area_code = 'PUK-UNPLACED' and places.is_located), 0)
        as in_no_lookup,
    100.0 * (sum(places.records) - coalesce(sum(places.records) filter (places.area_code = 'PUK-UNPLACED'), 0))
    / sum(places.records) as placed_pct,
    any_value(places.census) as census,
    coalesce(sum(places.records) filter (places.is_known_in_2011), 0) as known_in_2011,
    coalesce(sum(places.records) filter (places.is_known_in_2021), 0) as known_in_2021
from {{ ref('int_police_uk_places') }} as places
inner join {{ ref('deliveries') }} as deliveries on places.delivery_id = deliveries.delivery_id
group by all
