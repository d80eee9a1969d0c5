select
    delivery_id,
    'tfl_transport_crime' as feed,
    scope,
    'transport_offences' as series_id,
    'E12000007' as area_code,
    case mode
        when 'Bus' then 'bus'
        when 'London Overground' then 'overground'
        when 'London Tramlink' then 'tram'
        when 'Trams' then 'tram'
        when 'TfL Rail' then 'elizabeth_line'
        when 'Elizabeth Line (formerly TfL Rail)' then 'elizabeth_line'
        when 'Elizabeth Line' then 'elizabeth_line'
        -- The Underground and the DLR are one line of the table until 2016/17.
        else 'underground_dlr'
    end as group_id,
    'month' as period_kind,
    period_start,
    period_end,
    if(count(*) = count(offences), sum(offences), null)::double as value,
    null::double as lower,
    null::double as upper,
    if(count(*) = count(offences), null, '[x]') as status
from {{ source('landing', 'tfl_transport_crime') }}
where mode <> 'All transport modes'
group by all
