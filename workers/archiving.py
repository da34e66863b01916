"""The nightly turn of retention, in its own thread with its own connection: old rows leave for the archive."""

import structlog

from schemas.settings import Settings
from schemas.tables import new_id
from storage.archive import catalogue, move
from storage.archive.rows import Kind
from storage.database import Database
from workers import metrics

#: The longest time of a statement, in seconds.
LONGEST_SECONDS = 600

_log = structlog.get_logger(__name__)


def days(settings: Settings) -> dict[Kind, int]:
    """Returns the days after which rows leave, of the kinds that leave at all."""
    chosen = {kind: int(getattr(settings.archive, f"{kind}_days")) for kind in Kind}
    return {kind: number for kind, number in chosen.items() if number}


def run(database: Database, settings: Settings) -> None:
    """Moves old rows into the archive's folder, and notes that the night's turn is done.

    A failure is logged and counted, and the turn stays due; what has left until then is in the archive.
    """
    own = database.with_own_connections(1, statement_seconds=LONGEST_SECONDS)
    total = 0
    try:
        for kind, number in move.move(own, days(settings), settings.archive.folder):
            metrics.ARCHIVED.labels(kind).inc(number)
            total += number
        with own.system() as connection:
            catalogue.note(connection, new_id(), catalogue.NIGHT, total)
    except Exception as error:  # noqa: BLE001  # the dispatcher starts it again
        metrics.DUTY_FAILURES.labels("archive_old").inc()
        _log.warning("old rows were not archived", error=error, moved=total)
        return
    finally:
        own.close()
    _log.info("old rows were archived", rows=total)
