-- The population that a rate of a given year is taken over: the newest vintage that has the year.
select
    area_code,
    year,
    arg_max(population, vintage_order) as population,
    arg_max(vintage, vintage_order) as vintage
from (
    select *, if(vintage = 'rebased-2024', 2, 1) as vintage_order
    from {{ ref('population') }}
)
group by all
