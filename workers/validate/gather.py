"""Reads the facts about several mails of one tenant from the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from cases.addresses.compare import email_key
from cases.addresses.tokens import Address, Keys, read
from cases.addresses.typos import likely
from cases.inbound import answered_update, destinations, sent_updates, tenant_policy
from cases.inbound.destinations import Destination, Question
from cases.inbound.rate_limit import RateLimit
from cases.people.directory import Person, find_all
from schemas.records import ParsedMail
from schemas.tables import OPERATOR, Authentication, MailState
from storage.ledger import copies as ledger_copies
from workers.validate.facts import Facts

_UNDER_WAY = (MailState.WAITING, MailState.MOVING)
_Destinations = Mapping[Question, Destination]


def gather(connection: Connection, mails: Sequence[ParsedMail], keys: Keys, limit: RateLimit) -> list[Facts]:
    """Returns the facts about mails of one tenant, in order; `connection` is in the tenant's scope."""
    # the tenant's policy, the authors, and the other copies of the mails
    tenant = tenant_policy.read(connection, mails[0].custody.tenant_id, mails, limit)
    authors = find_all(connection, [email_key(mail.author) for mail in mails])
    copies = ledger_copies.copies(connection, [mail.custody.mail_id for mail in mails])
    bare = [
        _bare(mail, tenant, keys, author, [copy for copy in copies if copy.of == mail.custody.mail_id], count, limit)
        for mail, author, *count in zip(mails, authors, tenant.mails_of_senders, tenant.mails_of_authors, strict=True)
    ]
    # the destinations of the addresses; a case to which a person attached a mail takes precedence
    addressed = _with_destinations(connection, bare, keys, tenant.reply_days)
    attached = _attached(connection, addressed)
    placed = [
        replace(facts, destination=attached[facts.mail.custody.mail_id], meant_cases=())
        if facts.mail.custody.mail_id in attached
        else facts
        for facts in addressed
    ]
    answered = _with_answers(connection, list(zip(placed, (facts.destination for facts in addressed), strict=True)))
    return _with_sent(connection, answered, keys)


def _bare(
    mail: ParsedMail,
    tenant: Row[Any],
    keys: Keys,
    author: Person | None,
    copies: Sequence[Row[Any]],
    counts: Sequence[int],
    limit: RateLimit,
) -> Facts:
    """Returns the facts of a mail and its copies, still without destinations."""
    facts = Facts(
        mail=mail,
        at=tenant.at,
        tenant_active=tenant.active,
        replies_on=tenant.replies_on,
        authentication=Authentication(tenant.authentication),
        address=_address(mail, keys),
        author=author,
        destination=None,
        mails_of_sender=counts[0],
        mails_of_author=counts[1],
        rate_limit=limit,
        recipients=sum(row.same_delivery for row in copies) + 1,
        erased=ledger_copies.first_erased(copies),
        attached_to=_attached_to(mail, copies),
        sealers=tuple(tenant.arc_sealers),
        answer_score=tenant.answer_score,
        posts_also=frozenset(tenant.posts_also),
    )
    relevant = [row for row in copies if row.same_delivery or row.state == MailState.POSTED]
    return replace(facts, copies=tuple(_copy(facts, row, keys) for row in relevant))


def _attached_to(mail: ParsedMail, copies: Sequence[Row[Any]]) -> UUID | None:
    """Returns the case to which a person attached the mail or, if nobody decided on this mail, another copy of it."""
    if override := mail.custody.override:
        return override.case_id
    return next((row.attached_to for row in copies if row.attached_to), None)


def _copy(facts: Facts, row: Row[Any], keys: Keys) -> Facts:
    # a person's decision applies to one mail, not to its copies
    changes = {"mail_id": row.id, "recipient": row.recipient, "override": None}
    custody = facts.mail.custody.model_copy(update=changes)
    mail = facts.mail.model_copy(update={"custody": custody})
    return replace(
        facts,
        mail=mail,
        address=_address(mail, keys),
        posted=row.state == MailState.POSTED,
        posted_unverified=row.unverified,
        under_way=row.state in _UNDER_WAY,
        same_delivery=row.same_delivery,
    )


def _address(mail: ParsedMail, keys: Keys) -> Address | None:
    return read(keys, mail.custody.tenant_id, mail.custody.recipient.rpartition("@")[0])


def _with_destinations(connection: Connection, mails: Sequence[Facts], keys: Keys, reply_days: int) -> Sequence[Facts]:
    """Returns the facts with the destinations of mails and copies, and the cases that mistyped addresses may mean."""
    likely_addresses = {facts.mail.custody.mail_id: _likely(facts, keys) for facts in mails}
    guesses = [(address.kind, address.handle, None) for found in likely_addresses.values() for address in found]
    asked = [question for facts in mails for mail in (facts, *facts.copies) if (question := _question(mail))]
    found = destinations.find(connection, {*asked, *guesses}, reply_days)
    return [
        replace(
            _with_destination(facts, found),
            copies=tuple(_with_destination(copy, found) for copy in facts.copies),
            meant_cases=_case_numbers(likely_addresses[facts.mail.custody.mail_id], found),
        )
        for facts in mails
    ]


def _likely(facts: Facts, keys: Keys) -> set[Address]:
    custody = facts.mail.custody
    if facts.address is not None or custody.tenant_id == OPERATOR:
        return set()
    return likely(keys, custody.tenant_id, custody.recipient.rpartition("@")[0])


def _question(facts: Facts) -> Question | None:
    if facts.address is None:
        return None
    return facts.address.kind, facts.address.handle, facts.author.id if facts.author else None


def _with_destination(facts: Facts, found: _Destinations) -> Facts:
    question = _question(facts)
    return replace(facts, destination=found.get(question)) if question else facts


def _case_numbers(addresses: Iterable[Address], found: _Destinations) -> tuple[str, ...]:
    questions = [(address.kind, address.handle, None) for address in addresses]
    return tuple(sorted({found[question].case_number for question in questions if question in found}))


def _attached(connection: Connection, mails: Sequence[Facts]) -> dict[UUID, Destination | None]:
    """Returns, by mail id, the cases to which mails are attached; None for a case that does not exist."""
    attached = [
        (facts.mail.custody.mail_id, facts.attached_to, facts.author.id if facts.author else None)
        for facts in mails
        if facts.attached_to
    ]
    if not attached:
        return {}
    return dict.fromkeys(mail_id for mail_id, *_ in attached) | dict(destinations.of_cases(connection, attached))


def _with_answers(connection: Connection, mails: Sequence[tuple[Facts, Destination | None]]) -> list[Facts]:
    """Returns the facts with the update that each mail answers. Takes pairs: facts, and destination of the address."""
    named = [answered_update.notice_id(facts.mail.in_reply_to) if facts.destination else None for facts, _ in mails]
    # nearly all answers name the notice that contained their address, which is already known
    unknown = [
        notice
        for notice, (_, addressed) in zip(named, mails, strict=True)
        if notice and not (addressed and addressed.notice == notice)
    ]
    notices = answered_update.notices(connection, unknown)
    return [
        _with_answer(connection, facts, addressed, notices.get(notice) if notice else None)
        for notice, (facts, addressed) in zip(named, mails, strict=True)
    ]


def _with_answer(connection: Connection, facts: Facts, addressed: Destination | None, notice: Row[Any] | None) -> Facts:
    """Returns the facts with the answered update and the access groups.

    A mail answers the update whose notice it names, if that notice was sent to its author; else the update of its
    address. `groups` are the access groups of all that the mail answers on this case: of that notice, of its address,
    and of the other addresses of its delivery. For a mail that a person attached, groups of other cases count, too.
    """
    if facts.destination is None:
        return facts
    case_id, attached = facts.destination.case_id, facts.destination is not addressed
    named = [addressed, *(copy.destination for copy in facts.copies if copy.same_delivery)]
    found = [(destination.case_id, destination.group) for destination in named if destination]
    if notice:
        found.append((notice.case_id, notice.group_id))
    groups = frozenset(group for of_case, group in found if group and (attached or of_case == case_id))
    known = notice and facts.author and notice.user_id == facts.author.id and notice.case_id == case_id
    answers = notice.update_id if notice and known and not attached else facts.destination.answers
    return replace(facts, answers=answers, groups=answered_update.narrowest(connection, groups))


def _with_sent(connection: Connection, mails: Sequence[Facts], keys: Keys) -> list[Facts]:
    """Returns the facts with the notices that the author of each mail was sent on its case; a machine's mail has none,
    as it never posts."""
    asked = {
        place: (facts.destination.case_id, facts.author.id, facts.answers)
        for place, facts in enumerate(mails)
        if facts.destination and facts.author and facts.mail.machine is None
    }
    found = dict(zip(asked, sent_updates.find(connection, list(asked.values()), keys), strict=True))
    return [replace(facts, sent=tuple(found.get(place, ()))) for place, facts in enumerate(mails)]
