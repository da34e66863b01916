"""Puts mails into the outbox table, from which the outbox stage sends them, and says which forwards were sent."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from schemas.tables import Outbox, OutboxKind, OutboxState, core, derived_id, new_id, now

_INSERT = insert(core(Outbox)).on_conflict_do_nothing()


def put(connection: Connection, tenant_id: UUID, kind: OutboxKind, mails: Sequence[Mapping[str, Any]]) -> None:
    """Adds mails, due now. Each of `mails` has `to_email` and the columns that its kind needs, such as `mail_id`.

    If several mails of a tenant have the same `once`, only the first is added.
    """
    if not mails:
        return
    at = now()
    waiting = {"tenant_id": tenant_id, "kind": kind, "state": OutboxState.WAITING, "attempts": 0, "error": ""}
    connection.execute(_INSERT, [{**waiting, "id": new_id(), "created_at": at, "due_at": at, **mail} for mail in mails])


def forward_id(mail_id: UUID, run: int) -> UUID:
    """Returns the id of the forward of a mail to the catch-all, in this run of the mail."""
    return derived_id(mail_id, "catch_all", run)


def insert_from(source: str, kind: OutboxKind, **columns: str) -> str:
    """Returns SQL that adds a mail for each row of `source`, to be used as a part of a larger statement.

    `columns` gives the SQL expression for each column that the kind needs. The statement must bind the time as `:at`.
    """
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"""
insert into outbox (id, kind, state, attempts, created_at, due_at, error, {names})
select uuidv7(), '{kind}', '{OutboxState.WAITING}', 0, :at, :at, '', {values} from {source}
"""  # noqa: S608  # the callers pass constants


_FORWARDED = text("""
select distinct mail_id from outbox where mail_id = any(:ids) and kind = 'catch_all' and state = 'sent'
""")


def forwarded(connection: Connection, mail_ids: Sequence[UUID]) -> set[UUID]:
    """Returns the mails, of these, whose forward to the catch-all was sent."""
    return set(connection.execute(_FORWARDED, {"ids": list(mail_ids)}).scalars()) if mail_ids else set()
