"""What may not be done with a release: too early, unannounced, unsigned, altered. `make refusals` shows it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.publication import calendar
from orchestration.publication.calendar import ReleaseDay
from orchestration.publication.lifecycle import NotAllowedError
from orchestration.publication.target import PublicationError
from orchestration.settings import LONDON
from tests.office import DAY, PRODUCT, Q1, R2, Office, sealed
from tests.unit.test_publication import edit

CSV = f"{PRODUCT}.csv"


@dataclass(frozen=True)
class Attempt:
    """What is tried with a sealed release of 2026-Q1 whose day is `at`, and what is said to it."""

    what: str
    says: str
    act: Callable[[Office], Any]
    at: datetime = DAY
    policy: str = "automatic"


def publish(moment: datetime | str = DAY) -> Callable[[Office], Any]:
    """Return what publishes the release at a moment."""
    now = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return lambda office: office.publish(Q1, now)


def sign(by: str, reason: str = "Checked against the force's own figures") -> Callable[[Office], Any]:
    """Return what approves the release."""
    return lambda office: office.releases.approve(PRODUCT, Q1, by=by, reason=reason, now=DAY)


def unannounce(office: Office) -> None:
    """Publish the release with no day in the calendar."""
    with patch.object(calendar, "calendar", tuple):
        office.publish(Q1)


def alter(office: Office, then: Callable[[Office], Any]) -> None:
    """Alter a figure of the sealed bytes first."""
    edit(office.folder / "out" / PRODUCT / Q1 / CSV)
    then(office)


def exchange(office: Office) -> None:
    """Publish another whole bundle in the place of the release."""
    folder = office.folder / "out" / PRODUCT
    shutil.rmtree(folder / Q1)
    shutil.copytree(sealed() / PRODUCT / R2, folder / Q1)
    office.publish(Q1)


def overwrite(office: Office) -> None:
    """Publish where another release stands already."""
    office.site.mkdir(parents=True)
    shutil.copytree(sealed() / PRODUCT / R2, office.site / Q1)
    office.publish(Q1)


def republish(office: Office) -> None:
    """Publish what was withdrawn."""
    office.withdraw(Q1)
    office.publish(Q1)


LAST_OF_WINTER = datetime(2026, 3, 27, 9, 30, tzinfo=LONDON)
FIRST_OF_SUMMER = datetime(2026, 3, 30, 9, 30, tzinfo=LONDON)
LAST_OF_SUMMER = datetime(2026, 10, 23, 9, 30, tzinfo=LONDON)
FIRST_OF_WINTER = datetime(2026, 10, 26, 9, 30, tzinfo=LONDON)


def early(what: str, at: datetime, shown: str, moment: str) -> Attempt:
    """Return a try to publish at a `moment` before the release's own, which London's clocks show as `shown`."""
    says = f"may not be public before {at:%-d %B %Y} 09:30 in London; it is {at:%-d %B %Y} {shown}"
    return Attempt(what, says, publish(moment), at)


ATTEMPTS = (
    early("27 March, winter time, 09:29:59", LAST_OF_WINTER, "09:29", "2026-03-27T09:29:59+00:00"),
    early("27 March, by a clock already on summer time", LAST_OF_WINTER, "08:30", "2026-03-27T08:30:00+00:00"),
    early("30 March, summer time, 09:29:59", FIRST_OF_SUMMER, "09:29", "2026-03-30T08:29:59+00:00"),
    early("23 October, summer time, 09:29:59", LAST_OF_SUMMER, "09:29", "2026-10-23T08:29:59+00:00"),
    early("26 October, winter time, 09:29:59", FIRST_OF_WINTER, "09:29", "2026-10-26T09:29:59+00:00"),
    early("26 October, by a clock still on summer time", FIRST_OF_WINTER, "08:30", "2026-10-26T08:30:00+00:00"),
    Attempt("on a date that was not announced", "no release day is announced for 2026-Q1", unannounce),
    Attempt(
        "unapproved",
        f"is not approved: oversight approve {PRODUCT} {Q1}",
        publish(),
        policy="sign_off",
    ),
    Attempt(
        "approved by its author", "was made by ada: another person has to approve it", sign("ada"), policy="sign_off"
    ),
    Attempt(
        "approved by its author, spelt otherwise", "was made by ada: another person", sign(" ADA"), policy="sign_off"
    ),
    Attempt("approved by nobody", "needs your name and a reason", sign(" "), policy="sign_off"),
    Attempt("approved without a reason", "needs your name and a reason", sign("grace", " "), policy="sign_off"),
    Attempt(
        "approved with altered bytes",
        f"{CSV} is missing or is not the file that was sealed",
        lambda office: alter(office, sign("grace")),
        policy="sign_off",
    ),
    Attempt(
        "published with altered bytes",
        f"{CSV} is missing or is not the file that was sealed",
        lambda office: alter(office, publish()),
    ),
    Attempt("published with the bytes of another release", "is not what was sealed: its seal is", exchange),
    Attempt("published over an existing release", "immutable", overwrite),
    Attempt("published after it was withdrawn", "is withdrawn and cannot be published", republish),
)


@contextmanager
def announced(attempt: Attempt) -> Iterator[None]:
    """Let the calendar hold the day of an attempt, and no other."""
    with patch.object(calendar, "calendar", lambda: (ReleaseDay(Q1, attempt.at, attempt.policy),)):
        yield


def refusal(attempt: Attempt, office: Office) -> str:
    """Return what is said to an attempt, nothing if it succeeds."""
    with announced(attempt):
        office.seal(Q1, attempt.at)
        try:
            attempt.act(office)
        except (NotAllowedError, PublicationError) as error:
            return str(error)
    return ""


def main() -> int:
    """Show every attempt and what is said to it; return 1 if one succeeds or is told something else."""
    table = Table(title="A release that may not be", title_justify="left")
    for heading in ("tried", "refused?", "what is said"):
        table.add_column(heading, overflow="fold")
    wrong = 0
    with TemporaryDirectory(prefix="oversight-refusals-") as folder:
        for number, attempt in enumerate(ATTEMPTS):
            said = refusal(attempt, Office(Path(folder) / str(number)))
            right = attempt.says in said
            wrong += not right
            table.add_row(attempt.what, "refused" if right else "WRONG", escape(said))
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table)
    console.print(f"{len(ATTEMPTS)} attempts, {wrong} not refused as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
