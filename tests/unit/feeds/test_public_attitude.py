"""MOPAC Public Attitude Survey: the workbook and the copies of its sheets, shares of one, boroughs and London."""

import csv
from datetime import date
from itertools import product
from pathlib import Path

import pytest
import xlsxwriter

from sources.mopac.public_attitude import FEED, HEADER, MEASURES
from sources.mps.places import BOROUGHS
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from sources.tidy import Tidied, tidy
from tests.deliveries import Desk, Rows, tidy_rows
from tests.extracts import EXTRACTS, requires_extracts

REAL = EXTRACTS / "mps" / "mopac_pas" / "2023-12"
PERCEPTION = EXTRACTS / "mps" / "public_perception" / "2025-09" / "public-perception-data.csv"
ENDS = ("31/12/2023", "31/3/2024")
ASKED = ('"Good Job" local', "Trust MPS")
NAMES = [{"Westminster": "City of Westminster"}.get(borough, borough) for borough in sorted(BOROUGHS)]


def borough_copy(edit: object = None, *, ends: tuple[str, ...] = ENDS) -> bytes:
    """Return a copy of the borough sheet as CSV with decimal commas; `edit` may change its records."""
    rows: Rows = [[*HEADER, "MPS", "", "", "", ""]]
    rows += [
        [end, "PAS", name, measure, "0,56", "0,6", "", "", "", ""] for end, measure, name in product(ends, ASKED, NAMES)
    ]
    if callable(edit):
        edit(rows)
    return _csv(rows, ",", final_newline=False)


def london_copy(*, ends: tuple[str, ...] = ENDS, figure: str = "0,6") -> bytes:
    """Return a copy of London's sheet as CSV with semicolons."""
    rows = [[end, "PAS", "MPS", measure, figure] for end, measure in product(ends, ASKED)]
    return _csv([list(HEADER), *rows], ";")


def _csv(rows: Rows, delimiter: str, *, final_newline: bool = True) -> bytes:
    lines = [
        delimiter.join('"{}"'.format(cell.replace('"', '""')) if set(cell) & {delimiter, '"'} else cell for cell in row)
        for row in rows
    ]
    return ("\n".join(lines) + ("\n" if final_newline else "")).encode()


def workbook(path: Path, *, figure: float = 0.56, london: float = 0.6, stray: tuple[int, int] | None = None) -> Path:
    """Write the publisher's workbook; `stray` is the row and column of a cell under no name."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for sheet, header, names in (("MPS", HEADER, ["MPS"]), ("Borough", (*HEADER, "MPS"), NAMES)):
            page = book.add_worksheet(sheet)
            page.write_row(0, 0, header)
            for row, (end, measure, name) in enumerate(product((date(2023, 12, 31),), ASKED, names), start=1):
                page.write_datetime(row, 0, end, day)
                page.write_row(row, 1, ("PAS", name, measure, london if name == "MPS" else figure))
                if name != "MPS":
                    page.write_number(row, 5, london)
            if stray:
                page.write(*stray, "Trust")
    return path


def tidied(folder: Path, content: bytes) -> Tidied:
    path = folder / "delivery"
    path.write_bytes(content)
    return tidy(recognise(path, FEEDS, name="delivery"), folder)


def refused(folder: Path, content: bytes) -> Report:
    with pytest.raises(Refusal) as refusal:
        tidied(folder, content)
    report = refusal.value.report
    assert (report.outcome, report.feed) == ("quarantined", FEED.name)
    return report


def cell(row: int, column: int, value: str) -> bytes:
    return borough_copy(lambda rows: rows[row].__setitem__(column, value))


# --- what lands ---


def test_decimal_commas_are_read_in_the_copies_that_have_them(tmp_path: Path) -> None:
    it = tidied(tmp_path, borough_copy())
    assert (it.rows, it.periods, it.first_period, it.last_period) == (128, 2, date(2023, 1, 1), date(2024, 3, 31))
    assert tidy_rows(it.path, "distinct scope, measure, proportion") == [
        ("borough/Good Job local", "Good Job local", 0.56),
        ("borough/Trust MPS", "Trust MPS", 0.56),
    ]
    assert tidy_rows(tidied(tmp_path, london_copy()).path, "distinct scope, area_name, proportion") == [
        ("mps/Good Job local", "MPS", 0.6),
        ("mps/Trust MPS", "MPS", 0.6),
    ]


def test_workbook_states_both_levels(tmp_path: Path) -> None:
    it = tidied(tmp_path, workbook(tmp_path / "book.xlsx").read_bytes())
    assert (it.rows, it.first_period, it.last_period) == (66, date(2023, 1, 1), date(2023, 12, 31))
    assert tidy_rows(it.path, "distinct scope, proportion") == [
        ("borough/Good Job local", 0.56),
        ("borough/Trust MPS", 0.56),
        ("mps/Good Job local", 0.6),
        ("mps/Trust MPS", 0.6),
    ]


def test_cells_under_no_name_are_not_read(tmp_path: Path) -> None:
    def scribble(rows: Rows) -> None:
        rows[5][8:] = ["Trust", "0,71"]

    plain, scribbled = tmp_path / "plain", tmp_path / "scribbled"
    plain.mkdir()
    scribbled.mkdir()
    expected = tidy_rows(tidied(plain, borough_copy()).path)
    assert tidy_rows(tidied(scribbled, borough_copy(scribble)).path) == expected

    expected = tidy_rows(tidied(plain, workbook(tmp_path / "plain.xlsx").read_bytes()).path)
    content = workbook(tmp_path / "scribbled.xlsx", stray=(2, 9)).read_bytes()
    assert tidy_rows(tidied(scribbled, content).path) == expected


def test_richmond_is_one_borough_however_it_is_spelt(tmp_path: Path) -> None:
    def spell(rows: Rows) -> None:
        for row in rows:
            if row[0] == ENDS[1]:
                row[2] = row[2].replace("Richmond upon", "Richmond Upon")

    assert tidied(tmp_path, borough_copy(spell)).rows == 128


def test_copies_of_the_two_sheets_say_nothing_of_each_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(borough_copy(), "PAS_Dashboard_Borough.csv").outcome == "landed"
    assert desk.take(london_copy(ends=ENDS[:1], figure="0,9"), "PAS_Total.csv").outcome == "landed"
    assert desk.query("select split_part(scope, '/', 1) as level, count(*) from coverage group by 1 order by 1") == [
        ("borough", 4),
        ("mps", 2),
    ]


# --- what is refused ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (cell(3, 4, "0.56"), 'Proportion is "0.56"'),
        (cell(3, 4, "56"), 'Proportion is "56"'),
        (cell(3, 4, "0,567"), 'Proportion is "0,567"'),
        (cell(3, 4, ""), 'Proportion is ""'),
        (cell(3, 5, "0,61"), 'MPS is "0,61", not what stands beside other boroughs'),
        (cell(3, 5, ""), 'MPS is "", not what stands beside other boroughs'),
        (cell(3, 1, "USS"), 'Survey is "USS"'),
        (cell(3, 0, "30/12/2023"), 'Date is "30/12/2023"'),
        (cell(3, 0, "2023-12-31"), 'Date is "2023-12-31"'),
        (cell(3, 3, "Trust the MPS"), "the measure is not known"),
        (cell(3, 2, "Croydon South"), "the area is not known"),
        (cell(3, 2, "Barnet"), "the key occurs more than once"),
        (borough_copy(lambda rows: rows.pop(3)), "bexley is missing"),
        (borough_copy(ends=("31/12/2023", "30/6/2024")), "comes one ending 2024-06-30"),
        (borough_copy(ends=("31/12/2023", "31/1/2024")), 'Date is "31/1/2024"'),
        (borough_copy()[:-30], "1 rows do not have the 10 fields"),
        (london_copy(figure="0.6"), 'Proportion is "0.6"'),
        (london_copy().replace(b";", b","), "header is of no known layout"),
    ],
    ids=[
        "point", "per cent", "three decimals", "blank", "another London", "no London", "another survey",
        "no month's end", "another date", "another measure", "another area", "borough twice", "borough missing",
        "quarter missing", "no quarter's end", "cut off", "point in London's", "commas for semicolons",
    ],
)  # fmt: skip
def test_what_the_copies_never_hold_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    text = refused(tmp_path, content)
    assert words in text.headline + text.markdown()


@pytest.mark.parametrize(("figure", "london", "row"), [(56, 0.6, 1), (0.56, 60, 1)])
def test_workbook_in_per_cent_is_refused(tmp_path: Path, figure: float, london: float, row: int) -> None:
    report = refused(tmp_path, workbook(tmp_path / "book.xlsx", figure=figure, london=london).read_bytes())
    value = max(figure, london)
    assert {"row": row, "value": f'Proportion is "{value:g}"'} in [e for p in report.problems for e in p.examples]


def test_both_spellings_of_richmond_in_one_quarter_are_one_too_many(tmp_path: Path) -> None:
    def twice(rows: Rows) -> None:
        richmond = next(row for row in rows if row[2] == "Richmond upon Thames")
        rows.append([*richmond[:2], "Richmond Upon Thames", *richmond[3:]])

    text = refused(tmp_path, borough_copy(twice)).markdown()
    assert "richmond upon thames is missing, or stated twice, in a quarter" in text


# --- measures ---


def test_london_and_a_borough_have_one_figure_of_a_measure() -> None:
    """The sums of measures would add up what two series state of one area."""
    with (Path(__file__).parents[3] / "dbt_project" / "seeds" / "measure_series.csv").open(newline="") as file:
        series: dict[str, list[str]] = {}
        for row in csv.DictReader(file):
            if row["feed"] in ("mopac_public_attitude", "mopac_public_perception"):
                series.setdefault(row["measure_id"], []).append(row["series_id"])
    assert len(series) == len(MEASURES)
    for measure, found in series.items():
        london, boroughs = [s for s in found if s != "public_attitude"], [s for s in found if s == "public_attitude"]
        assert (measure, len(london), len(boroughs)) == (measure, 1, 1)
    assert "public_attitude_mps" in series["pas_trust_mps"]
    assert "public_perception" in series["pas_good_job"]


# --- sample and publisher's files ---


@pytest.mark.parametrize("release", [date(2026, 2, 26), date(2026, 5, 28)])
def test_the_sample_holds_what_a_release_waits_for(tmp_path: Path, release: date) -> None:
    desk = Desk(tmp_path / "desk")
    (path,) = (path for path in write_deliveries(tmp_path / "sample", as_of=release) if path.name.startswith("PAS_"))
    result = desk.take(path.read_bytes(), path.name)
    assert result.receipt, result.report
    assert result.receipt["layout"] == "workbook"
    assert result.receipt["last_period"] >= FEED.expected_by(release)


@requires_extracts
def test_the_copies_of_the_publishers_workbook(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    boroughs = desk.take((REAL / "PAS_Dashboard_Borough.csv").read_bytes(), "PAS_Dashboard_Borough.csv")
    london = desk.take((REAL / "PAS_Total.csv").read_bytes(), "PAS_Total.csv")
    assert (boroughs.outcome, boroughs.feed, boroughs.rows) == ("landed", FEED.name, 32 * (7 * 37 + 32))
    assert (london.outcome, london.feed, london.rows) == ("landed", FEED.name, 7 * 37 + 32)
    assert desk.query(
        "select count(distinct scope), min(period_end), max(period_end), sum(rows)::int from coverage"
    ) == [(16, date(2014, 12, 31), date(2023, 12, 31), 9312 + 291)]
    assert desk.query(
        f"select area_name, proportion from {FEED.name} where measure = 'Trust MPS' and period_end = '2023-12-31' "
        "and area_name in ('MPS', 'City of Westminster', 'Richmond Upon Thames') order by all"
    ) == [("City of Westminster", 0.78), ("MPS", 0.69), ("Richmond Upon Thames", 0.66)]


@requires_extracts
def test_the_two_feeds_state_the_same_of_london(tmp_path: Path) -> None:
    """Seven measures to December 2023: not one of the 245 figures differs, once in whole per cents."""
    desk = Desk(tmp_path)
    desk.take((REAL / "PAS_Total.csv").read_bytes(), "PAS_Total.csv")
    desk.take(PERCEPTION.read_bytes(), PERCEPTION.name)
    labels = {
        "Agree the police are dealing with the things that matter to this community": "Understand issues",
        "Agree the police can be relied upon to be there when needed": "Relied on to be there",
        "Agree the police listen to the concerns of local people": "Listen to concerns",
        "Agree the police treat everyone fairly regardless of who they are": "Treat everyone fairly",
        "Feels well informed about local police activities over the last 12 months": "Informed local",
        "Knows how to contact their local ward officer": "Contact ward officer",
        "Police do a good job in the local area": "Good Job local",
    }
    headline = desk.query("select scope, period_end, per_cent from mopac_public_perception")
    survey = {
        (measure, end): round(100 * share)
        for measure, end, share in desk.query(f"select measure, period_end, proportion from {FEED.name}")
    }
    common = [(survey[labels[s], end], per_cent) for s, end, per_cent in headline if (labels[s], end) in survey]
    assert len(common) == 245
    assert [pair for pair in common if pair[0] != pair[1]] == []
