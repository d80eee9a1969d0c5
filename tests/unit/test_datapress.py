"""Publication to a Datastore over real HTTP: what is there afterwards, whatever went wrong on the way."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from datapress import DataPressClient

from orchestration.publication.target import PublicationError
from tests.datastore import KEY, Datastore, serving
from tests.faults import FAULTS, RIGHT, DatastoreOffice, disturbed
from tests.office import DAY, PRODUCT, Q1, Q2, R2


@pytest.fixture
def store() -> Iterator[Datastore]:
    state = Datastore()
    with serving(state):
        yield state


@pytest.fixture
def shop(tmp_path: Path, store: Datastore) -> DatastoreOffice:
    return DatastoreOffice(tmp_path, store)


def test_a_release_is_a_dataset_with_its_facts(shop: DatastoreOffice) -> None:
    shop.issue(Q1)
    assert shop.right(Q1)
    assert shop.titles() == [
        "Figures, CSV", "Figures, workbook", "Figures, Parquet", "Figures, CSV on the Web", "Update, web page",
        "Data dictionary", "Measures", "Deliveries", "Revisions", "Basis", "Data package", "Seal", "Releases",
    ]  # fmt: skip
    assert shop.held["licence"]["title"] == "Open Government Licence v3.0"
    assert shop.held["contact"]["email"]
    figures = next(each for each in shop.held["resources"].values() if each["title"] == "Figures, CSV")
    assert figures["timeframe"] == {"from": "2026-01", "to": "2026-03"}
    assert figures["format"] == "csv"


def test_publishing_again_changes_nothing(shop: DatastoreOffice) -> None:
    shop.issue(Q1)
    before = json.dumps(shop.held)
    assert shop.publish(Q1) is False
    assert json.dumps(shop.held) == before


def test_a_plan_tells_resource_by_resource_and_changes_nothing(shop: DatastoreOffice) -> None:
    shop.seal(Q1)
    changes = shop.releases.plan(PRODUCT, DAY)
    assert [change.action for change in changes] == ["create"] * 13 + ["describe"]
    assert shop.held["resources"] == {}
    shop.publish(Q1)
    resource = next(key for key, each in shop.held["resources"].items() if each["title"] == "Measures")
    shop.held["resources"][resource] |= {"title": "Renamed", "order": 7}
    shop.store.content[shop.dataset, "zzz"] = b"mine"
    shop.held["resources"]["zzz"] = shop.held["resources"][resource] | {"title": "A neighbour's file"}
    changes = shop.releases.plan(PRODUCT, DAY)
    assert [(change.action, change.what, change.why) for change in changes] == [
        ("describe", "Measures", f"resource {resource}: title, order")
    ]
    shop.publish(Q1)
    assert "A neighbour's file" in shop.titles()


def test_a_correction_keeps_addresses_and_the_files_before_it(shop: DatastoreOffice) -> None:
    shop.issue(Q1)
    addresses = {each["title"]: key for key, each in shop.held["resources"].items()}
    shop.issue(R2)
    assert shop.right(R2)
    after = {each["title"]: key for key, each in shop.held["resources"].items()}
    assert addresses.items() <= after.items()
    old = f"{Q1}: all files (superseded by {R2})"
    with zipfile.ZipFile(BytesIO(shop.content(old))) as archive:
        sealed = json.loads(archive.read(f"{Q1}/release.json"))
        for file in sealed["files"]:
            assert hashlib.sha256(archive.read(f"{Q1}/{file['name']}")).hexdigest() == file["sha256"]
    assert f"{Q1} was superseded: Two boroughs had each other&#x27;s figures." in shop.held["description"]


def test_a_withdrawal_puts_the_release_before_it_back(shop: DatastoreOffice) -> None:
    shop.issue(Q1, R2)
    shop.withdraw(R2, "The correction was made in error.")
    assert shop.right(Q1)
    assert not [title for title in shop.titles() if "all files" in title]
    assert f"{R2} was withdrawn: The correction was made in error." in shop.held["description"]


def test_an_earlier_quarter_stays_as_a_zip(shop: DatastoreOffice) -> None:
    shop.issue(Q1, Q2)
    assert shop.right(Q2)
    assert f"{Q1}: all files" in shop.titles()


def test_a_large_file_is_compared_by_the_hash_of_its_parts(
    shop: DatastoreOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.publication.datapress._CHUNK", 1000)
    monkeypatch.setattr(DataPressClient, "CHUNK_SIZE", 1000)
    shop.issue(Q1)
    assert any(int(each["hash"].rpartition("-")[2]) > 1 for each in shop.held["resources"].values())
    assert shop.right(Q1)


def test_a_file_that_somebody_posted_whole_is_not_sent_again(shop: DatastoreOffice) -> None:
    shop.issue(Q1)
    resource = next(each for each in shop.held["resources"].values() if each["title"] == "Seal")
    resource["hash"] = hashlib.md5(shop.content("Seal")).hexdigest()
    assert shop.releases.target.plan(shop.releases.shelf(PRODUCT)) == []


def test_ids_that_were_lost_are_found_by_title(shop: DatastoreOffice) -> None:
    shop.issue(Q1)
    (shop.folder / "out" / "datapress.json").unlink()
    shop.issue(R2)
    assert shop.right(R2)


@pytest.mark.parametrize(
    ("key", "words"), [("a-foreign-key", "Not logged in - invalid API key"), (KEY, "Dataset not found")]
)
def test_what_the_datastore_refuses_is_told_without_the_key(
    tmp_path: Path, store: Datastore, key: str, words: str
) -> None:
    shop = DatastoreOffice(tmp_path, store, key)
    if key == KEY:
        store.datasets.clear()
    shop.seal(Q1)
    with pytest.raises(PublicationError, match=words) as refused:
        shop.publish(Q1)
    assert key not in str(refused.value)
    assert shop.stages() == {Q1: "scheduled"}


def test_whatever_request_fails_publishing_again_ends_with_one_right_release(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A third of the requests of a correction fail once, the faults taking turns; `make faults` shows every one."""
    outcome, total = disturbed(tmp_path_factory.mktemp("undisturbed"), 0, "500")
    assert (outcome, total > 50) == ("published at once", True)
    for turn, number in enumerate(range(1, total + 1, 3)):
        fault = FAULTS[turn % len(FAULTS)]
        outcome, _ = disturbed(tmp_path_factory.mktemp("shop"), number, fault)
        assert outcome in RIGHT, (number, fault)
