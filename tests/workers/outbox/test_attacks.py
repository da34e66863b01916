"""Attacks on outgoing mail, over real SMTP: header fields injected by a forwarded mail, and mail loops."""

from collections.abc import Sequence

import pytest

from cases.addresses.tokens import Address, AddressKind, write
from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from schemas.reasons import Reason
from schemas.records import FetchedMail, ParsedMail, Rejection
from schemas.tables import new_id
from storage.resources import Resources
from tests.builders.addresses import case_address
from tests.builders.decisions import take_into_custody
from tests.builders.outbox import orders
from tests.builders.rows import run
from tests.builders.world import KEYS, World
from tests.servers.mail_server import Answers, server
from workers.deadletter.stage import settle
from workers.outbox.stage import send
from workers.parse.stage import parse
from workers.validate.stage import validate

__all__ = ["server"]

HELD = "select id, run from mails where tenant_id = :id and state = 'held'"
PLAIN = b"From: x@evil.example\r\nSubject: Hello\r\n\r\nText\r\n"
HOSTILE = {
    "an encoded line end": b"Subject: =?utf-8?q?x=0d=0aBcc=3a_e=40x.example?=",
    "a bare CR": b"Subject: a\rBcc: e@x.example",
    "a vertical tab": b"Subject: a\x0bBcc: e@x.example",
    "a file separator": b"Subject: a\x1cBcc: e@x.example",
    "a folded name": b"Subject: a\r\n Bcc: e@x.example",
    "fields of ours": b"Subject: a\r\nX-Casemail-Mail: notice.1.a\r\nAuto-Submitted: no\r\nBcc: e@x.example",
    "an envelope in a name": b'From: "a\r\n RCPT TO:<z@z.example>" <x@evil.example>',
    "a dot": b"Subject: a\r\n\r\n.\r\nMAIL FROM:<e@x.example>\r\nRCPT TO:<e@x.example>\r\nDATA",
}


def end(resources: Resources, world: World, raw: bytes, address: str, sender: str) -> Reason:
    """Takes a mail through custody and all stages; returns the reason why it does not post."""
    (custody,) = take_into_custody(resources, world, [address], raw)
    parsed = parse(FetchedMail(custody=custody.model_copy(update={"sender": sender})), resources)
    rejection = validate([parsed], resources)[0] if isinstance(parsed, ParsedMail) else parsed
    assert isinstance(rejection, Rejection), rejection
    settle([rejection], resources)
    return rejection.reason


def send_all(resources: Resources, world: World) -> None:
    for order in orders(resources.database, world):
        send(order, resources)


def fields(data: bytes) -> Sequence[str]:
    """Returns the names of a mail's header fields as a mail server sees them: only CRLF ends a line."""
    header = data.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].decode() for line in header.split(b"\r\n") if not line.startswith((b" ", b"\t"))]


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_41_no_mail_puts_a_field_or_a_recipient_into_its_forward(
    server: tuple[Answers, Resources], world: World, line: bytes
) -> None:
    answers, resources = server
    run(world, "update tenants set catch_all = 'all@catch.example' where id = :id", id=world.tenant_id)
    address = case_address(world)
    hostile = line + b"\r\nX-From: y\r\n" + PLAIN
    for raw in (PLAIN, hostile):
        end(resources, world, raw, address, "x@evil.example")
    # if the hostile mail is held because it can't be read, a case worker forwards it by hand
    worker = Decider(world.tenant_id, world.people["manager"], "Manager", KEYS)
    held_back = {row.id: row.run for row in run(world, HELD, id=world.tenant_id)}
    with resources.database.tenant(world.tenant_id) as connection:
        assert not decisions.act(connection, worker, Action.FORWARD, held_back).refused
    send_all(resources, world)
    assert len(answers.mails) == 2
    assert {to for _, to, _ in answers.mails} == {"all@catch.example"}
    plain, *others = [fields(data) for _, _, data in answers.mails]
    assert all(other == plain for other in others)
    assert all(sender == "<>" for sender, _, _ in answers.mails)


def test_42_a_catch_all_that_leads_back_to_us_is_one_forward_and_no_more(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    address = case_address(world)
    # the console refuses such an address; here it leads back by way of another mail system
    run(world, "update tenants set catch_all = 'all@catch.example' where id = :id", id=world.tenant_id)
    assert end(resources, world, PLAIN, address, "x@evil.example") is Reason.AUTHOR_UNKNOWN
    send_all(resources, world)
    ((_, _, forward),) = answers.mails
    for number, hop in enumerate((b"", b"Received: from catch.example by us\r\n" * 3, b"Resent-To: us\r\n")):
        for sender in ("", "all@catch.example"):
            raw = hop + f"X-Hop: {number} {sender}\r\n".encode() + forward
            assert end(resources, world, raw, address, sender) is Reason.OWN_MAIL
    send_all(resources, world)
    assert len(answers.mails) == 1


def test_42_an_answer_of_a_machine_to_what_we_sent_is_answered_by_nothing(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    run(
        world,
        "update tenants set catch_all = 'all@catch.example', receipts = 'always' where id = :id",
        id=world.tenant_id,
    )
    world.post(resources.database, "staff", "client")
    query = "select handle from update_recipients r where user_id = :id"
    handle = run(world, query, id=world.people["client"])[0].handle
    address = write(KEYS, world.tenant_id, Address(AddressKind.REPLY, handle), "2026-7", world.mail_domain)
    send_all(resources, world)
    before = len(answers.mails)
    away = f"From: {world.email('client')}\r\nTo: {address}\r\nSubject: Out of office\r\n"
    for field in ("Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply"):
        raw = f"{away}{field}\r\nX-{new_id()}: 1\r\n\r\nI am away.\r\n".encode()
        assert end(resources, world, raw, address, "") is Reason.AUTO_REPLY
        assert (
            end(resources, world, raw.replace(b"away.", b"away!"), address, world.email("client")) is Reason.AUTO_REPLY
        )
    send_all(resources, world)
    assert len(answers.mails) == before
    assert run(world, "select distinct state from mails where tenant_id = :id", id=world.tenant_id) == [("dropped",)]
