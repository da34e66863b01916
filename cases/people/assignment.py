"""Who a case is assigned to, and the mail that tells them, with the case's address to answer to."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses.tokens import Keys
from cases.audit import Act
from cases.outgoing import letters, templates
from schemas.tables import OutboxKind, TemplateKind

#: What the mail says where the tenant has no template for it.
DEFAULT = (
    "Hello {{Assignee.name}},\n\n{{Assigner.name}} has assigned case {{Case.case_number}}, {{Case.title}}, to you.\n\n"
    "Answer this mail, or write to {{Case.email_address}}, to post an update on the case.\n\n{{Tenant.name}}\n"
)

_PEOPLE = text("""
select u.id, u.name, u.email, u.active and u.role <> 'client' as may_manage, c.manager_id = u.id as manages,
    c.tenant_id, t.mail_domain, (select name from users where id = :actor_id) as actor
from cases c join users u on u.tenant_id = c.tenant_id and u.id = :user_id join tenants t on t.id = c.tenant_id
where c.id = :case_id for update of c
""")
_SET_MANAGER = text("update cases set manager_id = :user_id where id = :case_id")


def make_manager(connection: Connection, keys: Keys, case_id: UUID, user_id: UUID, actor_id: UUID) -> str:
    """Makes somebody who works for the tenant the manager of a case, and tells them by mail.

    Returns why not, in words; empty when it is done, or was so before. The act is in the audit.
    """
    row = connection.execute(_PEOPLE, {"case_id": case_id, "user_id": user_id, "actor_id": actor_id}).first()
    if row is None or not row.may_manage:
        return "Choose somebody who works here and is active."
    if row.manages:
        return ""
    connection.execute(_SET_MANAGER, {"case_id": case_id, "user_id": user_id})
    audit.record(connection, [Act(row.tenant_id, actor_id, "case.manager_changed", case_id, {"manager": str(user_id)})])
    tell(connection, keys, case_id, user_id, actor_id)
    return ""


def tell(connection: Connection, keys: Keys, case_id: UUID, user_id: UUID, actor_id: UUID) -> None:
    """Tells somebody by mail that a case is theirs now, as its manager or member; nobody is told of their own act."""
    row = connection.execute(_PEOPLE, {"case_id": case_id, "user_id": user_id, "actor_id": actor_id}).first()
    if row is None or user_id == actor_id:
        return
    template = templates.read(connection, TemplateKind.ASSIGNMENT).get(TemplateKind.ASSIGNMENT, DEFAULT)
    values = templates.values_of_case(connection, keys, case_id)
    values |= {"Assigner.name": row.actor, "Assignee.name": row.name}
    root = f"<case.{case_id}@{row.mail_domain}>"  # in the thread of the case
    content = {
        "subject": f"[{values['Case.case_number']}] {values['Case.title']}",
        "text": templates.fill(template, values),
        "reply_to": values["Case.email_address"],
        "in_reply_to": root,
        "references": root,
    }
    letters.post(connection, row.tenant_id, OutboxKind.ASSIGNMENT, [(row.email, content)])
