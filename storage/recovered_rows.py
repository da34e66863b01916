"""What a recovery asks about the rows of a tenant, and notes there; in the scope of the tenant."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from schemas.tables import Erasure, core, now
from storage.erasure_log import LoggedErasure

_HANDLES = text("select handle from update_recipients where handle = any(cast(:handles as text[]))")
_FILES = text("""
select f.blob, f.name, f.update_id from update_files f
union all select f.thumbnail, f.name || ' (its small picture)', f.update_id from update_files f where thumbnail <> ''
""")
# the database is from before the erasure: the addresses are there
_ADDRESSES = text("""
select email from users where id = :user_id and email <> ''
union select author from mails where id = any(cast(:ids as uuid[])) and author <> '' and cast(:user_id as uuid) is null
union select sender from mails
where id = any(cast(:ids as uuid[])) and author = '' and sender <> '' and cast(:user_id as uuid) is null
""")
_DONE = insert(core(Erasure))


def handles(connection: Connection, asked: Collection[str]) -> set[str]:
    """Returns those of the handles of reply addresses that the tenant has."""
    return set(connection.execute(_HANDLES, {"handles": sorted(asked)}).scalars())


def files(connection: Connection) -> Sequence[Row[Any]]:
    """Returns blob, name and update of each file, and of each small picture of one."""
    return connection.execute(_FILES).all()


def addresses(connection: Connection, user_id: UUID | None, mail_ids: Sequence[UUID]) -> list[str]:
    """Returns the addresses of a person who was erased after the backup: that of the account; without an account,
    those of the authors of the mails."""
    return list(connection.execute(_ADDRESSES, {"user_id": user_id, "ids": list(mail_ids)}).scalars())


def note_erasure(connection: Connection, logged: LoggedErasure) -> None:
    """Notes that an erasure in the log was carried out again."""
    row = {"id": logged.id, "tenant_id": logged.tenant_id, "at": logged.at, "user_id": logged.user_id}
    done = {"updates": logged.updates, "account": logged.account, "noted_at": now()}
    connection.execute(_DONE, {**row, **done, "mail_ids": [mail.id for mail in logged.mails]})
