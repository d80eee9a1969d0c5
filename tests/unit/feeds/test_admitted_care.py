"""Hospital admissions: counts of England by cause, dated by their publication, and what disclosure control leaves."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from sources.nhs.admitted_care import FEED
from sources.recognise import recognise
from sources.registry import FEEDS
from sources.report import Refusal
from tests.deliveries import Desk, written
from tests.extracts import EXTRACTS, requires_extracts

CAUSES, PROVIDERS = "hosp-epis-stat-admi-ext-caus-2024-25.csv", "hosp-epis-stat-admi-pla-2024-25.csv"
SEPTEMBER = "2025-09-18"
BY_CODE = ("UID", "Code", "Category", "Attribute", "Value")
BY_PROVIDER = (
    "UID", "ORG_LEVEL", "REPORTING_PERIOD", "ORG_CODE", "ORG_DESCRIPTION", "MEASURE_TYPE", "MEASURE", "MEASURE_VALUE",
    "Table_Order", "Level_Order",
)  # fmt: skip
LONDON = ("REGION", "2425", "Y56", "LONDON COMMISSIONING REGION", "Summary", "FAE_EMERGENCY_SUM")
ENGLAND = ("ENGLAND", "2425", "E92000001", "ENGLAND", "Summary", "FAE_EMERGENCY_SUM")


def causes(*rows: Sequence[object]) -> bytes:
    return written([BY_CODE, *((number, *map(str, row)) for number, row in enumerate(rows, start=1))])  # type: ignore[list-item]


def providers(*rows: Sequence[object]) -> bytes:
    return written(
        [BY_PROVIDER, *((str(number), *map(str, row), "1", "1") for number, row in enumerate(rows, start=1))]
    )


def refused(folder: Path, content: bytes, name: str = CAUSES, **side_car: object) -> str:
    result = Desk(folder).take(content, name, **side_car)
    assert (result.outcome, result.feed) == ("quarantined", FEED.name)
    assert result.report
    return result.report.markdown()


@pytest.mark.parametrize(
    ("day", "year"), [("2025-09-18", 2025), ("2025-08-28", 2025), ("2025-08-27", 2024), ("2026-02-05", 2025)]
)
def test_a_file_that_names_no_year_is_of_the_last_that_was_due(tmp_path: Path, day: str, year: int) -> None:
    desk = Desk(tmp_path)
    result = desk.take(causes(("X99", "CAUSE_3", "FAE_SUM", 4012)), CAUSES, published=day)
    assert result.outcome == "landed"
    assert desk.query("select period_start, period_end, code, measure, value from nhs_admitted_care") == [
        (date(year - 1, 4, 1), date(year, 3, 31), "X99", "fae_sum", 4012.0)
    ]


def test_diagnoses_say_nothing_of_causes(tmp_path: Path) -> None:
    """Files of one family share the header; each is a scope of its own, so that neither withdraws the other."""
    desk = Desk(tmp_path)
    for content, name in (
        (causes(("X99", "CAUSE_3", "FAE_SUM", 4012)), CAUSES),
        (causes(("S21", "DIAG_3_01", "FAE_SUM", 3500), ("S21.1", "DIAG_4_01", "FAE_SUM", 900)), "diag.csv"),
    ):
        assert desk.take(content, name, published=SEPTEMBER).outcome == "landed"
    assert desk.query("select distinct scope from coverage order by all") == [
        ("england/cause_3",), ("england/diag_3_01",), ("england/diag_4_01",)
    ]  # fmt: skip


def test_what_is_suppressed_below_england_is_kept_as_the_symbol_it_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    content = providers(
        (*LONDON, 905_005), (*ENGLAND, 6_614_976), ("PROVIDER", "2425", "RAN", "RNOH", *LONDON[4:], "*")
    )
    assert desk.take(content, PROVIDERS).outcome == "landed"
    assert desk.query("select organisation, period_end, value, symbol from nhs_admitted_care order by all") == [
        ("ENGLAND", date(2025, 3, 31), 6_614_976.0, None),
        ("LONDON COMMISSIONING REGION", date(2025, 3, 31), 905_005.0, None),
        ("RNOH", date(2025, 3, 31), None, "*"),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((*LONDON, 905_003), "neither 0 nor rounded to the nearest 5"),
        ((*LONDON, 5), "neither 0 nor rounded to the nearest 5"),
        ((*ENGLAND, "*"), "a count of England is suppressed"),
        ((*LONDON, "-"), 'fae_emergency_sum is "-"'),
        ((*LONDON, ""), 'fae_emergency_sum is ""'),
        (("REGION", "2426", *LONDON[2:], 5), 'REPORTING_PERIOD is "2426"'),
        (("SUB-REGION", *LONDON[1:], 10), "the level is not known"),
    ],
)
def test_a_count_that_could_not_be_published_there_is_refused(
    tmp_path: Path, row: Sequence[object], words: str
) -> None:
    assert words in refused(tmp_path, providers(row), PROVIDERS)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("X99", "CAUSE_3", "FAE_SUM", "n/a"),), 'fae_sum is "n/a"'),
        ((("X99", "OPERTN_3_01", "FAE_SUM", 1),), "the category is not known"),
        ((("X99", "CAUSE_3", "FAE_SUM", 1), ("X99", "CAUSE_3", "fae_sum", 2)), "the key occurs more than once"),
    ],
)
def test_a_row_by_code_that_is_not_understood_is_refused(
    tmp_path: Path, rows: Sequence[Sequence[object]], words: str
) -> None:
    assert words in refused(tmp_path, causes(*rows), published=SEPTEMBER)


def test_a_file_without_a_day_of_publication_has_no_year(tmp_path: Path) -> None:
    assert "the day it was published was not stated" in refused(tmp_path, causes(("X99", "CAUSE_3", "FAE_SUM", 1)))


@requires_extracts
def test_the_workbook_of_diagnoses_is_left_out() -> None:
    """A copy that somebody changed: its title rows are gone, and it has no cause of an injury."""
    path = EXTRACTS / "nhs" / "hosp-epis-stat-admi-diag-2023-24-tab.xlsx"
    with pytest.raises(Refusal) as refusal:
        recognise(path, FEEDS, name=path.name)
    report = refusal.value.report
    assert (report.outcome, report.feed) == ("quarantined", FEED.name)
    assert report.headline.startswith(
        "the header is of no known feed; its columns are `[sheet Primary Diagnosis Summary]`"
    )
