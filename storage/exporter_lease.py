"""The lease of the one dispatcher that exports the figures of the whole cluster. For the system role."""

from uuid import UUID

from sqlalchemy import Connection, text

# the clock of the database decides, so that the clocks of the dispatchers may differ
_TAKE = text("""
insert into exporter_lease as l (id, holder, until) values (1, :holder, now() + make_interval(secs => :seconds))
on conflict (id) do update set holder = excluded.holder, until = excluded.until
where l.holder = excluded.holder or l.until < now() returning 1
""")
_RELEASE = text("update exporter_lease set until = now() where holder = :holder")


def take(connection: Connection, holder: UUID, seconds: float) -> bool:
    """Takes or renews the lease for `seconds`. Returns whether `holder` has it now: not while another one has it."""
    return connection.execute(_TAKE, {"holder": holder, "seconds": seconds}).first() is not None


def release(connection: Connection, holder: UUID) -> None:
    """Ends the lease, if `holder` has it, so that another dispatcher can take it at once."""
    connection.execute(_RELEASE, {"holder": holder})
