"""The feeds: samples and the publishers' own files land, with the rows, periods and totals known of them."""

import csv
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.feed import Cadence, Feed
from sources.mps.recorded_crime_borough import FEED as BOROUGH_CRIME
from sources.mps.taxonomies import TAXONOMIES
from sources.recognise import recognise
from sources.registry import FEEDS, feed
from sources.sample import write_deliveries, write_transport_crime
from sources.tidy import Tidied, tidy
from tests.deliveries import RECENT, Desk, tidy_rows
from tests.extracts import EXTRACTS, requires_extracts

CRIME = EXTRACTS / "mps" / "recorded_crime_borough"
HISTORICAL = "MPS Borough Level Crime (Historical).csv"
every_feed = pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)


def read(path: Path, scratch: Path) -> tuple[str, str, Tidied]:
    it = recognise(path, FEEDS, name=path.name)
    return it.feed.name, it.layout.name, tidy(it, scratch)


# --- the registry ---


def test_feeds_and_their_layouts_have_names_of_their_own() -> None:
    assert len({feed.name for feed in FEEDS}) == len(FEEDS)
    for it in FEEDS:
        assert it.name.startswith(f"{it.source}_")
        assert len({layout.name for layout in it.layouts}) == len(it.layouts)
        assert feed(it.name) is it


def test_feed_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(KeyError, match=r"mps_crime.*mps_recorded_crime_borough"):
        feed("mps_crime")


def test_taxonomies_are_told_apart_by_what_they_hold() -> None:
    assert len({taxonomy.name for taxonomy in TAXONOMIES}) == len(TAXONOMIES)
    assert len({taxonomy.categories for taxonomy in TAXONOMIES}) == len(TAXONOMIES)


# --- calendars ---


@every_feed
@settings(max_examples=50)
@given(on=st.dates(date(2015, 1, 1), date(2035, 1, 1)))
def test_due_period_never_moves_back_and_was_over(feed: Feed, on: date) -> None:
    due = feed.expected_by(on)
    assert due <= on - feed.lag
    assert due <= feed.expected_by(on + timedelta(days=1))


@pytest.mark.parametrize(
    ("cadence", "on", "end"),
    [
        (Cadence.MONTHLY, date(2026, 3, 30), date(2026, 2, 28)),
        (Cadence.MONTHLY, date(2026, 3, 31), date(2026, 3, 31)),
        (Cadence.MONTHLY, date(2026, 1, 1), date(2025, 12, 31)),
        (Cadence.MONTHLY, date(2024, 2, 29), date(2024, 2, 29)),
        (Cadence.QUARTERLY, date(2026, 3, 30), date(2025, 12, 31)),
        (Cadence.QUARTERLY, date(2026, 6, 30), date(2026, 6, 30)),
        (Cadence.HALF_YEARLY, date(2026, 3, 30), date(2025, 9, 30)),
        (Cadence.HALF_YEARLY, date(2026, 9, 30), date(2026, 9, 30)),
        (Cadence.CALENDAR_YEARLY, date(2026, 12, 30), date(2025, 12, 31)),
        (Cadence.CALENDAR_YEARLY, date(2026, 12, 31), date(2026, 12, 31)),
        (Cadence.FINANCIAL_YEARLY, date(2026, 3, 30), date(2025, 3, 31)),
        (Cadence.FINANCIAL_YEARLY, date(2026, 12, 31), date(2026, 3, 31)),
    ],
)
def test_last_period_that_was_over(cadence: Cadence, on: date, end: date) -> None:
    assert cadence.last_period_end(on) == end


def test_only_the_rolling_crime_file_is_dated_by_its_last_month() -> None:
    assert BOROUGH_CRIME.estimated_publication(date(2026, 3, 31), 24) == date(2026, 4, 21)
    assert BOROUGH_CRIME.estimated_publication(date(2024, 3, 31), 168) is None


# --- samples ---


def test_every_feed_of_a_sample_lands(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    landed = {}
    for path in write_deliveries(tmp_path / "sample", as_of=date(2026, 7, 1)):
        result = desk.take(path.read_bytes(), path.name, published="2025-05-18", synthetic=True)
        assert result.outcome == "landed", result.report and result.report.markdown()
        assert result.receipt
        assert result.receipt["synthetic"] is True
        landed[path.name] = result
    assert {result.feed for result in landed.values()} == {feed.name for feed in FEEDS}
    for result in landed.values():
        (stored,) = desk.query(f'select count(*) from "{result.feed}" where delivery_id = ?', result.delivery_id)[0]
        (covered,) = desk.query("select sum(rows) from coverage where delivery_id = ?", result.delivery_id)[0]
        assert stored == covered == result.rows > 0


# --- the publishers' own files ---


@requires_extracts
@pytest.mark.parametrize(
    ("path", "rows", "periods", "layout", "taxonomy", "last"),
    [
        (f"2023-07/{RECENT}", 37_800, 24, "lookup-borough-name", "cris-2023", date(2023, 7, 31)),
        (f"2025-05/{RECENT}", 24_336, 24, "borough-name", "connect-2024", date(2025, 5, 31)),
        (f"2025-11/{RECENT}", 25_344, 24, "borough-name", "connect-2025", date(2025, 11, 30)),
        (f"2025-11/{HISTORICAL}", 177_776, 164, "borough-name", "historical-2025", date(2023, 11, 30)),
        (f"2025-12/{RECENT}", 25_368, 24, "borough-name", "connect-2025", date(2025, 12, 31)),
        (f"2026-06/{RECENT}", 23_832, 24, "bocu", "connect-2026", date(2026, 6, 30)),
    ],
)
def test_crime_files(
    tmp_path: Path, path: str, rows: int, periods: int, layout: str, taxonomy: str, last: date
) -> None:
    feed_name, layout_name, it = read(CRIME / path, tmp_path)
    assert (feed_name, layout_name, it.taxonomy) == ("mps_recorded_crime_borough", layout, taxonomy)
    assert (it.rows, it.periods, it.last_period) == (rows, periods, last)


@requires_extracts
@pytest.mark.parametrize(
    ("vintage", "totals"),
    [
        ("2023-07", {"202307": 80_154}),
        ("2025-05", {"202405": 79_735, "202406": 78_941, "202411": 80_689, "202502": 69_158, "202505": 78_159}),
        (
            "2025-11",
            {
                "202405": 79_751,
                "202406": 78_938,
                "202411": 80_812,
                "202502": 69_236,
                "202505": 78_763,
                "202511": 75_432,
            },
        ),
        ("2025-12", {"202405": 79_753, "202411": 80_823, "202505": 78_752, "202511": 76_144, "202512": 73_664}),
        ("2026-06", {"202411": 81_586, "202502": 69_322, "202511": 76_555, "202512": 73_937, "202603": 75_137}),
    ],
)
def test_london_totals_of_the_crime_files(tmp_path: Path, vintage: str, totals: dict[str, int]) -> None:
    *_, it = read(CRIME / vintage / RECENT, tmp_path)
    found = pl.read_parquet(it.path).group_by(pl.col("period_start").dt.strftime("%Y%m")).agg(pl.col("offences").sum())
    by_month = dict(found.iter_rows())
    assert {month: by_month[month] for month in totals} == totals


@requires_extracts
def test_one_month_of_revisions_is_what_was_measured(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    key = ["major_category", "minor_category", "area_name", "period_start"]
    *_, november = read(CRIME / "2025-11" / RECENT, tmp_path / "a")
    *_, december = read(CRIME / "2025-12" / RECENT, tmp_path / "b")
    before, after = (pl.read_parquet(it.path).drop("row") for it in (november, december))
    both = before.join(after, on=key, how="full", coalesce=True).filter(
        pl.col("period_start").is_between(after["period_start"].min(), before["period_start"].max())
    )
    difference = both["offences_right"].fill_null(0) - both["offences"].fill_null(0)
    assert difference.len() == 24_311
    assert (difference != 0).sum() == 3_264
    assert difference.abs().sum() == 5_157
    assert difference.sum() == 669


@requires_extracts
def test_no_real_revision_is_held_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for vintage in ("2025-05", "2025-11", "2025-12", "2026-06"):
        result = desk.take((CRIME / vintage / RECENT).read_bytes())
        assert result.outcome == "landed", result.report and result.report.markdown()


@requires_extracts
def test_reoffending_file_and_its_worked_figures(tmp_path: Path) -> None:
    feed_name, layout, it = read(EXTRACTS / "moj" / "NEW CRIME DATA GEOG.csv", tmp_path)
    assert (feed_name, layout, it.rows, it.periods) == ("moj_proven_reoffending", "overview-regions", 1_080, 12)
    london = pl.read_parquet(it.path).filter(pl.col("region") == "London")
    found = london.group_by("period_start").agg(pl.col("offenders", "reoffenders", "reoffences").sum())
    by_year = {start.year: counts for start, *counts in found.iter_rows()}
    assert {year: by_year[year] for year in (2015, 2016, 2018, 2019)} == {
        2015: [89_879, 26_274, 89_838],
        2016: [79_914, 22_958, 81_515],
        2018: [59_230, 16_246, 55_531],
        2019: [55_093, 14_569, 46_649],
    }


@requires_extracts
@pytest.mark.parametrize(
    ("vintage", "rows", "layout"),
    [("2021-01", 871, "emirates-airline"), ("2024-07", 1_193, "cable-car"), ("2026-03", 1_347, "cable-car")],
)
def test_journeys_files(tmp_path: Path, vintage: str, rows: int, layout: str) -> None:
    path = EXTRACTS / "tfl" / "journeys" / f"vintage_{vintage}" / "tfl-journeys-type.csv"
    feed_name, layout_name, it = read(path, tmp_path)
    assert (feed_name, layout_name, it.rows) == ("tfl_journeys", layout, rows)
    assert it.first_period == date(2010, 4, 1)
    assert {mode for (mode,) in tidy_rows(it.path, "distinct mode")} == {
        "bus", "underground", "dlr", "tram", "overground", "elizabeth_line", "cable_car",
    }  # fmt: skip


@requires_extracts
def test_fingertips_file(tmp_path: Path) -> None:
    feed_name, layout, it = read(EXTRACTS / "nhs" / "indicators-CountyUA.data.csv", tmp_path)
    assert (feed_name, layout, it.rows) == ("nhs_fingertips", "fingertips-26", 852)


@requires_extracts
def test_derived_transport_crime_comes_back_from_a_workbook_to_the_unit(tmp_path: Path) -> None:
    modes = {
        "BUS_CRIMES": ("bus", "Bus"),
        "UG-DLR_CRIMES": ("underground_dlr", "London Underground / Docklands Light Railway"),
        "OG_CRIMES": ("overground", "London Overground"),
        "TL_CRIMES": ("tram", "Tram"),
        "TFL_RAIL_CRIMES": ("elizabeth_line", "Rail"),
    }
    with (EXTRACTS / "tfl" / "transport_crime" / "tfl_crime.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    rows = [
        (int(line["YEAR"]), int(line["MONTH_NO"]), modes[column][0], int(float(line[column])))
        for line in table
        for column in modes
        if line[column]
    ]
    path = tmp_path / "public-transport-crime-london.xlsx"
    write_transport_crime(path, pl.DataFrame(rows, schema=["year", "month", "mode", "count"], orient="row"))
    feed_name, _, it = read(path, tmp_path)
    assert (feed_name, it.periods) == ("tfl_transport_crime", 168)

    landed = pl.read_parquet(it.path).drop_nulls("offences")
    parts = landed.filter(pl.col("mode") != "All transport modes")
    assert parts.height == len(rows)
    by_month = dict(parts.group_by("period_start").agg(pl.col("offences").sum()).iter_rows())
    assert by_month == {
        date(int(line["YEAR"]), int(line["MONTH_NO"]), 1): int(float(line["TOTAL_CRIMES"])) for line in table
    }
    assert sum(count for month, count in by_month.items() if date(2009, 4, 1) <= month < date(2010, 4, 1)) == 40_570
    assert sum(count for month, count in by_month.items() if date(2012, 4, 1) <= month < date(2013, 4, 1)) == 34_510
    for column, (_, label) in modes.items():
        its = parts.filter(pl.col("mode").str.contains(label, literal=True))
        if label == "Rail":
            its = parts.filter(pl.col("mode").str.contains("TfL Rail|Elizabeth"))
        assert its["offences"].sum() == sum(int(float(line[column])) for line in table if line[column])
