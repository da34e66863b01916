"""The link with which a person sets a password, and the letter that carries the link.

A link is bound to the password at the time it was made: once another password is set, all older links are void. The
letter is written when it is sent, so that no link is stored in the database.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from itsdangerous import BadData
from sqlalchemy import Connection, text

from cases import audit
from cases.outgoing import letters
from cases.outgoing.letters import Letter
from cases.outgoing.mime import one_line
from cases.outgoing.signed_links import Secrets, signer
from cases.refusal import Refusal
from schemas.tables import OutboxKind

#: Seconds for which a link works.
VALID_SECONDS = 3 * 24 * 3600
#: The most letters to one person in a day that are requested on the log-in page; admins may request as many again.
MOST_A_DAY = 5
#: The path of the page that the link opens.
PATH = "/password"

_PURPOSE = "password"

_ACT = "user.password_mailed"
# locks before letters are counted: of two requests at once, the second counts the letter of the first
_TO = text("""
select u.email from users u join tenants t on t.id = u.tenant_id
where u.id = :user_id and u.active and t.active for no key update of u
""")
_LETTERS = text("""
select count(*) from audit where subject_id = :user_id and act = :act and at > now() - interval '1 day'
  and (actor_id is null) = :by_nobody
""")
_LOAD = text("""
select o.id, o.kind, o.to_email, o.created_at, t.name as tenant_name, t.mail_domain, t.id as tenant_id, t.slug,
    u.id as user_id, u.name, u.password_hash
from outbox o join tenants t on t.id = o.tenant_id join users u on u.id = cast(o.content ->> 'user' as uuid)
where o.id = any(:ids)
""")


def post(connection: Connection, tenant_id: UUID, user_id: UUID, *, by: UUID | None) -> Refusal | None:
    """Mails a link to an active user; `by` is the user who asks for it, None for a visitor who is not logged in.

    Returns why it was refused, or None.
    """
    email = connection.execute(_TO, {"user_id": user_id}).scalar()
    if email is None:
        return Refusal("Only an active person can set a password.")
    # requests of strangers don't use up the admins' letters
    values = {"user_id": user_id, "act": _ACT, "by_nobody": by is None}
    if connection.execute(_LETTERS, values).scalar_one() >= MOST_A_DAY:
        return Refusal("That is enough for one day: go on tomorrow, or hand a link over.")
    letters.post(connection, tenant_id, OutboxKind.PASSWORD, [(email, {"user": str(user_id)})])
    audit.record(connection, [audit.Act(tenant_id, by, _ACT, user_id)])
    return None


def link(secrets: Secrets, console_url: str, tenant_id: UUID, user_id: UUID, password_hash: str) -> str:
    """Returns the link: it carries tenant, user and a mark of the current password, signed now."""
    token = signer(secrets, _PURPOSE).dumps([tenant_id.hex, user_id.hex, _mark(password_hash)])
    return f"{console_url}{PATH}?token={token}"


def read(secrets: Secrets, signed: str) -> tuple[UUID, UUID, str] | None:
    """Returns the tenant, user and mark in a link; None when it is too old or was not made by casemail."""
    try:
        tenant_id, user_id, mark = signer(secrets, _PURPOSE).loads(signed, max_age=VALID_SECONDS)
    except BadData:
        return None
    return UUID(hex=tenant_id), UUID(hex=user_id), mark


def is_of(mark: str, password_hash: str) -> bool:
    """Returns whether the link with this mark was made for this password hash."""
    return hmac.compare_digest(_mark(password_hash), mark)


def load(connection: Connection, outbox_ids: Sequence[UUID], secrets: Secrets, console_url: str) -> list[Letter]:
    """Returns the letters of these outbox rows, each with a link that is signed now."""
    found = []
    for row in connection.execute(_LOAD, {"ids": list(outbox_ids)}).mappings():
        values = dict(row)
        tenant, person = one_line(values["tenant_name"]), one_line(values.pop("name"))
        user_id, password_hash = values.pop("user_id"), values.pop("password_hash")
        why, otherwise = (_AGAIN, _AS_BEFORE) if password_hash else (_FIRST, _NOT_YOU)
        words = _WORDS.format(
            why=why.format(person=person, tenant=tenant),
            link=link(secrets, console_url, values.pop("tenant_id"), user_id, password_hash),
            otherwise=otherwise,
            log_in=f"{console_url}/login?tenant={values.pop('slug')}",
            email=one_line(values["to_email"]),
        )
        found.append(Letter(**values, content={"subject": f"Set your password for {tenant}", "text": words}))
    return found


_FIRST = "{person}, you can log in at {tenant} from now on."
_AGAIN = "{person}, a new password was asked for at {tenant}."
_NOT_YOU = "If you do not know of this, do nothing."
_AS_BEFORE = "If you did not ask for it, do nothing: your password stays as it is."
_WORDS = """\
{why}

Open this page and choose a password:

{link}

The link works once, for three days. Then log in as {email}:

{log_in}

{otherwise}
"""


def _mark(password_hash: str) -> str:
    return sha256(b"password link" + password_hash.encode()).hexdigest()[:32]
