"""Claims of couriers on mailboxes: one courier at a time listens to each (IMAP IDLE). For the system role."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, text

from storage.source_rows import COLUMNS, SourceRow, source_row

#: Seconds after which a claim ends, unless it is renewed.
CLAIM_SECONDS = 60

_CLAIM = text(f"""
update sources set idle_until = now() + make_interval(secs => :seconds)
where id in (
    select id from sources
    where kind = 'imap' and active and paused_for = '' and old_mails in ('all', 'since') and secret is not null
      and last_success_at is not null and coalesce((options->>'idle')::boolean, true)
      and (id = any(:mine) or idle_until is null or idle_until < now())
    order by id = any(:mine) desc, idle_until nulls first limit :most for update skip locked
)
returning {COLUMNS}
""")  # noqa: S608  # only our own names are inserted
_GIVE_UP = text("update sources set idle_until = null where id = any(:ids)")
_MAKE_DUE = text("update sources set next_at = now() where id = :id and active and paused_for = ''")


def claim(connection: Connection, mine: Collection[UUID], *, most: int) -> list[SourceRow]:
    """Renews the claims on `mine` and claims mailboxes that are free. Returns the claimed mailboxes, at most `most`."""
    values = {"seconds": CLAIM_SECONDS, "mine": list(mine), "most": most}
    return [source_row(row) for row in connection.execute(_CLAIM, values)]


def give_up(connection: Connection, ids: Collection[UUID]) -> None:
    """Ends the claims on these mailboxes, so that another courier may claim them at once."""
    connection.execute(_GIVE_UP, {"ids": list(ids)})


def make_due(connection: Connection, source_id: UUID) -> None:
    """Makes a source due now, unless it is off or paused."""
    connection.execute(_MAKE_DUE, {"id": source_id})
