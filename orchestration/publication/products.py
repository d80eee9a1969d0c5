"""The products: which mart is published under which name. Release dates and suites live elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """A dataset on the Datastore.

    `name` is the slug used in addresses and file names, `mart` the table of schema `marts` that is published,
    `key` the columns that identify a row, and `headline` the measures that lead its page, in order.
    """

    name: str
    title: str
    summary: str
    mart: str
    key: tuple[str, ...]
    headline: tuple[str, ...]


_FIGURE = ("measure_id", "area_code", "group_id", "time_window", "period_end")

PRODUCTS: Mapping[str, Product] = {
    product.name: product
    for product in (
        Product(
            name="new-met-for-london",
            title="A New Met for London: progress against the missions",
            summary="Measures of the Metropolitan Police's own plan, each with its interval and its change "
            "on a year before.",
            mart="new_met_for_london",
            key=("framework_version", "mission", *_FIGURE),
            headline=(
                "pas_trust_mps",
                "pas_good_job",
                "neighbourhood_crime",
                "violence_with_injury",
                "knife_crime_with_injury",
                "homicide",
                "robbery_all",
                "burglary_all",
                "theft_from_person",
                "officer_strength",
            ),
        ),
        Product(
            name="police-and-crime-plan",
            title="Police and Crime Plan for London: progress against the baseline",
            summary="Measures of the Mayor's plan, each against the same period a year before and against "
            "the baseline that was frozen for the plan.",
            mart="police_and_crime_plan",
            key=("framework_version", "priority", *_FIGURE, "baseline_id"),
            headline=(
                "violence_with_injury",
                "knife_crime_with_injury",
                "robbery_all",
                "homicide",
                "pas_trust_mps",
                "nhs_violence_admissions_rate",
                "neighbourhood_crime",
                "proven_reoffending_rate",
            ),
        ),
        Product(
            name="borough-performance",
            title="Recorded crime in London's boroughs",
            summary="Offences recorded by the Metropolitan Police in each of its 32 boroughs, as counts and "
            "as rates per 1,000 residents.",
            mart="borough_performance",
            key=_FIGURE,
            headline=(
                "violence_with_injury",
                "neighbourhood_crime",
                "burglary_all",
                "robbery_all",
                "theft_from_person",
                "shoplifting",
            ),
        ),
    )
}
