"""No content of a mail keeps that mail, or the mails after it, out of custody."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.records import FetchOrder
from schemas.tables import OPERATOR, SourceKind
from storage.resources import Resources
from storage.source_rows import ensure_source
from tests.builders import mailboxes
from tests.builders.command import ingest
from tests.builders.mailboxes import entered, mails, order, prints, row
from tests.builders.pushed_mails import add_webhook, post, signed
from tests.builders.world import World
from tests.servers.dovecot import Dovecot
from tests.servers.scripted_imap import KeptMail, ScriptedImap
from tests.servers.webhooks import serving
from workers import metrics
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.entering import Entry, enter
from workers.fetch.pull.stage import fetch
from workers.fetch.push.endpoints import Provider
from workers.fetch.recipients import MOST_RECIPIENTS

#: Headers that stopped a mailbox, and similar headers.
POISON = {
    "parentheses": b"To: " + b"(" * 1_400,
    "groups": b"To: " + b"g:" * 1_400,
    "angles": b"To: " + b"<" * 60_000,
    "brackets": b"Cc: " + b"[" * 60_000,
    "quotes": b"Cc: " + b'"\\' * 60_000,
    "NUL": b"Return-Path: <a\0b>\r\nDelivered-To: a\0b@x.example",
    "not UTF-8": b"Delivered-To: \xff\xfe@x.example\r\nReturn-Path: <\xed\xa0\x80@x>",
    "no header": b"",
    "no end": b"X: y\r\n" * 60_000,
}


def poison(name: str) -> bytes:
    return POISON[name] + b"\r\nX-Once: " + uuid4().hex.encode() + b"\r\n\r\nhi\r\n"


def of_nobody(resources: Resources) -> set[UUID]:
    """Returns the ids of the operator's mails: those without a known recipient."""
    with resources.database.system() as connection:
        found = connection.execute(text("select id from mails where tenant_id = :id"), {"id": OPERATOR})
        return set(found.scalars())


@contextmanager
def maildir(resources: Resources, folder: Path) -> Iterator[Callable[[], None]]:
    """Makes `folder` a Maildir source of the operator; yields a function that fetches it."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    with resources.database.system() as connection:
        source = ensure_source(connection, SourceKind.MAILDIR, uuid4().hex, location=str(folder))

    def ordered() -> FetchOrder:
        return order(resources, source)

    yield lambda: fetch(ordered(), resources)


@pytest.mark.parametrize("kind", [SourceKind.IMAP, SourceKind.POP3])
@pytest.mark.parametrize("name", POISON)
def test_one_mail_stops_no_mailbox(
    fetching: Resources, world: World, dovecot: Dovecot, kind: SourceKind, name: str
) -> None:
    box, good, bad = dovecot.mailbox(uuid4().hex), mails(world, 4), poison(name)
    box.fill({"n0": good["n0"], "n1": good["n1"], "bad": bad, "n2": good["n2"], "n3": good["n3"]})
    source = mailboxes.add(fetching, world, mailboxes.options(dovecot, box.user, kind), kind=kind)
    fetch(order(fetching, source), fetching)
    after = row(fetching, source)
    assert (after.last_error, after.left_behind, after.failures) == ("", 0, 0)
    assert len(entered(fetching, world)) == 5
    assert set(entered(fetching, world)) >= prints(good.values())
    assert box.bodies() == []


@pytest.mark.parametrize("name", POISON)
def test_one_mail_stops_no_maildir_and_is_held_for_whoever_runs_casemail(
    resources: Resources, world: World, tmp_path: Path, name: str
) -> None:
    before, good = of_nobody(resources), list(mails(world, 2).values())
    with maildir(resources, tmp_path / "box") as fetch_now:
        for place, raw in enumerate([good[0], poison(name), good[1]]):
            (tmp_path / "box" / "new" / f"{place}.mail").write_bytes(raw)
        fetch_now()
        assert len(list((tmp_path / "box" / "cur").iterdir())) == 3
    assert entered(resources, world) == sorted(prints(good))
    assert len(of_nobody(resources) - before) == 1


@pytest.mark.parametrize("at", [-62_135_596_801, 2**40, 2**33])
def test_a_date_of_any_year_stops_no_maildir(resources: Resources, world: World, tmp_path: Path, at: int) -> None:
    (raw,) = mails(world, 1).values()
    with maildir(resources, tmp_path / "box") as fetch_now:
        path = tmp_path / "box" / "new" / "1.mail"
        path.write_bytes(raw)
        os.utime(path, (at, at))
        fetch_now()
    assert entered(resources, world) == sorted(prints([raw]))


def test_a_name_that_leaves_no_room_for_the_flags_is_moved_as_it_is(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    (raw,) = mails(world, 1).values()
    with maildir(resources, tmp_path / "box") as fetch_now:
        (tmp_path / "box" / "new" / ("n" * 254)).write_bytes(raw)
        fetch_now()
        assert [path.name for path in (tmp_path / "box" / "cur").iterdir()] == ["n" * 254]
    assert entered(resources, world) == sorted(prints([raw]))


@pytest.mark.parametrize("name", POISON)
def test_a_webhook_without_an_envelope_takes_it(resources: Resources, name: str) -> None:
    before = of_nobody(resources)
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw = poison(name)
    with serving(resources) as url:
        headers = signed(secret, raw, "", sender="")
        del headers["Casemail-Recipient"], headers["Casemail-Sender"]
        answer = post(f"{url}/in/{path}", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    assert len(of_nobody(resources) - before) == 1


@pytest.mark.parametrize("name", ["parentheses", "groups"])
def test_a_pipe_without_a_recipient_takes_it(resources: Resources, name: str) -> None:
    before = of_nobody(resources)
    assert ingest(resources.settings, "-", stdin=poison(name)) == 0
    assert len(of_nobody(resources) - before) == 1


def test_a_mail_at_a_thousand_addresses_enters_for_as_many_as_a_mail_may_be_for(
    resources: Resources, world: World
) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    to = ",\r\n ".join(f"case-{number}@{world.mail_domain}" for number in range(1_000))
    raw = f"To: {to}\r\nX-Once: {uuid4()}\r\n\r\nhi\r\n".encode()
    with serving(resources) as url:
        answer = post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, ""))
    assert answer.status_code == 200, answer.text
    assert len(entered(resources, world)) == MOST_RECIPIENTS


class TestWhatCustodyItselfCanNotTake:
    """A database trigger simulates unforeseen errors: rows with one certain recipient can't be written."""

    @pytest.fixture
    def picky(self, resources: Resources, world: World) -> Iterator[str]:
        name = f"picky_{uuid4().hex}"
        bad = f"bad@{world.mail_domain}"
        with world.owner().begin() as connection:
            connection.execute(
                text(
                    f"create function {name}() returns trigger language plpgsql as $$ begin "
                    f"if new.recipient = '{bad}' then raise 'not this one' using errcode = '22023'; end if; "
                    "return new; end $$"
                )
            )
            connection.execute(
                text(f"create trigger {name} before insert on mails for each row execute function {name}()")
            )
        yield bad
        with world.owner().begin() as connection:
            connection.execute(text(f"drop function {name} cascade"))

    def test_it_enters_for_nobody_and_the_others_as_they_are(
        self, resources: Resources, world: World, picky: str
    ) -> None:
        before, held = metrics.NOT_READ.labels("custody")._value.get(), of_nobody(resources)
        batch, custody = uuid4(), CustodyService(resources)
        entries = [
            Entry([Arrival(uuid4().bytes, whom, "", "1")])
            for whom in (f"a@{world.mail_domain}", picky, f"b@{world.mail_domain}")
        ]
        assert enter(custody, batch, entries) == entries
        with resources.database.tenant(world.tenant_id) as connection:
            found = connection.execute(text("select recipient from mails order by recipient")).scalars().all()
        assert found == [f"a@{world.mail_domain}", f"b@{world.mail_domain}"]
        assert len(of_nobody(resources) - held) == 1
        assert metrics.NOT_READ.labels("custody")._value.get() == before + 1

    def test_it_is_taken_from_a_mailbox(self, fetching: Resources, world: World, picky: str, dovecot: Dovecot) -> None:
        box, good = dovecot.mailbox(uuid4().hex), mails(world, 2)
        bad = good["n0"].replace(b"case-x@", b"bad@", 1) + b"more\r\n"
        box.fill({"n0": good["n0"], "bad": bad, "n1": good["n1"]})
        source = mailboxes.add(fetching, world, mailboxes.options(dovecot, box.user))
        fetch(order(fetching, source), fetching)
        assert (row(fetching, source).last_error, row(fetching, source).left_behind) == ("", 0)
        assert entered(fetching, world) == sorted(prints([*good.values(), bad]))
        assert box.bodies() == []


def test_every_step_is_counted_from_the_start() -> None:
    there = {sample.labels["step"] for metric in metrics.NOT_READ.collect() for sample in metric.samples}
    assert there == set(metrics.STEPS)


@pytest.mark.parametrize("bad", [21, 60])
def test_a_server_that_fails_on_many_mails_keeps_back_none_of_the_others(
    fetching: Resources, world: World, bad: int
) -> None:
    given = list(mails(world, 120).values())

    def refuses(sock: Any, _uid: int) -> None:
        sock.shutdown(socket.SHUT_RDWR)

    with ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}) as server:
        for uid in range(1, bad + 1):
            server.mails[uid].sends = refuses
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        source = mailboxes.add(
            fetching, world, MailboxOptions.model_validate(options), secret=MailboxSecret(password="p")
        )
        for _ in range(1 + bad // 20):
            fetch(order(fetching, source), fetching)
    assert entered(fetching, world) == sorted(prints(given[bad:]))
    assert row(fetching, source).left_behind >= 1


def test_a_server_that_gives_no_mail_at_all_shows_as_failing(fetching: Resources, world: World) -> None:
    def refuses(sock: Any, _uid: int) -> None:
        sock.shutdown(socket.SHUT_RDWR)

    with ScriptedImap(
        {uid: KeptMail(raw, sends=refuses) for uid, raw in enumerate(mails(world, 60).values(), 1)}
    ) as server:
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        source = mailboxes.add(
            fetching, world, MailboxOptions.model_validate(options), secret=MailboxSecret(password="p")
        )
        fetch(order(fetching, source), fetching)
    assert row(fetching, source).failures == 1
