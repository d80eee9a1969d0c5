{#-
    XmR control charts: mean and natural process limits of a series of single points, and the four signals of
    special cause. Source: the R package NHSRplotthedots of the NHS-R community (`ptd_spc` and
    `ptd_calculate_point_type`), which follows Making Data Count of NHS England; the factors are Wheeler's.
-#}

{#- Moving ranges from this many times their mean are left out, once, before the limits are set. -#}
{% macro xmr_screen(range, mean_range) -%}
    {{ range }} < 3.267 * {{ mean_range }}
{%- endmacro %}

{#- A natural process limit. -#}
{% macro xmr_limit(mean, mean_range, sign) -%}
    {{ mean }} {{ sign }} 2.66 * {{ mean_range }}
{%- endmacro %}

{#- Points from which limits are more than a trial. -#}
{% macro xmr_enough() -%} 12 {%- endmacro %}

{#-
    Least mean count of a month that is charted: of fewer, most steps are from nothing to one and back, which the screen
    takes for special causes, and the limits that are left hold next to no month.
-#}
{% macro xmr_fewest() -%} 5 {%- endmacro %}

{#- A mean that does not depend on the order of its rows. -#}
{% macro exact_mean(x) -%}
    {{ exact_sum(x) }} / count({{ x }})
{%- endmacro %}
