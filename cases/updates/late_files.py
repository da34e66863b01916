"""Files that were left out of an update, added to it later: by a person who asks, or once they could be scanned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from cases import audit
from cases.audit import Act
from cases.updates.posting import FilesGone, file_row
from schemas.files import FILE_REASONS, FilePolicy, FileReason
from schemas.records import Custody, LeftOut, StoredFile
from schemas.tables import Role, UpdateFile, core
from storage import stored_files as stored

#: Who may add files that were left out.
MAY_ADD = frozenset({Role.ADMIN, Role.CASE_MANAGER})
#: Asking again is of no use.
FINAL = frozenset({FileReason.EMPTY, FileReason.SAME_FILE})

_GONE = "The original of this mail was deleted: the file can't be fetched any more."

_MAIL = text("""
select m.id as mail_id, m.tenant_id, m.raw, m.size, m.recipient, m.sender, m.received_at, m.raw_deleted_by, u.left_out
from updates u join mails m on m.id = u.mail_id where u.id = :update_id
""")
_LOCK = text("""
select u.tenant_id, u.left_out, c.open from updates u join cases c on c.id = u.case_id
where u.id = :update_id for update of u
""")
_FILES = text("select name, size, sha256, position from update_files where update_id = :update_id order by position")
_MAY = text("select 1 from users where id = :id and active and role = any(:roles)")
_INSERT = insert(core(UpdateFile))
_WRITE = text("""
update updates set left_out = cast(:left_out as jsonb), files_due_at = case when :waits then files_due_at end
where id = :update_id
""")


@dataclass(frozen=True)
class Added:
    """What came of it; `problem` is why the file was not added, in words, or empty when it is with the update."""

    problem: str = ""
    reason: FileReason | None = None


@dataclass(frozen=True)
class Source:
    """Where the files of an update that were left out come from: the mail, kept as it came. `names` are those of the
    files that the update has."""

    custody: Custody
    left_out: tuple[LeftOut, ...]
    names: tuple[str, ...]

    def item(self, part: int) -> LeftOut | None:
        """What was left out under this number; None when nothing is, or not any more."""
        return next((item for item in self.left_out if item.part == part), None)


def find(connection: Connection, update_id: UUID) -> Source | Added:
    """The mail of an update, in the scope of its tenant; or why there is nothing to fetch from."""
    row = connection.execute(_MAIL, {"update_id": update_id}).mappings().first()
    if row is None:
        return Added("There is no mail to fetch this file from.")
    if row["raw_deleted_by"] or not row["raw"]:
        return Added(_GONE)
    names = tuple(one.name for one in connection.execute(_FILES, {"update_id": update_id}))
    return Source(
        Custody.model_validate(dict(row)), tuple(LeftOut.model_validate(one) for one in row["left_out"]), names
    )


def add(
    connection: Connection, update_id: UUID, part: int, file: StoredFile, policy: FilePolicy, actor_id: UUID | None
) -> Added | FilesGone:
    """Adds a stored file to an update, in place of the note that it was left out; once, however often it is asked for.

    `actor_id` is the person who asks, to whom the limit of the count does not apply; None for casemail itself.
    """
    row = connection.execute(_LOCK, {"update_id": update_id}).first()
    if row is None or (actor_id and not _may(connection, actor_id)):
        return Added("You may not add files to this update.")
    items = _items(row)
    if part not in {item.part for item in items}:
        return Added()  # somebody was quicker
    if actor_id and not row.open:
        return Added("The case is closed: its updates stay as they are.")
    there = connection.execute(_FILES, {"update_id": update_id}).all()
    if problem := _why_not(file, there, policy, counted=actor_id is None):
        return problem
    if stored.keep(connection, [blob for blob in (file.blob, file.thumbnail) if blob]):
        return FilesGone()
    position = there[-1].position + 1 if there else 0
    connection.execute(_INSERT, file_row(row.tenant_id, update_id, position, file))
    _write(connection, update_id, [item for item in items if item.part != part])
    audit.record(connection, [Act(row.tenant_id, actor_id, "update.file_added", update_id, {"part": str(part)})])
    return Added()


def note(connection: Connection, update_id: UUID, added: Added, part: int | None = None) -> None:
    """Writes down why a file that waited for the scanner is left out after all; without `part`, of all that wait."""
    row = connection.execute(_LOCK, {"update_id": update_id}).first()
    if row is not None:
        news = {"reason": added.reason, "why": added.problem}
        _write(
            connection,
            update_id,
            [
                one.model_copy(update=news)
                if one.reason is FileReason.NOT_SCANNED and part in {None, one.part}
                else one
                for one in _items(row)
            ],
        )


def _may(connection: Connection, actor_id: UUID) -> bool:
    return connection.execute(_MAY, {"id": actor_id, "roles": sorted(MAY_ADD)}).first() is not None


def _items(row: Row[Any]) -> list[LeftOut]:
    return [LeftOut.model_validate(one) for one in row.left_out]


def _why_not(file: StoredFile, there: Sequence[Row[Any]], policy: FilePolicy, *, counted: bool) -> Added | None:
    together = file.size + sum(one.size for one in there)
    rules = (
        (file.sha256 not in {one.sha256 for one in there}, FileReason.SAME_FILE),
        (not counted or len(there) < policy.most_files, FileReason.TOO_MANY),
        (together <= policy.most_bytes_together, FileReason.TOO_LARGE_TOGETHER),
    )
    return next((Added(FILE_REASONS[reason], reason) for holds, reason in rules if not holds), None)


def _write(connection: Connection, update_id: UUID, items: list[LeftOut]) -> None:
    values = {
        "update_id": update_id,
        "left_out": json.dumps([item.model_dump(mode="json") for item in items]),
        "waits": any(item.reason is FileReason.NOT_SCANNED for item in items),
    }
    connection.execute(_WRITE, values)
