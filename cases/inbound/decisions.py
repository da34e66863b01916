"""What a case worker may do with a mail that did not post, as a table of acts with what each asks for.

To accept, attach or replay puts the mail in line again: it goes the ordinary way, with all the rules of today but
those that the case worker may overrule. What was decided of it stands, also when it is held once more for another
reason, until a person decides otherwise. Only an active user of the tenant can be the author of an update, and only
the one that the From field names: nobody can post in another's name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.addresses.tokens import Keys
from cases.audit import Act
from cases.inbound import forwarded_updates, obstacles
from cases.inbound.forwarded_updates import ForwardedUpdate
from cases.inbound.obstacles import Situation
from cases.people import aliases
from cases.people.directory import Person
from schemas.reasons import Reason
from schemas.records import Override
from schemas.tables import MailState
from storage.ledger import decided


class Action(StrEnum):
    """What may be done; the value is what a form sends."""

    ACCEPT = "accept"  # as an update, this once
    ATTACH = "attach"  # as a new update on a case
    RECIPIENT = "recipient"  # the author becomes a recipient of the update, and the mail goes on
    ALIAS = "alias"  # whose reply address it is confirms the author's address as theirs; then the mail goes on
    MESSAGE = "message"  # it becomes an inbound message, which waits for a case
    REPLAY = "replay"  # once more, by the rules of today and what was decided of it
    FORWARD = "forward"  # to the Inbound Email Catch-All
    DISCARD = "discard"


@dataclass(frozen=True)
class Decider:
    """Who acts, in which tenant; `keys` are `Settings.secrets.address_keys`."""

    tenant_id: UUID
    user_id: UUID | None
    name: str
    keys: Keys


@dataclass
class Outcome:
    """Which mails it was done to, and of the others why not, in words."""

    done: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Request:
    """One act on one mail, with all that its rules may ask."""

    connection: Connection
    worker: Decider
    mail: Row[Any]
    case_id: UUID | None
    now: Situation
    author: Person | None

    @property
    def reason(self) -> Reason | None:
        """Why the mail did not post, behind what became of it afterwards."""
        return obstacles.reason_of(self.mail)


@dataclass(frozen=True)
class _Rule:
    """An act: from which states, how the audit calls it, what is said of it, and what must be so or be done first:
    `prepare` returns why not, in words, else the empty string."""

    states: frozenset[MailState]
    act: str
    words: str
    prepare: Callable[[_Request], str]


_OURS_TO_DECIDE = frozenset({MailState.HELD, MailState.FORWARDED, MailState.DROPPED})


def _not_attachable(request: _Request) -> str:
    if request.case_id is None or request.author is None:
        return "" if request.case_id else "There is no such case."
    return obstacles.to_attach_to(request.connection, request.case_id, request.author)


def _no_recipient(request: _Request) -> str:
    mail, worker = request.mail, request.worker
    passed = forwarded_updates.find(request.connection, worker.keys, worker.tenant_id, mail.recipient, mail.author)
    if passed is None:
        return "It was not sent to the reply address of an update by a user of this tenant."
    return forwarded_updates.make_recipient(request.connection, worker.tenant_id, passed, mail.author)


def _no_alias(request: _Request) -> str:
    mail, worker = request.mail, request.worker
    owner = forwarded_updates.owner(request.connection, worker.keys, worker.tenant_id, mail.recipient)
    if request.reason is not Reason.AUTHOR_UNKNOWN or owner is None or worker.user_id is None:
        return "It did not come from a stranger to the reply address of a user of this tenant."
    return aliases.ask(
        request.connection,
        worker.tenant_id,
        owner.id,
        mail.author,
        by=worker.user_id,
        tell_taken=True,
        to=owner.email,
    )


def _is_message(request: _Request) -> str:
    mail = request.mail
    already = mail.state == MailState.HELD and mail.reason == Reason.NOT_RELATED
    return "It is an inbound message already." if already else ""


RULES: Mapping[Action, _Rule] = {
    Action.ACCEPT: _Rule(_OURS_TO_DECIDE, "mail.accepted", "accepted", lambda _: ""),
    Action.ATTACH: _Rule(_OURS_TO_DECIDE, "mail.attached", "attached to a case", _not_attachable),
    Action.RECIPIENT: _Rule(_OURS_TO_DECIDE, "mail.recipient_added", "let in, its author a recipient", _no_recipient),
    Action.ALIAS: _Rule(
        frozenset({MailState.HELD, MailState.FORWARDED}),
        "mail.alias_asked",
        "kept until the address is confirmed: a link is on its way",
        _no_alias,
    ),
    Action.MESSAGE: _Rule(_OURS_TO_DECIDE, "mail.made_message", "made an inbound message", _is_message),
    Action.REPLAY: _Rule(_OURS_TO_DECIDE, "mail.replayed", "replayed", lambda _: ""),
    Action.FORWARD: _Rule(
        frozenset({MailState.HELD, MailState.DROPPED}),
        "mail.forwarded",
        "forwarded",
        lambda r: "" if r.now.catch_all else "There is no Inbound Email Catch-All to forward it to.",
    ),
    Action.DISCARD: _Rule(frozenset({MailState.HELD}), "mail.discarded", "discarded", lambda _: ""),
}

#: Acts that only put the mail in line: what comes of them is known when it has ended again.
QUEUES = frozenset({Action.ACCEPT, Action.ATTACH, Action.RECIPIENT, Action.REPLAY, Action.FORWARD})

#: What is said of each act in the audit, for a person.
WORDS: Mapping[str, str] = {rule.act: rule.words for rule in RULES.values()}

_LAST_ACT = text("""
select a.act, u.name from audit a left join users u on u.id = a.actor_id
where a.subject_id = :id order by a.at desc, a.id desc limit 1
""")


def act(
    connection: Connection,
    worker: Decider,
    action: Action,
    seen: Mapping[UUID, int],
    case_id: UUID | None = None,
) -> Outcome:
    """Does the same to several mails, as far as each allows it; all that is done is in the audit.

    `seen` has for each mail the `run` at which whoever acts has seen it: of two who act at once the second is told.
    `case_id` is for `ATTACH`. The transaction is in the scope of the tenant.
    """
    mails = decided.lock(connection, list(seen))
    now = obstacles.situation(connection, worker.tenant_id)
    authors = obstacles.authors(connection, list(mails.values()))
    outcome = Outcome()
    for mail_id, run in seen.items():
        mail = mails.get(mail_id)
        request = _Request(connection, worker, mail, case_id, now, authors[mail_id]) if mail else None
        if why := _why_not(request, action, run):
            outcome.refused[mail_id] = why
        else:
            outcome.done.append(mail_id)
    if outcome.done:
        _do(connection, worker, action, outcome.done, case_id, now.catch_all)
        details = {"case": str(case_id)} if action is Action.ATTACH else {}
        _audit(connection, worker, RULES[action].act, outcome.done, details)
    return outcome


def offers(
    mail: Row[Any],
    now: Situation,
    author: Person | None,
    passed: ForwardedUpdate | None = None,
    owner: Row[Any] | None = None,
) -> list[Action]:
    """The acts that make sense for a mail of this author as things are now, and that nothing stands in the way of;
    `passed` tells that it comes from a forwarded update, `owner` whose reply address a stranger wrote to."""
    reason = mail.evidence.get("rejected for", mail.reason)
    sensible = {
        Action.RECIPIENT: passed is not None and reason == Reason.NOT_A_RECIPIENT,
        Action.ALIAS: owner is not None and reason == Reason.AUTHOR_UNKNOWN,
        Action.MESSAGE: (mail.state, mail.reason) != (MailState.HELD, Reason.NOT_RELATED),
        Action.FORWARD: bool(now.catch_all),
    }
    possible = [action for action in Action if is_open(mail, action) and sensible.get(action, True)]
    return [action for action in possible if not in_the_way(mail, action, now, author)]


def in_the_way(mail: Row[Any], action: Action, now: Situation, author: Person | None) -> str:
    """What the act would fail by, in words; empty where nothing is known to stand in its way."""
    match action:
        case Action.ACCEPT:
            return obstacles.to_accept(mail) or obstacles.to_let_in(now, author)
        case Action.ATTACH:
            return obstacles.to_attach(mail) or obstacles.to_let_in(now, author)
        case Action.RECIPIENT:
            return "" if now.replies_on else obstacles.REPLIES_OFF
        case Action.REPLAY:
            return obstacles.to_replay(now, mail, author)
        case _:
            return ""


def is_open(mail: Row[Any], action: Action) -> bool:
    """Whether the act is possible at all: the mail has ended, is no copy, and its original is there."""
    return mail.state in RULES[action].states and not mail.duplicate_of and not mail.raw_deleted_by


def let_in(connection: Connection, worker: Decider, reason: Reason) -> int:
    """Replays all mails that are held for this reason, when the reason is gone; returns how many."""
    mail_ids = decided.lock_held_for(connection, reason)
    if mail_ids:
        decided.put_in_line(connection, mail_ids)
        _audit(connection, worker, RULES[Action.REPLAY].act, mail_ids, {"held for": reason})
    return len(mail_ids)


def _why_not(request: _Request | None, action: Action, run: int) -> str:
    """The rules that all acts share, then those of this one; the first that fails decides."""
    if request is None:
        return "There is no such mail."
    mail, rule = request.mail, RULES[action]
    if mail.run != run:
        return _who_was_quicker(request)
    if mail.duplicate_of:
        return "It is a copy of a mail that came in before: decide on that one."
    if MailState(mail.state) not in rule.states:
        return f"It is {mail.state}: it can't be {rule.words} now."
    if mail.raw_deleted_by:
        return "Its original is deleted."
    # the operator replays after a change of the rules themselves, whatever is known of the mail now
    by_operator = request.worker.user_id is None and action is Action.REPLAY
    known = "" if by_operator else in_the_way(mail, action, request.now, request.author)
    return known or rule.prepare(request)


def _who_was_quicker(request: _Request) -> str:
    last = request.connection.execute(_LAST_ACT, {"id": request.mail.id}).first()
    words = WORDS.get(last.act, "changed") if last else "changed"
    by = f" by {last.name}" if last and last.name else ""
    return f"Somebody was quicker: it was {words}{by}, and is {request.mail.state} now."


def _do(
    connection: Connection,
    worker: Decider,
    action: Action,
    mail_ids: Sequence[UUID],
    case_id: UUID | None,
    catch_all: str,
) -> None:
    match action:
        case Action.FORWARD:
            decided.send_on(connection, worker.tenant_id, mail_ids, catch_all)
        case Action.DISCARD:
            decided.discard(connection, mail_ids, worker.name)
        case Action.ACCEPT | Action.ATTACH:
            assert worker.user_id is not None, "only a person accepts"
            to_case = case_id if action is Action.ATTACH else None
            decided.decide(connection, mail_ids, Override(accepted_by=worker.user_id, case_id=to_case))
            decided.put_in_line(connection, mail_ids)
        case Action.MESSAGE:
            decided.make_messages(connection, mail_ids, worker.name)
        case Action.RECIPIENT:
            decided.decide(connection, mail_ids, None)  # it answers the update that it was sent to
            decided.put_in_line(connection, mail_ids)
        case Action.REPLAY:
            decided.put_in_line(connection, mail_ids)
        case Action.ALIAS:
            pass  # `aliases.confirm` puts them in line


def _audit(
    connection: Connection, worker: Decider, name: str, mail_ids: Sequence[UUID], details: Mapping[str, str]
) -> None:
    audit.record(connection, [Act(worker.tenant_id, worker.user_id, name, mail_id, details) for mail_id in mail_ids])
