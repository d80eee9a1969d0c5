"""What a release is: the draft that is judged, the sealed bundle, its page, and where it is published.

Knows nothing of Dagster, object stores or the gate's engine, and computes no published figure: those come
from the marts.
"""
