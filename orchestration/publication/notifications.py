"""Who is told: subscribers of what was published, corrected and withdrawn, the team of a release that is late.

What is owed follows from the ledger: each fact that is news, to each address that was not told of it. What was sent is
a fact itself, so that the next run sends what failed, and nothing twice. Addresses are those of apprise; they hold
secrets, and appear nowhere but as the first digits of their hash.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from orchestration.publication.ledger import Fact, Ledger, Stage
from orchestration.publication.names import parse_release
from orchestration.publication.products import PRODUCTS
from orchestration.publication.wording import quarter, sentence

log = logging.getLogger("oversight")

_NEWS = {Stage.published: timedelta(days=7), Stage.withdrawn: timedelta(days=7), Stage.alerted: timedelta(days=1)}
"""What is told, and how long it is news: an address that is added later is not told of all that ever was."""
_SENDER = "oversight"


@dataclass(frozen=True)
class Message:
    """What an address is to be told. `mark` is what the ledger will say of it."""

    fact: Fact
    text: str
    address: SecretStr
    mark: str


@dataclass(frozen=True)
class Notifier:
    """The addresses of an installation, and what they are owed."""

    subscribers: Sequence[SecretStr] = ()
    team: Sequence[SecretStr] = ()

    def send(self, ledger: Ledger, now: datetime) -> list[Message]:
        """Send what is owed, and record each message that was taken; return those that were not.

        A failure is logged and stays owed: it must not undo, nor hide, what it tells of.
        """
        missed = []
        for message in list(self.owed(ledger, now)):
            fact = message.fact
            if _taken(message):
                ledger.append(
                    fact.product, fact.release, Stage.notified, by=_SENDER, note=message.mark, seal=fact.seal, at=now
                )
            else:
                log.warning("%s %s: not told, the next run tries again: %s", fact.product, fact.release, message.mark)
                missed.append(message)
        return missed

    def owed(self, ledger: Ledger, now: datetime) -> Iterator[Message]:
        """Yield what each address has yet to be told, the oldest first."""
        facts = ledger.facts()
        told = {(fact.product, fact.release, fact.note) for fact in facts if fact.stage is Stage.notified}
        for fact in _news(facts):
            if now - fact.at > _NEWS[fact.stage]:
                continue
            for address in self.team if fact.stage is Stage.alerted else self.subscribers:
                mark = f"{fact.stage} {fact.at:%Y-%m-%dT%H:%M:%SZ}, to {_fingerprint(address)}"
                if (fact.product, fact.release, mark) not in told:
                    yield Message(fact, _said(fact, ledger), address, mark)


def _news(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the facts that are told, the oldest first."""
    public: set[tuple[str, str]] = set()
    for fact in facts:
        key = (fact.product, fact.release)
        # A release that is put back is told of by the withdrawal; one that never was public is withdrawn in silence.
        if (
            fact.stage is Stage.alerted
            or (fact.stage is Stage.published and key not in public)
            or (fact.stage is Stage.withdrawn and key in public)
        ):
            yield fact
        if fact.stage is Stage.published:
            public.add(key)


def _said(fact: Fact, ledger: Ledger) -> str:
    """Say a fact of the ledger in words."""
    number, revision = parse_release(fact.release)
    title = PRODUCTS[fact.product].title if fact.product in PRODUCTS else fact.product
    of = f"{title}, {quarter(number)}"
    if fact.stage is Stage.alerted:
        return f"{of}, is late. Release {fact.release}: {fact.note}"
    if fact.stage is Stage.withdrawn:
        return f"{of}: release {fact.release} was withdrawn, and its figures must not be used. Why: {fact.note}"
    where = f" {fact.note}" if fact.note.startswith("https://") else ""
    if revision == 1:
        return f"{of}: release {fact.release} was published.{where}"
    drafted = ledger.last(fact.product, fact.release, Stage.drafted)
    why = drafted.note if drafted else ""
    return f"{of}: release {fact.release} was published and corrects the one before it. Why: {sentence(why)}{where}"


def _fingerprint(address: SecretStr) -> str:
    return hashlib.sha256(address.get_secret_value().encode()).hexdigest()[:8]


def _taken(message: Message) -> bool:
    """Send a message; tell whether its address took it."""
    from apprise import Apprise

    logging.getLogger("apprise").disabled = True  # it quotes addresses
    service = Apprise()
    try:
        return service.add(message.address.get_secret_value()) and bool(
            service.notify(body=message.text, title="Oversight")
        )
    except Exception as error:
        log.warning("a notification service failed: %s", type(error).__name__)
        return False
