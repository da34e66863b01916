"""`post_update`: the only way an update comes to exist, for the web form and for mail alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from cases import audit
from cases.files.types import ending, stored_type, unsupported
from cases.outgoing.quoted_links import without_links
from cases.people.directory import may_post, may_validate
from cases.updates import recipients
from cases.updates.recipients import Telling
from schemas.files import FILE_REASONS, FilePolicy, FileReason
from schemas.reasons import Reason
from schemas.records import Cut, LeftOut, StoredFile
from schemas.tables import Receipts, Role, Update, UpdateFile, Via, core, new_id
from storage import stored_files as stored

#: Longest text of an update that a tenant may allow, in characters.
MAX_TEXT = 50_000


@dataclass(frozen=True)
class NewUpdate:
    """What somebody wants to post. `recipients` are the users chosen on the form; for an answer by mail there is
    nobody to choose, and None means the author and the recipients of the answered update.

    `access_group` is the one chosen on the form; None means that of the answered update, and for what answers none the
    tenant's default. An answer is never moved to another group: that would show it to others. `message` is what all
    copies of the mail share, of which one posts on a case. `update_id` is given by the form, so that a form sent twice
    posts once. `unverified`: nothing proved who wrote the mail, and so it has the rights of the least: it waits for
    approval, unless the least (a client) need not, and it posts only where clients see it.
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
    message: bytes | None = None
    unverified: bool = False
    access_group: UUID | None = None
    update_id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Posted:
    """The update exists; `told` are the users who get a notice of it: now, or when it is validated if it `waits`.
    `receipts` is what the tenant wants of these."""

    update_id: UUID
    told: tuple[UUID, ...]
    waits: bool = False
    receipts: Receipts = Receipts.OFF


@dataclass(frozen=True)
class Refusal:
    """The update was refused: the reason, and the words that the form shows."""

    reason: Reason
    words: str


@dataclass(frozen=True)
class FilesGone:
    """No rule refused the update, but its files are not in the blob store any more: it is not there before they are
    stored again."""

    words: str = "The files were not kept for that long. Send them again."


Outcome = Posted | Refusal | FilesGone

# What the rules need to know of case, tenant, author and access group, for each of several updates.
_SITUATIONS = text("""
select k.place, t.active as tenant_active, t.replies_on, t.receipts, t.file_policy, t.most_text, t.text_required,
    c.open, c.manager_id, u.role, u.active as author_active,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = u.id) as member,
    g.id as group_id, g.require_validation, g.refresh_last_update, g.include_in_documents,
    coalesce(u.role = any(g.may_post), false) as may_use_group,
    coalesce('client' = any(g.may_see), false) as clients_see
from unnest(cast(:case_ids as uuid[]), cast(:author_ids as uuid[]), cast(:group_ids as uuid[]),
    cast(:answers as uuid[])) with ordinality k(case_id, author_id, group_id, answers, place)
join cases c on c.id = k.case_id join tenants t on t.id = c.tenant_id
join users u on u.tenant_id = c.tenant_id and u.id = k.author_id
left join updates a on a.id = k.answers
left join lateral (
    select * from access_groups g where g.tenant_id = c.tenant_id and case
        when k.group_id is not null then g.id = k.group_id
        when k.answers is not null then g.id = a.access_group_id
        else g.is_default end) g on true
""")

# in the order of their ids, so that two who lock the same cases don't wait for each other
_REFRESH = text("""
with moved as materialized (
    select c.id, k.at from cases c join unnest(cast(:ids as uuid[]), cast(:times as timestamptz[])) k(id, at)
    on k.id = c.id order by c.id for no key update of c)
update cases c set last_update_at = greatest(c.last_update_at, moved.at) from moved where c.id = moved.id
""")

_INSERT_UPDATE = insert(core(Update))
_INSERT_FILES = insert(core(UpdateFile))


@dataclass(frozen=True)
class _Accepted:
    """An update that no rule refused, with its situation and those who are to be told of it."""

    new: NewUpdate
    situation: Row[Any]
    telling: Telling
    told: Sequence[Row[Any]]

    @property
    def waits(self) -> bool:
        """Whether nobody is told before it is validated."""
        role, required = Role(self.situation.role), self.situation.require_validation
        if self.new.unverified:
            return required or role is not Role.CLIENT
        return required and not may_validate(role)


def post_update(connection: Connection, new: NewUpdate) -> Outcome:
    """Posts an update with its files, its recipient log and its notices, all in the caller's transaction.

    The rules are checked here and now, whoever checked before. Where it is not `Posted`, nothing was written.
    """
    return post_updates(connection, [new])[0]


def post_updates(connection: Connection, news: Sequence[NewUpdate]) -> list[Outcome]:
    """Posts several updates of one tenant at the price of the round trips of one; otherwise as `post_update` does."""
    found = connection.execute(
        _SITUATIONS,
        {
            "case_ids": [new.case_id for new in news],
            "author_ids": [new.author_id for new in news],
            "group_ids": [new.access_group for new in news],
            "answers": [new.answers for new in news],
        },
    )
    situations = {row.place - 1: row for row in found}
    results: list[Outcome | None] = [_refusal(new, situations.get(place)) for place, new in enumerate(news)]
    allowed = [place for place, refusal in enumerate(results) if refusal is None]
    gone = stored.keep(connection, {blob for place in allowed for blob in _blobs(news[place])})
    places = [place for place in allowed if gone.isdisjoint(_blobs(news[place]))]
    if places:
        accepted = _accept(connection, [news[place] for place in places], [situations[place] for place in places])
        _write(connection, accepted)
        for place, one in zip(places, accepted, strict=True):
            told, wanted = tuple(row.id for row in one.told), Receipts(one.situation.receipts)
            results[place] = Posted(one.new.update_id, told, one.waits, wanted)
    return [FilesGone() if result is None else result for result in results]


def _blobs(new: NewUpdate) -> list[str]:
    return [blob for file in new.files for blob in (file.blob, file.thumbnail) if blob]


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
        (situation.may_use_group, Reason.GROUP_NOT_ALLOWED, "The author may not post in this access group."),
        (
            situation.clients_see or not new.unverified,
            Reason.UNVERIFIED_IN_PRIVATE,
            "The sender is not verified, and clients can't see this access group.",
        ),
        (situation.open, Reason.REFUSED, "The case is closed: no update can be posted on it."),
        (new.text.strip() or new.files, Reason.REFUSED, "The update has neither text nor a file."),
        (
            new.text.strip() or not situation.text_required,
            Reason.REFUSED,
            "The update has no text: files alone are not enough here.",
        ),
        (
            len(new.text) <= situation.most_text,
            Reason.REFUSED,
            f"The text is longer than {situation.most_text:,} characters.",
        ),
    )
    refusal = next((Refusal(reason, words) for holds, reason, words in rules if not holds), None)
    return refusal or (_refused_files(new.files, situation.file_policy) if new.files else None)


def _refused_files(files: Sequence[StoredFile], file_policy: dict[str, Any]) -> Refusal | None:
    """What the tenant's policy says against the files, as it is now; their content was looked at before."""
    policy = FilePolicy.model_validate(file_policy)
    rules = (
        (len(files) <= policy.most_files, too_many(policy)),
        *((not (why := unsupported(file.name, policy)), cant_post(file.name, why or "")) for file in files),
        *((stored_type(file.name) == file.content_type, cant_post(file.name, _misnamed(file))) for file in files),
        *((file.size <= policy.most_bytes, cant_post(file.name, FILE_REASONS[FileReason.TOO_LARGE])) for file in files),
        (sum(file.size for file in files) <= policy.most_bytes_together, too_large_together(policy)),
    )
    return next((Refusal(Reason.REFUSED, words) for holds, words in rules if not holds), None)


def _misnamed(file: StoredFile) -> str:
    return f"its content is {file.content_type}, not what {ending(file.name)!r} says"


def too_many(policy: FilePolicy) -> str:
    """That there are more files than the policy allows, as the form says it."""
    return f"An update has at most {policy.most_files} file{'' if policy.most_files == 1 else 's'}."


def too_large_together(policy: FilePolicy) -> str:
    """That the files together are larger than the policy allows, as the form says it."""
    return f"The files of an update have at most {policy.most_bytes_together / 1_000_000:g} MB together."


def cant_post(name: str, why: str) -> str:
    """That a file can't be posted, as the form says it."""
    return f"The file {name} can't be posted: {why}."


def _accept(connection: Connection, news: Sequence[NewUpdate], situations: Sequence[Row[Any]]) -> list[_Accepted]:
    tellings = [_telling(new, situation) for new, situation in zip(news, situations, strict=True)]
    told = recipients.find(connection, tellings)
    return [_Accepted(*parts) for parts in zip(news, situations, tellings, told, strict=True)]


def _telling(new: NewUpdate, situation: Row[Any]) -> Telling:
    return Telling(
        update_id=new.update_id,
        tenant_id=new.tenant_id,
        case_id=new.case_id,
        author_id=new.author_id,
        manager_id=situation.manager_id,
        group_id=situation.group_id,
        chosen=new.recipients or (),
        answers=new.answers if new.recipients is None else None,
        with_address=situation.replies_on,
    )


def _write(connection: Connection, accepted: Sequence[_Accepted]) -> None:
    """All that the updates bring with them; last the cases' times, which others may be waiting to change."""
    connection.execute(_INSERT_UPDATE, [_update_row(one) for one in accepted])
    if files := [row for one in accepted for row in _file_rows(one.new)]:
        connection.execute(_INSERT_FILES, files)
    seen_at_once = [one for one in accepted if not one.waits]
    recipients.tell(connection, [(one.telling, one.told) for one in seen_at_once], accepted[0].new.posted_at)
    audit.record(connection, [_act(one.new) for one in accepted])
    refresh(
        connection,
        [(one.new.case_id, one.new.posted_at) for one in seen_at_once if one.situation.refresh_last_update],
    )


def refresh(connection: Connection, moved: Sequence[tuple[UUID, datetime]]) -> None:
    """Sets the time of the last update of these cases; it never goes back."""
    # of several times of a case the latest stays
    latest = dict(sorted(moved, key=lambda one: one[1]))
    if latest:
        connection.execute(_REFRESH, {"ids": list(latest), "times": list(latest.values())})


def _act(new: NewUpdate) -> audit.Act:
    return audit.Act(new.tenant_id, new.author_id, "update.posted", new.update_id, {"via": new.via})


def _update_row(one: _Accepted) -> dict[str, object]:
    new, situation = one.new, one.situation
    return {
        "id": new.update_id,
        "tenant_id": new.tenant_id,
        "case_id": new.case_id,
        "author_id": new.author_id,
        "access_group_id": situation.group_id,
        "validated": not one.waits,
        "unverified": new.unverified,
        "refresh_last_update": situation.refresh_last_update,
        "include_in_documents": situation.include_in_documents,
        "to_tell": [row.id for row in one.told] if one.waits else [],
        "text": without_links(new.text).strip(),
        "via": new.via,
        "mail_id": new.mail_id,
        "message": new.message,
        "answers": new.answers,
        "written_at": new.written_at,
        "posted_at": new.posted_at,
        "cut": [_cut_row(new, cut) for cut in new.cut],
        "left_out": [item.model_dump(mode="json") for item in new.left_out],
        "files_due_at": new.posted_at if any(item.reason is FileReason.NOT_SCANNED for item in new.left_out) else None,
    }


def _cut_row(new: NewUpdate, cut: Cut) -> dict[str, object]:
    words = {"before": len(without_links(new.text[: cut.before])), "text": without_links(cut.text)}
    return {**cut.model_dump(mode="json"), **words}


def _file_rows(new: NewUpdate) -> list[dict[str, object]]:
    return [file_row(new.tenant_id, new.update_id, place, file) for place, file in enumerate(new.files)]


def file_row(tenant_id: UUID, update_id: UUID, position: int, file: StoredFile) -> dict[str, object]:
    """The row of `update_files` of a file at this place, from 0, of an update."""
    owner = {"tenant_id": tenant_id, "update_id": update_id, "id": new_id(), "position": position}
    return {**file.model_dump(), **owner}
