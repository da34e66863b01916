"""The outbox sends the mail with the link that confirms an email alias."""

import re
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from cases.outgoing import alias_link
from cases.outgoing.fingerprint import OwnKind, OwnMail, read_mark
from cases.people import aliases
from ops.demo.smtp_server import SmtpServer
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import SendOrder
from storage.resources import Resources
from tests.builders.world import KEYS, SECRETS, World
from workers.outbox.stage import send


class Mailbox:
    """A handler for an SMTP server that keeps all mails."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 OK"


def test_the_link_is_mailed_to_the_address_that_it_confirms(resources: Resources, world: World) -> None:
    client, mailbox = world.people["client"], Mailbox()
    with world.owner().begin() as connection:
        connection.execute(
            text("update users set name = :name where id = :id"), {"name": "Ann\r\nBcc: x@y.example", "id": client}
        )
    with resources.database.tenant(world.tenant_id) as connection:
        refusal = aliases.ask(connection, world.tenant_id, client, "ann@home.example", by=client, tell_taken=False)
        row_id = connection.execute(text("select id from outbox where kind = 'alias'")).scalar_one()
    assert refusal is None
    controller = SmtpServer(mailbox)
    controller.start()
    settings = resources.settings.replace(smtp_port=controller.port)
    order = SendOrder(tenant_id=world.tenant_id, outbox_ids=(row_id,))
    send(order, Resources(settings, resources.database, resources.blobs))
    send(order, Resources(settings, resources.database, resources.blobs))
    controller.stop()
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("<>", ["ann@home.example"])
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=default)
    assert (mail["To"], mail["Auto-Submitted"], mail["Bcc"]) == ("ann@home.example", "auto-generated", None)
    assert read_mark(KEYS, mail[OWN_MAIL_FIELD]) == OwnMail(OwnKind.LETTER, row_id)
    words = mail.get_content()
    assert "count as mail from Ann Bcc: x@y.example at Tenant" in words
    found = re.search(rf"{resources.settings.console.url}/aliases/confirm\?token=(\S+)", words)
    assert found is not None
    named = alias_link.read(SECRETS, found[1])
    assert named is not None
    with resources.database.tenant(world.tenant_id) as connection:
        assert aliases.confirm(connection, *named)
