"""What a release is: the draft from a snapshot, the sealed bundle, its page, and where it is published."""

import csv
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from hypothesis import given
from hypothesis import strategies as st

from expectations import Verdict, judge, suite_for
from orchestration.publication import bundle as bundle_module
from orchestration.publication import wording
from orchestration.publication.bundle import Bundle, BundleError, read_bundle, write_bundle
from orchestration.publication.calendar import due, release_day, waits
from orchestration.publication.draft import Draft, draft
from orchestration.publication.ledger import Stage
from orchestration.publication.names import parse_release, quarter_end, release_name, year_ended
from orchestration.publication.products import PRODUCTS, Product
from orchestration.publication.protection import WITHHELD
from orchestration.publication.tables import write_csv
from orchestration.publication.target import Standing
from orchestration.schedules import release_day_schedule
from orchestration.settings import DBT_PROJECT
from sources.registry import FEEDS

BOROUGHS = PRODUCTS["borough-performance"]
PLAN = PRODUCTS["police-and-crime-plan"]
MET = PRODUCTS["new-met-for-london"]
RELEASED_AT = datetime(2026, 5, 28, 9, 30, tzinfo=ZoneInfo("Europe/London"))
AUDITED = {"frame": "disclosure", "name": "covered", "severity": "critical", "outcome": "passed", "observed": "0 of 9"}
PASSED = {
    "outcome": "passed",
    "summary": "borough-performance passed: no critical check of 40 failed.",
    "checks": [AUDITED],
}
EXPECTED = {"mps_recorded_crime_borough": date(2026, 4, 30), "moj_proven_reoffending": date(2024, 6, 30)}

FIGURE = """
    measure_id varchar, measure_name varchar, unit varchar, direction varchar, area_code varchar,
    area_name varchar, group_id varchar, time_window varchar, quarter varchar, period_start date,
    period_end date, value double, lower double, upper double, numerator double, denominator double,
    denominator_name varchar, denominator_vintage varchar, previous_value double, change double,
    change_unit varchar, change_lower double, change_upper double, assessment varchar,
    comparability varchar, is_provisional boolean, vintage_on date
"""
MARTS = {
    "new_met_for_london": f"framework_version varchar, mission varchar, {FIGURE}",
    "police_and_crime_plan": f"""framework_version varchar, priority varchar, {FIGURE}, baseline_id varchar,
        baseline_label varchar, baseline_start date, baseline_end date, baseline_value double,
        baseline_stated_by varchar, baseline_value_now double, baseline_drift double,
        change_from_baseline double, baseline_change_lower double, baseline_change_upper double,
        baseline_comparability varchar, progress varchar""",
    "borough_performance": f"""bcu_code varchar, {FIGURE}, rate_per_1000 double, rate_lower double,
        rate_upper double, population bigint, population_year int, population_vintage varchar,
        mps_rate_per_1000 double""",
}
REGISTRY = """
create table marts.measures as
select *, 'Offences recorded' as definition, 'as published' as disclosure_rule, 'monthly' as frequency,
    if(unit = 'pct', 'reoffenders', 'offences') as numerator,
    if(measure_id = 'homicide', 'small counts: show both counts', 'as published') as reliability_rule
from (values
    ('violence_with_injury', 'Violence with injury', 'count', 'down', 'live', null),
    ('homicide', 'Homicide', 'count', 'down', 'live', null),
    ('proven_reoffending_rate', 'Proven reoffending rate', 'pct', 'down', 'live', null),
    ('shoplifting', 'Shoplifting', 'count', 'none', 'live', null),
    ('violence_against_the_person', 'Violence against the person', 'count', 'down', 'live', null),
    ('knife_crime', 'Knife crime <all>', 'count', 'down', 'no source yet', 'Needs the monthly dashboard')
) as t(measure_id, measure_name, unit, direction, status, why);
create schema reference;
create table reference.disclosure_rules as from read_csv('$seeds/disclosure_rules.csv');
create table reference.measure_parts as from read_csv('$seeds/measure_parts.csv');
create table reference.areas as from read_csv('$seeds/areas.csv');
create table reference.frameworks as from read_csv('$seeds/frameworks.csv');
create schema intermediate;
create table intermediate.int_breaks as
select 'violence_with_injury' as measure_id, date '2024-03-01' as began_on, 'Crimes were recorded anew' as label;
create table marts.control_charts as
select
    'violence_with_injury' as measure_id, 'Violence with injury' as measure_name, 'count' as unit,
    'E23000001' as area_code, 'Metropolitan Police area' as area_name,
    month::date as period_start, last_day(month) as period_end, 900 + 10e0 * month(month) as value,
    960e0 as mean, 925e0 as lower_limit, 1005e0 as upper_limit, 26::bigint as points, false as is_trial,
    date '2026-04-30' as limits_to, date '2024-03-01' as based_on,
    if(month(month) > 10, 'outside the limits', null) as signal,
    if(month(month) > 10, 'worse', null) as reading
from generate_series(timestamp '2024-03-01', timestamp '2026-04-01', interval 1 month) as months(month);
create table marts.disproportionality as
select
    'stop_search_rri' as measure_id, 'Stop and search relative rate' as measure_name,
    'searches_by_officer_ethnicity' as series_id, 'ethnicity' as characteristic, 'officer_defined' as instrument,
    'white' as reference_group, 'rolling_12m' as time_window, date '2025-04-01' as period_start,
    date '2026-03-31' as period_end, 'per_1000' as rate_unit, 'ratio' as unit, 'Census 2021' as people_source,
    1.5e0 as reference_rate, 4e0 as share_unknown, null::double as previous_rate, 'wider' as progress,
    5e3 as people, t.*
from (values
    ('E23000001', 'Metropolitan Police area', 'white', 'White', 9e2, 1.5e0, 1e0, null, null, null,
     'the reference group'),
    ('E23000001', 'Metropolitan Police area', 'black', 'Black', 8e2, 4.5e0, 3e0, 2.8e0, 3.2e0, null,
     'higher than the reference group'),
    ('E23000001', 'Metropolitan Police area', 'other', 'Other', 6.0, 0.77, null, null, null, '[u]',
     'too few to compare'),
    ('E09000002', 'Ash', 'black', 'Black', 80.0, 4.5, 3.0, 2.0, 4.0, null, 'higher than the reference group'),
    ('E09000003', 'Beech', 'black', 'Black', 20.0, 2.0, 1.3, 0.9, 1.9, null, 'no clear difference')
) as t(area_code, area_name, group_id, group_name, numerator, rate, value, lower, upper, status, reading);
create table marts.measure_feeds as from (values
    ('violence_with_injury', 'mps_recorded_crime_borough'),
    ('homicide', 'mps_recorded_crime_borough'),
    ('proven_reoffending_rate', 'moj_proven_reoffending'),
    ('shoplifting', 'mps_recorded_crime_borough')
) as t(measure_id, feed);
create table marts.deliveries as select *, 'layout-1' as layout, 24 as periods, 1000 as rows,
    repeat(left(delivery_id, 1), 64) as sha256, 512 as size_bytes, now() as received_at,
    vintage_on as published_on, 'published' as vintage_basis
from (values
    ('a1', 'mps_recorded_crime_borough', 'crime.csv', date '2026-02-18', date '2010-04-01',
     date '2026-01-31', 'landed', false),
    ('b2', 'mps_recorded_crime_borough', 'crime.csv', date '2026-05-18', date '2010-04-01',
     date '2026-04-30', 'landed', false),
    ('c3', 'mps_recorded_crime_borough', 'broken.csv', date '2026-05-20', date '2010-04-01',
     date '2026-09-30', 'quarantined', false),
    ('d4', 'moj_proven_reoffending', 'prsq.csv', date '2026-04-30', date '2012-07-01',
     date '2024-06-30', 'landed', false),
    ('e5', 'tfl_journeys', 'journeys.csv', date '2026-04-10', date '2010-04-01',
     date '2026-03-31', 'landed', false),
    ('f6', 'moj_proven_reoffending', 'prsq.csv', date '2026-07-30', date '2012-07-01',
     date '2024-09-30', 'landed', false)
) as t(delivery_id, feed, name, vintage_on, first_period, last_period, outcome, synthetic);
"""


NAMES = {
    "violence_with_injury": "Violence with injury",
    "homicide": "Homicide",
    "proven_reoffending_rate": "Proven reoffending rate",
}
FORCE = ("E23000001", "Metropolitan Police area")
LONDON = ("E12000007", "London")


def month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def figure(measure: str, area: tuple[str, str], first: int, window: str, value: float) -> dict[str, Any]:
    """A row of every mart at once; `first` is the number of the first month of the quarter."""
    start = month(first)
    quarter = f"{start.year}-Q{first % 12 // 3 + 1}"
    is_rate = measure == "proven_reoffending_rate"
    return {
        "framework_version": "final-2025",
        "mission": "Less Crime",
        "priority": "Reducing violence",
        "measure_id": measure,
        "measure_name": NAMES[measure],
        "unit": "pct" if is_rate else "count",
        "direction": "down",
        "area_code": area[0],
        "area_name": area[1],
        "group_id": "all",
        "time_window": window,
        "quarter": quarter,
        "period_start": start if window == "quarter" else month(first - 9),
        "period_end": quarter_end(quarter),
        "value": value,
        "lower": 0.98 * value,
        "upper": 1.02 * value,
        "numerator": value,
        "previous_value": 1.04 * value,
        "change": -1.2 if is_rate else -3.846153846,
        "change_unit": "pp" if is_rate else "pct",
        "change_lower": -2.0 if is_rate else -4.4,
        "change_upper": -0.4 if is_rate else -2.1,
        "assessment": "better",
        "comparability": None,
        "is_provisional": start >= date(2026, 1, 1),
        "vintage_on": date(2026, 5, 18),
        "baseline_id": "plan-start",
        "baseline_label": "financial year 2024/25",
        "baseline_start": date(2024, 4, 1),
        "baseline_end": date(2025, 3, 31),
        "baseline_value": 1.01 * value,
        "baseline_stated_by": "MPS",
        "baseline_value_now": 1.02 * value,
        "baseline_drift": 0.01 * value,
        "change_from_baseline": -1.0,
        "baseline_change_lower": -2.9,
        "baseline_change_upper": 0.9,
        "baseline_comparability": "crimes were recorded in another way from March 2024 on",
        "progress": "no clear change from baseline",
        "bcu_code": "BCU-CE",
        "rate_per_1000": value / 100,
        "rate_lower": value / 104,
        "rate_upper": value / 96,
        "population": 100_000,
        "population_year": 2024,
        "mps_rate_per_1000": 6.5,
    }


def figures(boroughs: Sequence[str], quarters: int) -> pd.DataFrame:
    """Figures of the quarters up to 2026-Q2, whose parts sum to the figure of the force."""
    places = [(f"E0900{number:04}", name) for number, name in enumerate(boroughs, start=2)]
    places.append(("MPS-UNKNOWN", "Not placed in a borough"))
    last = 2026 * 12 + 3
    rows = []
    for age, first in enumerate(range(last, last - 3 * quarters, -3)):
        for window, quarters_in_window in (("quarter", 1), ("rolling_12m", 4)):
            for measure, level in (("violence_with_injury", 900), ("homicide", 8)):
                parts = [
                    float(quarters_in_window * (level + level // 8 * (7 * number % 11) + age))
                    for number in range(len(places))
                ]
                for place, value in (*zip(places, parts, strict=True), (FORCE, sum(parts))):
                    rows.append(figure(measure, place, first, window, value))
    for age in range(2, quarters + 4):
        first = last - 3 * age - 18
        rows.append(figure("proven_reoffending_rate", LONDON, first, "as_published", 27.25 + age / 10))
    # What was a year before is what stands in the row of then; of the first year nothing is held.
    values = {tuple(row[name] for name in BOROUGHS.key): row["value"] for row in rows}
    for row in rows:
        end = row["period_end"]
        row["previous_value"] = values.get((*(row[name] for name in BOROUGHS.key[:-1]), end.replace(year=end.year - 1)))
    return pd.DataFrame(rows)


def build_snapshot(path: Path, boroughs: Sequence[str] = ("Ash", "Beech", "Cedar"), quarters: int = 6) -> Path:
    """Write a snapshot of the marts, every column with its comment."""
    with duckdb.connect(path) as connection:
        frame = figures(boroughs, quarters)
        connection.register("figures", frame)
        connection.execute("create schema marts")
        connection.execute(REGISTRY.replace("$seeds", str(DBT_PROJECT / "seeds")))
        for mart, columns in MARTS.items():
            connection.execute(f"create table marts.{mart} ({columns})")
            names = [column[0] for column in connection.execute(f"describe marts.{mart}").fetchall()]
            for name in names:
                connection.execute(f"comment on column marts.{mart}.{name} is 'What {name} means'")
            listed = ", ".join(name for name in names if name in frame)
            areas = "unit = 'count'" if mart == "borough_performance" else "area_code in ('E23000001', 'E12000007')"
            connection.execute(f"insert into marts.{mart} ({listed}) select {listed} from figures where {areas}")
        connection.execute("update marts.new_met_for_london set framework_version = 'nmfl-2023'")
    return path


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_snapshot(tmp_path_factory.mktemp("snapshot") / "oversight.duckdb")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, snapshot: Path) -> Bundle:
    """A first release of the boroughs, which no test may alter."""
    return World(tmp_path_factory.mktemp("plain"), snapshot).bundle()


@pytest.fixture
def world(tmp_path: Path, snapshot: Path) -> "World":
    return World(tmp_path, snapshot)


class World:
    """A folder in which snapshots are altered, drafts made and bundles written."""

    def __init__(self, folder: Path, snapshot: Path) -> None:
        self.folder = folder
        self._snapshot = snapshot
        self.evidence = folder / "evidence"
        (self.evidence / "gate").mkdir(parents=True)
        (self.evidence / "verdict.json").write_text("{}")
        (self.evidence / "gate" / "rows.json").write_text("{}")

    def draft(
        self,
        *changes: str,
        product: Product = BOROUGHS,
        quarter: str = "2026-Q1",
        released: Bundle | None = None,
        seen: Sequence[Bundle] = (),
        expected: Mapping[str, date | None] = EXPECTED,
        earlier: Sequence[Standing] = (),
    ) -> Draft:
        altered = self._snapshot
        if changes:
            altered = Path(shutil.copy(self._snapshot, self.folder / "altered.duckdb"))
            with duckdb.connect(altered) as connection:
                for change in changes:
                    connection.execute(change)
        return draft(
            altered,
            product,
            quarter,
            released=released.path if released else None,
            seen=[each.path for each in (*seen, *((released,) if released else ()))],
            expected=expected,
            earlier=earlier,
        )

    def bundle(
        self, drafted: Draft | None = None, release: str = "2026-Q1", folder: str = "out", **given: Any
    ) -> Bundle:
        arguments: dict[str, Any] = {
            "evidence": self.evidence,
            "verdict": PASSED,
            "released_at": RELEASED_AT,
        } | given
        if "." in release:
            arguments = {"correction": "Two boroughs had each other's figures."} | arguments
        return write_bundle(drafted or self.draft(), release=release, folder=self.folder / folder, **arguments)


def only(frame: pd.DataFrame, **values: Any) -> dict[str, Any]:
    """The one row of a frame that has these values."""
    for column, value in values.items():
        frame = frame[frame[column] == value]
    row: dict[str, Any]
    [row] = frame.to_dict("records")
    return row


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Names


@given(st.integers(1000, 9999), st.integers(1, 4), st.integers(1, 500))
def test_a_release_name_reads_back(year: int, number: int, revision: int) -> None:
    quarter = f"{year}-Q{number}"
    assert parse_release(release_name(quarter, revision)) == (quarter, revision)


@given(st.text(max_size=14))
def test_what_reads_as_a_release_name_is_written_the_same(text: str) -> None:
    try:
        quarter, revision = parse_release(text)
    except ValueError:
        return
    assert release_name(quarter, revision) == text


@pytest.mark.parametrize(
    "name",
    ["2026-Q5", "2026-Q1.r1", "2026-Q1.r0", "2026-Q1.r02", "2026-q1", "2026-Q1\n", "../2026-Q1", "0026-Q1"],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a release"):
        parse_release(name)


@pytest.mark.parametrize("revision", [0, -1])
def test_revisions_count_from_one(revision: int) -> None:
    with pytest.raises(ValueError, match="name"):
        release_name("2026-Q1", revision)


@pytest.mark.parametrize(
    ("quarter", "end"),
    [
        ("2024-Q1", date(2024, 3, 31)),
        ("2024-Q2", date(2024, 6, 30)),
        ("2024-Q3", date(2024, 9, 30)),
        ("2024-Q4", date(2024, 12, 31)),
    ],
)
def test_a_quarter_ends_on_its_last_day(quarter: str, end: date) -> None:
    assert quarter_end(quarter) == end


@given(st.integers(1000, 9997), st.integers(1, 4))
def test_a_financial_year_ends_with_march_and_its_quarters_follow_each_other(year: int, number: int) -> None:
    quarters = year_ended(f"{year + 1}-Q{number}")
    assert bool(quarters) == (number == 1)
    if quarters:
        ends = [quarter_end(quarter) for quarter in quarters]
        assert [(end.year, end.month) for end in ends] == [(year, 6), (year, 9), (year, 12), (year + 1, 3)]


# Draft


def test_rows_are_those_of_the_mart_up_to_the_quarter_in_order_of_the_key(world: World) -> None:
    rows = world.draft().frames["rows"]
    assert rows["period_end"].max() == date(2026, 3, 31)
    assert len(rows) == 5 * 2 * 2 * 5  # quarters, windows, measures, areas
    assert rows.equals(rows.sort_values(list(BOROUGHS.key), ignore_index=True))
    assert list(rows.columns) == [
        *(column.split()[0] for column in re.split(r",\s*", MARTS["borough_performance"].strip())),
        "status",
    ]


def test_numbers_that_can_be_missing_stay_whole(world: World) -> None:
    rows = world.draft("update marts.borough_performance set population = null where area_code = 'E23000001'").frames[
        "rows"
    ]
    assert str(rows["population"].dtype) == "Int64"
    assert rows["population"].isna().any()


def test_as_of_is_the_newest_vintage_among_the_rows(world: World) -> None:
    newer = "update marts.borough_performance set vintage_on = date '2026-05-20' where period_end = date '{}'"
    assert world.draft(newer.format("2026-03-31")).as_of == date(2026, 5, 20)
    assert world.draft(newer.format("2026-06-30")).as_of == date(2026, 5, 18)


def test_one_synthetic_delivery_that_landed_for_it_makes_the_draft_synthetic(world: World) -> None:
    made = "update marts.deliveries set synthetic = true where delivery_id = '{}'"
    assert world.draft().synthetic is False
    assert world.draft(made.format("a1")).synthetic is True
    assert world.draft(made.format("c3")).synthetic is False  # quarantined
    assert world.draft(made.format("e5")).synthetic is False  # of a feed that this product does not use


def test_live_measures_of_the_product_are_due_at_the_end_of_the_quarter(world: World) -> None:
    due = world.draft().frames["due"]
    assert list(due["measure_id"]) == ["homicide", "violence_with_injury"]
    assert list(due["wanted_period_end"]) == [date(2026, 3, 31)] * 2
    assert due["present"].all()


def test_a_lagging_feed_is_due_to_the_end_that_is_expected_of_it(world: World) -> None:
    row = only(world.draft(product=PLAN).frames["due"], measure_id="proven_reoffending_rate")
    assert (row["wanted_period_end"], row["present"]) == (date(2024, 6, 30), True)


def test_a_measure_that_stops_short_of_what_is_expected_is_not_present(world: World) -> None:
    drafted = world.draft(
        "delete from marts.borough_performance where measure_id = 'homicide' and quarter >= '2026-Q1'"
    )
    assert not only(drafted.frames["due"], measure_id="homicide")["present"]
    assert only(drafted.frames["due"], measure_id="violence_with_injury")["present"]


@pytest.mark.parametrize(
    ("quarter", "at"),
    [("2025-Q4", datetime(2026, 2, 26, 9, 30, tzinfo=UTC)), ("2026-Q1", datetime(2026, 5, 28, 8, 30, tzinfo=UTC))],
)
def test_a_quarter_is_due_at_half_past_nine_in_london_and_not_a_second_before(quarter: str, at: datetime) -> None:
    assert quarter in {day.quarter for day in due(at)}
    assert quarter not in {day.quarter for day in due(at - timedelta(seconds=1))}


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 3, 30, 8, 30, tzinfo=UTC),  # the first weekday of summer time
        datetime(2026, 10, 26, 9, 30, tzinfo=UTC),  # and the first after it
    ],
)
def test_the_schedule_asks_at_half_past_nine_in_london_on_either_side_of_summer_time(instant: datetime) -> None:
    ticks = schedule_execution_time_iterator(
        (instant - timedelta(days=1)).timestamp(),
        release_day_schedule.cron_schedule,
        release_day_schedule.execution_timezone,
    )
    assert next(ticks) == instant


def test_a_quarter_waits_for_no_feed_that_makes_no_measure(snapshot: Path, tmp_path: Path) -> None:
    day = release_day("2026-Q3")
    late = {wait.feed for wait in waits(snapshot, day, FEEDS)}
    assert "mps_recorded_crime_borough" in late
    assert "tfl_journeys" not in late
    awaited = {feed.name for feed in FEEDS if feed.awaited}
    assert {wait.feed for wait in waits(tmp_path / "none", day, FEEDS)} == awaited


def test_a_quarter_waits_for_no_feed_that_is_not_awaited(snapshot: Path) -> None:
    feeds = [replace(feed, awaited=False) for feed in FEEDS]
    assert waits(snapshot, release_day("2026-Q3"), feeds) == []
    assert set(release_day("2026-Q3").expected(feeds).values()) == {None}


def test_a_measure_of_two_feeds_waits_for_the_later_one(world: World) -> None:
    second = "insert into marts.measure_feeds values ('homicide', 'tfl_journeys')"
    expected = EXPECTED | {"tfl_journeys": date(2025, 12, 31)}
    row = only(world.draft(second, expected=expected).frames["due"], measure_id="homicide")
    assert row["feed"] == "mps_recorded_crime_borough, tfl_journeys"
    assert row["wanted_period_end"] == date(2025, 12, 31)


@pytest.mark.parametrize(
    "change",
    [
        "insert into marts.measure_feeds values ('homicide', 'tfl_journeys')",
        "delete from marts.measure_feeds where measure_id = 'homicide'",
    ],
)
def test_a_feed_of_which_nothing_is_expected_leaves_its_measure_not_present(world: World, change: str) -> None:
    row = only(world.draft(change).frames["due"], measure_id="homicide")
    assert row["wanted_period_end"] is None
    assert not row["present"]


def test_what_is_not_awaited_neither_holds_a_measure_up_nor_is_late(world: World) -> None:
    expected = {**EXPECTED, "tfl_journeys": None, "moj_proven_reoffending": None}
    second = "insert into marts.measure_feeds values ('homicide', 'tfl_journeys')"
    drafted = world.draft(second, product=PLAN, expected=expected)
    due = drafted.frames["due"]
    assert only(due, measure_id="homicide")["wanted_period_end"] == date(2026, 3, 31)
    assert "proven_reoffending_rate" not in list(due["measure_id"])
    feeds = drafted.frames["feeds"].set_index("feed")
    assert not feeds["late"].any()
    assert not feeds["is_awaited"]["moj_proven_reoffending"]
    assert feeds["is_awaited"]["mps_recorded_crime_borough"]


def test_parts_sum_to_the_total(world: World) -> None:
    parts = world.draft().frames["parts"]
    assert len(parts) == 5 * 2 * 2
    assert (parts["difference"] == 0).all()
    assert (parts["total"] > 0).all()
    assert (parts["boroughs"] == 3).all()


@pytest.mark.parametrize("area", ["E09000003", "MPS-UNKNOWN", "E23000001"])
def test_a_missing_part_or_total_shows_as_a_difference(world: World, area: str) -> None:
    parts = world.draft(f"delete from marts.borough_performance where area_code = '{area}'").frames["parts"]
    assert parts["difference"].notna().all()
    assert (parts["difference"] != 0).all()


def test_only_boroughs_are_summed_to_a_total(world: World) -> None:
    assert "parts" not in world.draft(product=PLAN).frames


def test_a_feed_is_late_when_its_landed_deliveries_stop_short(world: World) -> None:
    feeds = world.draft(product=PLAN, expected=EXPECTED | {"moj_proven_reoffending": date(2024, 12, 31)}).frames[
        "feeds"
    ]
    crime = only(feeds, feed="mps_recorded_crime_borough")
    # what was quarantined claims to reach September
    assert (crime["last_period"], crime["late"]) == (date(2026, 4, 30), False)
    reoffending = only(feeds, feed="moj_proven_reoffending")
    assert (reoffending["expected_last_period"], reoffending["late"]) == (date(2024, 12, 31), True)
    assert len(feeds) == 2


def test_a_feed_of_which_nothing_is_expected_counts_as_late(world: World) -> None:
    assert world.draft(expected={}).frames["feeds"]["late"].all()


def test_a_first_release_withdraws_and_changes_nothing(world: World) -> None:
    drafted = world.draft()
    assert drafted.last is None
    assert [len(drafted.frames[name]) for name in ("withdrawn", "changed")] == [0, 0]
    assert drafted.differences.empty


def test_rows_gone_since_the_last_release_are_withdrawn(world: World) -> None:
    last = world.bundle(world.draft(product=PLAN))
    renamed = "update marts.police_and_crime_plan set framework_version = 'next-2029' where measure_id = 'homicide'"
    withdrawn = world.draft(renamed, product=PLAN, released=last).frames["withdrawn"]
    assert set(withdrawn["framework_version"]) == {"final-2025"}
    assert set(withdrawn["measure_id"]) == {"homicide"}
    assert len(withdrawn) == 5 * 2


@pytest.mark.parametrize(("vintage", "explained"), [("2026-05-18", False), ("2026-05-19", True)])
def test_a_change_is_explained_by_a_later_vintage_only(
    world: World, plain: Bundle, vintage: str, explained: bool
) -> None:
    drafted = world.draft(
        f"""update marts.borough_performance set value = value + 7, vintage_on = date '{vintage}'
        where area_name = 'Beech' and measure_id = 'homicide' and quarter = '2025-Q4'
        and time_window = 'quarter'""",
        released=plain,
    )
    [row] = drafted.frames["changed"].to_dict("records")
    assert (row["area_code"], row["period_end"]) == ("E09000003", date(2025, 12, 31))
    assert row["new_value"] - row["old_value"] == 7
    assert row["explained"] is explained


def test_a_value_that_became_null_is_a_change(world: World, plain: Bundle) -> None:
    gone = "update marts.borough_performance set value = null where area_name = 'Ash' and quarter = '2026-Q1'"
    assert len(world.draft(gone, released=plain).frames["changed"]) == 4


def test_a_correction_of_an_older_quarter_is_compared_up_to_that_quarter(world: World) -> None:
    newer = world.bundle(world.draft(quarter="2026-Q2"), release="2026-Q2")
    assert world.draft(quarter="2026-Q1", released=newer).frames["withdrawn"].empty


def test_a_tampered_release_is_nothing_to_compare_with(world: World, plain: Bundle) -> None:
    copied = Path(shutil.copytree(plain.path, world.folder / "copied"))
    (copied / "measures.csv").write_text("x")
    with pytest.raises(BundleError, match=r"measures\.csv"):
        world.draft(released=replace(plain, path=copied))


# Disclosure

THRESHOLD_OF_5 = "victims by a characteristic: counts under 5 suppressed; not below borough and year"
RULED = f"update marts.measures set disclosure_rule = '{THRESHOLD_OF_5}' where measure_id = 'homicide'"


def homicides(value: int, area: str, quarter: str = "2026-Q1") -> list[str]:
    """Give an area so many homicides in a quarter; the force has the sum of its areas."""
    where = f"measure_id = 'homicide' and quarter = '{quarter}' and time_window = 'quarter'"
    return [
        f"update marts.borough_performance set value = {value} where area_name = '{area}' and {where}",
        f"""update marts.borough_performance set value = (
                select sum(value) from marts.borough_performance where {where} and area_code <> 'E23000001')
            where area_code = 'E23000001' and {where}""",
    ]


def suppressed(drafted: Draft) -> set[tuple[str, str, str]]:
    """Area, quarter and window of each row that is suppressed; only homicide is under a rule here."""
    rows = drafted.frames["rows"]
    hidden = rows[rows["status"] == "[c]"]
    assert set(hidden["measure_id"]) <= {"homicide"}
    return set(zip(hidden["area_name"], hidden["quarter"], hidden["time_window"], strict=True))


ONE_SMALL = (*homicides(2, "Ash"), *homicides(7, "Beech"), *homicides(20, "Cedar"))
HIDDEN = {("Ash", "2026-Q1", "quarter"), ("Beech", "2026-Q1", "quarter")}


def test_measures_published_as_supplied_stay_as_they_are(world: World) -> None:
    drafted = world.draft(*homicides(1, "Ash"))
    assert suppressed(drafted) == set()
    assert drafted.frames["cells"].empty
    assert drafted.frames["rows"]["value"].notna().all()


def test_a_small_count_and_the_cheapest_other_are_suppressed_and_totals_stay_true(world: World) -> None:
    drafted = world.draft(*ONE_SMALL, RULED)
    assert suppressed(drafted) == HIDDEN
    rows = drafted.frames["rows"]
    of_quarter = rows[(rows["measure_id"] == "homicide") & (rows["quarter"] == "2026-Q1")]
    force = only(of_quarter, area_code="E23000001", time_window="quarter")
    rest = only(of_quarter, area_code="MPS-UNKNOWN", time_window="quarter")
    assert force["value"] == 2 + 7 + 20 + rest["value"]


def test_nothing_that_follows_from_a_suppressed_count_is_published(world: World) -> None:
    rows = world.draft(*ONE_SMALL, RULED).frames["rows"]
    hidden = rows[rows["status"] == "[c]"]
    kept = set(hidden.columns[hidden.notna().any()])
    assert kept.isdisjoint({"value", "lower", "upper", "numerator", "rate_per_1000", "rate_lower", "rate_upper"})
    assert kept.isdisjoint({"change", "change_lower", "change_upper", "change_unit", "assessment"})
    assert kept >= {"previous_value", "population", "mps_rate_per_1000"}


def test_the_row_of_a_year_after_does_not_tell_a_suppressed_count(world: World) -> None:
    changes = [
        change
        for area, value in (("Ash", 2), ("Beech", 7), ("Cedar", 20))
        for change in homicides(value, area, "2025-Q1")
    ]
    drafted = world.draft(*changes, RULED)
    assert suppressed(drafted) == {("Ash", "2025-Q1", "quarter"), ("Beech", "2025-Q1", "quarter")}
    rows = drafted.frames["rows"]
    after = only(rows[rows["measure_id"] == "homicide"], area_name="Ash", quarter="2026-Q1", time_window="quarter")
    assert pd.isna([after[name] for name in ("previous_value", "change", "change_lower", "assessment")]).all()
    assert after["value"] > 0
    assert "one of the two figures is suppressed" in wording.comparison_sentence(
        {name: None if pd.isna(value) else value for name, value in after.items()}
    )


@pytest.mark.parametrize(("comparability", "cautions"), [(WITHHELD, {""}), ("counting changed", {"counting changed"})])
def test_a_comparison_that_is_withheld_is_no_break_to_the_dashboard(
    world: World, comparability: str, cautions: set[str]
) -> None:
    drafted = world.draft()
    drafted.frames["rows"]["comparability"] = comparability
    dashboard = (world.bundle(drafted).path / "dashboard.html").read_text()
    [content] = re.findall(r'id="content">(.*?)</script>', dashboard)
    assert {caution for _, caution in json.loads(content)["notes"]} == cautions


def test_a_later_release_suppresses_what_the_last_one_did(world: World) -> None:
    last = world.bundle(world.draft(*ONE_SMALL, RULED))
    # By now Cedar would be the cheaper one; but if Beech were shown in its place, the two releases gave Ash away.
    revised = (*ONE_SMALL, *homicides(5, "Cedar"), RULED)
    assert suppressed(world.draft(*revised, released=last, quarter="2026-Q2")) == HIDDEN
    assert ("Cedar", "2026-Q1", "quarter") in suppressed(world.draft(*revised, quarter="2026-Q2"))


def test_what_was_withdrawn_has_been_seen(world: World) -> None:
    withdrawn = world.bundle(world.draft(*ONE_SMALL, RULED))
    revised = (*ONE_SMALL, *homicides(5, "Cedar"), RULED)
    correction = world.draft(*revised, seen=[withdrawn])
    assert suppressed(correction) == HIDDEN
    assert correction.last is None
    shown = world.draft(*ONE_SMALL, RULED, seen=[world.bundle(world.draft(*ONE_SMALL), folder="before the rule")])
    assert "all_new" in {
        check.name for check in audited(shown, world.folder / "gate").checks if check.outcome != "passed"
    }


def audited(drafted: Draft, folder: Path, alter: Callable[[pd.DataFrame], None] = lambda rows: None) -> Verdict:
    """What the gate says of a draft whose rows somebody altered after all was suppressed."""
    rows = drafted.frames["rows"].copy()
    alter(rows)
    suite = suite_for(drafted.product.name, list(rows.columns), drafted.product.key)
    suite = replace(suite, frames={"disclosure": suite.frames["disclosure"]})
    return judge(suite, drafted.frames | {"rows": rows}, folder)


def beech(rows: pd.DataFrame) -> pd.Series:
    return (rows["area_name"] == "Beech") & (rows["status"] == "[c]")


def show_secondary(rows: pd.DataFrame) -> None:
    rows.loc[beech(rows), ["value", "status"]] = [7.0, None]


def show_primary(rows: pd.DataFrame) -> None:
    rows.loc[(rows["area_name"] == "Ash") & (rows["status"] == "[c]"), ["value", "status"]] = [2.0, None]


def show_rate(rows: pd.DataFrame) -> None:
    rows.loc[beech(rows), "rate_per_1000"] = 0.07


@pytest.mark.parametrize(
    ("alter", "check", "example"),
    [
        (show_secondary, "disclosure.all_protected", "area_code E09000002"),
        (show_primary, "disclosure.all_covered", "area_code E09000002"),
        (show_rate, "disclosure.all_unstated", "area_code E09000003"),
    ],
)
def test_the_gate_names_the_cell_that_can_be_recovered(
    world: World, alter: Callable[[pd.DataFrame], None], check: str, example: str
) -> None:
    drafted = world.draft(*ONE_SMALL, RULED)
    assert audited(drafted, world.folder / "gate").outcome == "passed"
    verdict = audited(drafted, world.folder / "gate", alter)
    assert verdict.outcome == "failed"
    [found] = [found for found in verdict.checks if f"{found.frame}.{found.name}" == check]
    assert found.outcome == "failed"
    assert any(f"measure_id homicide, {example}" in row for row in found.examples)


def test_what_was_public_before_the_rule_is_a_warning_and_not_held_against_the_draft(world: World) -> None:
    last = world.bundle(world.draft(*ONE_SMALL))
    verdict = audited(world.draft(*ONE_SMALL, RULED, released=last, quarter="2026-Q2"), world.folder / "gate")
    assert verdict.outcome == "passed"
    assert [found.name for found in verdict.checks if found.outcome != "passed"] == ["all_new"]


def test_an_audit_that_cannot_be_made_is_an_error_of_the_gate(world: World) -> None:
    drafted = world.draft(*ONE_SMALL, RULED)
    verdict = audited(replace(drafted, frames=drafted.frames | {"sums": pd.DataFrame()}), world.folder / "gate")
    assert verdict.outcome == "errored"
    assert all("could not be made" in found.observed for found in verdict.checks)


# Bundle


def test_a_bundle_holds_the_data_its_description_and_the_evidence(world: World) -> None:
    bundle = world.bundle()
    assert bundle.path == world.folder / "out" / "borough-performance" / "2026-Q1"
    assert [file.name for file in bundle.files] == [
        "annual-figures.csv",
        "annual-report.html",
        "basis.csv",
        "borough-performance.csv",
        "borough-performance.csv-metadata.json",
        "borough-performance.ods",
        "borough-performance.parquet",
        "dashboard.html",
        "datapackage.json",
        "deliveries.csv",
        "dictionary.csv",
        "differences.csv",
        "evidence/checklist.json",
        "evidence/gate/rows.json",
        "evidence/verdict.json",
        "index.html",
        "measures.csv",
    ]
    stated = json.loads((bundle.path / "release.json").read_text())
    assert {name: stated[name] for name in ("product", "release", "quarter", "as_of", "released_at", "synthetic")} == {
        "product": "borough-performance",
        "release": "2026-Q1",
        "quarter": "2026-Q1",
        "as_of": "2026-05-18",
        "released_at": "2026-05-28T09:30:00+01:00",
        "synthetic": False,
    }
    assert read_bundle(bundle.path) == bundle
    assert not list(bundle.path.parent.glob(".*"))


def test_the_checklist_is_filed_with_what_was_found(plain: Bundle) -> None:
    items = json.loads((plain.path / "evidence" / "checklist.json").read_text())["items"]
    assert [item["name"] for item in items] == [
        "gate", "feeds", "revisions", "text", "disclosure", "dictionary", "correction"
    ]  # fmt: skip
    assert all(item["holds"] for item in items)
    text = items[3]["found"]
    assert re.fullmatch(r"statements: \d+; figures: 1; each is backed by its rows", text)


@pytest.mark.parametrize(
    ("change", "given", "stays_open"),
    [
        (
            "update marts.new_met_for_london set previous_value = previous_value + 1",
            {},
            r"text: violence_with_injury\|E23000001\|all\|rolling_12m\|2026-03-31: no row holds the \S+ of the period",
        ),
        (
            "update marts.new_met_for_london set comparability = 'only 7,654 of 99,999 offences were moved'",
            {},
            None,  # what the row itself says it may say
        ),
        ("select 1", {"verdict": PASSED | {"checks": []}}, "disclosure: the audit was not made"),
        (
            "select 1",
            {"verdict": PASSED | {"checks": [AUDITED | {"outcome": "failed", "observed": "1 of 9"}]}},
            "disclosure: covered: 1 of 9",
        ),
        ("comment on column marts.new_met_for_london.value is null", {}, "dictionary: value is not described"),
        ("comment on column marts.new_met_for_london.lower is ' '", {}, "dictionary: lower is not described"),
        ("select 1", {"correction": "Late reports"}, "correction: it says why it corrects, and corrects nothing"),
        ("select 1", {"release": "2026-Q1.r2", "correction": ""}, "correction: it does not say why it corrects"),
        ("select 1", {"release": "2026-Q1.r2", "correction": " "}, "correction: it does not say why it corrects"),
    ],
)
def test_what_leaves_the_checklist_open_is_not_sealed(
    world: World, change: str, given: dict[str, Any], stays_open: str | None
) -> None:
    drafted = world.draft(change, product=MET)
    if stays_open is None:
        world.bundle(drafted, **given)
        return
    with pytest.raises(BundleError, match=f"the checklist stays open .*{stays_open}"):
        world.bundle(drafted, **given)
    assert not (world.folder / "out" / MET.name / "2026-Q1").exists()


@pytest.mark.parametrize(
    ("wrong", "stays_open"),
    [
        (
            lambda page: re.sub(r'(<p data-figure="[^"]*">)', r"\1It is 31,337 in all. ", page, count=1),
            "no row states 31,337",
        ),
        (lambda page: page.replace("E23000001|all", "E23000002|all"), "is spoken of and not published"),
        (lambda page: page.replace("is counted within", "is part of"), "it is a part of Violence against the person"),
        (lambda page: page.replace("data-figure", "data-nothing"), "the page says nothing of any figure"),
        (lambda page: page.replace("Shoplifting", "A measure"), "Shoplifting has no figure, and the page does not say"),
    ],
)
def test_a_page_that_says_more_than_its_rows_is_not_sealed(
    world: World, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[str], str], stays_open: str
) -> None:
    render = bundle_module.render_release
    monkeypatch.setattr(bundle_module, "render_release", lambda *given, **named: wrong(render(*given, **named)))
    with pytest.raises(BundleError, match=re.escape(stays_open)):
        world.bundle(world.draft(product=MET))


def test_what_no_page_can_hold_does_not_stop_a_release(world: World) -> None:
    named = world.draft("update marts.deliveries set name = '\x1b[2J\x0b' || name")
    page = (world.bundle(named, "2026-Q1.r2", correction="Wrong\x0bfile used.").path / "index.html").read_text()
    assert "\ufffd[2J\ufffd" in page
    assert "Wrong\ufffdfile used." in page


def test_the_seal_is_the_hash_of_the_sorted_lines_of_sha256sum(plain: Bundle) -> None:
    lines = [
        f"{hashlib.sha256((plain.path / file.name).read_bytes()).hexdigest()}  {file.name}" for file in plain.files
    ]
    assert plain.seal == hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def test_the_same_draft_gives_the_same_bytes(world: World, plain: Bundle) -> None:
    changed = [
        """update marts.borough_performance
        set value = value + 1, previous_value = previous_value + 1, vintage_on = date '2026-05-19'"""
    ]
    first, second = (
        world.bundle(world.draft(*changed, released=plain, quarter="2026-Q2"), "2026-Q2", folder)
        for folder in ("a", "b")
    )
    assert first.files == second.files
    assert first.seal == second.seal


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"#")


def restate(**facts: Any) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | facts))

    return rewrite


@pytest.mark.parametrize(
    ("name", "tamper"),
    [
        ("borough-performance.csv", edit),
        ("borough-performance.parquet", edit),
        ("index.html", edit),
        ("evidence/gate/rows.json", edit),
        ("deliveries.csv", Path.unlink),
        ("stranger.csv", Path.touch),
        ("release.json", Path.unlink),
        ("release.json", edit),
        ("release.json", restate(synthetic=True)),
        ("release.json", restate(seal="0" * 64)),
    ],
)
def test_tampering_is_found_and_the_file_named(
    tmp_path: Path, plain: Bundle, name: str, tamper: Callable[[Path], None]
) -> None:
    copied = Path(shutil.copytree(plain.path, tmp_path / "copied"))
    assert read_bundle(copied).seal == plain.seal
    tamper(copied / name)
    with pytest.raises(BundleError, match=re.escape(name)):
        read_bundle(copied)


@pytest.mark.parametrize(
    ("change", "given_otherwise", "message"),
    [
        ("delete from marts.borough_performance", {}, "no rows"),
        ("select 1", {"verdict": {"outcome": "failed"}}, "passed the gate"),
        ("select 1", {"verdict": {"outcome": "errored"}}, "passed the gate"),
        ("select 1", {"verdict": {}}, "passed the gate"),
        ("select 1", {"release": "2026-Q2"}, "drafted quarter"),
        ("select 1", {"released_at": datetime(2026, 5, 28, 9, 30)}, "time zone"),
    ],
)
def test_what_is_unfit_is_not_written(world: World, change: str, given_otherwise: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        world.bundle(world.draft(change), **given_otherwise)
    assert not (world.folder / "out").exists()


def test_a_written_release_is_not_written_again(world: World, plain: Bundle) -> None:
    with pytest.raises(BundleError, match="immutable"):
        world.bundle(folder=str(plain.path.parents[1]))
    assert read_bundle(plain.path) == plain


def test_a_crash_leaves_no_release_and_the_bundle_can_be_written_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_at(patch, 1)
        with pytest.raises(OSError, match="power cut"):
            world.bundle()
    assert not (world.folder / "out" / "borough-performance" / "2026-Q1").exists()
    assert world.bundle().release == "2026-Q1"


def fail_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """Make the given call of `os.replace` or `os.rename` fail, counted from one."""
    calls = itertools.count(1)

    def failing(real: Callable[..., None]) -> Callable[..., None]:
        def counted(source: Any, target: Any, **where: Any) -> None:
            if next(calls) == step:
                raise OSError("power cut")
            real(source, target, **where)

        return counted

    patch.setattr(os, "replace", failing(os.replace))
    patch.setattr(os, "rename", failing(os.rename))


def test_parquet_keeps_the_types_of_the_mart_even_where_all_is_null(world: World) -> None:
    bundle = world.bundle(world.draft("update marts.borough_performance set population_year = null, change = null"))
    described = duckdb.sql(f"describe from '{bundle.path}/borough-performance.parquet'").fetchall()
    dictionary = read_csv(bundle.path / "dictionary.csv")
    assert [(name, kind) for name, kind, *_ in described] == [(row["column"], row["type"]) for row in dictionary]
    assert {row["column"]: row["description"] for row in dictionary}["value"] == "What value means"


def test_csv_and_parquet_say_the_same(plain: Bundle) -> None:
    frame = duckdb.sql(f"select measure_id, area_code, value, lower from '{plain.path}/borough-performance.parquet'")
    rows = read_csv(plain.path / "borough-performance.csv")
    assert [(row["measure_id"], row["area_code"], float(row["value"]), float(row["lower"])) for row in rows] == (
        frame.fetchall()
    )
    assert rows[0]["denominator"] == ""
    assert rows[0]["is_provisional"] == "false"


def test_the_data_package_is_valid_and_describes_every_csv(plain: Bundle) -> None:
    from frictionless import validate

    package = json.loads((plain.path / "datapackage.json").read_text())
    tables = {resource["path"]: resource for resource in package["resources"] if resource["type"] == "table"}
    assert set(tables) == {path.name for path in plain.path.glob("*.csv")}
    assert validate(str(plain.path / "datapackage.json")).valid
    schema = tables["borough-performance.csv"]["schema"]
    assert schema["primaryKey"] == list(BOROUGHS.key)
    assert only(pd.DataFrame(schema["fields"]), name="population") == {
        "name": "population",
        "type": "integer",
        "description": "What population means",
    }


def test_measures_is_the_registry_and_says_what_is_in_the_release(plain: Bundle) -> None:
    rows = read_csv(plain.path / "measures.csv")
    assert [(row["measure_id"], row["status"], row["in_this_release"]) for row in rows] == [
        ("homicide", "live", "true"),
        ("knife_crime", "no source yet", "false"),
        ("proven_reoffending_rate", "live", "false"),
        ("shoplifting", "live", "false"),
        ("violence_against_the_person", "live", "false"),
        ("violence_with_injury", "live", "true"),
    ]


def test_deliveries_are_those_the_rows_stand_on(world: World) -> None:
    bundle = world.bundle(world.draft(product=PLAN))
    rows = read_csv(bundle.path / "deliveries.csv")
    # not what is quarantined, of another product, or later than the newest vintage of the rows
    assert [row["delivery_id"] for row in rows] == ["d4", "a1", "b2"]
    assert rows[0]["sha256"] == "d" * 64


def test_differences_say_of_each_row_what_happened(world: World, plain: Bundle) -> None:
    drafted = world.draft(
        """delete from marts.borough_performance
        where area_name = 'Ash' and quarter = '2025-Q1' and measure_id = 'homicide'""",
        """update marts.borough_performance set value = 5000, vintage_on = date '2026-05-19'
        where area_name = 'Beech' and quarter = '2026-Q1' and measure_id = 'homicide'
        and time_window = 'quarter'""",
        quarter="2026-Q2",
        released=plain,
    )
    rows = read_csv(world.bundle(drafted, "2026-Q2").path / "differences.csv")
    assert {kind: sum(row["kind"] == kind for row in rows) for kind in ("added", "changed", "withdrawn")} == {
        "added": 20,
        "changed": 1,
        "withdrawn": 2,
    }
    assert all((row["old_value"] == "") == (row["kind"] == "added") for row in rows)
    assert all((row["new_value"] == "") == (row["kind"] == "withdrawn") for row in rows)
    [changed] = [row for row in rows if row["kind"] == "changed"]
    assert (changed["area_code"], changed["new_value"], changed["explained"]) == ("E09000003", "5000", "true")


def test_text_that_a_spreadsheet_would_run_is_made_safe(world: World) -> None:
    starts = dict(zip(("E09000002", "E09000003", "E09000004", "MPS-UNKNOWN", "E23000001"), "=+-@\t", strict=True))
    changes = [
        f"update marts.borough_performance set area_name = '{start}1+1' where area_code = '{area}'"
        for area, start in starts.items()
    ]
    bundle = world.bundle(
        world.draft(
            *changes,
            "update marts.borough_performance set bcu_code = '\r1', change = -3.5, value = -7, previous_value = null",
        )
    )
    for row in read_csv(bundle.path / "borough-performance.csv"):
        assert row["area_name"] == f"'{starts[row['area_code']]}1+1"
        assert row["bcu_code"] == "'\r1"
        assert (row["change"], row["value"]) == ("-3.5", "-7")  # numbers are numbers


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.none(),
            st.floats(allow_nan=False, allow_infinity=False) | st.none(),
            st.integers(-(2**63), 2**63 - 1) | st.none(),
            st.dates(date(1, 1, 1)) | st.none(),
        ),
        min_size=1,
    )
)
def test_csv_reads_back_as_it_was(rows: list[tuple[Any, ...]]) -> None:
    names = ["text", "number", "whole", "day"]
    frame = pd.DataFrame(rows, columns=names).astype({"number": float})
    frame["whole"] = pd.array([row[2] for row in rows], dtype="Int64")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        write_csv(frame, {}, path)
        content = path.read_bytes()
        read = read_csv(path)
    assert not content.startswith(b"\xef\xbb\xbf")
    for row, (text, number, whole, day) in zip(read, rows, strict=True):
        unsafe = (text or "").startswith(("=", "+", "-", "@", "\t", "\r"))
        assert row["text"] == ("'" if unsafe else "") + (text or "")
        assert (float(row["number"]) if row["number"] else None) == number
        assert row["whole"] == ("" if whole is None else str(whole))
        assert row["day"] == ("" if day is None else day.isoformat())


# Page


def page_of(bundle: Bundle, name: str = "index.html") -> ElementTree.Element:
    """The page as a tree: it is written so that it is well-formed XML too."""
    return ElementTree.fromstring((bundle.path / name).read_text(encoding="utf-8"))


def text_of(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def tags(element: ElementTree.Element) -> list[tuple[str, ElementTree.Element]]:
    return [(child.tag.split("}")[-1], child) for child in element.iter()]


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)
def test_a_page_is_accessible_and_fetches_nothing(world: World, product: Product) -> None:
    last = world.bundle(world.draft(product=product))
    bundle = world.bundle(world.draft(product=product, quarter="2026-Q2", released=last), "2026-Q2")
    page = page_of(bundle)
    assert_accessible(page, bundle.path)
    assert_accessible(page_of(last, "annual-report.html"), last.path)
    drawings = [element for name, element in tags(page) if name == "svg"]
    assert drawings
    for drawing in drawings:
        assert drawing.attrib["role"] == "img"
        labels = {child.attrib["id"]: text_of(child) for child in drawing if child.tag.endswith(("}title", "}desc"))}
        assert set(drawing.attrib["aria-labelledby"].split()) == set(labels)
        assert len(labels) == 2
        assert all(labels.values())
    for name, element in tags(page):
        if name == "figure":
            inside = [child for child, _ in tags(element)]
            assert {"svg", "details", "table"} <= set(inside)


def assert_accessible(page: ElementTree.Element, folder: Path) -> None:
    elements = tags(page)
    names = [name for name, _ in elements]
    assert page.attrib["lang"] == "en-GB"
    assert not {"script", "img", "iframe", "object", "embed", "source"} & set(names)

    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))

    identifiers = [element.attrib["id"] for _, element in elements if "id" in element.attrib]
    assert len(identifiers) == len(set(identifiers))
    for name, element in elements:
        if name == "table":
            assert element.findtext("caption/span")
            assert all("scope" in head.attrib for _, head in tags(element) if head.tag == "th")
        for attribute in ("src", "href", "{http://www.w3.org/1999/xlink}href"):
            address = element.attrib.get(attribute, "")
            if address.startswith("#"):
                assert address[1:] in identifiers
            elif name == "a":
                assert (
                    address.startswith(("https://www.nationalarchives.gov.uk/", "mailto:"))
                    or address == "../feed.xml"  # beside it, once it is published
                    or (folder / address).exists()
                )
            else:
                assert address in ("", "data:,", "../feed.xml")
    assert "url(" not in "".join(element.text or "" for name, element in elements if name == "style")


def test_synthetic_figures_are_called_so(world: World) -> None:
    real, synthetic = (
        text_of(page_of(world.bundle(world.draft(change), folder=folder)))
        for change, folder in (("select 1", "real"), ("update marts.deliveries set synthetic = true", "made"))
    )
    assert "SYNTHETIC DATA" in synthetic
    assert "ynthetic" not in real


def test_a_correction_is_called_so(world: World) -> None:
    assert "Correction." not in text_of(page_of(world.bundle()))
    assert "Correction." in text_of(page_of(world.bundle(release="2026-Q1.r2")))


def test_what_publishers_write_is_shown_as_text(world: World) -> None:
    page = page_of(
        world.bundle(world.draft("update marts.borough_performance set measure_name = '<b>Bold</b> & \"so\"'"))
    )
    assert '<b>Bold</b> & "so"' in text_of(page)
    assert not page.findall(".//b")


def test_the_page_leads_with_the_latest_london_figure_in_words(world: World) -> None:
    page = page_of(world.bundle(world.draft(product=PLAN)))
    [tile] = [item for item in page.iter("li") if text_of(item).startswith("Violence with injury")]
    value = only(
        figures(("Ash", "Beech", "Cedar"), 6),
        measure_id="violence_with_injury",
        area_code="E23000001",
        time_window="rolling_12m",
        quarter="2026-Q1",
    )["value"]
    assert f"{value:,.0f}" in text_of(tile)
    assert "12 months to March 2026, Metropolitan Police area, provisional" in text_of(tile)
    assert "3.8% lower than the " in text_of(tile)
    assert "No clear change from the baseline of" in text_of(tile)
    [rate] = [item for item in page.iter("li") if text_of(item).startswith("Proven reoffending rate")]
    assert "27.5%" in text_of(rate)
    assert "12 months to June 2024" in text_of(rate)
    assert "1.2 percentage points lower than the 27.9% of a year before" in text_of(rate)
    assert "No London figure in this release: knife_crime_with_injury; robbery_all; " in text_of(page)


def test_across_a_known_break_nothing_is_called_better(world: World) -> None:
    broken = "update marts.{} set comparability = 'counting changed' where measure_id = 'violence_with_injury'"
    for product in (MET, PLAN, BOROUGHS):
        page = page_of(world.bundle(world.draft(broken.format(product.mart), product=product)))
        [tile] = [item for item in page.iter("li") if text_of(item).startswith("Violence with injury")]
        assert tile.attrib["class"] == "tile plain"
        assert "Better (break in series)" in text_of(tile)
        assert "It is lower than" not in text_of(tile)
        [cell] = [each for each in page.iter("td") if text_of(each) == "Better (break in series)"]
        assert cell.attrib["class"] == "plain"
        others = [item for item in page.iter("li") if item is not tile and item.get("class", "").startswith("tile")]
        assert {other.attrib["class"] for other in others} <= {"tile better"}


def test_a_change_on_the_baseline_needs_no_change_on_a_year_before(world: World) -> None:
    nothing = "previous_value = null, change = null, change_unit = null, assessment = null"
    page = page_of(world.bundle(world.draft(f"update marts.police_and_crime_plan set {nothing}", product=PLAN)))
    tables = [each for each in page.iter("table") if "against the baseline" in str(each.findtext("caption/span"))]
    lines = [[text_of(cell) for cell in line] for table in tables for line in table.findall(".//tbody/tr")]
    changes = {line[0]: line[4:6] for line in lines}
    assert changes["Violence with injury"] == ["\N{MINUS SIGN}1.0%", "\N{MINUS SIGN}2.9% to 0.9%"]


def test_of_two_versions_of_a_framework_the_newer_is_shown(world: World) -> None:
    older = """insert into marts.police_and_crime_plan
        select * replace ('proposed-2024' as framework_version, 17.0 as value)
        from marts.police_and_crime_plan"""
    page = page_of(world.bundle(world.draft(older, product=PLAN)))
    headings = [text_of(heading) for heading in page.iter("h4")]
    assert headings.count("Violence with injury") == 1
    assert "17" not in [text_of(paragraph) for paragraph in page.iter("p")]


def test_a_chart_over_time_parts_where_there_is_no_figure_and_names_the_breaks_within_it(world: World) -> None:
    gap = """update marts.police_and_crime_plan set value = null, lower = null, upper = null
        where measure_id = 'violence_with_injury' and time_window = 'rolling_12m' and quarter = '2025-Q2'"""
    for change, parts in (("select 1", 1), (gap, 2)):
        within = "update intermediate.int_breaks set began_on = date '2025-06-01'"
        drafted = world.draft(change, within, product=PLAN)
        drafted.frames["rows"].loc[drafted.frames["rows"]["value"].isna(), "status"] = "[c]"
        page = page_of(world.bundle(drafted, folder=f"parts {parts}"))
        [chart] = [each for each in page.iter("figure") if text_of(each).startswith("Violence with injury, Metrop")]
        lines = [each.attrib["d"] for name, each in tags(chart) if name == "path" and each.get("stroke") == "#12436d"]
        assert [line.count("M") for line in lines] == [parts]
        cells = [[text_of(cell) for cell in line] for line in chart.findall(".//tbody/tr")]
        assert [line[0] for line in cells if line[1] == "[c]"] == ["12 months to June 2025"] * (parts - 1)
        assert "Break in June 2025 (dotted line): figures on either side are not like for like." in text_of(chart)
        assert [each.attrib["stroke-dasharray"] for _, each in tags(chart) if "stroke-dasharray" in each.attrib] == [
            "2,3"
        ]


def test_a_figure_that_stands_for_two_versions_of_a_framework_is_revised_once(world: World) -> None:
    second = """insert into marts.police_and_crime_plan
        select * replace ('proposed-2024' as framework_version) from marts.police_and_crime_plan"""
    last = world.bundle(world.draft(second, product=PLAN), folder="last")
    later = "vintage_on = date '2026-05-19'"
    changes = (
        f"update marts.police_and_crime_plan set value = value + 1, {later} where quarter = '2026-Q1' and area_code = "
        "'E23000001' and measure_id = 'violence_with_injury' and time_window = 'rolling_12m'",
        f"update marts.police_and_crime_plan set value = null, {later} where quarter = '2025-Q4' and area_code = "
        "'E23000001' and measure_id = 'violence_with_injury' and time_window = 'rolling_12m'",
    )
    drafted = world.draft(second, *changes, product=PLAN, released=last)
    page = text_of(page_of(world.bundle(drafted, "2026-Q1.r2")))
    assert len(drafted.differences) > 2
    assert "figures revised: 1; suppressed or no longer suppressed: 1; added: 0" in page


def test_boroughs_are_ranked_by_rate(plain: Bundle) -> None:
    page = page_of(plain)
    [chart] = [item for item in page.iter("figure") if text_of(item).startswith("Violence with injury per 1,000")]
    lines = [[text_of(cell) for cell in line] for line in chart.findall(".//tbody/tr")]
    assert sorted(line[0] for line in lines) == ["Ash", "Beech", "Cedar"]
    rates = [float(line[2]) for line in lines]
    assert rates == sorted(rates, reverse=True)
    assert lines[0][4] == "\N{MINUS SIGN}3.8% (better)"


def section(page: ElementTree.Element, heading: str) -> ElementTree.Element:
    """The section of a page that has this heading."""
    [found] = [each for each in page.iter("section") if any(text_of(head) == heading for head in each.iter("h2"))]
    return found


def test_each_borough_has_a_tile_and_one_without_a_figure_is_hatched_and_says_so(world: World) -> None:
    drafted = world.draft(
        "update marts.borough_performance set rate_per_1000 = null where area_name = 'Beech'",
    )
    [drawing, *_] = [each for name, each in tags(page_of(world.bundle(drafted))) if name == "svg"]
    tiles = {}
    for name, group in tags(drawing):
        if name == "g" and group[0].tag.endswith("}title"):
            tiles[text_of(group[0])] = group[1].attrib["fill"]
    assert len(tiles) == 33
    assert tiles["Beech: none"] == tiles["City: none"] == "url(#map-1-none)"
    [ash], [cedar] = ([fill for text, fill in tiles.items() if text.startswith(name)] for name in ("Ash", "Cedar"))
    assert {ash, cedar}.isdisjoint({tiles["Beech: none"]})
    assert ash != cedar
    assert "Of 2 with a figure" in text_of(drawing)
    assert "Hatched, without a figure: 31" in text_of(drawing)


def test_a_control_chart_tells_its_limits_and_its_signals_in_words_and_in_a_table(plain: Bundle) -> None:
    [chart] = section(page_of(plain), "Usual variation").iter("figure")
    text = text_of(chart)
    assert (
        "from 925 to 1,005 around a mean of 960. The limits rest on 26 months since March 2024, to April 2026." in text
    )
    assert "in 4 of the 25 months shown, of which the latest are December 2024 (outside the limits); November" in text
    lines = [[text_of(cell) for cell in line] for line in chart.findall(".//tbody/tr")]
    assert lines[0] == ["March 2026", "930", "960", "925 to 1,005", "None"]
    assert [line[0] for line in lines if line[4] == "Outside the limits (worse)"] == [
        "December 2025",
        "November 2025",
        "December 2024",
        "November 2024",
    ]


def test_no_months_are_shown_of_a_measure_of_which_something_may_be_suppressed(world: World) -> None:
    rule = "update marts.measures set disclosure_rule = 'cells under 5 suppressed'"
    assert len(world.draft().frames["control"]) == 25
    assert not len(world.draft(f"{rule} where measure_id = 'violence_with_injury'").frames["control"])


def test_groups_are_compared_with_their_interval_and_a_small_one_is_not(world: World) -> None:
    groups = section(page_of(world.bundle(world.draft(product=MET))), "Differences between groups")
    lines = {text_of(line[0]): [text_of(cell) for cell in line] for line in groups.findall(".//tbody/tr")}
    assert lines["Black"] == [
        "Black",
        "White",
        "4.5",
        "3.00",
        "2.80 to 3.20",
        "Higher than the reference group",
        "Wider",
        "4.0%",
        "1 higher, 0 lower, 1 no clear difference, 0 not compared",
    ]
    dash = "\N{EN DASH}"
    assert lines["Other"][2:6] == [dash, dash, dash, "Too few to compare"]
    assert "Ethnicity, officer defined 12 months to March 2026" in lines


def test_every_measure_of_a_mission_is_shown_or_said_to_have_no_figure(world: World) -> None:
    page = page_of(world.bundle(world.draft(product=MET)))
    measures = section(page, "All measures")
    shown = [text_of(line[0]) for line in measures.findall(".//tbody/tr")]
    assert [name.split(" Violence")[0] for name in shown] == ["Homicide", "Violence with injury"]
    assert "Knife crime <all>. Needs the monthly dashboard" in text_of(measures)
    assert "Shoplifting" in text_of(section(page, "Quality and methods"))  # live, and without a figure here


def test_a_part_names_its_whole_with_its_figure(world: World) -> None:
    whole = """insert into marts.new_met_for_london
        select * replace ('violence_against_the_person' as measure_id, 9 * value as value)
        from marts.new_met_for_london where measure_id = 'violence_with_injury'"""
    for change, said in (
        (whole, r"is counted within Violence against the person: [0-9,]+ in the same period\."),
        ("select 1", r"is counted within Violence against the person: its figure for the same period is not in this"),
    ):
        page = page_of(world.bundle(world.draft(change, product=MET), folder=said[-3:].strip("\\.")))
        [tile] = [item for item in page.iter("li") if text_of(item).startswith("Violence with injury")]
        assert re.search(said, text_of(tile))


def test_a_sentence_about_a_figure_points_to_its_row(world: World) -> None:
    for product in (MET, PLAN, BOROUGHS):
        bundle = world.bundle(world.draft(product=product))
        rows = {"|".join(row[name] for name in BOROUGHS.key) for row in read_csv(bundle.path / f"{product.name}.csv")}
        pointers = [each.attrib["data-figure"] for _, each in tags(page_of(bundle)) if "data-figure" in each.attrib]
        assert pointers
        assert set(pointers) <= rows


def test_a_feed_that_falls_short_and_is_not_waited_for_is_declared(world: World) -> None:
    given = EXPECTED | {"moj_proven_reoffending": None}
    quality = section(page_of(world.bundle(world.draft(product=PLAN, expected=given))), "Quality and methods")
    assert [[text_of(cell) for cell in line] for line in quality.findall(".//tbody/tr")] == [
        ["1 March 2024", "Crimes were recorded anew.", "Violence with injury"],
        ["moj_proven_reoffending", "30 September 2024"],
    ]


def test_gaps_are_listed_with_their_reason(plain: Bundle) -> None:
    text = text_of(page_of(plain))
    assert "1 measure has no source" in text
    assert "Needs the monthly dashboard Knife crime <all>" in text


def test_revisions_are_counted_and_the_largest_named(world: World, plain: Bundle) -> None:
    drafted = world.draft(
        """update marts.borough_performance set value = value + 1000.4, vintage_on = date '2026-05-19'
        where area_name = 'Ash' and quarter = '2026-Q1'""",
        """update marts.borough_performance set value = value - 2000, vintage_on = date '2026-05-19'
        where area_name = 'Cedar' and quarter = '2025-Q4' and measure_id = 'homicide' and time_window = 'quarter'""",
        released=plain,
    )
    text = text_of(page_of(world.bundle(drafted, "2026-Q1.r2")))
    assert "figures revised: 5; suppressed or no longer suppressed: 0; added: 0; withdrawn: 0" in text
    assert "The largest revision, as a number: Homicide, October to December 2025, Cedar" in text


def test_a_correction_of_what_was_withdrawn_is_called_no_first_release(world: World) -> None:
    text = text_of(page_of(world.bundle(release="2026-Q1.r2")))
    assert "No earlier release stands, so there is nothing to compare this one with." in text
    assert "listed under revisions" not in text
    standing = world.bundle(folder="standing")
    assert "listed under revisions" in text_of(page_of(world.bundle(world.draft(released=standing), "2026-Q1.r2", "b")))


# Annual report


def standings(world: World, product: Product = BOROUGHS) -> list[Standing]:
    """What became of the releases of the year but its last: one was corrected, and one withdrawn."""
    fewer = (
        "update marts.{} set value = value - 100 where measure_id = 'violence_with_injury' and period_end <= date '{}'"
    )
    first = world.bundle(
        world.draft(fewer.format(product.mart, "2025-06-30"), product=product, quarter="2025-Q2"), "2025-Q2"
    )
    wrong = world.bundle(world.draft(product=product, quarter="2025-Q3"), "2025-Q3")
    right = world.bundle(world.draft(product=product, quarter="2025-Q3"), "2025-Q3.r2")
    taken = world.bundle(world.draft(product=product, quarter="2025-Q4"), "2025-Q4")
    return [
        Standing(first, Stage.published),
        Standing(wrong, Stage.superseded, right.correction),
        Standing(right, Stage.published),
        Standing(taken, Stage.withdrawn, "Homicides were counted twice."),
    ]


def test_the_year_is_told_as_it_was_published_and_as_it_stands(world: World) -> None:
    earlier = standings(world)
    found_since = """update marts.borough_performance set comparability = 'counting changed'
        where measure_id = 'violence_with_injury' and period_end = date '2025-06-30'"""
    bundle = world.bundle(world.draft(found_since, earlier=earlier))
    page = page_of(bundle, "annual-report.html")
    releases = section(page, "The four releases")
    assert [text_of(line[1]) for line in releases.findall(".//tbody/tr")] == [
        "2025-Q2",
        "2025-Q3",
        "2025-Q3.r2",
        "2025-Q4",
        "2026-Q1",
    ]
    assert all(each.bundle.seal in text_of(releases) for each in earlier)
    assert "Missing: October to December 2025." in text_of(releases)
    [table] = [each for each in section(page, "The year").iter("table") if "Violence with" in text_of(each)]
    lines = [[text_of(cell) for cell in line] for line in table.findall(".//tbody/tr")]
    assert [(line[0], line[4]) for line in lines] == [
        ("April to June 2025", "Revised up by 100"),
        ("July to September 2025", "Not revised"),
        ("January to March 2026", "This release"),
    ]
    then, now = (int(lines[0][column].replace(",", "")) for column in (2, 3))
    assert now - then == 100
    assert [line[7:] for line in lines][:2] == [["Better", "Better (break in series)"], ["Better", "Better"]]
    told = text_of(section(page, "Corrected and withdrawn"))
    assert "2025-Q3 (July to September 2025) was superseded: Two boroughs had each other's figures." in told
    assert "2025-Q4 (October to December 2025) was withdrawn: Homicides were counted twice." in told


def test_the_figures_of_the_report_are_those_that_were_published(world: World) -> None:
    bundle = world.bundle(world.draft(product=PLAN, earlier=standings(world, PLAN)))
    figures = read_csv(bundle.path / "annual-figures.csv")
    assert {row["published_in"] for row in figures} == {"2025-Q2", "2025-Q3", "2026-Q1"}
    for row in figures:
        release = {"2025-Q3": "2025-Q3.r2"}.get(row["published_in"], row["published_in"])
        published = read_csv(world.folder / "out" / PLAN.name / release / f"{PLAN.name}.csv")
        now = read_csv(bundle.path / f"{PLAN.name}.csv")
        for held, column in ((published, "value"), (now, "value_now")):
            [figure] = {each["value"] for each in held if all(each[name] == row[name] for name in BOROUGHS.key)}
            assert figure == row[column]


def test_a_release_names_what_its_report_was_made_from_and_gives_the_same_bytes_again(world: World) -> None:
    earlier = standings(world)
    bundle = world.bundle(world.draft(earlier=earlier))
    assert bundle.earlier == [
        {"release": e.bundle.release, "stage": str(e.stage), "reason": e.reason, "seal": e.bundle.seal} for e in earlier
    ]
    again = [
        Standing(
            read_bundle(world.folder / "out" / BOROUGHS.name / each["release"]), Stage(each["stage"]), each["reason"]
        )
        for each in bundle.earlier
    ]
    assert world.bundle(world.draft(earlier=again), folder="again").seal == bundle.seal


def test_a_first_release_reports_on_itself_and_says_what_is_missing(plain: Bundle) -> None:
    text = text_of(page_of(plain, "annual-report.html"))
    assert "Missing: April to June 2025; July to September 2025; October to December 2025." in text
    assert "No release of the year was corrected or withdrawn" in text


def test_a_quarter_that_ends_no_financial_year_has_no_report(world: World) -> None:
    bundle = world.bundle(world.draft(quarter="2026-Q2"), "2026-Q2")
    assert not list(bundle.path.glob("annual*"))
    assert "annual report" not in (bundle.path / "index.html").read_text()
    assert bundle.earlier == []


# Words


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (-7.48, 1, "-7.5"),
        (-7.45, 1, "-7.5"),
        (-7.44, 1, "-7.4"),
        (-7.48, 0, "-7"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (0.05, 1, "0.1"),
        (-0.04, 1, "0.0"),
        (2.675, 2, "2.68"),
        (1234567.5, 0, "1,234,568"),
        (1e-7, 1, "0.0"),
    ],
)
def test_figures_are_rounded_half_away_from_zero(value: float, places: int, written: str) -> None:
    assert wording.number(value, places).replace("\N{MINUS SIGN}", "-") == written


@pytest.mark.parametrize("words", ["They had each other's figures", " They had each other's figures. "])
def test_what_a_person_wrote_ends_as_a_sentence(words: str) -> None:
    assert wording.sentence(words) == "They had each other's figures."


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_rounding_is_symmetric_and_never_off_by_more_than_half(value: float, places: int) -> None:
    result = wording.rounded(value, places)
    assert result == -wording.rounded(-value, places)
    assert abs(result - Decimal(repr(value))) <= Decimal("0.5").scaleb(-places)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2025, 4, 1), date(2026, 3, 31), "12 months to March 2026"),
        (date(2026, 1, 1), date(2026, 3, 31), "January to March 2026"),
        (date(2025, 11, 1), date(2026, 1, 31), "November 2025 to January 2026"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2021, 4, 1), date(2024, 3, 31), "April 2021 to March 2024"),
        (date(2026, 3, 1), date(2026, 3, 28), "1 March 2026 to 28 March 2026"),
        (date(2026, 3, 29), date(2026, 4, 30), "29 March 2026 to 30 April 2026"),
    ],
)
def test_a_period_is_named_by_its_months(start: date, end: date, words: str) -> None:
    assert wording.period(start, end) == words


def row(**values: Any) -> dict[str, Any]:
    return figure("violence_with_injury", FORCE, 2026 * 12, "rolling_12m", 1000.0) | values


@pytest.mark.parametrize(
    ("values", "said", "unsaid"),
    [
        (
            {"assessment": "better"},
            ["3.8% lower than the 1,040 of a year before; 95% interval", "direction wanted"],
            ["not the direction"],
        ),
        ({"assessment": "worse", "change": 3.0}, ["3.0% higher", "not the direction wanted"], []),
        (
            {"assessment": "no clear change", "change": -0.8, "change_lower": -2.1, "change_upper": 0.5},
            ["No clear change from the 1,040 of a year before: \u22120.8%; 95% interval \u22122.1% to 0.5%."],
            ["lower", "higher", "wanted"],
        ),
        ({"assessment": "lower"}, ["3.8% lower", "No direction is set"], ["wanted"]),
        ({"assessment": None}, ["3.8% lower", "not assessed"], ["wanted"]),
        ({"assessment": "better", "change_lower": None}, ["3.8% lower"], ["interval"]),
        ({"assessment": None, "change": None}, ["No change from the 1,040 of a year before is worked out."], ["lower"]),
        ({"previous_value": None, "change": None}, ["No figure is held for a year before."], ["%"]),
        (
            {"previous_value": None, "change": None, "comparability": "counting changed"},
            ["It is not compared with a year before: counting changed."],
            ["%", "No figure"],
        ),
        (
            {"assessment": "better", "comparability": "counting changed"},
            ["3.8% lower", "The two are not like for like: counting changed."],
            ["wanted", "not assessed"],
        ),
        ({"assessment": None, "change": -0.04}, ["A change of 0.0% from the 1,040 of a year"], ["lower"]),
        (
            {"unit": "pct", "change_unit": "pp", "change": -1.25, "previous_value": 28.25},
            ["1.3 percentage points lower than the 28.3% of a year before; 95% interval"],
            ["1.3%"],
        ),
    ],
)
def test_a_comparison_says_no_more_than_its_assessment(
    values: dict[str, Any], said: list[str], unsaid: list[str]
) -> None:
    sentence = wording.comparison_sentence(row(**values))
    for part in said:
        assert part in sentence
    for part in unsaid:
        assert part not in sentence


REGISTERED = {"numerator": "offences", "frequency": "monthly", "reliability_rule": "as published"}
BROKEN = [{"began_on": date(2024, 3, 1), "label": "crimes were recorded anew"}]


@pytest.mark.parametrize(
    ("values", "registered", "unsaid", "said"),
    [
        ({}, {}, "went up or down", "counts what was recorded"),
        ({"assessment": "no clear change"}, {}, "not assessed", "chance alone could give a change of this size"),
        ({"assessment": None}, {}, "chance alone could", "whether the change is more than chance is not assessed"),
        ({"lower": None}, {}, "estimate", "no interval can be given"),
        ({}, {"numerator": "weighted respondents"}, "recorded, which", "a survey's estimate"),
        ({}, {"frequency": "annual"}, "share nine", "recorded anew"),
        ({}, {}, "small", "neighbouring figures of 12 months share nine of them"),
        ({}, {"reliability_rule": "small counts: show both"}, "residents", "the counts are small"),
        ({"comparability": "counting changed"}, {}, "chance", "went up or down in fact: the two are not like for like"),
        ({"unit": "per_1000"}, {}, "small", "residents are counted"),
        ({"is_provisional": False}, {}, "provisional", "recorded"),
        ({"is_provisional": True}, {}, "small", "provisional and will be revised"),
        ({"period_end": date(2024, 2, 29)}, {}, "recorded anew", "How things stand in January to March 2026"),
        ({"value": None, "status": "[c]"}, {}, "recorded", "there is no figure"),
    ],
)
def test_what_may_not_be_concluded_follows_from_flags_and_registry(
    values: dict[str, Any], registered: dict[str, str], unsaid: str, said: str
) -> None:
    given = row(**({"status": None} | values))
    sentences = " ".join(wording.may_not_conclude(given, REGISTERED | registered, BROKEN, "2026-Q1"))
    assert said in sentences
    assert unsaid not in sentences


@given(
    st.sampled_from(["better", "worse", "higher", "lower", "no clear change", None]),
    st.floats(-200, 200) | st.none(),
    st.sampled_from([("count", "pct"), ("pct", "pp"), ("pp", "pp"), ("per_1000", "pct")]),
    st.booleans(),
    st.sampled_from([None, "counting changed"]),
)
def test_no_rule_says_more_than_the_assessment(
    assessment: str | None, change: float | None, units: tuple[str, str], interval: bool, broken: str | None
) -> None:
    given = row(
        unit=units[0],
        change_unit=units[1] if change is not None else None,
        change=change,
        assessment=assessment if change is not None else None,
        lower=980.0 if interval else None,
        change_lower=-1.0 if interval else None,
        comparability=broken,
        status=None,
    )
    may = " ".join(wording.may_conclude(given))
    may_not = " ".join(wording.may_not_conclude(given, REGISTERED, BROKEN, "2026-Q1"))
    compared = wording.comparison_sentence(given)
    if given["assessment"] in (None, "no clear change") or broken:
        assert not re.search("higher|lower|wanted", may)
        assert wording.shade(given) == "plain"
    if given["assessment"] == "no clear change":
        assert not re.search("higher|lower|wanted", compared)
    assert not re.search("higher|lower|better|worse", may_not)
    unclear = given["assessment"] in (None, "no clear change") or broken is not None
    assert ("went up or down" in may_not) == (change is not None and unclear)
    # A change of a percentage is in points; only the figures compared are per cent.
    if units[1] == "pp" and change is not None:
        moved = compared.split("; 95%")[0].replace(f"{wording.figure(given['previous_value'], units[0])} of", "")
        assert "%" not in moved
        assert "percentage point" in moved


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"value": 100.0, "value_now": 100.0, "revision": 0.0}, "Not revised"),
        ({"value": 100.0, "value_now": 112.0, "revision": 12.0}, "Revised up by 12"),
        ({"value": 50.0, "value_now": 48.5, "revision": -1.5, "unit": "pct"}, "Revised down by 1.5 percentage points"),
        ({"value": 50.0, "value_now": 50.01, "revision": 0.01, "unit": "pct"}, "Revised by less than is shown"),
        ({"value": 100.0, "value_now": None, "revision": None}, "No longer stated"),
        ({"value": None, "value_now": 100.0, "revision": None}, "Not comparable"),
    ],
)
def test_what_became_of_a_figure(values: dict[str, Any], said: str) -> None:
    assert wording.revision(row(**values)) == said


def test_a_baseline_is_named_with_its_period_and_its_drift() -> None:
    sentence = wording.baseline_sentence(row(progress="below baseline", change_from_baseline=-4.0))
    assert "4.0% lower than the baseline of 1,010 (12 months to March 2025); 95% interval" in sentence
    assert "Later revisions put that period at 1,020" in sentence
    assert "not like for like: crimes were recorded in another way from March 2024 on." in sentence
    assert wording.baseline_sentence(row(progress=None, change_from_baseline=-4.0, change_unit=None)).startswith("4.0%")
    withheld = wording.baseline_sentence(row(progress=None, change_from_baseline=None))
    assert withheld == (
        "It is not compared with the baseline of 1,010 (12 months to March 2025): "
        "crimes were recorded in another way from March 2024 on."
    )
    assert wording.baseline_sentence(row(baseline_value=None)) == "No baseline figure is held for this measure."


def test_a_subset_is_named_with_its_measure() -> None:
    assert wording.measure(row(group_id="underground_dlr")) == "Violence with injury: Underground and DLR"


# Target


def test_starting_up_loads_none_of_the_heavy_libraries() -> None:
    heavy = "{'altair', 'vl_convert', 'frictionless', 'dagster', 'boto3', 'great_expectations'}"
    modules = "draft, bundle, page, target, products"
    code = f"import sys; from orchestration.publication import {modules}; print({heavy} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
