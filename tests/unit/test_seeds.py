"""What the seed files must hold whatever builds on them, checked on the CSVs alone, without dbt."""

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from sources.mps.places import WARDS
from sources.ons.population_groups import ETHNIC_GROUPS
from sources.registry import FEEDS

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
NAMES = sorted(path.stem for path in SEEDS.glob("*.csv"))
Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by(name: str, column: str) -> dict[str, Row]:
    return {row[column]: row for row in read(name)}


def documented() -> dict[str, dict[str, object]]:
    return {seed["name"]: seed for seed in yaml.safe_load((SEEDS / "_seeds.yml").read_text())["seeds"]}


def fold(name: str) -> str:
    return " ".join(name.lower().replace("&", " and ").replace("-", " ").split())


MEASURES = by("measure_registry", "measure_id")
AREAS = by("areas", "area_code")
LIVE = {measure for measure, row in MEASURES.items() if row["status"] == "live"}


# every seed ---------------------------------------------------------------------------------------


def test_every_seed_is_documented_and_every_document_has_a_seed() -> None:
    assert sorted(documented()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_documented_and_typed(name: str) -> None:
    seed = documented()[name]
    columns = list(read(name)[0])
    assert [column["name"] for column in seed["columns"]] == columns  # type: ignore[attr-defined]
    assert list(seed["config"]["column_types"]) == columns  # type: ignore[index]
    assert all(column["description"].strip() for column in seed["columns"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
def test_cells_carry_no_stray_space_and_rows_are_whole(name: str) -> None:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert {len(row) for row in rows} == {len(header)}
    assert [cell for row in rows for cell in row if cell != " ".join(cell.split())] == []


KEYS = {
    "areas": ["area_code"],
    "area_names": ["name"],
    "population": ["area_code", "year", "vintage"],
    "measure_registry": ["measure_id"],
    "measure_series": ["measure_id", "role", "feed", "series_id", "group_id"],
    "disclosure_rules": ["disclosure_rule"],
    "measure_parts": ["measure_id", "split", "part_id"],
    "frameworks": ["framework_version", "measure_id"],
    "baselines": ["baseline_id", "framework_version", "measure_id"],
    "published_claims": ["claim_id"],
    "release_calendar": ["quarter"],
    "breaks": ["break_id"],
    "comparators": ["comparator_id", "part", "area_code"],
    "comparison_series": ["subject_id", "series_id", "group_id"],
    "reliability_rules": ["reliability_rule"],
    "redefinitions": ["redefinition_id"],
    "targets": ["target_id"],
    "rate_comparisons": ["measure_id", "series_id"],
    "rate_groups": ["characteristic", "instrument", "role", "source_group"],
}


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_unique_and_whole(name: str) -> None:
    keys = [tuple(row[column] for column in KEYS[name]) for row in read(name)]
    assert len(keys) == len(set(keys))
    assert all(all(key) for key in keys)


REQUIRED = {
    "areas": ["area_name", "kind", "in_mps", "source"],
    "area_names": ["area_code", "source"],
    "population": ["population", "edition", "source"],
    "measure_registry": [
        "measure_name",
        "definition",
        "kind",
        "numerator",
        "unit",
        "frequency",
        "direction",
        "status",
    ],
    "frameworks": ["framework", "framework_title", "effective_from", "theme", "theme_order", "assignment"],
    "baselines": ["label", "baseline_start", "baseline_end", "note"],
    "published_claims": ["statement", "document", "published_on", "measure_id", "kind", "unit", "decimals"],
    "release_calendar": ["release_at", "policy"],
    "breaks": ["feed", "began_on", "label", "comparison", "rebases", "source"],
    "redefinitions": ["feed", "published_from", "label", "source"],
    "targets": ["measure_id", "area_code", "label", "target_on", "kind", "value", "source"],
    "rate_comparisons": ["characteristic", "instrument", "reference_group", "population_series", "wanted"],
    "rate_groups": ["group_id"],
}


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_required_cells_are_filled(name: str) -> None:
    empty = [(row[KEYS[name][0]], column) for row in read(name) for column in REQUIRED[name] if not row[column]]
    assert empty == []


REFERENCES = [
    ("areas", "bcu_code", "areas", "area_code"),
    ("areas", "borough_code", "areas", "area_code"),
    ("area_names", "area_code", "areas", "area_code"),
    ("population", "area_code", "areas", "area_code"),
    ("measure_series", "measure_id", "measure_registry", "measure_id"),
    ("measure_registry", "disclosure_rule", "disclosure_rules", "disclosure_rule"),
    ("measure_parts", "measure_id", "measure_registry", "measure_id"),
    ("measure_parts", "part_id", "measure_registry", "measure_id"),
    ("frameworks", "measure_id", "measure_registry", "measure_id"),
    ("baselines", "measure_id", "measure_registry", "measure_id"),
    ("baselines", "framework_version", "frameworks", "framework_version"),
    ("published_claims", "measure_id", "measure_registry", "measure_id"),
    ("published_claims", "area_code", "areas", "area_code"),
    ("breaks", "feed", "measure_series", "feed"),
    ("comparators", "area_code", "areas", "area_code"),
    ("targets", "measure_id", "measure_registry", "measure_id"),
    ("targets", "area_code", "areas", "area_code"),
    ("breaks", "series_id", "measure_series", "series_id"),
    ("rate_comparisons", "measure_id", "measure_registry", "measure_id"),
]


@pytest.mark.parametrize(("child", "column", "parent", "key"), REFERENCES)
def test_references_hold(child: str, column: str, parent: str, key: str) -> None:
    assert {row[column] for row in read(child)} - {row[key] for row in read(parent)} <= {""}


# disclosure ---------------------------------------------------------------------------------------


def test_every_measure_has_a_disclosure_rule() -> None:
    assert [measure for measure, row in MEASURES.items() if not row["disclosure_rule"]] == []


def test_a_threshold_of_counts_is_protected_by_a_width_that_hides_as_much() -> None:
    for row in read("disclosure_rules"):
        assert bool(row["threshold"]) == bool(row["protection_width"])
        if row["threshold"]:
            assert int(row["protection_width"]) >= int(row["threshold"]) - 1, row


# areas and names ----------------------------------------------------------------------------------


def test_parts_of_the_mps_are_32_boroughs_and_two_pseudo_areas() -> None:
    parts = {code for code, row in AREAS.items() if row["in_mps"] == "true"}
    assert parts == {f"E09{number:06}" for number in range(2, 34)} | {"MPS-UNKNOWN", "MPS-AIRPORTS"}


def test_every_borough_but_the_city_has_a_command_unit_and_every_unit_a_borough() -> None:
    boroughs = [row for row in AREAS.values() if row["kind"] == "borough"]
    assert len(boroughs) == 33
    assert [row["area_name"] for row in boroughs if not row["bcu_code"]] == ["City of London"]
    units = {code for code, row in AREAS.items() if row["kind"] == "bcu"}
    assert len(units) == 12
    assert {row["bcu_code"] for row in boroughs} - {""} == units


def test_regions_are_the_nine_of_england() -> None:
    assert {code for code, row in AREAS.items() if row["kind"] == "region"} == {f"E1200000{n}" for n in range(1, 10)}


def test_wards_are_those_of_their_boroughs_that_the_ward_file_has() -> None:
    wards: dict[str, list[str]] = {}
    for code, row in AREAS.items():
        assert (row["kind"] == "ward") == bool(row["borough_code"])
        if row["kind"] == "ward":
            wards.setdefault(AREAS[row["borough_code"]]["area_name"], []).append(code)
    assert {borough: tuple(sorted(codes)) for borough, codes in wards.items()} == WARDS


def test_names_are_folded() -> None:
    assert [row["name"] for row in read("area_names") if row["name"] != fold(row["name"])] == []


def test_every_area_but_a_ward_is_found_by_its_own_name() -> None:
    names = by("area_names", "name")
    for code, row in AREAS.items():
        if row["kind"] == "ward":
            continue
        assert names[fold(row["area_name"])]["area_code"] == code


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("Barking & Dagenham", "E09000002"),
        ("KINGSTON-UPON-THAMES", "E09000021"),
        ("Kingston", "E09000021"),
        ("Richmond Upon Thames", "E09000027"),
        ("City of Westminster", "E09000033"),
        ("Ealing ", "E09000009"),
        ("London Heathrow and London City Airports", "MPS-AIRPORTS"),
        ("Aviation Security (SO18)", "MPS-AIRPORTS"),
        ("Unknown", "MPS-UNKNOWN"),
        ("Other / NK", "MPS-UNKNOWN"),
        ("Not specified", "TFL-UNKNOWN"),
        ("None London Borough", "TFL-OUTSIDE"),
        ("Metropolitan Police", "E23000001"),
        ("Metropolitan", "E23000001"),
        ("London, City of", "E23000034"),
        ("City of London", "E09000001"),
        ("West Midlands", "E12000005"),
        ("Yorkshire and The Humber", "E12000003"),
        ("Yorkshire and the Humber region", "E12000003"),
        ("London region", "E12000007"),
        ("Eastern", "E12000006"),
        ("East", "E12000006"),
        ("England", "E92000001"),
        ("England and Wales", "K04000001"),
    ],
)
def test_names_seen_in_published_files_are_known(published: str, code: str) -> None:
    assert by("area_names", "name")[fold(published)]["area_code"] == code


def test_a_place_that_is_no_area_has_no_code() -> None:
    assert "non met police force" not in by("area_names", "name")


# population ---------------------------------------------------------------------------------------

POPULATION = {
    (row["area_code"], int(row["year"]), row["vintage"]): int(row["population"]) for row in read("population")
}


def test_each_vintage_has_its_place_in_the_order_of_editions() -> None:
    editions = {(row["edition"], row["vintage"]) for row in read("population")}
    assert len(editions) == len(dict(editions)) == len({vintage for _, vintage in editions})


@pytest.mark.parametrize(("vintage", "years"), [("mid-2020", range(2011, 2021)), ("rebased-2024", range(2019, 2025))])
def test_totals_are_the_sums_of_their_boroughs(vintage: str, years: range) -> None:
    assert {year for _, year, kind in POPULATION if kind == vintage} == set(years)
    for year in years:
        boroughs = {code: POPULATION[code, year, vintage] for code, row in AREAS.items() if row["kind"] == "borough"}
        assert POPULATION["E12000007", year, vintage] == sum(boroughs.values())
        assert POPULATION["E23000001", year, vintage] == sum(boroughs.values()) - boroughs["E09000001"]


@pytest.mark.parametrize(
    ("area", "year", "vintage", "published"),
    [
        ("E12000007", 2020, "mid-2020", 9_002_488),
        ("E12000007", 2020, "rebased-2024", 8_867_008),
        ("E09000033", 2020, "mid-2020", 269_848),
        ("E09000033", 2020, "rebased-2024", 205_624),
        ("E09000001", 2020, "mid-2020", 10_938),
        ("E09000001", 2020, "rebased-2024", 8_331),
        ("K04000001", 2020, "mid-2020", 59_719_724),
    ],
)
def test_published_populations(area: str, year: int, vintage: str, published: int) -> None:
    assert POPULATION[area, year, vintage] == published


# comparators --------------------------------------------------------------------------------------


def test_england_and_wales_with_and_without_london_differ_by_its_two_forces() -> None:
    forces: dict[str, set[str]] = {}
    for row in read("comparators"):
        if row["part"] == "force":
            forces.setdefault(row["comparator_id"], set()).add(row["area_code"])
    assert len(forces["england_and_wales"]) == 43
    assert forces["england_and_wales"] - forces["outside_london"] == {"E23000001", "E23000034"}
    including = {row["comparator_id"] for row in read("comparators") if row["includes_mps"] == "true"}
    assert including == {comparator for comparator, its in forces.items() if "E23000001" in its}


def test_compared_series_are_those_of_feeds_that_there_are() -> None:
    assert {row["feed"] for row in read("comparison_series")} <= {feed.name for feed in FEEDS}


# measures and their series ------------------------------------------------------------------------


def test_live_measures_are_those_with_series() -> None:
    assert {row["measure_id"] for row in read("measure_series")} == LIVE


def test_series_are_those_of_feeds_that_there_are() -> None:
    assert {row["feed"] for row in read("measure_series")} <= {feed.name for feed in FEEDS}


def test_a_measure_without_a_source_says_what_is_missing_and_a_live_one_does_not() -> None:
    assert [measure for measure, row in MEASURES.items() if bool(row["why"]) == (measure in LIVE)] == []


def test_victims_by_what_they_are_are_shown_for_london_and_a_year() -> None:
    """Few enough to be known: not below borough and year by any characteristic."""
    by_characteristic = {row["measure_id"] for row in read("measure_series") if row["series_id"] == "homicide_victims"}
    assert len(by_characteristic) == 4
    for measure in by_characteristic:
        assert (MEASURES[measure]["geography"], MEASURES[measure]["frequency"]) == ("MPS", "annual")


def test_a_measure_that_is_shown_by_year_has_no_chart_by_month() -> None:
    assert [m for m, row in MEASURES.items() if row["frequency"] == "annual" and row["spc"] != "none"] == []


def test_multiplier_belongs_to_the_unit() -> None:
    wanted = {"pct": "100", "pp": "100", "per_1000": "1000"}
    for row in MEASURES.values():
        expected = "" if row["kind"] in ("count", "stock") else wanted.get(row["unit"], "1")
        assert (row["measure_id"], row["multiplier"]) == (row["measure_id"], expected)


def test_a_count_has_no_denominator_and_everything_else_has_one() -> None:
    assert [m for m, row in MEASURES.items() if bool(row["denominator"]) == (row["kind"] in ("count", "stock"))] == []


def test_denominators_of_live_measures_are_rows_or_the_population() -> None:
    rows = {row["measure_id"] for row in read("measure_series") if row["role"] == "denominator"}
    population = {measure for measure, row in MEASURES.items() if row["denominator_series"] == "population"}
    assert population == {"vap_rate_per_1000"}
    assert rows >= {"proven_reoffending_rate", "proven_reoffences_per_reoffender", "tfl_crime_rate"}
    by_group = {measure for measure, row in MEASURES.items() if row["denominator_series"] == "population_groups"}
    assert by_group <= {row["measure_id"] for row in read("rate_comparisons")}
    with_base = {row["measure_id"] for row in read("measure_series") if row["role"] == "base"} | {"pas_gap"}
    without = {measure for measure in LIVE if measure.startswith("pas_")} - with_base
    assert {MEASURES[measure]["uncertainty"] for measure in without} == {"none: neither bases nor limits are published"}
    ready_made = {"nhs_violence_admissions_rate"} | with_base | without
    assert rows | population | ready_made == {m for m in LIVE if MEASURES[m]["kind"] not in ("count", "stock")}


def test_numerator_and_denominator_of_a_ratio_cover_the_same_groups() -> None:
    groups: dict[tuple[str, str], set[str]] = {}
    for row in read("measure_series"):
        groups.setdefault((row["measure_id"], row["role"]), set()).add(row["group_id"])
    for (measure, role), found in groups.items():
        if role == "denominator":
            assert found == groups[measure, "numerator"], measure


def test_groups_are_written_as_feeds_write_them() -> None:
    pattern = re.compile(r"\*|[a-z0-9+ _-]+(/([a-z0-9+ _-]+|\*))?")
    assert [row["group_id"] for row in read("measure_series") if not pattern.fullmatch(row["group_id"])] == []


def test_every_group_that_is_compared_is_counted_and_has_residents() -> None:
    groups: dict[tuple[str, str], dict[str, set[str]]] = {}
    for row in read("rate_groups"):
        sides = groups.setdefault(
            (row["characteristic"], row["instrument"]), {"numerator": set(), "denominator": set()}
        )
        sides[row["role"]].add(row["group_id"])
    for key, sides in groups.items():
        assert sides["numerator"] == sides["denominator"], key
    for row in read("rate_comparisons"):
        assert row["reference_group"] in groups[row["characteristic"], row["instrument"]]["numerator"], row


def test_residents_of_a_comparison_count_once() -> None:
    for instrument, kept in (("officer_defined", 15), ("self_defined", 19)):
        census = [
            row["source_group"]
            for row in read("rate_groups")
            if (row["characteristic"], row["instrument"], row["role"]) == ("ethnicity", instrument, "denominator")
        ]
        groups = [fold_ethnic_group(name) for name in ETHNIC_GROUPS]
        found = [g for g in groups for c in census if g == c or (c.endswith("*") and g.startswith(c[:-1]))]
        assert (len(found), len(set(found))) == (kept, kept)


def fold_ethnic_group(name: str) -> str:
    major, minor = name.lower().split(": ")
    return f"{re.split('[^a-z]', major)[0]}/{re.sub('[^a-z ]', '', minor)}"


# Categories of the borough file around the measures that gather several of them, by era of the file.
ERAS = {
    "2023": [
        "burglary/burglary business and community",
        "burglary/domestic burglary",
        "robbery/robbery of business property",
        "robbery/robbery of personal property",
        "theft/bicycle theft",
        "theft/theft from person",
        "vehicle offences/aggravated vehicle taking",
        "vehicle offences/interfering with a motor vehicle",
        "vehicle offences/theft from a motor vehicle",
        "vehicle offences/theft or taking of a motor vehicle",
    ],
    "2025": [
        "burglary/burglary business and community",
        "burglary/res burglary of a home",
        "robbery/robbery of business property",
        "robbery/robbery of personal property",
        "theft/bicycle theft",
        "theft/theft from the person",
        "vehicle offences/aggravated vehicle taking",
        "vehicle offences/interfering with a motor vehicle",
        "vehicle offences/theft from a vehicle",
        "vehicle offences/theft or unauth taking of a motor veh",
    ],
}


def counted(measure: str, categories: Iterable[str]) -> list[str]:
    rows = [row for row in read("measure_series") if row["measure_id"] == measure]
    groups = [row["group_id"] for row in rows if row["series_id"] == "recorded_offences"]
    return [c for c in categories for g in groups if c == g or (g.endswith("*") and c.startswith(g[:-1]))]


@pytest.mark.parametrize("era", ERAS)
def test_categories_count_once_in_every_era(era: str) -> None:
    categories = ERAS[era]
    assert counted("neighbourhood_crime", categories) == [
        c for c in categories if "bicycle" not in c and "interfering" not in c
    ]
    assert counted("theft_from_person", categories) == [c for c in categories if c.startswith("theft/theft from")]
    assert counted("robbery_personal", categories) == ["robbery/robbery of personal property"]
    assert counted("recorded_crime_all", categories) == categories


# frameworks ---------------------------------------------------------------------------------------


def test_themes_of_every_framework_version() -> None:
    themes: dict[str, dict[int, str]] = {}
    for row in read("frameworks"):
        themes.setdefault(row["framework_version"], {})[int(row["theme_order"])] = row["theme"]
    assert {version: [found[order] for order in sorted(found)] for version, found in themes.items()} == {
        "nmfl-2023": ["More Trust", "Less Crime", "High Standards"],
        "draft-2024": [
            "Reducing violence and criminal exploitation",
            "Increasing trust and confidence in the MPS",
            "Improving the criminal justice system and supporting victims",
        ],
        "final-2025": [
            "Reducing violence and criminal exploitation",
            "Building safer, more confident communities",
            "Supporting and overseeing reform of the Met",
            "Improving the criminal justice system and supporting victims",
        ],
    }


def test_versions_of_a_framework_follow_each_other_without_gap_or_overlap() -> None:
    spans = {(row["framework"], row["effective_from"], row["effective_to"]) for row in read("frameworks")}
    for _, versions in groupby(sorted(spans), key=lambda span: span[0]):
        ordered = list(versions)
        for (_, _, end), (_, start, _) in pairwise(ordered):
            assert date.fromisoformat(end) + timedelta(days=1) == date.fromisoformat(start)
        assert ordered[-1][2] == ""


def test_draft_plan_states_its_fourteen_aims() -> None:
    aims = [row["measure_id"] for row in read("frameworks") if row["assignment"] == "published"]
    assert aims == [
        "knife_crime_with_injury",
        "robbery_all",
        "knife_enabled_robbery",
        "vawg_reports",
        "vawg_charge_rate",
        "exploitation_response",
        "pas_trust_mps",
        "pas_good_job",
        "pas_gap",
        "pas_priority_asb",
        "repeat_victimisation",
        "proven_reoffending_rate",
        "victim_satisfaction",
        "pas_cjs_confidence",
    ]


def test_both_versions_of_the_plan_hold_the_same_measures_and_every_live_one() -> None:
    held = {
        version: {row["measure_id"] for row in read("frameworks") if row["framework_version"] == version}
        for version in ("draft-2024", "final-2025")
    }
    assert held["draft-2024"] == held["final-2025"] >= LIVE


def test_measures_are_numbered_within_a_theme() -> None:
    for _, rows in groupby(read("frameworks"), key=lambda row: (row["framework_version"], row["theme"])):
        orders = [int(row["measure_order"]) for row in rows]
        assert orders == list(range(1, len(orders) + 1))


# windows, baselines, claims -----------------------------------------------------------------------


def is_whole_months(start: str, end: str) -> bool:
    if not start and not end:
        return True
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return first.day == 1 and (last + timedelta(days=1)).day == 1 and first < last


@pytest.mark.parametrize(
    ("name", "window"),
    [("baselines", "baseline"), ("published_claims", "baseline"), ("published_claims", "current")],
)
def test_windows_are_whole_months(name: str, window: str) -> None:
    rows = read(name)
    assert [row for row in rows if not is_whole_months(row[f"{window}_start"], row[f"{window}_end"])] == []


def test_baselines_are_of_live_counts_of_the_plan_and_each_has_its_start() -> None:
    for version in ("draft-2024", "final-2025"):
        plan = {row["measure_id"] for row in read("frameworks") if row["framework_version"] == version}
        counts = {measure for measure in plan & LIVE if MEASURES[measure]["kind"] == "count"}
        rows = [row for row in read("baselines") if row["framework_version"] == version]
        assert {row["measure_id"] for row in rows if row["baseline_id"] == "plan-start"} == counts
        assert {row["measure_id"] for row in rows} == counts


def test_a_stated_value_says_by_whom_and_when_and_an_unstated_one_says_nothing() -> None:
    for row in read("baselines"):
        assert len({bool(row["value"]), bool(row["stated_by"]), bool(row["frozen_on"])}) == 1


def test_baseline_values_are_those_stated_in_april_2026() -> None:
    final = [row for row in read("baselines") if row["framework_version"] == "final-2025" and row["value"]]
    assert {(row["measure_id"], row["baseline_id"]): int(row["value"]) for row in final} == {
        ("homicide", "plan-start"): 104,
        ("homicide", "mayor-2016"): 119,
        ("violence_with_injury", "plan-start"): 64_542,
        ("violence_with_injury", "mayor-2016"): 74_413,
        ("violence_against_the_person", "plan-start"): 232_913,
        ("violence_against_the_person", "mayor-2016"): 189_165,
        ("robbery_all", "plan-start"): 33_975,
        ("robbery_all", "mayor-2016"): 21_257,
        ("robbery_personal", "plan-start"): 26_676,
        ("robbery_personal", "mayor-2016"): 19_609,
        ("burglary_all", "plan-start"): 51_983,
        ("burglary_all", "mayor-2016"): 69_456,
        ("theft_from_person", "plan-start"): 100_384,
        ("theft_from_person", "mayor-2016"): 32_889,
        ("sexual_offences", "plan-start"): 25_933,
        ("sexual_offences", "mayor-2016"): 16_536,
        ("recorded_crime_all", "plan-start"): 930_583,
        ("recorded_crime_all", "mayor-2016"): 745_723,
        ("knife_crime", "plan-start"): 16_156,
        ("knife_crime_with_injury", "plan-start"): 3_736,
        ("knife_injury_victims_u25", "plan-start"): 1_323,
    }


CLAIMS = by("published_claims", "claim_id")
# Numbers of the published figures that the documents state; the gaps are structures, dates and aims.
FIGURES = [
    *range(1, 16),
    *range(17, 24),
    *range(26, 32),
    *range(33, 69),
    *range(72, 85),
    86,
    *range(89, 95),
]


def test_every_published_figure_is_a_claim_in_order() -> None:
    figures = [*(f"G{number:03}" for number in FIGURES), "F01", "F03", "F04"]
    figures.insert(figures.index("G026") + 1, "G026-pp")  # the document leaves open which it means
    assert list(CLAIMS) == figures
    assert len(CLAIMS) == 88


@pytest.mark.parametrize(
    ("claim", "measure", "value", "unit", "baseline", "current"),
    [
        ("G001", "violence_with_injury", "-11", "pct", "2021-04-01", "2024-01-01"),
        ("G017", "homicide", "-11", "pct", "2015-06-01", "2023-12-01"),
        ("G020", "burglary_all", "-22", "pct", "2015-06-01", "2023-12-01"),
        ("G021", "vap_rate_per_1000", "27.8", "per_1000", "", "2023-07-01"),
        ("G026", "proven_reoffending_rate", "-5.3", "pct", "2015-07-01", "2022-10-01"),
        ("G026-pp", "proven_reoffending_rate", "-5.3", "pp", "2015-07-01", "2022-10-01"),
        ("G030", "tagging_pilot_effect", "-5", "pct", "", ""),
        ("G035", "violence_with_injury", "-7", "pct", "2015-06-01", "2023-12-01"),
        ("G045", "homicide", "-24", "pct", "2018-08-01", "2023-12-01"),
        ("G047", "robbery_personal", "-17", "pct", "2018-08-01", "2023-12-01"),
        ("G053", "tagging_pilot_effect", "-5", "pp", "", ""),
        ("F01", "homicide", "-14", "pct", "2015-06-01", "2024-03-01"),
    ],
)
def test_claims_of_note(claim: str, measure: str, value: str, unit: str, baseline: str, current: str) -> None:
    row = CLAIMS[claim]
    found = tuple(row[c] for c in ("measure_id", "published_value", "unit", "baseline_start", "current_start"))
    assert found == (measure, value, unit, baseline, current)


def test_a_claim_of_change_has_both_windows_and_a_figure() -> None:
    for row in CLAIMS.values():
        if row["kind"].startswith("change_"):
            assert all(row[c] for c in ("baseline_start", "current_start", "published_value", "area_code")), row


def test_figures_are_missing_only_where_the_document_gives_none() -> None:
    assert [claim for claim, row in CLAIMS.items() if not row["published_value"]] == ["G007", "G008", "G009"]


def test_decimals_are_those_of_the_figure() -> None:
    for row in CLAIMS.values():
        if row["published_value"]:
            value = float(row["published_value"])
            assert round(value, int(row["decimals"])) == value, row["claim_id"]


def test_window_basis_is_given_where_there_is_a_window() -> None:
    assert [c for c, row in CLAIMS.items() if bool(row["window_basis"]) != bool(row["current_start"])] == []


def test_a_claim_is_not_published_before_its_window_has_ended() -> None:
    future = [c for c, row in CLAIMS.items() if row["current_end"] > row["published_on"]]
    assert future == ["G012", "G075"]  # a budget and a target


# release calendar ---------------------------------------------------------------------------------


def test_releases_are_the_last_thursday_of_the_second_month_after_the_quarter() -> None:
    for row in read("release_calendar"):
        year, quarter = int(row["quarter"][:4]), int(row["quarter"][-1])
        moment = datetime.fromisoformat(row["release_at"])
        assert (moment.year * 12 + moment.month) - (year * 12 + quarter * 3) == 2
        assert (moment.isoweekday(), moment.hour, moment.minute, moment.tzinfo) == (4, 9, 30, None)
        assert (moment + timedelta(days=7)).month != moment.month


def test_calendar_runs_without_a_gap() -> None:
    quarters = [int(row["quarter"][:4]) * 4 + int(row["quarter"][-1]) for row in read("release_calendar")]
    assert quarters == list(range(2025 * 4 + 4, 2027 * 4 + 5))


def test_a_date_is_announced_four_weeks_ahead_or_says_why_not() -> None:
    for row in read("release_calendar"):
        if row["announced_on"]:
            notice = datetime.fromisoformat(row["release_at"]).date() - date.fromisoformat(row["announced_on"])
            assert notice >= timedelta(days=28)
        else:
            assert row["note"]


# redefinitions and targets ------------------------------------------------------------------------


def test_redefinitions_are_of_feeds() -> None:
    assert {row["feed"] for row in read("redefinitions")} <= {feed.name for feed in FEEDS}


def test_a_target_has_a_baseline_only_if_it_is_a_fall() -> None:
    for row in read("targets"):
        assert (row["kind"] == "fall_pct") == bool(row["baseline_start"]) == bool(row["baseline_end"])
