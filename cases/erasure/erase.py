"""Erases a person on request (such as GDPR article 17): their mails and, if asked, their updates and account.

Mails: the ledger row stays with its content key, so that the same mail is a duplicate if it is delivered again. The row
keeps only facts that name nobody, such as when the mail came in and how it ended.

Updates are the tenant's record of the case. They stay, unless they are to be erased too: then their words and files are
deleted, and the update is shown as erased, so that its answers keep their place.

Accounts: the row stays, without name and address, as the author of the updates that are kept.

`cases.erasure.columns` lists what is done with each text column of the database.
"""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Connection, insert, text

from cases import audit
from cases.audit import Act
from cases.erasure import names
from cases.erasure.erased import Erased
from cases.erasure.identity import Identity, identify
from cases.files import signature_pictures
from cases.people.users import ADMINS, LAST_ADMIN
from schemas.errors import CasemailError
from schemas.tables import Deletion, Erasure, Role, core, new_id, now
from storage import stored_files
from storage.database import Database

#: The text of an update whose words were erased.
ERASED_WORDS = "Erased on request."
#: Why an account can't be erased, in words.
OWN_ACCOUNT = "This is your own account: ask another admin."

# The sender of an unreadable mail is known from its envelope alone. A mail that posted as the person's update is the
# person's, whatever address it came from. A mail that was erased before is found again only to erase its update as
# well. A delivery report is about the person if it came to a reply address of theirs, or names them.
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
# a receipt that has not been sent yet is not sent
_BLANK_RECEIPTS = text("""
update outbox set content = null, to_email = '', error = '',
    state = case when state = 'waiting' then 'failed' else state end
where mail_id = any(:ids) and kind = 'receipt'
""")
_FORGET_BOUNCES = text("""
update update_recipients set bounced_at = null, bounced_address = null, bounce_permanent = null, bounce_words = null
where user_id = :person_id and bounced_at is not null
""")

# text cut from a mail and parts left out of it belong to the mail, not to the update
_UNCUT = text("update updates set cut = '[]', left_out = '[]', files_due_at = null where mail_id = any(:ids)")
_OF_PERSON = "(u.author_id = :person_id or u.mail_id = any(:ids)) and u.text <> :words"
_DROP_FILES = text(f"""
delete from update_files where update_id in (select id from updates u where {_OF_PERSON}) returning blob, thumbnail
""")  # noqa: S608  # only constants of ours are put in
_BLANK_UPDATES = text(f"""
update updates u set text = :words, cut = '[]', left_out = '[]', files_due_at = null, decision_note = ''
where {_OF_PERSON}
""")  # noqa: S608
_NOTE = insert(core(Erasure))
_KEPT = text("select count(*) from updates u where author_id = :person_id and text <> :words")


class NotErasableError(CasemailError):
    """The account can't be erased; the message says why, in a sentence for the admin."""


def preview(
    database: Database,
    tenant_id: UUID,
    email: str,
    *,
    by: UUID | None,
    updates: bool = False,
    account: bool = False,
) -> tuple[Identity, Erased]:
    """Returns the person and what `erase` would erase: erases, and rolls back. Raises as `erase` does."""
    with database.rehearsal.tenant(tenant_id) as connection:
        person = identify(connection, email)
        return person, erase(connection, tenant_id, email, by=by, updates=updates, account=account)


def erase(
    connection: Connection,
    tenant_id: UUID,
    email: str,
    *,
    by: UUID | None,
    updates: bool = False,
    account: bool = False,
) -> Erased:
    """Erases the mails of the person with this address, in the scope of the tenant, for the user `by` (None: operator).

    With `updates`, also erases the updates that they posted; with `account`, their account, and their name and
    addresses in other texts. For a person without an account, the addresses in other texts are always erased.

    Nobody can see the erased texts from then on. The dispatcher deletes the bytes in its next turns, except files that
    another update of the tenant has, too. Mails on their way are left alone and counted: erase again when they have
    ended. The audit notes the erasure, without the address.

    Raises `NotErasableError` for the account of `by`, and for that of the last admin.
    """
    person = identify(connection, email)
    if account and person.id is not None:
        _check(connection, tenant_id, person, by)
    asked = {
        "exactly": person.exactly,
        "within": person.within,
        "person_id": person.id,
        "handles": list(person.handles),
    }
    found = connection.execute(_FIND, {**asked, "updates": updates}).all()
    ended = [row for row in found if row.ended]
    ids = [row.id for row in ended]
    counts = _erase_mails(connection, person, ids, updates=updates)
    if person.id is None or account:
        more = names.erase(connection, person, asked)
        counts = {name: counts.get(name, 0) + more.get(name, 0) for name in counts | more}
    kept = connection.execute(_KEPT, {"person_id": person.id, "words": ERASED_WORDS}).scalar_one()
    reports = sum(row.report for row in ended)
    done = Erased(
        mails=len(ended) - reports,
        reports=reports,
        kept=kept,
        on_their_way=len(found) - len(ended),
        account=account and person.id is not None,
        **counts,
    )
    _record(connection, tenant_id, by, ids, done, updates=updates)
    if not done.is_nothing:
        _note(connection, tenant_id, person, ids, updates=updates, account=account)
    return done


def _check(connection: Connection, tenant_id: UUID, person: Identity, by: UUID | None) -> None:
    if person.id == by:
        raise NotErasableError(OWN_ACCOUNT)
    admins = set(connection.execute(ADMINS, {"tenant_id": tenant_id}).scalars())
    if person.role == Role.ADMIN and admins == {person.id}:
        raise NotErasableError(LAST_ADMIN)


def _erase_mails(connection: Connection, person: Identity, ids: Sequence[UUID], *, updates: bool) -> dict[str, int]:
    """Erases mails, our receipts for them, and the facts on the person that we learned from them."""
    values = {"ids": ids, "person_id": person.id, "words": ERASED_WORDS}
    deleted_by = Deletion.ERASURE_OF_ALL if updates else Deletion.ERASURE
    connection.execute(_BLANK, {"ids": ids, "by": deleted_by})
    connection.execute(_FORGET_PROOFS, values)
    counts = {"letters": connection.execute(_BLANK_RECEIPTS, values).rowcount}
    connection.execute(_UNCUT, values)
    if person.id is not None:
        signature_pictures.forget(connection, person.id)
        connection.execute(_FORGET_BOUNCES, values)
    if updates:
        dropped = connection.execute(_DROP_FILES, values).all()
        stored_files.let_go(connection, {blob for row in dropped for blob in row if blob})
        counts |= {"files": len(dropped), "updates": connection.execute(_BLANK_UPDATES, values).rowcount}
    return counts


def _record(
    connection: Connection, tenant_id: UUID, by: UUID | None, ids: Sequence[UUID], done: Erased, *, updates: bool
) -> None:
    """Writes an entry for each mail into the audit, and an entry with the numbers for the whole erasure."""
    details = {"updates": "erased" if updates else "kept"}
    acts = [Act(tenant_id, by, "mail.erased", mail_id, details) for mail_id in ids]
    numbers = {name: str(value) for name, value in asdict(done).items() if value}
    if not done.is_nothing:
        acts.append(Act(tenant_id, by, "person.erased", tenant_id, numbers))
    audit.record(connection, acts)


def _note(connection: Connection, tenant_id: UUID, person: Identity, ids: Sequence[UUID], **asked: bool) -> None:
    """Notes the erasure for the log in the blob store, from which it is repeated after a restore."""
    row = {"id": new_id(), "tenant_id": tenant_id, "at": now(), "user_id": person.id, "noted_at": None}
    connection.execute(_NOTE, {**row, "mail_ids": list(ids), **asked})
