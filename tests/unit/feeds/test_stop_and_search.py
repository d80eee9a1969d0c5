"""MPS stop and search and more thorough searches: records without a key, two eras of columns, ethnicity twice."""

from datetime import date
from pathlib import Path

import pytest

from sources.mps import stop_and_search, thorough_searches
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.tidy import tidy
from tests.deliveries import Desk, tidy_rows, written

NAME = "Stops_LDS_Extract_24Months.csv"
SEARCH = {
    "stopdate": "05/01/2026",
    "Year_Month": "2026-01",
    "Borough Code": "E09000033",
    "Borough of Stop": "Westminster",
    "MPS Area": "",
    "Age_Group": "15-19",
    "Gender": "Male",
    "ethnicappearance": "1 White",
    "EA Group": "White",
    "Self-defined Ethnicity Code": "W1",
    "SDE Group": "White",
    "Search Type": "Stop & Search",
    "Subject": "Person",
    "Reason for Stop": "1 Drugs",
    "Outcome": "1 No further action",
    "Outcome Reason": "",
    "Count": "1",
}
YEAR = [{"stopdate": f"05/{month:02}/2025", "Year_Month": f"2025-{month:02}"} for month in range(2, 13)]
"""Eleven months before that of `SEARCH`: a file holds at least twelve."""
THOROUGH = {
    "Year_Month": "2026-01",
    "MPS Area": "West",
    "Age_Group": "15-19",
    "Gender": "Female",
    "EA Group": "Black",
    "SDE Group": "Black",
    "Search Type": "More Thorough Search",
    "Positve Outcome": "Yes",
    "Approporiate Adult Present if Required?": "Yes",
    "Count": "1",
}


def file(*searches: dict[str, str], **renamed: str) -> bytes:
    """Return a year of searches that differ from `SEARCH` as stated; `renamed` are columns of an older header."""
    header = [renamed.get(name, name) for name in SEARCH]
    return written([header, *(list({**SEARCH, **search}.values()) for search in (*YEAR, *searches))])


def older(day: str, appearance: str) -> bytes:
    months = [{"stopdate": f"2025-{month:02}-05", "Year_Month": f"2025-{month:02}"} for month in range(1, 13)]
    header = [{"stopdate": day, "ethnicappearance": appearance}.get(name, name) for name in SEARCH]
    return written([header, *(list({**SEARCH, **month}.values()) for month in months)])


def thorough(*searches: dict[str, str], outcome: str = "Positve Outcome") -> bytes:
    header = [outcome if name == "Positve Outcome" else name for name in THOROUGH]
    return written([header, *(list({**THOROUGH, **search}.values()) for search in searches)])


def told(desk: Desk, content: bytes, feed: str = "mps_stop_and_search") -> str:
    result = desk.take(content, NAME)
    assert (result.outcome, result.feed) == ("quarantined", feed)
    assert result.report
    return result.report.markdown()


def test_two_searches_alike_in_every_column_are_two(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(file({}, {}, {"Count": "3"}), NAME)
    assert (result.outcome, result.rows) == ("landed", 14)
    assert desk.query("select rows, total from coverage order by period_start desc limit 1") == [(3, 5.0)]


def test_ethnicity_is_landed_as_seen_and_as_stated_and_a_blank_stays_blank(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(
        file(
            {"EA Group": "Black", "Self-defined Ethnicity Code": "m1"},
            {"EA Group": "", "Self-defined Ethnicity Code": "", "Gender": ""},
            {
                "EA Group": "Not Recorded",
                "Self-defined Ethnicity Code": "N1 - Not stated",
                "Borough of Stop": "Heathrow Airport",
            },
        )
    )
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    rows = tidy_rows(it.path, "period_start, area_name, officer_defined_ethnicity, self_defined_ethnicity, sex")
    january = [row[1:] for row in rows if row[0] == date(2026, 1, 1)]
    assert january == [
        ("Heathrow Airport", "Not Recorded", "N", "Male"),
        ("Westminster", "Black", "M", "Male"),
        ("Westminster", None, None, None),
    ]


@pytest.mark.parametrize(
    ("day", "appearance", "layout"),
    [("date", "ethnic_appearance", "date"), ("Date", "Ethnic Appearance Code", "titled")],
)
def test_older_files_name_and_write_their_days_otherwise(
    tmp_path: Path, day: str, appearance: str, layout: str
) -> None:
    path = tmp_path / NAME
    path.write_bytes(older(day, appearance))
    recognised = recognise(path, FEEDS, name=NAME)
    assert recognised.layout.name == layout
    it = tidy(recognised, tmp_path)
    assert (it.rows, it.first_period, it.last_period) == (12, date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({"stopdate": "2026-01-05"}, 'stopdate is "2026-01-05"'),
        ({"stopdate": "01/13/2026"}, 'stopdate is "01/13/2026"'),
        ({"stopdate": ""}, 'stopdate is ""'),
        ({"stopdate": "01/05/2026"}, 'Year_Month is "2026-01" and stopdate "01/05/2026"'),
        ({"Count": "1.0"}, 'Count is "1.0"'),
        ({"Count": "0"}, "the record counts no search"),
        ({"EA Group": "Mixed"}, "the group of ethnic appearance is not known"),
        ({"Self-defined Ethnicity Code": "X1"}, "the letter of self-defined ethnicity is not known"),
        ({"Borough of Stop": "City of London"}, "the borough is not known"),
        ({"Outcome": ""}, "a value is missing"),
        ({"stopdate": "05/03/2026", "Year_Month": "2026-03"}, "after the period ending 2026-01-31 comes one"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_a_record_never_holds_is_refused_in_words(tmp_path: Path, search: dict[str, str], words: str) -> None:
    assert words in told(Desk(tmp_path), file({}, search))


def test_a_file_of_a_few_months_is_refused(tmp_path: Path) -> None:
    short = written([list(SEARCH), list(SEARCH.values())])
    assert "12" in told(Desk(tmp_path), short)


def test_a_month_that_lost_more_than_corrections_do_is_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file({"Count": "100"}), NAME).outcome == "landed"
    assert desk.take(file({"Count": "91"}), NAME).outcome == "landed"
    assert desk.take(file({"Count": "80"}), NAME).outcome == "held"


# --- more thorough searches ---


@pytest.mark.parametrize(
    ("outcome", "layout"),
    [
        ("Positive Outcome of Stop", "positive-outcome"),
        ("Postive Outcome of Stop", "postive-outcome"),
        ("Positve Outcome", "positve-outcome"),
    ],
)
def test_the_outcome_has_three_names_and_is_one_column(tmp_path: Path, outcome: str, layout: str) -> None:
    path = tmp_path / NAME
    path.write_bytes(thorough({}, {"Positve Outcome": ""}, outcome=outcome))
    recognised = recognise(path, FEEDS, name=NAME)
    assert (recognised.feed.name, recognised.layout.name) == (thorough_searches.FEED.name, layout)
    it = tidy(recognised, tmp_path)
    assert tidy_rows(it.path, "area_name, positive_outcome, appropriate_adult, searches") == [
        ("West", "Yes", "Yes", 1),
        ("West", None, "Yes", 1),
    ]


def test_the_outcome_spelt_in_a_fourth_way_is_named_in_the_report(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(thorough({}, outcome="Positive Outcome"), NAME)
    assert (result.outcome, result.feed) == ("quarantined", thorough_searches.FEED.name)
    assert result.report
    assert result.report.added == ("Positive Outcome",)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({"Year_Month": "Jan-26"}, 'Year_Month is "Jan-26"'),
        ({"Count": "<5"}, 'Count is "<5"'),
        ({"EA Group": "IC3"}, "the group of ethnic appearance is not known"),
        ({"Search Type": ""}, "a value is missing"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_a_thorough_search_never_holds_is_refused_in_words(
    tmp_path: Path, search: dict[str, str], words: str
) -> None:
    assert words in told(Desk(tmp_path), thorough({}, search), thorough_searches.FEED.name)


def test_no_layout_was_seen_in_the_publishers_bytes() -> None:
    layouts = (*stop_and_search.FEED.layouts, *thorough_searches.FEED.layouts)
    assert {layout.seen for layout in layouts} == {"documentation"}
