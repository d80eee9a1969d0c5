{#- `2026-Q1` for a day of January to March 2026. -#}
{% macro quarter_label(day) -%}
    year({{ day }}) || '-Q' || quarter({{ day }})
{%- endmacro %}

{#- First day of the financial year (April to March) that a day lies in. -#}
{% macro financial_year_start(day) -%}
    make_date(year({{ day }}) - (month({{ day }}) < 4)::int, 4, 1)
{%- endmacro %}

{#-
    The mid-year population a rate is taken over: that of two years before the window ends. This is what the ONS
    police force area tables do, as far as their published figures show (year to June 2024 over mid-2022).
-#}
{% macro population_year(period_end) -%}
    year({{ period_end }}) - 2
{%- endmacro %}
