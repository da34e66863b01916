"""Validation: an update that waits is shown to everybody, and its notices go out, once somebody who may says so."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit, posting, recipients
from cases.directory import may_validate
from cases.recipients import Telling
from schemas.tables import Role, now

# of two who click at once the second waits for the row, and then finds it validated
_VALIDATE = text("""
update updates u set validated = true, to_tell = '{}'
from cases c, tenants t, access_groups g
where u.id = :update_id and u.case_id = :case_id and not u.validated
  and c.id = u.case_id and t.id = u.tenant_id and g.id = u.access_group_id and :role = any(g.may_see)
returning u.tenant_id, u.author_id, c.manager_id, u.access_group_id, old.to_tell, u.refresh_last_update,
    t.replies_on
""")


def validate(connection: Connection, case_id: UUID, update_id: UUID, *, by: UUID, role: Role) -> bool:
    """Validates a waiting update of the case for `by`, whose role is `role`, and tells those whom it was to tell.

    They are looked up anew: who was archived meanwhile is not told. False when there is nothing to validate for them.
    """
    row = (
        may_validate(role)
        and connection.execute(_VALIDATE, {"update_id": update_id, "case_id": case_id, "role": role}).first()
    )
    if not row:
        return False
    telling = Telling(
        update_id=update_id,
        tenant_id=row.tenant_id,
        case_id=case_id,
        author_id=row.author_id,
        manager_id=row.manager_id,
        group_id=row.access_group_id,
        chosen=row.to_tell,
        answers=None,
        with_address=row.replies_on,
    )
    at = now()
    told = recipients.find(connection, [telling])
    recipients.tell(connection, [(telling, told[0])], at)
    audit.record(connection, [audit.Act(row.tenant_id, by, "update.validated", update_id)])
    if row.refresh_last_update:
        posting.refresh(connection, [(case_id, at)])
    return True
