"""The doors of webhooks: sources of the kind `http`, each with a path that can't be guessed and a secret of its own.

A door without a secret is shut (Discourse CVE-2026-26077): nothing comes in by it, whatever it says.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, text
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import insert

from schemas.mailboxes import check_name
from schemas.tables import SourceKind, WebhookRequest, core, new_id, now
from storage.secret_box import SecretBox

#: For how long a request that brought a mail is remembered: longer than any shape lets one be old.
_REMEMBERED = timedelta(days=3)
_PATH_BYTES, _SECRET_BYTES = 24, 32
_LONGEST_NONCE = 200
#: The ARN of an SNS topic (AWS General Reference, "Amazon Resource Names").
TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2}(?:-[a-z]{1,20}){1,3}-[0-9]{1,2}):[0-9]{12}:"
    r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?",
    re.ASCII,
)
_REQUESTS = core(WebhookRequest)


class Provider(StrEnum):
    """What a provider's requests look like."""

    GENERIC = "generic"  # the mail is the body; HMAC of ours
    MAILGUN = "mailgun"  # Mailgun's routes that forward to a URL ending in `mime`
    SNS = "sns"  # Amazon SES, receipt rule with the action SNS


@dataclass(frozen=True)
class Endpoint:
    """One webhook. `secret` is the key that both sides know (none for SNS, which signs with a certificate); `topic`
    the one SNS topic that is listened to."""

    id: UUID
    name: str
    tenant_id: UUID | None
    shape: Provider
    secret: str
    topic: str = ""
    recipient_fields: tuple[str, ...] = field(default=())

    @property
    def shut(self) -> bool:
        """Whether nothing could tell who is at the door."""
        return not (self.topic if self.shape is Provider.SNS else self.secret)


_DOOR = text("""
select id, name, tenant_id, secret, options, recipient_fields from sources
where kind = 'http' and active and location = :path
""")
_ADD = text("""
insert into sources (id, kind, name, location, recipient_fields, period_seconds, active, next_at, lease, failures,
    last_error, tenant_id, options, secret)
values (:id, :kind, :name, :path, 'Delivered-To,X-Original-To', 300, true, now(), 0, 0, '', :tenant_id,
    cast(:options as jsonb), :secret)
""")


def find(connection: Connection, seal: SecretBox, path: str) -> Endpoint | None:
    """The door at a path; None when there is none. Raises `SealError` when its secret can't be opened."""
    row = connection.execute(_DOOR, {"path": path}).first()
    if row is None:
        return None
    options: Mapping[str, Any] = row.options
    return Endpoint(
        id=row.id,
        name=row.name,
        tenant_id=row.tenant_id,
        shape=Provider(options["shape"]),
        secret=seal.open(row.id, row.secret) if row.secret is not None else "",
        topic=options.get("topic", ""),
        recipient_fields=tuple(row.recipient_fields.split(",")),
    )


def add(
    connection: Connection,
    seal: SecretBox,
    name: str,
    shape: Provider,
    *,
    tenant_id: UUID | None = None,
    secret: str = "",
    topic: str = "",
) -> tuple[str, str]:
    """Makes a door and returns its path and its secret; without `secret`, a generic one gets a new one.

    Raises `ValueError` for what can't be a name, and when what proves who is at the door is missing, `SealError`
    without keys to seal with.
    """
    check_name(name)
    if shape is Provider.GENERIC and not secret:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
    if shape is Provider.MAILGUN and not secret:
        raise ValueError("Mailgun's HTTP webhook signing key is needed: it proves that Mailgun is at the door")
    if shape is Provider.SNS and not TOPIC.fullmatch(topic):
        words = "the ARN of the SNS topic is needed, arn:aws:sns:REGION:ACCOUNT:NAME"
        raise ValueError(f"{words}: anybody may have a topic of their own")
    source_id, path = new_id(), secrets.token_urlsafe(_PATH_BYTES)
    options = {"shape": shape} | ({"topic": topic} if topic else {})
    connection.execute(
        _ADD,
        {
            "id": source_id,
            "kind": SourceKind.HTTP,
            "name": name,
            "path": path,
            "tenant_id": tenant_id,
            "options": json.dumps(options),
            "secret": seal.seal(source_id, secret) if secret else None,
        },
    )
    return path, secret


def was_seen(connection: Connection, door: Endpoint, nonce: str) -> bool:
    """Whether a request with this nonce brought a mail before."""
    found = sql_select(_REQUESTS.c.nonce).where(_REQUESTS.c.source_id == door.id, _REQUESTS.c.nonce == _kept(nonce))
    return connection.execute(found).first() is not None


def note(connection: Connection, door: Endpoint, nonce: str) -> None:
    """Remembers the nonce of a request, in the transaction of its custody."""
    values = {"source_id": door.id, "nonce": _kept(nonce), "seen_at": now()}
    connection.execute(insert(_REQUESTS).values(values).on_conflict_do_nothing())


def _kept(nonce: str) -> str:
    """A nonce as PostgreSQL takes it into an index: a provider may send any characters, and as many as it likes."""
    if len(nonce) <= _LONGEST_NONCE and nonce.isascii() and nonce.isprintable():
        return nonce
    return sha256(nonce.encode("utf-8", "surrogatepass")).hexdigest()


def forget(connection: Connection) -> None:
    """Forgets the requests that are too old to be let in again."""
    connection.execute(delete(_REQUESTS).where(_REQUESTS.c.seen_at < now() - _REMEMBERED))
