"""One DKIM signature posts once on a case: a mail that has the signature of another mail is not posted.

Anybody who has a signed mail can put other unsigned fields around it, so that it counts as another mail, and send it
again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, text

from cases.updates.new_update import NewUpdate
from schemas.records import FilteredMail

# the second of two transactions waits here for the first; the order keeps them from deadlocks
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
    """The mail that has posted on the case by the same signature. `same`: its update shows the same, too."""

    mail_id: UUID
    same: bool


def take(connection: Connection, mails: Sequence[FilteredMail], news: Sequence[NewUpdate]) -> dict[UUID, Earlier]:
    """Takes their signatures for mails of one tenant.

    Returns, by the mail's id, those mails of which another mail has taken a signature before.
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
    # a mail that shows something else by one of its signatures does so, whatever its other signatures say
    return earlier | {row.mail_id: Earlier(row.first, False) for row in found if not row.same}


def give_back(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Gives back the signatures of mails that did not post after all."""
    if mail_ids:
        connection.execute(_GIVE_BACK, {"ids": list(mail_ids)})


def _shown(new: NewUpdate) -> bytes:
    """Hashes what the update shows, but for white space: that may change under a signature (RFC 6376 section 3.4.4)."""
    files = [file.sha256 for file in new.files]
    return sha256("\0".join(["\n".join(new.text.split()), *files]).encode("utf-8", "surrogatepass")).digest()
