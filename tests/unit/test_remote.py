"""Publication to a portal over real HTTP, whichever it is: what is there afterwards, whatever went wrong on the way."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from orchestration.publication.target import PublicationError
from tests.faults import FAULTS, OFFICES, RIGHT, AnyOffice, disturbed
from tests.office import DAY, PRODUCT, Q1, Q2, R2
from tests.serving import serving

LATE = DAY + timedelta(days=120)


@pytest.fixture(params=list(OFFICES))
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyOffice]:
    practise, open_office = OFFICES[request.param]
    practice = practise()
    with serving(practice):
        yield open_office(tmp_path, practice)


def test_the_files_of_a_release_are_offered_in_order(shop: AnyOffice) -> None:
    shop.issue(Q1)
    assert shop.right(Q1)
    assert shop.titles() == [
        "Figures, CSV", "Figures, workbook", "Figures, Parquet", "Figures, CSV on the Web", "Update, web page",
        "Dashboard, web page", "Annual report, web page", "Annual report, CSV", "Data dictionary", "Measures",
        "Deliveries", "Revisions", "Basis", "Data package", "Seal", "Releases",
    ]  # fmt: skip


def test_publishing_again_changes_nothing(shop: AnyOffice) -> None:
    shop.issue(Q1)
    before = json.dumps(shop.held)
    assert shop.publish(Q1) is False
    assert json.dumps(shop.held) == before


def test_a_correction_keeps_addresses_and_the_files_before_it(shop: AnyOffice) -> None:
    shop.issue(Q1)
    addresses = shop.ids()
    shop.issue(R2)
    assert shop.right(R2)
    assert addresses.items() <= shop.ids().items()
    old = f"{Q1}: all files (superseded by {R2})"
    with zipfile.ZipFile(BytesIO(shop.content(old))) as archive:
        sealed = json.loads(archive.read(f"{Q1}/release.json"))
        for file in sealed["files"]:
            assert hashlib.sha256(archive.read(f"{Q1}/{file['name']}")).hexdigest() == file["sha256"]
    assert f"{Q1} was superseded: Two boroughs had each other" in shop.about()


def test_a_withdrawal_puts_the_release_before_it_back(shop: AnyOffice) -> None:
    shop.issue(Q1, R2)
    shop.withdraw(R2, "The correction was made in error.")
    assert shop.right(Q1)
    assert not [title for title in shop.titles() if "all files" in title]
    assert f"{R2} was withdrawn: The correction was made in error." in shop.about()


def test_an_earlier_quarter_stays_as_a_zip(shop: AnyOffice) -> None:
    shop.issue(Q1, Q2)
    assert shop.right(Q2)
    assert f"{Q1}: all files" in shop.titles()
    assert not [title for title in shop.titles() if title.startswith("Annual report")]  # it is in the zip


def test_ids_that_were_lost_are_found_by_title(shop: AnyOffice) -> None:
    shop.issue(Q1)
    addresses = shop.ids()
    shop.notes.unlink()
    shop.issue(R2)
    assert shop.right(R2)
    assert addresses.items() <= shop.ids().items()


def test_bytes_that_differ_from_what_was_sent_are_refused_and_put_back(
    shop: AnyOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.issue(Q1)
    shop.seal(R2, LATE)
    download = shop.portal.download
    monkeypatch.setattr(shop.portal, "download", lambda *where: download(*where) + b"advertisement")
    with pytest.raises(PublicationError, match=r"other bytes of Figures, CSV than were sent\. What had been replaced"):
        shop.publish(R2, LATE)
    assert shop.stages() == {Q1: "published", R2: "scheduled"}


def test_a_product_without_a_dataset_is_refused(shop: AnyOffice) -> None:
    shop.releases.target._datasets = {}  # type: ignore[attr-defined]
    shop.seal(Q1)
    with pytest.raises(PublicationError, match=f"no dataset is named for {PRODUCT}: set OVERSIGHT_DATASETS"):
        shop.publish(Q1)


@pytest.mark.parametrize("name", OFFICES)
def test_whatever_request_fails_publishing_again_ends_with_one_right_release(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Some requests of a correction fail once, the faults taking turns; `make faults` shows every one."""
    outcome, total = disturbed(name, tmp_path_factory.mktemp("undisturbed"), 0, "500")
    assert (outcome, total > 50) == ("published at once", True)
    for turn, number in enumerate(range(1, total + 1, 11)):
        fault = FAULTS[turn % len(FAULTS)]
        outcome, _ = disturbed(name, tmp_path_factory.mktemp("shop"), number, fault)
        assert outcome in RIGHT, (number, fault)
