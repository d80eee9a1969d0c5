"""The sample writer: publishers' layouts, the same bytes every time, revisions of the size of real ones."""

import csv
import json
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sources.sample import write_deliveries, write_transport_crime
from sources.sample.tfl_journeys import periods

RECENT = "MPS Borough Level Crime (most recent 24 months).csv"
HISTORICAL = "MPS Borough Level Crime (Historical).csv"
WARDS = "MPS Ward Level Crime (most recent 24 months).csv"
SMALL_AREAS = "MPS LSOA Level Crime (most recent 24 months).csv"
KNIFE = "M1045_MonthlyCrimeDashboard_KnifeCrimeData.csv"
OTHER = "M1045_MonthlyCrimeDashboard_OtherCrimeData.csv"
VAWG = "MPS VAWG Dashboard - Offences.xlsx"
STRENGTH = "Police_Force_Strength.csv"
ARRESTS = "MPS Custody - Arrests - 2024 01 to 2025 12.xlsx"
REOFFENDING = "PRSQ_Overview_data_tool_regions.csv"
TRAJECTORY = "gold_backlog_trajectory.csv"
BY_COURT = "gold_backlog_by_court.csv"
TIMELINESS = "gold_timeliness_by_region.csv"
BY_OFFENCE = "proven-reoffending-jan24-mar24-annual.ods"
JOURNEYS = "tfl-journeys-type.csv"
TRANSPORT_CRIME = "public-transport-crime-london.xlsx"
ADMISSIONS = "indicators-CountyUApre423.data.csv"
CAUSES = "hosp-epis-stat-admi-ext-caus-2024-25.csv"
PROVIDERS = "hosp-epis-stat-admi-pla-2024-25.csv"
PERCEPTION = "public-perception-data.csv"
SURVEY = "PAS_T&Cdashboard_to Q3 25-26.xlsx"
VICTIMS = "MPS_Homicide_Victims.csv"
CASUALTIES = "2024-gla-data-extract-casualty.csv"
CASUALTIES_BEFORE = "2023-gla-data-extract-casualty.csv"
INJURED = "TFL Bus Safety.csv"
CRIME_BY_FORCE = "rec-crime-pfa.csv"
SUPPLIED = (
    "mopac_survey_groups_2025-12.csv",
    "mopac_victim_satisfaction_2025-12.csv",
    "mps_culture_survey_2025-09.csv",
    "mopac_complaints_2025-09.csv",
    "mps_call_handling_2026-01.csv",
    "mps_knife_enabled_robbery_2026-01.csv",
    "mps_repeat_victimisation_2025-09.csv",
    "mopac_iom_reoffending_2025-09.csv",
    "mopac_vru_2025-09.csv",
    "mopac_finance_2025-12.csv",
)
SEARCHES = "Stops_LDS_Extract_24Months.csv"
THOROUGH = "MTIPS_LDS_Extract.csv"
CENSUS = ("TS021-2021-3.csv", "TS008-2021-3.csv", "TS007-2021-3.csv")
FORECAST = "oversight-forecast-2025-26.csv"
LSOA_WARDS = "LSOA_(2021)_to_Electoral_Ward_(2025)_to_LAD_(2025)_Best_Fit_Lookup_in_EW_v2.csv"
LSOA_2011_WARDS = "LSOA_2011_London_Ward_2022_London_combined.csv"
RECORDS = [
    "2025-11-metropolitan-street.csv",
    "2025-11-city-of-london-street.csv",
    "2025-11-btp-street.csv",
    "2025-11-metropolitan-outcomes.csv",
    "2025-11-metropolitan-stop-and-search.csv",
]
WORKFORCE = "police-workforce-sep25-tables.ods"
WORKFORCE_OPEN_DATA = "open-data-table-police-workforce-290725.ods"
OUTCOMES = "prc-outcomes-open-data-mar2026-tables.csv"
USE_OF_FORCE = "police-use-of-force-apr2024-mar2025-tables.ods"
FILES = [
    RECENT,
    HISTORICAL,
    WARDS,
    SMALL_AREAS,
    KNIFE,
    OTHER,
    VAWG,
    STRENGTH,
    ARRESTS,
    REOFFENDING,
    TRAJECTORY,
    BY_COURT,
    TIMELINESS,
    BY_OFFENCE,
    JOURNEYS,
    TRANSPORT_CRIME,
    ADMISSIONS,
    CAUSES,
    PROVIDERS,
    PERCEPTION,
    SURVEY,
    VICTIMS,
    CASUALTIES_BEFORE,
    CASUALTIES,
    INJURED,
    CRIME_BY_FORCE,
    *SUPPLIED,
    SEARCHES,
    THOROUGH,
    *CENSUS,
    FORECAST,
    LSOA_WARDS,
    LSOA_2011_WARDS,
    *RECORDS,
    WORKFORCE,
    WORKFORCE_OPEN_DATA,
    USE_OF_FORCE,
    OUTCOMES,
]

WINTER = date(2026, 2, 26)
SUMMER = date(2026, 5, 28)

JOURNEYS_HEADER = (
    "Period and Financial year,Reporting Period,Days in period,Period beginning,Period ending,"
    "Bus journeys (m),Underground journeys (m),DLR Journeys (m),Tram Journeys (m),Overground Journeys (m),"
    "London Cable Car Journeys (m),TfL Rail Journeys (m)"
)
ADMISSIONS_HEADER = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,"
    "Category Type,Category,Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,"
    "Lower CI 99.8 limit,Upper CI 99.8 limit,Count,Denominator,Value note,Recent Trend,"
    "Compared to England value or percentiles,Compared to Region value or percentiles,"
    "Time period Sortable,New data,Compared to goal"
)
MONTH_NAMES = ["Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]


@pytest.fixture(scope="module")
def winter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("winter")
    write_deliveries(folder, as_of=WINTER)
    return folder


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("summer")
    write_deliveries(folder, as_of=SUMMER)
    return folder


def records(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="ascii") as file:
        return list(csv.reader(file))


def header(path: Path) -> str:
    return path.read_bytes().split(b"\r\n")[0].decode("ascii")


def crime(path: Path) -> pl.DataFrame:
    data = pl.read_csv(path)
    data.columns = ["major", "minor", "area", *data.columns[3:]]
    return data.unpivot(index=["major", "minor", "area"], variable_name="month", value_name="offences").with_columns(
        pl.col("minor").str.replace_all(",", "")
    )


def total(data: pl.DataFrame, category: str, first: str, last: str) -> int:
    chosen = (pl.col("major") + "/" + pl.col("minor")).str.starts_with(category)
    return int(data.filter(chosen, pl.col("month").is_between(pl.lit(first), pl.lit(last)))["offences"].sum())


# --- the folder ---


def test_writes_every_file_with_a_side_car_that_says_it_is_synthetic(tmp_path: Path) -> None:
    written = write_deliveries(tmp_path / "inbox", as_of=WINTER)
    assert [path.name for path in written] == FILES
    assert {path.name for path in (tmp_path / "inbox").iterdir()} == {
        *FILES,
        *(f"{name}.delivery.json" for name in FILES),
    }
    for path in written:
        side_car = json.loads(path.with_name(f"{path.name}.delivery.json").read_text())
        assert set(side_car) == {"published", "synthetic", "note"}
        assert side_car["synthetic"] is True
        assert date.fromisoformat(side_car["published"]) <= WINTER


def test_each_file_appears_whole_and_after_its_side_car(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renames = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        renames.append((self.name, target.name))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_deliveries(tmp_path, as_of=WINTER)
    names = [part for name in FILES for part in (f"{name}.delivery.json", name)]
    assert renames == [(f".{name}", name) for name in names]


@pytest.mark.parametrize(
    ("name", "published"),
    [
        (RECENT, "2026-02-18"),  # to January, 18 days on
        (HISTORICAL, "2026-02-18"),
        (WARDS, "2026-02-18"),
        (SMALL_AREAS, "2026-02-18"),
        (KNIFE, "2026-02-18"),
        (OTHER, "2026-02-18"),
        (VAWG, "2026-01-30"),  # December, 30 days on
        (STRENGTH, "2026-02-22"),  # January, 22 days on
        (ARRESTS, "2026-02-06"),  # December, 37 days on
        (REOFFENDING, "2026-01-31"),  # cohort to March 2024, 22 months on
        (TRAJECTORY, "2025-12-24"),  # quarter to September, 85 days on
        (BY_COURT, "2025-12-24"),
        (TIMELINESS, "2025-12-24"),
        (BY_OFFENCE, "2026-01-31"),  # year to March 2024, 22 months on
        (JOURNEYS, "2026-02-21"),  # period 11 ended 31 January
        (TRANSPORT_CRIME, "2025-12-14"),  # quarter to September, 75 days on
        (ADMISSIONS, "2025-05-31"),  # window to March 2024, 14 months on
        (CAUSES, "2025-09-30"),  # year to March 2025, six months on
        (PROVIDERS, "2025-09-30"),
        (PERCEPTION, "2026-02-17"),  # quarter to September, 140 days on
        (SURVEY, "2026-02-14"),  # quarter to December, 45 days on
        (VICTIMS, "2025-11-29"),  # quarter to September, 60 days on
        (CASUALTIES, "2025-06-29"),  # calendar year 2024, 180 days on
        (INJURED, "2025-12-19"),  # quarter to September, 80 days on
        (CRIME_BY_FORCE, "2026-01-23"),  # quarter to September, 115 days on
        (SEARCHES, "2026-02-21"),  # January, 21 days on
        (THOROUGH, "2026-02-21"),
        (CENSUS[0], "2022-11-29"),  # the day of ethnic groups, the last of the three
        (WORKFORCE, "2026-01-28"),  # September, 120 days on
        (WORKFORCE_OPEN_DATA, "2025-07-29"),  # March, 120 days on
        (OUTCOMES, "2026-01-22"),  # quarter to September, 114 days on
        (USE_OF_FORCE, "2025-12-18"),  # financial year 2024/25, 262 days on
    ],
)
def test_the_publication_day_follows_each_publishers_lag(winter: Path, name: str, published: str) -> None:
    assert json.loads((winter / f"{name}.delivery.json").read_text())["published"] == published


def test_the_same_day_and_seed_give_the_same_bytes(winter: Path, tmp_path: Path) -> None:
    for path in write_deliveries(tmp_path, as_of=WINTER):
        assert path.read_bytes() == (winter / path.name).read_bytes()


def test_a_file_is_the_same_until_its_publisher_issues_another(winter: Path, summer: Path) -> None:
    assert (winter / REOFFENDING).read_bytes() == (summer / REOFFENDING).read_bytes()
    assert (winter / JOURNEYS).read_bytes() != (summer / JOURNEYS).read_bytes()


def test_another_seed_gives_other_figures_in_the_same_layout(winter: Path, tmp_path: Path) -> None:
    write_deliveries(tmp_path, as_of=WINTER, seed=1)
    assert header(tmp_path / RECENT) == header(winter / RECENT)
    assert (tmp_path / RECENT).read_bytes() != (winter / RECENT).read_bytes()


def test_refuses_days_before_the_taxonomy_it_knows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2025-05-17"):
        write_deliveries(tmp_path, as_of=date(2025, 5, 17))
    assert len(write_deliveries(tmp_path, as_of=date(2025, 5, 18))) == len(FILES)


# --- recorded crime ---


def test_recorded_crime_has_the_header_of_its_time(winter: Path, summer: Path) -> None:
    assert header(winter / RECENT).startswith("MajorText,MinorText,BoroughName,202402,202403,")
    assert header(winter / RECENT).endswith(",202512,202601")
    assert header(summer / RECENT).startswith("Group,SubGroup,BOCU,202405,202406,")
    assert header(winter / HISTORICAL).startswith("MajorText,MinorText,BoroughName,201004,201005,")
    assert header(summer / HISTORICAL).startswith("Group,SubGroup,BOCU,201004,")


@pytest.mark.parametrize("name", [RECENT, HISTORICAL])
def test_recorded_crime_is_plain_crlf_with_no_blank_negative_or_all_zero_row(winter: Path, name: str) -> None:
    content = (winter / name).read_bytes()
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    rows = records(winter / name)[1:]
    assert all(cell.isdigit() for row in rows for cell in row[3:])
    assert all(any(int(cell) for cell in row[3:]) for row in rows)
    keys = [(row[2], row[0], row[1]) for row in rows]
    assert keys == sorted(set(keys))


def test_each_file_has_its_own_taxonomy(winter: Path, summer: Path) -> None:
    recent, historical = ({row[1] for row in records(winter / name)[1:]} for name in (RECENT, HISTORICAL))
    assert len(recent) == 33
    assert len(historical) == 32
    assert historical - recent == {"DOMESTIC BURGLARY"}
    assert recent - historical == {"BURGLARY - RESIDENTIAL", "NFIB"}
    renamed = {row[1] for row in records(summer / RECENT)[1:]}
    assert renamed - recent == {"PUBLIC FEAR, ALARM OR DISTRESS"}
    assert recent - renamed == {"PUBLIC FEAR ALARM OR DISTRESS"}


def test_areas_are_the_boroughs_unknown_and_the_airports_until_march_2024(winter: Path, summer: Path) -> None:
    airports = "London Heathrow and London City Airports"
    before, after = ({row[2] for row in records(folder / RECENT)[1:]} for folder in (winter, summer))
    assert len(before) == 34
    assert before - after == {airports}
    assert "Unknown" in after
    data = crime(winter / RECENT).filter(pl.col("area") == airports)
    assert data.filter(pl.col("month") >= "202403")["offences"].sum() == 0
    assert data["offences"].sum() > 0


@pytest.mark.parametrize(
    ("as_of", "last_month"),
    [
        (date(2026, 2, 17), "202512"),
        (date(2026, 2, 18), "202601"),
        (date(2028, 3, 17), "202801"),  # February 2028 has 29 days
        (date(2028, 3, 18), "202802"),
    ],
)
def test_the_last_month_is_out_eighteen_days_after_its_end(tmp_path: Path, as_of: date, last_month: str) -> None:
    write_deliveries(tmp_path, as_of=as_of)
    assert header(tmp_path / RECENT).rsplit(",", 1)[1] == last_month


def test_the_two_files_tile_the_months(winter: Path) -> None:
    months = [*header(winter / HISTORICAL).split(",")[3:], *header(winter / RECENT).split(",")[3:]]
    expected = [f"{2010 + (3 + i) // 12}{(3 + i) % 12 + 1:02}" for i in range(len(months))]
    assert months == expected
    assert len(header(winter / RECENT).split(",")) == 27


def test_london_totals_are_those_published(winter: Path) -> None:
    data = pl.concat([crime(winter / HISTORICAL), crime(winter / RECENT)])
    assert total(data, "VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY", "201506", "201605") == pytest.approx(
        74413, 1e-3
    )
    assert total(data, "VIOLENCE AGAINST THE PERSON/VIOLENCE WITH INJURY", "202312", "202411") == pytest.approx(
        68848, 1e-3
    )
    assert total(data, "VIOLENCE AGAINST THE PERSON/HOMICIDE", "201506", "201605") == pytest.approx(119, abs=1)
    assert total(data, "VIOLENCE AGAINST THE PERSON/HOMICIDE", "202312", "202411") == pytest.approx(108, abs=1)
    assert total(data, "BURGLARY/", "201506", "201605") == pytest.approx(69456, 1e-3)
    assert total(data, "BURGLARY/", "202312", "202411") == pytest.approx(54140, 2e-3)
    assert total(data, "", "202502", "202601") == pytest.approx(907_000, 0.02)


def test_two_vintages_differ_as_real_ones_do(winter: Path, summer: Path) -> None:
    key = ["major", "minor", "area", "month"]
    both = crime(winter / RECENT).join(crime(summer / RECENT), on=key, suffix="_later")
    assert both["month"].n_unique() == 21
    change = pl.col("offences_later") - pl.col("offences")
    assert 0.08 <= both.select((change != 0).mean()).item() <= 0.20
    by_month = both.group_by("month").agg((change.sum() / pl.col("offences").sum()).alias("share")).sort("month")
    newest = by_month["share"][-1]
    assert 0.003 <= newest <= 0.02
    assert by_month["share"][:-3].abs().max() < 0.0015  # type: ignore[operator]
    assert both.select((change < 0).any() & (change > 0).any()).item()


def test_months_that_have_left_the_window_are_not_revised(winter: Path, summer: Path) -> None:
    key = ["major", "minor", "area", "month"]
    both = crime(winter / HISTORICAL).join(crime(summer / HISTORICAL), on=key, suffix="_later", how="left")
    assert both.filter(pl.col("offences") != pl.col("offences_later")).is_empty()


# --- recorded crime by ward ---


def wards(path: Path) -> pl.DataFrame:
    return pl.read_csv(path).unpivot(
        index=["MajorText", "MinorText", "WardName", "WardCode", "LookUp_BoroughName"],
        variable_name="month",
        value_name="offences",
    )


def test_ward_counts_are_most_of_their_boroughs(winter: Path) -> None:
    data = wards(winter / WARDS)
    assert data["WardCode"].n_unique() == 679
    assert data.filter(pl.col("LookUp_BoroughName") == "Aviation Security (SO18)")["WardCode"].unique().to_list() == [
        "E05013570"
    ]
    assert data["month"].unique().sort().to_list() == crime(winter / RECENT)["month"].unique().sort().to_list()
    boroughs = crime(winter / RECENT).group_by("area").agg(pl.col("offences").sum())
    placed = data.group_by(pl.col("LookUp_BoroughName").alias("area")).agg(pl.col("offences").sum().alias("placed"))
    shares = boroughs.join(placed, on="area").filter(pl.col("area") != "Hillingdon")
    assert shares.height == 31
    assert (shares["placed"] / shares["offences"]).is_between(0.965, 0.99).all()


def test_ward_counts_are_revised_as_real_ones_are(winter: Path, summer: Path) -> None:
    both = wards(winter / WARDS).join(
        wards(summer / WARDS), on=["MajorText", "MinorText", "WardCode", "month"], suffix="_later"
    )
    change = pl.col("offences_later") - pl.col("offences")
    assert 0.02 <= both.select((change != 0).mean()).item() <= 0.08
    newest = both.filter(pl.col("month") == both["month"].max())
    assert -0.012 <= newest.select(change.sum() / pl.col("offences").sum()).item() <= -0.002


# --- knife crime ---


def test_knife_crime_counts_everything_twice_and_writes_no_zero(winter: Path) -> None:
    data = pl.read_csv(winter / KNIFE)
    assert data["Month_Year"].n_unique() == 48
    assert data["Count"].min() == 1
    sums = data.group_by("Month_Year", "Crime Subtype", "Measure", "Area Type").agg(pl.col("Count").sum())
    wide = sums.pivot("Area Type", index=["Month_Year", "Crime Subtype", "Measure"], values="Count")
    assert (wide["Borough"] == wide["Safer Neighbourhood Teams"]).all()
    teams = data.filter(pl.col("Area Type") != "Borough", pl.col("Area code").str.starts_with("E05"))
    assert 0.3 < teams.select(pl.col("Area code").str.ends_with(" ").mean()).item() < 0.7
    boroughs = data.filter(pl.col("Area Type") == "Borough")
    assert boroughs.filter(pl.col("Borough_SNT") == "Other / NK")["Area code"].null_count() > 0


def test_knife_crime_is_near_what_was_published(winter: Path) -> None:
    offences = pl.read_csv(winter / KNIFE).filter(
        pl.col("Area Type") == "Borough",
        pl.col("Measure") == "Offences",
        pl.col("Month_Year").str.to_date("%d/%m/%Y").is_between(date(2024, 4, 1), date(2025, 3, 31)),
    )
    found = dict(offences.group_by("Crime Subtype").agg(pl.col("Count").sum()).iter_rows())
    assert found["Knife Crime"] == pytest.approx(16_156, rel=0.03)
    assert found["Knife Crime with Injury"] == pytest.approx(3_736, rel=0.06)
    assert found["Knife Injury Victims (1-24)"] == pytest.approx(1_323, rel=0.1)
    assert found["Knife Injury Victims (non DA 1-24)"] < found["Knife Injury Victims (1-24)"]


# --- force strength ---


def test_strength_has_a_row_a_month_near_what_was_published_and_is_never_revised(winter: Path, summer: Path) -> None:
    before, after = (records(folder / STRENGTH) for folder in (winter, summer))
    assert before[0] == ["Date", "Police Officer Strength", "Police Staff Strength", "PCSO Strength"]
    assert (before[1][0], before[-1][0], after[-1][0]) == ("May-13", "Jan-26", "Apr-26")
    assert after[: len(before)] == before
    levels = {row[0]: [int(cell) for cell in row[1:]] for row in before[1:]}
    assert levels["Apr-20"] == pytest.approx([32_100, 9_436, 1_258], abs=120)
    assert levels["Apr-25"] == pytest.approx([32_840, 11_366, 1_440], abs=120)


# --- reoffending ---


def test_reoffending_has_the_layout_of_the_overview_tool(winter: Path) -> None:
    content = (winter / REOFFENDING).read_bytes()
    assert header(winter / REOFFENDING) == (
        "adult_juv,cohort,region,category,subcat1,subcat2,offenders,reoffenders,reoffences"
    )
    assert not content.endswith(b"\n")
    rows = records(winter / REOFFENDING)[1:]
    assert len(rows) == len({tuple(row[:6]) for row in rows}) == 12 * 9 * 10
    assert {(row[3], row[5]) for row in rows} == {("Age total", "-")}
    cohorts = list(dict.fromkeys(row[1] for row in rows))
    assert cohorts == [f"Apr {year} to Mar {year + 1}" for year in range(2012, 2024)]
    assert all(int(row[6]) >= int(row[7]) and int(row[8]) >= int(row[7]) for row in rows)


def test_londons_reoffending_is_near_what_was_published_and_falls(winter: Path) -> None:
    london = [row for row in records(winter / REOFFENDING)[1:] if row[2] == "London"]

    def counts(year: int) -> list[int]:
        cohort = [row for row in london if row[1].startswith(f"Apr {year} ")]
        return [sum(int(row[column]) for row in cohort) for column in (6, 7, 8)]

    assert counts(2015) == pytest.approx([89_879, 26_274, 89_838], rel=0.01)
    assert counts(2019) == pytest.approx([55_093, 14_569, 46_649], rel=0.01)
    rates = [counts(year)[1] / counts(year)[0] for year in range(2012, 2024)]
    assert rates == sorted(rates, reverse=True)


# --- journeys ---


def test_journeys_have_the_header_and_the_blank_last_row_of_the_publisher(winter: Path) -> None:
    assert header(winter / JOURNEYS) == JOURNEYS_HEADER
    assert (winter / JOURNEYS).read_bytes().endswith(b"\r\n,,,,,,,,,,,\r\n")


def period_dates(path: Path) -> list[tuple[date, date]]:
    def day(text: str) -> date:
        return datetime.strptime(text, "%d-%b-%y").date()

    return [(day(row[3]), day(row[4])) for row in records(path)[1:-1]]


def test_periods_are_gapless_end_on_saturdays_and_tie_with_financial_years(summer: Path) -> None:
    dates = period_dates(summer / JOURNEYS)
    assert dates[0] == (date(2010, 4, 1), date(2010, 5, 1))
    assert dates[-1] == (date(2026, 4, 1), date(2026, 5, 2))
    for (_, end), (start, _) in pairwise(dates):
        assert start == end + timedelta(days=1)
    for i, (start, end) in enumerate(dates):
        if i % 13 == 12:
            assert (end.month, end.day) == (3, 31)
        else:
            assert end.weekday() == 5
        if i % 13 == 0:
            assert (start.month, start.day) == (4, 1)
        elif i % 13 < 12:
            assert (end - start).days == 27


@given(st.integers(2010, 2099))
def test_any_year_is_cut_into_thirteen_periods_without_a_gap(year: int) -> None:
    cut = periods(year)
    assert [period.number for period in cut] == list(range(1, 14))
    assert (cut[0].start, cut[-1].end) == (date(year, 4, 1), date(year + 1, 3, 31))
    assert all(later.start - earlier.end == timedelta(days=1) for earlier, later in pairwise(cut))
    assert all(25 <= period.days <= 32 for period in cut)


def test_period_boundaries_are_those_tfl_published(summer: Path) -> None:
    published = {
        (date(2014, 4, 1), date(2014, 4, 26)),
        (date(2015, 4, 1), date(2015, 5, 2)),
        (date(2020, 4, 1), date(2020, 5, 2)),
        (date(2025, 3, 2), date(2025, 3, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
    }
    assert published <= set(period_dates(summer / JOURNEYS))


def test_the_publishers_mistakes_are_reproduced(winter: Path) -> None:
    rows = {row[3]: row for row in records(winter / JOURNEYS)[1:-1]}
    assert rows["01-Apr-20"][:5] == ["01_19/20", "1", "28", "01-Apr-20", "02-May-20"]
    dates = period_dates(winter / JOURNEYS)
    wrong = [
        row[3] for row, (start, end) in zip(rows.values(), dates, strict=True) if int(row[2]) != (end - start).days + 1
    ]
    assert wrong == ["01-Apr-15", "06-Mar-16", "01-Apr-19", "01-Mar-20", "01-Apr-20", "07-Mar-21"]
    labels = [row[0] for row in rows.values()]
    assert len(labels) - len(set(labels)) == 13


def test_modes_are_blank_before_they_opened_and_collapse_in_2020(winter: Path) -> None:
    rows = records(winter / JOURNEYS)[1:-1]
    blanks = {column: sum(row[column] == "" for row in rows) for column in range(5, 12)}
    assert blanks == {5: 0, 6: 0, 7: 0, 8: 0, 9: 7, 10: 29, 11: 67}
    assert all(row[column] for column, blank in blanks.items() for row in rows[blank:])
    underground = {row[3]: float(row[6]) for row in rows}
    assert underground["01-Apr-20"] < 0.15 * underground["01-Apr-19"]


# --- transport crime ---


def sheet(path: Path) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_name("Volume and Rates").to_python()]


def blocks(path: Path) -> dict[str, list[list[object]]]:
    found: dict[str, list[list[object]]] = {}
    for row in sheet(path):
        if str(row[0]).startswith("Network-wide FY"):
            found[str(row[0]).removeprefix("Network-wide FY")] = rows = []
        elif any(cell != "" for cell in row):
            rows.append(row)
    return found


def test_transport_crime_stacks_a_block_a_financial_year(winter: Path) -> None:
    found = blocks(winter / TRANSPORT_CRIME)
    assert list(found) == [f"{year}/{(year + 1) % 100:02}" for year in range(2009, 2026)]
    for months, units, *_ in found.values():
        assert months[1::2] == MONTH_NAMES
        assert units[1:] == ["Volume", "Rate"] * 12


def test_modes_are_labelled_as_in_their_time(winter: Path) -> None:
    found = {year: [row[0] for row in rows[2:]] for year, rows in blocks(winter / TRANSPORT_CRIME).items()}
    combined = "London Underground / Docklands Light Railway"
    assert found["2009/10"] == ["Bus", combined, "London Overground", "London Tramlink"]
    assert found["2016/17"][1:] == [
        combined,
        "London Overground",
        "London Tramlink",
        "TfL Rail",
        "All transport modes",
    ]
    assert found["2017/18"][1:5] == [
        "London Underground",
        "Docklands Light Railway",
        "London Overground",
        "Trams",
    ]
    assert found["2022/23"][-2] == "Elizabeth Line (formerly TfL Rail)"
    assert found["2025/26"][-2:] == ["Elizabeth Line", "All transport modes"]


def test_early_years_are_text_and_what_is_not_available_is_a_dash(winter: Path) -> None:
    found = blocks(winter / TRANSPORT_CRIME)
    bus, *_, overground, _ = found["2009/10"][2:]
    assert all(isinstance(cell, str) for cell in bus[1:])
    assert "," in str(bus[1])
    assert set(overground[2::2]) == {"-"}  # its journeys were not counted yet
    assert all(isinstance(cell, float) for row in found["2024/25"][2:] for cell in row[1:])
    for row in found["2025/26"][2:]:
        assert all(isinstance(cell, float) for cell in row[1:13])  # April to September
        assert set(row[13:]) == {"-"}


def test_rates_are_crimes_per_million_journeys(winter: Path) -> None:
    # Months share periods, so only the year ties: volume over rate, month by month, adds up to its journeys.
    bus = next(row for row in blocks(winter / TRANSPORT_CRIME)["2018/19"][2:] if row[0] == "Bus")
    implied = sum(float(str(volume)) / float(str(rate)) for volume, rate in zip(bus[1::2], bus[2::2], strict=True))
    published = sum(float(row[5]) for row in records(winter / JOURNEYS)[1:-1] if row[0].endswith("_18/19"))
    assert implied == pytest.approx(published, rel=0.01)


def test_counts_given_are_the_counts_written(tmp_path: Path) -> None:
    counts = pl.DataFrame(
        {
            "year": [2012, 2012, 2013, 2013, 2013],
            "month": [4, 5, 3, 4, 4],
            "mode": ["bus", "bus", "overground", "bus", "underground_dlr"],
            "count": [1234, None, 7, 2000, 1001],
        }
    )
    path = tmp_path / TRANSPORT_CRIME
    write_transport_crime(path, counts)
    found = blocks(path)
    assert list(found) == ["2012/13", "2013/14"]
    volumes = {row[0]: row[1::2] for row in found["2012/13"][2:]}
    assert volumes == {
        "Bus": ["1,234", *["-"] * 11],
        "London Overground": [*["-"] * 11, "7"],
        "All transport modes": ["1,234", *["-"] * 10, "7"],
    }
    april = {row[0]: row[1] for row in found["2013/14"][2:]}
    assert april == {
        "Bus": 2000,
        "London Underground / Docklands Light Railway": 1001,
        "All transport modes": 3001,
    }


# --- admissions ---


def test_admissions_have_the_fingertips_header_and_rows_a_field_short(winter: Path) -> None:
    assert header(winter / ADMISSIONS) == ADMISSIONS_HEADER
    first, *rows = records(winter / ADMISSIONS)
    assert len(first) == 26
    assert {len(row) for row in rows} == {25}
    assert {row[0] for row in rows} == {"11201"}
    content = (winter / ADMISSIONS).read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") == len(rows) + 1


def test_windows_are_three_pooled_years_from_2009(winter: Path) -> None:
    rows = records(winter / ADMISSIONS)[1:]
    windows = list(dict.fromkeys((row[11], row[23]) for row in rows))
    assert windows[0] == ("2009/10 - 11/12", "20090000")
    assert ("2020/21 - 22/23", "20200000") in windows
    assert windows[-1] == ("2021/22 - 23/24", "20210000")
    for window, _ in windows:
        areas = [row[4] for row in rows if row[11] == window and not row[9]]
        assert len(areas) == len(set(areas))
        assert {f"E09{number:06}" for number in range(1, 34)} <= set(areas)
        assert {f"E1200000{number}" for number in range(1, 10)} <= set(areas)
        deciles = [row for row in rows if row[11] == window and row[9]]
        assert len(deciles) == 10
        assert {row[4] for row in deciles} == {"E92000001"}


def test_the_city_is_blank_and_counted_with_hackney(winter: Path) -> None:
    note = "Value for Hackney and City of London combined"
    rows = [row for row in records(winter / ADMISSIONS)[1:] if row[19] == note]
    assert {row[5] for row in rows} == {"City of London", "Hackney"}
    for row in rows:
        assert all(cell == "" for cell in row[12:19]) == (row[5] == "City of London")


def test_limits_enclose_the_rate_and_boroughs_add_up_to_london(winter: Path) -> None:
    rows = [row for row in records(winter / ADMISSIONS)[1:] if not row[9] and row[12]]
    for row in rows:
        value, low95, high95, low998, high998, count, people = map(float, row[12:19])
        assert low998 < low95 < value < high95 < high998
        assert value == pytest.approx(count / people * 100_000)
    newest = [row for row in rows if row[24] == "New data"]
    boroughs = sum(int(row[17]) for row in newest if row[4].startswith("E09"))
    assert [int(row[17]) for row in newest if row[5] == "London region"] == [boroughs]


# --- the survey ---


def test_perception_is_whole_per_cents_near_those_published_and_two_questions_stop(winter: Path) -> None:
    assert header(winter / PERCEPTION) == "date,measure,proportion"
    rows = records(winter / PERCEPTION)[1:]
    assert len(rows) == 44 * 5 + 30 * 2
    figures = {(quarter, measure): int(figure) for quarter, measure, figure in rows}
    assert len(figures) == len(rows)
    good_job = "Police do a good job in the local area"
    assert figures["Dec-14", good_job] == pytest.approx(67, abs=2)
    assert figures["Sep-24", good_job] == pytest.approx(46, abs=2)
    asked = {measure for quarter, measure in figures if quarter == "Jun-22"}
    assert {measure for _, measure in figures} - asked == {
        "Feels well informed about local police activities over the last 12 months",
        "Knows how to contact their local ward officer",
    }


def test_a_later_perception_file_says_the_same_of_the_past(winter: Path, summer: Path) -> None:
    before, after = records(winter / PERCEPTION), records(summer / PERCEPTION)
    assert after[: len(before)] == before
    assert [row[0] for row in after[len(before) :]] == ["Dec-25"] * 5


def test_survey_workbook_has_two_sheets_and_a_scribble(winter: Path) -> None:
    book = CalamineWorkbook.from_path(str(winter / SURVEY))
    assert book.sheet_names == ["MPS", "Borough"]
    london, boroughs = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert london[0] == ["Date", "Survey", "Borough", "Measure", "Proportion"]
    assert boroughs[0] == ["Date", "Survey", "Borough", "Measure", "Proportion", "MPS", "", "", "", ""]
    assert [row[8] for row in boroughs[1:] if row[8]] == ["Trust"]
    assert len(boroughs) - 1 == 32 * (len(london) - 1) == 32 * (45 * 7 + 40)
    assert london[1][:4] == [date(2014, 12, 31), "PAS", "MPS", '"Good Job" local']
    assert {row[2] for row in boroughs if "ichmond" in row[2]} == {"Richmond upon Thames", "Richmond Upon Thames"}
    for _, _, _, _, share, force, *_ in boroughs[1:]:
        assert 0 < share < 1
        assert round(share, 2) == share
        assert round(force, 2) == force


def test_both_files_of_the_survey_state_the_same_of_london(winter: Path) -> None:
    sheet = CalamineWorkbook.from_path(str(winter / SURVEY)).get_sheet_by_name("MPS").to_python()
    good_job = {f"{day:%b-%y}": round(100 * share) for day, _, _, measure, share in sheet[1:] if measure[1:5] == "Good"}
    rows = [row for row in records(winter / PERCEPTION) if row[1] == "Police do a good job in the local area"]
    assert {quarter: int(figure) for quarter, _, figure in rows} == {q: good_job[q] for q, *_ in rows}
    assert good_job["Dec-23"] == pytest.approx(47, abs=2)


def test_boroughs_lie_apart_about_as_far_as_published(winter: Path) -> None:
    sheet = CalamineWorkbook.from_path(str(winter / SURVEY)).get_sheet_by_name("Borough").to_python()
    trust = [row for row in sheet[1:] if row[0] == date(2023, 12, 31) and row[3] == "Trust MPS"]
    shares = pl.Series([row[4] for row in trust])
    assert shares.mean() == pytest.approx(trust[0][5], abs=0.02)
    assert 0.04 < (shares.std() or 0) < 0.10  # 0.07 in December 2023


# --- victims of homicide ---


def test_victims_are_records_in_the_spelling_of_the_file(winter: Path) -> None:
    first, *rows = records(winter / VICTIMS)
    assert first[:2] == ["Count of Victims", "Age Group"]
    assert {row[0] for row in rows} == {"1"}
    assert {row[1] for row in rows} >= {"13 to19", "20 to 24"}
    assert {"Ealing ", "Barking & Dagenham", "Kingston Upon Thames"} <= {row[8] for row in rows}
    assert len(set(map(tuple, rows))) < len(rows)  # different victims may be alike in every column
    months = {row[5] for row in rows}
    assert len(months) == 12 * 22 + 9
    assert {"Jan-03", "Sep-25"} <= months
    by_year = {year: sum(row[5].endswith(f"-{year}") for row in rows) for year in ("03", "19", "23")}
    assert by_year == {
        "03": pytest.approx(216, abs=5),
        "19": pytest.approx(153, abs=4),
        "23": pytest.approx(109, abs=4),
    }
    domestic = sum(row[4] == "Domestic Abuse" for row in rows) / len(rows)
    assert domestic == pytest.approx(0.17, abs=0.03)


def test_victims_are_reclassified_and_solved_in_a_later_file(winter: Path, summer: Path) -> None:
    def by_month(path: Path) -> dict[str, list[str]]:
        months: dict[str, list[str]] = {}
        for row in records(path)[1:]:
            months.setdefault(row[5], []).append(row[7])
        return months

    before, after = by_month(winter / VICTIMS), by_month(summer / VICTIMS)
    assert set(after) - set(before) == {"Oct-25", "Nov-25", "Dec-25"}
    moved = {month: len(after[month]) - len(states) for month, states in before.items()}
    assert 1 <= sum(map(bool, moved.values())) <= 8
    assert max(map(abs, moved.values())) <= 2
    solved = [
        sum(months[month].count("Solved") for month in before if month.endswith("-25")) for months in (before, after)
    ]
    assert solved[0] < solved[1]
