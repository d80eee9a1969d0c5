{#- Schemas are named by folder alone: staging, intermediate, marts, reference. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- A name of a place as `seeds/area_names.csv` spells it: lower case, `&` as `and`, hyphens as spaces. -#}
{% macro fold_name(column) -%}
    trim(regexp_replace(replace(replace(lower({{ column }}), '&', 'and'), '-', ' '), '\s+', ' ', 'g'))
{%- endmacro %}

{#-
    A police force as the Home Office names it (`Metropolitan`, `Devon & Cornwall `, `London, City of`), by its name in
    `seeds/area_names.csv`, which ends in `police`: alone, `west midlands` is the region and `city of london` the district.
-#}
{% macro fold_force(column) -%}
    replace(regexp_replace({{ fold_name(column) }}, ' police( service)?$', ''), 'london, city of', 'city of london') || ' police'
{%- endmacro %}

{#- Words of a publisher as an identifier of a group: lower case, and only letters, figures and single spaces. -#}
{% macro fold_words(column) -%}
    trim(regexp_replace(lower({{ column }}), '[^a-z0-9]+', ' ', 'g'))
{%- endmacro %}

{#- Whether a group of a feed is one that a seed names: exactly, by a prefix that ends in `/*`, or by `*` for all. -#}
{% macro matches_group(group_id, pattern) -%}
    (
        {{ pattern }} in ('*', {{ group_id }})
        or (ends_with({{ pattern }}, '/*') and starts_with({{ group_id }}, left({{ pattern }}, -1)))
    )
{%- endmacro %}

{#- A group's identifier as people read it. -#}
{% macro spell_group(group_id) -%}
    upper(left({{ group_id }}, 1)) || {{ group_id }}[2:]
{%- endmacro %}

{#- Where a file of the MPS dashboard counts an offence: its area alone names Aviation Security, else its borough. -#}
{% macro dashboard_place(landed) -%}
    if(starts_with({{ landed }}.area_name, 'Aviation Security'), {{ landed }}.area_name, {{ landed }}.borough_snt)
{%- endmacro %}
