"""Makes a user the manager of a case, and notifies new managers and members by mail."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses.tokens import Keys
from cases.audit import Act
from cases.outgoing import letters, templates
from cases.refusal import Refusal
from schemas.tables import OutboxKind, TemplateKind

#: The text of the mail for a tenant that has no template for it.
DEFAULT = (
    "Hello {{Assignee.name}},\n\n{{Assigner.name}} has assigned case {{Case.case_number}}, {{Case.title}}, to you.\n\n"
    "Answer this mail, or write to {{Case.email_address}}, to post an update on the case.\n\n{{Tenant.name}}\n"
)

_PEOPLE = text("""
select u.id, u.name, u.email, u.active and u.role <> 'client' as may_manage, c.manager_id = u.id as manages,
    c.tenant_id, t.mail_domain, coalesce((select name from users where id = :by), t.name) as assigner
from cases c join users u on u.tenant_id = c.tenant_id and u.id = :user_id join tenants t on t.id = c.tenant_id
where c.id = :case_id for update of c
""")
_SET_MANAGER = text("update cases set manager_id = :user_id where id = :case_id")


def make_manager(
    connection: Connection, keys: Keys, case_id: UUID, user_id: UUID, *, by: UUID | None
) -> Refusal | None:
    """Makes a user who works for the tenant the manager of a case, with an entry in the audit, and notifies them.

    Does nothing when they are the manager already. `by` is None for the operator. Returns why it was refused, or None.
    """
    row = connection.execute(_PEOPLE, {"case_id": case_id, "user_id": user_id, "by": by}).first()
    if row is None or not row.may_manage:
        return Refusal("Choose somebody who works here and is active.")
    if not row.manages:
        connection.execute(_SET_MANAGER, {"case_id": case_id, "user_id": user_id})
        audit.record(connection, [Act(row.tenant_id, by, "case.manager_changed", case_id, {"manager": str(user_id)})])
        notify(connection, keys, case_id, user_id, by=by)
    return None


def notify(connection: Connection, keys: Keys, case_id: UUID, user_id: UUID, *, by: UUID | None) -> None:
    """Notifies a user by mail that they are now the manager or a member of a case; answers go to the case's address.

    A user is not notified of their own act. `by` is None for the operator.
    """
    row = connection.execute(_PEOPLE, {"case_id": case_id, "user_id": user_id, "by": by}).first()
    if row is None or user_id == by:
        return
    template = templates.read(connection, TemplateKind.ASSIGNMENT).get(TemplateKind.ASSIGNMENT, DEFAULT)
    values = templates.values_of_case(connection, keys, case_id)
    values |= {"Assigner.name": row.assigner, "Assignee.name": row.name}
    root = f"<case.{case_id}@{row.mail_domain}>"  # in the thread of the case
    content = {
        "subject": f"[{values['Case.case_number']}] {values['Case.title']}",
        "text": templates.fill(template, values),
        "reply_to": values["Case.email_address"],
        "in_reply_to": root,
        "references": root,
    }
    letters.post(connection, row.tenant_id, OutboxKind.ASSIGNMENT, [(row.email, content)])
