"""Webhooks of tests, and the mails that are pushed to them."""

import time
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from storage.resources import Resources
from storage.secret_box import SecretBox
from tests.builders.world import World
from workers.fetch.push import endpoints
from workers.fetch.push.endpoints import Provider
from workers.fetch.push.providers import sign


def add_webhook(resources: Resources, provider: Provider, **options: Any) -> tuple[str, str]:
    """Creates a webhook, and returns its path and its secret."""
    box = SecretBox.from_settings(resources.settings)
    with resources.database.system() as connection:
        return endpoints.add(connection, box, uuid4().hex, provider, **options)


def mail() -> bytes:
    """Returns a new mail, different from all mails before."""
    return b"From: a@x\r\nMessage-ID: <" + uuid4().hex.encode() + b"@x>\r\n\r\nWords\r\n"


def post(url: str, **sent: Any) -> httpx.Response:
    """Sends a request as `httpx.post`, and waits longer for the answer: the machine may be busy."""
    return httpx.post(url, timeout=60, **sent)


def signed(secret: str, raw: bytes, recipient: str, *, sender: str = "a@x.example", age: int = 0) -> dict[str, str]:
    """Returns the header fields of a generic request, signed `age` seconds ago."""
    stamp = str(int(time.time()) - age)
    return {
        "Casemail-Timestamp": stamp,
        "Casemail-Sender": sender,
        "Casemail-Recipient": recipient,
        "Casemail-Signature": "sha256=" + sign(secret, stamp, sender, recipient, raw),
    }


def mails_of(resources: Resources, world: World) -> list[tuple[str, str, str]]:
    """Returns recipient, sender and state of each mail in the tenant's ledger, in the order of recipients."""
    with resources.database.tenant(world.tenant_id) as connection:
        found = connection.execute(text("select recipient, sender, state from mails order by recipient"))
        return [(row.recipient, row.sender, row.state) for row in found]
