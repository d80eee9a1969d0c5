-- People in the police, by kind of worker and, where the source divides them, by sex or rank. Full-time equivalents and
-- heads are different counts of the same people, and the MPS does not say which of the two its own file has.
with stocks as (
    select
        *,
        regexp_extract(series_id, '^(.+)_(fte|headcount)_by_(sex|rank)$', ['worker', 'unit', 'characteristic'])
            as divided
    from {{ ref('observations') }}
    where
        series_id in ('workforce_strength', 'workforce_fte', 'workforce_headcount')
        or feed = 'home_office_workforce_open_data'
),

named as (
    select
        *,
        case
            when feed <> 'home_office_workforce_open_data' then group_id
            when divided.worker = 'police_officer' then 'officers'
            when divided.worker = 'police_staff' then 'staff'
            when divided.worker = 'police_community_support_officer' then 'pcsos'
            else replace(divided.worker, '_', ' ') || 's'
        end as worker,
        case series_id
            when 'workforce_strength' then 'not stated'
            when 'workforce_fte' then 'fte'
            when 'workforce_headcount' then 'headcount'
            else divided.unit
        end as unit,
        coalesce(nullif(divided.characteristic, ''), 'all') as characteristic,
        if(feed = 'home_office_workforce_open_data', group_id, 'all') as shown_group
    from stocks
)

select
    named.feed,
    named.area_code,
    areas.area_name,
    named.worker,
    named.unit,
    named.characteristic,
    named.shown_group as group_id,
    named.period_end,
    named.value,
    if(
        named.characteristic = 'all', null,
        100 * named.value / sum(named.value) over (
            partition by named.feed, named.series_id, named.area_code, named.period_end
        )
    ) as share_pct,
    named.status,
    -- What the vintage before said of the same day, where it said something else.
    revisions.previous_value,
    revisions.difference as revision,
    revisions.previous_vintage_on,
    named.vintage_on
from named
inner join {{ ref('areas') }} as areas using (area_code)
left join {{ ref('revisions') }} as revisions
    using (feed, scope, series_id, area_code, group_id, period_start, period_end, delivery_id)
