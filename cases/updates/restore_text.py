"""Puts text that was cut from a mail back into its update, and removes it again, when a person asks for it."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.audit import Act, record
from cases.people.directory import may_post, may_validate
from cases.refusal import Refusal
from schemas.tables import Role, now

_FIND = text("""
select u.tenant_id, u.text, u.cut, u.validated, u.author_id = p.id as wrote_it, c.open, p.role, t.most_text,
    g.require_validation, exists (select 1 from case_members m where m.case_id = c.id and m.user_id = p.id) as member
from updates u join cases c on c.id = u.case_id join tenants t on t.id = u.tenant_id
join access_groups g on g.id = u.access_group_id join users p on p.id = :by and p.active
where u.id = :update_id for update of u
""")
_WRITE = text("""
update updates set text = :text, cut = cast(:cut as jsonb), edited_by = :by, edited_at = :at where id = :update_id
""")


def may_edit(role: Role, *, wrote_it: bool, validated: bool, require_validation: bool) -> bool:
    """Returns whether a user may put back text into an update that they see: its author and staff may.

    If the access group requires validation and the update is validated, only users who may validate can: nobody has
    validated the text that was cut.
    """
    skips = may_validate(role) or not (validated and require_validation)
    return skips and (wrote_it or role is not Role.CLIENT)


def restore(connection: Connection, update_id: UUID, number: int, by: UUID) -> Refusal | None:
    """Puts a cut back where it stood; `number` is its index in `updates.cut`, and `by` the user who asks.

    Only people who see the update see the text. The cut stays in the list, marked as restored, so that the other cuts
    keep their numbers, and a second call changes nothing. Returns why it was refused, or None.
    """
    return _edit(connection, update_id, number, by, "update.cut_restored", put_back)


def undo(connection: Connection, update_id: UUID, number: int, by: UUID) -> Refusal | None:
    """Removes the text that `restore` put back. Returns why it was refused, or None."""
    return _edit(connection, update_id, number, by, "update.cut_removed", take_out)


_Change = Callable[[str, list[dict[str, Any]], int], tuple[str, list[dict[str, Any]]]]


def _edit(connection: Connection, update_id: UUID, number: int, by: UUID, act: str, change: _Change) -> Refusal | None:
    row = connection.execute(_FIND, {"update_id": update_id, "by": by}).first()
    if row is None or not 0 <= number < len(row.cut):
        return Refusal("There is no such text.")
    if refusal := _refusal(row):
        return refusal
    piece = row.cut[number]
    words, cut = change(row.text, row.cut, number)
    if (words, cut) == (row.text, row.cut):
        return None
    if len(words) > max(row.most_text, len(row.text)):
        return Refusal(f"With it the text would be longer than {row.most_text:,} characters.")
    values = {"text": words, "cut": json.dumps(cut), "update_id": update_id, "by": by, "at": now()}
    connection.execute(_WRITE, values)
    details = {"kind": str(piece["kind"]), "characters": str(len(piece["text"])), "number": str(number)}
    record(connection, [Act(row.tenant_id, by, act, update_id, details)])
    return None


def _refusal(row: Row[Any]) -> Refusal | None:
    role = Role(row.role)
    if not may_post(role, member=row.member):
        return Refusal("You may not post on this case.")
    if not may_edit(role, wrote_it=row.wrote_it, validated=row.validated, require_validation=row.require_validation):
        return Refusal(
            "Only its author, and people who work here, may change an update; where updates are validated, only people "
            "who validate them."
        )
    return None if row.open else Refusal("The case is closed: its updates stay as they are.")


def put_back(words: str, cut: list[dict[str, Any]], number: int) -> tuple[str, list[dict[str, Any]]]:
    """Returns the text with the cut `number` in it, on separate lines, and the cuts with their new positions.

    The cut notes in `added` how many characters were inserted, so that `take_out` finds them.
    """
    piece = cut[number]
    if piece.get("restored"):
        return words, cut
    at = min(piece["before"], len(words))
    left, right = words[:at], words[at:]
    added = ("\n" if left and not left.endswith("\n") else "") + piece["text"]
    added += "\n" if right and not right.startswith("\n") else ""

    def moved(place: int, other: dict[str, Any]) -> dict[str, Any]:
        before = min(other["before"], len(words))
        behind = before > at or (before == at and place > number)
        return {**other, "before": before + len(added) if behind else before}

    cuts = [moved(place, other) for place, other in enumerate(cut)]
    cuts[number] |= {"restored": True, "added": len(added)}
    return left + added + right, cuts


def take_out(words: str, cut: list[dict[str, Any]], number: int) -> tuple[str, list[dict[str, Any]]]:
    """Returns the text without the cut `number` that `put_back` inserted, and the cuts with their new positions."""
    piece = cut[number]
    if not piece.get("restored") or "added" not in piece:
        return words, cut
    at, end = piece["before"], piece["before"] + piece["added"]

    def moved(place: int, other: dict[str, Any]) -> dict[str, Any]:
        behind = other["before"] > at or (other["before"] == at and place > number)
        return {**other, "before": max(at, other["before"] - piece["added"]) if behind else other["before"]}

    cuts = [moved(place, other) for place, other in enumerate(cut)]
    cuts[number] = {name: value for name, value in cuts[number].items() if name not in ("restored", "added")}
    return words[:at] + words[end:], cuts
