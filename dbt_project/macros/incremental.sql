{#-
    What a delivery states never changes, so models that hold what every delivery states are only added to. A build
    makes them afresh (`dbt build --full-refresh`) when the project changed, when a delivery was landed again or
    withdrawn, or when the last build did not end well; see orchestration/freshness.py.
-#}
{#- A semi join with the few new deliveries lets DuckDB skip the row groups of all the others. -#}
{% macro only_new_deliveries(delivery_id='delivery_id') -%}
    {% if is_incremental() -%}
        {{ delivery_id }} in (
            select receipts.delivery_id
            from {{ source('landing', 'receipts') }} as receipts
            where receipts.outcome = 'landed' and receipts.delivery_id not in (select held.delivery_id from {{ this }} as held)
        )
    {%- else -%}
        true
    {%- endif %}
{%- endmacro %}

{#- Drop the comparisons of two deliveries that are no longer neighbours: one that arrived late came between. -#}
{% macro forget_parted_pairs() -%}
    delete from {{ this }} as compared
    where not exists (
        from {{ ref('int_vintage_pairs') }} as pairs
        where
            compared.delivery_id = pairs.delivery_id
            and compared.previous_delivery_id = pairs.previous_delivery_id
            and compared.scope = pairs.scope
            and compared.period_start = pairs.period_start
            and compared.period_end = pairs.period_end
    )
{%- endmacro %}
