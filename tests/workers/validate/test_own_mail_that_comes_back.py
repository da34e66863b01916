"""Casemail's own mails that come back are recognised: each test composes a mail, parses its bytes, and validates it."""

from email import message_from_bytes

import pytest
from sqlalchemy import text

from cases.outgoing import notices
from cases.outgoing.forward import Forward, compose
from schemas.reasons import Reason
from schemas.records import ParsedMail, ProofOrder, Rejection, ValidatedMail
from schemas.tables import new_id, now
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.rows import noted_bounces
from tests.builders.small_mails import mail, part, whole
from tests.builders.world import KEYS, World, in_ledger
from workers.parse.read import read_mail
from workers.validate.stage import validate

URL = "https://console.example"
Decision = ValidatedMail | ProofOrder | Rejection


@pytest.fixture
def notice(database: Database, world: World) -> notices.Notice:
    """Posts an update; returns the client's notice."""
    world.post(database, "staff", "client")
    with database.tenant(world.tenant_id) as connection:
        ids = connection.execute(
            text("select id from update_recipients where user_id = :id"), {"id": world.people["client"]}
        )
        return notices.load(connection, list(ids.scalars()), KEYS)[0]


def decide(
    resources: Resources, world: World, raw: bytes, recipient: str, sender: str = ""
) -> ValidatedMail | ProofOrder | Rejection:
    """Parses and validates these bytes, sent to this address; returns the decision."""
    parsed = read_mail(raw, in_ledger(world, recipient=recipient, sender=sender))
    assert isinstance(parsed, ParsedMail), parsed
    return validate([parsed], resources)[0]


def dropped_as(result: Decision) -> Reason:
    assert isinstance(result, Rejection)
    return result.reason


def forward(world: World, to_email: str, original: bytes) -> bytes:
    made = Forward(
        outbox_id=new_id(),
        mail_id=new_id(),
        to_email=to_email,
        mail_domain=world.mail_domain,
        reason=Reason.AUTHOR_UNKNOWN,
        evidence={},
        received_at=now(),
        recipient="",
        author="",
        subject="",
    )
    return compose(made, original, KEYS, URL)


def test_a_catch_all_that_is_an_address_of_ours_makes_no_loop(
    resources: Resources, world: World, notice: notices.Notice
) -> None:
    address = notices.reply_to(notice, KEYS)
    assert dropped_as(decide(resources, world, forward(world, address, mail()), address)) is Reason.OWN_MAIL


def test_a_notice_that_is_sent_on_to_its_reply_address_is_known(
    resources: Resources, world: World, notice: notices.Notice
) -> None:
    raw = b"Received: from a by b\r\nResent-To: x@y.example\r\n" + notices.compose(notice, KEYS, URL)
    address = notices.reply_to(notice, KEYS)
    assert dropped_as(decide(resources, world, raw, address, world.email("client"))) is Reason.OWN_MAIL


def test_a_mail_with_a_forged_fingerprint_still_posts_if_its_author_may(
    resources: Resources, world: World, notice: notices.Notice
) -> None:
    raw = mail(f"X-Casemail-Mail: notice.{new_id().hex}.aaaaaaaaaaaaaaaaa", head=(f"From: {world.email('client')}",))
    result = decide(resources, world, raw, notices.reply_to(notice, KEYS), world.email("client"))
    assert isinstance(result, ValidatedMail)


STATUS = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; bob@x.example\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize("headers_only", [True, False])
@pytest.mark.parametrize("to_reply_address", [True, False])
def test_a_report_about_a_notice_is_noted_at_its_recipient(
    resources: Resources, world: World, notice: notices.Notice, headers_only: bool, to_reply_address: bool
) -> None:
    sent = notices.compose(notice, KEYS, URL)
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    copy = part(f"Content-Type: {kind}", body=sent.partition(b"\r\n\r\n")[0] if headers_only else sent)
    report = whole("report", part(body="Sorry."), part("Content-Type: message/delivery-status", body=STATUS), copy)
    address = notices.envelope_from(notice, KEYS) if to_reply_address else notices.sender(world.mail_domain)
    assert dropped_as(decide(resources, world, report, address)) is Reason.BOUNCE
    assert noted_bounces(world) == {"Client": ("bob@x.example", True, "5.1.1")}


def test_the_envelope_sender_of_a_notice_is_the_recipients_own_address(
    database: Database, world: World, notice: notices.Notice
) -> None:
    with database.tenant(world.tenant_id) as connection:
        update_id = connection.execute(text("select id from updates")).scalar_one()
    assert notices.envelope_from(notice, KEYS) == reply_address(database, world, update_id, "client")
    assert message_from_bytes(notices.compose(notice, KEYS, URL))["X-Casemail-Mail"].startswith("notice.")
