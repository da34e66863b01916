"""Drives the demo: starts everything, delivers the mails, and reads the result of each."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ops.cluster import Cluster
from ops.demo import delivery, outcomes, seed
from ops.demo.browser import Browser
from ops.demo.delivery import Letter
from ops.demo.letters import EDGE, write_letter
from ops.demo.outcomes import Outcome
from ops.demo.scenario import ANSWERS, Answer
from ops.demo.sink import Delivered, Sink
from ops.demo.waiting import WaitedTooLongError, wait_until
from ops.demo.watch import kept_alive
from ops.demo.world import (
    ADMIN_WHEN_OFF,
    CASES,
    PASSWORD,
    PEOPLE,
    SWITCHED_OFF,
    TENANTS,
    UPDATE_WHEN_OFF,
    UPDATES,
    UpdateSeed,
)
from schemas.tables import MailState, SourceKind
from storage.database import Database
from storage.ledger import conservation
from storage.source_rows import ensure_source

#: LMTP batches close soon, so that their latency can be shown; no name server is asked.
_OVERRIDES = {"push_batch_seconds": "1", "authserv_id": EDGE, "metrics_every_tenant": "true"}
_FETCH_SECONDS = 1
_NOTICE_SECONDS = 60.0
_OPERATOR_SLUG = "operator"


@dataclass(frozen=True)
class Sent:
    """A mail that was delivered: the bytes that casemail got, and the reference that its source has for it."""

    answer: Answer
    recipient: str
    data: bytes
    reference: str


@dataclass(frozen=True)
class Ended:
    """A mail and its outcome, None if it is not in the ledger."""

    sent: Sent
    outcome: Outcome | None


class Demo:
    """A whole casemail in `folder` with tenants and their people, between entry and exit; calls `tell` at each step.

    Call `seed`, then `deliver`, then `wait`.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self._folder = folder
        self._tell = tell
        self.sent: list[Sent] = []

    def __enter__(self) -> Self:
        self._tell("Starting Kafka, PostgreSQL, a worker, the dispatcher, LMTP and the console")
        with ExitStack() as stack:
            self.sink = stack.enter_context(Sink())
            smtp = {"smtp_host": self.sink.host, "smtp_port": str(self.sink.port)}
            self.cluster = stack.enter_context(Cluster(self._folder, overrides=_OVERRIDES | smtp))
            self.settings = self.cluster.settings
            if self.cluster.kafka is not None:
                stack.enter_context(kept_alive(self.cluster.kafka, self._tell))
            self.database = stack.enter_context(closing(Database(self.settings.database.url)))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def seed(self) -> None:
        """Creates tenants, people and cases, and waits until their updates have reached the recipients.

        One tenant then switches email update replies off and posts another update. Raises `WaitedTooLongError`.
        """
        self._tell(f"Creating {len(TENANTS)} tenants with their people and cases, and posting {len(UPDATES)} updates")
        self.planted = seed.plant(self.settings.database.owner_url or self.settings.database.url)
        for update in UPDATES:
            seed.post(self.database, self.planted, update)
        self._await_notices(UPDATES, 1)
        self.mailboxes = {key: self.sink.to(PEOPLE[key].email)[0] for update in UPDATES for key in update.recipients}
        self._tell(f"{len(self.mailboxes)} update mails went out; one tenant now switches email update replies off")
        catch_all = next(tenant.catch_all for tenant in TENANTS if tenant.slug == SWITCHED_OFF)
        self.browser(ADMIN_WHEN_OFF).send("/settings/general", {"catch_all": catch_all})
        seed.post(self.database, self.planted, UPDATE_WHEN_OFF)
        self._await_notices((UPDATE_WHEN_OFF,), 2)

    def browser(self, key: str) -> Browser:
        """Logs a person in at the console and returns their browser."""
        person = PEOPLE[key]
        slug = self.planted.slugs[person.tenant]
        return Browser(self.settings.console.url, slug=slug, email=person.email, password=PASSWORD)

    def case_address(self, number: str) -> str:
        """Returns the address of a case, as its manager reads it on the case page."""
        manager = next(case.manager for case in CASES if case.number == number)
        return self.browser(manager).case_address(self.planted.cases[number])

    def deliver(self) -> None:
        """Writes the mails of the scenario and delivers them, first those by LMTP, then those by Maildir."""
        letters: dict[str, Letter] = {}
        for answer in ANSWERS:
            letters[answer.name] = letters.get(answer.again) or write_letter(
                answer, self.mailboxes, self.planted.mail_domains, self.case_address
            )
        by_lmtp = [(answer, letters[answer.name]) for answer in ANSWERS if answer.by is SourceKind.LMTP]
        by_maildir = [(answer, letters[answer.name]) for answer in ANSWERS if answer.by is SourceKind.MAILDIR]
        self._tell(f"Answering them: {len(by_lmtp)} mails by LMTP, {len(by_maildir)} by a Maildir")
        with delivery.LmtpClient(self.settings.lmtp.host, self.settings.lmtp.port) as client:
            for answer, letter in by_lmtp:
                self.sent.append(Sent(answer, letter.recipient, letter.data, client.send(letter)))
        folder = self._folder / "maildir"
        for answer, letter in by_maildir:
            self.sent.append(Sent(answer, letter.recipient, *delivery.drop_into(folder, letter)))
        # the source is added when all its mails are there, so that they are fetched as one batch
        with self.database.system() as connection:
            ensure_source(
                connection,
                SourceKind.MAILDIR,
                "demo",
                location=str(folder),
                period_seconds=_FETCH_SECONDS,
                options={"authserv_id": EDGE},
            )

    def wait(self, seconds: float) -> list[Ended]:
        """Waits until all mails have ended, at most `seconds`, and returns the outcome of each."""
        references, tenants = [sent.reference for sent in self.sent], list(self.planted.tenants.values())
        try:
            wait_until(
                lambda: outcomes.settled(self.database, references, tenants), seconds=seconds, what="all mails to end"
            )
        except WaitedTooLongError as error:
            self._tell(str(error))
        found = outcomes.read(self.database, references)
        return _whichever_posted([Ended(sent, found.get(sent.reference)) for sent in self.sent])

    def notices(self) -> list[Delivered]:
        """Returns the update mails that went out; a forward differs from them by its null sender."""
        return [mail for mail in self.sink.mails if mail.sender]

    def catch_all_mails(self) -> list[Delivered]:
        """Returns the mails that the catch-all addresses got."""
        return [mail for tenant in TENANTS for mail in self.sink.to(tenant.catch_all)]

    def conservation(self) -> list[conservation.Conservation]:
        """Returns the conservation line of each tenant of the demo, and of the operator."""
        slugs = {*self.planted.slugs.values(), _OPERATOR_SLUG}
        with self.database.system() as connection:
            return [line for line in conservation.conservation(connection) if line.tenant in slugs]

    def _await_notices(self, updates: Sequence[UpdateSeed], number: int) -> None:
        emails = [PEOPLE[key].email for update in updates for key in update.recipients]
        wait_until(
            lambda: all(len(self.sink.to(email)) >= number for email in emails),
            seconds=_NOTICE_SECONDS,
            what="the update mails to go out",
        )


def _whichever_posted(ended: Sequence[Ended]) -> list[Ended]:
    """Returns the mails. Of a mail sent twice, the copy that posted counts as the first, because either copy may post
    if both wait at the same time."""
    by_name = {mail.sent.answer.name: mail for mail in ended}
    for copy in [mail for mail in ended if mail.sent.answer.again]:
        first = by_name[copy.sent.answer.again]
        if copy.outcome and first.outcome and copy.outcome.state == MailState.POSTED:
            by_name[first.sent.answer.name] = Ended(first.sent, copy.outcome)
            by_name[copy.sent.answer.name] = Ended(copy.sent, first.outcome)
    return list(by_name.values())
