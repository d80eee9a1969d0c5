"""The lookups of small areas to wards: whole tables, by which other feeds' records are placed."""

import codecs
from datetime import date
from pathlib import Path

import pytest

from sources.ons import lsoa_2011_wards, lsoa_wards
from sources.report import Report
from sources.sample import write_deliveries
from tests.deliveries import Desk, Rows, records, written
from tests.extracts import EXTRACTS, requires_extracts

BEST_FIT = "LSOA_(2021)_to_Electoral_Ward_(2025)_to_LAD_(2025)_Best_Fit_Lookup_in_EW_v2.csv"
SHARES = "LSOA_2011_London_Ward_2022_London_combined.csv"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_deliveries(folder, as_of=date(2026, 2, 26))
    return folder


def rows_of(sample: Path, name: str) -> Rows:
    return records((sample / name).read_bytes().removeprefix(codecs.BOM_UTF8))


def refused(folder: Path, name: str, rows: Rows) -> Report:
    content = written(rows)
    result = Desk(folder).take(codecs.BOM_UTF8 + content if name == BEST_FIT else content, name)
    assert result.outcome == "quarantined"
    assert result.report
    return result.report


@requires_extracts
def test_publishers_lookups_land_whole(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for name, feed, rows in ((BEST_FIT, lsoa_wards.FEED, 35_672), (SHARES, lsoa_2011_wards.FEED, 70_856)):
        result = desk.take((EXTRACTS / "reference" / name).read_bytes(), name)
        assert (result.outcome, result.feed, result.rows) == ("landed", feed.name, rows), result.report
    assert desk.query("""
        select count(*), count(distinct ward_code), count(distinct district_code),
               count(distinct ward_code) filter (district_code = 'E09000001')
        from ons_lsoa_wards where district_code like 'E09%'
    """) == [(4_994, 684, 33, 5)]
    assert desk.query("""
        select min(period_start), max(period_end), count(distinct lsoa_code), count(distinct ward_code)
        from ons_lsoa_2011_wards
    """) == [(date(2011, 1, 1), date(2021, 12, 31), 4_835, 704)]


@pytest.mark.parametrize(
    ("name", "column", "value", "words"),
    [
        (BEST_FIT, "LSOA21CD", "E02000001", "no code of a small area"),
        (BEST_FIT, "LSOA21CD", "E01901002", "the key occurs more than once"),
        (BEST_FIT, "WD25CD", "", "a value is missing"),
        (BEST_FIT, "LAD25CD", "E09000002", "one of the 33 boroughs of London is missing"),
        (SHARES, "GSS_CODE", "E05000026", "the ward is not known"),
        (SHARES, "year", "2019.0", 'year is "2019.0"'),
        (SHARES, "weight", "nan", 'weight is "nan"'),
        (SHARES, "weight", "0.5", "the shares of a small area and year do not sum to 1"),
    ],
)
def test_what_a_lookup_never_holds_is_refused_in_words(
    tmp_path: Path, sample: Path, name: str, column: str, value: str, words: str
) -> None:
    rows = rows_of(sample, name)
    place = rows[0].index(column)
    for row in rows[1:4] if words.startswith("one of the 33") else rows[1:2]:
        row[place] = value
    assert words in refused(tmp_path, name, rows).markdown()


def test_a_ward_in_two_districts_is_refused(tmp_path: Path, sample: Path) -> None:
    rows = rows_of(sample, BEST_FIT)
    rows[2][3] = rows[-2][3]
    assert "the ward is in two districts" in refused(tmp_path, BEST_FIT, rows).markdown()


def test_the_shares_of_a_year_left_out_are_missed(tmp_path: Path, sample: Path) -> None:
    rows = [row for row in rows_of(sample, SHARES) if row[3] != "2020"]
    assert refused(tmp_path, SHARES, rows).headline == "periods are missing or overlap after 2019-12-31"


def test_another_years_wards_are_another_layout(tmp_path: Path, sample: Path) -> None:
    rows = rows_of(sample, BEST_FIT)
    rows[0] = [cell.replace("25", "26") for cell in rows[0]]
    assert refused(tmp_path, BEST_FIT, rows).nearest == "ons_lsoa_wards/wards-2025"
