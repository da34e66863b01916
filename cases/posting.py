"""`post_update`: the only way an update comes to exist, for the web form and for mail alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, Uuid, bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY

from cases.addresses import new_handle
from cases.directory import may_post
from cases.file_types import agreed_type, ending, unsupported
from schemas.reasons import Reason
from schemas.records import Cut, LeftOut, StoredFile
from schemas.tables import Outbox, OutboxKind, OutboxState, Role, Update, UpdateFile, UpdateRecipient, Via, core, new_id

#: Longest text of an update, in characters.
MAX_TEXT = 50_000
#: Most files of an update.
MAX_FILES = 5


@dataclass(frozen=True)
class NewUpdate:
    """What somebody wants to post. `recipients` are the users chosen on the form; for an answer by mail there is
    nobody to choose, and None means the author and the recipients of the answered update.

    `update_id` is given by the form, so that a form sent twice posts once.
    """

    tenant_id: UUID
    case_id: UUID
    author_id: UUID
    text: str
    via: Via
    written_at: datetime
    posted_at: datetime
    recipients: tuple[UUID, ...] | None = ()
    answers: UUID | None = None
    files: tuple[StoredFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    cut: tuple[Cut, ...] = ()
    mail_id: UUID | None = None
    update_id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Posted:
    """The update exists; `told` are the users who get a notice of it."""

    update_id: UUID
    told: tuple[UUID, ...]


@dataclass(frozen=True)
class Refusal:
    """The update was refused: the reason, and the words that the form shows."""

    reason: Reason
    words: str


# What the rules need to know of case, tenant and author, in one round trip.
_SITUATION = text("""
select t.active as tenant_active, t.replies_on, c.open, c.manager_id, u.role, u.active as author_active,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = u.id) as member
from cases c join tenants t on t.id = c.tenant_id join users u on u.tenant_id = c.tenant_id
where c.id = :case_id and u.id = :author_id
""")

_TOLD = text("""
select u.id, u.email from users u
where u.active and u.id <> :author_id
  and (u.id = :manager_id or u.id = any(:chosen)
    or (:as_answer and (u.id = (select author_id from updates where id = :answers)
        or u.id in (select user_id from update_recipients where update_id = :answers))))
  and (u.role <> 'client' or exists (select 1 from case_members m where m.case_id = :case_id and m.user_id = u.id))
order by u.id
""").bindparams(bindparam("chosen", type_=ARRAY(Uuid())))

_INSERT_UPDATE = insert(core(Update))
_INSERT_FILES = insert(core(UpdateFile))
_INSERT_RECIPIENTS = insert(core(UpdateRecipient))
_INSERT_OUTBOX = insert(core(Outbox))


def post_update(connection: Connection, new: NewUpdate) -> Posted | Refusal:
    """Posts an update with its files, its recipient log and its notices, all in the caller's transaction.

    The rules are checked here and now, whoever checked before. A refusal has written nothing.
    """
    situation = connection.execute(_SITUATION, {"case_id": new.case_id, "author_id": new.author_id}).first()
    refusal = _refusal(new, situation)
    if refusal is not None or situation is None:
        return refusal or Refusal(Reason.NOT_ALLOWED, "There is no such case or no such author.")
    told = connection.execute(
        _TOLD,
        {
            "author_id": new.author_id,
            "manager_id": situation.manager_id,
            "chosen": list(new.recipients or ()),
            "as_answer": new.recipients is None,
            "answers": new.answers,
            "case_id": new.case_id,
        },
    ).all()
    _write_update(connection, new)
    if told:
        _write_notices(connection, new, told, replies_on=situation.replies_on)
    return Posted(new.update_id, tuple(row.id for row in told))


def _refusal(new: NewUpdate, situation: Row[tuple[object, ...]] | None) -> Refusal | None:
    """The rules in their order; the first that fails decides."""
    if situation is None:
        return Refusal(Reason.NOT_ALLOWED, "There is no such case or no such author.")
    by_mail = new.via is Via.EMAIL
    rules = (
        (situation.tenant_active, Reason.TENANT_INACTIVE, "This account is not active."),
        (situation.replies_on or not by_mail, Reason.REPLIES_OFF, "Email update replies are switched off."),
        (situation.author_active, Reason.AUTHOR_INACTIVE, "The author's user account is archived."),
        (
            may_post(Role(situation.role), member=situation.member),
            Reason.NOT_ALLOWED,
            "The author may not post on this case.",
        ),
        (situation.open, Reason.REFUSED, "The case is closed: no update can be posted on it."),
        (new.text.strip() or new.files, Reason.REFUSED, "The update has neither text nor a file."),
        (len(new.text) <= MAX_TEXT, Reason.REFUSED, f"The text is longer than {MAX_TEXT:,} characters."),
        (len(new.files) <= MAX_FILES, Reason.REFUSED, f"An update has at most {MAX_FILES} files."),
        *((agreed_type(file.name, file.content_type), Reason.REFUSED, _wrong_type(file)) for file in new.files),
    )
    return next((Refusal(reason, words) for holds, reason, words in rules if not holds), None)


def _wrong_type(file: StoredFile) -> str:
    why = unsupported(file.name) or f"its content is {file.content_type}, not what {ending(file.name)!r} says"
    return f"The file {file.name} can't be posted: {why}."


def _write_update(connection: Connection, new: NewUpdate) -> None:
    connection.execute(
        _INSERT_UPDATE,
        {
            "id": new.update_id,
            "tenant_id": new.tenant_id,
            "case_id": new.case_id,
            "author_id": new.author_id,
            "text": new.text.strip(),
            "via": new.via,
            "mail_id": new.mail_id,
            "answers": new.answers,
            "written_at": new.written_at,
            "posted_at": new.posted_at,
            "cut": [cut.model_dump(mode="json") for cut in new.cut],
            "left_out": [item.model_dump(mode="json") for item in new.left_out],
        },
    )
    if new.files:
        connection.execute(
            _INSERT_FILES,
            [
                {
                    **file.model_dump(),
                    "id": new_id(),
                    "tenant_id": new.tenant_id,
                    "update_id": new.update_id,
                    "position": position,
                }
                for position, file in enumerate(new.files)
            ],
        )


def _write_notices(
    connection: Connection, new: NewUpdate, told: Sequence[Row[tuple[object, ...]]], *, replies_on: bool
) -> None:
    recipients = [
        {
            "id": new_id(),
            "tenant_id": new.tenant_id,
            "update_id": new.update_id,
            "user_id": row.id,
            "email": row.email,
            "handle": new_handle() if replies_on else None,
            "logged_at": new.posted_at,
        }
        for row in told
    ]
    connection.execute(_INSERT_RECIPIENTS, recipients)
    connection.execute(
        _INSERT_OUTBOX,
        [
            {
                "id": new_id(),
                "tenant_id": new.tenant_id,
                "kind": OutboxKind.NOTICE,
                "recipient_id": recipient["id"],
                "to_email": recipient["email"],
                "state": OutboxState.WAITING,
                "attempts": 0,
                "created_at": new.posted_at,
                "due_at": new.posted_at,
                "error": "",
            }
            for recipient in recipients
        ],
    )
