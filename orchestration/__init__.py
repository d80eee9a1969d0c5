"""The Dagster code location of Oversight: wiring and publication, no statistics."""
