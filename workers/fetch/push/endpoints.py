"""Webhooks: sources of the kind `http`, each with a path that can't be guessed and, except for SNS, a secret.

An endpoint without a secret rejects every request (see Discourse CVE-2026-26077).
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from schemas.mailboxes import check_name
from schemas.tables import new_id
from storage import webhooks
from storage.secret_box import SecretBox

_PATH_BYTES, _SECRET_BYTES = 24, 32
_LONGEST_NONCE = 200
#: The ARN of an SNS topic (AWS General Reference, "Amazon Resource Names").
TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2}(?:-[a-z]{1,20}){1,3}-[0-9]{1,2}):[0-9]{12}:"
    r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?",
    re.ASCII,
)


class Provider(StrEnum):
    """The provider whose requests an endpoint takes."""

    GENERIC = "generic"  # any program: the mail is the body, with an HMAC of ours
    MAILGUN = "mailgun"  # Mailgun's routes that forward to a URL ending in `mime`
    SNS = "sns"  # Amazon SES, by a receipt rule with the action SNS


@dataclass(frozen=True)
class Endpoint:
    """A webhook. `secret` is the key that both sides know; SNS signs with a certificate instead. `topic` is the
    only SNS topic that is accepted."""

    id: UUID
    name: str
    tenant_id: UUID | None
    provider: Provider
    secret: str
    topic: str = ""
    recipient_fields: tuple[str, ...] = field(default=())

    @property
    def closed(self) -> bool:
        """Whether every request is rejected, because nothing could prove its sender."""
        return not (self.topic if self.provider is Provider.SNS else self.secret)


def find(connection: Connection, box: SecretBox, path: str) -> Endpoint | None:
    """Returns the endpoint at a path, None for an unknown path. Raises `SealError` if its secret can't be opened."""
    row = webhooks.find_webhook(connection, path)
    if row is None:
        return None
    options: Mapping[str, Any] = row.options
    return Endpoint(
        id=row.id,
        name=row.name,
        tenant_id=row.tenant_id,
        provider=Provider(options["shape"]),
        secret=box.open(row.id, row.secret) if row.secret is not None else "",
        topic=options.get("topic", ""),
        recipient_fields=tuple(row.recipient_fields.split(",")),
    )


def add(
    connection: Connection,
    box: SecretBox,
    name: str,
    provider: Provider,
    *,
    tenant_id: UUID | None = None,
    secret: str = "",
    topic: str = "",
) -> tuple[str, str]:
    """Creates an endpoint and returns its path and its secret; a generic endpoint without `secret` gets a new secret.

    Raises `ValueError` for an invalid name, or a missing signing key or topic; `SealError` without keys.
    """
    check_name(name)
    if provider is Provider.GENERIC and not secret:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
    if provider is Provider.MAILGUN and not secret:
        raise ValueError("Mailgun's HTTP webhook signing key is needed: it proves that Mailgun sends a request")
    if provider is Provider.SNS and not TOPIC.fullmatch(topic):
        words = "the ARN of the SNS topic is needed, arn:aws:sns:REGION:ACCOUNT:NAME"
        raise ValueError(f"{words}: anybody may have a topic of their own")
    source_id, path = new_id(), secrets.token_urlsafe(_PATH_BYTES)
    options = {"shape": provider} | ({"topic": topic} if topic else {})
    sealed = box.seal(source_id, secret) if secret else None
    webhooks.add_webhook(connection, source_id, name, path, options, tenant_id=tenant_id, secret=sealed)
    return path, secret


def was_seen(connection: Connection, endpoint: Endpoint, nonce: str) -> bool:
    """Returns whether a request with this nonce brought a mail before."""
    return webhooks.was_seen(connection, endpoint.id, _storable(nonce))


def note(connection: Connection, endpoint: Endpoint, nonce: str) -> None:
    """Remembers the nonce of a request, in the transaction that takes its mail into custody."""
    webhooks.note_request(connection, endpoint.id, _storable(nonce))


def _storable(nonce: str) -> str:
    """Returns a nonce that PostgreSQL can index: a provider may send any characters, and any number of them."""
    if len(nonce) <= _LONGEST_NONCE and nonce.isascii() and nonce.isprintable():
        return nonce
    return sha256(nonce.encode("utf-8", "surrogatepass")).hexdigest()
