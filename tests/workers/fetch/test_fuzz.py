"""A short round of mutated headers by every way in; `python -m tests.workers.fetch.fuzz` plays long rounds."""

import random
from collections.abc import Callable
from pathlib import Path
from socket import socket

import pytest

from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import SourceKind
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import entered, mails, order, prints, row
from tests.builders.world import World
from tests.servers.dovecot import Dovecot
from tests.servers.scripted_imap import KeptMail, ScriptedImap
from tests.servers.scripted_pop3 import ScriptedPop3
from tests.workers.fetch.fuzz import Ways, mixed
from workers.fetch.pull.stage import fetch


@pytest.mark.parametrize("way", ["custody", "IMAP", "POP3", "Maildir", "LMTP", "webhook", "ingest"])
def test_no_header_stops_what_comes_behind_it(
    fetching: Resources, world: World, dovecot: Dovecot, tmp_path: Path, way: str
) -> None:
    ways = Ways(fetching, world, dovecot, tmp_path)
    take = (ways.all() | {"custody": ways.custody})[way]
    raws = mixed(random.Random(f"{way} 7"), world.mail_domain, 150)
    assert take(raws) == len(raws)


def says(answer: bytes) -> Callable[[socket, int], None]:
    return lambda sock, uid: sock.sendall(answer.replace(b"%UID", str(uid).encode()))


ABSURD = (
    b"* 1 FETCH (UID %UID BODY[] {5}\r\nab)\r\n",
    b"* 1 FETCH (UID %UID BODY[] {-1}\r\n)\r\n",
    b"* 1 FETCH (UID %UID BODY[] {99999999999999999999999}\r\n)\r\n",
    b"* 1 FETCH (UID %UID BODY[] NIL)\r\n",
    b'* 1 FETCH (UID %UID BODY[] "quoted")\r\n',
    b"* 1 FETCH (UID -1 BODY[] {3}\r\nabc)\r\n",
    b"* 1 FETCH (UID 99999999999999999999 BODY[] {3}\r\nabc)\r\n",
    b"* 1 FETCH (UID BODY[] {3}\r\nabc)\r\n",
    b"* FETCH\r\n",
    b"* 1 FETCH " + b"(" * 50_000 + b"\r\n",
    b"* BYE what was that?\r\n",
    b"+ go on\r\n",
    b"\r\n",
    b"\0\xff\r\n",
    b"* 99999999999999999999 EXISTS\r\n",
    b"* OK [UIDVALIDITY 8] changed\r\n",
    b"ZZZZ9 OK for somebody else\r\n",
    b"* 1 FETCH (FLAGS (" + b"\\Seen " * 20_000 + b"))\r\n",
)


@pytest.mark.parametrize("start", [0, 9])
def test_absurd_answers_of_a_server_keep_back_no_other_mail(fetching: Resources, world: World, start: int) -> None:
    answers = ABSURD[start : start + 9]
    quick = fetching.settings.replace(source_timeout=1.0)
    resources = Resources(quick, fetching.database, fetching.blobs)
    given = list(mails(world, 40).values())
    with ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}) as server:
        for place, answer in enumerate(answers):
            server.mails[4 * place + 2].sends = says(answer)
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        source = mailboxes.add(
            resources, world, MailboxOptions.model_validate(options), secret=MailboxSecret(password="p")
        )
        for _ in range(3):
            fetch(order(resources, source), resources)
    honest = {raw for place, raw in enumerate(given) if place % 4 != 1 or place // 4 >= len(answers)}
    assert prints(honest) <= set(entered(resources, world))


@pytest.mark.parametrize(
    "selected",
    [
        b"* %d EXISTS\r\n* OK [UIDVALIDITY 99999999999999999999999] ok\r\n* OK [UIDNEXT 9999999999999999999] ok\r\n",
        b"* %d EXISTS\r\n* OK [UIDVALIDITY " + b"9" * 5_000 + b"] ok\r\n",
        b"* %d EXISTS\r\n* OK [UIDVALIDITY -1] ok\r\n* OK [UIDNEXT x] ok\r\n",
        b"* %d EXISTS\r\n",
    ],
)
def test_absurd_numbers_of_a_folder_stop_no_fetch(fetching: Resources, world: World, selected: bytes) -> None:
    given = list(mails(world, 3).values())
    with ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}, selected=selected) as server:
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        source = mailboxes.add(
            fetching, world, MailboxOptions.model_validate(options), secret=MailboxSecret(password="p")
        )
        fetch(order(fetching, source), fetching)
    assert row(fetching, source).last_error == ""
    assert entered(fetching, world) == sorted(prints(given))


@pytest.mark.parametrize("kind", ["list", "uidl"])
def test_absurd_lines_of_a_listing_of_pop3_stop_no_other_mail(fetching: Resources, world: World, kind: str) -> None:
    given = list(mails(world, 3).values())
    odd = {
        "list": [b"x", b"1", b"-1 5", b"99999999999999999999 1", b"2 " + b"9" * 5_000, b"\0 \0", b""],
        "uidl": [b"x", b"1", b"9 ", b"99999999999999999999 a", b"0 \0", b"\xff \xff", b""],
    }
    with ScriptedPop3(given, {kind: odd[kind]}) as server:
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "a", "after": "delete"}
        source = mailboxes.add(
            fetching,
            world,
            MailboxOptions.model_validate(options),
            kind=SourceKind.POP3,
            secret=MailboxSecret(password="p"),
        )
        fetch(order(fetching, source), fetching)
    assert row(fetching, source).last_error == ""
    assert entered(fetching, world) == sorted(prints(given))


def test_ids_of_pop3_may_be_of_any_octets(fetching: Resources, world: World) -> None:
    given = list(mails(world, 4).values())
    ids = [b"\0nul", b"\xff\xfe", b"i" * 5_000, b"i" * 5_000 + b"j"]
    with ScriptedPop3(given, {}, ids) as server:
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "a", "after": "leave"}
        source = mailboxes.add(
            fetching,
            world,
            MailboxOptions.model_validate(options),
            kind=SourceKind.POP3,
            secret=MailboxSecret(password="p"),
        )
        for _ in range(2):
            fetch(order(fetching, source), fetching)
        assert server.read == 4  # each mail once; the second fetch knows them
    assert (row(fetching, source).last_error, row(fetching, source).left_behind) == ("", 0)
    assert entered(fetching, world) == sorted(prints(given))
