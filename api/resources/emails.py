"""Inbound emails: what became of each, why, the original, and decisions on those that did not post."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictInt
from sqlalchemy import Row, text

from api.resources.references import decider
from api.services import Caller, TheServices, needs
from api.web.downloads import download
from api.web.fields import Body, Time, UserRef
from api.web.paging import Page, Paging, by_time
from api.web.problems import ProblemError, no_such
from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.inbound.rule_report import Answer
from schemas.reasons import Reason
from schemas.tables import MailState

router = APIRouter(tags=["emails"])
Reader = Annotated[Caller, needs("emails:read")]
Actor = Annotated[Caller, needs("emails:act")]

#: Most emails in one request for an action.
_MOST = 500


class Email(BaseModel):
    """An inbound email. `reason` is a code, empty if it posted; `evidence` says what decided."""

    id: UUID
    run: int = Field(description="Counts the times it went through the rules; an action names the run that it saw")
    received_at: datetime
    ended_at: datetime | None
    state: MailState
    reason: Reason | None
    evidence: dict[str, Any]
    author: str = Field(description="Address of its From field")
    sender: str = Field(description="Sender of its envelope")
    recipient: str
    subject: str
    size: int = Field(description="In bytes")
    duplicate_of: UUID | None
    has_original: bool
    update_id: UUID | None = Field(description="The update that it became")
    case_id: UUID | None


class EmailFilter(Paging):
    """The parameters of the list of emails."""

    state: MailState | None = None
    reason: Reason | None = None
    since: Time | None = Field(default=None, description="Received at this time or later")
    until: Time | None = Field(default=None, description="Received before this time")


class Rule(BaseModel):
    """A rule, in words, and its answer for an email; a rule that says no gives the email its `reason`."""

    reason: Reason
    asks: str
    answer: Answer
    evidence: dict[str, str]


class Rules(BaseModel):
    """The answer of each rule, in the order in which they are asked."""

    data: list[Rule]


class Seen(Body):
    """An email, and its run when the caller saw it: if it has gone on since, the action is refused."""

    id: UUID
    run: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


class ActionToDo(Body):
    """An action on emails that did not post. `case_id` is for `attach`.

    `by` is the person who decides: an admin or a case manager. Without, it is the admin who created the token.
    """

    action: Action
    emails: Annotated[list[Seen], Field(min_length=1, max_length=_MOST)]
    case_id: UUID | None = None
    by: UserRef | None = None


class RefusedEmail(BaseModel):
    """An email on which the action was not done, and why."""

    id: UUID
    message: str


class ActionResult(BaseModel):
    """On which emails the action was done. An email that is to post does so within seconds: read it again."""

    done: list[UUID]
    refused: list[RefusedEmail]


_SELECT = """
select m.id, m.run, m.received_at, m.ended_at, m.state, nullif(m.reason, '') as reason, m.evidence, m.author, m.sender,
    m.recipient, m.subject, m.size, m.duplicate_of, m.raw_deleted_by = '' as has_original,
    u.id as update_id, u.case_id
from mails m left join updates u on u.mail_id = m.id
"""
_LIST = text(f"""{_SELECT}
where m.reason <> 'canary' and (cast(:state as text) is null or m.state = :state)
  and (cast(:reason as text) is null or m.reason = :reason)
  and (cast(:since as timestamptz) is null or m.received_at >= :since)
  and (cast(:until as timestamptz) is null or m.received_at < :until) and (m.received_at, m.id) < (:at, :last)
order by m.received_at desc, m.id desc limit :most
""")
_READ = text(f"{_SELECT} where m.id = :id")
_ORIGINAL = text("select raw, raw_deleted_by from mails where id = :id")
_CASE = text("select id from cases where id = :id")


@router.get("/emails", response_model=Page[Email])
def list_emails(caller: Reader, asked: Annotated[EmailFilter, Query()]) -> Page[Email]:
    """Lists the emails, the newest first."""
    at, last = asked.before_time()
    values = {"state": asked.state, "reason": asked.reason, "since": asked.since, "until": asked.until}
    with caller.tenant() as connection:
        rows = connection.execute(_LIST, {**values, "at": at, "last": last, "most": asked.limit + 1}).all()
    return by_time(asked, rows, _shown, "received_at")


@router.get("/emails/{email_id:uuid}", response_model=Email)
def get_email(caller: Reader, email_id: UUID) -> Email:
    """Returns what became of an email."""
    with caller.tenant() as connection:
        row = connection.execute(_READ, {"id": email_id}).first()
    if row is None:
        raise no_such("email")
    return _shown(row)


@router.get("/emails/{email_id:uuid}/why", response_model=Rules)
def explain(caller: Reader, services: TheServices, email_id: UUID) -> Rules:
    """Asks each rule about the email again, as things are today."""
    asked = services.why(caller.tenant_id, email_id) if services.why else None
    if asked is None:
        raise ProblemError(404, "There is no such email, or its original was deleted.")
    rules = [
        Rule(reason=rule.reason, asks=rule.asks, answer=rule.answer, evidence=dict(rule.evidence)) for rule in asked
    ]
    return Rules(data=rules)


@router.get(
    "/emails/{email_id:uuid}/original",
    response_class=Response,
    responses={200: {"content": {"message/rfc822": {}}}, 410: {"description": "The original was deleted"}},
)
def get_original(caller: Reader, email_id: UUID) -> Response:
    """Returns the email byte for byte. It may contain anything: never show it without care."""
    with caller.tenant() as connection:
        row = connection.execute(_ORIGINAL, {"id": email_id}).first()
    if row is None:
        raise no_such("email")
    if row.raw_deleted_by:
        raise ProblemError(410, f"The original was deleted by {row.raw_deleted_by}.")
    return download(caller.resources.blobs, row.raw, f"email-{email_id}.eml", "message/rfc822")


@router.post("/emails/actions", response_model=ActionResult)
def act(caller: Actor, asked: ActionToDo) -> ActionResult:
    """Does an action on emails that did not post; on each, it is done or refused by itself."""
    with caller.tenant() as connection:
        person = decider(connection, caller, asked.by)
        by = Decider(caller.tenant_id, person.id, person.name, caller.keys)
        if asked.action is Action.ATTACH and connection.execute(_CASE, {"id": asked.case_id}).first() is None:
            words = "There is no such case."
            raise ProblemError(422, f"case_id: {words}", {"case_id": words})
        seen = {email.id: email.run for email in asked.emails}
        outcome = decisions.act(connection, by, asked.action, seen, asked.case_id)
    refused = [RefusedEmail(id=email_id, message=refusal.words) for email_id, refusal in outcome.refused.items()]
    return ActionResult(done=outcome.done, refused=refused)


def _shown(row: Row[Any]) -> Email:
    return Email(**row._mapping)
