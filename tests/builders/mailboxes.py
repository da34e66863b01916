"""Mailboxes as sources, for the tests: made as a person makes them, fetched as the scheduler has them fetched."""

from collections.abc import Collection
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from cases.inbound import sources
from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.records import FetchOrder
from schemas.tables import OldMails, SourceKind
from storage.ledger import leases
from storage.resources import Resources
from storage.secret_box import SecretBox
from tests.builders.world import World
from tests.servers.dovecot import PASSWORD, Dovecot


def options(dovecot: Dovecot, user: str, kind: SourceKind = SourceKind.IMAP, **more: Any) -> MailboxOptions:
    """The options of a user's mailbox at the server, by TLS unless said otherwise."""
    port = "imaps" if kind is SourceKind.IMAP else "pop3s"
    if more.get("security", "tls") != "tls":
        port = "imap" if kind is SourceKind.IMAP else "pop3"
    values = {"host": "localhost", "port": dovecot.ports[port], "username": user}
    if kind is SourceKind.POP3:
        values["after"] = "delete"
    return MailboxOptions.model_validate(values | more)


def add(
    resources: Resources,
    world: World,
    given: MailboxOptions,
    *,
    kind: SourceKind = SourceKind.IMAP,
    secret: MailboxSecret | None = None,
    old_mails: OldMails = OldMails.ALL,
) -> UUID:
    """A source of the tenant."""
    wanted = sources.Wanted(uuid4().hex, kind, given, secret or MailboxSecret(password=PASSWORD))
    actor = sources.Actor(world.tenant_id, world.people["admin"])
    with resources.database.tenant(world.tenant_id) as connection:
        return sources.add(connection, actor, SecretBox.from_settings(resources.settings), wanted, old_mails=old_mails)


def order(resources: Resources, source_id: UUID) -> FetchOrder:
    """An order to fetch the source now, as the scheduler gives it; whoever had the lease has lost it."""
    with resources.database.system() as connection:
        connection.execute(
            text("update sources set next_at = now(), leased_until = null where id = :id"), {"id": source_id}
        )
        return next(one for one in leases.due(connection) if one.source_id == source_id)


def row(resources: Resources, source_id: UUID) -> Any:
    """The row of the source."""
    with resources.database.system() as connection:
        return connection.execute(text("select * from sources where id = :id"), {"id": source_id}).one()


def mails(world: World, count: int, start: int = 0, **fields: str) -> dict[str, bytes]:
    """So many different mails to an address of the tenant, by name."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return {
        f"n{number}": (
            f"Delivered-To: case-x@{world.mail_domain}\r\nFrom: a@x.example\r\nSubject: {number}\r\n{more}\r\n"
            f"{number} {uuid4()}\r\n.leading dot\r\n"
        ).encode()
        for number in range(start, start + count)
    }


def prints(raws: Collection[bytes]) -> set[str]:
    """What tells mails apart, whatever their line ends."""
    return {sha256(raw.replace(b"\r\n", b"\n")).hexdigest() for raw in raws}


def entered(resources: Resources, world: World) -> list[str]:
    """The mails of the tenant's ledger that are no duplicates, by what tells them apart."""
    with resources.database.tenant(world.tenant_id) as connection:
        raws = connection.execute(text("select raw from mails where duplicate_of is null")).scalars().all()
    return sorted(sha256(resources.blobs.get(raw).replace(b"\r\n", b"\n")).hexdigest() for raw in raws)
