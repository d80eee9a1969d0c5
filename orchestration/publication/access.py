"""Pre-release access: who may see a release in its final form before the public, when, and the record of each access.

The list is `pre_release_access.csv` beside this module: each name with its role, the product and the justification. It
is public, and nobody is on it until a line is added. The window opens 24 hours before the moment of a release.
"""

import csv
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.publication.bundle import BundleError, read_bundle
from orchestration.publication.ledger import PUBLIC, Stage
from orchestration.publication.lifecycle import NotAllowedError, Releases, announced
from orchestration.publication.names import parse_release
from orchestration.settings import LONDON

_WINDOW = timedelta(hours=24)
_LIST = Path(__file__).with_name("pre_release_access.csv")


@dataclass(frozen=True)
class Access:
    """A line of the list."""

    name: str
    role: str
    product: str
    justification: str


def granted() -> tuple[Access, ...]:
    """Return the list of pre-release access."""
    with _LIST.open(newline="", encoding="utf-8") as file:
        return tuple(Access(**row) for row in csv.DictReader(file))


def preview(
    releases: Releases, product: str, release: str, *, viewer: str, by: str, folder: Path, now: datetime
) -> Path:
    """Write a copy of an approved release for somebody on the list; return where it lies.

    Args:
        releases: the releases of the installation.
        product: the product.
        release: the number of the release.
        viewer: who is to see it: a name on the list.
        by: who hands it out.
        folder: where copies go; one of the same release that lies there is replaced.
        now: the moment of the access.

    Raises:
        NotAllowedError: it is not approved, is public already, is too early to be seen, the name is not on the list
            for this product, or its bytes are not those that were sealed.
    """
    listed = _entitled(releases, product, release, viewer, now)
    bundle = releases.unaltered(product, release)
    # First the record, then the copy: there is no access without it.
    note = f"{listed.role}: {listed.justification} (handed out by {by.strip()})"
    releases.ledger.append(product, release, Stage.accessed, by=listed.name, note=note, seal=bundle.seal, at=now)
    place = folder / product / release
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(bundle.path, place)
    try:
        copied = read_bundle(place).seal
    except BundleError as error:
        raise NotAllowedError(f"the copy of {product} {release} is damaged, try again: {error}") from error
    if copied != bundle.seal:
        raise NotAllowedError(f"the copy of {product} {release} is not what was sealed, try again")
    return place


def _entitled(releases: Releases, product: str, release: str, viewer: str, now: datetime) -> Access:
    """Return the line of the list by which somebody may see a release now; raises `NotAllowedError` without one."""
    try:
        day = announced(parse_release(release)[0])
    except ValueError as error:
        raise NotAllowedError(str(error)) from None
    stage = releases.ledger.stage(product, release)
    if stage in PUBLIC:
        shown = releases.ledger.last(product, release, Stage.published)
        raise NotAllowedError(f"{product} {release} is public: {shown.note if shown else stage}")
    if stage not in (Stage.approved, Stage.scheduled):
        raise NotAllowedError(f"{product} {release} is {stage or 'not known'}; only an approved release can be seen")
    allowed = {each.name.casefold(): each for each in granted() if each.product == product}
    listed = allowed.get(viewer.strip().casefold())
    if listed is None:
        raise NotAllowedError(f"{viewer.strip() or 'nobody'} is not on the list of pre-release access to {product}")
    # Counted in UTC: in London a day may have 23 or 25 hours.
    moment = day.at.astimezone(UTC)
    if now >= moment:
        raise NotAllowedError(f"the moment of {product} {release} has come: oversight publish")
    if now < moment - _WINDOW:
        opens = (moment - _WINDOW).astimezone(LONDON)
        raise NotAllowedError(
            f"{product} {release} may not be seen before {opens:%-d %B %Y %H:%M} in London, 1,440 minutes before its "
            "release"
        )
    return listed
