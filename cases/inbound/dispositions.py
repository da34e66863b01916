"""A tenant's choice of what to do with mails that don't post, by reason; `schemas.reasons` lists the choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.reasons import REASONS, Disposition, Reason
from schemas.tables import Receipts

_CHOSEN = text("select reason, disposition from dispositions where tenant_id = :tenant_id")
_CHOOSE = text("""
insert into dispositions (tenant_id, reason, disposition) values (:tenant_id, :reason, :disposition)
on conflict (tenant_id, reason) do update set disposition = excluded.disposition
""")

_POLICY = text("""
select catch_all, receipts, (
    select coalesce(jsonb_object_agg(reason, disposition), '{}') from dispositions where tenant_id = t.id) as chosen
from tenants t where id = :tenant_id
""")
# locked: a transaction that switches replies on waits until mails that are being held now are committed, and then
# releases them; or else it commits first, and these mails see the change
_REPLIES_ON = text("select replies_on from tenants where id = :tenant_id for share")


@dataclass(frozen=True)
class Policy:
    """A tenant's settings for mails that don't post: the catch-all, receipts, and the dispositions chosen by reason."""

    catch_all: str
    receipts: Receipts
    chosen: Mapping[str, str]


def policy(connection: Connection, tenant_id: UUID) -> Policy:
    """Returns the settings of a tenant."""
    row = connection.execute(_POLICY, {"tenant_id": tenant_id}).one()
    return Policy(row.catch_all, Receipts(row.receipts), row.chosen)


def replies_are_on(connection: Connection, tenant_id: UUID) -> bool:
    """Returns whether the tenant accepts email replies, and locks that setting until the transaction ends."""
    return bool(connection.execute(_REPLIES_ON, {"tenant_id": tenant_id}).scalar_one())


def disposition(reason: Reason, chosen: Mapping[str, str]) -> Disposition:
    """Returns what is done with mails of the reason: the tenant's choice if it is offered, else the default."""
    info = REASONS[reason]
    wanted = chosen.get(reason)
    return Disposition(wanted) if wanted in info.choices else info.disposition


def of_tenant(connection: Connection, tenant_id: UUID) -> dict[Reason, Disposition]:
    """Returns what is done with mails of each reason if a catch-all is set (without one, forward means hold)."""
    rows = connection.execute(_CHOSEN, {"tenant_id": tenant_id})
    chosen: dict[str, str] = {row.reason: row.disposition for row in rows}
    return {reason: disposition(reason, chosen) for reason in Reason}


def choose(connection: Connection, tenant_id: UUID, wanted: Mapping[Reason, Disposition]) -> dict[str, str]:
    """Sets what is done with mails of these reasons, and returns the changes for the audit.

    Raises `ValueError` for a choice that is not offered; then nothing is set.
    """
    for reason, choice in wanted.items():
        if choice not in REASONS[reason].choices:
            raise ValueError(f"{choice} is not offered for {reason}")
    now = of_tenant(connection, tenant_id)
    changed = {reason: choice for reason, choice in wanted.items() if now[reason] is not choice}
    for reason, choice in changed.items():
        connection.execute(_CHOOSE, {"tenant_id": tenant_id, "reason": reason, "disposition": choice})
    return {str(reason): str(choice) for reason, choice in changed.items()}
