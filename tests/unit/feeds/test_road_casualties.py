"""TfL road casualties: a record a casualty, a file a year, and the year in the collision's reference alone."""

import codecs
from datetime import date
from pathlib import Path

import pytest

from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from sources.tfl.road_casualties import FEED
from sources.tidy import tidy
from tests.deliveries import Desk, tidy_rows, written
from tests.extracts import EXTRACTS, requires_extracts

NAME = "2019-gla-data-extract-casualty.csv"
REAL = EXTRACTS / "tfl" / "road_casualties" / NAME
CASUALTY = {
    "AREFNO": "1190100001",
    "Borough": "KINGSTON-UPON-THAMES",
    "Boro": "23",
    "Easting": "518000",
    "Northing": "169000",
    "CREFNO": "1",
    "Casualty Class": "1 DRIVER/RIDER",
    "Casualty Sex": "1 MALE",
    "Casualty Age (Banded)": "25-59",
    "Casualty Age": "44",
    "No. of Casualties": "1",
    "Casualty Severity": "3 SLIGHT",
    "Ped Location": "'-2 NOT APPLICABLE",
    "Ped Movement": "'-2 NOT APPLICABLE",
    "Mode of Travel": "4 CAR",
}
CITY = {"AREFNO": "48190100002", "Borough": "CITY OF LONDON", "Boro": "0"}


def file(*casualties: dict[str, str]) -> bytes:
    """Return a file of casualties that differ from `CASUALTY` as stated."""
    rows = [list(CASUALTY), *(list({**CASUALTY, **casualty}.values()) for casualty in casualties)]
    return codecs.BOM_UTF8 + written(rows).replace(b"\r\n", b"\n")


def refused(folder: Path, content: bytes) -> Report:
    path = folder / NAME
    path.write_bytes(content)
    with pytest.raises(Refusal) as refusal:
        tidy(recognise(path, FEEDS, name=NAME), folder)
    report = refusal.value.report
    assert (report.outcome, report.feed) == ("quarantined", FEED.name)
    return report


def collisions(number: int, year: int = 19) -> list[dict[str, str]]:
    """Return the casualties of so many collisions, the last of them the City's."""
    return [*({"AREFNO": f"1{year}{n:07}"} for n in range(number - 1)), {**CITY, "AREFNO": f"48{year}0100002"}]


def test_the_year_is_that_of_the_references_of_both_forces(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(file({}, CITY))
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    assert tidy_rows(it.path, "period_start, period_end, collision, casualty, area_name") == [
        (date(2019, 1, 1), date(2019, 12, 31), "1190100001", 1, "KINGSTON-UPON-THAMES"),
        (date(2019, 1, 1), date(2019, 12, 31), "48190100002", 1, "CITY OF LONDON"),
    ]


def test_what_is_unknown_or_not_applicable_keeps_its_code(tmp_path: Path) -> None:
    path = tmp_path / NAME
    unknown = {"Casualty Sex": "'-1 UNKNOWN", "Casualty Age (Banded)": "U", "Casualty Age": "", "Ped Movement": ""}
    path.write_bytes(file({**CITY, **unknown}))
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    assert tidy_rows(it.path, "sex, age_band, age, pedestrian_location, pedestrian_movement") == [
        ("-1 UNKNOWN", "U", None, "-2 NOT APPLICABLE", None)
    ]


def test_the_number_of_casualties_of_a_collision_is_not_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(file({"No. of Casualties": "2"}, {"CREFNO": "2", "No. of Casualties": "2"}, CITY), NAME)
    assert (result.outcome, result.rows) == ("landed", 3)
    assert desk.query("select rows, total from coverage") == [(3, 3.0)]


def test_the_same_file_twice_is_one_delivery(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file({}, CITY), NAME).outcome == "landed"
    assert desk.take(file({}, CITY), "another name.csv").outcome == "unchanged"
    assert desk.query(f"select count(*) from {FEED.name}") == [(2,)]


def test_years_stand_beside_each_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for year in (19, 18):
        assert desk.take(file(*collisions(3, year)), NAME).outcome == "landed"
    assert desk.query("select period_start, rows from coverage order by 1") == [
        (date(2018, 1, 1), 3),
        (date(2019, 1, 1), 3),
    ]


@pytest.mark.parametrize(
    ("casualty", "words"),
    [
        ({"AREFNO": "1180100002"}, "the collision is of another year than the first of the file"),
        ({"AREFNO": "0119CW10002"}, 'AREFNO is "0119CW10002"'),
        ({"AREFNO": "2190100002"}, 'AREFNO is "2190100002"'),
        ({"AREFNO": "119010002"}, 'AREFNO is "119010002"'),
        ({"AREFNO": ""}, 'AREFNO is ""'),
        ({}, "the key occurs more than once"),
        ({"CREFNO": "3"}, "the casualties of the collision are not numbered from 1 without a gap"),
        ({"CREFNO": "one"}, 'CREFNO is "one"'),
        ({"CREFNO": "2", "Borough": "SLOUGH"}, "the area is not known"),
        ({"CREFNO": "2", "Borough": ""}, "a value is missing"),
        ({"CREFNO": "2", "Casualty Class": "4 RIDER"}, "the class is not known"),
        ({"CREFNO": "2", "Casualty Sex": "MALE"}, "the sex is not known"),
        ({"CREFNO": "2", "Casualty Age (Banded)": "25-60"}, "the age band is not known"),
        ({"CREFNO": "2", "Casualty Age": ""}, "an age without its band, or a band without its age"),
        ({"CREFNO": "2", "Casualty Age": "forty"}, 'Casualty Age is "forty"'),
        ({"CREFNO": "2", "Casualty Age": "440"}, "the age is out of range"),
        ({"CREFNO": "2", "Casualty Severity": "2 SLIGHT"}, "the severity is not known"),
        ({"CREFNO": "2", "Mode of Travel": ""}, "a value is missing"),
        ({"CREFNO": "2", "Mode of Travel": "10 E-SCOOTER"}, "the mode of travel is not known"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_a_record_never_holds_is_refused_in_words(tmp_path: Path, casualty: dict[str, str], words: str) -> None:
    assert words in refused(tmp_path, file({}, casualty, CITY)).markdown()


def test_values_shifted_by_a_column_are_refused(tmp_path: Path) -> None:
    shifted = dict(zip(CASUALTY, [*list(CASUALTY.values())[1:], ""], strict=True))
    assert 'AREFNO is "KINGSTON-UPON-THAMES"' in refused(tmp_path, file({}, shifted, CITY)).markdown()


def test_file_of_no_casualty_is_refused(tmp_path: Path) -> None:
    assert "a header and no rows" in refused(tmp_path, file()).headline


def test_file_cut_off_in_a_record_is_refused(tmp_path: Path) -> None:
    assert "ends in the middle of a line" in refused(tmp_path, file({}, CITY)[:-9]).headline


def test_file_cut_off_between_records_is_refused(tmp_path: Path) -> None:
    assert "which end the file, are missing" in refused(tmp_path, file({})).markdown()


def test_another_header_is_of_no_known_layout(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(file(CITY).replace(b"AREFNO", b"Accident Ref."))
    with pytest.raises(Refusal) as refusal:
        recognise(path, FEEDS, name=NAME)
    assert (refusal.value.report.missing, refusal.value.report.added) == (("AREFNO",), ("Accident Ref.",))


@pytest.mark.parametrize(("later", "outcome"), [(95, "landed"), (94, "held")])
def test_a_year_moves_by_no_more_than_a_twentieth(tmp_path: Path, later: int, outcome: str) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(*collisions(100)), NAME).outcome == "landed"
    result = desk.take(file(*collisions(later)), NAME)
    assert result.outcome == outcome, result.report and result.report.markdown()


@pytest.mark.parametrize("release", [date(2026, 2, 26), date(2026, 8, 27)])
def test_the_sample_holds_what_a_release_waits_for(tmp_path: Path, release: date) -> None:
    desk = Desk(tmp_path / "desk")
    *_, path = (path for path in write_deliveries(tmp_path / "sample", as_of=release) if "casualty" in path.name)
    result = desk.take(path.read_bytes(), path.name)
    assert result.receipt, result.report
    assert result.receipt["last_period"] >= FEED.expected_by(release)


def test_the_sample_is_of_the_size_of_2019(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    before, last = (
        path for path in write_deliveries(tmp_path / "sample", as_of=date(2026, 2, 26)) if "casualty" in path.name
    )
    for path in (before, last):
        assert desk.take(path.read_bytes(), path.name).outcome == "landed"
    for casualties, injured, areas in desk.query(
        f"select count(*), count(*) filter (severity <> '3 SLIGHT'), count(distinct area_name) "
        f"from {FEED.name} group by period_start"
    ):
        assert casualties == pytest.approx(30_007, rel=0.03)
        assert injured == pytest.approx(3_905, rel=0.06)
        assert areas == 33


@requires_extracts
def test_the_publishers_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(REAL.read_bytes(), REAL.name)
    assert (result.outcome, result.feed, result.rows) == ("landed", FEED.name, 30_007)
    assert desk.query("select period_start, period_end from coverage") == [(date(2019, 1, 1), date(2019, 12, 31))]
    assert desk.query(f"select severity, count(*) from {FEED.name} group by all order by all") == [
        ("1 FATAL", 125),
        ("2 SERIOUS", 3_780),
        ("3 SLIGHT", 26_102),
    ]
    assert desk.query(
        f"select count(distinct collision), count(distinct area_name), count(distinct mode), "
        f"count(*) filter (sex = '-1 UNKNOWN'), count(*) filter (age is null), "
        f"count(*) filter (pedestrian_location = '-2 NOT APPLICABLE'), count(*) filter (pedestrian_movement is null) "
        f"from {FEED.name}"
    ) == [(25_313, 33, 9, 681, 1_449, 24_345, 7)]
    assert desk.query(
        f"select count(*) filter (mode = '1 PEDESTRIAN'), count(*) filter (area_name = 'WESTMINSTER') "
        f"from {FEED.name} where severity <> '3 SLIGHT'"
    ) == [(1_350, 247)]
