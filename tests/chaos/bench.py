"""A whole casemail under test: an update is out, its recipient answers, and each answer must post once."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTPDataError
from uuid import UUID

from sqlalchemy import text

from cases.inbound.sources import Actor, Wanted, add
from ops.cluster import Cluster
from ops.demo import mailprogram, seed
from ops.demo.delivery import Letter, LmtpClient
from ops.demo.sink import Sink
from ops.demo.waiting import wait_until
from ops.demo.world import PEOPLE, UPDATES
from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import Authentication, OldMails, SourceKind
from storage.database import Database
from storage.ledger import conservation
from storage.secret_box import SecretBox
from tests.servers.dovecot import PASSWORD, Dovecot

MAILS = 400
SETTINGS = {"stall_seconds": "5", "push_batch_seconds": "1", "tenant_window": "50", "sender_mails": "0"}
# an update with one recipient, so that each answer causes one notice
QUESTION = next(update for update in UPDATES if len(update.recipients) == 1)
WRITER = PEOPLE[QUESTION.recipients[0]]
#: The reply to a client that must try again.
TRY_AGAIN = 451


@dataclass(frozen=True)
class Bench:
    """A running casemail, the reply address of its update, and the sink for its outgoing mail."""

    cluster: Cluster
    database: Database
    planted: seed.Planted
    reply_to: str
    sink: Sink

    def letters(self, topic: str, count: int = MAILS) -> dict[str, Letter]:
        """Returns different small answers, by their text."""
        written = {}
        for number in range(count):
            words = f"Answer {number} about {topic}."
            data = (
                f"From: {WRITER.name} <{WRITER.email}>\r\nTo: {self.reply_to}\r\nSubject: Re: {topic}\r\n"
                f"Message-ID: <{topic}.{number}@winter.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
                f"\r\n{words}\r\n"
            )
            written[words] = Letter(WRITER.email, self.reply_to, data.encode())
        return written

    def posted(self, topic: str) -> list[str]:
        """Returns the texts of the updates that were posted about the topic."""
        with self.database.tenant(self.planted.tenants[WRITER.tenant]) as connection:
            query = text("select text from updates where via = 'email' and text like :like")
            return list(connection.execute(query, {"like": f"% about {topic}."}).scalars())

    def conservation(self) -> conservation.Conservation:
        """Returns the conservation line of the tenant."""
        with self.database.system() as connection:
            return next(
                line
                for line in conservation.conservation(connection)
                if line.tenant == self.planted.slugs[WRITER.tenant]
            )


@contextmanager
def running(
    folder: Path, overrides: Mapping[str, str] | None = None, worker_options: tuple[str, ...] = ()
) -> Iterator[Bench]:
    """Runs a casemail and posts one update; `overrides` are settings by short name, such as `smtp_port`."""
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        smtp = {"smtp_host": sink.host, "smtp_port": str(sink.port)}
        settings = SETTINGS | smtp | dict(overrides or {})
        cluster = stack.enter_context(Cluster(folder, overrides=settings, worker_options=worker_options))
        database = stack.enter_context(closing(Database(cluster.settings.database.url)))
        planted = seed.plant(str(cluster.settings.database.owner_url), Authentication.OFF)  # nobody signs
        seed.post(database, planted, QUESTION)
        wait_until(lambda: bool(sink.to(WRITER.email)), seconds=60, what="the update mail")
        reply_to = mailprogram.read(sink.to(WRITER.email)[0]).reply_to
        yield Bench(cluster, database, planted, reply_to, sink)


def deliver(bench: Bench, letters: dict[str, Letter]) -> int:
    """Delivers by LMTP. Returns how many mails were accepted."""
    settings = bench.cluster.settings
    with LmtpClient(settings.lmtp.host, settings.lmtp.port) as client:
        return len([client.send(letter) for letter in letters.values()])


def take(bench: Bench, letter: Letter) -> bool:
    """Returns whether the LMTP server takes the mail. If not, its reply must ask the client to try again."""
    with LmtpClient(bench.cluster.settings.lmtp.host, bench.cluster.settings.lmtp.port) as client:
        try:
            client.send(letter)
        except SMTPDataError as error:
            if error.smtp_code != TRY_AGAIN:
                raise
            return False
        return True


def await_all_posted_once(bench: Bench, letters: dict[str, Letter], topic: str) -> None:
    """Waits until no mail is in flight, then checks that each letter was posted once and nothing else was."""
    wait_until(lambda: bench.conservation().in_flight == 0, seconds=60, what="all mails to end")
    assert sorted(bench.posted(topic)) == sorted(letters)
    line = bench.conservation()
    assert (line.unaccounted, line.held, line.dropped, line.forwarded) == (0, 0, 0, 0)
    assert line.received == line.posted


def add_mailbox(bench: Bench, dovecot: Dovecot, user: str) -> None:
    """Has casemail read the user's mailbox at Dovecot, and all other sources, every five seconds."""
    tenant = bench.planted.tenants[WRITER.tenant]
    given = {"host": "localhost", "port": dovecot.ports["imaps"], "username": user}
    wanted = Wanted(user, SourceKind.IMAP, MailboxOptions.model_validate(given), MailboxSecret(password=PASSWORD))
    box = SecretBox.from_settings(bench.cluster.settings)
    with bench.database.tenant(tenant) as connection:
        assert isinstance(add(connection, Actor(tenant, None), box, wanted, old_mails=OldMails.ALL), UUID)
    with bench.database.system() as connection:
        connection.execute(text("update sources set period_seconds = 5"))
