"""Everything that the two frameworks and the documents about them state is held somewhere: what, and where.

The lists of measures and figures lie beside the publishers' files. A figure is a claim with a verdict; an aim is a
measure of the plan with its baseline; of the rest it is said below where it is proven or kept.
"""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from sources.suppliers import TEMPLATES
from tests.dbt.test_statistics import CHANGES, FIXTURES
from tests.extracts import EXTRACTS, requires_extracts
from tests.unit.test_seeds import AREAS, CLAIMS, LIVE, MEASURES, read

pytestmark = requires_extracts
PROJECT = Path(__file__).parents[2]
FRAMEWORK = EXTRACTS.parent / "framework"

Row = dict[str, str]


def listed(name: str) -> list[Row]:
    path = FRAMEWORK / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


GOLDEN = listed("golden_figures")


def of_kind(*kinds: str) -> dict[str, Row]:
    return {row["id"]: row for row in GOLDEN if row["kind"] in kinds}


def themes(version: str) -> set[str]:
    return {row["theme"] for row in read("frameworks") if row["framework_version"] == version}


def test_every_measure_of_the_list_is_in_the_registry() -> None:
    assert [row["measure_key"] for row in listed("measures") if row["measure_key"] not in MEASURES] == []


def test_no_measure_is_without_a_feed_or_a_reason_of_its_own() -> None:
    """An external fact says whose it is; a measure of a national framework says which of its sources is missing."""
    reasons = [row["why"] for measure, row in MEASURES.items() if measure not in LIVE]
    assert all(reasons)
    assert [why for why in reasons if re.search(r"publication: no feed yet\.$", why)] == []


def test_every_figure_is_a_claim_about_its_measure_in_its_unit() -> None:
    for name, row in of_kind("figure").items():
        claim = CLAIMS[name]
        assert claim["measure_id"] == row["measure_key"], name
        if re.fullmatch(r"-?\d+(\.\d+)?", row["value"]):
            assert float(claim["published_value"]) == float(row["value"]), name
        if row["unit"] in ("pct", "pp", "per_1000", "ratio", "gbp_m"):
            assert claim["unit"] == row["unit"], name


def test_every_aim_is_a_measure_of_the_plan_in_its_direction_with_its_baseline() -> None:
    plan = {row["measure_id"] for row in read("frameworks") if row["framework_version"] == "draft-2024"}
    starts = {
        row["measure_id"]: row["value"]
        for row in read("baselines")
        if (row["framework_version"], row["baseline_id"]) == ("draft-2024", "plan-start")
    }
    for row in of_kind("aim").values():
        measure = row["measure_key"]
        assert measure in plan
        assert MEASURES[measure]["direction"] == row["value"], measure
        if measure in LIVE and MEASURES[measure]["kind"] == "count":
            stated = row["verified_value"].split(" ")[0].replace(",", "")
            assert starts[measure] == stated, measure


def test_structures_of_the_plans_are_those_of_the_seeds() -> None:
    found = {
        "G016": len(themes("final-2025")),
        "G032": len(themes("final-2025")),
        "G085": sum(row["kind"] == "borough" and row["in_mps"] == "true" for row in AREAS.values()),
        "G088": len(themes("draft-2024")),
    }
    assert {name: int(row["value"]) for name, row in of_kind("structure").items()} == found


def test_periods_of_the_calendar_are_as_long_as_stated() -> None:
    stated = of_kind("calendar")
    first, last = (date.fromisoformat(stated["G024"][f"{side}_period"]) for side in ("baseline", "current"))
    assert (last - first + timedelta(days=1)).days == int(stated["G024"]["value"])
    # The plan's four financial years, to the end of which the fund runs, are those its baselines are followed over.
    (from_year, from_month), (to_year, to_month) = (
        map(int, stated["G087"][f"{side}_period"].split("-")) for side in ("baseline", "current")
    )
    assert (to_year - from_year) * 12 + to_month - from_month + 1 == int(stated["G087"]["value"])
    assert set(stated) == {"G024", "G087"}


def test_lenses_are_groups_that_the_survey_template_takes() -> None:
    """Who trusts least is a question to int_group_gaps, once the survey is sent by characteristic."""
    survey = next(template for template in TEMPLATES if template.name == "mopac_survey_groups")
    (check,) = survey.feed().schema.columns["characteristic"].checks
    pattern = check.statistics["pattern"]
    wanted = ("sexual orientation", "ethnicity", "disability", "age and ethnicity and sex")
    assert all(re.match(pattern, lens) for lens in wanted)
    assert set(of_kind("lens")) == {"G069", "G070", "G071"}
    assert {"pas_trust_mps", "pas_good_job"} <= {measure.name for measure in survey.measures}


def test_a_subset_of_knife_crime_is_never_shown_without_the_whole() -> None:
    assert set(of_kind("claim_guard")) == {"F05"}
    shown: dict[tuple[str, str], set[str]] = {}
    for row in read("frameworks"):
        shown.setdefault((row["framework_version"], row["theme"]), set()).add(row["measure_id"])
    for measures in shown.values():
        assert "knife_crime" in measures or not measures & {"knife_crime_with_injury", "knife_injury_victims_u25"}


WORKED = {
    "C-xmr-1": ("XmR, lower limit", "XmR, upper limit"),
    "C-xmr-2": ("XmR without a screen, lower limit", "XmR without a screen, upper limit"),
    "C-byar": ("Byar, 108 events, lower", "Byar, 108 events, upper"),
    "C-byar10": ("Byar, 10 events, lower", "Byar, 10 events, upper"),
    "C-wilson": ("Wilson, 46 % of 19,200, lower", "Wilson, 46 % of 19,200, upper"),
    "C-wilson-boro": ("Wilson, 46 % of 600, lower", "Wilson, 46 % of 600, upper"),
    "C-wilson-deff": (
        "Wilson, 46 % of 19,200 with a design effect of 1.5, lower",
        "Wilson, 46 % of 19,200 with a design effect of 1.5, upper",
    ),
    "C-z-flip": ("46 % to 45 % of 19,200 each", "46 % to 45 % with a design effect of 1.5"),
    "C-mid6": ("midpoint 6 of 1", "midpoint 6 of 7", "midpoint 6 of 18"),
}


def test_every_worked_figure_is_a_fixture_of_the_macros() -> None:
    elsewhere = {"C-mopac7", "C-dst"}
    changes = {}
    for name, row in of_kind("calc").items():
        if name in WORKED:
            figures = [FIXTURES[fixture][1] for fixture in WORKED[name]]
            stated = [float(number) for number in re.findall(r"-?\d+\.?\d*", re.sub(r"(?<=\d)-", " ", row["value"]))]
            assert all(any(abs(float(f) - s) < 0.01 for s in stated) for f in figures if f is not None), name
        elif name not in elsewhere:
            before, after = (int(re.findall(r"= (\d+)", row[f"{side}_period"])[0]) for side in ("baseline", "current"))
            changes[name] = (before, after, float(row["value"]))
    assert sorted(changes.values()) == sorted(CHANGES.values())
    # The seven neighbourhood crimes of the pack are its seven years.
    years = [after for name, (_, after, _) in changes.items() if name.endswith("-y")]
    assert sum(years) == int(of_kind("calc")["C-mopac7"]["value"])


KEPT = {
    # Defects of real files, and the test that would see each come back.
    "D-geo": ("dbt_project/models/marts/_unit_tests.yml", "wards_and_what_was_not_placed_sum_to_their_borough"),
    "D-area": ("tests/unit/feeds/test_knife_crime.py", "16_593"),
    "D-code": ("tests/unit/feeds/test_knife_crime.py", "test_real"),
    "D-rev2": ("dbt_project/models/marts/_unit_tests.yml", "revisions_tell_revised_added_and_withdrawn"),
    "D-break": ("dbt_project/seeds/breaks.csv", "connect-borough"),
    # The release instant.
    "C-dst": ("tests/unit/test_lifecycle.py", "2026-10-26 09:30"),
    # What the plan promises of its oversight.
    "P02": ("orchestration/publication/bundle.py", ""),
    "P04": ("dbt_project/models/marts/measures.sql", ""),
    "P05": ("orchestration/publication/target.py", ""),
    "P06": ("dbt_project/models/marts/forecast_score.yml", "mase"),
    "P07": ("dbt_project/models/intermediate/int_group_gaps.sql", ""),
    "P08": ("dbt_project/seeds/frameworks.csv", "nmfl-2023"),
    "P10": ("dbt_project/models/marts/financial_judgements.sql", "assessor"),
    "P13": ("docs/suppliers/mopac_victim_satisfaction.md", "victim_satisfaction_online"),
}
NOT_OF_MEASURES = {
    "P01": "dashboards are drawn on the marts, not by them",
    "P03": "an annual report is written from the four sealed quarters",
    "P09": "a register of publications",
    "P11": "a register of publications",
    "P12": "the Youth Voice survey states no measure of the framework",
    "P14": "access of partners to data of others",
    "P15": "stop and search and use of force by area and group: stop_search_rri, use_of_force_rri",
    "P16": "a grant's outcomes state no measure of the framework",
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_figure_is_kept_where_it_is_said_to_be(name: str) -> None:
    path, words = KEPT[name]
    assert words in (PROJECT / path).read_text()


def test_nothing_of_the_list_is_left_over() -> None:
    kinds = ("figure", "aim", "structure", "calendar", "lens", "claim_guard", "calc")
    assert {name for name in of_kind("dq", "promise")} == {*KEPT, *NOT_OF_MEASURES} - {"C-dst"}
    assert {row["kind"] for row in GOLDEN} == {*kinds, "dq", "promise"}
