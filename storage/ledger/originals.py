"""Reads the ledger row of a mail whose original is still kept, and which is not a repeated delivery."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.records import Custody
from schemas.tables import MailState

_FIND = text("""
select id as mail_id, tenant_id, raw, size, whole_size, recipient, sender, received_at, run, override, state,
    reason, ended_at is not null as ended
from mails where id = :id and raw_deleted_by = '' and duplicate_of is null
""")


@dataclass(frozen=True)
class Original:
    """A mail with its state; `ended` is whether that is an end state."""

    custody: Custody
    state: MailState
    reason: str
    ended: bool


def find(connection: Connection, mail_id: UUID) -> Original | None:
    """Returns the mail; None if the tenant has no such mail, it is a repeated delivery, or its original was deleted."""
    row = connection.execute(_FIND, {"id": mail_id}).mappings().first()
    if row is None:
        return None
    return Original(Custody.model_validate(dict(row)), MailState(row["state"]), row["reason"], row["ended"])
