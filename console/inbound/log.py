"""The inbound log: every mail of the tenant, its end state and the reason for it."""

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection, Row, text

from cases.inbound import forwarded_updates, obstacles
from cases.inbound.actions import WORDS, Action, is_possible
from cases.inbound.forwarded_updates import ForwardedUpdate
from cases.inbound.obstacles import Situation
from cases.inbound.replay_preview import WhatIf
from cases.inbound.rule_report import Asked
from cases.people import directory
from cases.people.directory import Person
from console.inbound import queue
from console.inbound.log_filter import LogFilter
from console.services import Services, TheServices
from console.web import messages, paging
from console.web.messages import Kind
from console.web.pages import page
from console.web.session import InboundReader, Viewer
from schemas.reasons import REASONS, Reason
from schemas.tables import Deletion, MailState

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
#: In these a mail has not ended.
MOVING = frozenset({MailState.WAITING, MailState.MOVING, MailState.FORWARDING})
#: The list of all held mails, and of those that are inbound messages.
HELD = "/inbound?state=held"
MESSAGES = f"{HELD}&reason={Reason.NOT_RELATED}"
MEANINGS: dict[str, str] = {reason: info.meaning for reason, info in REASONS.items()}

_MILLISECONDS = "(extract(epoch from m.ended_at - m.received_at) * 1000)::bigint as milliseconds"

_LIST = text("""
select m.id, m.received_at, m.author, m.sender, m.subject, m.recipient, m.state, m.reason, m.run, m.duplicate_of,
    m.raw_deleted_by, m.evidence
from mails m
where (:state = '' or m.state = :state) and (:reason = m.reason
    or (:reason = '' and m.reason <> 'canary' and not (:state = 'held' and m.reason = 'not_related')))
  and (:like = '%%' or m.author ilike :like or m.sender ilike :like or m.subject ilike :like or m.recipient ilike :like)
  and m.received_at >= :since and m.received_at < :until and (cast(:batch as uuid) is null or m.batch_id = :batch)
  and (m.received_at, m.id) < (:at, :id)
order by m.received_at desc, m.id desc limit :most
""")

_MAIL = text(f"""
select m.*, {_MILLISECONDS}, u.id as update_id, u.case_id, c.number as case_number, u.left_out
from mails m left join updates u on u.mail_id = m.id left join cases c on c.id = u.case_id
where m.id = :mail_id
""")  # noqa: S608  # only a constant of ours is put in

_FORWARDS = text("""
select to_email, state, attempts, sent_at, error from outbox
where mail_id = :mail_id and kind = 'catch_all' order by id
""")
_HISTORY = text("""
select a.act, a.at, a.details, u.name from audit a left join users u on u.id = a.actor_id
where a.subject_id = :mail_id order by a.at, a.id
""")
_OPEN_CASES = text("select number, title from cases where open order by created_at desc limit 200")


_ACTS = {**WORDS, "mail.erased": "erased on request"}
#: Why the original of a mail is no longer there, after "The original was deleted".
_DELETIONS = {
    Deletion.RETENTION: "because its time was over",
    Deletion.ERASURE: "on the request of a person",
    Deletion.ERASURE_OF_ALL: "on the request of a person, with the words and files of the update",
}


@router.get("/inbound")
def show_list(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    asked: Annotated[LogFilter, Query()],
    before: str = "",
) -> Response:
    """The mails of the tenant, the newest first."""
    values = asked.values() | paging.start(before)
    with services.database.tenant(viewer.tenant_id) as connection:
        rows = connection.execute(_LIST, values).all()
        mails, more = paging.cut(rows, "received_at")
        now, authors = obstacles.situation(connection, viewer.tenant_id), obstacles.authors(connection, mails)
    offers = {mail.id: obstacles.offers(mail, now, authors[mail.id]) for mail in mails}
    return page(
        request,
        "inbound.html",
        mails=mails,
        more=more,
        asked=asked,
        heading=_heading(asked),
        view=_view(asked),
        before=before,
        states=STATES,
        meanings=MEANINGS,
        offers=offers,
        offered={action for one in offers.values() for action in one},
    )


def _view(asked: LogFilter) -> str:
    return f"/inbound?{asked.query}" if asked.state == MailState.HELD else ""


def _heading(asked: LogFilter) -> str:
    if asked.state != MailState.HELD:
        return "Inbound log"
    return "Inbound messages" if asked.reason == Reason.NOT_RELATED else "Held mails"


@router.get("/inbound/{mail_id}")
def show(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """All that the ledger knows of one mail, and what can be done with it."""
    return mail_page(request, services, viewer, mail_id)


def mail_page(
    request: Request,
    services: Services,
    viewer: Viewer,
    mail_id: UUID,
    problem: str = "",
    told: WhatIf | None = None,
    rules: tuple[Asked, ...] | None = None,
    case_number: str = "",
) -> Response:
    """The page of one mail; `problem` is why what was asked for was not done, `told` what a replay would make of it,
    `rules` what each rule says of it, `case_number` what was typed as the case to attach it to."""
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = connection.execute(_MAIL, {"mail_id": mail_id}).first()
        if mail is None:
            raise HTTPException(404, "There is no such mail.")
        forwards = connection.execute(_FORWARDS, {"mail_id": mail_id}).all()
        history = connection.execute(_HISTORY, {"mail_id": mail_id}).all()
        passed = _passed_on(connection, services, mail)
        owner = _owner(connection, services, mail)
        now, author = obstacles.situation(connection, viewer.tenant_id), directory.find(connection, mail.author)
        offers = obstacles.offers(mail, now, author, passed, owner)
        open_cases = connection.execute(_OPEN_CASES).all() if offers else []
        is_message = mail.state == MailState.HELD and mail.reason == Reason.NOT_RELATED
        of = request.query_params.get("reason", "") or (Reason.NOT_RELATED if is_message else "")
        newer, older = queue.beside(connection, mail, of) if mail.state == MailState.HELD else (None, None)
    is_there = not (mail.raw_deleted_by or mail.duplicate_of)
    return page(
        request,
        "mail.html",
        409 if problem else 200,
        mail=mail,
        forwards=forwards,
        history=history,
        passed=passed,
        owner=owner,
        offers=offers,
        open_cases=open_cases,
        named=case_number or _named(mail.subject, [case.number for case in open_cases]),
        queue={"of": of, "newer": newer, "older": older},
        in_the_way=_in_the_way(mail, now, author),
        catch_all=now.catch_all,
        moves=mail.state in MOVING,
        message=messages.now(Kind.PROBLEM, f"Not done. {problem}") if problem else messages.take(request.session),
        told=told,
        rules=rules,
        partial="HX-Request" in request.headers,
        asks_why=services.offers.why and is_there,
        asks_words=services.offers.what_if and is_there and mail.ended_at and mail.state != MailState.POSTED,
        view=(MESSAGES if is_message else HELD) if mail.state == MailState.HELD else "",
        asks_what_if=services.offers.what_if and is_there and mail.ended_at,
        states=STATES,
        meanings=MEANINGS,
        act_words=_ACTS,
        deletions=_DELETIONS,
    )


def _in_the_way(mail: Row[Any], now: Situation, author: Person | None) -> list[str]:
    """Why a mail can't become an update now, in words, once each."""
    if not is_possible(mail, Action.ATTACH):
        return []
    found = (obstacles.in_the_way(mail, action, now, author) for action in (Action.ACCEPT, Action.ATTACH))
    return list(dict.fromkeys(str(refusal) for refusal in found if refusal))


def _named(subject: str, numbers: list[str]) -> str:
    """The one case whose number stands in the subject; empty for none, or several."""
    found = [one for one in numbers if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", subject, re.IGNORECASE)]
    return found[0] if len(found) == 1 else ""


def _passed_on(connection: Connection, services: Services, mail: Row[Any]) -> ForwardedUpdate | None:
    if Reason.NOT_A_RECIPIENT not in (mail.reason, mail.evidence.get("rejected for")):
        return None
    return forwarded_updates.find(
        connection, services.settings.secrets.address_keys, mail.tenant_id, mail.recipient, mail.author
    )


def _owner(connection: Connection, services: Services, mail: Row[Any]) -> Row[Any] | None:
    if Reason.AUTHOR_UNKNOWN not in (mail.reason, mail.evidence.get("rejected for")):
        return None
    return forwarded_updates.owner(connection, services.settings.secrets.address_keys, mail.tenant_id, mail.recipient)


@router.get("/inbound/{mail_id}/what-if")
def what_if(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """What a replay would make of the mail now; nothing happens to it."""
    told = services.offers.what_if and services.offers.what_if(viewer.tenant_id, mail_id)
    return mail_page(request, services, viewer, mail_id, told=told)


@router.get("/inbound/{mail_id}/why")
def why(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """What each rule says of the mail today."""
    rules = services.offers.why and services.offers.why(viewer.tenant_id, mail_id)
    return mail_page(request, services, viewer, mail_id, rules=rules)
