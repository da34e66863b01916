"""The log of erasures, in the blob store: after a restore of the database they are carried out again.

It names rows by their ids alone, and has no word on the person. Its files are `erased/DAY/ID`; they are kept for good,
as a backup of any age may be restored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from storage.blobs.store import Blobs
from storage.database import Database

FOLDER = "erased"

_NEW = text("""
select id, tenant_id, at, user_id, mail_ids, updates, account from erasures where noted_at is null
order by at limit 100 for update skip locked
""")
_MAILS = text("""
select id, batch_id, encode(content_key, 'hex') as content_key, received_at from mails
where id = any(cast(:ids as uuid[])) order by id
""")
_NOTED = text("update erasures set noted_at = now() where id = any(cast(:ids as uuid[]))")
_IS_DONE = text("select exists (select from erasures where id = :id)")


@dataclass(frozen=True)
class ErasedMail:
    """The mark of a mail that was erased."""

    id: UUID
    batch_id: UUID
    content_key: bytes
    received_at: datetime


@dataclass(frozen=True)
class LoggedErasure:
    """An erasure as it was carried out (`schemas.tables.Erasure`)."""

    id: UUID
    tenant_id: UUID
    at: datetime
    user_id: UUID | None
    updates: bool
    account: bool
    mails: tuple[ErasedMail, ...]

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Returns the erasure in a file of the log. Raises `ValueError` if it is none."""
        try:
            values: dict[str, Any] = orjson.loads(data)
            return cls(
                id=UUID(values["id"]),
                tenant_id=UUID(values["tenant_id"]),
                at=datetime.fromisoformat(values["at"]),
                user_id=UUID(values["user_id"]) if values["user_id"] else None,
                updates=bool(values["updates"]),
                account=bool(values["account"]),
                mails=tuple(_mail(mail) for mail in values["mails"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no erasure: {error!r}") from error


def note_new(database: Database, blobs: Blobs) -> int:
    """Writes new erasures into the log; returns their number. To be called before their mails are deleted."""
    with database.system() as connection:
        rows = connection.execute(_NEW).mappings().all()
        for row in rows:
            values = dict(row)
            mails = connection.execute(_MAILS, {"ids": values.pop("mail_ids")}).mappings()
            values["mails"] = [dict(mail) for mail in mails]
            name = f"{FOLDER}/{values['at']:%Y-%m-%d}/{values['id']}"
            blobs.delete([name])  # it may be half written
            blobs.files.append(name, orjson.dumps(values))
        if rows:
            connection.execute(_NOTED, {"ids": [row["id"] for row in rows]})
        return len(rows)


def read(blobs: Blobs) -> Iterator[LoggedErasure]:
    """Yields the erasures in the log, in the order of their days; a file that was cut at a crash is left out."""
    for file in blobs.files.walk(FOLDER):
        try:
            yield LoggedErasure.load(b"".join(blobs.files.pieces(file.name)))
        except ValueError:  # then it was not noted, and its mails were not deleted
            continue


def is_done(connection: Connection, erasure_id: UUID) -> bool:
    """Returns whether the database has the erasure: it was restored from a later backup, or it was repeated."""
    return bool(connection.execute(_IS_DONE, {"id": erasure_id}).scalar_one())


def _mail(values: dict[str, Any]) -> ErasedMail:
    received_at = datetime.fromisoformat(values["received_at"])
    return ErasedMail(UUID(values["id"]), UUID(values["batch_id"]), bytes.fromhex(values["content_key"]), received_at)
