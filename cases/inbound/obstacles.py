"""What stands in the way of a mail that a person would let in, as far as it is known without reading it again.

An act is offered only where nothing of this does, and it is asked once more before the act is done. The rules
themselves (workers.validate) have the last word: what they find only then is shown as the result of the act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.compare import email_key
from cases.inbound import dispositions
from cases.people.directory import Person, find_all, may_post
from schemas.reasons import REASONS, Disposition, Reason

NO_AUTHOR = "Its sender is not an active user of this tenant, and only such a user can be the author of an update."
REPLIES_OFF = (
    "Email update replies are off: it would be held again. When an admin switches them on in General Case Settings, "
    "what is held for this goes on by itself."
)

#: Reasons that no case and no person can overrule: the mail itself is what can't post.
_OF_THE_MAIL = frozenset(
    {
        *(Reason.UNKNOWN_TENANT, Reason.TENANT_INACTIVE, Reason.CANARY, Reason.LOOP, Reason.OWN_MAIL),
        *(Reason.BOUNCE, Reason.COMPLAINT, Reason.ENCRYPTED, Reason.TOO_LARGE, Reason.OVER_LIMIT),
        *(Reason.AUTHOR_UNCLEAR, Reason.UNREADABLE, Reason.SENDER_NOT_PROVEN, Reason.SENDER_NOT_CHECKED),
    }
)
_OF_THE_AUTHOR = frozenset({Reason.AUTHOR_UNKNOWN, Reason.AUTHOR_INACTIVE})

_TENANT = text("select replies_on, catch_all from tenants where id = :id")
_CASE = text("""
select c.number, c.open, exists (
    select 1 from case_members m where m.case_id = c.id and m.user_id = :author_id) as member
from cases c where c.id = :case_id
""")


@dataclass(frozen=True)
class Situation:
    """How a tenant has things set now: whether replies are on, where mail is forwarded to, what is held."""

    replies_on: bool
    catch_all: str
    holds: frozenset[Reason]


def situation(connection: Connection, tenant_id: UUID) -> Situation:
    """The situation of the tenant of the transaction."""
    row = connection.execute(_TENANT, {"id": tenant_id}).one()
    chosen = dispositions.of_tenant(connection, tenant_id)
    held = {Disposition.HOLD} | (set() if row.catch_all else {Disposition.FORWARD})
    return Situation(row.replies_on, row.catch_all, frozenset(reason for reason in Reason if chosen[reason] in held))


def authors(connection: Connection, mails: Sequence[Row[Any]]) -> Mapping[UUID, Person | None]:
    """The user who wrote each mail, by the mail's id; None for a stranger, and where the author could not be read."""
    found = find_all(connection, [email_key(mail.author) for mail in mails])
    return {mail.id: person for mail, person in zip(mails, found, strict=True)}


def reason_of(mail: Row[Any]) -> Reason | None:
    """Why the mail did not post, behind what became of it afterwards; None where that is not known."""
    name = mail.evidence.get("rejected for", mail.reason)
    return Reason(name) if name else None


def to_let_in(now: Situation, author: Person | None) -> str:
    """What stands in the way of every mail of this author that is to become an update, in words; empty for nothing."""
    if not now.replies_on:
        return REPLIES_OFF
    return "" if author and author.active else NO_AUTHOR


def to_accept(mail: Row[Any]) -> str:
    """Why a mail can't be accepted as it is, in words; empty for nothing."""
    reason = reason_of(mail)
    if reason is None:
        return "Why it did not post is not known: replay it."
    info = REASONS[reason]
    return "" if info.overrulable else f"That can't be overruled: {info.meaning} When it is mended, replay the mail."


def to_attach(mail: Row[Any]) -> str:
    """Why a mail can't become an update of any case, in words; empty for nothing."""
    reason = reason_of(mail)
    return f"No case can take it: {REASONS[reason].meaning}" if reason and reason in _OF_THE_MAIL else ""


def to_attach_to(connection: Connection, case_id: UUID | None, author: Person) -> str:
    """Why a case can't take an update of this author, in words; empty for nothing."""
    case = connection.execute(_CASE, {"case_id": case_id, "author_id": author.id}).first() if case_id else None
    if case is None:
        return "There is no such case."
    if not case.open:
        return f"Case {case.number} is closed: no update can be posted on it."
    if not may_post(author.role, member=case.member):
        return f"{author.name} is no member of case {case.number}, and may not post on it: make them a member first."
    return ""


def to_replay(now: Situation, mail: Row[Any], author: Person | None) -> str:
    """Why the mail would only be held again, for the same reason, in words; empty where that is not certain."""
    if not now.replies_on and Reason.REPLIES_OFF in now.holds:
        return REPLIES_OFF
    reason = reason_of(mail)
    known = author is not None and author.active
    stays = mail.state == "held" and reason in _OF_THE_AUTHOR and reason in now.holds and not known
    return NO_AUTHOR if stays else ""
