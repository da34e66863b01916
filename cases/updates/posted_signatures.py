"""Lets a DKIM signature post only once on a case: a second mail with the same signature is not posted.

Without this, anybody who has a signed mail could change its unsigned fields, so that it counts as another mail, and
send it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, text

from cases.updates.new_update import NewUpdate
from schemas.records import FilteredMail

# of two transactions with the same signature the second waits here for the first; the order prevents deadlocks
_TAKE = text("""
insert into posted_signatures (tenant_id, signature, case_id, shown, mail_id, posted_at)
select :tenant_id, k.signature, k.case_id, k.shown, k.mail_id, now()
from unnest(cast(:signatures as bytea[]), cast(:cases as uuid[]), cast(:shown as bytea[]), cast(:mails as uuid[]))
    k(signature, case_id, shown, mail_id)
order by k.signature, k.case_id
on conflict do nothing
""")
_TAKEN = text("""
select k.mail_id, p.mail_id as first, p.shown = k.shown as same
from unnest(cast(:signatures as bytea[]), cast(:cases as uuid[]), cast(:shown as bytea[]), cast(:mails as uuid[]))
    k(signature, case_id, shown, mail_id)
join posted_signatures p
    on p.tenant_id = :tenant_id and p.signature = k.signature and p.case_id = k.case_id and p.mail_id <> k.mail_id
""")
_GIVE_BACK = text("delete from posted_signatures where mail_id = any(cast(:ids as uuid[]))")


@dataclass(frozen=True)
class Earlier:
    """The mail that posted on the case by the same signature before. `same`: it shows the same text and files."""

    mail_id: UUID
    same: bool


def take(connection: Connection, mails: Sequence[FilteredMail], news: Sequence[NewUpdate]) -> dict[UUID, Earlier]:
    """Records the DKIM signatures of mails of one tenant as used on their cases.

    Returns the earlier mail, by the id of each mail that has a signature which another mail used on the case before.
    """
    rows = [
        (bytes.fromhex(signature), mail.target.case_id, _shown(new), mail.custody.mail_id)
        for mail, new in zip(mails, news, strict=True)
        if mail.parsed.proof
        for signature in mail.parsed.proof.signatures
    ]
    if not rows:
        return {}
    signatures, cases, shown, ids = (list(column) for column in zip(*rows, strict=True))
    tenant_id = mails[0].custody.tenant_id
    values = {"tenant_id": tenant_id, "signatures": signatures, "cases": cases, "shown": shown, "mails": ids}
    if connection.execute(_TAKE, values).rowcount == len(rows):
        return {}
    found = connection.execute(_TAKEN, values).all()
    earlier = {row.mail_id: Earlier(row.first, row.same) for row in found}
    # a mail with several used signatures counts as different if it shows something else for any of them
    return earlier | {row.mail_id: Earlier(row.first, False) for row in found if not row.same}


def give_back(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Frees the signatures of mails that did not post in the end."""
    if mail_ids:
        connection.execute(_GIVE_BACK, {"ids": list(mail_ids)})


def _shown(new: NewUpdate) -> bytes:
    """Returns a hash of the update's text and files, without white space, which may change under a signature
    (RFC 6376 section 3.4.4)."""
    files = [file.sha256 for file in new.files]
    return sha256("\0".join(["\n".join(new.text.split()), *files]).encode("utf-8", "surrogatepass")).digest()
