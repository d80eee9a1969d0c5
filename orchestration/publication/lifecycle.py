"""The life of a release: what may be done with it, by whom and when, and what the public should see of a product.

Every move is written into the ledger once it has been made, so that any of them can be cut short and made again. What
is in a release is decided in `draft` and `bundle`, how a place is made to show it in `target`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from orchestration.errors import ToldError
from orchestration.publication.bundle import MANIFEST, Bundle, BundleError, read_bundle
from orchestration.publication.calendar import ReleaseDay, release_day
from orchestration.publication.ledger import PUBLIC, SEALED, Fact, Ledger, Stage
from orchestration.publication.names import parse_release, release_name, year_ended
from orchestration.publication.target import Change, Published, Shelf, Standing, Target
from orchestration.settings import LONDON

POLICY = "the release policy"
"""Who approves a release that the calendar lets out automatically."""


class NotAllowedError(ToldError):
    """What cannot be done with a release as it stands; the message says why, and what can."""


@dataclass(frozen=True)
class Releases:
    """The releases of an installation: their ledger, the folder of sealed bundles, and where they are published."""

    ledger: Ledger
    folder: Path
    target: Target

    def current(self, product: str, quarter: str | None = None) -> Bundle | None:
        """Return the newest release that the public sees of a product, or of one of its quarters."""
        shown = [
            name
            for name, stage in self.ledger.stages(product).items()
            if stage is Stage.published and quarter in (None, parse_release(name)[0])
        ]
        return read_bundle(self.folder / product / shown[-1]) if shown else None

    def seen(self, product: str) -> list[Path]:
        """Return the folders of all releases of a product that the public saw at any time, withdrawn ones too."""
        return [self.folder / product / name for name in self._stages_once_public(product)]

    def unknown(self, product: str) -> list[str]:
        """Return the sealed releases in the folder of which the ledger has not one fact."""
        written = sorted(path.parent.name for path in (self.folder / product).glob(f"[!.]*/{MANIFEST}"))
        return [name for name in written if self.ledger.stage(product, name) is None]

    def sealed(self, product: str, quarter: str) -> str | None:
        """Return the newest release of a quarter whose bytes are fixed, whatever became of it."""
        names = [
            name
            for name, stage in self.ledger.stages(product).items()
            if stage in SEALED and parse_release(name)[0] == quarter
        ]
        return names[-1] if names else None

    def to_draft(self, product: str, quarter: str, *, correction: bool) -> str | None:
        """Return the number under which a quarter would be drafted now; None if its release is sealed already.

        Raises:
            NotAllowedError: there is nothing to correct, a correction is under way, or there are sealed releases of
                which the ledger knows nothing: then it is not the whole ledger, and what is public not known.
        """
        if unknown := self.unknown(product):
            raise NotAllowedError(
                f"the ledger knows nothing of the sealed {product} {', '.join(unknown)} in {self.folder / product}: "
                f"restore {self.ledger.path} from a backup"
            )
        newest = self.sealed(product, quarter)
        if not correction:
            return quarter if newest is None else None
        if newest is None:
            raise NotAllowedError(f"{product} {quarter} was never released: there is nothing to correct")
        stage = self.ledger.stage(product, newest)
        if stage not in (*PUBLIC, Stage.withdrawn):
            raise NotAllowedError(f"{product} {newest} is {stage}, not published: publish or withdraw it first")
        return release_name(quarter, parse_release(newest)[1] + 1)

    def record_sealed(self, bundle: Bundle, *, by: str, now: datetime) -> None:
        """Record that a bundle was sealed; where the calendar needs no signature, approve it in the same breath.

        What a process that was killed had recorded already is not recorded again.
        """
        stage = self.ledger.stage(bundle.product, bundle.release)
        if stage is Stage.gated:
            self.ledger.append(bundle.product, bundle.release, Stage.sealed, by=by, seal=bundle.seal, at=now)
            stage = Stage.sealed
        if stage in (Stage.sealed, Stage.approved) and announced(bundle.quarter).policy == "automatic":
            self._approve(bundle, by=POLICY, note="automatic", now=now)

    def approve(self, product: str, release: str, *, by: str, reason: str, now: datetime) -> Fact:
        """Approve a sealed release by a named person who is not its author.

        Raises:
            NotAllowedError: nobody or no reason is named, its author asks, it is not sealed, or its bytes were altered.
        """
        stage = self.ledger.stage(product, release)
        if stage not in (Stage.sealed, Stage.approved):
            raise NotAllowedError(f"{product} {release} is {stage or 'not known'}; only a sealed release is approved")
        if not by.strip() or not reason.strip():
            raise NotAllowedError(f"to approve {product} {release} needs your name and a reason in words")
        author = self._sealing(product, release).by
        if by.strip().casefold() == author.casefold():
            raise NotAllowedError(f"{product} {release} was made by {author}: another person has to approve it")
        return self._approve(self.unaltered(product, release), by=by, note=reason, now=now)

    def publish(self, product: str, release: str, *, by: str, now: datetime) -> Published:
        """Show a release to the public, once its moment has come; it supersedes the one before it of its quarter.

        Raises:
            NotAllowedError: it is too early, it is not approved, or its bytes are not those that were approved.
            PublicationError: the target could not be made to show it.
        """
        quarter = parse_release(release)[0]
        day = announced(quarter)
        if now < day.at:
            raise NotAllowedError(
                f"{product} {release} may not be public before {day.at:%-d %B %Y %H:%M} in London; "
                f"it is {now.astimezone(LONDON):%-d %B %Y %H:%M}"
            )
        stage = self.ledger.stage(product, release)
        if cut_short(stage, day):
            raise NotAllowedError(
                f"{product} {release} is {stage}, and what was to schedule it was cut short: "
                f"oversight release {quarter}"
            )
        if stage is Stage.sealed:
            raise NotAllowedError(f"{product} {release} is not approved: oversight approve {product} {release}")
        if stage not in (Stage.scheduled, Stage.published):
            raise NotAllowedError(f"{product} {release} is {stage or 'not known'} and cannot be published")
        bundle = self.unaltered(product, release)
        published = self.target.show(self.shelf(product, show=[release]))
        if stage is Stage.scheduled:
            self.ledger.append(
                product, release, Stage.published, by=by, note=published.location, seal=bundle.seal, at=now
            )
        # Also of a release that was published before: what did it may have been killed before it wrote this.
        for name, other in self.ledger.stages(product).items():
            if other is Stage.published and name != release and parse_release(name)[0] == quarter:
                seal = self._sealing(product, name).seal
                self.ledger.append(product, name, Stage.superseded, by=by, note=f"by {release}", seal=seal, at=now)
        return published

    def withdraw(self, product: str, release: str, *, by: str, reason: str, now: datetime) -> Published | None:
        """Take a release back; the one that it superseded is shown again.

        Raises:
            NotAllowedError: nobody or no reason is named, or it is not sealed.
            PublicationError: the target could not be made to show the one before.
        """
        if not by.strip() or not reason.strip():
            raise NotAllowedError(f"to withdraw {product} {release} needs your name and a reason in words")
        stage = self.ledger.stage(product, release)
        if stage not in SEALED - {Stage.withdrawn}:
            raise NotAllowedError(f"{product} {release} is {stage or 'not known'}: there is nothing to withdraw")
        seal = self._sealing(product, release).seal
        published = None
        if stage in PUBLIC:
            shelf = self.shelf(product, withdraw=release, reason=reason, now=now)
            published = self.target.show(shelf)
            for standing in shelf.standings:
                name = standing.bundle.release
                if standing.stage is Stage.published and self.ledger.stage(product, name) is Stage.superseded:
                    note = f"put back: {release} was withdrawn"
                    self.ledger.append(
                        product, name, Stage.published, by=by, note=note, seal=standing.bundle.seal, at=now
                    )
        self.ledger.append(product, release, Stage.withdrawn, by=by, note=reason, seal=seal, at=now)
        return published

    def show(self, product: str) -> Published | None:
        """Make the target show what the ledger says of a product; None if nothing of it was ever public.

        Raises:
            PublicationError: the target could not be made to show it.
        """
        shelf = self.shelf(product)
        return self.target.show(shelf) if shelf.standings else None

    def shelf(
        self,
        product: str,
        *,
        show: Sequence[str] = (),
        withdraw: str = "",
        reason: str = "",
        now: datetime | None = None,
    ) -> Shelf:
        """Return what the public should see of a product: as the ledger has it, or once a release is shown or taken."""
        stages = self._stages_once_public(product)
        stages |= dict.fromkeys(show, Stage.published)
        if withdraw:
            stages[withdraw] = Stage.withdrawn
        # The newest of a quarter that was not withdrawn stands for it, whether or not the ledger has that already: what
        # was to write it may have been killed.
        standing = sorted((name for name in stages if stages[name] is not Stage.withdrawn), key=parse_release)
        newest = {parse_release(name)[0]: name for name in standing}
        stages |= {name: Stage.published if name in newest.values() else Stage.superseded for name in standing}
        standings = []
        for name, stage in stages.items():
            try:
                bundle = read_bundle(self.folder / product / name)
            except BundleError as error:
                raise NotAllowedError(
                    f"{product} cannot be shown: {name} is not what was sealed: {error}. "
                    "Where a copy of it may be: oversight doctor"
                ) from error
            taken = self.ledger.last(product, name, Stage.withdrawn)
            if name == withdraw:
                standings.append(Standing(bundle, stage, reason, now))
            elif taken:
                standings.append(Standing(bundle, stage, taken.note, taken.at))
            else:
                standings.append(Standing(bundle, stage))
        return Shelf(
            product, tuple(sorted(standings, key=lambda each: parse_release(each.bundle.release), reverse=True))
        )

    def earlier(self, product: str, quarter: str) -> tuple[Standing, ...]:
        """Return what became of the releases before a quarter in the financial year that it ends, the oldest first."""
        before = year_ended(quarter)[:-1]
        if not before:
            return ()
        shelf = self.shelf(product)
        standings = []
        for each in reversed(shelf.standings):
            if each.bundle.quarter in before:
                successor = shelf.successor(each) if each.stage is Stage.superseded else None
                standings.append(replace(each, reason=successor.correction) if successor else each)
        return tuple(standings)

    def plan(self, product: str, now: datetime) -> list[Change]:
        """Return what the target would have to change to show all that may be public by now."""
        due = [
            name
            for name, stage in self.ledger.stages(product).items()
            if stage is Stage.scheduled and announced(parse_release(name)[0]).at <= now
        ]
        return self.target.plan(self.shelf(product, show=due))

    def unaltered(self, product: str, release: str) -> Bundle:
        """Return a sealed bundle; raises `NotAllowedError` where its bytes are not those that were sealed."""
        try:
            bundle = read_bundle(self.folder / product / release)
        except BundleError as error:
            raise NotAllowedError(f"{product} {release} is not what was sealed: {error}") from error
        sealed = self._sealing(product, release).seal
        if bundle.seal != sealed:
            raise NotAllowedError(
                f"{product} {release} is not what was sealed: its seal is {bundle.seal[:12]}, not {sealed[:12]}"
            )
        return bundle

    def _stages_once_public(self, product: str) -> dict[str, Stage]:
        """Return the stages of the releases that were published at some time, in the order of their numbers."""
        return {
            name: stage
            for name, stage in self.ledger.stages(product).items()
            if self.ledger.last(product, name, Stage.published)
        }

    def _approve(self, bundle: Bundle, *, by: str, note: str, now: datetime) -> Fact:
        at = max(announced(bundle.quarter).at, now)
        if self.ledger.stage(bundle.product, bundle.release) is Stage.sealed:
            self.ledger.append(
                bundle.product, bundle.release, Stage.approved, by=by, note=note, seal=bundle.seal, at=now
            )
        when = f"{at.astimezone(LONDON):%-d %B %Y %H:%M} in London"
        return self.ledger.append(
            bundle.product, bundle.release, Stage.scheduled, by=by, note=when, seal=bundle.seal, at=now
        )

    def _sealing(self, product: str, release: str) -> Fact:
        fact = self.ledger.last(product, release, Stage.sealed)
        if fact is None:
            raise NotAllowedError(f"{product} {release} was never sealed")
        return fact


def cut_short(stage: Stage | None, day: ReleaseDay) -> bool:
    """Tell whether a release stands between its seal and its schedule without waiting for a person."""
    return stage is Stage.approved or (stage is Stage.sealed and day.policy == "automatic")


def announced(quarter: str) -> ReleaseDay:
    """Return the release day of a quarter; raises `NotAllowedError` where none is announced."""
    try:
        return release_day(quarter)
    except KeyError as error:
        raise NotAllowedError(str(error.args[0])) from None
