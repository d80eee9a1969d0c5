"""ONS Census 2021: residents by ethnic group, sex and age, a file each, each a scope of its own."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sources.ons.population_groups import AGES, ETHNIC_GROUPS, FEED, LONDON, SEXES
from sources.sample.ons import TABLES
from tests.deliveries import Desk, Rows, written

ETHNIC, SEX, AGE = TABLES


def table(
    variable: str = SEX.variable,
    categories: tuple[str, ...] = SEXES,
    *,
    area: str = "Lower tier local authorities",
    edit: Callable[[Rows], object] = lambda rows: None,
) -> bytes:
    """Return a file of London with ten residents in every cell; `edit` may change its records, header first."""
    rows = [
        [f"{area} Code", area, f"{variable} Code", variable, "Observation"],
        *([code, f"Area {code}", "1", category, "10"] for code in LONDON for category in categories),
    ]
    edit(rows)
    return written(rows)


def told(desk: Desk, content: bytes) -> str:
    result = desk.take(content, SEX.name)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    return result.report.markdown()


def test_the_three_tables_stand_beside_each_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    tables = ((ETHNIC.variable, ETHNIC_GROUPS), (SEX.variable, SEXES), (AGE.variable, AGES))
    for name, (variable, categories) in zip(("a.csv", "b.csv", "c.csv"), tables, strict=True):
        assert desk.take(table(variable, categories), name).outcome == "landed"
    assert desk.query("select scope, period_start, period_end, rows, total from coverage order by scope") == [
        ("age", date(2021, 3, 21), date(2021, 3, 21), 3_333, 33_330.0),
        ("ethnic_group", date(2021, 3, 21), date(2021, 3, 21), 627, 6_270.0),
        ("sex", date(2021, 3, 21), date(2021, 3, 21), 66, 660.0),
    ]


def test_capitals_of_the_areas_columns_differ_from_page_to_page(tmp_path: Path) -> None:
    assert Desk(tmp_path).take(table(area="Lower Tier Local Authorities"), SEX.name).outcome == "landed"


def test_authorities_beyond_london_land_too(tmp_path: Path) -> None:
    def edit(rows: Rows) -> None:
        rows += [["W06000015", "Cardiff", "1", sex, "10"] for sex in SEXES]

    result = Desk(tmp_path).take(table(edit=edit), SEX.name)
    assert (result.outcome, result.rows) == ("landed", 68)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda rows: rows.pop(), "a category of the area is missing"),
        (lambda rows: rows.__delitem__(slice(-2, None)), "E09000033 is missing"),
        (lambda rows: rows.append(rows[-1]), "the key occurs more than once"),
        (lambda rows: rows[1].__setitem__(3, "Asian"), "the category is not known"),
        (lambda rows: rows[1].__setitem__(0, "Bexley"), "not a code of an area"),
        (lambda rows: rows[1].__setitem__(4, "1,234"), 'Observation is "1,234"'),
        (lambda rows: rows[1].__setitem__(4, ""), 'Observation is ""'),
        (lambda rows: rows[1].__setitem__(4, "c"), 'Observation is "c"'),
        (lambda rows: rows.append(["E09000033", "Westminster", "-8", "Does not apply", "3"]), "does not apply"),
    ],
    ids=["missing category", "missing area", "twice", "category", "area", "comma", "blank", "symbol", "not resident"],
)
def test_what_a_table_never_holds_is_refused_in_words(
    tmp_path: Path, edit: Callable[[Rows], object], words: str
) -> None:
    assert words in told(Desk(tmp_path), table(edit=edit))


def test_a_file_cut_off_between_areas_is_refused(tmp_path: Path) -> None:
    content = table()
    assert "E09000033 is missing" in told(Desk(tmp_path), content[: content.index(b"E09000033")])


def test_another_count_of_the_same_residents_is_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(table(), SEX.name).outcome == "landed"
    assert desk.take(table(edit=lambda rows: rows[1].__setitem__(4, "100")), SEX.name).outcome == "held"


def test_six_groups_are_no_layout_because_officers_count_the_chinese_with_others(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(table("Ethnic group (6 categories)"), "TS021.csv")
    assert result.outcome == "quarantined"
    assert result.report
    assert "Ethnic group (20 categories)" in result.report.markdown()
