{#- One line a feed: its staging model. -#}
{%- set staged = [
    ref('stg_mps_recorded_crime_borough'),
    ref('stg_mps_recorded_crime_ward'),
    ref('stg_mps_recorded_crime_lsoa'),
    ref('stg_mps_knife_crime'),
    ref('stg_mps_other_crime'),
    ref('stg_mps_vawg'),
    ref('stg_mps_force_strength'),
    ref('stg_mps_custody'),
    ref('stg_moj_proven_reoffending'),
    ref('stg_moj_courts'),
    ref('stg_moj_reoffending_by_offence'),
    ref('stg_tfl_journeys'),
    ref('stg_tfl_transport_crime'),
    ref('stg_tfl_road_casualties'),
    ref('stg_tfl_bus_safety'),
    ref('stg_nhs_fingertips'),
    ref('stg_nhs_admitted_care'),
    ref('stg_mopac_public_perception'),
    ref('stg_mopac_public_attitude'),
    ref('stg_mps_homicide_victims'),
    ref('stg_home_office_recorded_crime_pfa'),
    ref('stg_supplier_templates'),
    ref('stg_mps_stop_and_search'),
    ref('stg_mps_thorough_searches'),
    ref('stg_ons_population_groups'),
    ref('stg_police_uk_street'),
    ref('stg_police_uk_outcomes'),
    ref('stg_police_uk_stop_and_search'),
    ref('stg_home_office_workforce'),
    ref('stg_home_office_workforce_open_data'),
    ref('stg_home_office_use_of_force'),
    ref('stg_home_office_outcomes'),
] -%}

{{ config(materialized='incremental', incremental_strategy='append') }}

{% for model in staged %}
    select
        delivery_id,
        feed,
        scope,
        series_id,
        area_code,
        group_id,
        period_kind,
        period_start,
        period_end,
        value,
        lower,
        upper,
        status
    from {{ model }}
    where {{ only_new_deliveries() }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
