"""What is particular to a CKAN site; what both portals promise is in `test_remote`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from ckanapi.errors import ValidationError

from orchestration.publication.target import PublicationError
from orchestration.resources import open_releases
from orchestration.settings import Settings
from tests.ckan import KEY, ORGANISATION, Ckan
from tests.faults import FAULTS, CkanOffice
from tests.office import DAY, PRODUCT, Q1, Office
from tests.serving import Fault, serving


@pytest.fixture
def site() -> Iterator[Ckan]:
    state = Ckan()
    with serving(state):
        yield state


@pytest.fixture
def shop(tmp_path: Path, site: Ckan) -> CkanOffice:
    return CkanOffice(tmp_path, site)


def test_a_release_is_a_dataset_with_its_facts(shop: CkanOffice) -> None:
    shop.issue(Q1)
    facts = {name: shop.held[name] for name in ("name", "license_id", "private", "owner_org")}
    assert facts == {"name": "recorded-crime", "license_id": "uk-ogl", "private": False, "owner_org": "mopac"}
    assert shop.held["title"]
    assert shop.held["maintainer_email"]
    assert shop.held["extras"] == [
        {"key": "temporal_end", "value": "2026-03"},
        {"key": "temporal_start", "value": "2026-01"},
    ]
    figures = shop.resources()[0]
    assert (figures["format"], figures["url_type"]) == ("CSV", "upload")
    assert figures["hash"] == f"sha256:{hashlib.sha256(shop.content('Figures, CSV')).hexdigest()}"


def test_a_plan_tells_resource_by_resource_and_changes_nothing(shop: CkanOffice, site: Ckan) -> None:
    shop.seal(Q1)
    changes = shop.releases.plan(PRODUCT, DAY)
    assert [change.why for change in changes] == ["is not there"] * 16 + ["there is no such dataset"]
    assert site.datasets == {}
    shop.publish(Q1)
    resource = shop.ids()["Measures"]
    shop.held["resources"][9]["name"] = "Renamed"
    shop.held["resources"].insert(0, {"id": "neighbour", "name": "A neighbour's file"})
    shop.held["extras"].append({"key": "theme", "value": "crime"})
    site.touch(shop.held)
    assert ("describe", "Measures", f"resource {resource}: name, position") in shop.plan()
    shop.publish(Q1)
    assert shop.plan() == []
    assert shop.titles()[-1] == "A neighbour's file"
    assert {"key": "theme", "value": "crime"} in shop.held["extras"]


def test_a_hash_that_was_only_said_is_not_believed(shop: CkanOffice, site: Ckan) -> None:
    shop.issue(Q1)
    seal = shop.resources()[-2]  # before the list of releases
    site.content[seal["id"]] = bytes(reversed(site.content[seal["id"]]))
    assert shop.plan() == [("replace", "Seal", f"resource {seal['id']} has other bytes")]


def test_a_hash_of_another_kind_is_no_reason_to_send_a_file_again(shop: CkanOffice) -> None:
    shop.issue(Q1)
    for resource in shop.held["resources"]:
        resource["hash"] = "d41d8cd98f00b204e9800998ecf8427e"  # as a site's loader leaves it
    assert shop.plan() == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", range(1, 6))
def test_a_dataset_is_made_once_and_shown_when_all_is_there(
    shop: CkanOffice, site: Ckan, number: int, fault: Fault
) -> None:
    shop.seal(Q1)
    site.faults[number] = fault
    try:
        shop.publish(Q1)
    except PublicationError:
        assert all(held["private"] and not held["resources"] for held in site.datasets.values())
        shop.publish(Q1)
    assert shop.right(Q1)


def test_without_an_organisation_no_dataset_is_made(tmp_path: Path, site: Ckan, shop: CkanOffice) -> None:
    shop.portal._organisation = ""  # type: ignore[attr-defined]
    shop.seal(Q1)
    with pytest.raises(PublicationError, match="the CKAN site does not show borough-performance: Not found"):
        shop.publish(Q1)
    assert site.datasets == {}


def test_facts_are_not_stated_over_a_change_of_somebody_else(shop: CkanOffice, site: Ckan) -> None:
    shop.issue(Q1)
    seen = shop.portal.read(shop.dataset)
    site.touch(shop.held)
    with pytest.raises(ValidationError, match="metadata_modified"):
        shop.portal.state(seen, {"title": "Mine"}, {}, set())
    assert shop.held["title"] != "Mine"


def test_words_are_shown_as_they_are(shop: CkanOffice) -> None:
    shop.issue(Q1)
    shop.withdraw(Q1, "Wrong *sums* in [E1] <2>")
    assert r"Wrong \*sums\* in \[E1\] &lt;2>" in shop.about()


def test_what_the_site_refuses_is_told_without_the_key(tmp_path: Path, site: Ckan) -> None:
    site.add_dataset("recorded-crime")
    shop = CkanOffice(tmp_path, site, "a-foreign-key")
    shop.seal(Q1)
    with pytest.raises(PublicationError, match="Access denied: User not authorized to edit") as refused:
        shop.publish(Q1)
    assert "a-foreign-key" not in str(refused.value)
    assert shop.stages() == {Q1: "scheduled"}


def test_the_key_is_sent_to_the_site_alone(shop: CkanOffice) -> None:
    shop.issue(Q1)
    for resource in shop.held["resources"]:
        resource["url"] = f"http://elsewhere.invalid/{resource['id']}"
    assert shop.plan() == []


def test_an_installation_publishes_where_its_environment_says(
    tmp_path: Path, site: Ckan, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path, target="ckan", datasets={PRODUCT: "recorded-crime"}, organisation=ORGANISATION)
    office = Office(tmp_path)
    (tmp_path / "out").rename(settings.releases)
    monkeypatch.setenv("CKAN_URL", site.address)
    office.releases = open_releases(settings)
    with pytest.raises(PublicationError, match="set CKAN_API_KEY to publish to a CKAN site"):
        office.releases.plan(PRODUCT, DAY)
    monkeypatch.setenv("CKAN_API_KEY", KEY)
    assert office.releases.plan(PRODUCT, DAY)
