"""`post_update`: the only way to create an update, from the web form and from mail.

outcome = post_update(connection, NewUpdate(tenant_id, case_id, author_id, "Done.", Via.FORM, at, at))
assert isinstance(outcome, Posted)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from cases import audit
from cases.lifecycle import change
from cases.outgoing.quoted_links import without_links
from cases.people.directory import may_validate
from cases.refusal import Refusal
from cases.updates import posting_rules, recipients
from cases.updates.new_update import NewUpdate
from cases.updates.recipients import Audience
from schemas.files import FileReason
from schemas.records import Cut, StoredFile
from schemas.tables import Receipts, Role, Update, UpdateFile, core, new_id
from storage import stored_files as stored

__all__ = [
    "FilesGone",
    "NewUpdate",
    "Outcome",
    "Posted",
    "Refusal",
    "file_row",
    "post_update",
    "post_updates",
    "refresh",
]


@dataclass(frozen=True)
class Posted:
    """The update was created. `notified` are the users who get a notice: now, or after validation if the update
    `waits` for it. `receipts` is the tenant's setting for receipts."""

    update_id: UUID
    notified: tuple[UUID, ...]
    waits: bool = False
    receipts: Receipts = Receipts.OFF


@dataclass(frozen=True)
class FilesGone:
    """No rule refused the update, but the blob store no longer has its files: they must be stored again first."""

    words: str = "The files were not kept for that long. Send them again."


Outcome = Posted | Refusal | FilesGone

# locks the cases in the order of their ids, so that two transactions can't deadlock
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
    """An update that no rule refused, with the facts of `posting_rules.situations` and the people (`id`, `email`) to
    notify."""

    new: NewUpdate
    situation: Row[Any]
    audience: Audience
    people: Sequence[Row[Any]]

    @property
    def waits(self) -> bool:
        """Whether the update must be validated before anybody is notified."""
        role, required = Role(self.situation.role), self.situation.require_validation
        if self.new.unverified:
            return required or role is not Role.CLIENT
        return required and not may_validate(role)


def post_update(connection: Connection, new: NewUpdate) -> Outcome:
    """Posts an update with its files, its recipient log and its notices, in the caller's transaction.

    Checks the rules again, even if the caller has checked them. Unless it returns `Posted`, nothing was written.
    """
    return post_updates(connection, [new])[0]


def post_updates(connection: Connection, news: Sequence[NewUpdate]) -> list[Outcome]:
    """Posts several updates of one tenant as `post_update` does, with as many round trips as a single update needs."""
    situations = posting_rules.situations(connection, news)
    results: list[Outcome | None] = [
        posting_rules.refusal(new, situations.get(place)) for place, new in enumerate(news)
    ]
    allowed = [place for place, refusal in enumerate(results) if refusal is None]
    gone = stored.keep(connection, {blob for place in allowed for blob in _blobs(news[place])})
    places = [place for place in allowed if gone.isdisjoint(_blobs(news[place]))]
    if places:
        accepted = _accept(connection, [news[place] for place in places], [situations[place] for place in places])
        _write(connection, accepted)
        for place, update in zip(places, accepted, strict=True):
            notified, wanted = tuple(row.id for row in update.people), Receipts(update.situation.receipts)
            results[place] = Posted(update.new.update_id, notified, update.waits, wanted)
    return [FilesGone() if result is None else result for result in results]


def _blobs(new: NewUpdate) -> list[str]:
    return [blob for file in new.files for blob in (file.blob, file.thumbnail) if blob]


def _accept(connection: Connection, news: Sequence[NewUpdate], situations: Sequence[Row[Any]]) -> list[_Accepted]:
    audiences = [_audience(new, situation) for new, situation in zip(news, situations, strict=True)]
    people = recipients.find(connection, audiences)
    return [_Accepted(*parts) for parts in zip(news, situations, audiences, people, strict=True)]


def _audience(new: NewUpdate, situation: Row[Any]) -> Audience:
    return Audience(
        update_id=new.update_id,
        tenant_id=new.tenant_id,
        case_id=new.case_id,
        author_id=new.author_id,
        manager_id=situation.manager_id,
        group_id=situation.group_id,
        chosen=new.recipients or (),
        answers=new.answers if new.recipients is None else None,
        with_address=situation.replies_on,
        with_notice=new.sends_notices,
    )


def _write(connection: Connection, accepted: Sequence[_Accepted]) -> None:
    """Writes the updates with their files, recipients and audit, then the cases, for which other posts may wait."""
    connection.execute(_INSERT_UPDATE, [_update_row(update) for update in accepted])
    if files := [row for update in accepted for row in _file_rows(update.new)]:
        connection.execute(_INSERT_FILES, files)
    visible = [update for update in accepted if not update.waits]
    recipients.notify(connection, [(update.audience, update.people) for update in visible], accepted[0].new.posted_at)
    audit.record(connection, [_act(update.new) for update in accepted])
    moved = [(update.new.case_id, update.new.posted_at) for update in visible if update.situation.refresh_last_update]
    refresh(connection, moved)
    for case_id in sorted({update.new.case_id for update in visible if not update.situation.open}):
        change.reopen(connection, case_id, by=None, how="an update")


def refresh(connection: Connection, moved: Sequence[tuple[UUID, datetime]]) -> None:
    """Sets the time of the last update of each case, from pairs of case id and time; it never goes back."""
    # sorted, so that the latest of several times for one case wins
    latest = dict(sorted(moved, key=lambda update: update[1]))
    if latest:
        connection.execute(_REFRESH, {"ids": list(latest), "times": list(latest.values())})


def _act(new: NewUpdate) -> audit.Act:
    return audit.Act(new.tenant_id, new.author_id, "update.posted", new.update_id, {"via": new.via})


def _update_row(update: _Accepted) -> dict[str, object]:
    new, situation = update.new, update.situation
    return {
        "id": new.update_id,
        "tenant_id": new.tenant_id,
        "case_id": new.case_id,
        "author_id": new.author_id,
        "access_group_id": situation.group_id,
        "validated": not update.waits,
        "unverified": new.unverified,
        "refresh_last_update": situation.refresh_last_update,
        "include_in_documents": situation.include_in_documents,
        "to_tell": [row.id for row in update.people] if update.waits else [],
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
    """Returns the row of `update_files` for a file of an update; `position` counts from 0."""
    owner = {"tenant_id": tenant_id, "update_id": update_id, "id": new_id(), "position": position}
    return {**file.model_dump(), **owner}
