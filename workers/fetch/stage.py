"""The fetch stage: one fetch of one source, as ordered by the scheduler."""

from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import Connection

from schemas.records import FetchOrder
from schemas.tables import now
from workers.fetch import batches, maildir
from workers.fetch.custody import Custodian
from workers.house import House

#: Most mails of one fetch; the rest come with the next.
BATCH_SIZE = 5_000
#: Mails that share one custody transaction.
GROUP_SIZE = 50

_log = structlog.get_logger(__name__)


def fetch(order: FetchOrder, house: House) -> None:
    """Fetches what waits at the source into custody, as one batch; a lost lease ends it without a word."""
    started_at = now()
    try:
        with house.database.system() as connection:
            source = batches.leased(connection, order)
        folder, declared = Path(str(source.location)), str(source.recipient_fields).split(",")
        waiting = maildir.arrived(folder, BATCH_SIZE)
        if waiting:
            with house.database.system() as connection:
                batch_id = batches.open_batch(connection, order.source_id, started_at)
            _take_all(order, house, batch_id, folder, declared, waiting)
            with house.database.system() as connection:
                batches.close_batch(connection, batch_id)
    except batches.LeaseLostError:
        return
    except OSError as error:
        _log.warning("fetch failed", source=str(order.source_id), error=str(error))
        with house.database.system() as connection:
            batches.release(connection, order, str(error))
        return
    with house.database.system() as connection:
        batches.release(connection, order)


def _take_all(
    order: FetchOrder, house: House, batch_id: UUID, folder: Path, declared: list[str], waiting: list[Path]
) -> None:
    def guard(connection: Connection) -> None:
        batches.leased(connection, order)

    custodian = Custodian(house)
    for start in range(0, len(waiting), GROUP_SIZE):
        group = waiting[start : start + GROUP_SIZE]
        arrivals = [arrival for path in group for arrival in maildir.read(path, declared, custodian)]
        custodian.take(batch_id, arrivals, guard=guard)
        for path in group:
            maildir.mark_taken(folder, path)
