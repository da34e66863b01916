"""Takes old rows out of the tables that grow, for the archive. All functions take a transaction of the system role.

Which rows may leave is decided in the database, by functions of its owner
(`storage/migrations/versions/m0075_the_archive.py`): no role of casemail may delete from the audit or the outbox.
Nothing leaves that is younger than `schemas.settings.archive.LEAST_DAYS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, text

#: Below all ids.
FIRST = UUID(int=0)


class Kind(StrEnum):
    """The kinds of rows that leave, in the order in which they must: the other kinds wait for the mails."""

    MAILS = "mails"  # ended mails without original; their rows stay with keys, addresses, times and end state
    NOTICES = "notices"  # mails that were sent, except forwards
    AUDIT = "audit"  # acts, except those on mails that are not archived
    FETCHES = "fetches"  # batches whose mails are all archived


@dataclass(frozen=True)
class Old:
    """How many rows of a kind may leave, and the time of the oldest; None without any."""

    rows: int
    oldest: datetime | None


@dataclass(frozen=True)
class Taken:
    """A row as it was: `line` is a JSON object with its columns."""

    id: UUID
    line: str


_COUNT = text("select number, oldest from count_old(:kind, now() - make_interval(days => :days))")
_TAKE = text("""
select row_id, line from take_old(:kind, now() - make_interval(days => :days), :above, :most) order by row_id
""")


def count(connection: Connection, kind: Kind, days: int) -> Old:
    """Returns how many rows of the kind are older than `days`. Of kinds that wait for mails, those that need not wait
    any more."""
    return Old(*connection.execute(_COUNT, {"kind": kind, "days": days}).one())


def take(connection: Connection, kind: Kind, days: int, *, most: int, above: UUID = FIRST) -> Sequence[Taken]:
    """Takes out at most `most` rows older than `days` with ids above `above`; returns them as they were, by id.

    Leaves out rows that another transaction works on. If the transaction is rolled back, the rows are as before.
    """
    values = {"kind": kind, "days": days, "above": above, "most": most}
    return [Taken(row.row_id, row.line) for row in connection.execute(_TAKE, values)]
