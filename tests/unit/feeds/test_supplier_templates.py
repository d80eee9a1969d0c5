"""The templates for suppliers: guides and examples follow the declarations, and the rules hold in every template."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from orchestration.intake import Result
from sources.guides import EXAMPLE_ENDS, FOLDER, files
from sources.sample.suppliers import MONTHS, published, written
from sources.suppliers import FEEDS, TEMPLATES, Template
from tests.deliveries import Desk, changed, records
from tests.deliveries import written as as_csv

PROJECT = Path(__file__).parents[3]
BY_NAME = {template.name: template for template in TEMPLATES}
SURVEY, COMPLAINTS, CALLS = (BY_NAME[name] for name in ("mopac_survey_groups", "mopac_complaints", "mps_call_handling"))
every_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)


def file(template: Template, months: int = 1) -> bytes:
    return written(template, EXAMPLE_ENDS, 1, months=months)


def row_of(content: bytes, *cells: str) -> int:
    """Return the place of the first record that holds all of these cells."""
    return next(place for place, row in enumerate(records(content)) if set(cells) <= set(row))


def refused(folder: Path, template: Template, content: bytes) -> str:
    desk = Desk(folder)
    result = desk.take(content, f"{template.name}.csv")
    assert result.outcome == "quarantined"
    assert result.feed == template.name
    assert desk.query(f"select count(*) from {template.name}") == [(0,)]
    return words(result)


def words(result: Result) -> str:
    assert result.report
    return result.report.markdown()


# --- one declaration, and what follows from it ---


def test_guides_and_examples_are_what_the_declarations_say() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == dict(files()), "python -m sources.guides"


def test_models_read_every_template() -> None:
    model = (PROJECT / "dbt_project/models/staging/suppliers/stg_supplier_templates.sql").read_text()
    listed = re.findall(r"^    '(\w+)',$", model, re.MULTILINE)
    assert listed == list(BY_NAME)


def test_no_measure_is_asked_for_on_two_templates_and_all_are_in_the_registry() -> None:
    measures = [measure.name for template in TEMPLATES for measure in template.measures]
    assert len(measures) == len(set(measures))
    with (PROJECT / "dbt_project/seeds/measure_registry.csv").open(newline="") as registry:
        assert set(measures) <= {row["measure_id"] for row in csv.DictReader(registry) if row["status"] == "live"}


def test_every_measure_is_made_of_the_period_that_it_is_shown_for() -> None:
    with (PROJECT / "dbt_project/seeds/measure_series.csv").open(newline="") as seed:
        series = {(row["feed"], row["series_id"]) for row in csv.DictReader(seed)}
    taken = {
        (template.name, f"{measure.name}_{measure.months[0]}m")
        for template in TEMPLATES
        for measure in template.measures
    }
    assert taken <= series


def test_shares_of_the_survey_are_withheld_from_the_same_base_as_the_supplier_sends_them() -> None:
    with (PROJECT / "dbt_project/seeds/reliability_rules.csv").open(newline="") as seed:
        rules = {row["reliability_rule"]: int(row["withheld_below"]) for row in csv.DictReader(seed)}
    with (PROJECT / "dbt_project/seeds/measure_registry.csv").open(newline="") as seed:
        registry = {row["measure_id"]: row for row in csv.DictReader(seed)}
    for template in TEMPLATES:
        for measure in template.measures:
            rule = rules.get(registry[measure.name]["reliability_rule"], 0)
            assert rule <= measure.least or measure.kind != "survey"


@every_template
def test_example_lands_and_says_it_is_synthetic(tmp_path: Path, template: Template) -> None:
    content = (FOLDER / f"{template.name}.csv").read_bytes()
    result = Desk(tmp_path).take(content, "anything.csv")
    assert (result.outcome, result.feed) == ("landed", template.name), result.report and words(result)
    assert {row[-1] for row in records(content)[1:]} == {"Synthetic"}


def test_a_file_of_two_years_lands_and_a_later_one_after_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for as_of in (date(2026, 2, 26), date(2026, 5, 28)):
        for sent in published(as_of, 1):
            result = desk.take(sent.content, sent.name, published=sent.published.isoformat())
            assert result.outcome in ("landed", "unchanged"), words(result)
    assert {feed for (feed,) in desk.query("select distinct feed from coverage")} == {feed.name for feed in FEEDS}


@every_template
def test_another_version_is_another_layout(tmp_path: Path, template: Template) -> None:
    content = file(template).replace(b" v1", b" v2", 1)
    result = Desk(tmp_path).take(content, f"{template.name}.csv")
    assert (result.outcome, result.feed) == ("quarantined", template.name)
    assert f"{template.name} v2" in words(result)


# --- rules of all templates ---


def test_a_suppressed_cell_lands_as_a_symbol_and_never_as_a_zero(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(COMPLAINTS)).outcome == "landed"
    assert desk.query("""
        select group_name, value, symbol from mopac_complaints
        where measure = 'misconduct_outcomes' and characteristic = 'ethnicity' and symbol is not null order by 1
    """) == [("mixed", None, "c"), ("other", None, "c")]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"status": "c"}, "a figure is blank without a status, or stands beside one"),
        ({"per_cent": ""}, "a figure is blank without a status, or stands beside one"),
        ({"per_cent": "", "status": "c"}, "a base or design effect stands beside a status"),
        ({"per_cent": "", "base": "", "design_effect": "", "status": "[c]"}, "the status is none of c, x"),
        ({"per_cent": "63%"}, "per_cent is"),
        ({"per_cent": "0,63"}, "per_cent is"),
        ({"per_cent": "100.1"}, "not between 0 and 100 per cent"),
        ({"base": "49"}, "the base is below the disclosure rule: send the cell blank with the status c"),
        ({"base": "812.5"}, "the base is missing, or no whole number"),
        ({"base": ""}, "the base is missing, or no whole number"),
        ({"design_effect": ""}, "the design effect is missing"),
        ({"design_effect": "0"}, "a design effect is between 0.5 and 10"),
        ({"characteristic": "income"}, "the characteristic is not one of the guide's"),
        ({"characteristic": "all"}, "the characteristic `all` has the group `all`, and no other has"),
        ({"group": "all"}, "the characteristic `all` has the group `all`, and no other has"),
        ({"group": "a/b"}, "the group is not in plain letters"),
        ({"area": "Westminster"}, "the whole, `all`, is missing beside its groups"),
        ({"area": "London"}, "the area is not one that the guide names for the measure"),
        ({"period_start": "2025-04-02"}, "the period is not of whole months"),
        ({"period_start": "2025-05-01"}, "the period is not as long as the guide says"),
        ({"period_start": "01/04/2025"}, "period_start is"),
        ({"period_start": "2025-03-01", "period_end": "2026-02-28"}, "does not end with one of 3 months"),
        ({"group": "male"}, "the key occurs more than once"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_in_words(tmp_path: Path, cells: dict[str, str], told: str) -> None:
    content = file(SURVEY)
    row = row_of(content, "pas_trust_mps", "female")
    assert told in refused(tmp_path, SURVEY, changed(content, row, **cells))


def test_an_unknown_measure_is_refused_with_its_row(tmp_path: Path) -> None:
    content = file(SURVEY)
    assert "the measure is not one of this template" in refused(
        tmp_path, SURVEY, content.replace(b"pas_cjs_confidence", b"pas_courts")
    )


@pytest.mark.parametrize(
    ("of", "cells", "told"),
    [
        (("misconduct_outcomes", "black"), {"numerator": "4"}, "a count is below the disclosure rule"),
        (("misconduct_outcomes", "all"), {"numerator": "4"}, "a count is below the disclosure rule"),
        (("misconduct_outcomes", "black"), {"numerator": "5.5"}, "no whole number"),
        (
            ("misconduct_outcomes", "black"),
            {"denominator": "90"},
            "the denominator is missing, or the measure has none",
        ),
        (("complaints", "black"), {"numerator": "", "status": "c"}, "one group alone is suppressed"),
    ],
)
def test_counts_that_would_disclose_are_refused(
    tmp_path: Path, of: tuple[str, ...], cells: dict[str, str], told: str
) -> None:
    content = file(COMPLAINTS)
    assert told in refused(tmp_path, COMPLAINTS, changed(content, row_of(content, *of), **cells))


def test_a_zero_is_a_figure(tmp_path: Path) -> None:
    content = file(COMPLAINTS)
    zero = changed(content, row_of(content, "misconduct_outcomes", "black"), numerator="0")
    assert Desk(tmp_path).take(zero).outcome == "landed"


def test_of_a_share_those_not_counted_are_protected_too(tmp_path: Path) -> None:
    template = BY_NAME["mopac_iom_reoffending"]
    content = file(template)
    assert "the number of those not counted is below the disclosure rule" in refused(
        tmp_path, template, changed(content, 1, numerator="2600", denominator="2603")
    )
    assert "the numerator is above the denominator" in refused(
        tmp_path / "above", template, changed(content, 1, numerator="2700", denominator="2600")
    )


def test_parts_are_sent_whole_or_not_at_all(tmp_path: Path) -> None:
    rows = [row for row in records(file(CALLS)) if row[3] != "Unknown"]
    assert "an area is missing" in refused(tmp_path, CALLS, as_csv(rows))
    forced = changed(file(CALLS), row_of(file(CALLS), "asb_calls", "Unknown"), area="MPS")
    assert "the area is not one that the guide names" in refused(tmp_path / "force", CALLS, forced)


def test_a_judgement_has_an_assessor_and_a_known_colour(tmp_path: Path) -> None:
    template = BY_NAME["mopac_finance"]
    assert "a judgement has no assessor" in refused(tmp_path, template, changed(file(template), 1, assessor=""))
    amber = changed(file(template), 1, judgement="Amber-Red")
    assert "the judgement is none of green, amber, red" in refused(tmp_path / "colour", template, amber)


def test_a_quarter_left_out_is_refused_and_a_restated_one_held(tmp_path: Path) -> None:
    content = file(SURVEY, months=MONTHS)
    rows = [row for row in records(content) if row[2] != "2025-06-30"]
    assert "periods are missing or overlap" in refused(tmp_path, SURVEY, as_csv(rows))
    desk = Desk(tmp_path / "held")
    assert desk.take(content, published="2026-05-15").outcome == "landed"
    rows = records(content)
    rows[row_of(content, "pas_trust_mps", "all")][6] = "60.0"
    assert desk.take(as_csv(rows), published="2026-05-16").outcome == "held"
