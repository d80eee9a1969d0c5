"""The assets of the graph, in the order of a delivery's life: landing, marts, snapshot, products."""

import warnings

import dagster as dg

# Checks by partition are announced as a preview; the version is locked, and a test shows that they work.
warnings.filterwarnings(
    "ignore", category=dg.PreviewWarning, message="Specifying a partitions_def on an AssetCheckSpec"
)

OWNERS = ["team:oversight"]
WRITER = "writer"
"""Pool of one: whoever opens a database to write takes its slot."""
