"""Servers that lie, hang or never end: readable mails are taken, the rest is shown, and other tenants do not wait.

Longer than other files, as its tests share their helpers.
"""

import resource
import socket
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.inbound import sources
from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import SourceKind
from storage.ledger import leases
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import entered, fetch_now, mails, order, prints, row
from tests.builders.world import World
from tests.servers.scripted_imap import KeptMail, ScriptedImap
from workers.fetch.mailbox.connection_check import check
from workers.fetch.mailbox.transport import Route, SourceError
from workers.fetch.pull.pool import FetchPool


def add(resources: Resources, world: World, server: ScriptedImap, **more: Any) -> UUID:
    given = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False, **more}
    secret = MailboxSecret(password="pass word")
    return mailboxes.add(resources, world, MailboxOptions.model_validate(given), secret=secret)


def huge_literal(sock: socket.socket, uid: int) -> None:
    """Announces 2 GB and sends them while the client reads."""
    sock.sendall(b"* 1 FETCH (UID %d BODY[] {2147483648}\r\n" % uid)
    block = b"x" * 65_536
    for _ in range(2_147_483_648 // len(block)):
        sock.sendall(block)


def endless_line(sock: socket.socket, uid: int) -> None:
    """Sends a line that does not end."""
    for _ in range(10_000):
        sock.sendall(b"* 1 FETCH (UID " + b"9" * 65_536)


def endless_lines(sock: socket.socket, uid: int) -> None:
    """Sends unsolicited lines without end."""
    for _ in range(1_000_000):
        sock.sendall(b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 2_000)


def other_uid(sock: socket.socket, uid: int) -> None:
    """Sends another mail than the client asked for."""
    sock.sendall(b"* 1 FETCH (UID 4711 BODY[] {5}\r\nwrong)\r\n")


def short_literal(sock: socket.socket, uid: int) -> None:
    """Announces more octets than it sends, and closes the connection."""
    sock.sendall(b"* 1 FETCH (UID %d BODY[] {100}\r\nonly this" % uid)
    sock.shutdown(socket.SHUT_RDWR)


def nothing(sock: socket.socket, uid: int) -> None:
    """Sends nothing: the server reports success without the mail."""


@pytest.mark.parametrize("trick", [endless_line, endless_lines, other_uid, short_literal, nothing])
def test_a_mail_that_can_not_be_read_keeps_back_no_other_and_shows_as_a_difference(
    fetching: Resources, world: World, trick: Callable[[socket.socket, int], None]
) -> None:
    given = list(mails(world, 60).values())
    small = fetching.settings.replace(mail_size_limit=1_000_000)
    fetching = Resources(small, fetching.database, fetching.blobs)
    with ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}) as server:
        server.mails[7].sends = trick
        source = add(fetching, world, server)
        after = fetch_now(fetching, source)
        assert (after.left_behind, after.last_error) == (1, "")
        honest = [raw for uid, raw in enumerate(given, 1) if uid != 7]
        assert entered(fetching, world) == sorted(prints(honest))
        assert server.moved == [uid for uid in range(1, 61) if uid != 7]
        server.mails[7].sends = None
        assert fetch_now(fetching, source).left_behind == 0
    assert entered(fetching, world) == sorted(prints(given))


def test_of_a_mail_of_two_gigabytes_only_the_header_is_taken_and_no_memory(fetching: Resources, world: World) -> None:
    given = list(mails(world, 20).values())
    with ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}) as server:
        server.mails[3].sends = huge_literal
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        after = fetch_now(fetching, add(fetching, world, server))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (after.left_behind, after.last_error) == (0, "")
    assert grown < 100_000  # kilobytes
    with fetching.database.tenant(world.tenant_id) as connection:
        sizes = (
            connection.execute(text("select whole_size from mails order by whole_size desc limit 2")).scalars().all()
        )
    assert sizes == [2_147_483_648, 0]
    assert sorted(server.moved) == list(range(1, 21))


@pytest.mark.parametrize("size", [0, 1, 999_999_999_999])
def test_a_server_that_lies_about_sizes_loses_us_no_mail(fetching: Resources, world: World, size: int) -> None:
    given = list(mails(world, 5).values())
    with ScriptedImap({uid: KeptMail(raw, size=size) for uid, raw in enumerate(given, 1)}) as server:
        after = fetch_now(fetching, add(fetching, world, server))
    assert (after.left_behind, after.last_error) == (0, "")
    with fetching.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from mails")).scalar_one() == 5


def test_mails_under_one_uid_are_not_reported_as_all_there(fetching: Resources, world: World) -> None:
    given = list(mails(world, 5).values())
    with ScriptedImap(
        {uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}, shown_uids=lambda uid: min(uid, 4)
    ) as server:
        assert fetch_now(fetching, add(fetching, world, server)).left_behind == 1


def test_a_server_that_says_our_password_back_does_not_bring_it_into_the_error(
    fetching: Resources, world: World
) -> None:
    with ScriptedImap(echo=True) as server:
        after = fetch_now(fetching, add(fetching, world, server))
    assert after.login_failures == 1
    assert "pass word" not in after.last_error
    assert "ann" in after.last_error


def test_eight_hanging_servers_delay_no_other_source(fetching: Resources, world: World) -> None:
    patient = Resources(fetching.settings.replace(source_timeout=120.0), fetching.database, fetching.blobs)
    fetchers = FetchPool(patient)
    given = list(mails(world, 30).values())
    with (
        ScriptedImap(hangs=True) as hanging,
        ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}) as quick,
    ):
        slow = [order(patient, add(patient, world, hanging)) for _ in range(8)]
        for order_ in slow:
            fetchers.begin(order_)
        while hanging.connections < 8:
            time.sleep(0.02)
        source = add(patient, world, quick)
        with patient.database.system() as connection:  # the scheduler counts it apart from the hanging sources
            connection.execute(text("update sources set tenant_id = null where id = :id"), {"id": source})
        fetchers.begin(order(patient, source))
        while row(patient, source).last_success_at is None:
            time.sleep(0.02)
        assert all(row(patient, order_.source_id).last_success_at is None for order_ in slow)
        assert all(row(patient, order_.source_id).failures == 0 for order_ in slow)
    fetchers.listener.stop()


def test_no_more_than_eight_sources_of_a_tenant_are_fetched_at_a_time(fetching: Resources, world: World) -> None:
    with ScriptedImap() as server:
        mine = {add(fetching, world, server) for _ in range(10)}
    with fetching.database.system() as connection:
        assert len({order_.source_id for order_ in leases.due(connection)} & mine) == 8
        assert len({order_.source_id for order_ in leases.due(connection)} & mine) == 0


def test_a_server_that_drips_is_left_when_the_time_is_over(fetching: Resources, world: World) -> None:
    def drip(sock: socket.socket, uid: int) -> None:
        sock.sendall(b"* 1 FETCH (UID %d BODY[] {100000}\r\n" % uid)
        while True:
            sock.sendall(b"x")
            time.sleep(0.05)

    hurried = Resources(fetching.settings.replace(source_seconds=5), fetching.database, fetching.blobs)
    with ScriptedImap({1: KeptMail(b"x", size=100_000, sends=drip)}) as server:
        after = fetch_now(hurried, add(hurried, world, server))
    assert "too long in all" in after.last_error


class TestWhereTenantsMayConnect:
    """A tenant's mailbox must not connect to servers that only this machine can reach."""

    @pytest.mark.parametrize(
        "host",
        [
            *(
                "127.0.0.1",
                "localhost",
                "10.0.0.1",
                "169.254.169.254",
                "192.168.1.1",
                "::1",
                "fe80::1",
                "fd00::1",
                "0.0.0.0",
            ),
            *(
                "::ffff:127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "100.64.0.1",
                "224.0.0.1",
                "0x7f.1",
                "2130706433",
                "64:ff9b:1::a9fe:a9fe",
                "64:ff9b:1::5db8:d822",
                "192.0.0.192",
                "192.88.99.1",
                "168.63.129.16",
                "::ffff:0:127.0.0.1",
                "::ffff:0:93.184.216.34",
                "::127.0.0.1",
                "::93.184.216.34",
                "fec0::1",
                "2001:db8::1",
                "3fff::1",
                "5f00::1",
                "100::1",
                "2001:0:7f00:1::",
                "2002:5db8:d822::",
                "2606:2800:220:1:0:5efe:a00:1",
                "2606:2800:220:1:200:5efe:7f00:1",
                "255.255.255.255",
            ),
        ],
    )
    def test_an_address_that_is_not_on_the_internet_is_refused(self, fetching: Resources, host: str) -> None:
        strict = fetching.settings.replace(source_private=False)
        given = MailboxOptions(host="x", port=143, username="x")
        with pytest.raises(SourceError, match="not on the Internet"):
            Route(host, 143, given.security, True, strict).addresses()
        assert Route(host, 143, given.security, False, strict).addresses()

    def test_the_words_do_not_say_where_a_name_leads(self, fetching: Resources, world: World) -> None:
        strict = Resources(fetching.settings.replace(source_private=False), fetching.database, fetching.blobs)
        given = MailboxOptions.model_validate({"host": "localhost", "port": 143, "username": "x", "security": "tls"})
        source = mailboxes.add(strict, world, given, secret=MailboxSecret(password="p"))
        report = check(source, strict)
        assert report is not None
        assert "localhost is at an address that is not on the Internet" in report.text()
        assert not any(word in report.text() for word in ("127.", "::1"))
        assert not any(word in fetch_now(strict, source).last_error for word in ("127.", "::1"))

    def test_an_address_on_the_internet_is_not(self, fetching: Resources) -> None:
        strict = fetching.settings.replace(source_private=False)
        given = MailboxOptions(host="x", port=143, username="x")
        for host in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "1.1.1.1"):
            assert Route(host, 143, given.security, True, strict).addresses() == [host]

    def test_a_fetch_does_not_connect_there(self, fetching: Resources, world: World) -> None:
        strict = fetching.settings.replace(source_private=False)
        with ScriptedImap() as server:
            source = add(fetching, world, server)
            after = fetch_now(Resources(strict, fetching.database, fetching.blobs), source)
        assert "not on the Internet" in after.last_error
        assert server.connections == 0

    def test_a_password_goes_in_clear_to_this_machine_only(self, fetching: Resources) -> None:
        given = MailboxOptions.model_validate({"host": "x", "port": 143, "username": "x", "security": "none"})
        with pytest.raises(SourceError, match="choose TLS"):
            Route("93.184.216.34", 143, given.security, True, fetching.settings).addresses()


def test_a_server_with_a_certificate_of_nobody_is_not_logged_in_to(
    fetching: Resources, world: World, dovecot: Any
) -> None:
    trusting = Resources(fetching.settings.replace(source_ca_file=None), fetching.database, fetching.blobs)
    source = mailboxes.add(trusting, world, mailboxes.options(dovecot, "ann"))
    after = fetch_now(trusting, source)
    assert "its certificate is not good" in after.last_error
    assert after.login_failures == 0


@pytest.mark.parametrize("kind", [SourceKind.IMAP, SourceKind.POP3])
def test_no_line_of_options_can_break_a_command_in_two(kind: SourceKind) -> None:
    for name in ("username", "folder", "move_to"):
        with pytest.raises(ValueError, match="pattern"):
            MailboxOptions.model_validate({"host": "x", "username": "x", name: "a\r\nA1 DELETE INBOX"})
    with pytest.raises(ValueError, match="pattern"):
        MailboxSecret(password="a\r\nDELE 1")
    assert kind in sources.OF_TENANTS
