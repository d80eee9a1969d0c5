"""TfL bus safety data: a record a person injured, no key, dated by the month alone, incidents classified anew."""

import codecs
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from sources.tfl.bus_safety import FEED
from sources.tidy import tidy
from tests.deliveries import Desk, tidy_rows, written
from tests.extracts import EXTRACTS, requires_extracts

NAME = "TFL Bus Safety.csv"
JUNE = EXTRACTS / "tfl" / "bus_safety" / "vintage_2018Q2_semicolon" / NAME
SEPTEMBER = EXTRACTS / "tfl" / "bus_safety" / "vintage_2018Q3_comma" / NAME
INJURED = {
    "Year": "2018",
    "Date Of Incident": "01-02-2018",
    "Route": "486",
    "Operator": "London General",
    "Group Name": "Go-Ahead",
    "Bus Garage": "Garage Not Available",
    "Borough": "Richmond upon Thames",
    "Injury Result Description": "Injuries treated on scene",
    "Incident Event Type": "Onboard Injuries",
    "Victim Category": "Passenger",
    "Victims Sex": "Female",
    "Victims Age": "Adult",
}
GRAVE = "Taken to Hospital – Reported Serious Injury or Severity Unknown"


def file(*injured: dict[str, str]) -> bytes:
    """Return a file of people injured that differ from `INJURED` as stated."""
    return codecs.BOM_UTF8 + written([list(INJURED), *(list({**INJURED, **one}.values()) for one in injured)])


def earlier(*injured: dict[str, str]) -> bytes:
    """Return the same as the file was before it had a column of garages."""
    kept = [name for name in INJURED if name != "Bus Garage"]
    rows = ([{**INJURED, **one}[name] for name in kept] for one in injured)
    lines = [kept, *([cell.replace("-2018", "/2018").replace("01-", "01/") for cell in row] for row in rows)]
    return codecs.BOM_UTF8 + "".join(";".join(line) + "\r\n" for line in lines).encode()


def month(number: int, injured: int, **columns: str) -> list[dict[str, str]]:
    return [{"Date Of Incident": f"01-{number:02}-2018", **columns}] * injured


def refused(folder: Path, content: bytes) -> Report:
    path = folder / NAME
    path.write_bytes(content)
    with pytest.raises(Refusal) as refusal:
        tidy(recognise(path, FEEDS, name=NAME), folder)
    report = refusal.value.report
    assert (report.outcome, report.feed) == ("quarantined", FEED.name)
    return report


def test_two_people_alike_in_every_column_are_two(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(file({}, {}), NAME)
    assert (result.outcome, result.rows) == ("landed", 2)
    assert desk.query("select period_start, period_end, rows, total from coverage") == [
        (date(2018, 2, 1), date(2018, 2, 28), 2, 2.0)
    ]


def test_the_same_file_twice_is_one_delivery(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file({}, {}), NAME).outcome == "landed"
    assert desk.take(file({}, {}), "another name.csv").outcome == "unchanged"
    assert desk.query(f"select count(*) from {FEED.name}") == [(2,)]


def test_values_are_trimmed_and_what_is_unknown_says_so(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(
        file(
            {"Victim Category": "Cyclist ", "Injury Result Description": GRAVE},
            {"Borough": "None London Borough", "Route": "(blank)"},
            {"Borough": "Not specified", "Victims Age": "Unknown"},
        )
    )
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    assert tidy_rows(it.path, "area_name, route, garage, injury_result, victim_category, age_group") == [
        ("None London Borough", "(blank)", "Garage Not Available", "Injuries treated on scene", "Passenger", "Adult"),
        ("Not specified", "486", "Garage Not Available", "Injuries treated on scene", "Passenger", "Unknown"),
        ("Richmond upon Thames", "486", "Garage Not Available", GRAVE, "Cyclist", "Adult"),
    ]


def test_the_layout_without_garages_has_none(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(earlier({}))
    recognised = recognise(path, FEEDS, name=NAME)
    assert recognised.layout.name == "semicolon"
    it = tidy(recognised, tmp_path)
    assert tidy_rows(it.path, "period_start, operator, garage, area_name") == [
        (date(2018, 2, 1), "London General", None, "Richmond upon Thames")
    ]


@pytest.mark.parametrize(
    ("injured", "words"),
    [
        ({"Date Of Incident": "01/02/2018"}, 'Date Of Incident is "01/02/2018"'),
        ({"Date Of Incident": "02-01-2018"}, 'Date Of Incident is "02-01-2018"'),
        ({"Date Of Incident": "01-13-2018"}, 'Date Of Incident is "01-13-2018"'),
        ({"Date Of Incident": ""}, 'Date Of Incident is ""'),
        ({"Year": "2017"}, 'Year is "2017" and the date "01-02-2018"'),
        ({"Date Of Incident": "01-04-2018"}, "after the period ending 2018-02-28 comes one starting 2018-04-01"),
        ({"Date Of Incident": "01-12-2014", "Year": "2014"}, "before the series began"),
        ({"Borough": "Slough"}, "the area is not known"),
        ({"Borough": ""}, "a value is missing"),
        ({"Injury Result Description": "Injured"}, "the result of the injury is not known"),
        ({"Incident Event Type": "Slip"}, "the event type is not known"),
        ({"Victims Sex": ""}, "a value is missing"),
        ({"Victims Age": "44"}, "the age group is not known"),
        ({"Operator": ""}, "a value is missing"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_a_record_never_holds_is_refused_in_words(tmp_path: Path, injured: dict[str, str], words: str) -> None:
    assert words in refused(tmp_path, file({}, injured)).markdown()


def test_values_shifted_by_a_column_are_refused(tmp_path: Path) -> None:
    shifted = dict(zip(INJURED, [*list(INJURED.values())[1:], ""], strict=True))
    assert 'Date Of Incident is "486"' in refused(tmp_path, file({}, shifted)).markdown()


def test_file_of_nobody_is_refused(tmp_path: Path) -> None:
    assert "a header and no rows" in refused(tmp_path, file()).headline


@pytest.mark.parametrize("write", [file, earlier])
def test_file_cut_off_in_a_record_is_refused(tmp_path: Path, write: Callable[..., bytes]) -> None:
    assert "ends in the middle of a line" in refused(tmp_path, write({}, {})[:-9]).headline


def test_incidents_classified_anew_are_no_reason_to_hold_a_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(earlier(*month(1, 9), *month(2, 9)), NAME).outcome == "landed"
    anew = {"Incident Event Type": "Slip Trip Fall"}
    assert desk.take(file(*month(1, 9, **anew), *month(2, 9), *month(3, 9)), NAME).outcome == "landed"


@pytest.mark.parametrize(("later", "outcome"), [(11, "landed"), (12, "held")])
def test_a_month_moves_by_no_more_than_a_tenth(tmp_path: Path, later: int, outcome: str) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(*month(1, 10), *month(2, 10)), NAME).outcome == "landed"
    result = desk.take(file(*month(1, 10), *month(2, later)), NAME)
    assert result.outcome == outcome, result.report and result.report.markdown()


def test_a_file_that_lost_its_first_months_is_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(*month(1, 9), *month(2, 9)), NAME).outcome == "landed"
    result = desk.take(file(*month(2, 9), *month(3, 9)), NAME)
    assert result.outcome == "held"
    assert result.report
    assert "the period ending 2018-01-31 was in" in result.report.markdown()


def test_two_vintages_of_the_sample_differ_in_types_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    for day in (date(2026, 2, 26), date(2026, 5, 28)):
        (path,) = (path for path in write_deliveries(tmp_path / f"{day}", as_of=day) if path.name == NAME)
        result = desk.take(path.read_bytes(), NAME)
        assert result.receipt, result.report
        assert result.receipt["last_period"] >= FEED.expected_by(day)
    by_vintage = desk.query(
        f"select count(*), count(*) filter (event_type = 'Onboard Injuries') from {FEED.name} "
        f"where period_end <= date '2025-09-30' group by delivery_id order by delivery_id"
    )
    (records, onboard), (later_records, later_onboard) = by_vintage
    assert records == later_records
    assert later_onboard < onboard


@requires_extracts
def test_the_publishers_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    june, september = (desk.take(path.read_bytes(), NAME) for path in (JUNE, SEPTEMBER))
    assert (june.outcome, june.feed, june.rows) == ("landed", FEED.name, 21_623)
    assert (september.outcome, september.feed, september.rows) == ("landed", FEED.name, 23_158)
    assert [result.receipt and result.receipt["layout"] for result in (june, september)] == ["semicolon", "bus-garage"]
    for result, onboard, slips in ((june, 9_041, 4_669), (september, 6_563, 6_981)):
        assert desk.query(
            f"select count(*) filter (event_type = 'Onboard Injuries'), "
            f"count(*) filter (event_type = 'Slip Trip Fall') from {FEED.name} where delivery_id = ?",
            result.delivery_id,
        ) == [(onboard, slips)]
        assert desk.query(
            f"select count(*) from {FEED.name} where delivery_id = ? and year(period_start) <= 2017 "
            f"group by year(period_start) order by year(period_start)",
            result.delivery_id,
        ) == [(5_715,), (6_093,), (6_573,)]
    assert desk.query(
        f"select count(distinct period_start), count(*) filter (victim_category = 'Cyclist'), "
        f"count(*) filter (area_name = 'Not specified'), count(*) filter (area_name = 'None London Borough'), "
        f"count(*) filter (garage = 'Garage Not Available'), count(*) filter (injury_result = 'Fatal') "
        f"from {FEED.name} where delivery_id = ?",
        september.delivery_id,
    ) == [(45, 308, 553, 561, 8_572, 42)]
