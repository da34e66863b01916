"""Mails that have ended and can be replayed, and a digest of all stored data, to show that nothing was written."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from schemas.tables import MailState, now
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.rows import add_mail
from tests.builders.world import World

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def letter(world: World, author: str, recipient: str, words: str) -> bytes:
    return (
        f"From: {world.email(author)}\r\nTo: {recipient}\r\nSubject: Re: A leak\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n"
        '--b\r\nContent-Type: image/png; name="a.png"\r\nContent-Disposition: attachment; filename="a.png"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{PNG}\r\n--b--\r\n"
    ).encode()


def put(
    resources: Resources, world: World, author: str, state: MailState, *, words: str = "Yes.", **more: Any
) -> tuple[UUID, bytes]:
    """Stores a mail that has ended, to the client's reply address of an update; returns its id and bytes."""
    recipient = reply_address(resources.database, world, world.post(resources.database, "staff", "client"), "client")
    raw = letter(world, author, recipient, words)
    key = resources.blobs.put(world.tenant_id, "raw", raw)
    mail_id = add_mail(world, state, recipient=recipient, raw=key, author=world.email(author), ended_at=now(), **more)
    return mail_id, raw


def everything(resources: Resources, world: World) -> dict[str, str]:
    """Returns a digest of each table's rows, and the names of all blobs."""
    found: dict[str, str] = {}
    with world.owner().connect() as connection:
        tables = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
        for table in tables:
            rows = connection.execute(text(f"select t::text as row from {table} t order by 1")).scalars()
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    folder = Path(resources.settings.blobs.url)
    found["blobs"] = " ".join(sorted(str(path) for path in folder.rglob("*")))
    return found
