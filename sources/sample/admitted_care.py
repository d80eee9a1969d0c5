"""NHS admitted patient care: assaults in England by cause, and providers by commissioning region.

Levels are round numbers of the right order, not published totals, but for England's admissions of 2024-25.
"""

from collections.abc import Iterator
from datetime import date

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import generator, last_day, month_number

LAG_MONTHS = 6

CAUSES = {
    "X95": 300, "X99": 4_000, "X99.0": 1_400, "X99.9": 2_600, "Y00": 1_500, "Y04": 10_500, "Y05": 250, "Y09": 900,
}  # fmt: skip
"""Admissions of England a year, by cause: firearms, sharp and blunt objects, bodily force, sexual assault, others."""
EPISODES = 1.06
"""Consultant episodes of an admission."""
AGES = {
    "Age_0_Sum": 1, "Age_1_4_Sum": 2, "Age_5_9_Sum": 2, "Age_10_14_Sum": 25, "Age_15_Sum": 22, "Age_16_Sum": 32,
    "Age_17_Sum": 38, "Age_18_Sum": 42, "Age_19_Sum": 40, "Age_20_24_Sum": 170, "Age_25_29_Sum": 140,
    "Age_30_34_Sum": 130, "Age_35_39_Sum": 110, "Age_40_44_Sum": 85, "Age_45_49_Sum": 60, "Age_50_54_Sum": 45,
    "Age_55_59_Sum": 28, "Age_60_64_Sum": 14, "Age_65_69_Sum": 6, "Age_70_74_Sum": 4, "Age_75_79_Sum": 2,
    "Age_80_84_Sum": 1, "Age_85_89_Sum": 1, "Age_90_Over_Sum": 0,
}  # fmt: skip
"""Episodes per thousand by age; ages that end below 25 are the first ten."""
ORGANISATIONS = {
    ("ENGLAND", "E92000001", "ENGLAND"): (6_614_976, 940_000),
    ("REGION", "Y56", "LONDON COMMISSIONING REGION"): (905_000, 131_000),
    ("REGION", "Y60", "MIDLANDS COMMISSIONING REGION"): (1_310_000, 185_000),
    ("PROVIDER", "RAN", "ROYAL NATIONAL ORTHOPAEDIC HOSPITAL NHS TRUST"): (5, 2_450),
}
"""Emergency admissions a year, and those for injury and poisoning."""


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return both files of the latest year that was out on `as_of`."""
    end = month_number(date(as_of.year, 3, 1))
    while last_day(end + LAG_MONTHS) > as_of:
        end -= 12
    year = end // 12
    label = f"{year - 1}-{year % 100:02}"
    tables = {
        f"hosp-epis-stat-admi-ext-caus-{label}.csv": [
            ("UID", "Code", "Category", "Attribute", "Value"),
            *((number, *row) for number, row in enumerate(_causes(year, seed), start=1)),
        ],
        f"hosp-epis-stat-admi-pla-{label}.csv": [
            ("UID", "ORG_LEVEL", "REPORTING_PERIOD", "ORG_CODE", "ORG_DESCRIPTION", "MEASURE_TYPE", "MEASURE",
             "MEASURE_VALUE", "Table_Order", "Level_Order"),
            *((number, *row, 1, 1) for number, row in enumerate(_organisations(year, seed), start=1)),
        ],
    }  # fmt: skip
    day = last_day(end + LAG_MONTHS)
    return [PublishedFile(name, day, csv_text(rows).encode("ascii")) for name, rows in tables.items()]


def _causes(year: int, seed: int) -> Iterator[tuple[object, ...]]:
    for code, level in CAUSES.items():
        rng = generator(seed, "admissions by cause", code, year)
        admissions = int(rng.poisson(level))
        episodes = round(admissions * EPISODES)
        category = "CAUSE_3" if len(code) == 3 else "CAUSE_4"
        yield (code, category, "FCE_SUM", episodes)
        yield (code, category, "FAE_SUM", admissions)
        ages = rng.multinomial(episodes, [share / sum(AGES.values()) for share in AGES.values()])
        yield from ((code, category, band, count) for band, count in zip(AGES, ages.tolist(), strict=True))


def _organisations(year: int, seed: int) -> Iterator[tuple[object, ...]]:
    for (level, code, name), levels in ORGANISATIONS.items():
        for (kind, measure), expected in zip(
            (("Summary", "FAE_EMERGENCY_SUM"), ("FAE primary diagnosis chapter", "S00_T98")), levels, strict=True
        ):
            admitted = int(generator(seed, "admissions to hospital", code, measure, year).poisson(expected))
            period = f"{(year - 1) % 100:02}{year % 100:02}"
            yield (level, period, code, name, kind, measure, admitted if level == "ENGLAND" else _controlled(admitted))


def _controlled(count: int) -> object:
    """Return a count as it is published below England."""
    return "*" if 1 <= count <= 7 else (count + 2) // 5 * 5
