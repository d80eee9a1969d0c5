{#-
    The as-of rule, in the one place where it is written.

    A delivery is a complete statement of the periods it covers. As of a date, the figure for a period is the
    statement of the latest delivery known by then that covers the period; a key that this delivery does not
    state is withdrawn. `vintage_on` is the day a delivery became known; of two known on one day the later
    received counts.
-#}
{% macro coverage_as_of(as_of, coverage=none) -%}
    select feed, scope, period_start, period_end, arg_max(delivery_id, vintage_order) as delivery_id
    from {{ coverage or ref('int_coverage') }}
    where vintage_on <= {{ as_of }}
    group by feed, scope, period_start, period_end
{%- endmacro %}

{#- Every observation as it stood at the close of the day `as_of`. -#}
{% macro observations_as_of(as_of, statements=none, coverage=none) -%}
    select
        statements.feed, statements.scope, statements.delivery_id, coverage.vintage_on, statements.series_id,
        statements.area_code, statements.group_id, statements.period_kind, statements.period_start,
        statements.period_end, statements.value, statements.lower, statements.upper, statements.status
    from {{ statements or ref('int_statements') }} as statements
    inner join ({{ coverage_as_of(as_of, coverage) }}) as latest
        using (feed, scope, period_start, period_end, delivery_id)
    inner join {{ coverage or ref('int_coverage') }} as coverage
        using (feed, scope, period_start, period_end, delivery_id)
{%- endmacro %}

{#-
    The same rule as a DuckDB table macro that travels in the analysts' file:
    `select * from marts.observations_as_of(date '2025-12-31')`.
    Names carry no database, because the file is opened under another path.
-#}
{% macro create_observations_as_of() -%}
    create or replace macro {{ this.schema }}.observations_as_of(as_of) as table
    {{ observations_as_of(
        'as_of',
        ref('int_statements').include(database=false),
        ref('int_coverage').include(database=false),
    ) }}
{%- endmacro %}
