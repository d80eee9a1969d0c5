-- A forecast is no observation: it goes to marts of its own, and not into int_statements.
select
    delivery_id,
    forecast,
    reason,
    basis,
    frozen_on,
    as_of,
    training_sha256,
    model,
    measure_id,
    area_code,
    trained_from,
    trained_to,
    naive_error,
    period_start,
    period_end,
    point,
    lower_80,
    upper_80,
    lower_95,
    upper_95
from {{ source('landing', 'oversight_forecast') }}
