select
    delivery_id,
    'mopac_public_perception' as feed,
    scope,
    'public_perception' as series_id,
    'E23000001' as area_code,
    -- The short labels of the survey's workbook, which asks the same questions.
    case scope
        when 'Agree the police are dealing with the things that matter to this community' then 'understand issues'
        when 'Agree the police can be relied upon to be there when needed' then 'relied on to be there'
        when 'Agree the police listen to the concerns of local people' then 'listen to concerns'
        when 'Agree the police treat everyone fairly regardless of who they are' then 'treat everyone fairly'
        when 'Feels well informed about local police activities over the last 12 months' then 'informed local'
        when 'Knows how to contact their local ward officer' then 'contact ward officer'
        when 'Police do a good job in the local area' then 'good job local'
    end as group_id,
    'published' as period_kind,
    period_start,
    period_end,
    per_cent as value,
    null::double as lower,
    null::double as upper,
    null::varchar as status
from {{ source('landing', 'mopac_public_perception') }}
