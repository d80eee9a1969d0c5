{#-
    Formulas, each with its source. Intervals are 95 per cent. A macro returns SQL of type double;
    null in, null out.
-#}

{% macro z95() -%} 1.959963984540054 {%- endmacro %}

{#-
    Round half away from zero, on the unrounded figure: -7.48 is -7, -7.5 is -8. This is what DuckDB's
    round() does with doubles; it is named here so that no mart rounds in another way.
-#}
{% macro round_figure(x, decimals) -%}
    round({{ x }}, {{ decimals }})
{%- endmacro %}

{#-
    Byar's limits of a count, scaled by `factor`. Source: Breslow and Day (1987), as in the Fingertips
    technical guidance and the R package PHEindicatormethods. The lower limit at 0 is 0.
-#}
{% macro byar_lower(count, factor="1") -%}
    case when {{ count }} = 0 then 0.0
         else {{ factor }} * {{ count }} * pow(1 - 1 / (9.0 * {{ count }}) - {{ z95() }} / (3 * sqrt({{ count }})), 3) end
{%- endmacro %}

{% macro byar_upper(count, factor="1") -%}
    {{ factor }} * ({{ count }} + 1)
    * pow(1 - 1 / (9.0 * ({{ count }} + 1)) + {{ z95() }} / (3 * sqrt({{ count }} + 1)), 3)
{%- endmacro %}

{#-
    Limits of the relative change, in per cent, between two Poisson counts `a` (before) and `b` (after), or
    two rates with those counts: exp(ln(ratio) +/- z sqrt(1/a + 1/b)) - 1. It takes counts as Poisson;
    where they cluster the true interval is wider. Undefined where either count is 0.
-#}
{% macro ratio_limit(before, after, before_count, after_count, sign) -%}
    case when {{ before_count }} > 0 and {{ after_count }} > 0 and {{ before }} > 0
         then 100 * (exp(ln({{ after }} / {{ before }}) {{ sign }} {{ z95() }} * sqrt(1.0 / {{ before_count }} + 1.0 / {{ after_count }})) - 1)
    end
{%- endmacro %}

{#- Wilson's limits of a proportion of `n`, in per cent. Source: Wilson (1927); PHEindicatormethods. -#}
{% macro wilson_limit(successes, n, sign) -%}
    case when {{ n }} > 0 then
        100 * ({{ successes }} / {{ n }} + pow({{ z95() }}, 2) / (2 * {{ n }})
               {{ sign }} {{ z95() }} * sqrt({{ successes }} / {{ n }} * (1 - {{ successes }} / {{ n }}) / {{ n }}
                                             + pow({{ z95() }}, 2) / (4 * pow({{ n }}, 2))))
        / (1 + pow({{ z95() }}, 2) / {{ n }})
    end
{%- endmacro %}

{#- Limits of the difference of two proportions, in percentage points: normal approximation of two samples. -#}
{% macro points_limit(successes_before, n_before, successes_after, n_after, sign) -%}
    100 * ({{ successes_after }} / {{ n_after }} - {{ successes_before }} / {{ n_before }}
           {{ sign }} {{ z95() }} * sqrt(
               {{ successes_before }} / {{ n_before }} * (1 - {{ successes_before }} / {{ n_before }}) / {{ n_before }}
               + {{ successes_after }} / {{ n_after }} * (1 - {{ successes_after }} / {{ n_after }}) / {{ n_after }}))
{%- endmacro %}

{#- What a change means: only one whose interval excludes zero is called a change. -#}
{% macro assessment(change, lower, upper, direction) -%}
    case
        when {{ change }} is null or {{ lower }} is null then null
        when {{ lower }} <= 0 and {{ upper }} >= 0 then 'no clear change'
        when {{ direction }} = 'down' then if({{ change }} < 0, 'better', 'worse')
        when {{ direction }} = 'up' then if({{ change }} > 0, 'better', 'worse')
        else if({{ change }} > 0, 'higher', 'lower')
    end
{%- endmacro %}

{#-
    A sum that does not depend on the order of its rows, which doubles' sums do in their last digits: the same
    deliveries give the same marts to the bit, and a release can be rebuilt. Nine decimals are kept.
-#}
{% macro exact_sum(x) -%}
    sum(({{ x }})::decimal(28, 9))::double
{%- endmacro %}
