"""The link that confirms a further email address of a person, and the letter that carries the link.

The letter is written when it is sent, so that no link is stored in the database.
"""

from collections.abc import Sequence
from uuid import UUID

from itsdangerous import BadData
from sqlalchemy import Connection, text

from cases.outgoing.letters import Letter
from cases.outgoing.mime import one_line
from cases.outgoing.signed_links import Secrets, signer
from schemas.tables import OutboxKind
from storage import outbox

#: Seconds for which a link works after its letter was written.
VALID_SECONDS = 3 * 24 * 3600
_PURPOSE = "alias"

_LOAD = text("""
select o.id, o.kind, o.to_email, o.created_at, t.name as tenant_name, t.mail_domain, t.id as tenant_id,
    a.id as alias_id, a.email as alias, u.name as person
from outbox o join email_aliases a on a.id = o.alias_id join users u on u.id = a.user_id
join tenants t on t.id = o.tenant_id
where o.id = any(:ids)
""")
_TEXT = """\
Mail from {alias} shall count as mail from {person} at {tenant}.

If you are {person}, open this page and confirm:

{link}

The link works for three days. If you are somebody else, do nothing.
"""


def post(connection: Connection, tenant_id: UUID, alias_id: UUID, to_email: str) -> None:
    """Puts the letter with the link to `to_email` into the outbox."""
    outbox.put(connection, tenant_id, OutboxKind.ALIAS, [{"alias_id": alias_id, "to_email": to_email}])


def load(connection: Connection, outbox_ids: Sequence[UUID], secrets: Secrets, console_url: str) -> list[Letter]:
    """Returns the letters of these outbox rows, each with a link that is signed now."""
    found = []
    for row in connection.execute(_LOAD, {"ids": list(outbox_ids)}).mappings():
        values = dict(row)
        signed = token(secrets, values.pop("tenant_id"), values.pop("alias_id"))
        words = _TEXT.format(
            alias=one_line(values.pop("alias")),
            person=one_line(values.pop("person")),
            tenant=one_line(values["tenant_name"]),
            link=f"{console_url}/aliases/confirm?token={signed}",
        )
        content = {"subject": f"Confirm your email address for {values['tenant_name']}", "text": words}
        found.append(Letter(**values, content=content))
    return found


def token(secrets: Secrets, tenant_id: UUID, alias_id: UUID) -> str:
    """Returns the token in the link: tenant and alias, signed now with the first of the secrets."""
    return signer(secrets, _PURPOSE).dumps([tenant_id.hex, alias_id.hex])


def read(secrets: Secrets, signed: str) -> tuple[UUID, UUID] | None:
    """Returns the tenant and alias that a link names; None when it is too old or was not made by casemail."""
    try:
        tenant_id, alias_id = signer(secrets, _PURPOSE).loads(signed, max_age=VALID_SECONDS)
    except BadData:
        return None
    return UUID(tenant_id), UUID(alias_id)
