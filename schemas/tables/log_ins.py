"""Log-ins at the console: the sessions that are open, and how often somebody has tried."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, of_tenant, time_field


class ConsoleSession(SQLModel, table=True):
    """One browser in which a user is logged in. It goes when they log out, when it is ended, and, by a trigger on
    `users`, with any change of role or password and when the user is archived.

    `token` is the SHA-256 of what the cookie carries. `agent` is the browser in words, `address` the one last seen.
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
    """Tries under one key since its window began, which ends at `until`. The key is a keyed hash: nobody's address or
    account can be read from it."""

    __tablename__ = "log_in_tries"

    key: bytes = Field(primary_key=True)
    tries: int
    until: datetime = time_field(index=True)
