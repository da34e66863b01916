"""Carries out a person's decisions on mails that did not post; `cases.inbound.actions` has the table of actions.

Accepting, attaching or replaying a mail puts it in the queue again: it goes through the pipeline under today's rules,
except the rules that the person may overrule. A decision stands, even if the mail is held again for another reason,
until a person decides otherwise. The author of an update is always the active user whom the From field names: nobody
can post in another user's name.

    by = Decider(tenant_id, user_id, "Ann", settings.secrets.address_keys)
    outcome = act(connection, by, Action.DISCARD, {mail_id: run})
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.addresses.tokens import Keys
from cases.audit import Act
from cases.inbound import forwarded_updates, obstacles
from cases.inbound.actions import ACTIONS, WORDS, Action
from cases.inbound.forwarded_updates import ForwardedUpdate
from cases.inbound.obstacles import Situation
from cases.people import aliases
from cases.people.directory import Person
from cases.refusal import Refusal
from schemas.reasons import Reason
from schemas.records import Override
from schemas.tables import MailState
from storage.ledger import decided


@dataclass(frozen=True)
class Decider:
    """The user who decides, and their tenant; `user_id` is None for the operator.

    `keys` are `Settings.secrets.address_keys`.
    """

    tenant_id: UUID
    user_id: UUID | None
    name: str
    keys: Keys


@dataclass
class Outcome:
    """The mails on which the action was carried out, and for every other mail why it was refused."""

    done: list[UUID] = field(default_factory=list)
    refused: dict[UUID, Refusal] = field(default_factory=dict)


@dataclass(frozen=True)
class _Request:
    """One action on one mail, with the facts that its checks need."""

    connection: Connection
    by: Decider
    action: Action
    mail: Row[Any]
    case_id: UUID | None
    now: Situation
    author: Person | None

    @cached_property
    def forwarded(self) -> ForwardedUpdate | None:
        """The update that its recipient forwarded to the author of the mail, if there is one."""
        mail, by = self.mail, self.by
        return forwarded_updates.find(self.connection, by.keys, by.tenant_id, mail.recipient, mail.author)

    @cached_property
    def owner(self) -> Row[Any] | None:
        """The user to whose own reply address the mail was sent, if there is one."""
        return forwarded_updates.owner(self.connection, self.by.keys, self.by.tenant_id, self.mail.recipient)


_LAST_ACT = text("""
select a.act, u.name from audit a left join users u on u.id = a.actor_id
where a.subject_id = :id order by a.at desc, a.id desc limit 1
""")


def act(
    connection: Connection,
    by: Decider,
    action: Action,
    seen: Mapping[UUID, int],
    case_id: UUID | None = None,
) -> Outcome:
    """Carries out one action on those of several mails for which the rules allow it, and records it in the audit.

    `seen` maps the id of each mail to the `run` that the page showed: if two people act at once, the second is refused.
    `case_id` is for `ATTACH`. The transaction is in the scope of the tenant.
    """
    mails = decided.lock(connection, list(seen))
    now = obstacles.situation(connection, by.tenant_id)
    authors = obstacles.authors(connection, list(mails.values()))
    outcome = Outcome()
    for mail_id, run in seen.items():
        mail = mails.get(mail_id)
        if mail is None:
            outcome.refused[mail_id] = Refusal("There is no such email.")
            continue
        request = _Request(connection, by, action, mail, case_id, now, authors[mail_id])
        if refusal := _check(request, run):
            outcome.refused[mail_id] = refusal
        else:
            _prepare(request)
            outcome.done.append(mail_id)
    if outcome.done:
        _carry_out(connection, by, action, outcome.done, case_id, now.catch_all)
        details = {"case": str(case_id)} if action is Action.ATTACH else {}
        _audit(connection, by, ACTIONS[action].act, outcome.done, details)
    return outcome


def replay_held(connection: Connection, by: Decider, reason: Reason) -> int:
    """Replays all mails that are held for this reason, which no longer applies; returns their number."""
    mail_ids = decided.lock_held_for(connection, reason)
    if mail_ids:
        decided.put_in_queue(connection, mail_ids)
        _audit(connection, by, ACTIONS[Action.REPLAY].act, mail_ids, {"held for": reason})
    return len(mail_ids)


def _check(request: _Request, run: int) -> Refusal | None:
    """Returns why the action is refused, by the rules that all actions share and then by its own rules; else None.

    Writes nothing and sends nothing: `_prepare` does.
    """
    mail, info = request.mail, ACTIONS[request.action]
    if mail.run != run:
        return _outrun(request)
    if mail.duplicate_of:
        return Refusal("It is a copy of an email that came in before: decide on that one.")
    if MailState(mail.state) not in info.states:
        return Refusal(f"It is {mail.state}: it can't be {info.words} now.")
    if mail.raw_deleted_by:
        return Refusal("Its original is deleted.")
    # the operator replays mails after a change of the rules themselves, so known obstacles don't count
    by_operator = request.by.user_id is None and request.action is Action.REPLAY
    known = None if by_operator else obstacles.in_the_way(mail, request.action, request.now, request.author)
    return known or _check_action(request)


def _check_action(request: _Request) -> Refusal | None:
    match request.action:
        case Action.ATTACH:
            return _check_attach(request)
        case Action.RECIPIENT:
            return _check_recipient(request)
        case Action.ALIAS:
            return _check_alias(request)
        case Action.MESSAGE if request.mail.state == MailState.HELD and request.mail.reason == Reason.NOT_RELATED:
            return Refusal("It is a new matter already.")
        case Action.FORWARD if not request.now.catch_all:
            return Refusal("There is no Inbound Email Catch-All to forward it to.")
        case _:
            return None


def _check_attach(request: _Request) -> Refusal | None:
    if request.case_id is None:
        return Refusal("There is no such case.")
    if request.author is None:
        return None  # `obstacles` has refused such a mail
    return obstacles.to_attach_to(request.connection, request.case_id, request.author)


def _check_recipient(request: _Request) -> Refusal | None:
    if request.forwarded is None:
        return Refusal("It was not sent to the reply address of an update by one of your people.")
    return forwarded_updates.check(request.connection, request.forwarded)


def _check_alias(request: _Request) -> Refusal | None:
    owner, user_id = request.owner, request.by.user_id
    if obstacles.reason_of(request.mail) is not Reason.AUTHOR_UNKNOWN or owner is None or user_id is None:
        return Refusal("It did not come from a stranger to the reply address of one of your people.")
    return aliases.check(
        request.connection, request.by.tenant_id, owner.id, request.mail.author, by=user_id, tell_taken=True
    )


def _outrun(request: _Request) -> Refusal:
    last = request.connection.execute(_LAST_ACT, {"id": request.mail.id}).first()
    words = WORDS.get(last.act, "changed") if last else "changed"
    by = f" by {last.name}" if last and last.name else ""
    return Refusal(f"Someone else already handled this: it was {words}{by}, and is {request.mail.state} now.")


def _prepare(request: _Request) -> None:
    """Writes what an action on one mail needs, after `_check`: a row in the recipient log, or an alias."""
    mail, by = request.mail, request.by
    match request.action:
        case Action.RECIPIENT:
            assert request.forwarded is not None
            forwarded_updates.make_recipient(request.connection, by.tenant_id, request.forwarded, mail.author)
        case Action.ALIAS:
            owner = request.owner
            assert owner is not None
            assert by.user_id is not None
            aliases.add(request.connection, by.tenant_id, owner.id, mail.author, by=by.user_id, to=owner.email)


def _carry_out(
    connection: Connection,
    by: Decider,
    action: Action,
    mail_ids: Sequence[UUID],
    case_id: UUID | None,
    catch_all: str,
) -> None:
    match action:
        case Action.FORWARD:
            decided.send_on(connection, by.tenant_id, mail_ids, catch_all)
        case Action.DISCARD:
            decided.discard(connection, mail_ids, by.name)
        case Action.ACCEPT | Action.ATTACH:
            assert by.user_id is not None, "only a person accepts"
            to_case = case_id if action is Action.ATTACH else None
            decided.decide(connection, mail_ids, Override(accepted_by=by.user_id, case_id=to_case))
            decided.put_in_queue(connection, mail_ids)
        case Action.MESSAGE:
            decided.make_messages(connection, mail_ids, by.name)
        case Action.RECIPIENT:
            decided.decide(connection, mail_ids, None)  # it answers the update that it was sent to
            decided.put_in_queue(connection, mail_ids)
        case Action.REPLAY:
            decided.put_in_queue(connection, mail_ids)
        case Action.ALIAS:
            pass  # `aliases.confirm` puts them in the queue


def _audit(connection: Connection, by: Decider, act: str, mail_ids: Sequence[UUID], details: Mapping[str, str]) -> None:
    audit.record(connection, [Act(by.tenant_id, by.user_id, act, mail_id, details) for mail_id in mail_ids])
