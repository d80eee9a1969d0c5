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
    technical guidance and the R package PHEindicatormethods. The lower limit at 0 is 0. A count below 0, which a
    publisher's correction can leave, has none.
-#}
{% macro byar_lower(count, factor="1") -%}
    case when {{ count }} = 0 then 0.0
         when {{ count }} > 0
         then {{ factor }} * {{ count }} * pow(1 - 1 / (9.0 * {{ count }}) - {{ z95() }} / (3 * sqrt({{ count }})), 3) end
{%- endmacro %}

{% macro byar_upper(count, factor="1") -%}
    case when {{ count }} >= 0
         then {{ factor }} * ({{ count }} + 1)
              * pow(1 - 1 / (9.0 * ({{ count }} + 1)) + {{ z95() }} / (3 * sqrt({{ count }} + 1)), 3) end
{%- endmacro %}

{#- Change in per cent; undefined from 0. -#}
{% macro change_pct(before, after) -%}
    case when {{ before }} > 0 then 100 * ({{ after }} / {{ before }} - 1) end
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

{#-
    Wilson's limits of a proportion of `n`, in per cent. Source: Wilson (1927); PHEindicatormethods. A survey whose
    design effect is `deff` tells as much as a simple one of n / deff answers (Kish 1965). There is none where the
    successes are no part of n: outcomes of earlier offences can be more than it, corrected ones fewer than none.
-#}
{% macro wilson_limit(successes, n, sign, deff="1") -%}
    case when {{ n }} > 0 and {{ successes }} between 0 and {{ n }} then
        100 * ({{ successes }} / {{ n }} + pow({{ z95() }}, 2) * {{ deff }} / (2 * {{ n }})
               {{ sign }} {{ z95() }} * sqrt(
                   {{ successes }} / {{ n }} * (1 - {{ successes }} / {{ n }}) * {{ deff }} / {{ n }}
                   + pow({{ z95() }} * {{ deff }} / {{ n }}, 2) / 4))
        / (1 + pow({{ z95() }}, 2) * {{ deff }} / {{ n }})
    end
{%- endmacro %}

{#- Wilson's limits of a survey's share in per cent, of an unweighted base and a design effect. -#}
{% macro survey_limit(per_cent, base, deff, sign) -%}
    {{ wilson_limit('(' ~ per_cent ~ ' / 100 * ' ~ base ~ ')', base, sign, deff) }}
{%- endmacro %}

{#- Sampling variance of a survey's share, in points squared. -#}
{% macro survey_variance(per_cent, base, deff) -%}
    ({{ per_cent }} * (100 - {{ per_cent }}) * {{ deff }} / {{ base }})
{%- endmacro %}

{#- Limits of the change between two waves that share no answers, in percentage points: the z-test, turned round. -#}
{% macro survey_points_limit(before, base_before, deff_before, after, base_after, deff_after, sign) -%}
    {{ after }} - {{ before }} {{ sign }} {{ z95() }} * sqrt(
        {{ survey_variance(before, base_before, deff_before) }} + {{ survey_variance(after, base_after, deff_after) }})
{%- endmacro %}

{#-
    Sampling variance of a group's share less that of the whole it is a part of, in points squared. The two move
    together: their covariance is the group's part of the base times the group's own variance.
-#}
{% macro survey_gap_variance(per_cent, base, deff, whole_per_cent, whole_base, whole_deff) -%}
    greatest(0,
        {{ survey_variance(whole_per_cent, whole_base, whole_deff) }}
        + {{ survey_variance(per_cent, base, deff) }} * (1 - 2 * {{ base }} / {{ whole_base }}))
{%- endmacro %}

{#-
    Relative rate index: how many times the rate of the reference group a group's rate is, and its limits
    exp(ln(index) +/- z sqrt(1/a + 1/b)). It takes counts as Poisson. Undefined where nobody was counted.
-#}
{% macro relative_rate(count, people, reference_count, reference_people) -%}
    case when {{ people }} > 0 and {{ reference_count }} > 0
         then ({{ count }} / {{ people }}) / ({{ reference_count }} / {{ reference_people }}) end
{%- endmacro %}

{% macro relative_rate_limit(count, people, reference_count, reference_people, sign) -%}
    case when {{ count }} > 0
         then {{ relative_rate(count, people, reference_count, reference_people) }}
              * exp({{ sign }}{{ z95() }} * sqrt(1.0 / {{ count }} + 1.0 / {{ reference_count }})) end
{%- endmacro %}

{#- An index is made only of counts from which OHID's technical guidance calculates rates. -#}
{% macro fewest_compared() -%} 10 {%- endmacro %}

{#- Midpoint-6 rounding of a count: 1 to 6 is 3, 7 to 12 is 9. Source: OpenSAFELY, output checking. -#}
{% macro midpoint_6(count) -%}
    if({{ count }} > 0, ceil({{ count }} / 6.0) * 6 - 3, 0.0)
{%- endmacro %}

{#-
    Limits of the difference of two proportions, in percentage points: normal approximation of two independent samples
    (Wald; Newcombe 1998, method 1). There are none where the successes are no part of n.
-#}
{% macro points_limit(successes_before, n_before, successes_after, n_after, sign) -%}
    case when {{ n_before }} > 0 and {{ successes_before }} between 0 and {{ n_before }}
              and {{ n_after }} > 0 and {{ successes_after }} between 0 and {{ n_after }} then
        100 * ({{ successes_after }} / {{ n_after }} - {{ successes_before }} / {{ n_before }}
               {{ sign }} {{ z95() }} * sqrt(
                   {{ successes_before }} / {{ n_before }} * (1 - {{ successes_before }} / {{ n_before }}) / {{ n_before }}
                   + {{ successes_after }} / {{ n_after }} * (1 - {{ successes_after }} / {{ n_after }}) / {{ n_after }}))
    end
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

{#- Which way is wanted of a ratio that should come nearer to 1: the way it moved, if it came nearer. -#}
{% macro toward_one(before, after, direction) -%}
    case
        when {{ direction }} <> 'toward_1' then {{ direction }}
        when (abs(ln({{ after }})) < abs(ln({{ before }}))) = ({{ after }} < {{ before }}) then 'down'
        else 'up'
    end
{%- endmacro %}

{#-
    A sum that does not depend on the order of its rows, which doubles' sums do in their last digits: the same
    deliveries give the same marts to the bit, and a release can be rebuilt. Nine decimals are kept.
-#}
{% macro exact_sum(x) -%}
    sum(({{ x }})::decimal(28, 9))::double
{%- endmacro %}
