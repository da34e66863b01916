"""The filter of the inbound log. It is part of the page's URL, so that it can be bookmarked and sent to colleagues."""

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
    """Returns the name of a time zone; empty, which means UTC, if Python does not know it."""
    try:
        ZoneInfo(zone or "UTC")
    except (ValueError, OSError, KeyError):
        return ""
    return zone


class LogFilter(BaseModel):
    """The filter; an empty field selects all mails.

    `q` is searched for in author, sender, subject and recipient. `since` and `until` are the first and the last day,
    such as 2026-11-01, in `zone`, a time zone of the IANA database.
    """

    state: MailState | Literal[""] = ""
    reason: Reason | Literal[""] = ""
    q: str = ""
    since: str = ""
    until: str = ""
    zone: Annotated[str, AfterValidator(known_zone)] = ""
    batch: UUID | Literal[""] = ""

    @property
    def query(self) -> str:
        """The query string of the page, without empty fields."""
        asked = {name: str(value) for name, value in self if value}
        if not self.since and not self.until:
            asked.pop("zone", None)
        return urlencode(asked)

    @property
    def narrows(self) -> bool:
        """Whether the filter has any condition."""
        return bool(self.query)

    def values(self) -> dict[str, Any]:
        """Returns the parameters of `queries.mails`. Raises HTTPException (400) for text that is not a day."""
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
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, f"{day[:40]} is not a day. Give one like 2026-11-01.") from None
