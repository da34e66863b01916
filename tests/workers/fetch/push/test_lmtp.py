"""The LMTP server: a reply for every recipient, and 250 only after custody."""

import asyncio
import smtplib
import socket
import threading
import time
from uuid import uuid4

import pytest
from aiosmtpd.lmtp import LMTP
from sqlalchemy import text

from schemas.mailboxes import LMTP_OTHERS
from storage.database import Database
from storage.resources import Resources
from tests.builders.world import World
from tests.servers.lmtp import serving
from tests.workers.fetch.push.lmtp_mails import begun, entered, mail
from workers.fetch.push.lmtp_limits import ConnectionLimit
from workers.fetch.push.lmtp_protocol import Server


def test_every_recipient_has_a_reply_and_a_row(resources: Resources, world: World) -> None:
    ours = [f"case-{name}@{world.mail_domain}" for name in ("one", "two")]
    with serving(resources) as settings, smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
        client.ehlo()
        client.mail("a@x.example")
        assert [client.rcpt(address)[0] for address in (*ours, "x@elsewhere.invalid")] == [250, 250, 550]
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(mail() + b".\r\n")
        assert [client.getreply()[0] for _ in ours] == [250, 250]
        assert client.noop()[0] == 250
    assert sorted(entered(resources, world)) == [(address, "a@x.example") for address in ours]


def test_the_null_sender_is_kept(resources: Resources, world: World) -> None:
    with serving(resources) as settings, smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
        client.sendmail("", [f"x@{world.mail_domain}"], mail())
    assert [sender for _, sender in entered(resources, world)] == [""]


def test_without_a_database_the_sender_is_asked_to_try_again(resources: Resources, world: World) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with (
        serving(Resources(resources.settings, nowhere, resources.blobs)) as settings,
        smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused) as caught,
    ):
        client.sendmail("a@x.example", [f"x@{world.mail_domain}"], mail())
    assert {code for code, _ in caught.value.recipients.values()} == {451}


def test_many_at_once_all_enter(resources: Resources, world: World) -> None:
    with serving(resources) as settings:

        def send(number: int) -> None:
            with smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
                for _ in range(5):
                    client.sendmail("a@x.example", [f"x{number}@{world.mail_domain}"], mail())

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(entered(resources, world)) == 40
    with resources.database.system() as connection:
        there = "select * from batches where id in (select batch_id from intake where tenant_id = :id)"
        found = connection.execute(text(there), {"id": world.tenant_id}).all()
    assert all(batch.closed_at for batch in found)
    assert [sum(batch.seen for batch in found), sum(batch.taken for batch in found)] == [40, 40]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b".\r\n",
        b"..\r\n.hidden\r\n...\r\n",
        b"bare LF\n.\nMAIL FROM:<a@x>\n\r\n",
        b"bare CR\r.\rnot the end\r\n",
        b"\r\n\r\n.\r\n\r\n",
        b"x" * 900_000 + b"\r\n.y\r\n",
        b"x" * 3_000_000 + b"\r\n.y\r\n" + b"z\r" * 600_000 + b"\r\n",
        (b"a line\r\n" * 7_000 + b".a line\r\n") * 50,
    ],
    ids=["empty", "a dot", "dots", "bare LF", "bare CR", "blank lines", "a long line", "longer lines", "3 MB"],
)
def test_a_mail_comes_in_as_it_was_sent_however_it_is_cut_into_packets(
    resources: Resources, world: World, body: bytes
) -> None:
    sent = b"Subject: " + uuid4().hex.encode() + b"\r\n\r\n" + body
    stuffed = (b"\r\n" + sent).replace(b"\r\n.", b"\r\n..")[2:]
    pieces = [stuffed[:1], stuffed[1:5], stuffed[5:70_000], stuffed[70_000:], b".", b"\r", b"\nNOOP\r\n"]
    with serving(resources) as settings, smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
        assert client.sock is not None
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.ehlo()
        client.mail("a@x.example")
        client.rcpt(f"case-one@{world.mail_domain}")
        client.docmd("data")
        for piece in pieces:
            client.send(piece)
            time.sleep(0.01)
        assert [client.getreply()[0] for _ in range(2)] == [250, 250]
    with resources.database.tenant(world.tenant_id) as connection:
        keys = connection.execute(text("select raw from mails")).scalars()
        assert sent in [resources.blobs.get(key) for key in keys]


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\n.\r", b"\r\n.\0\r\n"],
)
def test_only_one_sequence_ends_a_mail_so_that_none_is_smuggled_in_another(
    resources: Resources, world: World, end: bytes
) -> None:
    ours = f"x@{world.mail_domain}"
    smuggled = f"MAIL FROM:<evil@x.example>\r\nRCPT TO:<{ours}>\r\nDATA\r\nFrom: admin@x\r\n\r\nsmuggled".encode()
    with serving(resources) as settings, smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client:
        client.ehlo()
        client.mail("a@x.example")
        client.rcpt(ours)
        client.putcmd("data")
        client.getreply()
        client.send(mail().rstrip(b"\r\n") + end + smuggled + b"\r\n.\r\n")
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250, "nothing of the mail was taken for a command"
    assert entered(resources, world) == [(ours, "a@x.example")]


def test_a_server_that_is_asked_to_stop_lets_a_mail_that_is_coming_in_come_to_its_end(
    resources: Resources, world: World
) -> None:
    with serving(resources) as settings:
        coming, idle = begun(settings, world, 1_000), begun(settings, world, 1_000)
        assert coming.docmd("data")[0] == 354
        coming.send(b"Subject: half\r\n")
        rest = threading.Timer(1.0, lambda: coming.send(mail() + b".\r\n"))
        rest.start()
    # the server has stopped, but first it answered
    assert coming.getreply()[0] == 250
    assert idle.getreply() == (421, b"4.3.2 Going down, try again later")
    for client in (coming, idle):
        client.close()
    assert len(entered(resources, world)) == 1


@pytest.mark.parametrize(
    "given",
    [
        "<a@x.example>",
        "<a.b+c_d=e@x.example> SIZE=100 BODY=8BITMIME",
        "<a@x.example>  SMTPUTF8",
        "<a..b@x.example>",
        "<.a@x.example>",
        "<a@x.example>SIZE=1",
        "<a@x.example> (a comment)",
        '<"a b"@x.example> SIZE=1',
        "<@one,@two:a@x.example>",
        "<a@[127.0.0.1]>",
        "<>",
        "<> SIZE=1",
        "<a>",
        "<a@x@y>",
        "<a@x.example",
        "a@x.example",
        "<mü@x.example>",
        "",
    ],
)
def test_an_address_is_read_the_short_way_as_aiosmtpd_reads_it(resources: Resources, given: str) -> None:
    async def both() -> tuple[object, object]:
        server = Server(ConnectionLimit(resources.settings), object(), loop=asyncio.get_running_loop())
        address, rest = server._getaddr(given)
        whole, left = LMTP._getaddr(server, given)
        return (address, (rest or "").split()), (whole, (left or "").split())

    short, long = asyncio.run(both())
    assert short == long


def test_attack_24_what_comes_behind_starttls_in_one_write_is_no_command_of_a_secure_session(
    resources: Resources, world: World
) -> None:
    hidden = f"MAIL FROM:<evil@x.example>\r\nRCPT TO:<x@{world.mail_domain}>\r\nDATA\r\n"
    with serving(resources) as settings, socket.create_connection((settings.lmtp.host, settings.lmtp.port)) as client:
        replies = client.makefile("rb")
        replies.readline()
        client.sendall(b"LHLO a.example\r\n")
        offered = [line := replies.readline()]
        while line[3:4] == b"-":
            offered.append(line := replies.readline())
        assert not any(b"STARTTLS" in line for line in offered), "a server that offers none can't be talked past it"
        client.sendall(f"STARTTLS\r\n{hidden}".encode())
        assert replies.readline()[:3] == b"454", (
            "TLS is not available (RFC 3207 section 4), and the session stays plain"
        )


@pytest.mark.parametrize(("peers", "name"), [("127.0.0.0/8", "lmtp"), ("203.0.113.0/24", LMTP_OTHERS)])
def test_what_comes_from_a_peer_that_is_not_trusted_is_of_another_source(
    resources: Resources, world: World, peers: str, name: str
) -> None:
    trusted = (peers,)
    with (
        serving(resources, authserv_peers=trusted) as settings,
        smtplib.LMTP(settings.lmtp.host, settings.lmtp.port) as client,
    ):
        client.sendmail("a@x.example", [f"x@{world.mail_domain}"], mail())
    query = "select s.name from mails m join batches b on b.id = m.batch_id join sources s on s.id = b.source_id"
    with resources.database.system() as connection:
        found = connection.execute(text(f"{query} where m.tenant_id = :id"), {"id": world.tenant_id}).scalars().all()
    assert found == [name]
