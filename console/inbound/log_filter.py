"""What the inbound log is narrowed by: it is in the address of the page, which can be bookmarked and sent to others."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel

from console.web.forms import like
from schemas.reasons import Reason
from schemas.tables import MailState


def known_zone(zone: str) -> str:
    """The name of the time zone, or empty for what is unknown here."""
    # what is no zone here is UTC, and the page names the zone that it took
    try:
        ZoneInfo(zone or "UTC")
    except (ValueError, OSError, KeyError):
        return ""
    return zone


class LogFilter(BaseModel):
    """The query of the page. `q` is looked for in author, sender, subject and recipient; `since` and `until` are the
    first and the last day, such as 2026-11-01, in `zone`, a name of the IANA time zone database."""

    state: MailState | Literal[""] = ""
    reason: Reason | Literal[""] = ""
    q: str = ""
    since: str = ""
    until: str = ""
    zone: Annotated[str, AfterValidator(known_zone)] = ""
    batch: UUID | Literal[""] = ""

    @property
    def query(self) -> str:
        """The query of the page, without what is not asked for."""
        asked = {name: str(value) for name, value in self if value}
        if not self.since and not self.until:
            asked.pop("zone", None)
        return urlencode(asked)

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query)

    def values(self) -> dict[str, Any]:
        """The parameters of the statement; raises HTTPException (400) for a day that is none."""
        zone = ZoneInfo(self.zone) if self.zone else UTC
        return {
            "state": self.state,
            "reason": self.reason,
            "like": like(self.q),
            "batch": self.batch or None,
            "since": _begin(self.since, zone) if self.since else datetime.min.replace(tzinfo=UTC),
            "until": _begin(self.until, zone, days=1) if self.until else datetime.max.replace(tzinfo=UTC),
        }


def _begin(day: str, zone: tzinfo, days: int = 0) -> datetime:
    try:
        there = datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone)
        return there.astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, f"{day[:40]} is no day. Give one like 2026-11-01.") from None
