"""Pictures that a person's mails bring again and again: those of a signature. Learned for each person of a tenant.

Every mail in which a picture might have become a file is noted once, however often it is delivered. What a tenant says
is no signature stays a file, and so do pictures that look nearly the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.audit import Act, record
from schemas.tables import new_id

_HALF, _ALL = 1 << 63, 1 << 64
#: Pictures of one person that are compared, those seen last; more of them are a person's photos.
_MOST_KNOWN = 500

_KNOWN = text("""
select p.sha256, p.mark, p.width, p.height, p.no_signature, count(s.mail) filter (where s.mail <> :mail) as mails
from signature_pictures p left join signature_sightings s on s.picture_id = p.id
where p.author_id = :author_id group by p.id order by p.last_seen_at desc limit :most
""")
_NOTE = text("""
with seen as (
    select * from unnest(cast(:ids as uuid[]), cast(:hashes as text[]), cast(:marks as bigint[]),
        cast(:widths as int[]), cast(:heights as int[]), cast(:names as text[]), cast(:hidden as boolean[]))
        s(id, sha256, mark, width, height, name, hidden)
), kept as (
    insert into signature_pictures
        (id, tenant_id, author_id, sha256, mark, width, height, name, no_signature, last_seen_at)
    select id, :tenant_id, :author_id, sha256, mark, width, height, name, false, now() from seen order by sha256
    on conflict (author_id, sha256) do update set last_seen_at = excluded.last_seen_at
    returning id, sha256
)
insert into signature_sightings (picture_id, mail, tenant_id, hidden)
select kept.id, :mail, :tenant_id, seen.hidden from kept join seen using (sha256)
on conflict do nothing
""")
_LIST = text("""
select p.id, p.name, p.width, p.height, p.no_signature, p.last_seen_at, u.name as author, u.email,
    count(*) as mails, count(*) filter (where s.hidden) as hidden
from signature_pictures p join users u on u.id = p.author_id join signature_sightings s on s.picture_id = p.id
group by p.id, u.id having p.no_signature or count(*) filter (where s.hidden) > 0
order by p.last_seen_at desc, p.id limit 500
""")
_SAY = text("""
update signature_pictures set no_signature = :no_signature
where id = :id and no_signature <> :no_signature returning name
""")
_FORGET = text("delete from signature_pictures where author_id = :author_id")


@dataclass(frozen=True)
class Known:
    """A picture that a person's mails brought before: in how many `mails` besides the one that is asked about.

    `mark` has 64 bits and is shared nearly by pictures that look alike; None, as the sizes in pixels, where the picture
    could not be measured. `no_signature`: somebody of the tenant said so.
    """

    sha256: str
    mark: int | None
    width: int | None
    height: int | None
    mails: int
    no_signature: bool


@dataclass(frozen=True)
class Sighting:
    """A picture of a mail that might have become a file, and whether it was `hidden` as one of a signature."""

    name: str
    sha256: str
    mark: int | None
    width: int | None
    height: int | None
    hidden: bool


def mail_key(message_id: str, mail_id: UUID) -> str:
    """What counts as one mail, at however many addresses it came: its Message-ID, or else the mail of the ledger."""
    return sha256((message_id or str(mail_id)).encode("utf-8", "replace")).hexdigest()


def known(connection: Connection, author_id: UUID, mail: str) -> list[Known]:
    """What was learned of a person's pictures from their other mails; one statement."""
    values = {"author_id": author_id, "mail": mail, "most": _MOST_KNOWN}
    return [_known(row) for row in connection.execute(_KNOWN, values)]


def note(connection: Connection, tenant_id: UUID, author_id: UUID, mail: str, seen: Sequence[Sighting]) -> None:
    """Notes the pictures of one mail; a mail that was noted before changes nothing. One statement."""
    once = list({sighting.sha256: sighting for sighting in reversed(seen)}.values())
    values = {
        "tenant_id": tenant_id,
        "author_id": author_id,
        "mail": mail,
        "ids": [new_id() for _ in once],
        "hashes": [one.sha256 for one in once],
        "marks": [None if one.mark is None else one.mark - _ALL * (one.mark >= _HALF) for one in once],
        "widths": [one.width for one in once],
        "heights": [one.height for one in once],
        "names": [one.name for one in once],
        "hidden": [one.hidden for one in once],
    }
    connection.execute(_NOTE, values)


def listed(connection: Connection) -> Sequence[Row[Any]]:
    """The pictures of the tenant that were hidden, or are said to be none of a signature, those seen last first."""
    return connection.execute(_LIST).all()


def say(connection: Connection, tenant_id: UUID, actor_id: UUID, picture_id: UUID, *, no_signature: bool) -> bool:
    """Remembers what somebody says of a picture; False when there is no such picture, or it is so already."""
    values = {"id": picture_id, "no_signature": no_signature}
    row = connection.execute(_SAY, values).first()
    if row is not None:
        act = "signature_picture.kept" if no_signature else "signature_picture.hidden"
        record(connection, [Act(tenant_id, actor_id, act, picture_id, {"name": row.name})])
    return row is not None


def forget(connection: Connection, author_id: UUID) -> None:
    """Deletes what was learned of a person."""
    connection.execute(_FORGET, {"author_id": author_id})


def _known(row: Row[Any]) -> Known:
    mark = None if row.mark is None else row.mark % _ALL
    return Known(row.sha256, mark, row.width, row.height, row.mails, row.no_signature)
