"""Tokens of a tenant for the HTTP API: creates, lists, finds and revokes them."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.refusal import Refusal
from schemas.tables import new_id
from schemas.visible_text import is_blank

#: What each token begins with, so that people and secret scanners recognize it.
PREFIX = "casemail_"
#: The longest name of a token, in characters, and the most valid tokens of a tenant.
LONGEST_NAME, MOST = 100, 100
#: The random bytes of a token.
_RANDOM = 32
_TENANT = 16
#: Seconds in which the last use of a token is noted once.
_NOTE_USE = 60


class Scope(StrEnum):
    """What a token may do."""

    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    UPDATES_READ = "updates:read"
    UPDATES_WRITE = "updates:write"
    EMAILS_READ = "emails:read"
    EMAILS_ACT = "emails:act"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    AUDIT_READ = "audit:read"


#: The scopes in words, for the page on which they are chosen.
SCOPES: dict[Scope, str] = {
    Scope.CASES_READ: "Read cases, their members and email addresses",
    Scope.CASES_WRITE: "Create, change, close and reopen cases",
    Scope.PEOPLE_READ: "Read people and access groups",
    Scope.PEOPLE_WRITE: "Add people, change their roles, archive them",
    Scope.UPDATES_READ: "Read all updates, whoever may see them",
    Scope.UPDATES_WRITE: "Post updates in the name of any person",
    Scope.EMAILS_READ: "Read what became of each email, and the originals",
    Scope.EMAILS_ACT: "Decide on emails that did not post",
    Scope.SETTINGS_READ: "Read the general settings, templates and email sources",
    Scope.SETTINGS_WRITE: "Change the general settings, such as email update replies, and templates",
    Scope.AUDIT_READ: "Read who did what, and when",
}


@dataclass(frozen=True)
class Token:
    """A valid token, without its secret. `created_by` is the admin who created it; None for the operator."""

    id: UUID
    tenant_id: UUID
    name: str
    scopes: frozenset[str]
    created_by: UUID | None


_INSERT = text("""
insert into api_tokens (id, tenant_id, name, token, scopes, created_by, created_at, expires_at)
values (:id, :tenant_id, :name, :token, :scopes, :by, now(), :expires_at)
""")
_VALID = "k.revoked_at is null and (k.expires_at is null or k.expires_at > now())"
_COUNT = text(f"select count(*) from api_tokens k where {_VALID}")  # noqa: S608  # a constant of ours
_LIST = text(f"""
select k.id, k.name, k.scopes, k.created_at, k.used_at, k.expires_at, k.revoked_at, u.name as creator, {_VALID} as valid
from api_tokens k left join users u on u.id = k.created_by order by k.created_at desc, k.id
""")  # noqa: S608
_FIND = text(f"""
with used as (
    update api_tokens set used_at = now() where token = :token
    and (used_at is null or used_at < now() - make_interval(secs => :note_use)))
select k.id, k.tenant_id, k.name, k.scopes, k.created_by
from api_tokens k join tenants t on t.id = k.tenant_id where k.token = :token and t.active and {_VALID}
""")  # noqa: S608
_REVOKE = text("update api_tokens set revoked_at = now() where id = :id and revoked_at is null returning name")


def create(
    connection: Connection,
    tenant_id: UUID,
    name: str,
    scopes: Collection[Scope],
    *,
    by: UUID | None,
    expires_at: datetime | None = None,
) -> str | Refusal:
    """Creates a token in the scope of the tenant and returns it: it can't be read again. Or returns why not.

    `by` is None for the operator.
    """
    if is_blank(name) or len(name) > LONGEST_NAME:
        return Refusal(f"A name has 1 to {LONGEST_NAME} characters.")
    if not scopes:
        return Refusal("Choose what the token may do.")
    if connection.execute(_COUNT).scalar_one() >= MOST:
        return Refusal(f"There are {MOST} tokens already: revoke one first.")
    token_id = new_id()
    token = PREFIX + urlsafe_b64encode(tenant_id.bytes + secrets.token_bytes(_RANDOM)).decode().rstrip("=")
    values = {"id": token_id, "tenant_id": tenant_id, "name": name, "token": _digest(token), "by": by}
    connection.execute(_INSERT, values | {"scopes": sorted(scopes), "expires_at": expires_at})
    details = {"name": name, "scopes": " ".join(sorted(scopes))}
    audit.record(connection, [audit.Act(tenant_id, by, "api_token.created", token_id, details)])
    return token


def tenant_of(token: str) -> UUID | None:
    """Returns the tenant that a token names, valid or not; None for text that is no token."""
    if not token.startswith(PREFIX) or not token.isascii():
        return None
    try:
        parts = urlsafe_b64decode(token.removeprefix(PREFIX) + "=" * (-len(token.removeprefix(PREFIX)) % 4))
    except ValueError:
        return None
    return UUID(bytes=parts[:_TENANT]) if len(parts) == _TENANT + _RANDOM else None


def find(connection: Connection, token: str) -> Token | None:
    """Returns a valid token in the scope of the tenant that it names, and notes that it is used; None if there is none.

    Tokens are random, so a search for the digest tells nothing about other tokens by its time.
    """
    row = connection.execute(_FIND, {"token": _digest(token), "note_use": _NOTE_USE}).first()
    return Token(row.id, row.tenant_id, row.name, frozenset(row.scopes), row.created_by) if row else None


def of_tenant(connection: Connection) -> Sequence[Row[Any]]:
    """Returns all tokens of the tenant, the newest first: `id`, `name`, `scopes`, `creator` (None: the operator),
    `created_at`, `used_at`, `expires_at`, `revoked_at`, and whether it is `valid`."""
    return connection.execute(_LIST).all()


def revoke(connection: Connection, tenant_id: UUID, token_id: UUID, *, by: UUID | None) -> bool:
    """Revokes a token: from now on it is refused. Returns False if the tenant has no such token that is valid."""
    name = connection.execute(_REVOKE, {"id": token_id}).scalar()
    if name is None:
        return False
    audit.record(connection, [audit.Act(tenant_id, by, "api_token.revoked", token_id, {"name": name})])
    return True


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
