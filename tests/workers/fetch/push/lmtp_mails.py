"""Mails for the tests of the LMTP server, and which of them entered."""

import smtplib
from uuid import uuid4

from sqlalchemy import text

from schemas.settings import Settings
from storage.resources import Resources
from tests.builders.world import World


def mail(size: int = 100) -> bytes:
    return b"From: a@x\r\nSubject: s\r\n\r\n" + uuid4().hex.encode() + b"\r\n" + (b"x" * 70 + b"\r\n") * (size // 72)


def entered(resources: Resources, world: World) -> list[tuple[str, str]]:
    with resources.database.tenant(world.tenant_id) as connection:
        return [(row.recipient, row.sender) for row in connection.execute(text("select recipient, sender from mails"))]


def begun(settings: Settings, world: World, size: int) -> smtplib.LMTP:
    """Returns a client that has sent MAIL with this size, and RCPT."""
    client = smtplib.LMTP(settings.lmtp.host, settings.lmtp.port, timeout=60)
    client.ehlo()
    client.mail("a@x.example", [f"size={size}"])
    client.rcpt(f"x@{world.mail_domain}")
    return client
