"""A real Postfix delivers to the LMTP server, and takes mail from the outbox."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import text

from ops.demo.sink import Sink
from ops.embedded.process import free_port
from storage.database import Database
from storage.outbox_queue import claim_due
from storage.resources import Resources
from tests.builders.world import World
from tests.contract.rig import eventually
from tests.servers.lmtp import serving
from tests.servers.postfix import Postfix
from workers.outbox.stage import send

LIMIT = 100_000


@pytest.fixture(scope="module")
def port() -> int:
    """Returns the port of our LMTP server, which each test starts itself."""
    return free_port()


@pytest.fixture(scope="module")
def postfix(port: int) -> Iterator[Postfix]:
    """Yields a Postfix that delivers all mail to our LMTP server."""
    with Postfix(f"lmtp:inet:127.0.0.1:{port}") as server:
        yield server


def mail(words: str = "", size: int = 0) -> bytes:
    head = f"From: a@x.example\r\nMessage-ID: <{uuid4().hex}@x.example>\r\nSubject: s\r\n\r\n{words}\r\n"
    return head.encode() + (b"x" * 70 + b"\r\n") * (size // 72)


def entered(resources: Resources, world: World) -> list[tuple[str, str]]:
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select recipient, sender from mails where duplicate_of is null"))
        return sorted((row.recipient, row.sender) for row in rows)


def raws(resources: Resources, world: World) -> list[bytes]:
    with resources.database.tenant(world.tenant_id) as connection:
        return [resources.blobs.get(key) for key in connection.execute(text("select raw from mails")).scalars()]


def test_mails_come_from_postfix_into_custody_for_each_recipient(
    postfix: Postfix, port: int, resources: Resources, world: World
) -> None:
    ours = [f"case-{name}@{world.mail_domain}" for name in ("one", "two", "three")]
    with serving(resources, lmtp_port=port), postfix.client() as client:
        client.sendmail("a@x.example", ours, mail(size=20_000))
        client.sendmail("", ours[:1], mail("a bounce"))
        eventually(lambda: len(entered(resources, world)) == 4 and not postfix.queued)
    assert entered(resources, world) == sorted([(ours[0], ""), *((address, "a@x.example") for address in ours)])
    assert all(b"by mx.postfix.example (Postfix)" in raw for raw in raws(resources, world))


def test_while_nobody_listens_postfix_keeps_the_mails_and_then_all_enter_once(
    postfix: Postfix, port: int, resources: Resources, world: World
) -> None:
    with postfix.client() as client:
        for number in range(20):
            client.sendmail("a@x.example", [f"case-{number}@{world.mail_domain}"], mail())
    assert postfix.queued == 20
    with serving(resources, lmtp_port=port):
        eventually(lambda: len(entered(resources, world)) == 20 and not postfix.queued)
    assert len(entered(resources, world)) == 20


def test_while_there_is_no_database_postfix_keeps_the_mails_and_then_all_enter_once(
    postfix: Postfix, port: int, resources: Resources, world: World
) -> None:
    nowhere = Resources(resources.settings, Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), resources.blobs)
    with serving(nowhere, lmtp_port=port), postfix.client() as client:
        for number in range(5):
            client.sendmail("a@x.example", [f"case-{number}@{world.mail_domain}"], mail())
        eventually(lambda: postfix.log.count(world.mail_domain) > 10 and "451 4.3.0" in postfix.log)
        assert postfix.queued >= 5
    with serving(resources, lmtp_port=port):
        eventually(lambda: len(entered(resources, world)) == 5 and not postfix.queued)
    assert len(entered(resources, world)) == 5


def test_while_the_disk_is_nearly_full_postfix_keeps_the_mail_and_then_it_enters_once(
    postfix: Postfix, port: int, resources: Resources, world: World
) -> None:
    with serving(resources, lmtp_port=port, disk_reserve=2**60), postfix.client() as client:
        client.sendmail("a@x.example", [f"case-1@{world.mail_domain}"], mail())
        eventually(lambda: "452 4.3.1 No room on the disk" in postfix.log)
        assert postfix.queued >= 1
    with serving(resources, lmtp_port=port):
        eventually(lambda: not postfix.queued)
    assert len(entered(resources, world)) == 1


def test_a_mail_over_the_limit_is_refused_before_it_is_sent_and_its_sender_is_notified(
    port: int, resources: Resources, world: World
) -> None:
    with (
        Sink() as sink,
        Postfix(
            f"lmtp:inet:127.0.0.1:{port}", transport_maps=f"inline:{{x.example=smtp:[127.0.0.1]:{sink.port}}}"
        ) as postfix,
        serving(resources, lmtp_port=port, mail_size_limit=LIMIT),
        postfix.client() as client,
    ):
        client.sendmail("a@x.example", [f"case-1@{world.mail_domain}"], mail(size=2 * LIMIT))
        eventually(lambda: len(sink.to("a@x.example")) == 1)
        assert b"message size" in sink.mails[0].data
        client.sendmail("a@x.example", ["case-1@nobody.invalid"], mail())
        eventually(lambda: len(sink.to("a@x.example")) == 2)
        assert b"5.1.2 No tenant has this mail domain" in sink.mails[1].data
    assert entered(resources, world) == []


SMUGGLING = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\n.\r"]


@pytest.mark.parametrize("end", SMUGGLING, ids=repr)
def test_attack_23_no_mail_is_smuggled_through_postfix_in_another(
    postfix: Postfix, port: int, resources: Resources, world: World, end: bytes
) -> None:
    ours = f"case-1@{world.mail_domain}"
    smuggled = f"MAIL FROM:<evil@x.example>\r\nRCPT TO:<{ours}>\r\nDATA\r\nFrom: admin@x\r\n\r\nsmuggled".encode()
    with serving(resources, lmtp_port=port), postfix.client() as client:
        client.ehlo()
        client.mail("a@x.example")
        client.rcpt(ours)
        client.docmd("data")
        client.send(mail("first").rstrip(b"\r\n") + end + smuggled + b"\r\n.\r\n")
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250, "nothing of the mail was taken for a command"
        eventually(lambda: not postfix.queued)
    assert entered(resources, world) == [(ours, "a@x.example")]
    assert b"smuggled" in raws(resources, world)[0]


def test_attack_12_fields_of_ours_from_outside_change_nothing(
    postfix: Postfix, port: int, resources: Resources, world: World
) -> None:
    ours = f"case-1@{world.mail_domain}"
    forged = [
        *("X-Tenant-Id: 2", "X-Case-Id: 9", "X-Casemail-Recipient: case-2@elsewhere.example"),
        *("Casemail-Recipient: case-2@elsewhere.example", "Delivered-To: case-2@elsewhere.example"),
        *("X-Original-To: case-3@elsewhere.example", "Return-Path: <admin@elsewhere.example>"),
    ]
    with serving(resources, lmtp_port=port), postfix.client() as client:
        client.sendmail("a@x.example", [ours], "\r\n".join(forged).encode() + b"\r\n" + mail())
        eventually(lambda: not postfix.queued)
    assert entered(resources, world) == [(ours, "a@x.example")]


def test_what_the_outbox_sends_goes_out_through_postfix_once(resources: Resources, world: World) -> None:
    with Sink() as sink, Postfix(f"smtp:[127.0.0.1]:{sink.port}") as postfix:
        settings = resources.settings.replace(smtp_host=postfix.host, smtp_port=postfix.port)
        world.post(resources.database, "staff", "client", "member")
        with resources.database.system() as connection:
            orders = [order for order in claim_due(connection, most=10_000) if order.tenant_id == world.tenant_id]
        for order in orders:
            send(order, Resources(settings, resources.database, resources.blobs))
        people = sorted(world.email(name) for name in ("client", "member", "manager"))
        eventually(lambda: sorted(to for mail in sink.mails for to in mail.recipients) == people and not postfix.queued)
    with resources.database.tenant(world.tenant_id) as connection:
        assert set(connection.execute(text("select state from outbox")).scalars()) == {"sent"}
