{#- Schemas are named by folder alone: staging, intermediate, marts, reference. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- A name of a place as `seeds/area_names.csv` spells it: lower case, `&` as `and`, hyphens as spaces. -#}
{% macro fold_name(column) -%}
    trim(regexp_replace(replace(replace(lower({{ column }}), '&', 'and'), '-', ' '), '\s+', ' ', 'g'))
{%- endmacro %}
