-- Where the records of each file of data.police.uk lie: one row a small area, and one for records that have none.
--
-- No file says of which census its small areas are, and archives changed within a year. The lookup that knows more of
-- a file's small areas is taken, counted within London, because the one of 2011 has no more. A record with coordinates
-- and no small area is in Scotland; one whose small area is named after a borough and in no lookup cannot be placed.
{{ config(materialized='incremental', incremental_strategy='append') }}

with records as (
    {% for feed in ['police_uk_street', 'police_uk_outcomes'] %}
        select
            '{{ feed }}' as feed,
            delivery_id,
            scope,
            period_start,
            period_end,
            lsoa_code,
            lsoa_name,
            longitude is not null as is_located,
            count(*) as records
        from {{ source('landing', feed) }}
        where {{ only_new_deliveries() }}
        group by all
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

boroughs as (
    select
        census,
        lsoa_code,
        arg_max(borough_code, share) as borough_code
    from {{ ref('int_lsoa_wards') }}
    group by all
),

known as (
    select
        records.*,
        in_2011.borough_code as borough_2011,
        in_2021.borough_code as borough_2021,
        sum(records.records) filter (in_2011.borough_code is not null) over this_file as known_2011,
        sum(records.records) filter (in_2021.borough_code is not null) over this_file as known_2021
    from records
    left join (from boroughs where census = 2011) as in_2011 on records.lsoa_code = in_2011.lsoa_code
    left join (from boroughs where census = 2021) as in_2021 on records.lsoa_code = in_2021.lsoa_code
    window this_file as (partition by records.delivery_id)
),

chosen as (
    select
        *,
        if(coalesce(known_2011, 0) > coalesce(known_2021, 0), 2011, 2021) as census,
        if(census = 2011, borough_2011, borough_2021) as borough_code
    from known
)

select
    chosen.feed,
    chosen.delivery_id,
    chosen.scope,
    chosen.period_start,
    chosen.period_end,
    chosen.lsoa_code,
    chosen.is_located,
    chosen.records,
    chosen.census,
    chosen.borough_2011 is not null as is_known_in_2011,
    chosen.borough_2021 is not null as is_known_in_2021,
    case
        when chosen.borough_code is not null then chosen.borough_code
        when not chosen.is_located or names.area_code is not null then 'PUK-UNPLACED'
        else 'PUK-OUTSIDE'
    end as area_code
from chosen
left join {{ ref('area_names') }} as names
    on {{ fold_name("regexp_replace(chosen.lsoa_name, ' [0-9]{3}[A-Z]$', '')") }} = names.name
    and starts_with(names.area_code, 'E09')
