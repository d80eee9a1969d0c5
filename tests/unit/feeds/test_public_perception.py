"""MOPAC Public perception: whole per cents of London, rolling years, two questions that stopped."""

from datetime import date
from pathlib import Path

import pytest

from sources.mopac.public_perception import FEED, MEASURES
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal, Report
from sources.sample import write_deliveries
from sources.tidy import tidy
from tests.deliveries import Desk, tidy_rows, written
from tests.extracts import EXTRACTS, requires_extracts

NAME = "public-perception-data.csv"
REAL = EXTRACTS / "mps" / "public_perception" / "2025-09" / NAME
QUARTERS = ("Mar-24", "Jun-24", "Sep-24", "Dec-24")
LISTEN, INFORMED, GOOD_JOB = MEASURES[2], MEASURES[4], MEASURES[6]


def file(*quarters: str, figure: object = 46, measures: tuple[str, ...] = MEASURES, **figures: object) -> bytes:
    """Return a file with `figure` everywhere but for the quarters named as `Mar_24`, which have their own."""
    rows = [
        (quarter, measure, figures.get(quarter.replace("-", "_"), figure))
        for quarter in quarters or QUARTERS
        for measure in measures
    ]
    return written([("date", "measure", "proportion"), *rows])


def landed(desk: Desk) -> list[tuple[object, ...]]:
    return desk.query(f"select scope, period_end, per_cent from {FEED.name} order by all")


def refused(folder: Path, content: bytes) -> Report:
    path = folder / NAME
    path.write_bytes(content)
    with pytest.raises(Refusal) as refusal:
        tidy(recognise(path, FEEDS, name=NAME), folder)
    report = refusal.value.report
    assert (report.outcome, report.feed) == ("quarantined", FEED.name)
    return report


def test_a_figure_is_of_the_twelve_months_to_its_quarter(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(file("Dec-23", "Mar-24", measures=(GOOD_JOB,)))
    it = tidy(recognise(path, FEEDS, name=NAME), tmp_path)
    assert tidy_rows(it.path, "period_start, period_end, per_cent") == [
        (date(2023, 1, 1), date(2023, 12, 31), 46.0),
        (date(2023, 4, 1), date(2024, 3, 31), 46.0),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (file(figure="0.46"), "the file is in shares of one, not in per cent"),
        (file(figure="1"), "the file is in shares of one, not in per cent"),
        (file(Jun_24="46.5"), "not a whole per cent"),
        (file(Jun_24="101"), "not between 0 and 100 per cent"),
        (file(Jun_24="46%"), 'proportion is "46%"'),
        (file(Jun_24="46,0"), 'proportion is "46,0"'),
        (file(Jun_24=""), 'proportion is ""'),
        (file("Mar-24", "Jun-2024"), 'date is "Jun-2024"'),
        (file("Mar-24", "01/06/2024"), 'date is "01/06/2024"'),
        (file("Jan-24", "Apr-24"), 'date is "Jan-24"'),
        (file("Mar-24", "Sep-24"), "after the period ending 2024-03-31 comes one ending 2024-09-30"),
        (file("Mar-24", "Mar-24"), "the key occurs more than once"),
        (file(measures=(*MEASURES, "Trusts the police")), "the measure is not known"),
    ],
    ids=[
        "shares of one", "shares of one, all one", "half a per cent", "above 100", "sign", "decimal comma", "blank",
        "year in full", "another date", "no quarter's end", "quarter left out", "quarter twice", "another question",
    ],
)  # fmt: skip
def test_what_the_file_never_holds_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content).markdown()


def test_trailing_spaces_of_a_measure_make_no_other_measure(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(), NAME).outcome == "landed"
    rows = landed(desk)
    spaced = desk.take(file().replace(b"local people,", b"local people ,"), NAME)
    assert spaced.outcome == "landed"
    assert landed(desk) == sorted([*rows, *rows])


def test_a_question_that_is_no_longer_asked_is_not_covered_and_not_missed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(*QUARTERS[:2]), NAME).outcome == "landed"
    later = file(*QUARTERS, measures=tuple(measure for measure in MEASURES if measure != INFORMED))
    result = desk.take(later, NAME)
    assert result.outcome == "landed"
    covered = dict(desk.query("select scope, max(period_end) from coverage group by scope"))
    assert (covered[INFORMED], covered[LISTEN]) == (date(2024, 6, 30), date(2024, 12, 31))


def test_a_file_that_lost_its_past_is_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(), NAME).outcome == "landed"
    result = desk.take(file(*QUARTERS[2:], figure=47), NAME)
    assert result.outcome == "held"
    assert result.report
    assert f"{LISTEN}: the period ending 2024-03-31 was in" in result.report.markdown()


@pytest.mark.parametrize(("figure", "outcome"), [(13, "landed"), (14, "held")])
def test_the_last_digit_of_a_small_share_may_move_and_no_more(tmp_path: Path, figure: int, outcome: str) -> None:
    desk = Desk(tmp_path)
    assert desk.take(file(figure=12), NAME).outcome == "landed"
    assert desk.take(file(figure=12, Jun_24=figure), NAME).outcome == outcome


@pytest.mark.parametrize("release", [date(2026, 2, 26), date(2026, 5, 28)])
def test_the_sample_holds_what_a_release_waits_for(tmp_path: Path, release: date) -> None:
    desk = Desk(tmp_path / "desk")
    (path,) = (path for path in write_deliveries(tmp_path / "sample", as_of=release) if path.name == NAME)
    result = desk.take(path.read_bytes(), NAME)
    assert result.receipt
    assert result.receipt["last_period"] >= FEED.expected_by(release)


@requires_extracts
def test_the_publishers_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    result = desk.take(REAL.read_bytes(), NAME)
    assert (result.outcome, result.feed, result.rows) == ("landed", FEED.name, 280)
    spans = {scope: (n, first, last) for scope, n, first, last in desk.query(
        f"select scope, count(*), min(period_end), max(period_end) from {FEED.name} group by scope"
    )}  # fmt: skip
    assert set(spans) == set(MEASURES)
    stopped = {measure for measure, span in spans.items() if span == (30, date(2014, 12, 31), date(2022, 3, 31))}
    assert stopped == {INFORMED, MEASURES[5]}
    assert {span for measure, span in spans.items() if measure not in stopped} == {
        (44, date(2014, 12, 31), date(2025, 9, 30))
    }
    assert desk.query(
        f"select period_start, per_cent from {FEED.name} where scope = ? and year(period_end) = 2024 order by all",
        GOOD_JOB,
    ) == [
        (date(2023, 4, 1), 47.0), (date(2023, 7, 1), 47.0), (date(2023, 10, 1), 46.0), (date(2024, 1, 1), 46.0)
    ]  # fmt: skip
