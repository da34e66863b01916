"""Sends canaries: test mails that regularly pass the whole pipeline, by LMTP for each tenant, and by mailboxes.

They show what no counter does: that mail sent to us arrives. Each has an address that only we can make
(cases.addresses.tokens), so other people's mail can't be mistaken for a canary.
"""

import smtplib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

import structlog
from sqlalchemy import Connection

from cases.addresses.tokens import Address, AddressKind, Keys, new_handle, read, write
from schemas.reasons import Reason
from schemas.records import Rejection
from schemas.settings import Settings
from schemas.tables import now
from storage import canaries as table
from storage.resources import Resources
from workers.outbox.smtp import Sender

#: The most canaries sent in one run of the job, and the seconds that each step of sending may take.
MOST, TIMEOUT = 20, 10

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Due:
    """A canary to send: its address, and the address of the mailbox that it goes to; empty for the LMTP source."""

    address: str
    mailbox: str


def due(connection: Connection, keys: Keys, period_seconds: int) -> list[Due]:
    """Returns the canaries that are due and notes them as sent; `connection` has the system role.

    The LMTP source gets a canary for each tenant every `period_seconds` (0: never). A fetched source whose options name
    a `canary_address` gets a canary every `canary_seconds`. A canary that then can't be sent counts as missing, which
    the metrics show.
    """
    rows = table.due(connection, period_seconds, most=MOST)
    if not rows:
        return []
    made = [(row, new_handle()) for row in rows]
    table.add(connection, [(row.tenant_id, row.source_id, handle) for row, handle in made])
    return [
        Due(write(keys, row.tenant_id, Address(AddressKind.CANARY, handle), "canary", row.mail_domain), row.mailbox)
        for row, handle in made
    ]


def send(canaries: Iterable[Due], settings: Settings) -> None:
    """Sends canaries; logs each canary that can't be sent.

    A canary for a mailbox goes through the server for outgoing mail. A canary for the LMTP source goes through the
    server that `settings.canaries.smtp` names, else directly to our LMTP server.
    """
    for canary in canaries:
        try:
            if canary.mailbox:
                _by_smtp(settings, canary.mailbox, canary)
            elif settings.canaries.smtp:
                host, _, port = settings.canaries.smtp.rpartition(":")
                with smtplib.SMTP(host, int(port), timeout=TIMEOUT) as front:
                    front.sendmail("", [canary.address], _mail(canary))
            else:
                with smtplib.LMTP(settings.lmtp.host, settings.lmtp.port, timeout=TIMEOUT) as ours:
                    ours.sendmail("", [canary.address], _mail(canary))
        except (OSError, smtplib.SMTPException) as error:
            _log.warning("canary not sent", address=canary.address, error=error)


def _by_smtp(settings: Settings, mailbox: str, canary: Due) -> None:
    with Sender(settings) as sender:
        outcome = sender.send("", mailbox, _mail(canary))
    if not outcome.sent:
        raise OSError(outcome.words)


def _mail(canary: Due) -> bytes:
    message = EmailMessage()
    message["From"] = canary.address
    message["To"] = canary.address
    message["Subject"] = "casemail canary"
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{canary.address}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("This mail shows that the way in works. It ends by itself.\n")
    return message.as_bytes().replace(b"\n", b"\r\n")


def arrived(connection: Connection, keys: Keys, rejections: Sequence[Rejection]) -> None:
    """Notes which canaries of a tenant have reached their end state; `connection` is in the tenant's scope."""
    local_parts = [
        (rejection.custody.tenant_id, rejection.custody.recipient.rpartition("@")[0])
        for rejection in rejections
        if rejection.reason is Reason.CANARY
    ]
    if local_parts:
        found = [read(keys, tenant_id, local) for tenant_id, local in local_parts]
        table.arrived(connection, [address.handle for address in found if address])


def due_now(resources: Resources) -> list[Due]:
    """Returns the canaries that the dispatcher has to send now."""
    with resources.database.system() as connection:
        return due(connection, resources.settings.secrets.address_keys, resources.settings.canaries.seconds)
