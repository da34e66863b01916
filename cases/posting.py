"""`post_update`: the only way an update comes to exist, for the web form and for mail alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from cases.addresses import new_handle
from cases.directory import may_post
from cases.file_types import agreed_type, ending, unsupported
from schemas.reasons import Reason
from schemas.records import Cut, LeftOut, StoredFile
from schemas.tables import (
    Outbox,
    OutboxKind,
    OutboxState,
    Receipts,
    Role,
    Update,
    UpdateFile,
    UpdateRecipient,
    Via,
    core,
    new_id,
)

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
    """The update exists; `told` are the users who get a notice of it, `receipts` what the tenant wants of these."""

    update_id: UUID
    told: tuple[UUID, ...]
    receipts: Receipts = Receipts.OFF


@dataclass(frozen=True)
class Refusal:
    """The update was refused: the reason, and the words that the form shows."""

    reason: Reason
    words: str


# What the rules need to know of case, tenant and author, for each of several updates.
_SITUATIONS = text("""
select k.place, t.active as tenant_active, t.replies_on, t.receipts, c.open,
    c.manager_id, u.role, u.active as author_active,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = u.id) as member
from unnest(cast(:case_ids as uuid[]), cast(:author_ids as uuid[])) with ordinality k(case_id, author_id, place)
join cases c on c.id = k.case_id join tenants t on t.id = c.tenant_id
join users u on u.tenant_id = c.tenant_id and u.id = k.author_id
""")

# The case manager, whom the form chose, and for an answer by mail all who were told of what is answered; never the
# author, and of clients only the members of the case.
_TOLD = text("""
with posted as materialized (
    select * from unnest(cast(:places as int[]), cast(:case_ids as uuid[]), cast(:author_ids as uuid[]),
        cast(:manager_ids as uuid[]), cast(:answers as uuid[])) p(place, case_id, author_id, manager_id, answers)
), candidates as (
    select place, manager_id as user_id from posted
    union select * from unnest(cast(:chosen_places as int[]), cast(:chosen as uuid[]))
    union select p.place, u.author_id from posted p join updates u on u.id = p.answers
    union select p.place, r.user_id from posted p join update_recipients r on r.update_id = p.answers
)
select p.place, u.id, u.email
from candidates c join posted p on p.place = c.place join users u on u.id = c.user_id
where u.active and u.id <> p.author_id
  and (u.role <> 'client' or exists (select 1 from case_members m where m.case_id = p.case_id and m.user_id = u.id))
order by p.place, u.id
""")

_INSERT_UPDATE = insert(core(Update))
_INSERT_FILES = insert(core(UpdateFile))
_INSERT_RECIPIENTS = insert(core(UpdateRecipient))
_INSERT_OUTBOX = insert(core(Outbox))


@dataclass(frozen=True)
class _Accepted:
    """An update that no rule refused, with its situation and its place among those that are posted together."""

    new: NewUpdate
    situation: Row[Any]
    place: int


def post_update(connection: Connection, new: NewUpdate) -> Posted | Refusal:
    """Posts an update with its files, its recipient log and its notices, all in the caller's transaction.

    The rules are checked here and now, whoever checked before. A refusal has written nothing.
    """
    return post_updates(connection, [new])[0]


def post_updates(connection: Connection, news: Sequence[NewUpdate]) -> list[Posted | Refusal]:
    """Posts several updates of one tenant at the price of the round trips of one; otherwise as `post_update` does."""
    found = connection.execute(
        _SITUATIONS, {"case_ids": [new.case_id for new in news], "author_ids": [new.author_id for new in news]}
    )
    situations = {row.place - 1: row for row in found}
    refusals = {place: _refusal(new, situations.get(place)) for place, new in enumerate(news)}
    accepted = [_Accepted(new, situations[place], place) for place, new in enumerate(news) if refusals[place] is None]
    if accepted:
        told = _told(connection, accepted)
        _write_updates(connection, [one.new for one in accepted])
        _write_notices(connection, accepted, told)
    return [
        refusals[place]
        or Posted(new.update_id, tuple(row.id for row in told[place]), Receipts(situations[place].receipts))
        for place, new in enumerate(news)
    ]


def _refusal(new: NewUpdate, situation: Row[Any] | None) -> Refusal | None:
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


def _told(connection: Connection, accepted: Sequence[_Accepted]) -> dict[int, list[Row[Any]]]:
    """Who is told of each update, by its place."""
    chosen = [(one.place, user_id) for one in accepted for user_id in one.new.recipients or ()]
    rows = connection.execute(
        _TOLD,
        {
            "places": [one.place for one in accepted],
            "case_ids": [one.new.case_id for one in accepted],
            "author_ids": [one.new.author_id for one in accepted],
            "manager_ids": [one.situation.manager_id for one in accepted],
            "answers": [one.new.answers if one.new.recipients is None else None for one in accepted],
            "chosen_places": [place for place, _ in chosen],
            "chosen": [user_id for _, user_id in chosen],
        },
    )
    told: dict[int, list[Row[Any]]] = {one.place: [] for one in accepted}
    for row in rows:
        told[row.place].append(row)
    return told


def _write_updates(connection: Connection, news: Sequence[NewUpdate]) -> None:
    connection.execute(
        _INSERT_UPDATE,
        [
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
            }
            for new in news
        ],
    )
    files = [
        {
            **file.model_dump(),
            "id": new_id(),
            "tenant_id": new.tenant_id,
            "update_id": new.update_id,
            "position": position,
        }
        for new in news
        for position, file in enumerate(new.files)
    ]
    if files:
        connection.execute(_INSERT_FILES, files)


def _write_notices(
    connection: Connection, accepted: Sequence[_Accepted], told: Mapping[int, Sequence[Row[Any]]]
) -> None:
    recipients = [
        {
            "id": new_id(),
            "tenant_id": one.new.tenant_id,
            "update_id": one.new.update_id,
            "user_id": row.id,
            "email": row.email,
            "handle": new_handle() if one.situation.replies_on else None,
            "logged_at": one.new.posted_at,
        }
        for one in accepted
        for row in told[one.place]
    ]
    if not recipients:
        return
    connection.execute(_INSERT_RECIPIENTS, recipients)
    connection.execute(
        _INSERT_OUTBOX,
        [
            {
                "id": new_id(),
                "tenant_id": recipient["tenant_id"],
                "kind": OutboxKind.NOTICE,
                "recipient_id": recipient["id"],
                "to_email": recipient["email"],
                "state": OutboxState.WAITING,
                "attempts": 0,
                "created_at": recipient["logged_at"],
                "due_at": recipient["logged_at"],
                "error": "",
            }
            for recipient in recipients
        ],
    )
