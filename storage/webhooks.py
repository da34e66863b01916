"""Statements on webhooks (sources of the kind `http`) and on the requests they accepted, as the system role."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, text
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import insert

from schemas.tables import SourceKind, WebhookRequest, core, now

#: For how long a request that brought a mail is remembered: longer than requests of any provider stay valid.
_REMEMBERED = timedelta(days=3)
_REQUESTS = core(WebhookRequest)


@dataclass(frozen=True)
class WebhookRow:
    """A row of an active webhook; `secret` is encrypted."""

    id: UUID
    name: str
    tenant_id: UUID | None
    secret: bytes | None
    options: Mapping[str, Any]
    recipient_fields: str


_FIND = text("""
select id, name, tenant_id, secret, options, recipient_fields from sources
where kind = 'http' and active and location = :path
""")
_ADD = text("""
insert into sources (id, kind, name, location, recipient_fields, period_seconds, active, next_at, lease, failures,
    last_error, tenant_id, options, secret)
values (:id, :kind, :name, :path, 'Delivered-To,X-Original-To', 300, true, now(), 0, 0, '', :tenant_id,
    cast(:options as jsonb), :secret)
""")


def find_webhook(connection: Connection, path: str) -> WebhookRow | None:
    """Returns the active webhook at this path; None if there is no such webhook."""
    row = connection.execute(_FIND, {"path": path}).first()
    return None if row is None else WebhookRow(**row._mapping)


def add_webhook(
    connection: Connection,
    source_id: UUID,
    name: str,
    path: str,
    options: Mapping[str, object],
    *,
    tenant_id: UUID | None,
    secret: bytes | None,
) -> None:
    """Creates a webhook at this path; `secret` is already encrypted."""
    values = {"id": source_id, "kind": SourceKind.HTTP, "name": name, "path": path, "tenant_id": tenant_id}
    connection.execute(_ADD, {**values, "options": json.dumps(dict(options)), "secret": secret})


def was_seen(connection: Connection, source_id: UUID, nonce: str) -> bool:
    """Returns whether a request with this nonce brought a mail to this webhook before."""
    found = sql_select(_REQUESTS.c.nonce).where(_REQUESTS.c.source_id == source_id, _REQUESTS.c.nonce == nonce)
    return connection.execute(found).first() is not None


def note_request(connection: Connection, source_id: UUID, nonce: str) -> None:
    """Records the nonce of a request, in the transaction that takes its mail into custody."""
    values = {"source_id": source_id, "nonce": nonce, "seen_at": now()}
    connection.execute(insert(_REQUESTS).values(values).on_conflict_do_nothing())


def forget_requests(connection: Connection) -> None:
    """Deletes the records of requests that are too old to be accepted again."""
    connection.execute(delete(_REQUESTS).where(_REQUESTS.c.seen_at < now() - _REMEMBERED))
