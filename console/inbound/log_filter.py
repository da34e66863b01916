"""The filter of the inbound log. It is part of the page's URL, so that it can be bookmarked and sent to colleagues."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel

from console.inbound.reason_labels import Family, reasons_in
from console.web.forms import form_text, like
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

    `q` is searched for in names, author, sender, subject, recipient and case numbers. `family` selects the reasons of a
    family, unless `reason` selects one. `since` and `until` are the first and the last day,
    such as 2026-11-01, in `zone`, a time zone of the IANA database.
    """

    state: MailState | Literal[""] = ""
    reason: Reason | Literal[""] = ""
    family: Family | Literal[""] = ""
    q: str = ""
    since: str = ""
    until: str = ""
    zone: Annotated[str, AfterValidator(known_zone)] = ""
    batch: UUID | Literal[""] = ""

    @property
    def query(self) -> str:
        """The query string of the page, without empty fields."""
        return urlencode(self.fields)

    @property
    def fields(self) -> dict[str, str]:
        """The fields that are not empty, as text."""
        asked = {name: str(value) for name, value in self if value}
        if not self.since and not self.until:
            asked.pop("zone", None)
        return asked

    @property
    def tab(self) -> Literal["review", "matters", "all"]:
        """The tab of the inbox in which the selected mails are shown."""
        if self.state != MailState.HELD:
            return "all"
        return "matters" if self.reason == Reason.NOT_RELATED else "review"

    @property
    def queue(self) -> str:
        """The end of the URL of each mail in the list, which keeps to its queue: "" or "?" and a query string."""
        kept = {name: value for name, value in self.fields.items() if name in ("reason", "family")}
        return f"?{urlencode(kept)}" if kept and self.state == MailState.HELD else ""

    @property
    def narrows(self) -> bool:
        """Whether the filter has any condition besides that of the tab."""
        tab = {"all": {}, "review": {"state": "held"}, "matters": {"state": "held", "reason": "not_related"}}[self.tab]
        return self.fields != tab

    def values(self) -> dict[str, Any]:
        """Returns the parameters of `queries.mails`. Raises HTTPException (400) for text that is not a day."""
        zone = ZoneInfo(self.zone) if self.zone else UTC
        return {
            "state": self.state,
            "reasons": list(reasons_of(self.reason, self.family)),
            "like": like(self.q),
            "number": form_text(self.q).strip(),
            "batch": self.batch or None,
            "since": _begin(self.since, zone) if self.since else datetime.min.replace(tzinfo=UTC),
            "until": _begin(self.until, zone, days=1) if self.until else datetime.max.replace(tzinfo=UTC),
        }


def reasons_of(reason: Reason | Literal[""], family: Family | Literal[""]) -> list[Reason]:
    """Returns the reasons that a filter selects: the one, or those of the family; none for no choice."""
    if reason:
        return [reason]
    return reasons_in(Family(family)) if family else []


def _begin(day: str, zone: tzinfo, days: int = 0) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, f"{day[:40]} is not a day. Give one like 2026-11-01.") from None
