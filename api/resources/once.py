"""Requests that create something once: a repetition with the same Idempotency-Key creates nothing more.

The key is stored in the transaction that creates the object, so neither exists without the other. It is kept for a day
(`storage.api_requests`).
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy import Connection, text

from api.services import Caller
from api.web.problems import ProblemError

#: The header field, as a parameter of a route.
IdempotencyKey = Annotated[
    str, Header(max_length=200, description="A repetition with the same key creates nothing more; kept for a day")
]

# a second request with the key waits until the first has ended
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_FIND = text("select fingerprint, subject_id from api_requests where token_id = :token_id and key = :key")
_NOTE = text("""
insert into api_requests (token_id, key, tenant_id, fingerprint, subject_id, at)
values (:token_id, :key, :tenant_id, :fingerprint, :subject_id, now())
""")


def once(
    connection: Connection, caller: Caller, key: str, asked: tuple[str, BaseModel], create: Callable[[], UUID]
) -> UUID:
    """Returns the id of what `create` creates, or of what an earlier request with this key created.

    `asked` are the path and the body of the request. Raises `ProblemError` (422) if the earlier request
    was another one.
    """
    if not key:
        return create()
    connection.execute(_LOCK, {"name": f"{caller.token.id} {key}"})
    values = {"token_id": caller.token.id, "key": key}
    fingerprint = sha256("\n".join((asked[0], asked[1].model_dump_json())).encode()).digest()
    before = connection.execute(_FIND, values).first()
    if before is None:
        subject_id = create()
        values |= {"tenant_id": caller.tenant_id, "fingerprint": fingerprint, "subject_id": subject_id}
        connection.execute(_NOTE, values)
        return subject_id
    if bytes(before.fingerprint) != fingerprint:
        words = "This key was used for another request."
        raise ProblemError(422, f"Idempotency-Key: {words}", {"Idempotency-Key": words})
    found: UUID = before.subject_id
    return found
