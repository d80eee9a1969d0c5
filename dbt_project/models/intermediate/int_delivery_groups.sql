-- What each delivery states, without its figures: small, where the statements are many.
{{ config(materialized='incremental', incremental_strategy='append') }}

select distinct
    feed,
    delivery_id,
    scope,
    period_kind,
    series_id,
    group_id
from {{ ref('int_statements') }}
where {{ only_new_deliveries() }}
