-- The population that a rate of a given year is taken over: the newest edition that has the year.
select
    area_code,
    year,
    arg_max(population, edition) as population,
    arg_max(vintage, edition) as vintage
from {{ ref('population') }}
group by all
