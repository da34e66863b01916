"""Erasing a person's mails on request (such as GDPR article 17): what they wrote goes, the mark of it stays.

The mark is the ledger row with its content key: the same mail delivered again is a duplicate, and does not come back.
The row keeps what names nobody: when the mail came, to which of our addresses, how it ended. Updates that came of such
mails are the tenant's record of the case, and stay, unless they are to go too: then their words and files go, and
the update stands there as erased, so that what answers it still has its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import idna
from sqlalchemy import Connection, text

from cases import audit, signature_pictures
from cases.audit import Act
from cases.directory import email_key, find
from schemas.tables import Deletion
from storage import files

#: What stands where the words of an update were.
ERASED_WORDS = "Erased on request."

# Who sent a mail that could not be read is known from its envelope alone. A mail that posted is the person's from
# whichever of their addresses; one that was erased before is found again only to erase its update as well.
_FIND = text("""
with own as (
    select id from mails
    where lower(author) = any(:forms) or (author = '' and lower(sender) = any(:forms))
    union select mail_id from updates where author_id = :person_id and mail_id is not null
)
select id, ended_at is not null as ended from mails
where (id in (select id from own) or duplicate_of in (select id from own))
  and (raw_deleted_by not like 'erasure%' or (:updates and state = 'posted' and raw_deleted_by = 'erasure'))
order by id for update
""")

_BLANK = text("""
update mails set author = '', subject = '', sender = '', evidence = '{}', override = null, run = run + 1,
    reason = case when state = 'held' then 'erased' else reason end,
    state = case when state = 'held' then 'dropped' else state end,
    raw_deleted_by = :by, raw_deleted_at = null
where id = any(:ids)
""")

# what was cut from a mail, and what was left out, is of the mail, not of the update
_UNCUT = text("update updates set cut = '[]', left_out = '[]', files_due_at = null where mail_id = any(:ids)")
_BLANK_UPDATES = text("update updates set text = :words where mail_id = any(:ids)")
_DROP_FILES = text("""
delete from update_files where update_id in (select id from updates where mail_id = any(:ids)) returning blob, thumbnail
""")


@dataclass(frozen=True)
class Erased:
    """How many mails were erased, how many updates lost their words, and how many mails are still on their way."""

    mails: int
    updates: int
    on_their_way: int


def erase(
    connection: Connection, tenant_id: UUID, email: str, *, actor_id: UUID | None, updates: bool = False
) -> Erased:
    """Erases the mails that this address wrote, in the scope of the tenant; with `updates`, what came of them as well.

    From now on nobody sees them; the dispatcher deletes the bytes in its next turns, but for those of a file that
    another update of the tenant has, too. A mail that is on its way is left alone and counted: ask again when it has
    ended. The audit says that it was done, without the address.
    """
    person = find(connection, email)
    asked = {"forms": _forms(email), "person_id": person and person.id, "updates": updates}
    found = connection.execute(_FIND, asked).all()
    ids = [row.id for row in found if row.ended]
    changed = 0
    if person:
        signature_pictures.forget(connection, person.id)
    if ids:
        by = Deletion.ERASURE_OF_ALL if updates else Deletion.ERASURE
        connection.execute(_BLANK, {"ids": ids, "by": by})
        connection.execute(_UNCUT, {"ids": ids})
        changed = _erase_updates(connection, ids) if updates else 0
        details = {"updates": "erased" if updates else "kept"}
        audit.record(connection, [Act(tenant_id, actor_id, "mail.erased", mail_id, details) for mail_id in ids])
    return Erased(len(ids), changed, len(found) - len(ids))


def _erase_updates(connection: Connection, mail_ids: Sequence[UUID]) -> int:
    dropped = connection.execute(_DROP_FILES, {"ids": mail_ids}).all()
    files.let_go(connection, {blob for row in dropped for blob in row if blob})
    return connection.execute(_BLANK_UPDATES, {"ids": mail_ids, "words": ERASED_WORDS}).rowcount


def _forms(email: str) -> list[str]:
    """The address as mails write it: by the rule of `email_key`, and with the domain in its own letters."""
    key = email_key(email)
    local, _, domain = key.rpartition("@")
    try:
        spelled = f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:
        spelled = key
    return sorted({key, spelled.lower(), email.strip().lower()} - {""})
