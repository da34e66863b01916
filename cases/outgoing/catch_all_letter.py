"""Sends a test mail to the Inbound Email Catch-All, to show an admin where forwarded mail will arrive."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.outgoing import letters
from cases.outgoing.mime import one_line
from cases.refusal import Refusal
from schemas.tables import OutboxKind, new_id

#: The most tests of a tenant in an hour.
MOST = 10

_ACT = "settings.catch_all_tested"
# locks before tests are counted: of two requests at once, the second counts the test of the first
_TO = text("""
select t.catch_all, t.name as tenant_name, u.name as person
from tenants t join users u on u.tenant_id = t.id where t.id = :tenant_id and u.id = :by for no key update of t
""")
_TESTS = text("""
select count(*) from audit where subject_id = :tenant_id and act = :act and at > now() - interval '1 hour'
""")
_LAST = text("""
select o.to_email, o.state, o.error, o.sent_at
from audit a join outbox o on o.tenant_id = a.tenant_id and o.once = 'catch-all test ' || (a.details ->> 'test')
where a.subject_id = :tenant_id and a.act = :act order by a.at desc limit 1
""")
_WORDS = """\
{person} asks whether this address receives what {tenant} forwards.

It does, now that you read this: mail that can't become a case update will arrive here, with the reason.
"""


def post_test(connection: Connection, tenant_id: UUID, *, by: UUID) -> Refusal | None:
    """Puts a test mail to the saved catch-all into the outbox; `by` is the admin who asks for it.

    Returns why it was refused, or None.
    """
    to = connection.execute(_TO, {"tenant_id": tenant_id, "by": by}).one()
    if not to.catch_all:
        return Refusal("There is no Inbound Email Catch-All to test: write one and save it first.")
    if connection.execute(_TESTS, {"tenant_id": tenant_id, "act": _ACT}).scalar_one() >= MOST:
        return Refusal("That is enough for one hour. Try again later.")
    test_id, tenant = str(new_id()), one_line(to.tenant_name)
    words = _WORDS.format(person=one_line(to.person), tenant=tenant)
    content = {"subject": f"Test of the Inbound Email Catch-All of {tenant}", "text": words}
    letters.post(connection, tenant_id, OutboxKind.TEST, [(to.catch_all, content)], once=f"catch-all test {test_id}")
    details = {"address": to.catch_all, "test": test_id}
    audit.record(connection, [audit.Act(tenant_id, by, _ACT, tenant_id, details)])
    return None


def last_test(connection: Connection, tenant_id: UUID) -> Row[Any] | None:
    """Returns address, state, error and time of the tenant's last test mail; None when there was none."""
    return connection.execute(_LAST, {"tenant_id": tenant_id, "act": _ACT}).first()
