"""Erasing a person on request (such as GDPR article 17): what they wrote by mail, and their account, if it is to go.

Of a mail its mark stays: the ledger row with its content key, so that the same mail delivered again is a duplicate, and
does not come back. The row keeps what names nobody: when the mail came, how it ended. Updates are the tenant's record
of the case, and stay, unless they are to go too: then their words and files go, and the update stands there as erased,
so that what answers it still has its place. Of an account its row stays, without a name or an address, as the author of
what is kept. What becomes of each text in the database stands in `cases.erasure.columns`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from cases import audit
from cases.audit import Act
from cases.erasure.columns import BY_OWNER, COLUMNS, Fate
from cases.erasure.identity import Identity, identify
from cases.files import signature_pictures
from cases.people.users import ADMINS, LAST_ADMIN
from schemas.errors import CasemailError
from schemas.tables import Deletion, Role
from storage import stored_files
from storage.database import Database

#: What stands where the words of an update were.
ERASED_WORDS = "Erased on request."
#: What an erased account is called.
ERASED_NAME = "Erased person"
#: What stands where an address, or a name, was in the words of others.
_INSTEAD = "[erased]"
#: Why an account can't be erased, in words.
OWN_ACCOUNT = "This is your own account: ask another admin."

# Who sent a mail that could not be read is known from its envelope alone. A mail that posted is the person's from
# whichever of their addresses; one that was erased before is found again only to erase its update as well. A delivery
# report is about the person by the reply address that it came to, or by what was found in it.
_FIND = text("""
with own as (
    select id, false as report from mails
    where lower(author) ~* :exactly or (author = '' and lower(sender) ~* :exactly)
    union select mail_id, false from updates where author_id = :person_id and mail_id is not null
    union select id, true from mails where (sender = '' or reason = 'bounce') and not lower(author) ~* :exactly
      and (substring(lower(recipient) from '([a-z2-7]{16})[a-z2-7]{16}@') = any(cast(:handles as text[]))
        or (reason = 'bounce' and concat_ws(' ', evidence::text, subject) ~* :within))
)
select m.id, m.ended_at is not null as ended,
    coalesce((select bool_and(own.report) from own where own.id in (m.id, m.duplicate_of)), false) as report
from mails m
where (id in (select id from own) or duplicate_of in (select id from own))
  and (raw_deleted_by not like 'erasure%' or (:updates and state = 'posted' and raw_deleted_by = 'erasure'))
order by id for update
""")

_BLANK = text("""
update mails set author = '', subject = '', sender = '', evidence = '{}', override = null, run = run + 1,
    source_ref = 'erased ' || id,
    recipient = case when state = 'posted' then recipient else '@' || split_part(recipient, '@', -1) end,
    reason = case when state = 'held' then 'erased' else reason end,
    state = case when state = 'held' then 'dropped' else state end,
    raw_deleted_by = :by, raw_deleted_at = null
where id = any(:ids)
""")
_FORGET_PROOFS = text("""
with unproven as (delete from unproven_mails where mail_id = any(:ids))
delete from sender_words where mail_id = any(:ids)
""")
# one that has not gone out yet does not
_BLANK_RECEIPTS = text("""
update outbox set content = null, to_email = '', error = '',
    state = case when state = 'waiting' then 'failed' else state end
where mail_id = any(:ids) and kind = 'receipt'
""")
_FORGET_BOUNCES = text("""
update update_recipients set bounced_at = null, bounced_address = null, bounce_permanent = null, bounce_words = null
where user_id = :person_id and bounced_at is not null
""")

# what was cut from a mail, and what was left out, is of the mail, not of the update
_UNCUT = text("update updates set cut = '[]', left_out = '[]', files_due_at = null where mail_id = any(:ids)")
_OF_PERSON = "(u.author_id = :person_id or u.mail_id = any(:ids)) and u.text <> :words"
_DROP_FILES = text(f"""
delete from update_files where update_id in (select id from updates u where {_OF_PERSON}) returning blob, thumbnail
""")  # noqa: S608  # only constants of ours are put in
_BLANK_UPDATES = text(f"""
update updates u set text = :words, cut = '[]', left_out = '[]', files_due_at = null, decision_note = ''
where {_OF_PERSON}
""")  # noqa: S608
_KEPT = text("select count(*) from updates u where author_id = :person_id and text <> :words")

_BLANK_LETTERS = text("""
update outbox o set content = null, to_email = '', error = '',
    state = case when state = 'waiting' then 'failed' else state end
where kind not in ('catch_all', 'test') and to_email <> '' and (lower(to_email) ~* :exactly
    or recipient_id in (select id from update_recipients where user_id = :person_id)
    or content ->> 'user' = cast(:person_id as text))
""")
_BLANK_FORWARDS = text("""
update outbox set to_email = ''
where kind in ('catch_all', 'test') and state <> 'waiting' and lower(to_email) ~* :exactly
""")
_BLANK_RECIPIENTS = text("""
update update_recipients set email = '', handle = null, bounced_at = null, bounced_address = null,
    bounce_permanent = null, bounce_words = null
where user_id = :person_id
""")
_DROP_ALIASES = text("delete from email_aliases where user_id = :person_id")
_BLANK_USER = text("""
update users set name = :name, email = '', email_key = 'erased ' || id, password_hash = '', active = false
where id = :person_id
""")
# of a mail of somebody else that went through a mailbox of theirs, or was made for it
_BLANK_ENVELOPES = text("""
update mails set sender = case when lower(sender) ~* :exactly then '' else sender end,
    recipient = case when state <> 'posted' and recipient ~* :within
        then '@' || split_part(recipient, '@', -1) else recipient end
where ended_at is not null
  and (lower(sender) ~* :exactly or (state <> 'posted' and recipient ~* :within))
""")
_BY_OWNER = text("select erase_words(:pattern, :instead)")


class NotErasableError(CasemailError):
    """The account can't be erased; the message says why, in words for a person."""


@dataclass(frozen=True)
class Erased:
    """How many of each were erased: mails that the person wrote; delivery reports about them; updates that lost their
    words, and files; letters to them; lines of recipient logs; further addresses; texts of others in which they stood.

    `kept` are updates of theirs that stay, `on_their_way` mails that have not ended: those are left alone. `account`:
    whether there is one that goes.
    """

    mails: int = 0
    reports: int = 0
    updates: int = 0
    files: int = 0
    letters: int = 0
    recipients: int = 0
    aliases: int = 0
    mentions: int = 0
    kept: int = 0
    on_their_way: int = 0
    account: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing to erase."""
        return replace(self, kept=0, on_their_way=0) == Erased()


#: What went, by the names of `Erased`: for one and for several.
_WORDS = {
    "mails": ("mail that they wrote", "mails that they wrote"),
    "reports": ("delivery report about them", "delivery reports about them"),
    "updates": ("update's words", "updates' words"),
    "files": ("file of an update", "files of updates"),
    "letters": ("letter to them", "letters to them"),
    "recipients": ("line in the recipients of updates", "lines in the recipients of updates"),
    "aliases": ("further address", "further addresses"),
    "mentions": ("text of others in which they are named", "texts of others in which they are named"),
}


def in_words(numbers: Mapping[str, Any]) -> list[str]:
    """What went, or would go, in words: one for each kind of which there is any. `numbers` are the fields of `Erased`,
    or what the audit has of them."""
    counts = {name: int(numbers.get(name, 0)) for name in _WORDS}
    words = [f"{count:,} {_WORDS[name][count != 1]}" for name, count in counts.items() if count]
    return [*words, *(["the account"] if numbers.get("account") in (True, "True") else [])]


def preview(
    database: Database,
    tenant_id: UUID,
    email: str,
    *,
    actor_id: UUID | None,
    updates: bool = False,
    account: bool = False,
) -> tuple[Identity, Erased]:
    """Who the person is, and what `erase` would do to them: it is done, and rolled back. Raises as `erase` does."""
    with database.rehearsal.tenant(tenant_id) as connection:
        who = identify(connection, email)
        return who, erase(connection, tenant_id, email, actor_id=actor_id, updates=updates, account=account)


def erase(
    connection: Connection,
    tenant_id: UUID,
    email: str,
    *,
    actor_id: UUID | None,
    updates: bool = False,
    account: bool = False,
) -> Erased:
    """Erases the mails of whose address this is, in the scope of the tenant; with `updates`, all that they posted as
    well; with `account`, their account, and all in which they are named.

    From now on nobody sees it; the dispatcher deletes the bytes in its next turns, but for those of a file that
    another update of the tenant has, too. A mail that is on its way is left alone and counted: ask again when it has
    ended. The audit says that it was done, without the address. Of a person without an account all goes that names
    them. Raises `NotErasableError` for the account of `actor_id`, and of the last admin.
    """
    who = identify(connection, email)
    if account and who.id is not None:
        _check(connection, tenant_id, who, actor_id)
    asked = {"exactly": who.exactly, "within": who.within, "person_id": who.id, "handles": list(who.handles)}
    found = connection.execute(_FIND, {**asked, "updates": updates}).all()
    ended = [row for row in found if row.ended]
    ids = [row.id for row in ended]
    counts = _erase_mails(connection, who, ids, updates=updates)
    if who.id is None or account:
        more = _erase_names(connection, who, asked)
        counts = {name: counts.get(name, 0) + more.get(name, 0) for name in counts | more}
    kept = connection.execute(_KEPT, {"person_id": who.id, "words": ERASED_WORDS}).scalar_one()
    reports = sum(row.report for row in ended)
    done = Erased(
        mails=len(ended) - reports,
        reports=reports,
        kept=kept,
        on_their_way=len(found) - len(ended),
        account=account and who.id is not None,
        **counts,
    )
    _record(connection, tenant_id, actor_id, ids, done, updates=updates)
    return done


def _check(connection: Connection, tenant_id: UUID, who: Identity, actor_id: UUID | None) -> None:
    if who.id == actor_id:
        raise NotErasableError(OWN_ACCOUNT)
    admins = set(connection.execute(ADMINS, {"tenant_id": tenant_id}).scalars())
    if who.role == Role.ADMIN and admins == {who.id}:
        raise NotErasableError(LAST_ADMIN)


def _erase_mails(connection: Connection, who: Identity, ids: Sequence[UUID], *, updates: bool) -> dict[str, int]:
    """Erases these mails, what we wrote to the person about them, and what was learned of the person from them."""
    values = {"ids": ids, "person_id": who.id, "words": ERASED_WORDS}
    by = Deletion.ERASURE_OF_ALL if updates else Deletion.ERASURE
    connection.execute(_BLANK, {"ids": ids, "by": by})
    connection.execute(_FORGET_PROOFS, values)
    counts = {"letters": connection.execute(_BLANK_RECEIPTS, values).rowcount}
    connection.execute(_UNCUT, values)
    if who.id is not None:
        signature_pictures.forget(connection, who.id)
        connection.execute(_FORGET_BOUNCES, values)
    if updates:
        dropped = connection.execute(_DROP_FILES, values).all()
        stored_files.let_go(connection, {blob for row in dropped for blob in row if blob})
        counts |= {"files": len(dropped), "updates": connection.execute(_BLANK_UPDATES, values).rowcount}
    return counts


def _erase_names(connection: Connection, who: Identity, asked: Mapping[str, object]) -> dict[str, int]:
    """Erases the account, and takes the person's addresses and name out of all else."""
    letters = connection.execute(_BLANK_LETTERS, asked).rowcount
    connection.execute(_BLANK_FORWARDS, asked)
    counts = {"letters": letters}
    if who.id is not None:
        counts["recipients"] = connection.execute(_BLANK_RECIPIENTS, asked).rowcount
        counts["aliases"] = connection.execute(_DROP_ALIASES, asked).rowcount
        connection.execute(_BLANK_USER, {**asked, "name": ERASED_NAME})
    mentions = connection.execute(_BLANK_ENVELOPES, asked).rowcount
    for column, (fate, _) in COLUMNS.items():
        if column not in BY_OWNER and fate in (Fate.MENTION, Fate.NAME):
            pattern = who.named if fate is Fate.NAME else who.within
            mentions += _clean(connection, column, pattern)
    mentions += connection.execute(_BY_OWNER, {"pattern": who.named, "instead": _INSTEAD}).scalar_one()
    return counts | {"mentions": mentions}


def _clean(connection: Connection, column: str, pattern: str) -> int:
    table, _, name = column.partition(".")
    kind = "jsonb" if isinstance(SQLModel.metadata.tables[table].c[name].type, JSONB) else "text"
    clean = text(f"""
        update {table} set {name} = cast(regexp_replace(cast({name} as text), :pattern, :instead, 'gi') as {kind})
        where cast({name} as text) ~* :pattern
    """)  # noqa: S608  # only names of ours are put in
    return connection.execute(clean, {"pattern": pattern, "instead": _INSTEAD}).rowcount


def _record(
    connection: Connection, tenant_id: UUID, actor_id: UUID | None, ids: Sequence[UUID], done: Erased, *, updates: bool
) -> None:
    """In the audit each mail has its act, and the whole has one, with the numbers."""
    details = {"updates": "erased" if updates else "kept"}
    acts = [Act(tenant_id, actor_id, "mail.erased", mail_id, details) for mail_id in ids]
    numbers = {name: str(value) for name, value in asdict(done).items() if value}
    if not done.is_nothing:
        acts.append(Act(tenant_id, actor_id, "person.erased", tenant_id, numbers))
    audit.record(connection, acts)
