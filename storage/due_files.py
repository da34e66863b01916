"""Finds updates with files that wait for the malware scanner, across tenants, as the system role."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from schemas.records import FilesOrder

#: Minutes between two attempts to have an update's files scanned and added.
RETRY_MINUTES = 5

_CLAIM = text("""
update updates set files_due_at = now() + make_interval(mins => :minutes) where id in (
    select id from updates where files_due_at <= now() order by files_due_at limit :most for update skip locked)
returning tenant_id, id as update_id
""")


def claim_due(connection: Connection, *, most: int) -> Sequence[FilesOrder]:
    """Returns at most `most` updates whose files are due for another attempt, and sets the time of the next attempt.

    `connection` is a transaction of the system role.
    """
    rows = connection.execute(_CLAIM, {"minutes": RETRY_MINUTES, "most": most}).mappings()
    return [FilesOrder(**row) for row in rows]
