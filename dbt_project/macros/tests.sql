{#- The columns together identify a row. -#}
{% test unique_key(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as occurrences
    from {{ model }}
    group by all
    having occurrences > 1
{% endtest %}
