"""A genuine answer and spoiled copies of it, each taken through the stages."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from schemas.reasons import Reason
from schemas.records import Custody, FetchedMail, FilteredMail, ParsedMail, Rejection, ValidatedMail
from schemas.tables import MailState, new_id
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.plain_mails import plain_mail
from tests.builders.world import KEYS, World
from workers.deadletter.stage import settle
from workers.fetch.custody import Arrival, CustodyService
from workers.parse.stage import parse
from workers.post.stage import post
from workers.validate.stage import validate

HOP = "Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000\r\n"
#: By name: what an attacker puts before their copy, and its envelope sender (None: that of the genuine mail).
SPOILED: dict[str, tuple[str, str | None]] = {
    "51 Received": (HOP * 51, "x@evil.example"),
    "Delivered-To: autoresponder": ("Delivered-To: autoresponder\r\n", None),
    "the null sender": ("", ""),
    "X-Spam-Flag": ("X-Spam-Flag: YES\r\n", None),
    "300 KB of X-Received": (f"X-Received: {'a' * 60_000}\r\n" * 5, "x@evil.example"),
    "a NUL in Received": ("Received: a\x00b\r\n", None),
    "a bare CR in Received": ("Received: a\rb\r\n", None),
    "an encoded word in Received": ("Received: =?punycode?q?a?=\r\n", None),
    "a forwarder": (f"{HOP}X-Forwarded-For: a@x b@y\r\nX-Forwarded-To: b@y\r\n", "b@y.example"),
    "a NUL in Status": ("Status: a\x00b\r\n", None),
    "another sender": ("", "x@evil.example"),
    "just as it is": ("", None),
}


@dataclass
class GenuineAnswer:
    """A client's answer to an update: `genuine` is the answer, `address` the address that it is sent to."""

    resources: Resources
    world: World
    address: str = ""
    genuine: bytes = b""
    mails: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        update_id = self.world.post(self.resources.database, "staff", "client")
        self.address = reply_address(self.resources.database, self.world, update_id, "client")
        author = self.world.email("client")
        self.genuine = plain_mail(self.address, author=author, body=f"I do not accept the offer. {uuid4()}")

    def enters(self, name: str = "") -> UUID | None:
        """Takes the genuine mail, or the copy with this name, into custody; returns its id, None if it is repeated."""
        front, sender = SPOILED[name] if name else (HOP, None)
        raw = front.encode() + self.genuine
        batch, envelope = new_id(), self.world.email("client") if sender is None else sender
        CustodyService(self.resources).take(batch, [Arrival(raw, self.address, envelope, "ref")])
        with self.world.owner().begin() as connection:
            statement = text("select id from mails where batch_id = :batch and ended_at is null")
            return connection.execute(statement, {"batch": batch}).scalar()

    def custody(self, mail_id: UUID) -> Custody:
        """Returns the record of custody of a mail."""
        with self.world.owner().begin() as connection:
            statement = text("select *, id as mail_id from mails where id = :id")
            return Custody.model_validate(dict(connection.execute(statement, {"id": mail_id}).mappings().one()))

    def decided(self, mail_id: UUID) -> ValidatedMail | Rejection:
        """Parses and validates the mail; returns the decision."""
        found = parse(FetchedMail(custody=self.custody(mail_id)), self.resources)
        (decision,) = validate([found], self.resources) if isinstance(found, ParsedMail) else (found,)
        assert isinstance(decision, ValidatedMail | Rejection)
        return decision

    def ends(self, decision: ValidatedMail | Rejection) -> None:
        """Posts the mail, or settles its rejection."""
        end: object = decision
        if isinstance(decision, ValidatedMail):
            (end,) = post(
                [FilteredMail(parsed=decision.parsed, target=decision.target, files=(), left_out=())], self.resources
            )
        if isinstance(end, Rejection):
            settle([end], self.resources)

    def goes(self, name: str = "") -> tuple[str, str]:
        """Takes a mail through all stages; returns its state and reason."""
        mail_id = self.enters(name)
        if mail_id is None:
            return MailState.DROPPED, Reason.DUPLICATE
        self.ends(self.decided(mail_id))
        return self.state(mail_id)

    def state(self, mail_id: UUID) -> tuple[str, str]:
        """Returns state and reason of a mail."""
        with self.world.owner().begin() as connection:
            statement = text("select state, reason from mails where id = :id")
            return tuple(connection.execute(statement, {"id": mail_id}).one())

    def updates(self) -> list[str]:
        """Returns the texts of the updates that were posted by mail."""
        with self.world.owner().begin() as connection:
            statement = text("select text from updates where tenant_id = :id and via = 'email'")
            return list(connection.execute(statement, {"id": self.world.tenant_id}).scalars())

    def accept_all(self) -> list[UUID]:
        """Accepts, as the manager, all mails that did not post, and takes them to their end; returns their ids."""
        with self.world.owner().begin() as connection:
            statement = text("select id, run from mails where tenant_id = :id and state in ('held', 'dropped')")
            runs = {row.id: row.run for row in connection.execute(statement, {"id": self.world.tenant_id})}
        worker = Decider(self.world.tenant_id, self.world.people["manager"], "Manager", KEYS)
        with self.resources.database.tenant(self.world.tenant_id) as connection:
            done = decisions.act(connection, worker, Action.ACCEPT, runs).done
        for mail_id in done:
            self.ends(self.decided(mail_id))
        return done
