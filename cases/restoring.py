"""What was cut from a mail, put back into the text of its update by a person who misses it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from cases.audit import Act, record
from cases.directory import may_post
from schemas.tables import Role

_FIND = text("""
select u.tenant_id, u.text, u.cut, c.open, p.role, t.most_text,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = p.id) as member
from updates u join cases c on c.id = u.case_id join tenants t on t.id = u.tenant_id
join users p on p.id = :actor_id and p.active
where u.id = :update_id for update of u
""")
_WRITE = text("update updates set text = :text, cut = cast(:cut as jsonb) where id = :update_id")


@dataclass(frozen=True)
class Restored:
    """What came of it; `problem` is why nothing was put back, in words, or empty."""

    problem: str = ""


def restore(connection: Connection, update_id: UUID, number: int, actor_id: UUID) -> Restored:
    """Puts the cut of this number (in the order of `updates.cut`, from 0) back to where it stood, as `actor_id`.

    Whoever may post on the case may do that. The cut stays in the list, marked, so that the numbers of the others hold
    and doing it twice does nothing.
    """
    row = connection.execute(_FIND, {"update_id": update_id, "actor_id": actor_id}).first()
    if row is None or not 0 <= number < len(row.cut):
        return Restored("There is no such text to put back.")
    if not may_post(Role(row.role), member=row.member):
        return Restored("You may not post on this case.")
    if not row.open:
        return Restored("The case is closed: its updates stay as they are.")
    piece = row.cut[number]
    if piece.get("restored"):
        return Restored()
    words, cut = put_back(row.text, row.cut, number)
    if len(words) > row.most_text:
        return Restored(f"With it the text would be longer than {row.most_text:,} characters.")
    connection.execute(_WRITE, {"text": words, "cut": json.dumps(cut), "update_id": update_id})
    details = {"kind": str(piece["kind"]), "characters": str(len(piece["text"])), "number": str(number)}
    record(connection, [Act(row.tenant_id, actor_id, "update.cut_restored", update_id, details)])
    return Restored()


def put_back(words: str, cut: list[dict[str, Any]], number: int) -> tuple[str, list[dict[str, Any]]]:
    """The text with the cut of this number in it, on lines of its own, and the cuts with their new places."""
    piece = cut[number]
    at = min(piece["before"], len(words))
    left, right = words[:at], words[at:]
    added = ("\n" if left and not left.endswith("\n") else "") + piece["text"]
    added += "\n" if right and not right.startswith("\n") else ""

    def moved(place: int, other: dict[str, Any]) -> dict[str, Any]:
        before = min(other["before"], len(words))
        behind = before > at or (before == at and place > number)
        return {**other, "before": before + len(added) if behind else before}

    cuts = [moved(place, other) for place, other in enumerate(cut)]
    cuts[number]["restored"] = True
    return left + added + right, cuts
