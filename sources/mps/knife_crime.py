"""MPS Monthly Crime Dashboard, knife crime file (see `dashboard` for the shape).

Subtypes overlap and are never summed: `Knife Crime` holds the injury ones, and the `Victims` ones count victims.
"""

from sources.feed import History
from sources.mps.dashboard import dashboard_feed, one_of

SUBTYPES = (
    "Knife Crime",
    "Knife Crime with Injury",
    "Knife Crime with Injury (Personal Robbery)",
    "Knife Injury Victims (1-24)",
    "Knife Injury Victims (non DA 1-24)",
)

FEED = dashboard_feed(
    "mps_knife_crime",
    "MPS Monthly Crime Dashboard Data, knife crime",
    file="KnifeCrimeData",
    first_type="Knife Crime",
    crime_type=one_of(("Knife Crime",), "the crime type is not known"),
    crime_subtype=one_of(SUBTYPES, "the subtype is not known"),
    most=5_000,
    # No two vintages could be compared. Knife flags are added late: twice what the borough file's months move.
    history=History(
        total="sum(counted) filter (area_type = 'Borough' and crime_subtype = 'Knife Crime' and measure = 'Offences')",
        moves=0.1,
        at_least=36,
    ),
)
