"""The publishers' own files, all the way: what lands, in which order, and what it reproduces."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from sources.sample import write_transport_crime
from tests.extracts import EXTRACTS, knife_crime, requires_extracts
from tests.integration.line import Line, failures

pytestmark = [requires_extracts, pytest.mark.extracts, pytest.mark.xdist_group("real")]

ROLLING, HISTORICAL = "MPS Borough Level Crime (most recent 24 months).csv", "MPS Borough Level Crime (Historical).csv"
WARDS = "MPS Ward Level Crime (most recent 24 months).csv"
BOROUGH, WARD = "mps/recorded_crime_borough", "mps/recorded_crime_ward"
# In the order of their vintages. The two files of November 2025 came out together, and only the day tells where the
# Historical one belongs.
FILES: Sequence[tuple[str, str | None]] = (
    ("tfl/bus_safety/vintage_2018Q2_semicolon/TFL Bus Safety.csv", None),
    ("tfl/bus_safety/vintage_2018Q3_comma/TFL Bus Safety.csv", None),
    ("tfl/road_casualties/2019-gla-data-extract-casualty.csv", None),
    ("nhs/indicators-CountyUA.data.csv", None),
    ("tfl/journeys/vintage_2021-01/tfl-journeys-type.csv", None),
    ("moj/NEW CRIME DATA GEOG.csv", None),
    (f"{BOROUGH}/2023-07/{ROLLING}", None),
    ("mps/homicide_victims/2023-12/Homicides_2003_2023.csv", None),
    ("mps/mopac_pas/2023-12/PAS_Dashboard_Borough.csv", None),
    ("mps/mopac_pas/2023-12/PAS_Total.csv", None),
    ("tfl/journeys/vintage_2024-07/tfl-journeys-type.csv", None),
    (f"{BOROUGH}/2025-05/{ROLLING}", None),
    (f"{WARD}/2025-06/{WARDS}", None),
    ("mps/public_perception/2025-09/public-perception-data.csv", None),
    (f"{BOROUGH}/2025-11/{HISTORICAL}", "2025-12-20"),
    (f"{BOROUGH}/2025-11/{ROLLING}", "2025-12-20"),
    (f"{BOROUGH}/2025-12/{ROLLING}", None),
    (f"{WARD}/2025-12/{WARDS}", None),
    ("moj/gold_backlog_trajectory.csv", None),
    ("moj/gold_timeliness_by_region.csv", None),
    # It says of no day when it was: its publication tells.
    ("moj/gold_backlog_by_court.csv", "2026-03-26"),
    ("tfl/journeys/vintage_2026-03/tfl-journeys-type.csv", None),
    ("mps/police_force_strength/2026-03/Police_Force_Strength.csv", None),
    (f"{BOROUGH}/2026-06/{ROLLING}", None),
    *(
        (f"police_uk/{name}.csv", None)
        for name in (
            "2015-04/2015-04-metropolitan-stop-and-search",
            "2019-02/2019-02-btp-street",
            "2019-02/2019-02-city-of-london-street",
            "2020-02/2020-02-metropolitan-outcomes",
            "2023-01/2023-01-metropolitan-stop-and-search",
            "2024-01/2024-01-btp-street",
        )
    ),
    ("police_uk/2024-01/2024-01-city-of-london-street.csv", "2024-06-01"),
    ("police_uk/2024-01_later_release/2024-01-city-of-london-street.csv", "2026-02-01"),
    ("reference/LSOA_(2021)_to_Electoral_Ward_(2025)_to_LAD_(2025)_Best_Fit_Lookup_in_EW_v2.csv", None),
    ("reference/LSOA_2011_London_Ward_2022_London_combined.csv", None),
)


def _land(data: Path, *runs: Sequence[tuple[str, str | None]]) -> Line:
    """Land files, in one run or in several with a build after each."""
    line = Line(data)
    line.drop(_transport_crime(data.parent), "99/public-transport-crime-london.xlsx")
    line.drop(_knife_crime(data.parent), "99/M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv")
    for files in runs:
        for number, (name, published) in enumerate(files):
            line.drop(EXTRACTS / name, f"{number:02}/{Path(name).name}", published=published)
        result = line.run("intake_job")
        assert result.success, failures(result)
    assert [row["reason"] for row in line.state.deliveries() if row["outcome"] != "landed"] == []
    return line


def _transport_crime(folder: Path) -> Path:
    """Write the volumes that were derived from the workbook back into its layout."""
    path = folder / "public-transport-crime-london.xlsx"
    with duckdb.connect() as con:
        counts = con.execute(
            """
            unpivot (select year as "year", month_no as month, bus_crimes as bus, "UG-DLR_CRIMES" as underground_dlr,
                            og_crimes as overground, tl_crimes as tram, tfl_rail_crimes as elizabeth_line
                     from read_csv(?, header = true))
            on bus, underground_dlr, overground, tram, elizabeth_line into name mode value count
            """,
            [str(EXTRACTS / "tfl/transport_crime/tfl_crime.csv")],
        ).pl()
    write_transport_crime(path, counts)
    return path


def _knife_crime(folder: Path) -> Path:
    path = folder / "knife.csv"
    path.write_bytes(knife_crime())
    return path


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    return _land(tmp_path_factory.mktemp("real") / "data", FILES)


MARTS = (
    "new_met_for_london", "police_and_crime_plan", "borough_performance", "ward_crime", "revisions", "claims",
    "observations", "measures", "transport_safety", "reoffending", "courts", "placement",
)  # fmt: skip


def test_neither_the_order_of_arrival_nor_builds_in_between_make_a_difference(line: Line, tmp_path: Path) -> None:
    reverse = _land(tmp_path / "data", FILES[:4:-1], FILES[4::-1])
    with duckdb.connect() as con:
        for name, each in (("forth", line), ("back", reverse)):
            con.execute(f"attach '{each.settings.snapshot}' as {name} (read_only)")
        for mart in MARTS:
            [[rows]] = con.execute(f"select count(*) from forth.marts.{mart}").fetchall()
            [[differ]] = con.execute(f"""
                select count(*) from (
                    (from forth.marts.{mart} except all from back.marts.{mart})
                    union all (from back.marts.{mart} except all from forth.marts.{mart}))
            """).fetchall()
            assert (mart, differ) == (mart, 0)
            assert rows > 0


def test_london_totals_are_those_of_the_files(line: Line) -> None:
    """The table of revisions in the layouts' description: one month as four vintages state it."""
    stated = line.ask("""
        select vintage_on, sum(value)::int from intermediate.int_statements
        join intermediate.int_coverage using (feed, scope, period_start, period_end, delivery_id)
        where series_id = 'recorded_offences' and period_start = date '2025-05-01'
        group by all order by all
    """)
    assert [total for _, total in stated] == [78159, 78763, 78752, 79327]


def test_the_revisions_of_one_month_are_those_counted_in_the_files(line: Line) -> None:
    """From November to December 2025: 3,264 of 24,311 cells; net +669, absolute 5,157."""
    assert line.ask("""
        select count(*), sum(difference)::int, sum(abs(difference))::int from marts.revisions
        where previous_delivery_id = '2025-11-234bf253' and delivery_id = '2025-12-c69a17c0' and difference <> 0
    """) == [(3264, 669, 5157)]


def test_claims_come_out_of_the_vintage_of_november_2025(line: Line) -> None:
    figures = line.ask("""
        select claim_id, baseline_value::int, current_value::int
        from intermediate.int_claim_figures
        where as_of = date '2025-12-20' and moment = 'any' and claim_id in ('G020', 'G021', 'G035')
        order by claim_id
    """)
    assert figures == [("G020", 69456, 54144), ("G021", None, 245820), ("G035", 74414, 68838)]


def test_each_claim_has_its_verdict(line: Line) -> None:
    verdicts = {
        claim: (rounded, verdict, explain)
        for claim, rounded, verdict, explain in line.ask(
            "select claim_id, recomputed_rounded, verdict, vintages_explain from marts.claims"
        )
    }
    assert len(verdicts) == 88
    assert verdicts["G020"] == (-22.0, "reproduced", None)
    assert verdicts["G036"] == (-22.0, "reproduced", None)
    assert verdicts["G017"] == (-11.0, "reproduced", None)
    # The restated past moves the unrounded -7.49 to -7.82: the vintage that gives the published figure is held.
    assert verdicts["G035"] == (-8.0, "differs", "yes")
    assert verdicts["G021"] == (27.7, "differs", "yes")
    assert verdicts["F01"] == (-12.0, "differs", "no vintage of the time is held")
    assert verdicts["G005"] == (None, "window not held", None)
    assert verdicts["G026"] == verdicts["G026-pp"] == (None, "window not held", None)


def test_knife_crime_is_counted_once_and_what_no_borough_has_is_in_the_total(line: Line) -> None:
    figures = line.ask("""
        select measure_id, area_code, value::int, baseline_value_now::int from marts.police_and_crime_plan
        where measure_id like 'knife%' and time_window = 'rolling_12m' and quarter = '2025-Q1' order by all
    """)
    assert figures == [
        ("knife_crime", "E23000001", 16156, 16156),
        ("knife_crime_with_injury", "E23000001", 3736, 3736),
        ("knife_injury_victims_u25", "E23000001", 1323, 1323),
    ]
    assert line.ask("""
        select numerator::int, denominator::int, round(value, 1) from marts.new_met_for_london
        where measure_id = 'positive_outcome_rate' and time_window = 'rolling_12m' and quarter = '2025-Q1'
    """) == [(1335, 16156, 8.3)]
    # Claims that compare with years before the file begins.
    assert line.ask("""
        select claim_id, verdict from marts.claims where measure_id = 'knife_injury_victims_u25' order by claim_id
    """) == [(claim, "window not held") for claim in ("F04", "G018", "G033", "G046")]


def test_strength_is_a_level_at_the_end_of_a_quarter(line: Line) -> None:
    assert line.ask("""
        select measure_id, time_window, value::int, previous_value::int, assessment from marts.new_met_for_london
        where measure_id like '%_strength' and quarter = '2026-Q1' order by all
    """) == [
        ("officer_strength", "quarter_end", 31181, 33013, None),
        ("pcso_strength", "quarter_end", 1389, 1445, None),
        ("staff_strength", "quarter_end", 11558, 11359, None),
    ]


def test_small_areas_are_of_the_census_whose_lookup_knows_them(line: Line) -> None:
    assert line.ask("""
        select force, left(period_start::varchar, 7), census, records::int, in_london::int, outside_london::int,
               without_location::int, in_no_lookup::int
        from marts.placement group by all order by all
    """) == [
        ("btp", "2019-02", 2011, 4330, 2209, 2121, 0, 0),
        ("btp", "2024-01", 2021, 6190, 3228, 2962, 0, 0),
        ("city-of-london", "2019-02", 2011, 688, 659, 0, 29, 0),
        ("city-of-london", "2024-01", 2021, 734, 657, 0, 77, 0),
        ("metropolitan", "2020-02", 2011, 8184, 8105, 13, 66, 0),
    ]
    # Wards are of the 32 boroughs, and shared out where a small area of 2011 lies in several.
    assert line.ask("""
        select scope, left(period_start::varchar, 7), sum(value)::int, count(status) > 0 from marts.observations
        where series_id = 'street_crimes_by_ward' group by all order by all
    """) == [
        ("btp", "2019-02", 2078, True),
        ("btp", "2024-01", 3090, False),
        ("city-of-london", "2019-02", 36, True),
        ("city-of-london", "2024-01", 34, False),
    ]


def test_a_later_release_changes_last_outcomes_and_nothing_else(line: Line) -> None:
    assert line.ask("""
        select distinct series_id from marts.revisions where feed = 'police_uk_street'
    """) == [("street_crimes_by_last_outcome",)]


def test_searches_are_counted_once_in_each_series(line: Line) -> None:
    assert line.ask("""
        select distinct left(period_start::varchar, 7), total::int, count(*) over (partition by period_start) from (
            select period_start, series_id, sum(value) as total
            from marts.observations where feed = 'police_uk_stop_and_search' group by all) order by all
    """) == [("2015-04", 11126, 7), ("2023-01", 16401, 7)]


def test_wards_and_what_was_not_placed_sum_to_the_borough(line: Line) -> None:
    assert line.ask("""
        select count(*) from (
            select measure_id, borough_code, time_window, period_end from marts.ward_crime
            group by all having sum(value) <> any_value(borough_value))
    """) == [(0,)]
    # December 2025 as the two files of that month have it, less what each borough lists beyond its wards.
    assert line.ask("""
        select sum(value) filter (is_ward)::int, count(*) filter (is_ward), count(*) filter (not is_ward)
        from marts.ward_crime
        where measure_id = 'recorded_crime_all' and time_window = 'quarter' and quarter = '2025-Q4'
    """) == [(75_978 + 75_230 + 73_054, 679, 32)]
    # Heathrow Villages is a ward of Hillingdon, whose figure in the borough file has the airport's offences.
    [[placed]] = line.ask("""
        select distinct round(placed_pct) from marts.ward_crime
        where measure_id = 'recorded_crime_all' and time_window = 'rolling_12m' and quarter = '2025-Q4'
            and borough_name = 'Hillingdon'
    """)
    assert placed >= 97


def test_reoffending_is_rebuilt_from_counts(line: Line) -> None:
    """The worked figures of the region's file: reoffenders over offenders, adults and juveniles together."""
    rates = line.ask("""
        select distinct year(period_end), numerator::int, denominator::int, round(value, 2)
        from marts.police_and_crime_plan
        where measure_id = 'proven_reoffending_rate' and year(period_end) in (2016, 2017, 2019, 2020)
        order by all
    """)
    assert rates == [(2016, 26274, 89879, 29.23), (2017, 22958, 79914, 28.73), (2019, 16246, 59230, 27.43),
                     (2020, 14569, 55093, 26.44)]  # fmt: skip


def test_transport_volumes_are_those_of_the_bulletin(line: Line) -> None:
    """The first quarters of 2013/14 and 2014/15 as TfL's bulletin printed them, mode by mode."""
    quarters = line.ask("""
        select distinct group_id, year(period_end), value::int from marts.police_and_crime_plan
        where measure_id = 'transport_offences' and time_window = 'quarter' and quarter in ('2013-Q2', '2014-Q2')
        order by all
    """)
    assert quarters == [
        ("all", 2013, 8069), ("all", 2014, 6721), ("bus", 2013, 4777), ("bus", 2014, 4094),
        ("overground", 2013, 250), ("overground", 2014, 249), ("tram", 2013, 107), ("tram", 2014, 41),
        ("underground_dlr", 2013, 2935), ("underground_dlr", 2014, 2337),
    ]  # fmt: skip


def test_transport_rates_are_over_the_journeys_of_the_months(line: Line) -> None:
    """As the same bulletin printed them: its journeys are of its own periods, so they differ by a tenth or two."""
    printed = {
        ("all", 2013): 8.2, ("all", 2014): 6.8, ("bus", 2013): 7.9, ("bus", 2014): 6.8,
        ("overground", 2013): 7.2, ("overground", 2014): 7.4, ("tram", 2013): 13.7, ("tram", 2014): 5.4,
        ("underground_dlr", 2013): 8.7, ("underground_dlr", 2014): 6.9,
    }  # fmt: skip
    rates = line.ask("""
        select mode, year(period_end), value, offences / journeys_millions from marts.transport_safety
        where measure_id = 'tfl_crime_rate' and time_window = 'quarter' and quarter in ('2013-Q2', '2014-Q2')
    """)
    assert {(mode, year): rate for mode, year, rate, _ in rates} == pytest.approx(printed, abs=0.2)
    assert all(rate == again for *_, rate, again in rates)
    changes = dict(
        line.ask("""
        select mode, round(change_pct, 1) from marts.transport_safety
        where measure_id = 'transport_offences' and time_window = 'quarter' and quarter = '2014-Q2'
    """)
    )
    assert changes == {
        "all": -16.7, "bus": -14.3, "overground": -0.4, "tram": -61.7, "underground_dlr": -20.4,
    }  # fmt: skip


def test_road_casualties_stand_beside_vision_zero(line: Line) -> None:
    assert line.ask("""
        select target_id, value::int, target_value, fall_needed_a_year from marts.transport_safety
        where measure_id = 'road_ksi' and area_code = 'E12000007' and mode = 'all' order by all
    """) == [("vision-zero", 3905, 0.0, 3905 / 22), ("vision-zero-2030", 3905, None, None)]


def test_courts_of_the_country_are_those_of_its_regions(line: Line) -> None:
    assert line.ask("""
        select quarter, sum(value) filter (area_code = 'K04000001')::int,
               sum(value) filter (area_code <> 'K04000001')::int
        from marts.courts
        where measure = 'open cases' and court = 'all' and quarter in ('2016-Q1', '2024-Q4', '2025-Q4')
        group by all order by all
    """) == [("2016-Q1", 48260, None), ("2024-Q4", 74106, 74106), ("2025-Q4", 80203, 80203)]
    assert line.ask("""
        select court, value::int from marts.courts
        where area_code = 'HMCTS-LONDON' and quarter = '2025-Q4' and measure = 'open cases' order by value desc limit 5
    """) == [("all", 19339), ("snaresbrook", 4299), ("isleworth", 2454), ("wood green", 2276), ("woolwich", 2010)]


def test_reoffending_is_shown_for_adults_and_juveniles_in_points_and_in_per_cent(line: Line) -> None:
    assert line.ask("""
        select offender_group, round(rate_pct, 2), round(change_pp, 2), round(change_pct, 2) from marts.reoffending
        where area_code = 'E12000007' and year(period_end) = 2020 and offender_group in ('all', 'adult', 'juvenile')
        order by all
    """) == [("adult", 25.44, -0.99, -3.74), ("all", 26.44, -0.98, -3.59), ("juvenile", 39.13, -1.55, -3.81)]


def test_the_past_is_shown_as_it_stood_on_any_day(line: Line) -> None:
    def total(day: str) -> int:
        [[value]] = line.ask(f"""
            select sum(value)::int from marts.observations_as_of(date '{day}')
            where series_id = 'recorded_offences' and period_start = date '2023-07-01'
        """)
        return value

    assert (total("2023-12-31"), total("2026-01-01")) == (80154, 80578)
