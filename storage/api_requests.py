"""Requests of the HTTP API that created something, as the system role."""

from datetime import timedelta

from sqlalchemy import Connection, text

from schemas.tables import now

#: For how long the key of a request is remembered.
REMEMBERED = timedelta(days=1)
_FORGET = text("delete from api_requests where at < :before")


def forget(connection: Connection) -> None:
    """Deletes the keys that are too old to be repeated."""
    connection.execute(_FORGET, {"before": now() - REMEMBERED})
