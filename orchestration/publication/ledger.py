"""The ledger: what became of each release, when, by whom and why. It only grows.

A release goes through the stages of `Stage`; which may follow which is in `_MOVES`, and what a stage asks for besides
(a person's name, a moment) is asked in `lifecycle`. The ledger is a file of JSON lines beside the sealed bundles, so
that it survives the loss of Dagster's own database. Each line holds the hash of the one before it: a line that was
altered or taken out is found when the ledger is read, unless it is the last. What was sealed is found altered by its
seal all the same.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from orchestration.errors import ToldError
from orchestration.publication.names import parse_release

_BEGINNING = "0" * 64


class LedgerError(ToldError):
    """A move that a release cannot make from where it stands, or a ledger that was tampered with."""


class Stage(StrEnum):
    """Where a release stands."""

    drafted = "drafted"
    refused = "refused"  # by the gate, or by the checklist before sealing
    gated = "gated"
    sealed = "sealed"
    approved = "approved"
    scheduled = "scheduled"
    published = "published"
    superseded = "superseded"
    withdrawn = "withdrawn"
    # What follows is no move: it says what else was done.
    accessed = "accessed"  # somebody on the list of pre-release access took a copy
    notified = "notified"  # an address was told of a fact
    alerted = "alerted"  # it is late


_MOVES: Mapping[Stage | None, frozenset[Stage]] = {
    None: frozenset({Stage.drafted}),
    Stage.drafted: frozenset({Stage.drafted, Stage.gated, Stage.refused}),
    Stage.refused: frozenset({Stage.drafted}),
    Stage.gated: frozenset({Stage.drafted, Stage.sealed, Stage.refused}),
    Stage.sealed: frozenset({Stage.approved, Stage.withdrawn}),
    Stage.approved: frozenset({Stage.scheduled, Stage.withdrawn}),
    Stage.scheduled: frozenset({Stage.published, Stage.withdrawn}),
    Stage.published: frozenset({Stage.superseded, Stage.withdrawn}),
    # Withdrawing the correction puts the release back that it had superseded.
    Stage.superseded: frozenset({Stage.published, Stage.withdrawn}),
    Stage.withdrawn: frozenset(),
}
SEALED = frozenset({Stage.sealed, Stage.approved, Stage.scheduled, Stage.published, Stage.superseded, Stage.withdrawn})
"""The stages of a release whose bytes are fixed: its number is taken for good."""
PUBLIC = frozenset({Stage.published, Stage.superseded})
ASIDE = frozenset({Stage.accessed, Stage.notified, Stage.alerted})
"""What leaves a release where it stands."""


class Fact(BaseModel):
    """One line of the ledger. `previous` is the SHA-256 of the line before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    product: str
    release: str
    stage: Stage
    by: str
    note: str = ""
    seal: str = ""
    previous: str


class Ledger:
    """The facts in a file; reading checks the whole chain, and appending checks that the move is legal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def facts(self, product: str | None = None, release: str | None = None) -> list[Fact]:
        """Return the facts, oldest first, of everything or of one product or release.

        Raises:
            LedgerError: a line does not read, or does not follow from the one before it.
        """
        content = self.path.read_bytes() if self.path.exists() else b""
        found, _ = _read(self.path, content)
        return [fact for fact in found if product in (None, fact.product) and release in (None, fact.release)]

    def stage(self, product: str, release: str) -> Stage | None:
        """Return where a release stands; None if the ledger knows nothing of it."""
        return _stage(self.facts(product, release))

    def stages(self, product: str) -> dict[str, Stage]:
        """Return every release of a product with its stage, in the order of their numbers."""
        facts = self.facts(product)
        names = sorted({fact.release for fact in facts}, key=parse_release)
        return {
            name: stage
            for name in names
            if (stage := _stage([fact for fact in facts if fact.release == name])) is not None
        }

    def last(self, product: str, release: str, stage: Stage) -> Fact | None:
        """Return the last fact of a release at a stage, if it ever was there."""
        found = [fact for fact in self.facts(product, release) if fact.stage is stage]
        return found[-1] if found else None

    def append(
        self, product: str, release: str, stage: Stage, *, by: str, note: str = "", seal: str = "", at: datetime
    ) -> Fact:
        """Write a fact, on disk when this returns.

        Raises:
            LedgerError: the release cannot go there from where it stands, or nobody is named.
        """
        if not by.strip():
            raise LedgerError(f"{product} {release} cannot be {stage}: nobody is named who does it")
        with self._locked() as file:
            content = file.read()
            facts, whole = _read(self.path, content)
            now = _stage([fact for fact in facts if (fact.product, fact.release) == (product, release)])
            if stage not in ASIDE and stage not in _MOVES[now]:
                where = f"is {now}" if now else "was never drafted"
                raise LedgerError(f"{product} {release} cannot be {stage}: it {where}")
            previous = _hash(content[:whole].splitlines()[-1]) if whole else _BEGINNING
            fact = Fact(
                at=at.astimezone(UTC),
                product=product,
                release=release,
                stage=stage,
                by=by.strip(),
                note=note.strip(),
                seal=seal,
                previous=previous,
            )
            # What a process that was killed left half-written was no fact yet.
            file.truncate(whole)
            file.seek(whole)
            file.write(fact.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return fact

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _read(path: Path, content: bytes) -> tuple[list[Fact], int]:
    """Return the facts of a ledger and how many bytes of it are whole lines."""
    whole = content.rfind(b"\n") + 1
    facts: list[Fact] = []
    expected = _BEGINNING
    for number, line in enumerate(content[:whole].splitlines(), start=1):
        try:
            fact = Fact.model_validate_json(line)
        except ValidationError as error:
            raise LedgerError(
                f"{path} line {number} does not read: {error.errors()[0]['msg']}. Restore the ledger from a backup."
            ) from None
        if fact.previous != expected:
            raise LedgerError(
                f"{path} line {number} does not follow from the line before it: a line was altered or taken out. "
                "Restore the ledger from a backup."
            )
        facts.append(fact)
        expected = _hash(line)
    return facts, whole


def _stage(facts: Sequence[Fact]) -> Stage | None:
    """Return the stage that the facts of one release lead to."""
    moves = [fact.stage for fact in facts if fact.stage not in ASIDE]
    return moves[-1] if moves else None


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
