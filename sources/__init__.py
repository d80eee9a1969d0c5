"""What publishers send: their files, layouts, schemas and calendars.

Nothing here knows of Dagster, object stores or dbt. A feed is one module in the folder of its source;
`registry.FEEDS` is the list of them.
"""
