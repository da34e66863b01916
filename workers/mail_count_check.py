"""The nightly check of the counts of mails, in its own thread with its own connection."""

import structlog

from storage.database import Database
from storage.ledger import mail_counts
from workers import metrics

#: The longest time of the check, in seconds.
LONGEST_SECONDS = 4 * 3_600
#: The most tenants that are logged.
MOST_LOGGED = 20

_log = structlog.get_logger(__name__)


def run(database: Database) -> None:
    """Mends the counts that differ from the rows they count, and logs each difference. Returns at once while another
    process checks; a failure is logged and counted, and the check stays due."""
    own = database.with_own_connections(1, statement_seconds=LONGEST_SECONDS)
    try:
        with own.system() as connection:
            found = mail_counts.check(connection, waits=False)
    except Exception as error:  # noqa: BLE001  # the dispatcher starts it again
        metrics.DUTY_FAILURES.labels("check_counts").inc()
        _log.warning("the counts of mails were not checked", error=error)
        return
    finally:
        own.close()
    if found is None:
        return
    for each in found[:MOST_LOGGED]:
        wrong = {place: number for place in mail_counts.PLACES if (number := getattr(each, place))}
        _log.error("counts of mails were wrong and are mended", tenant=each.tenant, were_too_low_by=wrong)
    _log.info("the counts of mails were checked", wrong_tenants=len(found))
