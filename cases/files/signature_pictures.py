"""Learns which pictures belong to a person's mail signature: pictures that their mails carry again and again.

A mail in which a picture might have become a file is noted once, however often it is delivered. A picture of which an
admin decided that it is no part of a signature stays a file, and so do pictures that look nearly the same.
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
#: The most pictures of a person that are compared, the last seen first. A person with more pictures sends photos.
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
_DECIDE = text("""
update signature_pictures set no_signature = :no_signature
where id = :id and no_signature <> :no_signature returning name
""")
_FORGET = text("delete from signature_pictures where author_id = :author_id")


@dataclass(frozen=True)
class KnownPicture:
    """A picture that a person sent before. `mails` is the number of mails that carried it, without the current mail.

    `mark` has 64 bits, nearly all of which are the same for pictures that look alike. It is None, like the sizes in
    pixels, if the picture could not be measured. `no_signature`: an admin has decided that it is no signature.
    """

    sha256: str
    mark: int | None
    width: int | None
    height: int | None
    mails: int
    no_signature: bool


@dataclass(frozen=True)
class Sighting:
    """A picture of a mail that might have become a file, and whether it was `hidden` as part of a signature."""

    name: str
    sha256: str
    mark: int | None
    width: int | None
    height: int | None
    hidden: bool


def mail_key(message_id: str, mail_id: UUID) -> str:
    """Returns a key for a mail that is the same for all of its copies: a hash of its Message-ID, or else of its id."""
    return sha256((message_id or str(mail_id)).encode("utf-8", "replace")).hexdigest()


def known(connection: Connection, author_id: UUID, mail: str) -> list[KnownPicture]:
    """Returns the pictures of a person's other mails, in one statement."""
    values = {"author_id": author_id, "mail": mail, "most": _MOST_KNOWN}
    return [_known(row) for row in connection.execute(_KNOWN, values)]


def note(connection: Connection, tenant_id: UUID, author_id: UUID, mail: str, seen: Sequence[Sighting]) -> None:
    """Notes the pictures of one mail, in one statement; a mail that was noted before changes nothing."""
    pictures = list({sighting.sha256: sighting for sighting in reversed(seen)}.values())
    values = {
        "tenant_id": tenant_id,
        "author_id": author_id,
        "mail": mail,
        "ids": [new_id() for _ in pictures],
        "hashes": [picture.sha256 for picture in pictures],
        "marks": [_signed(picture.mark) for picture in pictures],
        "widths": [picture.width for picture in pictures],
        "heights": [picture.height for picture in pictures],
        "names": [picture.name for picture in pictures],
        "hidden": [picture.hidden for picture in pictures],
    }
    connection.execute(_NOTE, values)


def listed(connection: Connection) -> Sequence[Row[Any]]:
    """Returns the tenant's pictures that were hidden, or that an admin decided are no signature; last seen first."""
    return connection.execute(_LIST).all()


def decide(connection: Connection, tenant_id: UUID, picture_id: UUID, *, no_signature: bool, by: UUID) -> bool:
    """Records an admin's decision on a picture; returns False if the picture is gone, or was decided so already."""
    values = {"id": picture_id, "no_signature": no_signature}
    row = connection.execute(_DECIDE, values).first()
    if row is not None:
        act = "signature_picture.kept" if no_signature else "signature_picture.hidden"
        record(connection, [Act(tenant_id, by, act, picture_id, {"name": row.name})])
    return row is not None


def forget(connection: Connection, author_id: UUID) -> None:
    """Deletes all pictures that were noted for a person."""
    connection.execute(_FORGET, {"author_id": author_id})


def _signed(mark: int | None) -> int | None:
    """Returns the mark as PostgreSQL stores it: a signed integer of 64 bits."""
    return None if mark is None else mark - _ALL * (mark >= _HALF)


def _known(row: Row[Any]) -> KnownPicture:
    mark = None if row.mark is None else row.mark % _ALL
    return KnownPicture(row.sha256, mark, row.width, row.height, row.mails, row.no_signature)
