"""Adds, changes and removes mailboxes as sources of mail, each time with an entry in the audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.audit import Act
from cases.refusal import Refusal
from schemas.mailboxes import MailboxOptions, MailboxSecret, check_fields, check_name
from schemas.tables import OldMails, Paused, SourceKind, new_id
from storage.secret_box import SecretBox

#: The kinds of source that a tenant may have. A folder of the machine is for the operator only.
OF_TENANTS = (SourceKind.IMAP, SourceKind.POP3)
#: The most mailboxes of a tenant: each may keep a connection open.
MOST_OF_TENANT = 100
#: The longest time between two fetches, in seconds.
_LONGEST_PERIOD = 7 * 24 * 3600
#: Options that say which mailbox it is: if any of them changes, casemail forgets which mails it has fetched.
_PLACE = ("host", "username", "folder")
#: Options that decide which server gets the secret: if any of them changes, the secret must be given again, so that
#: nobody can have a stored secret sent elsewhere.
_REACH = ("host", "port", "security", "username", "login", "client_id", "directory", "token_url")


@dataclass(frozen=True)
class Wanted:
    """The settings that a mailbox is to have. With `secret` None its stored secret stays."""

    name: str
    kind: SourceKind
    options: MailboxOptions
    secret: MailboxSecret | None = None
    period_seconds: int = 300
    recipient_fields: str = "Delivered-To,X-Original-To"

    def __post_init__(self) -> None:
        """Raises `ValueError` for a name, a period or fields that are not allowed."""
        check_name(self.name)
        check_fields(self.recipient_fields)
        if not 1 <= self.period_seconds <= _LONGEST_PERIOD:
            raise ValueError("Choose a period of at most a week.")


@dataclass(frozen=True)
class Actor:
    """The user or operator who acts on a source of a tenant or, with `tenant_id` None, of the machine.

    The operator acts as the system role, which can't write to the audit: the caller must.
    """

    tenant_id: UUID | None = None
    user_id: UUID | None = None
    by_operator: bool = False


_ADD = text("""
insert into sources (id, tenant_id, kind, name, location, recipient_fields, period_seconds, active, next_at, lease,
    failures, last_error, options, secret, state, old_mails, since, paused_for)
values (:id, :tenant_id, :kind, :name, '', :fields, :period, true, now(), 0, 0, '', cast(:options as jsonb), :secret,
    '{}', :old_mails, :since, :paused_for)
""")
_READ = text("select name, options, recipient_fields, period_seconds from sources where id = :id for update")
_CHANGE = text("""
update sources set name = :name, recipient_fields = :fields, period_seconds = :period,
    options = cast(:options as jsonb),
    paused_for = case when paused_for = 'untested' then paused_for else '' end, login_failures = 0, next_at = now(),
    lease = lease + 1,
    leased_until = null
where id = :id
""")
_COUNT = text("select count(*) from sources where tenant_id = :tenant_id and kind in ('imap', 'pop3')")
_SECRET = text("update sources set secret = :secret where id = :id")
_TESTED = text("""
update sources set paused_for = '', next_at = now() where id = :id and paused_for = 'untested' returning name
""")
_DELETE = text(
    "delete from sources where id = :id and kind in ('imap', 'pop3', 'maildir') returning name, kind, options"
)
_RESET = text("update sources set state = '{}', old_mails = 'ask', since = null where id = :id")
_FORGET = text("delete from source_taken where source_id = :id")
_NAMED = text("select 1 from sources where name = :name and tenant_id is not distinct from :tenant_id and id <> :id")


def add(
    connection: Connection,
    by: Actor,
    seal: SecretBox,
    wanted: Wanted,
    *,
    old_mails: OldMails = OldMails.ASK,
    since: datetime | None = None,
    untested: bool = False,
) -> UUID | Refusal:
    """Adds a mailbox and returns its id. It is fetched at once or, if `untested`, after `tested` or when resumed.

    Raises `SealError` when there is no key to seal its secret with.
    """
    source_id = new_id()
    if refusal := _taken(connection, by, wanted.name, source_id):
        return refusal
    if by.tenant_id and connection.execute(_COUNT, {"tenant_id": by.tenant_id}).scalar_one() >= MOST_OF_TENANT:
        return Refusal(f"A tenant has at most {MOST_OF_TENANT} mail sources: change one that is there.")
    secret = wanted.secret or MailboxSecret()
    connection.execute(
        _ADD,
        {
            **_columns(wanted),
            "id": source_id,
            "tenant_id": by.tenant_id,
            "kind": wanted.kind.value,
            "secret": seal.seal(source_id, secret.model_dump_json()),
            "old_mails": old_mails.value,
            "since": since,
            "paused_for": Paused.UNTESTED if untested else Paused.NO,
        },
    )
    record(connection, by, "source.added", source_id, _summary(wanted))
    return source_id


def change(connection: Connection, by: Actor, seal: SecretBox, source_id: UUID, wanted: Wanted) -> Refusal | None:
    """Changes a mailbox and ends its pause for refused log-ins. Returns why not, or None.

    With another server, user name or folder it is another mailbox: a person must decide again what to do with its old
    mails. Raises `SealError` as `add` does.
    """
    row = connection.execute(_READ, {"id": source_id}).first()
    if row is None:
        return Refusal("There is no such mail source.")
    if refusal := _taken(connection, by, wanted.name, source_id):
        return refusal
    now = wanted.options.model_dump(mode="json")
    if wanted.secret is None and any(row.options.get(name) != now[name] for name in _REACH):
        return Refusal("The way to the mailbox changes: give its password or token again.")
    connection.execute(_CHANGE, {**_columns(wanted), "id": source_id})
    if wanted.secret is not None:
        connection.execute(_SECRET, {"id": source_id, "secret": seal.seal(source_id, wanted.secret.model_dump_json())})
    if any(row.options.get(name) != now[name] for name in _PLACE):
        connection.execute(_RESET, {"id": source_id})
        connection.execute(_FORGET, {"id": source_id})
    before = {"name": row.name, "period": row.period_seconds, "recipient fields": row.recipient_fields, **row.options}
    after = {"name": wanted.name, "period": wanted.period_seconds, "recipient fields": wanted.recipient_fields, **now}
    changes = {name: f"{before.get(name)} to {value}" for name, value in after.items() if before.get(name) != value}
    if wanted.secret is not None:
        changes["password or token"] = "changed"
    record(connection, by, "source.changed", source_id, changes)
    return None


def tested(connection: Connection, source_id: UUID) -> bool:
    """Releases a new source for fetching after its connection test; returns False when it did not wait for the test."""
    return connection.execute(_TESTED, {"id": source_id}).first() is not None


def remove(connection: Connection, by: Actor, source_id: UUID) -> bool:
    """Deletes a mailbox or folder that is fetched, with its sealed secret, its gaps, and the notes on the mails in it.

    Mails and updates that came from it stay, and so do the batches, which then belong to no source. A running fetch
    takes no more mails. Returns False when there is no such source.
    """
    row = connection.execute(_DELETE, {"id": source_id}).first()
    if row is None:
        return False
    details = {"name": row.name, "kind": row.kind, "host": row.options.get("host", "")}
    record(connection, by, "source.removed", source_id, details)
    return True


def _columns(wanted: Wanted) -> dict[str, object]:
    return {
        "name": wanted.name,
        "fields": wanted.recipient_fields,
        "period": wanted.period_seconds,
        "options": wanted.options.model_dump_json(),
    }


def _summary(wanted: Wanted) -> dict[str, str]:
    options = wanted.options
    return {"name": wanted.name, "kind": wanted.kind.value, "host": options.host, "user name": options.username}


def _taken(connection: Connection, by: Actor, name: str, source_id: UUID) -> Refusal | None:
    taken = connection.execute(_NAMED, {"name": name, "tenant_id": by.tenant_id, "id": source_id}).first()
    return Refusal(f"There is a source of the name {name} already.") if taken else None


def record(connection: Connection, by: Actor, act: str, source_id: UUID, details: Mapping[str, str]) -> None:
    """Writes an act on a source into the audit, unless the operator acts."""
    if by.tenant_id is not None and not by.by_operator:
        audit.record(connection, [Act(by.tenant_id, by.user_id, act, source_id, details)])
