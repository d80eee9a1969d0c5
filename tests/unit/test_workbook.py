"""What the public gets beside CSV: the workbook, read back by readers that know nothing of it, and CSV on the Web."""

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import csvw
import pandas as pd
import pytest
from python_calamine import load_workbook

from orchestration.publication import wording, workbook
from orchestration.publication.bundle import Bundle
from orchestration.publication.draft import Draft
from orchestration.publication.products import PRODUCTS
from orchestration.publication.protection import SUPPRESSED, WITHHELD
from tests.unit.test_publication import BOROUGHS, MET, PLAN, RELEASED_AT, World, build_snapshot, read_csv

SHEETS = ["Cover", "Contents", "Notes", "Headlines", "Latest", "Revisions", "Measures", "Deliveries"]
TABLE, OFFICE, TEXT, XLINK = (
    "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}",
    "{http://www.w3.org/1999/xlink}",
)
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "<b>&\"'", "a\x01\ufffeb", "  two  blanks\nand lines ")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_snapshot(tmp_path_factory.mktemp("snapshot") / "oversight.duckdb")


@pytest.fixture
def world(tmp_path: Path, snapshot: Path) -> World:
    return World(tmp_path, snapshot)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, snapshot: Path) -> Bundle:
    """A first release of the boroughs, which no test may alter."""
    return World(tmp_path_factory.mktemp("plain"), snapshot).bundle()


def write(drafted: Draft, folder: Path, **given: Any) -> Path:
    path = folder / f"{drafted.product.name}.ods"
    workbook.write_workbook(
        drafted, path, **({"release": "2026-Q1", "released_at": RELEASED_AT, "correction": ""} | given)
    )
    return path


def part(path: Path, name: str = "content.xml") -> ElementTree.Element:
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read(name))


def lines(path: Path, sheet: str) -> list[list[Any]]:
    """The cells of a sheet as a reader of spreadsheets sees them."""
    return load_workbook(str(path)).get_sheet_by_name(sheet).to_python()


def table(path: Path, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet's table by its headings, without the numbers of notes."""
    rows = lines(path, sheet)
    start = next(number for number, row in enumerate(rows) if len(row) > 1 and all(row))
    headings = [re.sub(r" \[note \d+\]", "", heading) for heading in rows[start]]
    return [dict(zip(headings, row, strict=True)) for row in rows[start + 1 :]]


def ranges(path: Path) -> Iterator[tuple[str, str, int, int, int]]:
    """The name, sheet, first row, last row and number of columns of each table that is marked up."""
    for marked in part(path).iter(f"{TABLE}database-range"):
        assert marked.get(f"{TABLE}contains-header") == "true"
        where = re.fullmatch(r"(\w+)\.A(\d+):\1\.([A-Z])(\d+)", str(marked.get(f"{TABLE}target-range-address")))
        assert where
        yield str(marked.get(f"{TABLE}name")), where[1], int(where[2]), int(where[4]), ord(where[3]) - ord("A") + 1


# Figures


def same(cell: Any, written: str) -> bool:
    """Tell whether a cell says what a cell of the CSV file says, where nothing is withheld."""
    return bool(cell == "[x]" if written == "" else cell == float(written))


LIMITS = {
    "Figure": "value",
    "Lower 95% limit": "lower",
    "Upper 95% limit": "upper",
    "Figure before": "previous_value",
    "Change": "change",
    "Lower 95% limit of the change": "change_lower",
    "Upper 95% limit of the change": "change_upper",
}


@pytest.mark.parametrize("product", [BOROUGHS, MET, PLAN], ids=lambda product: product.name)
def test_figures_equal_those_of_the_csv_file(world: World, product: Any) -> None:
    bundle = world.bundle(world.draft(product=product))
    written = read_csv(bundle.path / f"{product.name}.csv")
    newest: dict[tuple[str, ...], dict[str, str]] = {}
    for row in written:
        key = (row["measure_name"], row["area_name"], row["time_window"])
        newest[key] = max(newest.get(key, row), row, key=lambda each: each["period_end"])

    latest = table(bundle.path / f"{product.name}.ods", "Latest")
    assert len(latest) == len(newest)
    assert latest == sorted(latest, key=lambda row: (row["Measure"], row["Area"]))
    windows = {"Quarter": "quarter", "12 months": "rolling_12m", "As published": "as_published"}
    for row in latest:
        stated = newest[row["Measure"], row["Area"], windows[row["Time window"]]]
        assert str(row["Period end"]) == stated["period_end"]
        assert all(same(row[heading], stated[column]) for heading, column in LIMITS.items()), row

    headlines = table(bundle.path / f"{product.name}.ods", "Headlines")
    assert {row["Measure"] for row in headlines} == {
        row["measure_name"]
        for row in written
        if row["measure_id"] in product.headline and row["area_name"] in ("London", "Metropolitan Police area")
    }
    for row in headlines:
        window = "as_published" if row["Unit"] == "Per cent" else "rolling_12m"
        stated = newest[row["Measure"], row["Area"], window]
        assert all(same(row[heading], stated[column]) for heading, column in LIMITS.items()), row
        assert row["Period"] == wording.period(
            date.fromisoformat(stated["period_start"]), date.fromisoformat(stated["period_end"])
        )
        assert row["Assessment"] == "Better"
        assert row["Comparison in words"].endswith("This is the direction wanted.")


def test_a_figure_that_is_withheld_says_so_and_one_that_never_was_does_not(world: World) -> None:
    drafted = world.draft(product=MET)
    rows = drafted.frames["rows"].copy()
    own, compared = rows["measure_id"] == "homicide", rows["measure_id"] == "violence_with_injury"
    of_change = ["previous_value", "change", "change_lower", "change_upper", "change_unit", "assessment"]
    rows.loc[own, ["value", "lower", "upper", *of_change]] = None
    rows.loc[own, "status"] = SUPPRESSED
    rows.loc[compared, of_change] = None
    rows.loc[compared, "comparability"] = WITHHELD
    rows.loc[compared, "upper"] = None
    path = write(replace(drafted, frames=drafted.frames | {"rows": rows}), world.folder)
    shown = {row["Measure"]: row for row in table(path, "Headlines")}
    assert {shown["Homicide"][heading] for heading in LIMITS} == {SUPPRESSED}
    assert shown["Homicide"]["Status"].startswith(SUPPRESSED)
    violence = shown["Violence with injury"]
    assert (violence["Upper 95% limit"], violence["Figure before"], violence["Change"]) == ("[x]", "[c]", "[c]")
    assert violence["Status"] == "[p]"


def test_revisions_are_those_since_the_last_release_the_latest_periods_first(
    world: World, plain: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lines(plain.path / f"{plain.product}.ods", "Revisions")[-1] == ["No figure was revised."]
    later = "vintage_on = date '2026-05-27'"
    drafted = world.draft(
        f"update marts.borough_performance set value = value + 1, {later} where area_name = 'Ash'",
        "delete from marts.borough_performance where area_name = 'Beech' and quarter = '2025-Q1'",
        released=plain,
    )
    written = [row for row in drafted.differences.to_dict("records") if row["kind"] != "added"]
    path = write(drafted, world.folder)
    shown = table(path, "Revisions")
    assert len(shown) == len(written)
    assert [row["Period end"] for row in shown] == sorted((row["Period end"] for row in shown), reverse=True)
    changed = [row for row in shown if row["What happened"] == "Changed"]
    assert {row["Area"] for row in changed} == {"Ash"}
    assert all(row["Figure now"] == row["Figure in the last release"] + 1 for row in changed)
    assert {row["Figure now"] for row in shown if row["What happened"] == "Withdrawn"} == {"[x]"}

    monkeypatch.setattr(workbook, "_REVISIONS", 3)
    path = write(drafted, world.folder)
    assert len(table(path, "Revisions")) == 3
    assert [f"Shown: 3 of {len(written)}, the latest periods. All are in differences.csv."] in [
        [cell for cell in row if cell] for row in lines(path, "Revisions")
    ]


def test_measures_and_deliveries_are_listed_with_their_gaps(plain: Bundle) -> None:
    path = plain.path / f"{plain.product}.ods"
    measures = {row["Measure"]: row for row in table(path, "Measures")}
    assert measures["Knife crime <all>"]["Why there is no figure"] == "Needs the monthly dashboard"
    assert measures["Homicide"]["Why there is no figure"] == "[z]"
    assert (measures["Homicide"]["In this release"], measures["Shoplifting"]["In this release"]) == ("Yes", "No")
    [delivery] = table(path, "Deliveries")
    assert (delivery["File"], delivery["Published"]) == ("crime.csv", date(2026, 5, 18))


def test_the_cover_says_what_this_is_and_a_correction_why(world: World) -> None:
    bundle = world.bundle(world.draft("update marts.deliveries set synthetic = true"), "2026-Q1.r2")
    cover = [row[0] for row in lines(bundle.path / f"{bundle.product}.ods", "Cover")]
    assert cover[0] == "Recorded crime in London's boroughs, January to March 2026 (synthetic data)"
    assert "Release 2026-Q1.r2, of 28 May 2026, 09:30. Data as of 18 May 2026." in cover
    assert bundle.correction in cover
    assert any("must not be quoted" in line for line in cover)


# Access


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, snapshot: Path) -> Path:
    """The workbook of a release with a baseline and with revisions."""
    world = World(tmp_path_factory.mktemp("made"), snapshot)
    first = world.bundle(world.draft(product=PLAN))
    later = "vintage_on = date '2026-05-27'"
    drafted = world.draft(
        f"update marts.police_and_crime_plan set value = value + 1, {later}", product=PLAN, released=first
    )
    return write(drafted, world.folder)


def test_each_sheet_has_a_name_of_its_own_and_the_contents_lead_there(made: Path) -> None:
    assert load_workbook(str(made)).sheet_names == SHEETS
    assert [row["Sheet"] for row in table(made, "Contents")] == SHEETS[2:]
    links = [str(link.get(f"{XLINK}href")) for link in part(made).iter(f"{TEXT}a")]
    assert [link for link in links if link.startswith("#")] == [f"#{name}.A1" for name in SHEETS[2:]]


def test_a_table_is_marked_up_from_its_headings_to_its_last_row_without_a_gap(made: Path) -> None:
    marked = {sheet: where for _, sheet, *where in ranges(made)}
    assert list(marked) == SHEETS[1:]
    assert len({name for name, *_ in ranges(made)}) == len(marked)
    for sheet, (first, last, width) in marked.items():
        rows = lines(made, sheet)
        assert len(rows) == last
        assert all(row[0] and not any(row[1:]) for row in rows[: first - 1])  # the title, and what is to be known
        assert len(set(rows[first - 1])) == width
        assert all(len(row) == width and not {"", None} & set(row) for row in rows[first - 1 :])
        assert rows[1][0] == "This sheet holds one table."


def test_nothing_is_merged_hidden_drawn_or_run(made: Path) -> None:
    root = part(made)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {
        *("document-content", "automatic-styles", "body", "spreadsheet", "database-ranges", "database-range"),
        *("style", "table-properties", "table-column-properties", "table-row-properties"),
        *("table", "table-column", "table-header-rows", "table-row", "table-cell", "p", "a"),
    }
    attributes = {name.rpartition("}")[2] for element in root.iter(f"{TABLE}table-cell") for name in element.attrib}
    assert attributes == {"style-name", "value-type", "value", "date-value"}
    for sheet in root.iter(f"{TABLE}table"):
        assert len(sheet.findall(f"{TABLE}table-header-rows/{TABLE}table-row")) == (
            sheet.get(f"{TABLE}name") != "Cover"
        )


def test_each_style_that_a_cell_has_is_there(made: Path) -> None:
    style = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
    known = {
        each.get(f"{style}name")
        for name in ("content.xml", "styles.xml")
        for each in part(made, name).iter(f"{style}style")
    }
    used = {value for each in part(made).iter() for name, value in each.attrib.items() if name == f"{TABLE}style-name"}
    assert used <= known


def test_a_number_stands_alone_and_every_mark_is_explained(made: Path) -> None:
    rows = [(sheet, row) for sheet in SHEETS[3:] for row in table(made, sheet)]
    for _, row in rows:
        for heading, cell in row.items():
            if heading in LIMITS or heading.startswith("Figure"):
                assert isinstance(cell, float) or re.fullmatch(r"\[[a-z]+\]", cell), (heading, cell)
    written = " ".join(str(cell) for sheet in SHEETS[3:] for line in lines(made, sheet) for cell in line)
    explained = {row["Note or shorthand"] for row in table(made, "Notes")}
    cited = set(re.findall(r"\[[a-z]+(?: \d+)?\]", written))
    assert cited <= explained
    assert {"[p]", "[z]"} <= cited
    assert {mark for mark in explained if "note" not in mark} <= cited


def test_the_file_says_what_it_is_and_in_which_language(made: Path) -> None:
    root = part(made, "meta.xml")
    facts = {each.tag.rpartition("}")[2]: each.text for each in root.iter()}
    assert facts["title"] == "Police and Crime Plan for London: progress against the baseline, release 2026-Q1"
    assert facts["creator"] == "Oversight: policing statistics for London"
    assert facts["language"] == "en-GB"
    assert facts["creation-date"] == facts["date"] == "2026-05-28T09:30:00+01:00"
    with zipfile.ZipFile(made) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert archive.read(first) == b"application/vnd.oasis.opendocument.spreadsheet"


def test_the_same_release_is_the_same_bytes(world: World) -> None:
    drafted = world.draft()
    first = write(drafted, world.folder).read_bytes()
    assert write(drafted, world.folder).read_bytes() == first
    assert write(drafted, world.folder, released_at=RELEASED_AT + timedelta(minutes=1)).read_bytes() != first


# Cells safe to open


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_words_are_never_a_formula(world: World, text: str) -> None:
    drafted = world.draft(product=MET)
    rows, measures, deliveries = (drafted.frames["rows"].copy(), drafted.measures.copy(), drafted.deliveries.copy())
    rows["measure_name"] = rows["area_name"] = measures["measure_name"] = deliveries["name"] = text
    path = write(
        replace(drafted, frames=drafted.frames | {"rows": rows}, measures=measures, deliveries=deliveries),
        world.folder,
    )
    expected = " ".join(re.sub("[\x01\ufffe]", "\ufffd", text).split())
    for sheet, heading in (
        ("Headlines", "Measure"),
        ("Latest", "Area"),
        ("Measures", "Measure"),
        ("Deliveries", "File"),
    ):
        assert {row[heading] for row in table(path, sheet)} == {expected}
    for cell in part(path).iter(f"{TABLE}table-cell"):
        assert f"{TABLE}formula" not in cell.attrib
        if "".join(cell.itertext()) == expected:
            assert cell.get(f"{OFFICE}value-type") == "string"


# CSV on the Web


def sidecar(bundle: Bundle) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((bundle.path / f"{bundle.product}.csv-metadata.json").read_bytes())
    return found


def test_the_sidecar_describes_the_file_as_the_data_package_does(plain: Bundle) -> None:
    package = json.loads((plain.path / "datapackage.json").read_bytes())
    resource = next(each for each in package["resources"] if each["path"] == f"{plain.product}.csv")
    described = sidecar(plain)
    assert described["url"] == resource["path"]
    assert [
        {"name": each["name"], "type": each["datatype"], "description": each["dc:description"]}
        for each in described["tableSchema"]["columns"]
    ] == resource["schema"]["fields"]
    assert described["tableSchema"]["primaryKey"] == resource["schema"]["primaryKey"]
    assert described["tableSchema"]["null"] == resource["schema"]["missingValues"]
    assert described["dc:license"]["@id"] == package["licenses"][0]["path"]
    listed = {each["path"]: each for each in package["resources"]}
    assert listed[f"{plain.product}.ods"]["mediatype"] == "application/vnd.oasis.opendocument.spreadsheet"
    assert listed[f"{plain.product}.csv-metadata.json"]["mediatype"] == "application/csvm+json"


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=lambda product: product.name)
def test_the_file_is_what_its_sidecar_says(world: World, product: Any) -> None:
    drafted = world.draft(product=product)
    bundle = world.bundle(drafted)
    read = csvw.CSVW(str(bundle.path / f"{product.name}.csv-metadata.json"), validate=True)
    assert read.is_valid, read.warnings
    [rows] = [list(each.iterdicts()) for each in read.tables]
    expected = drafted.frames["rows"]
    assert [row["value"] for row in rows] == expected["value"].tolist()
    assert [row["period_end"].date() for row in rows] == expected["period_end"].tolist()
    assert [row["is_provisional"] for row in rows] == expected["is_provisional"].tolist()


@pytest.mark.parametrize(
    ("column", "cell"), [("value", "many"), ("period_end", "31/03/2026"), ("is_provisional", "so")]
)
def test_another_file_is_not(world: World, plain: Bundle, column: str, cell: str) -> None:
    copied = Path(shutil.copytree(plain.path, world.folder / "copied"))
    frame = pd.read_csv(copied / f"{plain.product}.csv", dtype=str, keep_default_na=False)
    frame.loc[0, column] = cell
    frame.to_csv(copied / f"{plain.product}.csv", index=False)
    assert not csvw.CSVW(str(copied / f"{plain.product}.csv-metadata.json"), validate=True).is_valid
