"""The inbound log: every mail of the tenant, its end state and the reason for it."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import text

from console import paging
from console.files import download
from console.forms import like
from console.pages import page
from console.services import TheServices
from console.session import InboundReader
from schemas.reasons import REASONS
from schemas.tables import MailState

router = APIRouter()

#: What each state means, for a person.
STATES: dict[str, str] = {
    MailState.WAITING: "taken in, waits for its turn",
    MailState.MOVING: "on its way through the stages",
    MailState.FORWARDING: "on its way to the Inbound Email Catch-All",
    MailState.POSTED: "became an update",
    MailState.FORWARDED: "was sent on to the Inbound Email Catch-All",
    MailState.HELD: "is kept for a person to decide",
    MailState.DROPPED: "needs nobody; only counted and shown here",
}
MEANINGS: dict[str, str] = {reason: info.meaning for reason, info in REASONS.items()}

_MILLISECONDS = "(extract(epoch from m.ended_at - m.received_at) * 1000)::bigint as milliseconds"

_LIST = text(f"""
select m.id, m.received_at, m.author, m.sender, m.subject, m.recipient, m.state, m.reason, {_MILLISECONDS}
from mails m
where (:state = '' or m.state = :state)
  and (:like = '%%' or m.author ilike :like or m.subject ilike :like or m.recipient ilike :like)
  and (m.received_at, m.id) < (:at, :id)
order by m.received_at desc, m.id desc limit :most
""")  # noqa: S608  # only a constant of ours is put in

_MAIL = text(f"""
select m.*, {_MILLISECONDS}, u.id as update_id, u.case_id, c.number as case_number
from mails m left join updates u on u.mail_id = m.id left join cases c on c.id = u.case_id
where m.id = :mail_id
""")  # noqa: S608  # only a constant of ours is put in

_FORWARDS = text("""
select to_email, state, attempts, sent_at, error from outbox
where mail_id = :mail_id and kind = 'catch_all' order by id
""")
_RAW = text("select raw from mails where id = :mail_id")


@router.get("/inbound")
def show_list(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    state: MailState | Literal[""] = "",
    q: str = "",
    before: str = "",
) -> Response:
    """The mails of the tenant, the newest first; `q` is looked for in author, subject and recipient."""
    with services.database.tenant(viewer.tenant_id) as connection:
        values = {"state": state, "like": like(q), **paging.start(before)}
        rows = connection.execute(_LIST, values).all()
    mails, more = paging.cut(rows, "received_at")
    return page(
        request,
        "inbound.html",
        mails=mails,
        more=more,
        state=state,
        q=q,
        before=before,
        states=STATES,
        meanings=MEANINGS,
    )


@router.get("/inbound/{mail_id}")
def show(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """All that the ledger knows of one mail."""
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = connection.execute(_MAIL, {"mail_id": mail_id}).first()
        forwards = connection.execute(_FORWARDS, {"mail_id": mail_id}).all()
    if mail is None:
        raise HTTPException(404, "There is no such mail.")
    return page(request, "mail.html", mail=mail, forwards=forwards, states=STATES, meanings=MEANINGS)


@router.get("/inbound/{mail_id}/original")
def original(services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """The mail as it came, byte for byte."""
    with services.database.tenant(viewer.tenant_id) as connection:
        raw = connection.execute(_RAW, {"mail_id": mail_id}).scalar()
    if raw is None:
        raise HTTPException(404, "There is no such mail.")
    return download(services, raw, f"mail-{mail_id}.eml", "message/rfc822")
