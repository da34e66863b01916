"""The log of the mails that were sent, in the blob store: after a restore of the database, they are not sent again.

A line `TENANT ID` for each mail; the id is that in its Message-ID. The courier writes after each order. The log has no
address and no word of a mail. Its files are `sent/DAY/HOUR-PROCESS`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import islice
from os import getpid
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from schemas.tables import now
from storage.blobs.store import Blobs

#: The folder of the log; all other folders of a blob store are of tenants, or `erased`.
FOLDER = "sent"
#: For how many days the log is kept: a database that was restored from an older backup sends again what was sent since.
DAYS = 60

_LINE = re.compile(r"^([0-9a-f-]{36}) ([0-9a-f-]{36})$")

_ADD = text("""
insert into sent_before (id, tenant_id)
select s.id, s.tenant_id from unnest(cast(:ids as uuid[]), cast(:tenants as uuid[])) s(id, tenant_id)
join tenants t on t.id = s.tenant_id on conflict do nothing
""")
#: Rows that are written in one statement.
_AT_ONCE = 10_000


def note(blobs: Blobs, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    """Notes mails of a tenant as sent, durably. Raises `OSError` if the blob store can't be written."""
    if ids:
        lines = "".join(f"{tenant_id} {id_}\n" for id_ in ids)
        at = now()
        blobs.files.append(f"{FOLDER}/{at:%Y-%m-%d}/{at:%H}-{_process(getpid())}", lines.encode("ascii"))


@cache
def _process(_pid: int) -> str:
    """Returns a name for this process, another one after a fork."""
    return uuid4().hex


def read(blobs: Blobs) -> Iterator[tuple[UUID, UUID]]:
    """Yields tenant and id of each mail in the log; a line that was cut at a crash is left out."""
    for file in blobs.files.walk(FOLDER):
        for line in b"".join(blobs.files.pieces(file.name)).decode("ascii", "replace").split("\n"):
            if found := _LINE.match(line):
                yield UUID(found[1]), UUID(found[2])


def take_over(connection: Connection, sent: Iterable[tuple[UUID, UUID]]) -> int:
    """Writes mails of the log into the database, as the system role, so that they are not sent again.

    Returns their number, without those of tenants that the database does not know.
    """
    left, count = iter(sent), 0
    while group := list(islice(left, _AT_ONCE)):
        values = {"ids": [id_ for _, id_ in group], "tenants": [tenant_id for tenant_id, _ in group]}
        count += connection.execute(_ADD, values).rowcount
    return count


def forget(blobs: Blobs) -> None:
    """Deletes the days of the log that are older than `DAYS`."""
    oldest = now().date() - timedelta(days=DAYS)
    for day in blobs.files.folders(FOLDER):
        if _day(day) < oldest:
            blobs.delete([file.name for file in blobs.files.walk(f"{FOLDER}/{day}")])


def _day(name: str) -> date:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return date.max
