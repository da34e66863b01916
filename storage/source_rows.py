"""Statements on the rows of mail sources: read a source, create one by name, replace its sealed secret.

`cases.inbound.sources` has what the admins of a tenant can do with their sources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.mailboxes import check_fields, check_name
from schemas.tables import OldMails, SourceKind, new_id


@dataclass(frozen=True)
class SourceRow:
    """The columns of the table `sources` that a fetch needs; `secret` is encrypted."""

    id: UUID
    tenant_id: UUID | None
    kind: SourceKind
    name: str
    location: str
    recipient_fields: str
    period_seconds: int
    options: dict[str, Any]
    secret: bytes | None
    state: dict[str, Any]
    old_mails: OldMails
    since: datetime | None
    last_success_at: datetime | None

    @property
    def declared(self) -> list[str]:
        """The header fields in which its mail server writes the recipient."""
        return [name.strip() for name in self.recipient_fields.split(",") if name.strip()]


#: The columns that `source_row` needs.
COLUMNS = ", ".join(field.name for field in fields(SourceRow))

_FIND = text(f"select {COLUMNS} from sources where id = :id")  # noqa: S608  # only our own names are inserted
_ENSURE = text("""
insert into sources (id, kind, name, location, recipient_fields, period_seconds, active, next_at, lease, failures,
    last_error, options)
values (:id, :kind, :name, :location, :fields, :period, true, now(), 0, 0, '', cast(:options as jsonb))
on conflict (tenant_id, name) do update set location = excluded.location, period_seconds = excluded.period_seconds
returning id
""")
_TENANT_OF = text("select tenant_id from sources where id = :id")
# if two processes store a new secret at the same time, the first secret stays
_REPLACE_SECRET = text("update sources set secret = :secret where id = :id and secret = :before")


def source_row(row: Row[tuple[object, ...]]) -> SourceRow:
    """Returns a database row with `COLUMNS` as a `SourceRow`."""
    values: dict[str, Any] = {field.name: row._mapping[field.name] for field in fields(SourceRow)}
    kind, old_mails, secret = SourceKind(values["kind"]), OldMails(values["old_mails"]), values["secret"]
    return SourceRow(**{**values, "kind": kind, "old_mails": old_mails, "secret": secret and bytes(secret)})


def find_source(connection: Connection, source_id: UUID) -> SourceRow | None:
    """Returns the source with this id; None if there is no such source."""
    row = connection.execute(_FIND, {"id": source_id}).first()
    return None if row is None else source_row(row)


def ensure_source(
    connection: Connection,
    kind: SourceKind,
    name: str,
    *,
    location: str = "",
    recipient_fields: str = "Delivered-To,X-Original-To",
    period_seconds: int = 300,
    options: Mapping[str, object] | None = None,
) -> UUID:
    """Returns the id of the operator's source with this name; creates it if it does not exist.

    Raises ValueError for an invalid name, or invalid names of header fields.
    """
    check_name(name)
    check_fields(recipient_fields)
    values = {
        "id": new_id(),
        "kind": kind,
        "name": name,
        "location": location,
        "fields": recipient_fields,
        "period": period_seconds,
        "options": json.dumps(dict(options or {})),
    }
    source_id: UUID = connection.execute(_ENSURE, values).scalar_one()
    return source_id


def tenant_of_source(connection: Connection, source_id: UUID) -> UUID | None:
    """Returns the tenant that owns the source; None for a source of the operator, which takes mail for all tenants."""
    found: UUID | None = connection.execute(_TENANT_OF, {"id": source_id}).scalar_one()
    return found


def replace_secret(connection: Connection, source_id: UUID, secret: bytes, *, before: bytes | None) -> None:
    """Stores a new sealed secret, if the stored secret still is `before`."""
    connection.execute(_REPLACE_SECRET, {"id": source_id, "secret": secret, "before": before})
