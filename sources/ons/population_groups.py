"""ONS Census 2021: residents of each local authority by ethnic group, by sex and by age, a file each.

The files are those of the ready-made tables TS021, TS008 and TS007, as the census pages give them out ("Create a
custom dataset" has the same columns): area, category, observation. No file of the publisher was to be had; the columns
are those that code in public repositories reads, among it with another case of the first two. Each file is a scope of
its own. It holds the authorities of England and Wales or fewer, London's 33 always.

Ethnic groups come in 20 categories and not in six: what officers tell apart (Asian, Black, White, other) counts the
Chinese with the others, where the census counts them as Asian, so the six cannot be compared with it. `Does not apply`
stands for people who are no usual residents; it has the code -8, and its observations are zero.
"""

import re
from datetime import date, timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

CENSUS_DAY = date(2021, 3, 21)
"""The files do not name it; the categories and their numbers are those of this census."""

ETHNIC_GROUPS = (
    *(
        f"Asian, Asian British or Asian Welsh: {group}"
        for group in ("Bangladeshi", "Chinese", "Indian", "Pakistani", "Other Asian")
    ),
    *(
        f"Black, Black British, Black Welsh, Caribbean or African: {group}"
        for group in ("African", "Caribbean", "Other Black")
    ),
    *(
        f"Mixed or Multiple ethnic groups: {group}"
        for group in (
            "White and Asian",
            "White and Black African",
            "White and Black Caribbean",
            "Other Mixed or Multiple ethnic groups",
        )
    ),
    *(
        f"White: {group}"
        for group in (
            "English, Welsh, Scottish, Northern Irish or British",
            "Irish",
            "Gypsy or Irish Traveller",
            "Roma",
            "Other White",
        )
    ),
    *(f"Other ethnic group: {group}" for group in ("Arab", "Any other ethnic group")),
)
SEXES = ("Female", "Male")
AGES = (
    "Aged under 1 year",
    "Aged 1 year",
    *(f"Aged {age} years" for age in range(2, 100)),
    "Aged 100 years and over",
)
NOT_RESIDENT = "Does not apply"
LONDON = tuple(f"E09{number:06}" for number in range(1, 34))

_CATEGORIES = {"ethnic_group": ETHNIC_GROUPS, "sex": SEXES, "age": AGES}


def _layout(scope: str, variable: str) -> Layout:
    return Layout(
        name=scope.replace("_", "-"),
        header=(
            re.compile(r"(?i)lower tier local authorities code"),
            re.compile(r"(?i)lower tier local authorities"),
            f"{variable} Code",
            variable,
            "Observation",
        ),
        reader=Csv(final_newline=False),  # whether the last row ends with a newline is not known
        seen="documentation",
        tidy=f"""
            select row, '{scope}' as scope, date '{CENSUS_DAY}' as period_start, date '{CENSUS_DAY}' as period_end,
                   "Lower tier local authorities Code" as area_code, "Lower tier local authorities" as area_name,
                   "{variable}" as category,
                   case when regexp_full_match("Observation", '[0-9]{{1,9}}') then "Observation"::bigint
                        end as residents,
                   case when residents is null then 'Observation is "' || coalesce("Observation", '') || '"'
                        end as unread
            from raw
        """,  # noqa: S608 - literals of this module
    )


def _of_its_variable(data: pa.PolarsData) -> pl.LazyFrame:
    known = [
        (pl.col("scope") == scope) & pl.col("category").is_in([*categories, NOT_RESIDENT])
        for scope, categories in _CATEGORIES.items()
    ]
    return data.lazyframe.select(pl.any_horizontal(known))


def _whole(data: pa.PolarsData) -> pl.LazyFrame:
    categories = pl.col("scope").replace_strict({scope: len(names) for scope, names in _CATEGORIES.items()})
    stated = (pl.col("category") != NOT_RESIDENT).sum().over("area_code")
    return data.lazyframe.select(stated == categories)


def _states(code: str) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select((pl.col("area_code") == code).any()), error=f"{code} is missing")


FEED = Feed(
    name="ons_population_groups",
    source="ons",
    title="Census 2021: usual residents by ethnic group, sex and age",
    publisher="Office for National Statistics",
    address="https://www.ons.gov.uk/datasets/create",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"(?i)(TS0(07|08|21)|custom-filtered)-.+\.csv"),),
    cadence=Cadence.DECENNIAL,
    lag=timedelta(days=618),  # ethnic groups came last, on 29 November 2022
    layouts=(
        _layout("ethnic_group", "Ethnic group (20 categories)"),
        _layout("sex", "Sex (2 categories)"),
        _layout("age", "Age (101 categories)"),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "area_code": pa.Column(pl.String, pa.Check.str_matches(r"^[EW]\d{8}$", error="not a code of an area")),
            "area_name": pa.Column(pl.String),
            "category": pa.Column(pl.String),
            "residents": pa.Column(pl.Int64),
        },
        checks=[
            pa.Check(_of_its_variable, error="the category is not known"),
            pa.Check(_whole, error="a category of the area is missing"),
            pa.Check(
                lambda data: data.lazyframe.select((pl.col("residents") == 0) | (pl.col("category") != NOT_RESIDENT)),
                error="people to whom residence does not apply are counted",
            ),
            *map(_states, LONDON),
        ],
        unique=["scope", "area_code", "category"],
        strict=True,
    ),
    # Cells are perturbed once for all tables; a correction of a table would be no more than that.
    history=History(total="sum(residents)", moves=0.01, contiguous=False),
)
