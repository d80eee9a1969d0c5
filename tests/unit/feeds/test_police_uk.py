"""The archive of data.police.uk: records without a key, of one force a file, whole months and parts of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestration.intake import land_archived
from sources.mps.places import BOROUGHS
from sources.police_uk import outcomes, street
from sources.police_uk.searches import FEED as SEARCH
from sources.police_uk.street import CRIME_TYPES
from sources.report import Report
from tests.deliveries import Desk, Rows, written
from tests.extracts import EXTRACTS, requires_extracts

ARCHIVE = EXTRACTS / "police_uk"
MET, CITY, BTP = "Metropolitan Police Service", "City of London Police", "British Transport Police"
STREET = "2024-01-metropolitan-street.csv"
SEARCHES = "2023-04-metropolitan-stop-and-search.csv"


def month(
    force: str = MET, when: str = "2024-01", each: int = 1, edit: Callable[[Rows], object] = lambda rows: None
) -> bytes:
    """Return a month with so many crimes of each type in each borough."""
    header = list(map(str, street.FEED.layouts[0].header))
    places = [
        ("-0.1", "51.5", "On or near A1", f"E0100{number:04}", f"{borough} 001A")
        for number, borough in enumerate(sorted(BOROUGHS))
    ]
    rows = [
        header,
        *(
            ["ab" * 32, when, force, force, *place, crime_type, "Under investigation", ""]
            for place in places
            for crime_type in CRIME_TYPES
            for _ in range(each)
        ),
    ]
    edit(rows)
    return written(rows)


def cell(column: str, value: str, row: int = 1) -> Callable[[Rows], object]:
    return lambda rows: rows[row].__setitem__(rows[0].index(column), value)


def refused(folder: Path, content: bytes, name: str = STREET) -> Report:
    result = Desk(folder).take(content, name)
    assert result.outcome == "quarantined"
    assert result.report
    return result.report


def searches(*moments: str, **cells: str) -> bytes:
    header = list(map(str, SEARCH.layouts[0].header))
    values = {"Type": "Person search", "Gender": "Male", "Outcome": "Arrest", **cells}
    return written([header, *([{**values, "Date": moment}.get(name, "") for name in header] for moment in moments)])


# --- crimes and outcomes ---


def test_records_alike_are_different_records_and_identifiers_are_no_key(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(month(each=2), STREET).rows == 32 * 14 * 2
    assert desk.query("select count(distinct crime_id) from police_uk_street") == [(1,)]


def test_a_file_says_nothing_of_other_forces(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for force in (MET, CITY, BTP):
        assert desk.take(month(force), STREET).outcome == "landed"
    assert desk.query("select scope, count(distinct delivery_id) from coverage group by all order by all") == [
        ("btp", 1), ("city-of-london", 1), ("metropolitan", 1),
    ]  # fmt: skip


def test_a_month_moves_by_no_more_than_a_twentieth(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(month(), STREET).outcome == "landed"
    assert desk.take(month(edit=lambda rows: rows.extend(rows[1:5])), STREET).outcome == "landed"
    assert desk.take(month(each=2), STREET).outcome == "held"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Crime ID", "12ab", "no identifier of a crime"),
        ("Month", "2024-13", 'Month is "2024-13"'),
        ("Month", "2023-01", "too few crime types"),
        ("Reported by", "Surrey Police", 'Reported by is "Surrey Police", which is no force of London'),
        ("Longitude", "east", 'Longitude is "east"'),
        ("Longitude", "nan", 'Longitude is "nan"'),
        ("Longitude", "51.5", "outside Great Britain"),
        ("Latitude", "", "a longitude without a latitude"),
        ("LSOA code", "E02000001", "no code of a small area"),
        ("LSOA name", "", "the code of a small area without its name"),
        ("Crime type", "Violent crime", "unknown category"),
        ("Crime type", "", "a value is missing"),
    ],
)
def test_what_a_record_never_holds_is_refused_in_words(tmp_path: Path, column: str, value: str, words: str) -> None:
    report = refused(tmp_path, month(edit=cell(column, value)))
    assert words in f"{report.headline} {report.markdown()}".replace('\\"', '"')


def test_a_crime_without_identifier_outcome_or_location_is_one(tmp_path: Path) -> None:
    def strip(rows: Rows) -> None:
        rows[1] = ["", *rows[1][1:4], "", "", "No Location", "", "", rows[1][9], "", ""]

    desk = Desk(tmp_path)
    assert desk.take(month(edit=strip), STREET).outcome == "landed"
    assert desk.query("select count(*) from police_uk_street where lsoa_code is null and last_outcome is null") == [
        (1,)
    ]


@pytest.mark.parametrize("force", [MET, BTP])
def test_crimes_of_one_type_are_no_month(tmp_path: Path, force: str) -> None:
    def burglary_alone(rows: Rows) -> None:
        rows[1:] = [row for row in rows[1:] if row[9] == "Burglary"]

    report = refused(tmp_path, month(force, edit=burglary_alone))
    assert report.headline == "the month has too few crime types: the file is a part of it"
    assert report.problems[0].examples[0]["crime_types"] == 1


def test_the_first_rows_of_a_month_are_no_month(tmp_path: Path) -> None:
    report = refused(tmp_path, month(edit=lambda rows: rows.__delitem__(slice(200, None))))
    assert "is a part of it" in report.headline
    assert report.problems[0].count == 32 - 15
    assert report.problems[0].examples[0]["borough"] == "Hillingdon"


def test_outcomes_of_one_kind_of_crime_are_no_month(tmp_path: Path) -> None:
    header = list(map(str, outcomes.FEED.layouts[0].header))
    rows = [[*row[:9], "Suspect charged"] for row in _rows(month())]
    report = refused(tmp_path, written([header, *rows]), "2024-01-metropolitan-outcomes.csv")
    assert report.headline == "the month has too few kinds of outcome: the file is a part of it"


def _rows(content: bytes) -> Rows:
    return [line.split(",") for line in content.decode().splitlines()[1:]]


# --- searches ---


def test_the_force_is_told_by_the_name_and_the_month_is_londons(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    content = searches("2023-03-31T23:00:00+00:00", "2023-04-30T22:59:00+00:00")
    assert desk.take(content, SEARCHES).outcome == "landed"
    assert desk.query("select scope, period_start, rows from coverage") == [("metropolitan", date(2023, 4, 1), 2)]


@pytest.mark.parametrize("moment", ["2023-03-31T22:59:00+00:00", "2023-04-30T23:00:00+00:00"])
def test_a_search_in_another_month_of_london_is_refused(tmp_path: Path, moment: str) -> None:
    assert f'Date is "{moment}" in a file of 2023-04' in refused(tmp_path, searches(moment), SEARCHES).markdown()


@pytest.mark.parametrize("moment", ["2023-04-01T12:00:00+01:00", "2023-04-01 12:00", "", "2023-04-31T12:00:00+00:00"])
def test_what_is_no_moment_in_utc_is_refused(tmp_path: Path, moment: str) -> None:
    assert f'Date is "{moment}"' in refused(tmp_path, searches(moment), SEARCHES).markdown()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Outcome", "Shrug", "the outcome is not known"),
        ("Age range", "35", "the age range is not known"),
        ("Self-defined ethnicity", "Martian", "the ethnicity is of no known group"),
        ("Latitude", "0.1", "outside Great Britain"),
    ],
)
def test_what_a_search_never_holds_is_refused_in_words(tmp_path: Path, column: str, value: str, words: str) -> None:
    content = searches("2023-04-01T12:00:00+00:00", **{column: value})
    assert words in refused(tmp_path, content, SEARCHES).markdown()


def test_a_file_under_another_name_waits_until_its_sender_states_the_publishers(tmp_path: Path) -> None:
    desk, content = Desk(tmp_path), searches("2023-04-01T12:00:00+00:00")
    result = desk.take(content, "searches.csv")
    assert result.outcome == "quarantined"
    assert result.report
    assert "side-car" in result.report.remedy
    (desk.inbox.root / "searches.csv.delivery.json").write_text(f'{{"name": "{SEARCHES}"}}')
    stated = desk.take(content, "searches.csv")
    assert stated.outcome == "landed"
    assert land_archived(stated.delivery_id, desk.archive, desk.warehouse).outcome == "landed"
    assert desk.query("select scope from coverage") == [("metropolitan",)]


# --- the publisher's own files ---


@requires_extracts
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("2015-04/2015-04-metropolitan-stop-and-search", 11_126),
        ("2019-02/2019-02-btp-street", 4_330),
        ("2019-02/2019-02-city-of-london-street", 688),
        ("2020-02/2020-02-metropolitan-outcomes", 8_184),
        ("2023-01/2023-01-metropolitan-stop-and-search", 16_401),
        ("2024-01/2024-01-btp-street", 6_190),
        ("2024-01/2024-01-city-of-london-street", 734),
    ],
)
def test_whole_months_land(tmp_path: Path, name: str, rows: int) -> None:
    path = ARCHIVE / f"{name}.csv"
    result = Desk(tmp_path).take(path.read_bytes(), path.name)
    assert (result.outcome, result.rows) == ("landed", rows), result.report and result.report.markdown()


@requires_extracts
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2023-01/2023-01-metropolitan-street-sample", "has no record in the borough"),
        ("2024-01_burglary_only/2024-01-metropolitan-street", "too few crime types"),
        ("2024-01_burglary_only/2024-01-metropolitan-outcomes", "too few kinds of outcome"),
    ],
)
def test_parts_of_months_are_told_from_months(tmp_path: Path, name: str, words: str) -> None:
    path = ARCHIVE / f"{name}.csv"
    assert words in refused(tmp_path, path.read_bytes(), path.name).headline


@requires_extracts
def test_a_later_release_changes_335_outcomes_and_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    name = "2024-01-city-of-london-street.csv"
    for folder, published in (("2024-01", "2024-06-01"), ("2024-01_later_release", "2026-02-01")):
        result = desk.take((ARCHIVE / folder / name).read_bytes(), name, published=published)
        assert (result.outcome, result.rows) == ("landed", 734)
    assert desk.query("""
        with crimes as (
            from police_uk_street where crime_id is not null
            qualify count(*) over (partition by delivery_id, crime_id) = 1),
        pairs as (
            select a.last_outcome <> b.last_outcome as differs,
                   (a.location, a.lsoa_code, a.crime_type) = (b.location, b.lsoa_code, b.crime_type) as same
            from crimes as a join crimes as b on a.crime_id = b.crime_id and a.delivery_id < b.delivery_id)
        select count(*), count(*) filter (differs), bool_and(same) from pairs
    """) == [(688, 335, True)]


# --- batches ---


@pytest.mark.parametrize("feed", [street.FEED, outcomes.FEED, SEARCH], ids=lambda feed: feed.name)
def test_a_feed_of_records_has_no_rule_that_batches_would_break(feed: object) -> None:
    assert feed.record_level  # type: ignore[attr-defined]
    assert feed.schema.unique is None  # type: ignore[attr-defined]


def test_faults_are_counted_whole_whatever_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(rows: Rows) -> None:
        for row in range(1, 400, 50):
            rows[row][0] = "12ab"
            rows[row][4] = "51.5"

    whole = refused(tmp_path / "whole", month(edit=spoil))
    monkeypatch.setattr("sources.tidy.BATCH", 7)
    parts = refused(tmp_path / "parts", month(edit=spoil))
    assert [(p.what, p.count, len(p.examples)) for p in whole.problems] == [
        ("no identifier of a crime", 8, 5),
        ("outside Great Britain", 8, 5),
    ]
    assert (parts.headline, parts.problems) == (whole.headline, whole.problems)


def test_faults_of_a_file_of_records_stand_by_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.tidy.BATCH", 100)
    report = refused(tmp_path, month(edit=cell("Crime ID", "12ab", row=321)))
    assert report.problems[0].examples[0]["row"] == 321
