"""Microsoft Exchange's note in place of a mail that it can't convert is not taken for a mail."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import SourceKind
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import entered, mails, order, prints, row
from tests.builders.world import World
from tests.servers.dovecot import Dovecot
from tests.servers.scripted_imap import KeptMail, ScriptedImap
from workers.fetch.pull.stage import fetch
from workers.fetch.pull.stand_ins import is_stand_in

NOTE = b"""\
MIME-Version: 1.0
Content-Type: text/plain; charset="us-ascii"
From: Microsoft Exchange Server 2010
To: Anna Berger <anna@example.org>
Subject: Retrieval using the IMAP4 protocol failed for the following
 message: 20004
Content-Transfer-Encoding: quoted-printable

The server couldn't retrieve the following message:

Subject: "Re: Case 17"
From: "Anna Berger" ("anna@example.org")
Sent date: 5/4/2026 10:00:00

The message hasn't been deleted. You might be able to view it using either Outlook or Outlook Web App.
"""


def in_crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "raw",
    [
        NOTE,
        in_crlf(NOTE),
        NOTE.replace(b"IMAP4", b"POP3"),
        NOTE.replace(b"From: Microsoft Exchange Server 2010", b'From: "Microsoft Exchange Server"'),
        NOTE.replace(b"using the IMAP4 protocol failed for", b"(IMAP4) nicht m\xf6glich:"),
        re.sub(rb"To: .*\n", b"", NOTE),
    ],
)
def test_the_note_is_known(raw: bytes) -> None:
    assert is_stand_in(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Received: from evil.example by mx.example.org; Mon, 4 May 2026 10:00:00 +0000\n" + NOTE,
        b"Return-Path: <anna@example.org>\n" + NOTE,
        b"Delivered-To: case-1@cases.example\n" + NOTE,
        NOTE.replace(b"\n\n", b"\nMessage-ID: <1@example.org>\n\n", 1),
        NOTE.replace(b"\n\n", b"\nDate: Mon, 4 May 2026 10:00:00 +0000\n\n", 1),
        NOTE.replace(b"Server 2010", b"Server 2010 <anna@example.org>"),
        NOTE.replace(b"From: Microsoft", b"From: Anna <anna@example.org>\nFrom: Microsoft"),
        NOTE.replace(b"Retrieval using the IMAP4 protocol failed", b"Lunch, and what failed"),
        b"From: anna@example.org\nSubject: Fwd: a note\n\n" + NOTE,
        NOTE.replace(b"Microsoft Exchange", b"Anna Exchange"),
        NOTE.partition(b"\n\n")[0],
        b"",
    ],
)
def test_a_mail_that_quotes_or_imitates_the_note_is_a_mail(raw: bytes) -> None:
    assert not is_stand_in(raw)
    assert not is_stand_in(in_crlf(raw))


def letters(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        found = connection.execute(text("select content from outbox where kind = 'source' order by id"))
        return [content["subject"] for (content,) in found]


@pytest.mark.parametrize("after", ["delete", "move", "flag"])
def test_the_mail_stays_on_an_imap_server_and_its_admins_are_notified_once(
    fetching: Resources, world: World, after: str
) -> None:
    given = list(mails(world, 5).values())
    with ScriptedImap({uid: KeptMail(raw) for uid, raw in enumerate(given, 1)}) as server:
        note = in_crlf(NOTE)
        server.mails[3].sends = lambda sock, uid: sock.sendall(
            b"* 3 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(note)) + note + b")\r\n"
        )
        options = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        source = mailboxes.add(
            fetching,
            world,
            MailboxOptions.model_validate(options | {"after": after}),
            secret=MailboxSecret(password="p"),
        )
        for _ in range(3):
            fetch(order(fetching, source), fetching)
        assert 3 in server.mails
        assert not any(b" 3 " in command or b"3" in command.split()[2].split(b",") for command in server.stored)
    found = row(fetching, source)
    assert (found.left_behind, found.withheld, found.last_error) == (1, 1, "")
    honest = [raw for uid, raw in enumerate(given, 1) if uid != 3]
    assert entered(fetching, world) == sorted(prints(honest))
    assert letters(fetching, world) == [f"Mail source {found.name}: a mail that Exchange does not give"]


@pytest.mark.parametrize("kind", [SourceKind.IMAP, SourceKind.POP3])
def test_the_mail_stays_in_a_mailbox_of_dovecot_until_it_is_given(
    fetching: Resources, world: World, dovecot: Dovecot, kind: SourceKind
) -> None:
    box, given, note = (
        dovecot.mailbox(uuid4().hex),
        mails(world, 4),
        NOTE.replace(b"20004", str(uuid4().int)[:9].encode()),
    )
    imitated = b"Received: from evil.example by mx; Mon, 4 May 2026 10:00:00 +0000\n" + note
    box.fill(given | {"note": note.replace(b"IMAP4", b"POP3" if kind is SourceKind.POP3 else b"IMAP4"), "q": imitated})
    options = mailboxes.options(dovecot, box.user, kind, after="delete")
    source = mailboxes.add(fetching, world, options, kind=kind)
    fetch(order(fetching, source), fetching)
    assert (row(fetching, source).left_behind, row(fetching, source).withheld) == (1, 1)
    assert entered(fetching, world) == sorted(prints([*given.values(), imitated]))
    assert len(box.bodies()) == 1
    for path in (box.home / "Maildir").glob("*/*note*"):
        path.unlink()
    fetch(order(fetching, source), fetching)
    assert (row(fetching, source).left_behind, row(fetching, source).withheld) == (0, 0)
