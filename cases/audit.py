"""The audit of who did what. An entry is written in the transaction of its act: neither exists without the other.

An act by the HTTP API has the name of the token among its details.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.tables import now

_INSERT = text("""
insert into audit (id, tenant_id, actor_id, act, subject_id, details, at)
select uuidv7(), a.tenant_id, a.actor_id, a.act, a.subject_id, a.details || by_token.details, :at
from unnest(cast(:tenant_ids as uuid[]), cast(:actor_ids as uuid[]), cast(:acts as text[]),
    cast(:subject_ids as uuid[]), cast(:details as jsonb[])) a(tenant_id, actor_id, act, subject_id, details),
(select jsonb_strip_nulls(jsonb_build_object('api token', nullif(current_setting('app.api_token', true), '')))
    as details) by_token
""")
_BY_TOKEN = text("select set_config('app.api_token', :name, true)")


@dataclass(frozen=True)
class Act:
    """The user `by` did `act` (such as `mail.accepted`) to the row `subject_id`; `by` is None for casemail itself."""

    tenant_id: UUID
    by: UUID | None
    act: str
    subject_id: UUID
    details: Mapping[str, str] = field(default_factory=dict)


def record(connection: Connection, acts: Sequence[Act]) -> None:
    """Writes the acts in the open transaction of their tenant."""
    if acts:
        values = {
            "tenant_ids": [act.tenant_id for act in acts],
            "actor_ids": [act.by for act in acts],
            "acts": [act.act for act in acts],
            "subject_ids": [act.subject_id for act in acts],
            "details": [json.dumps(dict(act.details)) for act in acts],
        }
        connection.execute(_INSERT, {**values, "at": now()})


def by_token(connection: Connection, name: str) -> None:
    """Notes that all acts of the open transaction are done with the API token of this name."""
    connection.execute(_BY_TOKEN, {"name": name})
