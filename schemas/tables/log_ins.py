"""Log-ins to the console: open sessions, and counts of attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, of_tenant, time_field


class ConsoleSession(SQLModel, table=True):
    """A browser in which a user is logged in.

    The row is deleted at log-out, when the session is ended, and, by a trigger on `users`, when the user's role or
    password changes or the user is archived. `token` is the SHA-256 of the token in the cookie. `agent` describes the
    browser, `address` is the last IP address.
    """

    __tablename__ = "console_sessions"
    __table_args__ = (
        of_tenant("user_id", "users", ondelete="CASCADE"),
        Index("console_sessions_of_tenant", "tenant_id", "user_id"),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    user_id: UUID = Field(index=True)
    token: bytes = Field(unique=True)
    began_at: datetime = time_field()
    seen_at: datetime = time_field()
    address: str
    agent: str


class LogInTries(SQLModel, table=True):
    """The number of attempts under one key, in a time window that ends at `until`.

    The key is a keyed hash: no address or account can be read from it.
    """

    __tablename__ = "log_in_tries"

    key: bytes = Field(primary_key=True)
    tries: int
    until: datetime = time_field(index=True)
