"""Checks, when a process starts, what the database login role may do before it takes a role."""

from contextlib import closing

import structlog
from sqlalchemy.exc import DBAPIError

from schemas.settings import Settings
from storage.database import APP_ROLE, SYSTEM_ROLE, open_database

_log = structlog.get_logger(__name__)


def warn(settings: Settings) -> None:
    """Logs a warning with a remedy where the login role itself can read tables of all tenants.

    A database that does not answer is ignored: the process that starts waits for it, or reports it.
    """
    with closing(open_database(settings)) as database:
        try:
            login, tables = database.readable_without_role()
        except DBAPIError:
            return
    if tables:
        _log.warning(
            "the login role reads rows of all tenants without taking a role",
            login=login,
            tables=len(tables),
            remedy="make it a login role of its own that owns nothing, and run `casemail migrate`, or "
            f'`grant {APP_ROLE}, {SYSTEM_ROLE} to "{login}" with inherit false` as who granted them',
        )
