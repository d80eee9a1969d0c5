"""MPS homicide dashboard: a record a victim, no key, victims alike in every column."""

from datetime import date
from pathlib import Path

import pytest

from sources.mps.homicide_victims import FEED
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from sources.tidy import tidy
from tests.deliveries import Desk, tidy_rows, written
from tests.extracts import EXTRACTS, requires_extracts

NAME = "MPS_Homicide_Victims.csv"
REAL = EXTRACTS / "mps" / "homicide_victims" / "2023-12" / "Homicides_2003_2023.csv"
VICTIM = {
    "Count of Victims": "1",
    "Age Group": "13 to19",
    "Sex": "Male",
    "Method of Killing": "Physical Assault, no weapon",
    "Domestic Abuse": "Not Domestic Abuse",
    "Recorded Date": "Jan-23",
    "Homicide Offence Type": "Murder",
    "Solved Status": "Solved",
    "Borough": "Ealing ",
    "Officer Observed Ethnicity": "White",
}


def file(*victims: dict[str, str]) -> bytes:
    """Return a file of victims that differ from `VICTIM` as stated."""
    return written([list(VICTIM), *(list({**VICTIM, **victim}.values()) for victim in victims)])


def month(name: str, victims: int, **columns: str) -> list[dict[str, str]]:
    return [{"Recorded Date": name, **columns}] * victims


def refused(folder: Path, content: bytes) -> Report:
    path = folder / NAME
    path.write_bytes(content)
    with pytest.raises(Refusal) as refusal:
        tidy(recognise(path, FEEDS, name=NAME), folder)
    report = refusal.value.report
    assert (report.outcome, report.feed) == ("quarantined", FEED.name)
    return report


def victims(desk: Desk) -> int:
    [(number,)] = desk.query(f"select count(*) from {FEED.name}")
    return int(number)


def test_two_victims_alike_in_every_column_are_two(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(file({}, {}), NAME)
    assert (result.outcome, result.rows, victims(desk)) == ("landed", 2, 2)
    assert desk.query("select rows, total from coverage") == [(2, 2.0)]


def test_the_same_file_twice_is_one_delivery(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file({}, {}), NAME).outcome == "landed"
    assert desk.take(file({}, {}), "another name.csv").outcome == "unchanged"
    assert victims(desk) == 2


def test_columns_are_trimmed_and_kept_as_the_file_spells_them(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(file({"Borough": "Heathrow "}, {"Borough": "Kensington & Chelsea"}))
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    assert tidy_rows(it.path, "period_start, period_end, victims, age_group, domestic_abuse, area_name") == [
        (date(2023, 1, 1), date(2023, 1, 31), 1, "13 to19", "Not Domestic Abuse", "Heathrow"),
        (date(2023, 1, 1), date(2023, 1, 31), 1, "13 to19", "Not Domestic Abuse", "Kensington & Chelsea"),
    ]


@pytest.mark.parametrize(
    ("victim", "words"),
    [
        ({"Count of Victims": "2"}, "the record is not of one victim"),
        ({"Count of Victims": "1,0"}, 'Count of Victims is "1,0"'),
        ({"Count of Victims": ""}, 'Count of Victims is ""'),
        ({"Recorded Date": "01/01/2023"}, 'Recorded Date is "01/01/2023"'),
        ({"Recorded Date": "Jan-2023"}, 'Recorded Date is "Jan-2023"'),
        ({"Recorded Date": "Mar-23"}, "after the period ending 2023-01-31 comes one starting 2023-03-01"),
        ({"Age Group": "13 to 15"}, "the age group is not known"),
        ({"Domestic Abuse": "Unknown"}, "not Domestic Abuse or Not Domestic Abuse"),
        ({"Solved Status": ""}, "a value is missing"),
        ({"Borough": "City of London"}, "the area is not known"),
        ({"Borough": ""}, "a value is missing"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_a_record_never_holds_is_refused_in_words(tmp_path: Path, victim: dict[str, str], words: str) -> None:
    assert words in refused(tmp_path, file({}, victim)).markdown()


def test_file_cut_off_in_a_record_is_refused(tmp_path: Path) -> None:
    assert "ends in the middle of a line" in refused(tmp_path, file({}, {})[:-9]).headline


@pytest.mark.parametrize(("later", "outcome"), [(4, "landed"), (8, "landed"), (9, "held")])
def test_a_month_may_move_as_small_counts_do_and_not_more_than_double(tmp_path: Path, later: int, outcome: str) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(*month("Jan-23", 9), *month("Feb-23", 4)), NAME).outcome == "landed"
    result = desk.take(file(*month("Jan-23", 10), *month("Feb-23", later)), NAME)
    assert result.outcome == outcome, result.report and result.report.markdown()


def test_a_file_that_lost_its_first_years_is_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(*month("Jan-23", 9), *month("Feb-23", 9)), NAME).outcome == "landed"
    result = desk.take(file(*month("Feb-23", 9), *month("Mar-23", 9)), NAME)
    assert result.outcome == "held"
    assert result.report
    assert "the period ending 2023-01-31 was in" in result.report.markdown()


@pytest.mark.parametrize("release", [date(2026, 2, 26), date(2026, 5, 28)])
def test_the_sample_holds_what_a_release_waits_for(tmp_path: Path, release: date) -> None:
    desk = Desk(tmp_path / "desk")
    (path,) = (path for path in write_deliveries(tmp_path / "sample", as_of=release) if path.name == NAME)
    result = desk.take(path.read_bytes(), NAME)
    assert result.receipt, result.report
    assert result.receipt["last_period"] >= FEED.expected_by(release)


@requires_extracts
def test_the_publishers_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(REAL.read_bytes(), REAL.name)
    assert (result.outcome, result.feed, result.rows) == ("landed", FEED.name, 2_912)
    by_year = desk.query(f"select year(period_start), sum(victims)::int from {FEED.name} group by 1 order by 1")
    assert by_year == list(zip(
        range(2003, 2024),
        (216, 188, 181, 172, 163, 155, 131, 126, 117, 106, 109, 95, 120, 117, 141, 138, 153, 133, 134, 108, 109),
        strict=True,
    ))  # fmt: skip
    assert desk.query(
        f"select count(*) filter (domestic_abuse = 'Domestic Abuse'), count(*) filter (age_group = '13 to19') "
        f"from {FEED.name}"
    ) == [(493, 396)]
    alike = desk.query(f"select count(*) - count(distinct {FEED.name}) from {FEED.name}")
    assert alike == [(33,)]
    assert desk.query(
        f"select count(distinct area_name), max(area_name) filter (area_name ~ ' $') from {FEED.name}"
    ) == [(33, None)]
