"""Settings of the archive: how long rows stay in the database, and where they go then."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from schemas.settings.group import Group

#: Days that every row stays: so long may people and other processes still work with it.
LEAST_DAYS = 30


def _days(days: int) -> int:
    if 0 < days < LEAST_DAYS:
        raise ValueError(f"is less than {LEAST_DAYS} days; 0 keeps all")
    return days


_Days = Annotated[int, Field(ge=0), AfterValidator(_days)]


class Archive(Group):
    """How long rows stay in the database: each night the dispatcher moves older rows into the archive."""

    variable_prefix: ClassVar[str] = "ARCHIVE_"

    # whether it is there is checked where it is used: a missing archive must not keep other processes from starting
    folder: Path | None = Field(
        None,
        description="folder for rows that leave the database, the same on each host with a dispatcher; "
        "default: they are removed without a copy",
    )
    mails_days: _Days = Field(
        0, description="days after which subject and evidence of an ended mail leave; 0: never. Its original goes first"
    )
    notices_days: _Days = Field(0, description="days after which the record of a sent mail leaves; 0: never")
    audit_days: _Days = Field(0, description="days after which an entry of the audit leaves; 0: never")
    fetches_days: _Days = Field(0, description="days after which the record of a fetch leaves; 0: never")
