"""Leads from one held mail to the next, in the order of the inbound log: the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from console.inbound import queries
from console.inbound.log_filter import reasons_of
from console.inbound.reason_labels import Family
from console.services import TheServices
from console.web.session import InboundReader
from schemas.reasons import Reason

router = APIRouter()


@dataclass(frozen=True)
class Queue:
    """Held mails of one reason, or of a family of reasons; without both, all held mails except new matters."""

    reason: Reason | Literal[""] = ""
    family: Family | Literal[""] = ""

    @property
    def reasons(self) -> list[Reason]:
        """The reasons of its mails; none for all held mails except new matters."""
        return reasons_of(self.reason, self.family)

    @property
    def query(self) -> str:
        """The end of the URL of a mail that is read in this queue: "" or "?" and a query string."""
        return f"?{urlencode(self._fields)}" if self._fields else ""

    @property
    def list(self) -> str:
        """The page with the list of its mails."""
        return f"/inbound?{urlencode({'state': 'held', **self._fields})}"

    @property
    def _fields(self) -> dict[str, str]:
        return {name: value for name, value in (("reason", self.reason), ("family", self.family)) if value}


def chosen_queue(query: Mapping[str, str]) -> Queue:
    """Returns the queue that the query of a URL names; what is no reason or family is left out."""
    reason, family = query.get("reason", ""), query.get("family", "")
    return Queue(
        Reason(reason) if reason in set(Reason) else "",
        Family(family) if family in set(Family) else "",
    )


@router.get("/inbound/{mail_id}/next")
def go_on(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """Redirects to the next held mail; from the last mail, to the list of mails that are still held."""
    wanted = chosen_queue(request.query_params)
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = queries.place(connection, mail_id)
        if mail is None:
            raise HTTPException(404, "There is no such email.")
        older = queries.neighbours(connection, mail, wanted.reasons).older
    return RedirectResponse(f"/inbound/{older}{wanted.query}" if older else wanted.list, 303)
