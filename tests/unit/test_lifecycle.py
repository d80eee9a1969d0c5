"""The life of a release: the ledger, who may do what and when, and what a folder shows of it."""

import json
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publication import calendar
from orchestration.publication.bundle import read_bundle
from orchestration.publication.calendar import ReleaseDay
from orchestration.publication.ledger import ASIDE, Ledger, LedgerError, Stage
from orchestration.publication.lifecycle import NotAllowedError
from orchestration.publication.target import PublicationError
from tests.office import DAY, PRODUCT, Q1, Q2, R2, R3, REASON, Office, sealed
from tests.refusals import (
    ATTEMPTS,
    FIRST_OF_SUMMER,
    FIRST_OF_WINTER,
    LAST_OF_SUMMER,
    LAST_OF_WINTER,
    Attempt,
    refusal,
)
from tests.unit.test_publication import edit, fail_at


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def sign_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the calendar ask for a signature."""
    monkeypatch.setattr(calendar, "calendar", lambda: (ReleaseDay(Q1, DAY, "sign_off"),))


# --- the ledger ---


def test_a_release_goes_from_draft_to_the_public_in_the_order_of_its_stages(office: Office) -> None:
    office.seal(Q1)
    office.publish(Q1)
    assert [(fact.stage, fact.by) for fact in office.ledger.facts(PRODUCT, Q1)] == [
        ("drafted", "ada"),
        ("gated", "ada"),
        ("sealed", "ada"),
        ("approved", "the release policy"),
        ("scheduled", "the release policy"),
        ("published", "ada"),
    ]


@given(moves=st.lists(st.sampled_from(sorted(Stage)), max_size=12))
def test_whatever_is_tried_a_release_never_leaves_its_stages(
    tmp_path_factory: pytest.TempPathFactory, moves: list[Stage]
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    written = []
    for stage in moves:
        try:
            ledger.append(PRODUCT, Q1, stage, by="ada", at=DAY)
        except LedgerError as error:
            assert "cannot be" in str(error)
        else:
            written.append(stage)
    assert [fact.stage for fact in ledger.facts()] == written
    moved = [stage for stage in written if stage not in ASIDE]
    assert moved[:1] in ([], [Stage.drafted])
    for before, after in pairwise(moved):
        assert before is not Stage.withdrawn
        assert after is not Stage.published or before in (Stage.scheduled, Stage.superseded)
        assert after is not Stage.sealed or before is Stage.gated


def test_a_line_that_was_altered_or_taken_out_is_found(office: Office) -> None:
    office.seal(Q1)
    lines = office.ledger.path.read_bytes().splitlines(keepends=True)
    for spoilt in (
        [lines[0].replace(b"ada", b"eve"), *lines[1:]],
        [lines[0], *lines[2:]],
        [lines[1], lines[0], *lines[2:]],
    ):
        office.ledger.path.write_bytes(b"".join(spoilt))
        with pytest.raises(LedgerError, match="does not follow from the line before it"):
            office.ledger.facts()
        with pytest.raises(LedgerError, match="does not follow"):
            office.ledger.append(PRODUCT, Q1, Stage.withdrawn, by="ada", at=DAY)
    office.ledger.path.write_bytes(b"{}\n")
    with pytest.raises(LedgerError, match="line 1 does not read"):
        office.ledger.facts()


def test_what_a_killed_process_left_half_written_is_no_fact(office: Office) -> None:
    office.seal(Q1)
    whole = office.ledger.path.read_bytes()
    office.ledger.path.write_bytes(whole + whole.splitlines()[-1][:40])
    assert office.stages() == {Q1: "scheduled"}
    office.publish(Q1)
    assert office.stages() == {Q1: "published"}
    assert office.ledger.path.read_bytes().startswith(whole)


# --- the clock, and who may do what ---


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=[attempt.what for attempt in ATTEMPTS])
def test_what_may_not_be_done_is_refused_and_changes_nothing(office: Office, attempt: Attempt) -> None:
    assert attempt.says in refusal(attempt, office)
    assert office.stages()[Q1] in ("sealed", "scheduled", "withdrawn")
    assert not (office.site / "latest").exists()


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        (LAST_OF_WINTER, "2026-03-27 09:30"),
        (FIRST_OF_SUMMER, "2026-03-30 08:30"),
        (LAST_OF_SUMMER, "2026-10-23 08:30"),
        (FIRST_OF_WINTER, "2026-10-26 09:30"),
    ],
)
def test_a_release_leaves_at_its_moment_by_londons_clock(
    office: Office, monkeypatch: pytest.MonkeyPatch, at: datetime, utc: str
) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    monkeypatch.setattr(calendar, "calendar", lambda: (ReleaseDay(Q1, at, "automatic"),))
    office.seal(Q1, moment - timedelta(days=1))
    assert office.publish(Q1, moment)


@pytest.mark.usefixtures("sign_off")
def test_what_needs_a_signature_waits_for_one_of_another_person(office: Office) -> None:
    office.seal(Q1)
    assert office.stages() == {Q1: "sealed"}
    office.releases.approve(PRODUCT, Q1, by="grace", reason="Checked against the force's own figures", now=DAY)
    with pytest.raises(NotAllowedError, match="is scheduled; only a sealed release is approved"):
        office.releases.approve(PRODUCT, Q1, by="grace", reason="Again", now=DAY)
    assert office.publish(Q1)


@pytest.mark.parametrize("left", [Stage.sealed, Stage.approved])
def test_what_was_killed_between_seal_and_schedule_is_scheduled_by_the_next_run(office: Office, left: Stage) -> None:
    bundle = office.seal(Q1)
    lines = office.ledger.path.read_bytes().splitlines(keepends=True)
    kept = [fact.stage for fact in office.ledger.facts()].index(left) + 1
    office.ledger.path.write_bytes(b"".join(lines[:kept]))
    assert office.stages() == {Q1: str(left)}
    for _ in range(2):
        office.releases.record_sealed(bundle, by="ada", now=DAY)
        assert office.stages() == {Q1: "scheduled"}


@pytest.mark.parametrize("left", [Stage.sealed, Stage.approved])
def test_what_was_killed_between_seal_and_schedule_says_what_takes_it_up(office: Office, left: Stage) -> None:
    office.seal(Q1)
    lines = office.ledger.path.read_bytes().splitlines(keepends=True)
    kept = [fact.stage for fact in office.ledger.facts()].index(left) + 1
    office.ledger.path.write_bytes(b"".join(lines[:kept]))
    with pytest.raises(NotAllowedError, match=rf"is {left}, and what was to schedule it .* oversight release {Q1}"):
        office.publish(Q1)


def test_nothing_is_drafted_beside_a_sealed_release_that_the_ledger_does_not_know(office: Office) -> None:
    office.issue(Q1, R2)
    whole = office.ledger.path.read_bytes()
    assert office.releases.to_draft(PRODUCT, Q2, correction=False) == Q2
    before_the_correction = whole[: whole.index(f'"release":"{R2}"'.encode())].rpartition(b"\n")[0] + b"\n"
    for backup, missing in ((b"", f"{Q1}, {R2}"), (before_the_correction, R2)):
        office.ledger.path.write_bytes(backup)
        for quarter in (Q1, Q2):
            with pytest.raises(NotAllowedError, match=rf"sealed {PRODUCT} {missing} in .* from a backup"):
                office.releases.to_draft(PRODUCT, quarter, correction=False)
    office.ledger.path.write_bytes(whole)
    assert office.releases.to_draft(PRODUCT, Q2, correction=False) == Q2


# --- publication, correction, withdrawal ---


def test_a_published_release_is_the_bundle_and_leads(office: Office) -> None:
    bundle = office.seal(Q1)
    assert office.publish(Q1)
    assert office.shown() == {Q1: Q1, "latest": Q1}
    assert read_bundle(office.site / Q1).seal == bundle.seal
    page = ElementTree.fromstring((office.site.parent / "index.html").read_text())
    links = [link.attrib["href"] for link in page.iter("a")]
    assert f"{PRODUCT}/{Q1}/index.html" in links
    assert all((office.site.parent / link).exists() for link in links if link.startswith(PRODUCT))


def test_publishing_again_says_so_and_changes_nothing(office: Office) -> None:
    office.seal(Q1)
    office.publish(Q1)
    before, facts = office.listing(), office.ledger.facts()
    assert office.publish(Q1) is False
    assert (office.listing(), office.ledger.facts()) == (before, facts)


def test_a_published_release_is_immutable(office: Office) -> None:
    office.seal(Q1)
    (office.site / Q1).parent.mkdir(parents=True)
    shutil.copytree(sealed() / PRODUCT / R2, office.site / Q1)
    before = office.listing()
    with pytest.raises(PublicationError, match="immutable"):
        office.publish(Q1)
    assert office.listing() == before
    assert office.stages() == {Q1: "scheduled"}


def test_a_correction_supersedes_and_leaves_the_files_reachable_with_a_notice(office: Office) -> None:
    office.issue(Q1, R2)
    assert office.stages() == {Q1: "superseded", R2: "published"}
    assert office.shown() == {Q1: "notice", R2: R2, "latest": R2}
    assert read_bundle(office.site / "superseded" / Q1).release == Q1
    notice = (office.site / Q1 / "index.html").read_text()
    assert "was superseded" in notice
    assert "each other&#39;s figures" in notice
    assert "../superseded/2026-Q1/index.html" in notice
    assert "../2026-Q1.r2/index.html" in notice
    listed = json.loads((office.site / "releases.json").read_text())["releases"]
    assert [(each["release"], each["stage"], each["reason"]) for each in listed] == [
        (R2, "published", REASON),
        (Q1, "superseded", ""),
    ]


def test_a_correction_of_an_older_quarter_does_not_lead(office: Office) -> None:
    office.issue(Q1, Q2, R2)
    assert office.shown() == {Q1: "notice", R2: R2, Q2: Q2, "latest": Q2}
    assert office.stages() == {Q1: "superseded", R2: "published", Q2: "published"}


def test_a_withdrawal_puts_the_release_before_it_back(office: Office) -> None:
    office.issue(Q1, R2)
    office.withdraw(R2, "The correction was made in error.")
    assert office.stages() == {Q1: "published", R2: "withdrawn"}
    assert office.shown() == {Q1: Q1, R2: "notice", "latest": Q1}
    assert not (office.site / "superseded" / Q1).exists()
    notice = (office.site / R2 / "index.html").read_text()
    assert "The correction was made in error." in notice
    assert "../2026-Q1/index.html" in notice
    # A number is never used again.
    assert office.releases.to_draft(PRODUCT, Q1, correction=True) == R3


def test_the_only_release_withdrawn_leaves_nothing_to_lead_and_is_not_made_again_by_itself(office: Office) -> None:
    office.issue(Q1)
    office.withdraw(Q1)
    assert office.shown() == {Q1: "notice"}
    catalogue = (office.site.parent / "index.html").read_text()
    assert "No release stands." in catalogue
    assert "latest" not in catalogue
    assert office.releases.current(PRODUCT) is None
    assert office.releases.to_draft(PRODUCT, Q1, correction=False) is None
    office.issue(R2)
    assert office.shown() == {Q1: "notice", R2: R2, "latest": R2}


def test_a_superseded_release_can_be_withdrawn_too(office: Office) -> None:
    office.issue(Q1, R2, R3)
    office.withdraw(R2)
    assert office.shown() == {Q1: "notice", R2: "notice", R3: R3, "latest": R3}
    assert sorted(path.name for path in (office.site / "superseded").glob("20*")) == [Q1]
    office.withdraw(R3)
    assert office.shown() == {Q1: Q1, R2: "notice", R3: "notice", "latest": Q1}


def test_what_was_never_published_is_withdrawn_without_a_word_to_the_public(office: Office) -> None:
    office.seal(Q1)
    office.withdraw(Q1)
    assert office.stages() == {Q1: "withdrawn"}
    assert not office.site.exists()
    with pytest.raises(NotAllowedError, match="is withdrawn and cannot be published"):
        office.publish(Q1)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda o: o.withdraw(Q1), "is not known: there is nothing to withdraw"),
        (lambda o: (o.issue(Q1), o.withdraw(Q1, " ")), "needs your name and a reason"),
        (lambda o: (o.issue(Q1), o.withdraw(Q1, by="")), "needs your name and a reason"),
        (lambda o: (o.issue(Q1), o.withdraw(Q1), o.withdraw(Q1)), "is withdrawn: there is nothing to withdraw"),
        (lambda o: o.releases.to_draft(PRODUCT, Q1, correction=True), "was never released"),
        (lambda o: (o.seal(Q1), o.releases.to_draft(PRODUCT, Q1, correction=True)), "is scheduled, not published"),
        (lambda o: o.publish(Q1), "is not known and cannot be published"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_reason(
    office: Office, act: Callable[[Office], Any], words: str
) -> None:
    with pytest.raises(NotAllowedError, match=words):
        act(office)


# --- power cuts ---


@pytest.mark.parametrize("step", range(1, 11))
@pytest.mark.parametrize("move", ["correct", "withdraw"])
def test_a_crash_at_any_step_leaves_one_release_up_and_the_same_call_finishes(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: int, move: str
) -> None:
    office.issue(Q1)
    if move == "correct":
        office.seal(R2)
        call: Callable[[], object] = lambda: office.publish(R2)  # noqa: E731
    else:
        office.issue(R2)
        call = lambda: office.withdraw(R2)  # noqa: E731
    with monkeypatch.context() as patch:
        fail_at(patch, step)
        try:
            call()
        except OSError:
            latest = office.site / "latest"
            assert read_bundle(latest.resolve()).release in (Q1, R2)
            call()
    assert office.shown() == (
        {Q1: "notice", R2: R2, "latest": R2} if move == "correct" else {Q1: Q1, R2: "notice", "latest": Q1}
    )
    assert office.releases.target.plan(office.releases.shelf(PRODUCT)) == []
    assert not [path for path in office.site.parent.rglob(".*")]


@pytest.mark.parametrize("facts", [1, 2])
@pytest.mark.parametrize("move", ["correct", "withdraw"])
def test_a_crash_between_two_facts_leaves_what_the_public_sees_and_the_same_call_finishes(
    office: Office, monkeypatch: pytest.MonkeyPatch, move: str, facts: int
) -> None:
    office.issue(Q1)
    if move == "correct":
        office.seal(R2)
        call: Callable[[], object] = lambda: office.publish(R2)  # noqa: E731
    else:
        office.issue(R2)
        call = lambda: office.withdraw(R2)  # noqa: E731
    append, written = Ledger.append, 0

    def failing(ledger: Ledger, *fact: Any, **said: Any) -> Any:
        nonlocal written
        written += 1
        if written == facts:
            raise OSError("no power")
        return append(ledger, *fact, **said)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", failing)
        with pytest.raises(OSError, match="no power"):
            call()
    # As the doctor asks: it must not fail, nor leave the quarter without a release.
    assert office.releases.shelf(PRODUCT).current is not None
    call()
    assert office.stages() == (
        {Q1: "superseded", R2: "published"} if move == "correct" else {Q1: "published", R2: "withdrawn"}
    )
    assert office.releases.target.plan(office.releases.shelf(PRODUCT)) == []
    assert [path.parent.name for path in map(Path, office.releases.seen(PRODUCT))] == [PRODUCT, PRODUCT]


def test_a_copy_that_differs_is_not_shown(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.seal(Q1)
    real = shutil.copy2

    def lose_a_byte(source: Any, place: Any, **how: Any) -> None:
        real(source, place, **how)
        edit(Path(place))

    monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, lose_a_byte, False, False))
    with pytest.raises(PublicationError, match="borough-performance"):
        office.publish(Q1)
    assert not (office.site / "latest").is_symlink()
    assert not (office.site / Q1).exists()
    assert office.stages() == {Q1: "scheduled"}


def test_a_plan_names_all_that_is_due(office: Office) -> None:
    for release in (Q1, Q2):
        office.seal(release, DAY + timedelta(days=120))
    changes = office.releases.plan(PRODUCT, DAY + timedelta(days=120))
    created = {change.what.removeprefix(f"{PRODUCT}/") for change in changes if change.action == "create"}
    assert {Q1, Q2} <= created


def test_what_stands_is_shown_again_where_the_newest_was_withdrawn(office: Office) -> None:
    assert office.releases.show(PRODUCT) is None
    office.issue(Q1, R2)
    office.withdraw(R2)
    shown = office.shown()
    shutil.rmtree(office.site)
    assert office.releases.show(PRODUCT)
    assert office.shown() == shown
    assert office.releases.plan(PRODUCT, DAY + timedelta(days=120)) == []


def test_a_release_that_is_damaged_is_named_with_what_to_do(office: Office) -> None:
    office.issue(Q1)
    edit(office.folder / "out" / PRODUCT / Q1 / "borough-performance.csv")
    with pytest.raises(NotAllowedError, match=rf"{Q1} is not what was sealed: .* oversight doctor"):
        office.withdraw(Q1)


def test_a_plan_says_what_would_be_done_and_does_nothing(office: Office) -> None:
    office.issue(Q1)
    office.seal(R2)
    before = office.listing()
    changes = office.releases.plan(PRODUCT, DAY)
    assert [(change.action, change.what.removeprefix(f"{PRODUCT}/")) for change in changes] == [
        ("create", R2),
        ("create", f"superseded/{Q1}"),
        ("point", "latest"),
        ("replace", Q1),
        ("create", "superseded/feed.xml"),
        ("replace", "feed.xml"),
        ("replace", "releases.json"),
    ]
    assert office.listing() == before
    assert office.releases.plan(PRODUCT, DAY - timedelta(minutes=1)) == []
