"""Finds known obstacles to an action on a mail, without reading the mail again.

A page offers an action only where no obstacle is known, and the obstacles are checked again before the action is
carried out. The rules themselves (`workers.validate`) decide in the end: what they find is shown as the result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.compare import email_key
from cases.inbound import dispositions
from cases.inbound.actions import Action, is_possible
from cases.inbound.forwarded_updates import ForwardedUpdate
from cases.people.directory import Person, find_all, may_post
from cases.refusal import Refusal
from schemas.reasons import REASONS, Disposition, Reason
from schemas.tables import MailState

NO_AUTHOR = Refusal("Its sender is not one of your active people yet, and only they can be the author of an update.")
REPLIES_OFF = Refusal(
    "Email update replies are off: this email would be held again. When an admin switches them on in General Case "
    "Settings, what is held for this goes on by itself."
)

#: Reasons that no case and no person can overrule: the mail itself can't post.
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
select c.number, c.open or (t.closed_cases = 'reopen' and c.archived_at is null) as takes_updates, exists (
    select 1 from case_members m where m.case_id = c.id and m.user_id = :author_id) as member
from cases c join tenants t on t.id = c.tenant_id where c.id = :case_id
""")


@dataclass(frozen=True)
class Situation:
    """The settings of a tenant: whether replies are on, the catch-all's address, and the reasons to hold a mail."""

    replies_on: bool
    catch_all: str
    holds: frozenset[Reason]


def situation(connection: Connection, tenant_id: UUID) -> Situation:
    """Returns the settings of the tenant, in the tenant's scope."""
    row = connection.execute(_TENANT, {"id": tenant_id}).one()
    chosen = dispositions.of_tenant(connection, tenant_id)
    held = {Disposition.HOLD} | (set() if row.catch_all else {Disposition.FORWARD})
    return Situation(row.replies_on, row.catch_all, frozenset(reason for reason in Reason if chosen[reason] in held))


def authors(connection: Connection, mails: Sequence[Row[Any]]) -> Mapping[UUID, Person | None]:
    """Returns the author of each mail, by the mail's id; None for a stranger, or an author that could not be read."""
    found = find_all(connection, [email_key(mail.author) for mail in mails])
    return {mail.id: person for mail, person in zip(mails, found, strict=True)}


def reason_of(mail: Row[Any]) -> Reason | None:
    """Returns why the mail did not post at first, whatever happened to it later; None when that is not known, as of a
    reason that a later version wrote."""
    name = mail.evidence.get("rejected for", mail.reason)
    return Reason(name) if name in REASONS else None


def in_the_way(mail: Row[Any], action: Action, now: Situation, author: Person | None) -> Refusal | None:
    """Returns the obstacle that would make the action fail; None when no obstacle is known."""
    match action:
        case Action.ACCEPT:
            return to_accept(mail) or to_post(now, author)
        case Action.ATTACH:
            return to_attach(mail) or to_post(now, author)
        case Action.RECIPIENT:
            return None if now.replies_on else REPLIES_OFF
        case Action.REPLAY:
            return to_replay(now, mail, author)
        case _:
            return None


def offers(
    mail: Row[Any],
    now: Situation,
    author: Person | None,
    forwarded: ForwardedUpdate | None = None,
    owner: Row[Any] | None = None,
) -> list[Action]:
    """Returns the actions that make sense for a mail of this author, and that no known obstacle prevents.

    `forwarded` is the update that its recipient forwarded to the author; `owner` is the user to whose reply address a
    stranger wrote.
    """
    reason = mail.evidence.get("rejected for", mail.reason)
    sensible = {
        Action.RECIPIENT: forwarded is not None and reason == Reason.NOT_A_RECIPIENT,
        Action.ALIAS: owner is not None and reason == Reason.AUTHOR_UNKNOWN,
        Action.MESSAGE: (mail.state, mail.reason) != (MailState.HELD, Reason.NOT_RELATED),
        Action.FORWARD: bool(now.catch_all),
    }
    possible = [action for action in Action if is_possible(mail, action) and sensible.get(action, True)]
    return [action for action in possible if not in_the_way(mail, action, now, author)]


def to_post(now: Situation, author: Person | None) -> Refusal | None:
    """Returns why a mail of this author can't post now, whatever it says; None if it can."""
    if not now.replies_on:
        return REPLIES_OFF
    return None if author and author.active else NO_AUTHOR


def to_accept(mail: Row[Any]) -> Refusal | None:
    """Returns why a mail can't be accepted as it is; None if it can."""
    reason = reason_of(mail)
    if reason is None:
        return Refusal("Why it did not post is not known: process it again.")
    info = REASONS[reason]
    if info.overrulable:
        return None
    return Refusal(f"This can't be accepted as it is: {info.meaning} When that is fixed, process it again.")


def to_attach(mail: Row[Any]) -> Refusal | None:
    """Returns why a mail can't become an update of any case; None if it can."""
    reason = reason_of(mail)
    if reason is None or reason not in _OF_THE_MAIL:
        return None
    return Refusal(f"No case can take it: {REASONS[reason].meaning}")


def to_attach_to(connection: Connection, case_id: UUID, author: Person) -> Refusal | None:
    """Returns why an update of this author can't be posted on a case; None if it can."""
    case = connection.execute(_CASE, {"case_id": case_id, "author_id": author.id}).first()
    if case is None:
        return Refusal("There is no such case.")
    if not case.takes_updates:
        return Refusal(f"Case {case.number} is closed: no update can be posted on it.")
    if not may_post(author.role, member=case.member):
        return Refusal(
            f"{author.name} is no member of case {case.number}, and may not post on it: make them a member first."
        )
    return None


def to_replay(now: Situation, mail: Row[Any], author: Person | None) -> Refusal | None:
    """Returns why the mail would only be held again; None when that is not certain."""
    if not now.replies_on and Reason.REPLIES_OFF in now.holds:
        return REPLIES_OFF
    reason = reason_of(mail)
    known = author is not None and author.active
    stays = mail.state == MailState.HELD and reason in _OF_THE_AUTHOR and reason in now.holds and not known
    return NO_AUTHOR if stays else None
