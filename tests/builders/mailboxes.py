"""Mailboxes as sources of tests: added as an admin adds them, fetched on orders as the scheduler gives them."""

import time
from collections.abc import Callable, Collection
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
from workers.fetch.pull.stage import fetch
from workers.fetch.pull.take import FetchSizes


def options(dovecot: Dovecot, user: str, kind: SourceKind = SourceKind.IMAP, **more: Any) -> MailboxOptions:
    """Returns the options of a user's mailbox at the server, with TLS unless `more` has another `security`."""
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
    """Adds a mailbox as a source of the tenant, and returns its id."""
    wanted = sources.Wanted(uuid4().hex, kind, given, secret or MailboxSecret(password=PASSWORD))
    actor = sources.Actor(world.tenant_id, world.people["admin"])
    with resources.database.tenant(world.tenant_id) as connection:
        box = SecretBox.from_settings(resources.settings)
        added = sources.add(connection, actor, box, wanted, old_mails=old_mails)
    assert isinstance(added, UUID)
    return added


def order(resources: Resources, source_id: UUID) -> FetchOrder:
    """Returns an order to fetch the source now, as the scheduler gives it; earlier leases are lost."""
    with resources.database.system() as connection:
        connection.execute(
            text("update sources set next_at = now(), leased_until = null where id = :id"), {"id": source_id}
        )
        return next(due for due in leases.due(connection) if due.source_id == source_id)


def row(resources: Resources, source_id: UUID) -> Any:
    """Returns the row of the source."""
    with resources.database.system() as connection:
        return connection.execute(text("select * from sources where id = :id"), {"id": source_id}).one()


def mails(world: World, count: int, start: int = 0, **fields: str) -> dict[str, bytes]:
    """Returns `count` different mails to an address of the tenant, by name. `fields` are further header fields."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return {
        f"n{number}": (
            f"Delivered-To: case-x@{world.mail_domain}\r\nFrom: a@x.example\r\nSubject: {number}\r\n{more}\r\n"
            f"{number} {uuid4()}\r\n.leading dot\r\n"
        ).encode()
        for number in range(start, start + count)
    }


def prints(raws: Collection[bytes]) -> set[str]:
    """Returns the hashes of mails, which do not depend on line ends."""
    return {sha256(raw.replace(b"\r\n", b"\n")).hexdigest() for raw in raws}


def entered(resources: Resources, world: World) -> list[str]:
    """Returns the hashes of the mails in the tenant's ledger, without duplicates."""
    with resources.database.tenant(world.tenant_id) as connection:
        raws = connection.execute(text("select raw from mails where duplicate_of is null")).scalars().all()
    return sorted(sha256(resources.blobs.get(raw).replace(b"\r\n", b"\n")).hexdigest() for raw in raws)


def fetch_now(resources: Resources, source_id: UUID, sizes: FetchSizes | None = None) -> Any:
    """Fetches the source, and returns its row afterwards."""
    fetch(order(resources, source_id), resources, sizes)
    return row(resources, source_id)


def change(resources: Resources, source_id: UUID, changes: str, **values: Any) -> None:
    """Changes columns of the source's row, as in `update sources set`."""
    with resources.database.system() as connection:
        connection.execute(text(f"update sources set {changes} where id = :id"), {"id": source_id, **values})


def wait(until: Callable[[], object], seconds: float = 120.0) -> None:
    """Returns when `until()` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)
