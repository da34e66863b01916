"""Servers that lie, hang or never end: readable mails are taken, the rest is shown, and other tenants do not wait."""

import resource
import socket
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from cases.inbound import sources
from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import SourceKind
from storage.ledger import leases
from storage.resources import Resources
from tests.builders.mailboxes import entered, fetch_now, mails, order, prints, row
from tests.builders.world import World
from tests.servers.scripted_imap import KeptMail, ScriptedImap
from tests.workers.fetch.mailbox.lying_mailboxes import add
from workers.fetch.pull.pool import FetchPool


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


@pytest.mark.parametrize("kind", [SourceKind.IMAP, SourceKind.POP3])
def test_no_line_of_options_can_break_a_command_in_two(kind: SourceKind) -> None:
    for name in ("username", "folder", "move_to"):
        with pytest.raises(ValueError, match="pattern"):
            MailboxOptions.model_validate({"host": "x", "username": "x", name: "a\r\nA1 DELETE INBOX"})
    with pytest.raises(ValueError, match="pattern"):
        MailboxSecret(password="a\r\nDELE 1")
    assert kind in sources.OF_TENANTS
