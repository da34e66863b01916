"""What a tenant wants done with mails that don't post, reason by reason; `schemas.reasons` has what is offered."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.reasons import REASONS, Disposition, Reason

_CHOSEN = text("select reason, disposition from dispositions where tenant_id = :tenant_id")
_CHOOSE = text("""
insert into dispositions (tenant_id, reason, disposition) values (:tenant_id, :reason, :disposition)
on conflict (tenant_id, reason) do update set disposition = excluded.disposition
""")


def disposition(reason: Reason, chosen: Mapping[str, str]) -> Disposition:
    """What is done with mails of the reason, given what the tenant chose; a choice that is not offered is none."""
    info = REASONS[reason]
    wanted = chosen.get(reason)
    return Disposition(wanted) if wanted in info.choices else info.disposition


def of_tenant(connection: Connection, tenant_id: UUID) -> dict[Reason, Disposition]:
    """What is done for each reason, where a catch-all is set."""
    rows = connection.execute(_CHOSEN, {"tenant_id": tenant_id})
    chosen: dict[str, str] = {row.reason: row.disposition for row in rows}
    return {reason: disposition(reason, chosen) for reason in Reason}


def choose(connection: Connection, tenant_id: UUID, wanted: Mapping[Reason, Disposition]) -> dict[str, str]:
    """Sets what is done for some reasons, and returns those that this changes, for the audit.

    Raises `ValueError` for a choice that is not offered; then nothing is set.
    """
    for reason, one in wanted.items():
        if one not in REASONS[reason].choices:
            raise ValueError(f"{one} is not offered for {reason}")
    now = of_tenant(connection, tenant_id)
    changed = {reason: one for reason, one in wanted.items() if now[reason] is not one}
    for reason, one in changed.items():
        connection.execute(_CHOOSE, {"tenant_id": tenant_id, "reason": reason, "disposition": one})
    return {str(reason): str(one) for reason, one in changed.items()}
