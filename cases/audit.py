"""Who did what: acts are written in the transaction of what they tell, so that neither is there without the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, insert

from schemas.tables import Audit, core, new_id, now

_INSERT = insert(core(Audit))


@dataclass(frozen=True)
class Act:
    """`actor_id` did `act` (such as `mail.accepted`) to the row `subject_id`; None for casemail itself."""

    tenant_id: UUID
    actor_id: UUID | None
    act: str
    subject_id: UUID
    details: Mapping[str, str] = field(default_factory=dict)


def record(connection: Connection, acts: Sequence[Act]) -> None:
    """Writes the acts in the open transaction of their tenant."""
    if acts:
        at = now()
        rows = [{**vars(act), "details": dict(act.details), "id": new_id(), "at": at} for act in acts]
        connection.execute(_INSERT, rows)
