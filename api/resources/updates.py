"""Updates: post them as the form does, list them, and let the tenant's own application send their notices."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Base64Bytes, BaseModel, Field
from sqlalchemy import Connection, Row, text

from api.resources import cases
from api.resources.once import IdempotencyKey, once
from api.resources.references import decider, user_id
from api.services import Caller, needs
from api.web.downloads import download
from api.web.fields import Body, Line, Text, UserRef
from api.web.paging import Page, Paging, by_time
from api.web.problems import ProblemError, no_such, of_refusal
from api.web.responses import show
from cases.outgoing import notices
from cases.refusal import Refusal
from cases.sandbox.errors import SandboxUnavailableError
from cases.updates import sent_files, validation
from cases.updates.posting import NewUpdate, Posted, post_update
from cases.updates.sent_files import SentFile, TakenFiles
from schemas.own_mail import REPLY_MARKER
from schemas.tables import Decision, Role, Via, now

router = APIRouter(tags=["updates"])
Reader = Annotated[Caller, needs("updates:read")]
Writer = Annotated[Caller, needs("updates:write")]

_MOST_RECIPIENTS, _MOST_FILES = 200, 20
#: The longest text that reaches the rules, which have a limit of the tenant's own, in characters.
_LONGEST_SENT = 1_000_000


class Sends(StrEnum):
    """Who sends the notices of an update."""

    CASEMAIL = "casemail"
    HOST = "host"  # the tenant's own application


class File(BaseModel):
    """A file of an update."""

    id: UUID
    name: str
    type: str
    size: int = Field(description="In bytes")


class Update(BaseModel):
    """An update of a case. One that `waits` is seen by nobody but its author until somebody approves it."""

    id: UUID
    case_id: UUID
    author_id: UUID
    text: str
    via: Via
    waits: bool
    unverified: bool = Field(description="It came by email, and nothing proved who sent that")
    access_group_id: UUID
    answers: UUID | None = Field(description="The update that it answers")
    email_id: UUID | None = Field(description="The email that it came by")
    written_at: datetime
    posted_at: datetime
    files: list[File]


class FileToPost(Body):
    """A file; the same types and sizes post as on the form."""

    name: Annotated[Line, Field(min_length=1)]
    type: Line = ""
    content: Base64Bytes = Field(description="Its bytes in base64")


class UpdateToPost(Body):
    """A new update in the name of its author, by the rules and with the notices of the form.

    With `send` = `host`, casemail gives each recipient a reply address, and sends nothing: the tenant's application
    sends the notices, with the fields of `GET /updates/{id}/recipients`. If the update must be approved, casemail sends
    them when it is.
    """

    author: UserRef
    text: Annotated[Text, Field(max_length=_LONGEST_SENT)] = ""
    recipients: list[UserRef] = Field(default_factory=list, max_length=_MOST_RECIPIENTS)
    access_group_id: UUID | None = Field(default=None, description="Default: the tenant's default group")
    files: list[FileToPost] = Field(default_factory=list, max_length=_MOST_FILES)
    send: Sends = Sends.CASEMAIL


class Recipient(BaseModel):
    """A recipient of an update, and what their notice must have so that their answer finds its way.

    Put `marker` above the text of the notice, on a line of its own.
    """

    user_id: UUID
    email: str
    reply_to: str = Field(description="Their own address for answers; the author's address while replies are off")
    envelope_from: str
    message_id: str
    headers: dict[str, str] = Field(description="Header fields to add, by name")
    delivery: str = Field(description="Of casemail's own notice: waiting, sent or failed; host: casemail sends none")
    bounced_at: datetime | None = Field(description="When a delivery report said that it did not arrive")
    subject: str
    marker: str


class Approval(StrEnum):
    """What is decided on an update that waits."""

    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"


class ApprovalToGive(Body):
    """A decision on an update that waits, by an admin or a case manager; default: the admin who created the token.

    The author of a returned or rejected update is mailed the note.
    """

    decision: Approval
    note: Annotated[Text, Field(max_length=10_000)] = ""
    by: UserRef | None = None


class Recipients(BaseModel):
    """All recipients of an update."""

    data: list[Recipient]


_SELECT = """
select u.id, u.case_id, u.author_id, u.text, u.via, not u.validated as waits, u.unverified, u.access_group_id,
    u.answers, u.mail_id as email_id, u.written_at, u.posted_at,
    (select coalesce(json_agg(json_build_object('id', f.id, 'name', f.name, 'type', f.content_type, 'size', f.size)
        order by f.position), '[]') from update_files f where f.update_id = u.id) as files
from updates u
"""
_LIST = text(f"""{_SELECT}
where u.case_id = :case_id and (u.posted_at, u.id) < (:at, :id) order by u.posted_at desc, u.id desc limit :most
""")
_READ = text(f"{_SELECT} where u.id = :id")
_RECIPIENTS = text("""
select r.id, r.bounced_at, coalesce(o.state, 'host') as delivery
from update_recipients r left join outbox o on o.recipient_id = r.id and o.kind = 'notice'
where r.update_id = :id order by r.id
""")
_FILE = text("select name, content_type, blob from update_files where id = :id and update_id = :update_id")


@router.get("/cases/{case_id:uuid}/updates", response_model=Page[Update])
def list_updates(caller: Reader, case_id: UUID, asked: Annotated[Paging, Query()]) -> Page[Update]:
    """Lists the updates of a case, the newest first."""
    at, last = asked.before_time()
    with caller.tenant() as connection:
        cases.read(connection, caller, case_id)
        values = {"case_id": case_id, "at": at, "id": last, "most": asked.limit + 1}
        return by_time(asked, connection.execute(_LIST, values).all(), _shown, "posted_at")


@router.post("/cases/{case_id:uuid}/updates", status_code=201, response_model=Update)
def post(
    request: Request, caller: Writer, case_id: UUID, asked: UpdateToPost, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Posts an update, as if its author had logged in and posted it."""
    with caller.tenant() as connection:
        cases.read(connection, caller, case_id)
        author_id = user_id(connection, asked.author, "author")
    taken = _take(caller, author_id, asked)
    with caller.tenant() as connection:
        name = (request.url.path, asked)
        new = _new(connection, caller, case_id, author_id, asked, taken)
        update_id = once(connection, caller, idempotency_key, name, lambda: _post(connection, new))
        return show(request, _read(connection, update_id), 201, location=f"/api/v1/updates/{update_id}")


@router.get("/updates/{update_id:uuid}", response_model=Update)
def get_update(request: Request, caller: Reader, update_id: UUID) -> Response:
    """Returns an update."""
    with caller.tenant() as connection:
        return show(request, _read(connection, update_id))


@router.get("/updates/{update_id:uuid}/recipients", response_model=Recipients)
def list_recipients(caller: Reader, update_id: UUID) -> Recipients:
    """Lists the recipients of an update, with all that the notice to each must have."""
    with caller.tenant() as connection:
        _read(connection, update_id)
        rows = {row.id: row for row in connection.execute(_RECIPIENTS, {"id": update_id})}
        found = notices.load(connection, list(rows), caller.keys)
    return Recipients(
        data=[_recipient(notice, rows[notice.recipient_id], caller) for notice in found if notice.user_id]
    )


@router.get(
    "/updates/{update_id:uuid}/files/{file_id:uuid}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def get_file(caller: Reader, update_id: UUID, file_id: UUID) -> Response:
    """Returns a file of an update, byte for byte."""
    with caller.tenant() as connection:
        row = connection.execute(_FILE, {"id": file_id, "update_id": update_id}).first()
    if row is None:
        raise no_such("file")
    return download(caller.resources.blobs, row.blob, row.name)


@router.post("/updates/{update_id:uuid}/approval", response_model=Update)
def decide(request: Request, caller: Writer, update_id: UUID, asked: ApprovalToGive) -> Response:
    """Approves an update that waits, and sends its notices; or returns it to its author, or rejects it."""
    with caller.tenant() as connection:
        person = decider(connection, caller, asked.by)
        case_id = _read(connection, update_id).case_id
        if asked.decision is Approval.APPROVED:
            if not validation.validate(connection, case_id, update_id, by=person.id, role=Role(person.role)):
                raise ProblemError(409, "That update does not wait any more.")
        else:
            refusal = validation.decide(
                connection,
                case_id,
                update_id,
                Decision(asked.decision.value),
                asked.note,
                by=person.id,
                role=Role(person.role),
                console_url=caller.resources.settings.console.url,
            )
            if refusal:
                raise of_refusal(refusal)
        return show(request, _read(connection, update_id))


def _recipient(notice: notices.Notice, row: Row[Any], caller: Caller) -> Recipient:
    assert notice.user_id is not None
    fields = dict(notices.machine_fields(notice, caller.keys))
    return Recipient(
        user_id=notice.user_id,
        email=notice.recipient_email,
        reply_to=notices.reply_to(notice, caller.keys),
        envelope_from=notices.envelope_from(notice, caller.keys),
        message_id=fields.pop("Message-ID"),
        headers={name: " ".join(value.split()) for name, value in fields.items()},
        subject=notices.subject(notice.case_number, notice.case_title),
        marker=REPLY_MARKER,
        delivery=row.delivery,
        bounced_at=row.bounced_at,
    )


def _read(connection: Connection, update_id: UUID) -> Update:
    row = connection.execute(_READ, {"id": update_id}).first()
    if row is None:
        raise no_such("update")
    return _shown(row)


def _shown(row: Row[Any]) -> Update:
    return Update(**row._mapping)


def _take(caller: Caller, author_id: UUID, asked: UpdateToPost) -> TakenFiles:
    files = (SentFile(file.name, file.content, file.type) for file in asked.files)
    try:
        taken = sent_files.take(caller.resources, caller.tenant_id, author_id, len(asked.files), files)
    except SandboxUnavailableError:
        raise ProblemError(
            503, "Files can't be looked at now. Try again later.", headers={"Retry-After": "60"}
        ) from None
    if isinstance(taken, Refusal):
        raise of_refusal(taken, "files")
    return taken


def _new(
    connection: Connection, caller: Caller, case_id: UUID, author_id: UUID, asked: UpdateToPost, taken: TakenFiles
) -> NewUpdate:
    at = now()
    chosen = [user_id(connection, named, f"recipients.{place}") for place, named in enumerate(asked.recipients)]
    return NewUpdate(
        tenant_id=caller.tenant_id,
        case_id=case_id,
        author_id=author_id,
        text=asked.text.replace("\r\n", "\n").replace("\r", "\n"),
        via=Via.API,
        written_at=at,
        posted_at=at,
        recipients=tuple(chosen),
        files=taken.files,
        left_out=taken.left_out,
        access_group=asked.access_group_id,
        sends_notices=asked.send is Sends.CASEMAIL,
    )


def _post(connection: Connection, new: NewUpdate) -> UUID:
    outcome = post_update(connection, new)
    if isinstance(outcome, Posted):
        return outcome.update_id
    if isinstance(outcome, Refusal):
        raise of_refusal(outcome)
    raise ProblemError(409, outcome.words)
