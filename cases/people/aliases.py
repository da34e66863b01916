"""Email aliases: further addresses of a person. An alias counts once the person has followed a link mailed to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses.compare import email_key
from cases.outgoing import account_letters, alias_link
from cases.outgoing.account_letters import Event
from cases.refusal import Refusal
from schemas.tables import new_id
from storage.ledger import decided

#: The most aliases of a person, and the most links that a user may request in a day, so that nobody floods a mailbox.
MOST, MOST_LINKS = 10, 20
#: Why an address can't become an alias, in words.
TAKEN = "That address belongs to a person of this organisation already."
OURS = "Addresses there are those of cases: nobody's own."


@dataclass(frozen=True)
class Alias:
    """A further address of a person; `confirmed_at` is None until the mailed link is followed."""

    id: UUID
    tenant_name: str
    person: str
    email: str
    confirmed_at: datetime | None


# locks before anything is counted: of two requests at once, the second counts what the first added
_LOCK = text("select from users where id in (:user_id, :by) order by id for no key update")
_CHECK = text("""
select exists (select 1 from users where tenant_id = :tenant_id and email_key = :key
        and (:tell_taken or id = :user_id))
    or exists (select 1 from email_aliases where tenant_id = :tenant_id and email_key = :key
        and confirmed_at is not null and (:tell_taken or user_id = :user_id)) as taken,
    (select count(*) from email_aliases where user_id = :user_id and email_key <> :key) as aliases,
    (select mail_domain from tenants where id = :tenant_id) as mail_domain,
    (select count(*) from audit where tenant_id = :tenant_id and at > now() - interval '1 day'
        and act = 'alias.asked' and actor_id = :by) as links
""")
# a second request for a link finds the row of the first request
_ADD = text("""
insert into email_aliases (id, tenant_id, user_id, email, email_key, added_at)
select :id, tenant_id, id, :email, :key, now() from users where id = :user_id
on conflict (user_id, email_key) do update set email = excluded.email
returning id, xmax = 0 as is_new
""")
_LOAD = text("""
select a.id, t.name as tenant_name, u.name as person, a.email, a.confirmed_at
from email_aliases a join users u on u.id = a.user_id join tenants t on t.id = a.tenant_id
where a.id = :alias_id and t.active
""")
# fails at the unique index when another person's alias with the same key is confirmed at the same moment
_CONFIRM = text("""
update email_aliases a set confirmed_at = now()
where id = :alias_id and confirmed_at is null and exists (select 1 from tenants t where t.id = a.tenant_id and t.active)
  and not exists (select 1 from users u where u.tenant_id = a.tenant_id and u.email_key = a.email_key)
  and not exists (select 1 from email_aliases o
    where o.tenant_id = a.tenant_id and o.email_key = a.email_key and o.confirmed_at is not null)
returning user_id, email
""")
_REMOVE = text("delete from email_aliases where id = :alias_id and user_id = :user_id returning email")


def check(
    connection: Connection, tenant_id: UUID, user_id: UUID, email: str, *, by: UUID, tell_taken: bool
) -> Refusal | None:
    """Returns why `email`, a plain address, can't become an alias of a person when the user `by` asks for it; or None.

    With `tell_taken`, an address that belongs to another user is refused. A client must not learn who is a user:
    without `tell_taken` it is not refused, but the mailed link can't confirm it. Locks both users, so that the answer
    holds until the end of the transaction.
    """
    key = email_key(email)
    values = {"tenant_id": tenant_id, "user_id": user_id, "key": key, "by": by, "tell_taken": tell_taken}
    connection.execute(_LOCK, {"user_id": user_id, "by": by})
    found = connection.execute(_CHECK, values).one()
    rules = (
        (f".{key.rpartition('@')[2]}".endswith(f".{found.mail_domain}"), OURS),
        (found.taken, TAKEN),
        (found.aliases >= MOST, f"A person has at most {MOST} further addresses."),
        (found.links >= MOST_LINKS, "That is enough for one day: go on tomorrow."),
    )
    return next((Refusal(words) for broken, words in rules if broken), None)


def add(connection: Connection, tenant_id: UUID, user_id: UUID, email: str, *, by: UUID, to: str = "") -> None:
    """Adds `email` to a person's addresses, after `check`, and mails the link that confirms it.

    The link goes to `email`, or to `to` if it is given: an address that is known to be the person's. Raises
    `LookupError` when the tenant has no such user.
    """
    values = {"user_id": user_id, "key": email_key(email), "id": new_id(), "email": email}
    alias = connection.execute(_ADD, values).first()
    if alias is None:
        raise LookupError(f"this tenant has no user {user_id}")
    alias_link.post(connection, tenant_id, alias.id, to or email)
    if alias.is_new:
        account_letters.post(connection, tenant_id, user_id, Event.ALIAS_ASKED, address=email)
    audit.record(connection, [audit.Act(tenant_id, by, "alias.asked", user_id, {"address": email})])


def ask(
    connection: Connection, tenant_id: UUID, user_id: UUID, email: str, *, by: UUID, tell_taken: bool
) -> Refusal | None:
    """Calls `check`, then `add` if it found no reason against it; returns the reason, or None."""
    refusal = check(connection, tenant_id, user_id, email, by=by, tell_taken=tell_taken)
    if refusal is None:
        add(connection, tenant_id, user_id, email, by=by)
    return refusal


def load(connection: Connection, alias_id: UUID) -> Alias | None:
    """Returns the alias with the id that a link carries; None when it was removed since."""
    row = connection.execute(_LOAD, {"alias_id": alias_id}).mappings().first()
    return Alias(**row) if row else None


def confirm(connection: Connection, tenant_id: UUID, alias_id: UUID) -> bool:
    """Makes the alias count from now on, and releases the mails that were held for its confirmation.

    Mails that are held while it is being confirmed are released when the link is opened again. Returns False when the
    alias is gone or counts already, or when the address now belongs to another user. Raises
    `sqlalchemy.exc.IntegrityError` when another user confirms the same address at the same moment.
    """
    alias = load(connection, alias_id)
    if alias is None:
        return False
    # locks mails before the alias, as `cases.inbound.decisions` does: otherwise the two could deadlock
    waiting = decided.lock_for_alias(connection, alias.email)
    row = connection.execute(_CONFIRM, {"alias_id": alias_id}).first()
    acts = [audit.Act(tenant_id, None, "alias.confirmed", row.user_id, {"address": row.email})] if row else []
    if row:
        account_letters.post(connection, tenant_id, row.user_id, Event.ALIAS_CONFIRMED, address=row.email)
    if waiting and (row or alias.confirmed_at):
        decided.put_in_queue(connection, waiting)
        acts += [audit.Act(tenant_id, None, "mail.replayed", mail_id, {"alias": alias.email}) for mail_id in waiting]
    audit.record(connection, acts)
    return row is not None


def remove(connection: Connection, tenant_id: UUID, user_id: UUID, alias_id: UUID, *, by: UUID | None) -> None:
    """Removes an alias of a person, and a link to it that was not mailed yet; does nothing when the alias is gone."""
    row = connection.execute(_REMOVE, {"alias_id": alias_id, "user_id": user_id}).first()
    if row is not None:
        audit.record(connection, [audit.Act(tenant_id, by, "alias.removed", user_id, {"address": row.email})])
