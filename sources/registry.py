"""The list of feeds. Adding a line here is what makes a feed module part of Oversight."""

from sources import suppliers
from sources.feed import Feed
from sources.home_office import crime_outcomes, recorded_crime_pfa, use_of_force, workforce, workforce_open_data
from sources.moj import courts, proven_reoffending, reoffending_by_offence
from sources.mopac import public_attitude, public_perception
from sources.mps import (
    custody,
    force_strength,
    homicide_victims,
    knife_crime,
    other_crime,
    recorded_crime_borough,
    recorded_crime_lsoa,
    recorded_crime_ward,
    stop_and_search,
    thorough_searches,
    vawg,
)
from sources.nhs import admitted_care, fingertips
from sources.ons import lsoa_2011_wards, lsoa_wards, population_groups
from sources.oversight import forecast
from sources.police_uk import outcomes, searches, street
from sources.tfl import bus_safety, journeys, road_casualties, transport_crime

FEEDS: tuple[Feed, ...] = (
    recorded_crime_borough.FEED,
    recorded_crime_ward.FEED,
    recorded_crime_lsoa.FEED,
    knife_crime.FEED,
    other_crime.FEED,
    vawg.FEED,
    force_strength.FEED,
    custody.FEED,
    proven_reoffending.FEED,
    courts.FEED,
    reoffending_by_offence.FEED,
    journeys.FEED,
    transport_crime.FEED,
    road_casualties.FEED,
    bus_safety.FEED,
    fingertips.FEED,
    admitted_care.FEED,
    public_perception.FEED,
    public_attitude.FEED,
    homicide_victims.FEED,
    recorded_crime_pfa.FEED,
    *suppliers.FEEDS,
    stop_and_search.FEED,
    thorough_searches.FEED,
    population_groups.FEED,
    forecast.FEED,
    lsoa_wards.FEED,
    lsoa_2011_wards.FEED,
    street.FEED,
    outcomes.FEED,
    searches.FEED,
    workforce.FEED,
    workforce_open_data.FEED,
    use_of_force.FEED,
    crime_outcomes.FEED,
)


def feed(name: str) -> Feed:
    """Return the feed called `name`; raises `KeyError` naming the feeds there are."""
    for candidate in FEEDS:
        if candidate.name == name:
            return candidate
    raise KeyError(f"no feed is called {name!r}; the feeds are {', '.join(f.name for f in FEEDS)}")
