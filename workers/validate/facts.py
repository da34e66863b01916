"""The facts that the rules decide on, read for several mails at once in their tenant's scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.compare import email_key
from cases.addresses.tokens import Address, AddressKind, Keys, read
from cases.addresses.typos import likely
from cases.people.directory import Person, find_all
from schemas.records import ParsedMail
from schemas.tables import OPERATOR, Authentication, MailState
from storage.ledger import copies as ledger_copies
from workers.validate import answered
from workers.validate import rate_limit as paces
from workers.validate.rate_limit import MAILS_OF_AUTHORS, MAILS_OF_SENDERS, RateLimit


@dataclass(frozen=True)
class Place:
    """What the address names, or the case that a case worker has chosen. `answers` is the update whose reply address
    it is, `group` the access group of that, `notice` its line in the recipient log; `works_until` when the address
    stops working, None for never; `retired` whether the case has a newer one; `was_sent` whether the author is in the
    log of that update's recipients; `member` whether they are a member of the case."""

    case_id: UUID
    case_number: str
    case_title: str
    answers: UUID | None
    works_until: datetime | None
    retired: bool
    was_sent: bool
    member: bool
    group: UUID | None = None
    notice: UUID | None = None


@dataclass(frozen=True)
class Facts:
    """All that the rules may ask about one mail, as of the time `at`.

    `meant` are the cases of addresses that a mistyped one is like. `recipients` is at how many addresses this delivery
    of the mail came in. `copies` are the other ones, and those of other deliveries that have posted, as facts of their
    own: `posted` is true of a copy that has become an update, `posted_unverified` if nothing proved who wrote it,
    `under_way` of one that still may, `same_delivery` of one that came with it. Of another delivery nothing else
    counts: it may have been spoiled on its way. `erased` is a copy that was erased. `attached_to` is the case that a
    person chose for it. `answers` is the update that the mail answers, if any, `groups` the access group that it must
    not leave, or several where none of them will do. `mails_of_sender` and `mails_of_author` are explained in `pace`,
    `answer_score` in `relation`; `sealers` are the forwarders whom the tenant trusts.
    """

    mail: ParsedMail
    at: datetime
    tenant_active: bool
    replies_on: bool
    authentication: Authentication
    address: Address | None
    author: Person | None
    place: Place | None
    mails_of_sender: int
    mails_of_author: int
    pace: RateLimit
    meant: tuple[str, ...] = ()
    recipients: int = 1
    copies: tuple["Facts", ...] = ()
    posted: bool = False
    posted_unverified: bool = False
    under_way: bool = True
    same_delivery: bool = True
    erased: UUID | None = None
    attached_to: UUID | None = None
    answers: UUID | None = None
    groups: frozenset[UUID] = frozenset()
    sealers: tuple[str, ...] = ()
    answer_score: int = 1


_TENANT = text(f"""
select now() as at, active, replies_on, reply_days, authentication, arc_sealers, answer_score,
    {MAILS_OF_SENDERS} as mails_of_senders, {MAILS_OF_AUTHORS} as mails_of_authors
from tenants t where id = :tenant_id
""")  # noqa: S608  # only constants of ours are put in

_REPLY_PLACES = text("""
select k.handle, k.author_id, u.case_id, c.number, c.title, r.update_id as answers, u.access_group_id as group_id,
    r.id as notice_id, false as retired,
    case when :reply_days > 0 then r.logged_at + make_interval(days => :reply_days) end as works_until,
    exists (select 1 from update_recipients o where o.update_id = r.update_id and o.user_id = k.author_id) as was_sent,
    exists (select 1 from case_members m where m.case_id = u.case_id and m.user_id = k.author_id) as member
from unnest(cast(:handles as text[]), cast(:author_ids as uuid[])) k(handle, author_id)
join update_recipients r on r.handle = k.handle join updates u on u.id = r.update_id join cases c on c.id = u.case_id
""")

_CASE_PLACES = text("""
select k.handle, k.author_id, a.case_id, c.number, c.title, null::uuid as answers, null::uuid as group_id,
    null::uuid as notice_id, a.retired_at is not null as retired,
    coalesce(a.works_until, a.retired_at) as works_until, false as was_sent,
    exists (select 1 from case_members m where m.case_id = a.case_id and m.user_id = k.author_id) as member
from unnest(cast(:handles as text[]), cast(:author_ids as uuid[])) k(handle, author_id)
join case_addresses a on a.handle = k.handle join cases c on c.id = a.case_id
""")

# a case worker has attached the mail to a case: it posts there, wherever it was sent to
_CHOSEN_PLACES = text("""
select k.mail_id, c.id as case_id, c.number, c.title,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = k.author_id) as member
from unnest(cast(:mail_ids as uuid[]), cast(:case_ids as uuid[]), cast(:author_ids as uuid[]))
    k(mail_id, case_id, author_id)
join cases c on c.id = k.case_id
""")

_PLACES = {AddressKind.REPLY: _REPLY_PLACES, AddressKind.CASE: _CASE_PLACES}

_UNDER_WAY = (MailState.WAITING, MailState.MOVING)

#: What a place is asked for with: the kind and the handle of the address, and the author's id.
_Question = tuple[AddressKind, str, UUID | None]
_Places = Mapping[_Question, Place]


def gather(connection: Connection, mails: Sequence[ParsedMail], keys: Keys, pace: RateLimit) -> list[Facts]:
    """Reads the facts about mails of one tenant from the database, in its scope."""
    tenant_id = mails[0].custody.tenant_id
    tenant = connection.execute(_TENANT, {"tenant_id": tenant_id, **paces.values(mails, pace)}).one()
    authors = find_all(connection, [email_key(mail.author) for mail in mails])
    copies = ledger_copies.copies(connection, [mail.custody.mail_id for mail in mails])
    bare = [
        _bare(mail, tenant, keys, author, [copy for copy in copies if copy.of == mail.custody.mail_id], count, pace)
        for mail, author, *count in zip(mails, authors, tenant.mails_of_senders, tenant.mails_of_authors, strict=True)
    ]
    meant = {facts.mail.custody.mail_id: _like(facts, keys) for facts in bare}
    guesses = [(address.kind, address.handle, None) for addresses in meant.values() for address in addresses]
    asked = [question for facts in bare for one in (facts, *facts.copies) if (question := _question(one))]
    places = _places(connection, {*asked, *guesses}, tenant.reply_days)
    found = [
        replace(
            _placed(facts, places),
            copies=tuple(_placed(copy, places) for copy in facts.copies),
            meant=_cases(meant[facts.mail.custody.mail_id], places),
        )
        for facts in bare
    ]
    chosen = _chosen(connection, found)
    placed = [
        replace(facts, place=chosen[facts.mail.custody.mail_id], meant=())
        if facts.mail.custody.mail_id in chosen
        else facts
        for facts in found
    ]
    return _answering(connection, list(zip(placed, (one.place for one in found), strict=True)))


def _answering(connection: Connection, mails: Sequence[tuple[Facts, Place | None]]) -> list[Facts]:
    """The facts with what each mail answers; with each comes the place that its own address names."""
    named = [answered.notice_id(facts.mail.in_reply_to) if facts.place else None for facts, _ in mails]
    # of nearly all answers that is the notice that their address was sent with
    others = [
        notice
        for notice, (_, place) in zip(named, mails, strict=True)
        if notice and not (place and place.notice == notice)
    ]
    notices = answered.notices(connection, others)
    return [
        _with_groups(connection, facts, place, notices.get(notice) if notice else None)
        for notice, (facts, place) in zip(named, mails, strict=True)
    ]


def _with_groups(connection: Connection, facts: Facts, addressed: Place | None, notice: Row[Any] | None) -> Facts:
    """A mail answers the update whose notice it names, if its author was sent that one, else that of its address.

    It may be seen by nobody who can't see all that it answers on the case: by that notice, by its address, and by the
    other addresses of its delivery; if a person has attached it to a case, on any case.
    """
    if facts.place is None:
        return facts
    attached = facts.place is not addressed
    places = [addressed, *(copy.place for copy in facts.copies if copy.same_delivery)]
    found = [(place.case_id, place.group) for place in places if place]
    if notice:
        found.append((notice.case_id, notice.group_id))
    near = frozenset(group for case_id, group in found if group and (attached or case_id == facts.place.case_id))
    known = notice and facts.author and notice.user_id == facts.author.id and notice.case_id == facts.place.case_id
    answers = notice.update_id if notice and known and not attached else facts.place.answers
    return replace(facts, answers=answers, groups=answered.narrowest(connection, near))


def _chosen(connection: Connection, facts: Sequence[Facts]) -> dict[UUID, Place | None]:
    """Of the mails that are attached to a case, that case, by the mail's id; None where there is none."""
    attached = [
        (one.mail.custody.mail_id, one.attached_to, one.author.id if one.author else None)
        for one in facts
        if one.attached_to
    ]
    if not attached:
        return {}
    mail_ids, case_ids, author_ids = zip(*attached, strict=True)
    values = {"mail_ids": list(mail_ids), "case_ids": list(case_ids), "author_ids": list(author_ids)}
    places = {
        row.mail_id: Place(row.case_id, row.number, row.title, None, None, False, False, row.member)
        for row in connection.execute(_CHOSEN_PLACES, values)
    }
    return dict.fromkeys(mail_ids) | places


def _bare(
    mail: ParsedMail,
    tenant: Row[Any],
    keys: Keys,
    author: Person | None,
    copies: Sequence[Row[Any]],
    counts: Sequence[int],
    pace: RateLimit,
) -> Facts:
    """The facts of a mail and its copies, without what its address names."""
    facts = Facts(
        mail=mail,
        at=tenant.at,
        tenant_active=tenant.active,
        replies_on=tenant.replies_on,
        authentication=Authentication(tenant.authentication),
        address=_address(mail, keys),
        author=author,
        place=None,
        mails_of_sender=counts[0],
        mails_of_author=counts[1],
        pace=pace,
        recipients=sum(row.same_delivery for row in copies) + 1,
        erased=ledger_copies.first_erased(copies),
        attached_to=_attached_to(mail, copies),
        sealers=tuple(tenant.arc_sealers),
        answer_score=tenant.answer_score,
    )
    near = [row for row in copies if row.same_delivery or row.state == MailState.POSTED]
    return replace(facts, copies=tuple(_copy(facts, row, keys) for row in near))


def _attached_to(mail: ParsedMail, copies: Sequence[Row[Any]]) -> UUID | None:
    """The case that a person attached the mail to, or, if nobody decided on this one, another delivery of it."""
    if override := mail.custody.override:
        return override.case_id
    return next((row.attached_to for row in copies if row.attached_to), None)


def _copy(facts: Facts, row: Row[Any], keys: Keys) -> Facts:
    # what a person has decided is of the one mail
    own = {"mail_id": row.id, "recipient": row.recipient, "override": None}
    custody = facts.mail.custody.model_copy(update=own)
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


def _like(facts: Facts, keys: Keys) -> set[Address]:
    custody = facts.mail.custody
    if facts.address is not None or custody.tenant_id == OPERATOR:
        return set()
    return likely(keys, custody.tenant_id, custody.recipient.rpartition("@")[0])


def _question(facts: Facts) -> _Question | None:
    if facts.address is None:
        return None
    return facts.address.kind, facts.address.handle, facts.author.id if facts.author else None


def _placed(facts: Facts, places: _Places) -> Facts:
    question = _question(facts)
    return replace(facts, place=places.get(question)) if question else facts


def _cases(meant: Iterable[Address], places: _Places) -> tuple[str, ...]:
    found = [places[question] for one in meant if (question := (one.kind, one.handle, None)) in places]
    return tuple(sorted({place.case_number for place in found}))


def _places(connection: Connection, questions: Iterable[_Question], reply_days: int) -> dict[_Question, Place]:
    places: dict[_Question, Place] = {}
    for kind, statement in _PLACES.items():
        asked = [question for question in questions if question[0] is kind]
        if asked:
            values: dict[str, object] = {"handles": [handle for _, handle, _ in asked]}
            values["author_ids"] = [author for *_, author in asked]
            if kind is AddressKind.REPLY:
                values["reply_days"] = reply_days
            for row in connection.execute(statement, values):
                places[kind, row.handle, row.author_id] = Place(
                    row.case_id,
                    row.number,
                    row.title,
                    row.answers,
                    row.works_until,
                    row.retired,
                    row.was_sent,
                    row.member,
                    row.group_id,
                    row.notice_id,
                )
    return places
