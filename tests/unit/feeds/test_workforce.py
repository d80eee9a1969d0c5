"""Home Office police workforce: tables known by title, regions that are forces too, footnotes glued to titles."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from sources.home_office.workforce import FEED
from sources.home_office.workforce_open_data import FEED as OPEN_DATA
from sources.sample import home_office_workforce
from tests.deliveries import Desk, unzipped, zipped
from tests.extracts import EXTRACTS, requires_extracts

FOLDER = EXTRACTS / "homeoffice"
DAY = date(2026, 5, 28)
BULLETIN, TABLE = home_office_workforce.published(DAY, seed=1)


def edited(content: bytes, *changes: tuple[str, str]) -> bytes:
    """Return a workbook with texts of its cells changed."""
    members = unzipped(content)
    text = members["content.xml"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return zipped(members | {"content.xml": text.encode()})


def problem(folder: Path, content: bytes) -> str:
    result = Desk(folder).take(content, BULLETIN.name)
    assert result.outcome == "quarantined"
    assert result.report
    return result.report.markdown()


def test_a_region_and_a_force_of_one_name_are_two(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(BULLETIN.content, BULLETIN.name).outcome == "landed"
    assert desk.query(
        f"select level, people > 10000 from {FEED.name} where area_name = 'West Midlands' "
        f"and scope = 'police officers fte' and period_end = date '2025-09-30' order by level"
    ) == [("force", False), ("region", True)]


def test_tables_are_known_by_title_whatever_their_number(tmp_path: Path) -> None:
    renumbered = [(f"Table {number}: ", f"Table {number + 20}: ") for number in range(13, 0, -1)]
    desk = Desk(tmp_path)
    assert desk.take(edited(BULLETIN.content, *renumbered), BULLETIN.name).outcome == "landed"
    assert desk.query(f"select count(distinct scope) from {FEED.name}") == [(12,)]


def test_full_time_equivalents_and_heads_are_apart(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(BULLETIN.content, BULLETIN.name).outcome == "landed"
    assert desk.query(f"select distinct unit from {FEED.name} where worker = 'Special constables'") == [("headcount",)]
    assert desk.query(f"select count(distinct unit) from {FEED.name} where worker = 'Police officers'") == [(2,)]


def test_what_is_not_available_is_neither_zero_nor_blank(tmp_path: Path) -> None:
    members = unzipped(BULLETIN.content)
    text = members["content.xml"].decode()
    start = text.index("Special constables by police force area")
    cell = text.index('office:value-type="float"', text.index(">Cleveland<", start))
    gone = text[:cell] + 'office:value-type="string"><text:p>..' + text[text.index("</text:p>", cell) :]
    result = Desk(tmp_path).take(zipped(members | {"content.xml": gone.encode()}), BULLETIN.name)
    # Cleveland's are missing from its region's sum now, and this table's total says so.
    assert result.report
    assert "do not add up to the total of the 43 forces" in result.report.markdown()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("Special constables by police", "Special officers by police")], "columns not known"),
        ([(">Kent<", ">Kent Police<")], 'has an area "Kent Police"'),
        ([(">London <", ">Greater London <")], 'has an area "Greater London"'),
        ([(">Kent<", ">Essex<")], "the key occurs more than once"),
        ([(">Headcount<", ">Heads<")], "the table of Designated officers does not say what"),
        ([('office:date-value="20', 'office:date-value="19')], "the table of Designated officers has no dates"),
        ([(">Total<", ">All<")], 'has an area "All"'),
    ],
)
def test_what_the_tables_never_hold_is_refused_in_words(
    tmp_path: Path, changes: list[tuple[str, str]], words: str
) -> None:
    assert words in problem(tmp_path, edited(BULLETIN.content, *changes))


def test_a_sign_that_is_not_known_is_refused_with_its_place(tmp_path: Path) -> None:
    members = unzipped(BULLETIN.content)
    text = members["content.xml"].decode()
    cell = text.index('office:value-type="float"', text.index(">Cleveland<"))
    strange = text[:cell] + 'office:value-type="string"><text:p>n/a' + text[text.index("</text:p>", cell) :]
    words = problem(tmp_path, zipped(members | {"content.xml": strange.encode()}))
    assert 'Police officers of Cleveland at 2024-09-30 is "n/a"' in words


def test_the_samples_cover_what_should_be_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for file, feed in ((BULLETIN, FEED), (TABLE, OPEN_DATA)):
        result = desk.take(file.content, file.name)
        assert result.receipt, result.report
        assert result.receipt["last_period"] >= feed.expected_by(DAY)


def test_heads_without_full_time_equivalents_say_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(TABLE.content, TABLE.name).outcome == "landed"
    assert desk.query(
        f"select unit, count(people) > 0, any_value(symbol) from {OPEN_DATA.name} "
        f"where worker = 'special constable' group by unit order by unit"
    ) == [("fte", False, "N/A"), ("headcount", True, None)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((">2025<", ">March 2025<"), 'As at 31 March is "March 2025"'),
        ((">N/A<", ">n/a<"), 'Total (fte) is "n/a"'),
        ((">Sergeant<", ">Serjeant<"), "the rank is not known"),
        ((">Female<", ">F<"), "the sex is not known"),
        ((">E23000001<", ">E12000007<"), "the code is not that of a police force area"),
        ((">Rank<", ">Grade<"), "Grade"),
    ],
)
def test_what_the_open_data_table_never_holds_is_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    content = TABLE.content
    if change[0] == ">2025<":  # the year is a number
        change = (
            'office:value-type="float" office:value="2025"><text:p>2025',
            'office:value-type="string"><text:p>March 2025',
        )
    result = Desk(tmp_path).take(edited(content, change), TABLE.name)
    assert result.outcome == "quarantined"
    assert result.report
    assert words in result.report.markdown()


@requires_extracts
def test_the_publishers_bulletins(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    before, after = (
        desk.take((FOLDER / f"police-workforce-{edition}-tables.ods").read_bytes(), f"{edition}.ods")
        for edition in ("sep18", "sep19")
    )
    assert (before.outcome, before.feed, before.rows) == ("landed", FEED.name, 1_179)
    assert (after.outcome, after.feed, after.rows) == ("landed", FEED.name, 1_741)
    assert [result.receipt and result.receipt["layout"] for result in (before, after)] == ["fte", "fte-and-headcount"]

    def people(delivery: str, area: str, scope: str = "police officers fte") -> list[float]:
        return [
            round(value, 2)
            for (value,) in desk.query(
                f"select people from {FEED.name} where delivery_id = ? and area_name = ? and scope = ? "
                f"order by level, period_end",
                delivery, area, scope,
            )
        ]  # fmt: skip

    assert people(after.delivery_id, "Metropolitan Police") == [30_136.17, 30_435.49, 30_940.23]
    # Revised from one edition to the next.
    assert people(before.delivery_id, "North East")[2] == 5_505.65
    assert people(after.delivery_id, "North East")[0] == 5_516.65
    assert people(before.delivery_id, "West Midlands") == [6_534.5, 6_581.02, 6_558.88, 10_970.56, 10_951.8, 10_886.68]
    assert people(after.delivery_id, "Metropolitan Police", "police officers headcount") == [31_063.0, 31_556.0]
    assert desk.query(
        f"select count(*), count(people) from {FEED.name} where symbol = '..' group by delivery_id order by 1"
    ) == [(44, 0), (70, 0)]


@requires_extracts
def test_a_table_derived_from_the_open_data_agrees_with_the_bulletin(tmp_path: Path) -> None:
    """What is held is derived: names in snake case, 31 March as its first day, `N/A` as 0, no rows without a code."""
    with duckdb.connect() as con:
        rows = con.execute(
            "select year(date)::varchar, * exclude (date) "
            "from read_csv(?, all_varchar = true, types = {date: 'DATE'}) where year(date) in (2018, 2019)",
            [str(FOLDER / "police-uplift-2022-data.csv.gz")],
        ).fetchall()
    header = (
        "As at 31 March", "Geo code", "Force name", "Region", "Sex", "Rank description", "Worker type",
        "Total (headcount)", "Total (FTE)",
    )  # fmt: skip
    path = tmp_path / "open-data-table-police-workforce-270722.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate((header, *rows)):
            sheet.write_row(number, 0, row)
    desk = Desk(tmp_path / "desk")
    result = desk.take(path.read_bytes(), path.name)
    assert (result.outcome, result.rows) == ("landed", 2 * len(rows))
    assert result.receipt
    assert result.receipt["layout"] == "geo-code"
    officers = desk.query(
        f"select year(period_end), unit, round(sum(people), 2) from {OPEN_DATA.name} "
        f"where force = 'Metropolitan Police' and worker = 'police officer' "
        f"group by all order by all"
    )
    # The bulletins of September 2018 and 2019 say the same of March.
    assert officers == [(2018, "fte", 30_390.23), (2018, "headcount", 31_028.0),
                        (2019, "fte", 30_435.49), (2019, "headcount", 31_063.0)]  # fmt: skip
