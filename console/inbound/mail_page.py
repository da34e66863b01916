"""The page of one mail: all that the ledger has about it, and what a person can do with it."""

import re
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import Connection, Row

from cases.inbound import forwarded_updates, meant_cases, obstacles
from cases.inbound.actions import Action, is_possible
from cases.inbound.forwarded_updates import ForwardedUpdate
from cases.inbound.meant_cases import MeantCase
from cases.inbound.obstacles import Situation
from cases.inbound.replay_preview import WhatIf
from cases.inbound.rule_report import Asked
from cases.people import directory
from cases.people.directory import Person
from console.inbound import checks, history, queries
from console.inbound.action_labels import ACTION_LABELS
from console.inbound.queue import Queue, chosen_queue
from console.inbound.reason_labels import label
from console.inbound.suggestions import Facts, suggest
from console.inbound.words import DELETIONS, HELD, MEANINGS, MESSAGES, MOVING, SENTENCES, STATE_LABELS, STATES
from console.services import Services, TheServices
from console.web import messages
from console.web.messages import Kind
from console.web.pages import page
from console.web.session import InboundReader, Viewer
from schemas.reasons import Reason
from schemas.tables import MailState

router = APIRouter()


@router.get("/inbound/{mail_id}")
def show(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """Shows one mail."""
    return mail_page(request, services, viewer, mail_id)


@router.get("/inbound/{mail_id}/what-if")
def what_if(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """Shows the result that a replay of the mail would have now; changes nothing."""
    preview = services.offers.what_if and services.offers.what_if(viewer.tenant_id, mail_id)
    return mail_page(request, services, viewer, mail_id, preview=preview)


@router.get("/inbound/{mail_id}/why")
def why(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """Shows each rule's verdict on the mail today."""
    rules = services.offers.why and services.offers.why(viewer.tenant_id, mail_id)
    return mail_page(request, services, viewer, mail_id, rules=rules)


def mail_page(
    request: Request,
    services: Services,
    viewer: Viewer,
    mail_id: UUID,
    problem: str = "",
    preview: WhatIf | None = None,
    rules: tuple[Asked, ...] | None = None,
    case_number: str = "",
) -> Response:
    """Returns the page of one mail.

    `problem` is why an act was not done, `preview` the result of a replay, `rules` each rule's verdict, `case_number`
    the typed number of the case to attach the mail to. Raises HTTPException (404) if there is no such mail.
    """
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = queries.mail(connection, mail_id)
        if mail is None:
            raise HTTPException(404, "There is no such email.")
        values = _decision(connection, services, viewer, mail, case_number)
        forwards = queries.forwards(connection, mail_id)
        values |= {
            "forwards": forwards,
            "history": history.events(mail, queries.history(connection, mail_id), forwards),
            "queue": _queue(connection, request, mail),
            "answered": _answered(connection, viewer, values["meant"]),
        }
    has_original = not (mail.raw_deleted_by or mail.duplicate_of)
    return page(
        request,
        "mail.html",
        409 if problem else 200,
        mail=mail,
        moves=mail.state in MOVING,
        message=messages.now(Kind.PROBLEM, f"Not done. {problem}") if problem else messages.take(request.session),
        preview=preview,
        rules=rules,
        steps=checks.steps(rules) if rules else [],
        partial="HX-Request" in request.headers,
        asks_why=services.offers.why and has_original,
        asks_words=services.offers.what_if and has_original and mail.ended_at and mail.state != MailState.POSTED,
        asks_what_if=services.offers.what_if and has_original and mail.ended_at,
        view=(MESSAGES if _is_message(mail) else HELD) if mail.state == MailState.HELD else "",
        states=STATES,
        state_labels=STATE_LABELS,
        sentences=SENTENCES,
        meanings=MEANINGS,
        deletions=DELETIONS,
        action_labels=ACTION_LABELS,
        reason_label=label(mail.reason, to_reply_address=bool(values["meant"] and values["meant"].update_id)),
        **values,
    )


def _decision(
    connection: Connection, services: Services, viewer: Viewer, mail: Row[Any], case_number: str
) -> dict[str, Any]:
    """Returns the values of the page that a person needs to decide on the mail."""
    forwarded, owner = _forwarded_update(connection, services, mail), _address_owner(connection, services, mail)
    now, author = obstacles.situation(connection, viewer.tenant_id), directory.find(connection, mail.author)
    offers = obstacles.offers(mail, now, author, forwarded, owner)
    open_cases = queries.open_cases(connection) if offers else []
    keys = services.settings.secrets.address_keys
    meant = meant_cases.find(connection, keys, viewer.tenant_id, [mail]).get(mail.id)
    in_subject = _only_case_in(mail.subject, [case.number for case in open_cases])
    return {
        "author": author,
        "owner": owner,
        "meant": meant,
        "offers": offers,
        "suggestion": suggest(mail, offers, Facts(forwarded, owner, meant, now.catch_all)),
        "open_cases": open_cases,
        "typed": case_number,
        "case_number": case_number or in_subject or (meant.number if meant and meant.open else ""),
        "in_the_way": _in_the_way(mail, now, author),
        "catch_all": now.catch_all,
    }


def _answered(connection: Connection, viewer: Viewer, meant: MeantCase | None) -> Row[Any] | None:
    """Returns the update to whose reply address the mail was sent, if the viewer may see it."""
    return queries.answered(connection, meant.update_id, viewer) if meant and meant.update_id else None


def _queue(connection: Connection, request: Request, mail: Row[Any]) -> dict[str, Any]:
    """Returns the queue of held mails that the mail is shown in, its place there, and the mails next to it.

    `of` is the query string that keeps to that queue, `all` the page with the list.
    """
    wanted = chosen_queue(request.query_params)
    if not wanted.reasons and _is_message(mail):
        wanted = Queue(reason=Reason.NOT_RELATED)
    here = queries.neighbours(connection, mail, wanted.reasons) if mail.state == MailState.HELD else None
    return {"of": wanted.query, "all": wanted.list, "is_matters": wanted.reason == Reason.NOT_RELATED, "here": here}


def _is_message(mail: Row[Any]) -> bool:
    """Returns whether the mail is an inbound message, which waits for a case."""
    return bool(mail.state == MailState.HELD and mail.reason == Reason.NOT_RELATED)


def _in_the_way(mail: Row[Any], now: Situation, author: Person | None) -> list[str]:
    """Returns the reason why a mail can't become an update now, in words; an empty list if it can."""
    if not is_possible(mail, Action.ATTACH):
        return []
    found = (obstacles.in_the_way(mail, action, now, author) for action in (Action.ACCEPT, Action.ATTACH))
    # what prevents any case from taking it says more than what prevents it from being accepted as it is
    return [refusal.words for refusal in found if refusal][-1:]


def _only_case_in(subject: str, numbers: list[str]) -> str:
    """Returns the case number that the subject contains; empty if it contains none of them or several."""
    found = [
        number for number in numbers if re.search(rf"(?<![\w-]){re.escape(number)}(?![\w-])", subject, re.IGNORECASE)
    ]
    return found[0] if len(found) == 1 else ""


def _forwarded_update(connection: Connection, services: Services, mail: Row[Any]) -> ForwardedUpdate | None:
    if Reason.NOT_A_RECIPIENT not in (mail.reason, mail.evidence.get("rejected for")):
        return None
    return forwarded_updates.find(
        connection, services.settings.secrets.address_keys, mail.tenant_id, mail.recipient, mail.author
    )


def _address_owner(connection: Connection, services: Services, mail: Row[Any]) -> Row[Any] | None:
    """Returns the user to whose reply address a stranger wrote; None if this was not the reason, or no user has it."""
    if Reason.AUTHOR_UNKNOWN not in (mail.reason, mail.evidence.get("rejected for")):
        return None
    return forwarded_updates.owner(connection, services.settings.secrets.address_keys, mail.tenant_id, mail.recipient)
