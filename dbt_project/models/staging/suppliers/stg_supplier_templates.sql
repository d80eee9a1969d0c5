{#- One line a template of sources/suppliers.py: their files have one shape. -#}
{%- set templates = [
    'mopac_survey_groups',
    'mopac_victim_satisfaction',
    'mps_culture_survey',
    'mopac_complaints',
    'mps_call_handling',
    'mps_knife_enabled_robbery',
    'mps_repeat_victimisation',
    'mopac_iom_reoffending',
    'mopac_vru',
    'mopac_finance',
] -%}

with landed as (
    {% for template in templates %}
        select
            delivery_id,
            '{{ template }}' as feed,
            scope,
            measure,
            kind,
            months,
            area_name,
            characteristic,
            group_name,
            period_start,
            period_end,
            value,
            base,
            design_effect,
            symbol
        from {{ source('landing', template) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A figure and what it rests on are series of their own; what the template has not, or what is suppressed with its
-- figure, is no observation.
parts as (
    select
        landed.*,
        part.suffix,
        case part.suffix
            -- What was overspent is the forecast less the budget.
            when '' then if(landed.feed = 'mopac_finance', landed.value - landed.base, landed.value)
            when '_base' then landed.base
            when '_design_effect' then landed.design_effect
        end as stated
    from landed
    cross join (select unnest(['', '_base', '_design_effect']) as suffix) as part
    where part.suffix = '' or stated is not null
)

select
    parts.delivery_id,
    parts.feed,
    parts.scope,
    parts.measure || '_' || parts.months || 'm' || parts.suffix as series_id,
    names.area_code,
    if(parts.characteristic = 'all', 'all', parts.characteristic || '/' || parts.group_name) as group_id,
    case parts.kind
        when 'flow' then if(parts.months = 1, 'month', 'quarter')
        when 'cohort' then 'cohort'
        when 'survey' then 'published'
        when 'level' then 'stock'
    end as period_kind,
    parts.period_start,
    parts.period_end,
    parts.stated as value,
    null::double as lower,
    null::double as upper,
    if(parts.suffix = '', '[' || parts.symbol || ']', null) as status
from parts
left join {{ ref('area_names') }} as names on {{ fold_name('parts.area_name') }} = names.name
