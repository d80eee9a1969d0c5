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
