"""The inbound log: every mail of the tenant, its end state and the reason for it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from cases.inbound import obstacles
from console.inbound import queries
from console.inbound.log_filter import LogFilter
from console.inbound.words import MEANINGS, STATES
from console.services import TheServices
from console.web import paging
from console.web.pages import page
from console.web.session import InboundReader
from schemas.reasons import Reason
from schemas.tables import MailState

router = APIRouter()


@router.get("/inbound")
def show_list(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    asked: Annotated[LogFilter, Query()],
    before: str = "",
) -> Response:
    """Shows the mails that the filter `asked` selects, the newest first; `before` is the cursor of a page."""
    values = asked.values() | paging.start(before)
    with services.database.tenant(viewer.tenant_id) as connection:
        mails, more = paging.cut(queries.mails(connection, values), "received_at")
        now, authors = obstacles.situation(connection, viewer.tenant_id), obstacles.authors(connection, mails)
    offers = {mail.id: obstacles.offers(mail, now, authors[mail.id]) for mail in mails}
    return page(
        request,
        "inbound.html",
        mails=mails,
        more=more,
        asked=asked,
        heading=_heading(asked),
        view=f"/inbound?{asked.query}" if asked.state == MailState.HELD else "",
        before=before,
        states=STATES,
        meanings=MEANINGS,
        offers=offers,
        offered={action for actions in offers.values() for action in actions},
    )


def _heading(asked: LogFilter) -> str:
    if asked.state != MailState.HELD:
        return "Inbound log"
    return "Inbound messages" if asked.reason == Reason.NOT_RELATED else "Held mails"
