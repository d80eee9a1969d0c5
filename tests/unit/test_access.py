"""Pre-release access: who gets a copy, when to the second, what is recorded, and each refusal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.publication import access, calendar
from orchestration.publication.access import Access, granted, preview
from orchestration.publication.bundle import read_bundle
from orchestration.publication.calendar import ReleaseDay
from orchestration.publication.ledger import Stage
from orchestration.publication.lifecycle import NotAllowedError
from orchestration.publication.products import PRODUCTS
from orchestration.settings import LONDON
from tests.office import DAY, PRODUCT, Q1, R2, Office
from tests.unit.test_publication import edit

HOUR_BEFORE = DAY - timedelta(hours=1)


class Desk(Office):
    """Where copies are handed out."""

    def hand_out(
        self, viewer: str = "Grace Hopper", now: datetime = HOUR_BEFORE, release: str = Q1, product: str = PRODUCT
    ) -> Path:
        folder = self.folder / "previews"
        return preview(self.releases, product, release, viewer=viewer, by="ada", folder=folder, now=now)

    def accesses(self) -> list[tuple[str, str]]:
        return [(fact.by, fact.note) for fact in self.ledger.facts() if fact.stage is Stage.accessed]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    listed = (
        Access("Grace Hopper", "Head of analysis", PRODUCT, "Answers for the figures on the day"),
        Access("Alan Turing", "Press officer", "new-met-for-london", "Prepares the answers to questions"),
    )
    monkeypatch.setattr(access, "granted", lambda: listed)
    return Desk(tmp_path)


def test_who_is_on_the_list_gets_the_sealed_bytes_and_every_access_is_recorded(desk: Desk) -> None:
    seal = desk.seal(Q1, HOUR_BEFORE).seal
    for viewer in ("Grace Hopper", " grace hopper "):
        assert read_bundle(desk.hand_out(viewer)).seal == seal
    assert (
        desk.accesses()
        == [("Grace Hopper", "Head of analysis: Answers for the figures on the day (handed out by ada)")] * 2
    )
    assert desk.stages() == {Q1: "scheduled"}
    assert desk.publish(Q1)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 5, 28, 8, 30, tzinfo=UTC),  # summer
        datetime(2026, 11, 26, 9, 30, tzinfo=UTC),  # winter
        datetime(2026, 3, 29, 8, 30, tzinfo=UTC),  # the day of 23 hours
        datetime(2026, 10, 25, 9, 30, tzinfo=UTC),  # the day of 25 hours
    ],
)
def test_the_window_is_1440_minutes_on_either_side_of_summer_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: datetime
) -> None:
    local = datetime(moment.year, moment.month, moment.day, 9, 30, tzinfo=LONDON)
    assert local == moment
    monkeypatch.setattr(calendar, "calendar", lambda: (ReleaseDay(Q1, local, "automatic"),))
    opens, second = moment - timedelta(minutes=1440), timedelta(seconds=1)
    desk.seal(Q1, opens - timedelta(days=1))
    with pytest.raises(NotAllowedError, match=r"may not be seen before .* in London, 1,440 minutes before"):
        desk.hand_out(now=opens - second)
    with pytest.raises(NotAllowedError, match="has come: oversight publish"):
        desk.hand_out(now=moment)
    assert desk.accesses() == []
    assert not (desk.folder / "previews").exists()
    for now in (opens, moment - second):
        assert desk.hand_out(now=now.astimezone(LONDON)).is_dir()
    assert len(desk.accesses()) == 2


def sealed_only(desk: Desk) -> None:
    for stage in (Stage.drafted, Stage.gated, Stage.sealed):
        desk.ledger.append(PRODUCT, Q1, stage, by="ada", at=HOUR_BEFORE)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda d: d.hand_out(), "2026-Q1 is not known; only an approved release"),
        (lambda d: (sealed_only(d), d.hand_out()), "2026-Q1 is sealed; only an approved release"),
        (lambda d: (d.seal(Q1), d.withdraw(Q1), d.hand_out()), "2026-Q1 is withdrawn; only an approved release"),
        (lambda d: (d.seal(Q1), d.hand_out("Ada")), "Ada is not on the list of pre-release access to borough-perf"),
        (lambda d: (d.seal(Q1), d.hand_out("Alan Turing")), "Alan Turing is not on the list"),
        (lambda d: (d.seal(Q1), d.hand_out(" ")), "nobody is not on the list"),
        (lambda d: (d.issue(Q1), d.hand_out()), f"2026-Q1 is public: .*{PRODUCT}/2026-Q1"),
        (lambda d: (d.issue(Q1, R2), d.hand_out()), f"2026-Q1 is public: .*{PRODUCT}/2026-Q1"),
        (lambda d: (edit(d.seal(Q1).path / f"{PRODUCT}.csv"), d.hand_out()), "is not what was sealed"),
        (lambda d: d.hand_out(release="../2026-Q1"), "is not the name of a release"),
        (lambda d: d.hand_out(release="1999-Q1"), "no release day is announced"),
        (lambda d: d.hand_out(product="../x"), "is not known"),
    ],
)
def test_who_and_what_is_refused_with_the_reason(desk: Desk, act: Callable[[Desk], object], words: str) -> None:
    with pytest.raises(NotAllowedError, match=words):
        act(desk)
    assert desk.accesses() == []
    assert not (desk.folder / "previews").exists()


def test_each_line_of_the_list_has_a_product_and_a_justification() -> None:
    for line in granted():
        assert line.product in PRODUCTS
        assert all(text.strip() for text in (line.name, line.role, line.justification))
