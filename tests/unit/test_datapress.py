"""What is particular to the Datastore; what both portals promise is in `test_remote`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from datapress import DataPressClient

from orchestration.publication.target import PublicationError
from tests.datastore import KEY, Datastore
from tests.faults import DatastoreOffice
from tests.office import DAY, PRODUCT, Q1
from tests.serving import serving


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
    assert [each["order"] for each in shop.resources()] == list(range(16))
    assert shop.held["licence"]["title"] == "Open Government Licence v3.0"
    assert shop.held["contact"]["email"]
    figures = next(each for each in shop.held["resources"].values() if each["title"] == "Figures, CSV")
    assert figures["timeframe"] == {"from": "2026-01", "to": "2026-03"}
    assert figures["format"] == "csv"


def test_a_plan_tells_resource_by_resource_and_changes_nothing(shop: DatastoreOffice) -> None:
    shop.seal(Q1)
    changes = shop.releases.plan(PRODUCT, DAY)
    assert [change.action for change in changes] == ["create"] * 16 + ["describe"]
    assert shop.held["resources"] == {}
    shop.publish(Q1)
    resource = shop.ids()["Measures"]
    shop.held["resources"][resource] |= {"title": "Renamed", "order": 99}
    shop.practice.content[shop.dataset, "zzz"] = b"mine"
    shop.held["resources"]["zzz"] = shop.held["resources"][resource] | {"title": "A neighbour's file"}
    assert shop.plan() == [("describe", "Measures", f"resource {resource}: title, order")]
    shop.publish(Q1)
    assert "A neighbour's file" in shop.titles()


def test_words_are_escaped(shop: DatastoreOffice) -> None:
    shop.issue(Q1)
    shop.withdraw(Q1, "Wrong <sums> & a borough's name")
    assert "Wrong &lt;sums&gt; &amp; a borough&#x27;s name" in shop.about()


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
    assert shop.plan() == []


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
