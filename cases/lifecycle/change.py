"""Edits, closes, reopens and archives a case, each with an entry in the audit.

All functions work in the scope of the case's tenant, and raise `LookupError` when this tenant has no such case. `by` is
None for the operator.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.lifecycle.create import check
from cases.refusal import FieldRefusal, Refusal

#: The longest reason for closing a case, in characters.
LONGEST_REASON = 500

# locked, so that two people who change a case at once do it one after the other
_CASE = text("""
select tenant_id, title, kind, open, archived_at is not null as archived from cases where id = :id for no key update
""")
_EDIT = text("update cases set title = :title, kind = :kind where id = :id")
_CLOSE = text("update cases set open = false, closed_at = now(), closed_for = :reason where id = :id")
_REOPEN = text("update cases set open = true, closed_at = null, closed_for = '', archived_at = null where id = :id")
_ARCHIVE = text("update cases set archived_at = now() where id = :id")


def edit(connection: Connection, case_id: UUID, *, title: str, kind: str, by: UUID | None) -> FieldRefusal | None:
    """Changes the title and the type of a case. Returns why it was refused, or None."""
    case = _lock(connection, case_id)
    if refused := check(title, kind):
        return refused
    before = {"title": case.title, "kind": case.kind}
    changes = {name: value for name, value in {"title": title, "kind": kind}.items() if value != before[name]}
    if changes:
        connection.execute(_EDIT, {"id": case_id, "title": title, "kind": kind})
        _record(connection, case, case_id, "case.edited", by, changes)
    return None


def close(connection: Connection, case_id: UUID, reason: str, *, by: UUID | None) -> Refusal | None:
    """Closes a case, for a reason in words. Returns why it was refused, or None; does nothing when it is closed."""
    case = _lock(connection, case_id)
    if len(reason) > LONGEST_REASON:
        return Refusal(f"A reason has at most {LONGEST_REASON} characters.")
    if case.open:
        connection.execute(_CLOSE, {"id": case_id, "reason": reason})
        _record(connection, case, case_id, "case.closed", by, {"reason": reason} if reason else {})
    return None


def reopen(connection: Connection, case_id: UUID, *, by: UUID | None, how: str = "") -> None:
    """Opens a closed or archived case again; does nothing when it is open. `how` says what did it, if not a person."""
    case = _lock(connection, case_id)
    if not case.open:
        connection.execute(_REOPEN, {"id": case_id})
        _record(connection, case, case_id, "case.reopened", by, {"by": how} if how else {})


def archive(connection: Connection, case_id: UUID, *, by: UUID | None) -> Refusal | None:
    """Takes a closed case out of the lists. Returns why it was refused, or None; does nothing when it is archived."""
    case = _lock(connection, case_id)
    if case.open:
        return Refusal("Close the case first.")
    if not case.archived:
        connection.execute(_ARCHIVE, {"id": case_id})
        _record(connection, case, case_id, "case.archived", by, {})
    return None


def _lock(connection: Connection, case_id: UUID) -> Row[Any]:
    row = connection.execute(_CASE, {"id": case_id}).first()
    if row is None:
        raise LookupError(f"this tenant has no case {case_id}")
    return row


def _record(
    connection: Connection, case: Row[Any], case_id: UUID, act: str, by: UUID | None, details: Mapping[str, str]
) -> None:
    audit.record(connection, [audit.Act(case.tenant_id, by, act, case_id, details)])
