"""How a command ends when the caller can fix what is wrong: plain lines on standard error, and exit code 2."""

import sys
from typing import NoReturn

USAGE_ERROR = 2


def fail(*lines: str) -> NoReturn:
    """Ends the command: prints `lines` on standard error and raises SystemExit with exit code 2."""
    print("casemail: " + "\n  ".join(lines), file=sys.stderr)
    raise SystemExit(USAGE_ERROR)


def explained(error: Exception) -> tuple[str, ...] | None:
    """Returns the lines for an error that the caller can fix, None for any other error."""
    # an error of one of these libraries means that it is imported already
    from dramatiq.errors import BrokerError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from ops.backup.errors import BackupError  # noqa: PLC0415
    from ops.checks.start import StartError  # noqa: PLC0415
    from ops.embedded import EmbeddedServerError  # noqa: PLC0415
    from ops.monitoring.errors import PortError  # noqa: PLC0415
    from schemas.settings import SettingsError  # noqa: PLC0415
    from storage.migrations import MigrationError  # noqa: PLC0415

    match error:
        case StartError():
            return error.problems if len(error.problems) == 1 else ("it can't begin:", *error.problems)
        case SettingsError():
            return "these settings must be fixed:", *error.problems
        case BrokerError() | EmbeddedServerError() | BackupError() | PortError() | MigrationError():
            return (str(error),)
        case DBAPIError():
            return f"the database says: {error.orig}", "Check CASEMAIL_DATABASE_URL, and run `casemail migrate`."
    return None
