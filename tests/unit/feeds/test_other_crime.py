"""The other crime file of the Monthly Crime Dashboard: told from the knife crime file by its first row alone."""

from pathlib import Path

import pytest

from sources.feed import Layout
from sources.mps.other_crime import FEED
from tests.deliveries import Desk, Rows, dashboard

NAME = "M1045_MonthlyCrimeDashboard_OtherCrimeData.csv"
WITH_INDEX = FEED.layouts[0]
CRIMES = (
    ("Gun Crime", "Gun Crime"),
    ("Lethal Barrel Discharge", "Lethal Barrel Discharge"),
    ("Hate Crime", "Anti-Semitic"),
    ("Miscalleneous", "TNO Victim Based"),
)


@pytest.mark.parametrize("name", [NAME, "M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv"])
@pytest.mark.parametrize(
    ("crimes", "feed"), [(CRIMES, "mps_other_crime"), ((("Knife Crime", "Knife Crime"),), "mps_knife_crime")]
)
def test_the_first_row_tells_the_file_whatever_its_name(
    tmp_path: Path, name: str, crimes: tuple[tuple[str, str], ...], feed: str
) -> None:
    result = Desk(tmp_path).take(dashboard(WITH_INDEX, crimes=crimes), name)
    assert (result.outcome, result.feed) == ("landed", feed), result.report and result.report.markdown()


@pytest.mark.parametrize("layout", FEED.layouts, ids=lambda layout: layout.name)
def test_every_spelling_of_the_years_lands_as_it_stands(tmp_path: Path, layout: Layout) -> None:
    desk = Desk(tmp_path)
    result = desk.take(dashboard(layout, crimes=CRIMES), NAME)
    assert (result.outcome, result.rows) == ("landed", 36 * 64 * len(CRIMES))
    assert desk.query("select distinct crime_type, crime_subtype from mps_other_crime order by all") == sorted(CRIMES)


def test_a_subtype_that_no_vintage_had_is_named(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(dashboard(WITH_INDEX, crimes=(*CRIMES, ("Gun Crime", "Imitation Firearm"))), NAME)
    assert result.outcome == "quarantined"
    assert result.report
    assert [problem.what for problem in result.report.problems] == ["unknown category `gun crime/imitation firearm`"]


def test_a_row_of_another_type_under_the_same_subtype_is_no_repeat(tmp_path: Path) -> None:
    crimes = (("Lethal Barrel Discharge", "Lethal Barrel Discharge"), ("Gun Crime", "Lethal Barrel Discharge"))
    assert Desk(tmp_path).take(dashboard(WITH_INDEX, crimes=crimes), NAME).outcome == "landed"


def test_a_file_of_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(dashboard(WITH_INDEX, number=0), NAME)
    assert result.report
    assert result.report.headline == "the file has a header and no rows"


def test_a_file_cut_off_between_rows_does_not_add_up(tmp_path: Path) -> None:
    def cut(rows: Rows) -> None:
        del rows[-10:]

    result = Desk(tmp_path).take(dashboard(WITH_INDEX, crimes=CRIMES, edit=cut), NAME)
    assert result.report
    assert [problem.what for problem in result.report.problems] == [
        "boroughs and neighbourhood teams do not add up to the same"
    ]
