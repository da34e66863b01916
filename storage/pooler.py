"""Tells whether a connection pooler, such as PgBouncer, is in front of PostgreSQL although the settings name none."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from schemas.settings import PREFIX
from storage.database import SYSTEM_ROLE

_WORDS = (
    f"{PREFIX}DATABASE_URL names a connection pooler, such as PgBouncer, that drops the role of a connection. "
    f"Set {PREFIX}DATABASE_POOLER=true, or name PostgreSQL itself."
)
#: PgBouncer's words (FATAL 08P01) on a connection that sets parameters at its start.
_REFUSED = "unsupported startup parameter"
_ROLE = text("select current_user::text")


def refusal(error: DBAPIError) -> str:
    """Returns a sentence if a pooler refused the connection for its parameters; empty for any other error."""
    return _WORDS if _REFUSED in str(error.orig) else ""


def problem(connection: Connection) -> str:
    """Returns a sentence if this connection of the system role has another role, as a pooler dropped it; or empty."""
    return "" if connection.execute(_ROLE).scalar_one() == SYSTEM_ROLE else _WORDS
