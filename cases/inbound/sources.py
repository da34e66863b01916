"""Mailboxes as sources of mail: what those who look after them do to them, each act in the audit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.audit import Act
from schemas.mailboxes import MailboxOptions, MailboxSecret, check_fields, check_name
from schemas.tables import OldMails, Paused, SourceKind, new_id
from storage.secret_box import SecretBox

#: Makes of source that a tenant may have: no tenant names folders of the machine.
OF_TENANTS = (SourceKind.IMAP, SourceKind.POP3)
#: Most mailboxes of a tenant: each may keep a connection open.
MOST_OF_TENANT = 100
#: Longest period, in seconds.
_LONGEST_PERIOD = 7 * 24 * 3600
#: Options that say which mails a source has: with others it is another mailbox.
_PLACE = ("host", "username", "folder")
#: Options that say who gets the secret to see: with others it is asked for anew, so that nobody sends it elsewhere.
_REACH = ("host", "port", "security", "username", "login", "client_id", "directory", "token_url")


@dataclass(frozen=True)
class Step:
    """One step of a connection test: what was tried, whether it went well (None: not tried), and what was found."""

    name: str
    good: bool | None
    words: str


@dataclass(frozen=True)
class Report:
    """What a connection test found, without secrets, to be copied to who looks after the server."""

    source: str
    at: datetime
    steps: tuple[Step, ...]

    @property
    def good(self) -> bool:
        """Whether the mailbox can be read, and done with as the source says."""
        return all(step.good is not False for step in self.steps)

    def text(self) -> str:
        """The report as plain text."""
        marks = {True: "ok    ", False: "FAILED", None: "-     "}
        lines = [f"{marks[step.good]} {step.name}: {step.words}" for step in self.steps]
        return "\n".join([f"Connection test of {self.source}, {self.at:%Y-%m-%d %H:%M:%S} UTC", *lines])


def state_of(row: Any) -> str:
    """How a source does, in plain words, from its row."""
    since = f" since {row.failing_since:%Y-%m-%d %H:%M} UTC" if row.failing_since else ""
    last = f"reads mail, last at {row.last_success_at:%Y-%m-%d %H:%M} UTC" if row.last_success_at else "not read yet"
    states = (
        (not row.active, "paused"),
        (row.paused_for == Paused.UNTESTED, "not fetched yet: its connection was not tested"),
        (row.paused_for, f"paused after its log-in was refused {row.login_failures} times: {row.last_error}"),
        (row.old_mails == OldMails.ASKED, f"waits for a decision on {row.old_count} old mails"),
        (row.failures, f"can't be read{since} (tries in a row: {row.failures}): {row.last_error}"),
        (row.left_behind, f"reads mail, but {row.left_behind} mails there could not be taken{_withheld(row)}"),
    )
    return next((words for applies, words in states if applies), last)


def _withheld(row: Any) -> str:
    return f": Microsoft Exchange can't convert {row.withheld} of them" if row.withheld else ""


def needs_care(row: Any) -> bool:
    """Whether somebody must look after a source, from its row: it does not take mail, or not all of it."""
    waits = row.paused_for or row.old_mails == OldMails.ASKED
    return bool(row.active and (waits or row.failures or row.left_behind))


@dataclass(frozen=True)
class Wanted:
    """A mailbox as it is to be. `secret` None: the one that is there stays."""

    name: str
    kind: SourceKind
    options: MailboxOptions
    secret: MailboxSecret | None = None
    period_seconds: int = 300
    recipient_fields: str = "Delivered-To,X-Original-To"

    def __post_init__(self) -> None:
        """Raises ValueError for a name, a period or fields that can't be."""
        check_name(self.name)
        check_fields(self.recipient_fields)
        if not 1 <= self.period_seconds <= _LONGEST_PERIOD:
            raise ValueError("Choose a period of at most a week.")


@dataclass(frozen=True)
class Actor:
    """Who acts, on a source of which tenant: a person of it, or whoever runs casemail, as the system role, which writes
    no audit: that is left to the caller."""

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
_ANEW = text("update sources set state = '{}', old_mails = 'ask', since = null where id = :id")
_FORGET = text("delete from source_taken where source_id = :id")
_NAMED = text("select 1 from sources where name = :name and tenant_id is not distinct from :tenant_id and id <> :id")


class TooManyError(ValueError):
    """A tenant has as many sources as it may have."""


class TakenNameError(ValueError):
    """Another source of the same owner has this name."""


class SecretMissingError(ValueError):
    """The mailbox is to be reached in another way, for which its secret must be given again."""


def add(
    connection: Connection,
    actor: Actor,
    seal: SecretBox,
    wanted: Wanted,
    *,
    old_mails: OldMails = OldMails.ASK,
    since: datetime | None = None,
    untested: bool = False,
) -> UUID:
    """Adds a mailbox, which is fetched at once, or if `untested` only after `tested`, or once it is resumed.

    Raises `TakenNameError`, `TooManyError`, and `SealError` when there is no key to seal its secret with.
    """
    source_id = new_id()
    _check_name(connection, actor, wanted.name, source_id)
    if actor.tenant_id and connection.execute(_COUNT, {"tenant_id": actor.tenant_id}).scalar_one() >= MOST_OF_TENANT:
        raise TooManyError(f"a tenant has at most {MOST_OF_TENANT} mail sources: change one that is there")
    secret = wanted.secret or MailboxSecret()
    connection.execute(
        _ADD,
        {
            **_columns(wanted),
            "id": source_id,
            "tenant_id": actor.tenant_id,
            "kind": wanted.kind.value,
            "secret": seal.seal(source_id, secret.model_dump_json()),
            "old_mails": old_mails.value,
            "since": since,
            "paused_for": Paused.UNTESTED if untested else Paused.NO,
        },
    )
    _note(connection, actor, "source.added", source_id, _told(wanted))
    return source_id


def change(connection: Connection, actor: Actor, seal: SecretBox, source_id: UUID, wanted: Wanted) -> bool:
    """Changes a mailbox and ends its pause for refused log-ins; whether there is one. With another server, user name or
    folder it is another mailbox, of whose old mails is asked anew. Raises as `add`, and `SecretMissingError`."""
    row = connection.execute(_READ, {"id": source_id}).first()
    if row is None:
        return False
    _check_name(connection, actor, wanted.name, source_id)
    now = wanted.options.model_dump(mode="json")
    if wanted.secret is None and any(row.options.get(name) != now[name] for name in _REACH):
        raise SecretMissingError("the way to the mailbox changes: give its password or token again")
    connection.execute(_CHANGE, {**_columns(wanted), "id": source_id})
    if wanted.secret is not None:
        connection.execute(_SECRET, {"id": source_id, "secret": seal.seal(source_id, wanted.secret.model_dump_json())})
    if any(row.options.get(name) != now[name] for name in _PLACE):
        connection.execute(_ANEW, {"id": source_id})
        connection.execute(_FORGET, {"id": source_id})
    before = {"name": row.name, "period": row.period_seconds, "recipient fields": row.recipient_fields, **row.options}
    after = {"name": wanted.name, "period": wanted.period_seconds, "recipient fields": wanted.recipient_fields, **now}
    changes = {name: f"{before.get(name)} to {value}" for name, value in after.items() if before.get(name) != value}
    if wanted.secret is not None:
        changes["password or token"] = "changed"
    _note(connection, actor, "source.changed", source_id, changes)
    return True


def tested(connection: Connection, source_id: UUID) -> bool:
    """Has a new source fetched whose connection works; False when it did not wait for that."""
    return connection.execute(_TESTED, {"id": source_id}).first() is not None


def remove(connection: Connection, actor: Actor, source_id: UUID) -> bool:
    """Deletes a source that is fetched, with its sealed secret, its gaps, and what was noted of mails that it has.

    What came in by it stays: mails, updates, and the batches, which are of no source then. A fetch that runs takes
    nothing more. False when there is no such source.
    """
    row = connection.execute(_DELETE, {"id": source_id}).first()
    if row is None:
        return False
    details = {"name": row.name, "kind": row.kind, "host": row.options.get("host", "")}
    _note(connection, actor, "source.removed", source_id, details)
    return True


def _columns(wanted: Wanted) -> dict[str, object]:
    return {
        "name": wanted.name,
        "fields": wanted.recipient_fields,
        "period": wanted.period_seconds,
        "options": wanted.options.model_dump_json(),
    }


def _told(wanted: Wanted) -> dict[str, str]:
    options = wanted.options
    return {"name": wanted.name, "kind": wanted.kind.value, "host": options.host, "user name": options.username}


def _check_name(connection: Connection, actor: Actor, name: str, source_id: UUID) -> None:
    if connection.execute(_NAMED, {"name": name, "tenant_id": actor.tenant_id, "id": source_id}).first():
        raise TakenNameError(f"there is a source of the name {name} already")


@dataclass(frozen=True)
class _Deed:
    """An act on a source: its statement, which gives back a row where it was done, and its name in the audit."""

    statement: str
    act: str
    also: tuple[str, ...] = field(default=())


#: What can be done to a source besides changing it; each takes `:id`, `:gap_id` and `:since`.
DEEDS: Mapping[str, _Deed] = {
    "pause": _Deed(
        "update sources set active = false, lease = lease + 1, leased_until = null "
        "where id = :id and active returning name",
        "source.paused",
    ),
    "resume": _Deed(
        "update sources set active = true, paused_for = '', login_failures = 0, next_at = now() "
        "where id = :id and (not active or paused_for <> '') returning name",
        "source.resumed",
    ),
    "fetch": _Deed(
        "update sources set next_at = now() where id = :id and active and paused_for = '' returning name",
        "source.fetched",
    ),
    "take_all": _Deed(
        "update sources set old_mails = 'all', next_at = now() where id = :id and old_mails = 'asked' returning name",
        "source.old_mails_taken",
        ("delete from source_taken where source_id = :id",),
    ),
    "take_since": _Deed(
        "update sources set old_mails = 'since', since = :since, next_at = now() "
        "where id = :id and old_mails = 'asked' returning name",
        "source.old_mails_left",
    ),
    "fetch_gap": _Deed(
        "update source_gaps set requested_at = now(), refetched_at = null where id = :gap_id and source_id = :id "
        "and (requested_at is null or refetched_at is not null) returning began_at",
        "source.gap_fetched",
        ("update sources set next_at = now() where id = :id",),
    ),
}


def act(
    connection: Connection,
    actor: Actor,
    deed: str,
    source_id: UUID,
    *,
    since: datetime | None = None,
    gap_id: UUID | None = None,
) -> bool:
    """Does one of `DEEDS`; whether anything was to be done."""
    chosen = DEEDS[deed]
    values = {"id": source_id, "since": since, "gap_id": gap_id}
    row = connection.execute(text(chosen.statement), _used(chosen.statement, values)).first()
    if row is None:
        return False
    for statement in chosen.also:
        connection.execute(text(statement), _used(statement, values))
    _note(connection, actor, chosen.act, source_id, {"since": since.isoformat()} if since else {})
    return True


def _used(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f":{name}" in statement}


def _note(connection: Connection, actor: Actor, name: str, source_id: UUID, details: Mapping[str, str]) -> None:
    if actor.tenant_id is not None and not actor.by_operator:
        audit.record(connection, [Act(actor.tenant_id, actor.user_id, name, source_id, details)])
