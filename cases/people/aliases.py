"""Email aliases: further addresses of a person, which count once somebody who reads mail there has said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from uuid import UUID

from itsdangerous import BadData
from sqlalchemy import Connection, insert, text

from cases import audit
from cases.addresses.compare import email_key
from cases.addresses.tokens import Keys
from cases.outgoing import account_letters
from cases.outgoing.account_letters import Event
from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from cases.outgoing.mime import header, mailbox, one_line, text_part, unstructured
from cases.outgoing.notices import sender
from cases.outgoing.signed_links import Secrets, signer
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.tables import Outbox, OutboxKind, OutboxState, core, new_id, now
from storage.ledger import decided

#: Aliases of one person, and links that one person may have mailed in a day: nobody floods a mailbox through us.
MOST, MOST_LINKS = 10, 20
#: Seconds for which a link works after its mail was written.
VALID_SECONDS = 3 * 24 * 3600
_PURPOSE = "alias"
#: Why an address can't become an alias, in words.
TAKEN = "That address belongs to a person of this organisation already."
OURS = "Addresses there are those of cases: nobody's own."


@dataclass(frozen=True)
class Alias:
    """A further address of a person; None in `confirmed_at` while the link in its mail was not followed."""

    id: UUID
    tenant_name: str
    person: str
    email: str
    confirmed_at: datetime | None


# before anything is counted: of two who ask at once the second counts what the first asked for
_LOCK = text("select from users where id in (:user_id, :by) order by id for no key update")
_OWN = text("""
select exists (select 1 from users where tenant_id = :tenant_id and email_key = :key
        and (:tell_taken or id = :user_id))
    or exists (select 1 from email_aliases where tenant_id = :tenant_id and email_key = :key
        and confirmed_at is not null and (:tell_taken or user_id = :user_id)) as taken,
    (select count(*) from email_aliases where user_id = :user_id and email_key <> :key) as aliases,
    (select mail_domain from tenants where id = :tenant_id) as mail_domain,
    (select count(*) from audit where tenant_id = :tenant_id and at > now() - interval '1 day'
        and act = 'alias.asked' and actor_id = :by) as links
""")
# a link that is asked for again finds the row of the first one
_ADD = text("""
insert into email_aliases (id, tenant_id, user_id, email, email_key, added_at)
select :id, tenant_id, id, :email, :key, now() from users where id = :user_id
on conflict (user_id, email_key) do update set email = excluded.email
returning id, xmax = 0 as is_new
""")
_ORDER = insert(core(Outbox))

_LOAD = text("""
select a.id, t.name as tenant_name, u.name as person, a.email, a.confirmed_at
from email_aliases a join users u on u.id = a.user_id join tenants t on t.id = a.tenant_id
where a.id = :alias_id and t.active
""")
# an alias of somebody else with the same key fails at the unique index
_CONFIRM = text("""
update email_aliases a set confirmed_at = now()
where id = :alias_id and confirmed_at is null and exists (select 1 from tenants t where t.id = a.tenant_id and t.active)
  and not exists (select 1 from users u where u.tenant_id = a.tenant_id and u.email_key = a.email_key)
  and not exists (select 1 from email_aliases o
    where o.tenant_id = a.tenant_id and o.email_key = a.email_key and o.confirmed_at is not null)
returning user_id, email
""")
_REMOVE = text("delete from email_aliases where id = :alias_id and user_id = :user_id returning email")


def ask(
    connection: Connection, tenant_id: UUID, user_id: UUID, email: str, *, by: UUID, tell_taken: bool, to: str = ""
) -> str:
    """Adds `email`, a plain address, to a person and has the link that confirms it mailed there, or to `to`: an address
    that is known to be theirs, where mail from `email` is what is asked about.

    Returns why not, in words; empty when it is done. `tell_taken` tells that it is somebody else's: who doesn't work
    for the tenant must not find out who is a user, and has a link mailed that can't confirm.
    Raises `LookupError` when the tenant has no such user.
    """
    key = email_key(email)
    values = {"tenant_id": tenant_id, "user_id": user_id, "key": key, "by": by, "tell_taken": tell_taken}
    connection.execute(_LOCK, {"user_id": user_id, "by": by})
    found = connection.execute(_OWN, values).one()
    problems = (
        (f".{key.rpartition('@')[2]}".endswith(f".{found.mail_domain}"), OURS),
        (found.taken, TAKEN),
        (found.aliases >= MOST, f"A person has at most {MOST} further addresses."),
        (found.links >= MOST_LINKS, "That is enough for one day: go on tomorrow."),
    )
    problem = next((words for holds, words in problems if holds), "")
    if not problem:
        alias = connection.execute(_ADD, {**values, "id": new_id(), "email": email}).first()
        if alias is None:
            raise LookupError(f"this tenant has no user {user_id}")
        connection.execute(_ORDER, _order(tenant_id, alias.id, to or email))
        if alias.is_new:
            account_letters.post(connection, tenant_id, user_id, Event.ALIAS_ASKED, address=email)
        audit.record(connection, [audit.Act(tenant_id, by, "alias.asked", user_id, {"address": email})])
    return problem


def _order(tenant_id: UUID, alias_id: UUID, email: str) -> dict[str, object]:
    at = now()
    return {
        "id": new_id(),
        "tenant_id": tenant_id,
        "kind": OutboxKind.ALIAS,
        "alias_id": alias_id,
        "to_email": email,
        "state": OutboxState.WAITING,
        "attempts": 0,
        "created_at": at,
        "due_at": at,
        "error": "",
    }


def load(connection: Connection, alias_id: UUID) -> Alias | None:
    """The alias that a link names; None when it was removed since."""
    row = connection.execute(_LOAD, {"alias_id": alias_id}).mappings().first()
    return Alias(**row) if row else None


def confirm(connection: Connection, tenant_id: UUID, alias_id: UUID) -> bool:
    """Lets the alias count from now on, and lets in the mails from it for which it was asked; those for which it was
    asked while it was being confirmed, when the link is opened again.

    Returns False when it counts already, or when the address is somebody's by now.
    Raises `sqlalchemy.exc.IntegrityError` when somebody else confirms the same address at the same moment.
    """
    alias = load(connection, alias_id)
    if alias is None:
        return False
    # mails before the alias, as whoever asks for one locks them: else the two could wait for each other
    waiting = decided.lock_for_alias(connection, alias.email)
    row = connection.execute(_CONFIRM, {"alias_id": alias_id}).first()
    acts = [audit.Act(tenant_id, None, "alias.confirmed", row.user_id, {"address": row.email})] if row else []
    if row:
        account_letters.post(connection, tenant_id, row.user_id, Event.ALIAS_CONFIRMED, address=row.email)
    if waiting and (row or alias.confirmed_at):
        decided.put_in_line(connection, waiting)
        acts += [audit.Act(tenant_id, None, "mail.replayed", mail_id, {"alias": alias.email}) for mail_id in waiting]
    audit.record(connection, acts)
    return row is not None


def remove(connection: Connection, tenant_id: UUID, user_id: UUID, alias_id: UUID, *, by: UUID) -> None:
    """Takes an alias off a person, with the mail that would confirm it; nothing happens when it is not there."""
    row = connection.execute(_REMOVE, {"alias_id": alias_id, "user_id": user_id}).first()
    if row is not None:
        audit.record(connection, [audit.Act(tenant_id, by, "alias.removed", user_id, {"address": row.email})])


def token(secrets: Secrets, tenant_id: UUID, alias_id: UUID) -> str:
    """What the link carries: tenant and alias, signed now with the first of the session secrets."""
    return signer(secrets, _PURPOSE).dumps([tenant_id.hex, alias_id.hex])


def read(secrets: Secrets, signed: str) -> tuple[UUID, UUID] | None:
    """Tenant and alias that a link names; None when it is too old or not one of ours."""
    try:
        tenant_id, alias_id = signer(secrets, _PURPOSE).loads(signed, max_age=VALID_SECONDS)
    except BadData:
        return None
    return UUID(tenant_id), UUID(alias_id)


@dataclass(frozen=True)
class Link:
    """All that the mail with the link says."""

    outbox_id: UUID
    to_email: str
    created_at: datetime
    alias_id: UUID
    tenant_id: UUID
    tenant_name: str
    mail_domain: str
    person: str
    address: str


_LINKS = text("""
select o.id as outbox_id, o.to_email, o.created_at, a.id as alias_id, t.id as tenant_id, t.name as tenant_name,
    t.mail_domain, u.name as person, a.email as address
from outbox o join email_aliases a on a.id = o.alias_id join users u on u.id = a.user_id
join tenants t on t.id = o.tenant_id
where o.id = any(:ids)
""")


def links(connection: Connection, outbox_ids: Sequence[UUID]) -> list[Link]:
    """The links that these rows of the outbox are to mail."""
    return [Link(**row) for row in connection.execute(_LINKS, {"ids": list(outbox_ids)}).mappings()]


def compose(link: Link, keys: Keys, secrets: Secrets, console_url: str) -> bytes:
    """The mail with the link, as bytes ready for SMTP (CRLF line ends)."""
    fields = (
        ("From", mailbox(link.tenant_name, sender(link.mail_domain))),
        ("To", link.to_email),
        ("Subject", unstructured(f"Confirm your email address for {link.tenant_name}")),
        ("Date", format_datetime(link.created_at)),
        ("Message-ID", f"<{link.outbox_id}@{link.mail_domain}>"),
        ("Auto-Submitted", "auto-generated"),
        (OWN_MAIL_FIELD, write_mark(keys, OwnMail(OwnKind.LETTER, link.outbox_id))),
        ("MIME-Version", "1.0"),
    )
    person, tenant = one_line(link.person), one_line(link.tenant_name)
    words = (
        f"Mail from {one_line(link.address)} shall count as mail from {person} at {tenant}.\n\n"
        f"If you are {person}, open this page and confirm:\n\n"
        f"{console_url}/aliases/confirm?token={token(secrets, link.tenant_id, link.alias_id)}\n\n"
        "The link works for three days. If you are somebody else, do nothing.\n"
    )
    return header(fields) + text_part("plain", words)
