{#-
    What a comparison of a window that begins on `before` with one that ends on `after` reaches over: the known breaks
    in words, null if there is none, and whether it is withheld for one of them. One row, for a lateral join.
-#}
{% macro crossed_breaks(measure_id, before, after) -%}
    (
        select
            string_agg(breaks.label, '; ' order by breaks.began_on) as label,
            coalesce(bool_or(breaks.is_withheld), false) as is_withheld
        from {{ ref('int_breaks') }} as breaks
        where breaks.measure_id = {{ measure_id }} and breaks.began_on > {{ before }} and breaks.began_on <= {{ after }}
    )
{%- endmacro %}

{#-
    By how much the share of offences that are placed in no borough may move between two windows whose boroughs are
    compared: half a per cent of the total. What moves more would be read as the boroughs' own change.
-#}
{% macro placed_alike() -%} 0.005 {%- endmacro %}
