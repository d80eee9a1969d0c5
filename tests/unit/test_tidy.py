"""Making a recognised file tidy: what lands is what the file says, and each fault names its row and column."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.feed import COMMON_COLUMNS, Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS
from sources.readers import Csv
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from sources.tidy import Tidied, landing_columns, tidy
from tests.deliveries import (
    CATEGORIES,
    Rows,
    borough_crime,
    changed,
    months,
    records,
    tidy_rows,
    workbook,
    written,
)

MONTHS = months("202304", 24)
REOFFENDING = "PRSQ_Overview_data_tool_regions.csv"
JOURNEYS = "tfl-journeys-type.csv"
ADMISSIONS = "indicators-CountyUApre423.data.csv"


def tidied(folder: Path, content: bytes) -> Tidied:
    path = folder / "delivery"
    path.write_bytes(content)
    return tidy(recognise(path, FEEDS, name="delivery"), folder)


def refused(folder: Path, content: bytes) -> Report:
    with pytest.raises(Refusal) as refusal:
        tidied(folder, content)
    report = refusal.value.report
    assert report.outcome == "quarantined"
    assert report.feed
    assert report.remedy
    return report


def cell(row: int, column: int, value: str) -> bytes:
    """Return a crime file with one cell changed; rows count from 1 after the header, columns from 0."""

    def edit(rows: Rows) -> None:
        rows[row][column] = value

    return borough_crime(edit=edit)


def shown(report: Report) -> list[object]:
    return [example for problem in report.problems for example in problem.examples]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sample")
    return {path.name: path.read_bytes() for path in write_deliveries(folder, as_of=date(2026, 2, 26))}


# --- what lands is what the file says ---


@settings(max_examples=6)
@given(st.lists(st.integers(0, 50_000), min_size=24, max_size=24), st.integers(1, 64))
def test_every_count_comes_back_in_its_month_and_area(counts: list[int], row: int) -> None:
    def edit(rows: Rows) -> None:
        rows[row][3:] = map(str, counts)

    with TemporaryDirectory() as folder:
        it = tidied(Path(folder), borough_crime(count=7, edit=edit))
        rows = pl.read_parquet(it.path)
    assert (it.rows, it.periods) == (64 * 24, 24)
    here = rows.filter(pl.col("row") == row).sort("period_start")
    assert here["offences"].to_list() == counts
    assert here["period_start"].dt.strftime("%Y%m").to_list() == MONTHS
    assert set(here["area_name"]) == {sorted(BOROUGHS)[(row - 1) % 32]}
    assert rows["offences"].sum() == sum(counts) + 63 * 24 * 7


def test_months_may_stand_in_any_order_of_columns(tmp_path: Path) -> None:
    def turn(rows: Rows) -> None:
        for number, row in enumerate(rows):
            row[3:] = reversed(row[3:] if number == 0 else [str(month) for month in range(24)])

    it = tidied(tmp_path, borough_crime(edit=turn))
    assert (it.first_period, it.last_period) == (date(2023, 4, 1), date(2025, 3, 31))
    by_month = tidy_rows(it.path, "distinct period_start, offences")
    assert [count for _, count in by_month] == list(range(24))


def test_names_are_trimmed_and_nothing_else(tmp_path: Path) -> None:
    def pad(rows: Rows) -> None:
        rows[1][0], rows[1][1], rows[1][2] = "ROBBERY ", " ROBBERY OF PERSONAL PROPERTY", f" {rows[1][2]}  "
        rows[2][2] += "\u00a0"

    plain, padded = tmp_path / "plain", tmp_path / "padded"
    plain.mkdir()
    padded.mkdir()
    expected = tidy_rows(tidied(plain, borough_crime()).path)
    assert tidy_rows(tidied(padded, borough_crime(edit=pad)).path) == expected


def test_line_feeds_and_quotes_make_no_difference(tmp_path: Path) -> None:
    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.mkdir()
    other.mkdir()
    expected = tidy_rows(tidied(plain, borough_crime()).path)
    content = borough_crime().replace(b"\r\n", b"\n").replace(b"Barnet", b'"Barnet"')
    assert tidy_rows(tidied(other, content).path) == expected


def test_taxonomy_is_told_from_the_categories(tmp_path: Path) -> None:
    renamed = [("PUBLIC ORDER OFFENCES", "PUBLIC FEAR, ALARM OR DISTRESS")]
    assert tidied(tmp_path, borough_crime()).taxonomy == "connect-2024"
    assert tidied(tmp_path, borough_crime(categories=renamed)).taxonomy == "connect-2026"
    assert tidied(tmp_path, borough_crime(categories=[("Sexual Offences", "Rape")])).taxonomy == "cris-2023"


def test_cell_that_begins_like_a_formula_stays_text(tmp_path: Path, sample: dict[str, bytes]) -> None:
    it = tidied(tmp_path, changed(sample[ADMISSIONS], 1, Area_Name="=HYPERLINK(1)"))
    assert ("=HYPERLINK(1)",) in tidy_rows(it.path, "area_name")


def test_quoted_newline_stays_in_its_cell(tmp_path: Path, sample: dict[str, bytes]) -> None:
    whole = tidied(tmp_path, sample[ADMISSIONS]).rows
    it = tidied(tmp_path, changed(sample[ADMISSIONS], 1, Area_Name="Eng\nland"))
    assert it.rows == whole
    assert ("Eng\nland",) in tidy_rows(it.path, "area_name")


def test_blank_rows_of_the_journeys_file_are_passed_over(tmp_path: Path, sample: dict[str, bytes]) -> None:
    content = sample[JOURNEYS]
    assert tidied(tmp_path, content + b"," * 11 + b"\r\n" + b"," * 11).rows == tidied(tmp_path, content).rows


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_landing_tables_begin_with_the_common_columns(feed: object) -> None:
    columns = landing_columns(feed)  # type: ignore[arg-type]
    assert tuple(columns)[:3] == COMMON_COLUMNS
    assert (columns["period_start"], columns["period_end"]) == ("DATE", "DATE")


# --- values ---


@settings(max_examples=15)
@given(
    row=st.integers(1, 64),
    column=st.integers(3, 26),
    text=st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12),
        st.from_regex(r"[-+]?[0-9]*[.,e][0-9]+|[0-9]{1,3}(,[0-9]{3})+|[0-9]{16,20}| [0-9]+|[0-9]+ ", fullmatch=True),
    ).filter(lambda text: not (text.isascii() and text.isdigit() and len(text) <= 15)),
)
def test_text_in_place_of_a_count_is_refused_with_its_row_and_month(row: int, column: int, text: str) -> None:
    with TemporaryDirectory() as folder:
        report = refused(Path(folder), cell(row, column, text))
    assert report.rule == "reads"
    value = f'"{text}"' if text else "empty"
    assert shown(report) == [{"row": row, "value": f"{MONTHS[column - 3]} is {value}"}]


@pytest.mark.parametrize("count", ["50001", "999999999999999"])
def test_count_out_of_range_breaks_the_schema(tmp_path: Path, count: str) -> None:
    report = refused(tmp_path, cell(5, 6, count))
    assert report.rule == "schema"
    (problem,) = report.problems
    assert (problem.column, problem.count) == ("offences", 1)
    assert problem.examples[0]["row"] == 5
    assert problem.examples[0]["offences"] == int(count)
    assert problem.examples[0]["period_start"] == "2023-07-01"


@settings(max_examples=8)
@given(st.sets(st.integers(1, 64), min_size=1))
def test_report_counts_every_fault_and_shows_the_first_five(rows: set[int]) -> None:
    def spoil(records: Rows) -> None:
        for row in rows:
            records[row][10] = "n/a"

    with TemporaryDirectory() as folder:
        report = refused(Path(folder), borough_crime(edit=spoil))
    assert f"{len(rows)} values" in report.headline
    assert report.problems[0].count == len(rows)
    assert [example["row"] for example in report.problems[0].examples] == sorted(rows)[:5]


@pytest.mark.parametrize("text", ["nan", "inf", "1_0", "1e2", " 12 ", "12,5", "-1", "1,200", "12."])
def test_journeys_are_plain_decimals(tmp_path: Path, sample: dict[str, bytes], text: str) -> None:
    report = refused(tmp_path, changed(sample[JOURNEYS], 3, **{"Bus journeys (m)": text}))
    assert shown(report) == [{"row": 3, "value": f'Bus journeys (m) is "{text}"'}]


def test_unread_date_is_one_fault_however_many_modes_the_row_has(tmp_path: Path, sample: dict[str, bytes]) -> None:
    report = refused(tmp_path, changed(sample[JOURNEYS], 3, Period_beginning="31-Feb-20"))
    assert report.problems[0].count == 1
    assert shown(report) == [{"row": 3, "value": 'Period beginning is "31-Feb-20"'}]


@pytest.mark.parametrize("column", ["Value", "Count", "Denominator"])
@pytest.mark.parametrize("text", ["nan", "inf", "1,234", "n/a", "*"])
def test_fingertips_numbers_are_finite(tmp_path: Path, sample: dict[str, bytes], column: str, text: str) -> None:
    blank = {"Lower CI 95.0 limit": "", "Upper CI 95.0 limit": ""}
    report = refused(tmp_path, changed(sample[ADMISSIONS], 1, **{**blank, column: text}))
    assert shown(report) == [{"row": 1, "value": f'{column} is "{text}"'}]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"Value": ""}, "a blank value has no note"),
        ({"Value": "1000"}, "outside its limits"),
        ({"Area_Code": "X1"}, "area code is malformed"),
        ({"Time_period": "FY09"}, 'Time period is "FY09"'),
        ({"Area_Name": ""}, "a value is missing"),
    ],
)
def test_fingertips_rows_are_judged(
    tmp_path: Path, sample: dict[str, bytes], cells: dict[str, str], words: str
) -> None:
    assert words in refused(tmp_path, changed(sample[ADMISSIONS], 1, **cells)).markdown()


def test_explained_blank_stays_blank(tmp_path: Path, sample: dict[str, bytes]) -> None:
    it = tidied(tmp_path, sample[ADMISSIONS])
    blank = {(area, note) for area, note, value in tidy_rows(it.path, "area_name, value_note, value") if value is None}
    assert blank == {("City of London", "Value for Hackney and City of London combined")}


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"offenders": "*"}, 'offenders is "*"'),
        ({"reoffences": ""}, 'reoffences is ""'),
        ({"cohort": "Apr 2012 to Mar 2014"}, 'cohort is "Apr 2012 to Mar 2014"'),
        ({"region": "Wales"}, "the region is not known in `region`"),
        ({"adult_juv": "Both"}, "not Adult or Juvenile in `adult_juvenile`"),
        ({"reoffenders": "99999"}, "more reoffenders than offenders"),
        ({"reoffences": "1"}, "fewer reoffences than reoffenders"),
    ],
)
def test_reoffending_rows_are_judged(
    tmp_path: Path, sample: dict[str, bytes], cells: dict[str, str], words: str
) -> None:
    text = refused(tmp_path, changed(sample[REOFFENDING], 3, **cells)).markdown()
    assert words in text
    assert "row 3" in text


# --- rows ---


@pytest.mark.parametrize(
    "row", ["ROBBERY,X,Barnet,1", "X" + ",1" * 27, 'a,"b"c' + ",1" * 25, "1"], ids=["short", "long", "quote", "one"]
)
def test_row_of_another_width_is_refused_with_its_text(tmp_path: Path, row: str) -> None:
    lines = borough_crime().split(b"\r\n")
    lines[9] = row.encode()
    report = refused(tmp_path, b"\r\n".join(lines))
    assert "1 rows do not have the 27 fields" in report.headline
    (example,) = report.problems[0].examples
    assert (example["row"], example["text"].strip()) == (9, row)


def test_shifted_rows_are_each_counted_once_and_shown_in_order(tmp_path: Path) -> None:
    report = refused(
        tmp_path, borough_crime(edit=lambda rows: rows.__setitem__(slice(1, None), [["X", *row] for row in rows[1:]]))
    )
    assert report.problems[0].count == 64
    assert [example["row"] for example in report.problems[0].examples] == [1, 2, 3, 4, 5]


def test_thousands_comma_without_quotes_is_a_row_of_another_width(tmp_path: Path) -> None:
    lines = borough_crime(count=7).split(b"\r\n")
    lines[4] = lines[4].replace(b",7,7", b",1,234", 1) + b",7"
    assert "1 rows" in refused(tmp_path, b"\r\n".join(lines)).headline


def test_row_shifted_by_one_within_its_width_is_refused(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(edit=lambda rows: rows[5].append(rows[5].pop(0))))
    assert shown(report) == [{"row": 5, "value": '202503 is "ROBBERY"'}]

    report = refused(tmp_path, borough_crime(edit=lambda rows: rows[5].append(rows[5].pop(0) and "9")))
    assert "unknown category `ROBBERY OF PERSONAL PROPERTY/Bromley`" in report.markdown()
    assert shown(report) == [{"row": 5}]


@pytest.mark.parametrize("ending", [b"\n", b"\r"])
def test_lines_that_end_in_different_ways_are_refused(tmp_path: Path, ending: bytes) -> None:
    lines = borough_crime().split(b"\r\n")
    content = b"\r\n".join(lines[:20]) + ending + b"\r\n".join(lines[20:])
    assert "does not read as CSV" in refused(tmp_path, content).headline


def test_unclosed_quote_is_refused(tmp_path: Path) -> None:
    assert "1 rows" in refused(tmp_path, borough_crime().replace(b"Bromley", b'"Bromley', 1)).headline


def test_quoted_newline_in_a_name_makes_it_another_name(tmp_path: Path) -> None:
    text = refused(tmp_path, cell(5, 2, "Bromley\n")).markdown()
    assert r"area_name 'Bromley\n'" in text


@pytest.mark.parametrize("area", ["Atlantis", "=cmd|calc", "City of London", "BARNET", ""])
def test_unknown_area_is_refused_with_its_row(tmp_path: Path, area: str) -> None:
    report = refused(tmp_path, cell(5, 2, area))
    problem = report.problems[0]
    assert (problem.column, problem.count, len(problem.examples)) == ("area_name", 24, 5)
    assert problem.examples[0]["row"] == 5
    assert problem.examples[0]["area_name"] == (area or None)


@pytest.mark.parametrize("borough", ["Barnet", "Westminster"])
def test_missing_borough_is_named(tmp_path: Path, borough: str) -> None:
    def leave_out(rows: Rows) -> None:
        rows[:] = [row for row in rows if row[2] != borough]

    report = refused(tmp_path, borough_crime(edit=leave_out))
    assert [problem.what for problem in report.problems] == [f"{borough} is missing"]


def test_borough_without_offences_of_one_kind_is_not_missing(tmp_path: Path) -> None:
    assert tidied(tmp_path, borough_crime(edit=lambda rows: rows.pop(3))).rows == 63 * 24


def test_airports_and_unknown_are_areas(tmp_path: Path) -> None:
    def add(rows: Rows) -> None:
        for area in ("London Heathrow and London City Airports", "Unknown"):
            rows.append([*CATEGORIES[0], area, *["1"] * 24])

    assert tidied(tmp_path, borough_crime(edit=add)).rows == 66 * 24


def test_unknown_category_is_named_with_its_row_and_the_nearest_taxonomy(tmp_path: Path) -> None:
    report = refused(tmp_path, cell(5, 1, "PIRACY"))
    assert report.rule == "schema"
    assert "connect-2024" in report.headline
    assert report.problems[0].what == "unknown category `ROBBERY/PIRACY`"
    assert (report.problems[0].count, shown(report)) == (24, [{"row": 5}])


def test_categories_of_two_eras_in_one_file_are_refused(tmp_path: Path) -> None:
    eras = [("ROBBERY", "ROBBERY OF PERSONAL PROPERTY"), ("Robbery", "Robbery of Personal Property")]
    assert "1 categories are not in any taxonomy" in refused(tmp_path, borough_crime(categories=eras)).headline


def test_many_unknown_categories_are_counted_and_five_shown(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(categories=[("CRIME", f"KIND {number}") for number in range(9)]))
    assert "9 categories" in report.headline
    assert len(report.problems) == 5


def test_repeated_row_is_refused_and_both_are_counted(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(edit=lambda rows: rows.append(rows[3])))
    (problem,) = report.problems
    assert (problem.what, problem.count, len(problem.examples)) == ("the key occurs more than once", 48, 5)
    assert report.rule == "schema"


def test_repeated_row_with_another_count_is_refused(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(edit=lambda rows: rows.append([*rows[3][:3], *["9"] * 24])))
    assert report.problems[0].what == "the key occurs more than once"


def test_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "no rows" in refused(tmp_path, borough_crime(categories=[])).headline


# --- periods ---


def test_month_missing_in_the_middle_is_named(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime(number=26, edit=lambda rows: [row.pop(13) for row in rows]))
    assert report.rule == "schema"
    assert "2024-01-31" in report.headline
    assert "starting 2024-03-01" in report.markdown()


def test_month_that_stands_twice_is_named(tmp_path: Path) -> None:
    report = refused(
        tmp_path, borough_crime(edit=lambda rows: rows.__setitem__(slice(None), [[*row, row[7]] for row in rows]))
    )
    assert "twice: `202308`" in report.headline


def test_fewer_months_than_the_file_has_are_refused(tmp_path: Path) -> None:
    assert "23 periods" in refused(tmp_path, borough_crime(number=23)).headline


def test_period_missing_in_the_journeys_is_named(tmp_path: Path, sample: dict[str, bytes]) -> None:
    rows = records(sample[JOURNEYS])
    report = refused(tmp_path, written(rows[:20] + rows[21:]))
    assert "2011-09-17" in report.headline
    assert "2011-10-16" in report.markdown()


def test_repeated_period_of_the_journeys_is_refused(tmp_path: Path, sample: dict[str, bytes]) -> None:
    rows = records(sample[JOURNEYS])
    assert "the key occurs more than once" in refused(tmp_path, written([*rows, rows[20]])).markdown()


ROLLING_YEARS = Feed(
    name="x_rolling",
    source="x",
    title="Twelve months to the end of each quarter",
    publisher="X",
    address="https://example.org",
    licence="none",
    file_names=(),
    cadence=Cadence.QUARTERLY,
    lag=timedelta(),
    layouts=(
        Layout(
            name="one",
            header=("scope", "to"),
            reader=Csv(),
            tidy="""
                select row, scope, strptime("to", '%Y-%m')::date as month, last_day(month) as period_end,
                       (month - interval 11 month)::date as period_start, null::varchar as unread
                from raw
            """,
        ),
    ),
    schema=pa.DataFrameSchema(
        {"scope": pa.Column(pl.String), "period_start": pa.Column(pl.Date), "period_end": pa.Column(pl.Date)}
    ),
    history=History(total="count(*)", moves=0, every_months=3),
)


def rolling_years(folder: Path, *rows: str) -> Tidied:
    path = folder / "delivery"
    path.write_bytes(written([["scope", "to"], *(row.split() for row in rows)]))
    return tidy(recognise(path, [ROLLING_YEARS], name="delivery"), folder)


@settings(max_examples=10)
@given(st.integers(2001 * 4, 2099 * 4), st.integers(1, 12), st.randoms())
def test_rolling_years_overlap_and_end_every_quarter(first: int, number: int, order: Random) -> None:
    ends = [f"{quarter // 4}-{quarter % 4 * 3 + 3:02}" for quarter in range(first, first + number)]
    rows = [f"{scope} {end}" for scope in ("a", "b") for end in ends]
    order.shuffle(rows)
    with TemporaryDirectory() as folder:
        it = rolling_years(Path(folder), *rows)
    assert (it.rows, it.periods) == (2 * number, number)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("2024-09", "b: after the period ending 2024-03-31 comes one ending 2024-09-30"),
        ("2024-05", "b: after the period ending 2024-03-31 comes one ending 2024-05-31"),
        ("2025-03", "b: after the period ending 2024-03-31 comes one ending 2025-03-31"),
    ],
    ids=["a quarter left out", "not the end of a quarter", "a whole year on"],
)
def test_rolling_year_that_ends_at_another_month_is_named(tmp_path: Path, last: str, words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        rolling_years(tmp_path, "a 2023-12", "a 2024-03", "a 2024-06", "b 2023-12", "b 2024-03", f"b {last}")
    report = refusal.value.report
    assert (report.rule, [problem.what for problem in report.problems]) == ("schema", [words])


def test_rolling_years_of_one_scope_may_end_before_another_ones(tmp_path: Path) -> None:
    assert rolling_years(tmp_path, "a 2023-12", "a 2024-03", "a 2024-06", "b 2023-12").periods == 3


# --- cut off and damaged ---


@settings(max_examples=12)
@given(st.data())
def test_crime_file_cut_anywhere_within_a_row_is_refused(data: st.DataObject) -> None:
    whole = borough_crime(count=1234)
    header = whole.index(b"\n") + 1
    end = data.draw(st.integers(header + 1, len(whole) - 1).filter(lambda n: whole[n - 1 : n] != b"\n"))
    with TemporaryDirectory() as folder:
        report = refused(Path(folder), whole[:end])
    assert "ends in the middle of a line" in report.headline


def test_cut_row_is_refused_though_a_newline_was_put_after_it(tmp_path: Path) -> None:
    report = refused(tmp_path, borough_crime()[:-40] + b"\r\n")
    assert [example["row"] for example in report.problems[0].examples] == [64]


@pytest.mark.parametrize("end", range(1, 12))
def test_reoffending_file_cut_within_its_last_row_is_refused(
    tmp_path: Path, sample: dict[str, bytes], end: int
) -> None:
    refused(tmp_path, sample[REOFFENDING][:-end])


def test_half_a_character_at_the_end_is_refused(tmp_path: Path, sample: dict[str, bytes]) -> None:
    assert "1 rows" in refused(tmp_path, sample[REOFFENDING] + b"\xc3").headline


@pytest.mark.parametrize(("damage", "words"), [(b"\x00", "is NUL"), (b"\xa3", "is not utf-8")])
def test_damage_far_into_the_file_is_told_by_its_byte(tmp_path: Path, damage: bytes, words: str) -> None:
    whole = borough_crime(categories=[("Sexual Offences", "Rape"), ("Robbery", "Robbery of Personal Property")] * 20)
    place = 100_000
    report = refused(tmp_path, whole[:place] + damage + whole[place:])
    assert f"byte {place:,} {words}" in report.headline


# --- the transport-crime workbook ---

MONTH_NAMES = ("Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")


def crosstab(*lines: tuple[str, Sequence[object]], year: int = 2012) -> list[list[object]]:
    """Return one year's block with the same figure and a rate in each month."""
    headings = [name for month in MONTH_NAMES for name in (month, "")]
    return [
        [f"Network-wide FY{year}/{(year + 1) % 100:02}"],
        ["", *headings],
        ["", *["Volume", "Rate"] * 12],
        *([label, *[cell for figure in figures for cell in (figure, 1.5)]] for label, figures in lines),
        [],
    ]


def test_workbook_reads_numbers_texts_and_dashes(tmp_path: Path) -> None:
    bus, rail, total = ["2,066"] * 12, ["-"] * 12, [2066] * 12
    block = crosstab(("Bus", bus), ("London Overground", rail), ("All transport modes", total))
    it = tidied(tmp_path, workbook(block))
    assert (it.rows, it.periods, it.first_period) == (36, 12, date(2012, 4, 1))
    assert tidy_rows(it.path, "distinct mode, offences, symbol") == [
        ("All transport modes", 2066, None),
        ("Bus", 2066, None),
        ("London Overground", None, "-"),
    ]


def test_months_that_no_mode_has_are_not_stated(tmp_path: Path) -> None:
    figures: list[object] = [*[10] * 6, *["-"] * 6]
    assert tidied(tmp_path, workbook(crosstab(("Bus", figures), ("Trams", figures)))).periods == 6


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("Bus", [*["n/a"], *[5] * 11])], 'Bus Apr 2012 is "n/a"'),
        ([("Bus", [*["20,66"], *[5] * 11])], 'Bus Apr 2012 is "20,66"'),
        ([("Bus", [*[5.5], *[5] * 11])], 'Bus Apr 2012 is "5.5"'),
        ([("Hovercraft", [5] * 12)], "mode 'Hovercraft'"),
        ([("Bus", [5] * 12), ("All transport modes", [6] * 12)], "the modes do not sum to the published total"),
        ([("Bus", [5] * 12), ("Bus", [5] * 12)], "the key occurs more than once"),
    ],
)
def test_workbook_rows_are_judged(tmp_path: Path, lines: list[tuple[str, Sequence[object]]], words: str) -> None:
    assert words in refused(tmp_path, workbook(crosstab(*lines))).markdown()


def test_year_missing_between_blocks_is_named(tmp_path: Path) -> None:
    blocks = [*crosstab(("Bus", [5] * 12)), *crosstab(("Bus", [5] * 12), year=2014)]
    assert "2013-03-31" in refused(tmp_path, workbook(blocks)).headline
