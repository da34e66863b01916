"""Adds a file that was left out of an update, when a person asks for it or once it could be scanned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from cases import audit
from cases.audit import Act
from cases.refusal import Refusal
from cases.updates.posting import FilesGone, file_row
from schemas.files import FILE_REASONS, FilePolicy, FileReason
from schemas.records import Custody, LeftOut, StoredFile
from schemas.tables import Role, UpdateFile, core
from storage import stored_files as stored

#: Roles that may add files that were left out.
MAY_ADD = frozenset({Role.ADMIN, Role.CASE_MANAGER})
#: Reasons that stay: asking for the file again can't help.
FINAL = frozenset({FileReason.EMPTY, FileReason.SAME_FILE})

_GONE = "The original of this mail was deleted: the file can no longer be fetched."

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
class Source:
    """The original mail of an update, from which left-out files are fetched. `names` are the files the update has."""

    custody: Custody
    left_out: tuple[LeftOut, ...]
    names: tuple[str, ...]

    def item(self, part: int) -> LeftOut | None:
        """Returns the left-out part with this number; None when it is not, or no longer, left out."""
        return next((item for item in self.left_out if item.part == part), None)


def find(connection: Connection, update_id: UUID) -> Source | Refusal:
    """Returns the mail of an update, in the scope of its tenant, or why nothing can be fetched from it."""
    row = connection.execute(_MAIL, {"update_id": update_id}).mappings().first()
    if row is None:
        return Refusal("There is no mail to fetch this file from.")
    if row["raw_deleted_by"] or not row["raw"]:
        return Refusal(_GONE)
    names = tuple(file.name for file in connection.execute(_FILES, {"update_id": update_id}))
    left_out = tuple(LeftOut.model_validate(item) for item in row["left_out"])
    return Source(Custody.model_validate(dict(row)), left_out, names)


def add(
    connection: Connection, update_id: UUID, part: int, file: StoredFile, policy: FilePolicy, *, by: UUID | None
) -> Refusal | FilesGone | None:
    """Adds a stored file to an update, in place of the note that it was left out. A second call changes nothing.

    `by` is the user who asks; None is casemail itself. The limit on the number of files binds casemail only.
    """
    row = connection.execute(_LOCK, {"update_id": update_id}).first()
    if row is None or (by and not _may(connection, by)):
        return Refusal("You may not add files to this update.")
    items = _items(row)
    if part not in {item.part for item in items}:
        return None  # somebody else has added it
    if by and not row.open:
        return Refusal("The case is closed: its updates stay as they are.")
    present = connection.execute(_FILES, {"update_id": update_id}).all()
    if refusal := _refusal(file, present, policy, counted=by is None):
        return refusal
    if stored.keep(connection, [blob for blob in (file.blob, file.thumbnail) if blob]):
        return FilesGone()
    position = present[-1].position + 1 if present else 0
    connection.execute(_INSERT, file_row(row.tenant_id, update_id, position, file))
    _write(connection, update_id, [item for item in items if item.part != part])
    audit.record(connection, [Act(row.tenant_id, by, "update.file_added", update_id, {"part": str(part)})])
    return None


def note(connection: Connection, update_id: UUID, refusal: Refusal, part: int | None = None) -> None:
    """Notes why a file that waited for the scanner is left out for good; without `part`, does so for all that wait."""
    row = connection.execute(_LOCK, {"update_id": update_id}).first()
    if row is None:
        return
    news = {"reason": refusal.file_reason, "why": refusal.words}

    def waits(item: LeftOut) -> bool:
        return item.reason is FileReason.NOT_SCANNED and part in {None, item.part}

    _write(connection, update_id, [item.model_copy(update=news) if waits(item) else item for item in _items(row)])


def _may(connection: Connection, user_id: UUID) -> bool:
    return connection.execute(_MAY, {"id": user_id, "roles": sorted(MAY_ADD)}).first() is not None


def _items(row: Row[Any]) -> list[LeftOut]:
    return [LeftOut.model_validate(item) for item in row.left_out]


def _refusal(file: StoredFile, present: Sequence[Row[Any]], policy: FilePolicy, *, counted: bool) -> Refusal | None:
    together = file.size + sum(other.size for other in present)
    rules = (
        (file.sha256 not in {other.sha256 for other in present}, FileReason.SAME_FILE),
        (not counted or len(present) < policy.most_files, FileReason.TOO_MANY),
        (together <= policy.most_bytes_together, FileReason.TOO_LARGE_TOGETHER),
    )
    broken = next((reason for holds, reason in rules if not holds), None)
    return Refusal(FILE_REASONS[broken], file_reason=broken) if broken else None


def _write(connection: Connection, update_id: UUID, items: list[LeftOut]) -> None:
    values = {
        "update_id": update_id,
        "left_out": json.dumps([item.model_dump(mode="json") for item in items]),
        "waits": any(item.reason is FileReason.NOT_SCANNED for item in items),
    }
    connection.execute(_WRITE, values)
