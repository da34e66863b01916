"""The inbox: every email of the tenant, in tabs by what is to do with it, with its end state and the reason for it."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from cases.inbound import meant_cases, obstacles
from console.inbound import queries
from console.inbound.action_labels import ACTION_LABELS, BULK
from console.inbound.log_filter import LogFilter
from console.inbound.reason_labels import FAMILIES, LABELS, Family, label
from console.inbound.words import HELD, MESSAGES, STATE_LABELS, STATES
from console.services import Services, TheServices
from console.web import paging
from console.web.pages import page
from console.web.session import InboundReader, Viewer
from schemas.reasons import Reason

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
    with services.database.tenant(viewer.tenant_id) as connection:
        values = _list(connection, services, viewer, asked, before)
    tab = asked.tab
    return page(
        request,
        "inbound.html",
        asked=asked,
        tab=tab,
        view={"review": HELD, "matters": MESSAGES}.get(tab, "/inbound"),
        before=before,
        states=STATES,
        state_labels=STATE_LABELS,
        reason_labels=LABELS,
        reason_label=label,
        bulk=[(action, ACTION_LABELS[action]) for action in BULK],
        narrowed=_without(asked, "state", "reason", "family"),
        **values,
    )


def _list(
    connection: Connection, services: Services, viewer: Viewer, asked: LogFilter, before: str
) -> Mapping[str, Any]:
    """Returns the values of the page that come from the database: the mails, what is known of each, and the totals."""
    values = asked.values() | paging.start(before)
    mails, more = paging.cut(queries.mails(connection, values), "received_at")
    now, authors = obstacles.situation(connection, viewer.tenant_id), obstacles.authors(connection, mails)
    offers = {mail.id: obstacles.offers(mail, now, authors[mail.id]) for mail in mails}
    keys = services.settings.secrets.address_keys
    held = queries.held_for(connection) if asked.tab == "review" else {}
    return {
        "mails": mails,
        "more": more,
        "authors": authors,
        "offers": offers,
        "offered": {action for actions in offers.values() for action in actions},
        "meant": meant_cases.find(connection, keys, viewer.tenant_id, mails),
        "total": queries.count(connection, values) if more or before else len(mails),
        "everything": queries.count(connection, LogFilter().values()),
        "families": _families(asked, held),
        "oldest": queries.oldest_held(connection) if asked.tab == "review" and mails else None,
    }


def _families(asked: LogFilter, held: Mapping[str, int]) -> list[tuple[Family, str, int, str]]:
    """Returns the families of the reasons for which mails are held: each with its words, number and link."""
    numbers = dict.fromkeys(FAMILIES, 0)
    for reason, number in held.items():
        numbers[LABELS[Reason(reason)].family] += number
    numbers[Family.MATTER] = 0  # in a tab of its own
    link = f"{HELD}&{_without(asked, 'state', 'reason', 'family')}".rstrip("&")
    shown = [family for family in FAMILIES if numbers[family] or family == asked.family]
    return [(family, FAMILIES[family].words, numbers[family], f"{link}&family={family}") for family in shown]


def _without(asked: LogFilter, *names: str) -> str:
    """Returns the query string of a filter without some of its fields."""
    return urlencode({name: value for name, value in asked.fields.items() if name not in names})
