"""The post stage: posts mails as updates, as the web form does, and sets their end state."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from cases.inbound import receipts
from cases.updates import posted_signatures
from cases.updates.posted_signatures import Earlier
from cases.updates.posting import FilesGone, NewUpdate, Outcome, Posted, Refusal, post_updates
from cases.updates.validation import verify
from schemas.reasons import Reason
from schemas.records import FilteredMail, Rejection, ValidatedMail, Verdict
from schemas.tables import MailState, Via, derived_id, now
from storage.ledger import endings
from storage.ledger.copies import Candidate, lock
from storage.ledger.endings import End
from storage.resources import Resources
from workers import mail_log
from workers.parse.stored_body import read_body

_OPEN = (MailState.WAITING, MailState.MOVING)
#: The most attempts at the transaction; it is tried again if a copy of one of its mails posts on the case meanwhile.
_TRIES = 5


def post(mails: Sequence[FilteredMail], resources: Resources) -> list[Rejection | ValidatedMail | None]:
    """Posts mails of one tenant as updates of their authors, and sets their end states in the same transaction.

    Returns for each mail

    * None when its update was created, or when its record is out of date, because the mail has ended or a person has
      decided on it;
    * a `Rejection` when the form would have refused it, a copy of the mail (sent to another address, or delivered
      again) has posted on the case, or its signature has posted before;
    * a `ValidatedMail` when its files are no longer stored, and must be stored again.
    """
    news = {mail.custody.mail_id: new_update(mail, resources) for mail in mails}
    for left in reversed(range(_TRIES)):
        try:
            return _post(mails, news, resources)
        except IntegrityError as error:
            if not left or not _is_copy(error):
                raise
    raise AssertionError("the last try returns or raises")


def _is_copy(error: IntegrityError) -> bool:
    """Returns whether a copy of a mail has posted on the case since the transaction looked for copies."""
    diagnosis = getattr(error.orig, "diag", None)
    return diagnosis is not None and diagnosis.constraint_name == "updates_message"


def _post(
    mails: Sequence[FilteredMail], news: Mapping[UUID, NewUpdate], resources: Resources
) -> list[Rejection | ValidatedMail | None]:
    begun = time.perf_counter()
    with resources.database.tenant(mails[0].custody.tenant_id) as connection:
        # the ledger rows are locked first. If a record is delivered twice at once, the second transaction finds the end
        # state and does nothing; with two copies of a mail, it finds the first update, or violates its unique index
        found = lock(connection, {mail.custody.mail_id: mail.target.case_id for mail in mails})
        candidates = {candidate.mail_id: candidate for candidate in found}
        still_open = [mail for mail in mails if _is_open(mail, candidates[mail.custody.mail_id])]
        twins = _twins(still_open, candidates)
        if proven := {
            key for mail in still_open if (key := candidates[mail.custody.mail_id].unverified) and _proves(mail)
        }:
            verify(connection, sorted(proven))
        firsts = [mail for mail in still_open if mail.custody.mail_id not in twins]
        again = posted_signatures.take(connection, firsts, [news[mail.custody.mail_id] for mail in firsts])
        wanted = [mail for mail in firsts if mail.custody.mail_id not in again]
        # the same order in every transaction, so that two of them with copies of the same mails don't deadlock
        wanted.sort(key=lambda mail: candidates[mail.custody.mail_id].message)
        outcomes = post_updates(connection, [_marked(mail, news, candidates) for mail in wanted]) if wanted else []
        results = {mail.custody.mail_id: outcome for mail, outcome in zip(wanted, outcomes, strict=True)}
        posted = [
            (mail, outcome) for mail, outcome in zip(wanted, outcomes, strict=True) if isinstance(outcome, Posted)
        ]
        done = {mail.custody.mail_id for mail, _ in posted}
        posted_signatures.give_back(connection, [mail.custody.mail_id for mail in firsts if _is_left(mail, done)])
        endings.end(connection, [_posted(mail) for mail, _ in posted])
        if posted:
            receipts.of_posts(connection, posted[0][1].receipts, [mail for mail, _ in posted])
    for mail, _ in posted:
        mail_log.ended("post", mail.custody, MailState.POSTED, None, (time.perf_counter() - begun) * 1000, len(mails))
    return [shown_again(mail, again) or _onward(mail, twins, results.get(mail.custody.mail_id)) for mail in mails]


def _is_open(mail: FilteredMail, current: Candidate) -> bool:
    """Returns whether the mail has not ended, and nobody has decided on it since its record was made."""
    return current.state in _OPEN and current.run == mail.custody.run


def _twins(mails: Sequence[FilteredMail], candidates: Mapping[UUID, Candidate]) -> dict[UUID, UUID]:
    """Returns, by mail id, the copy that posts instead; mails that post themselves are left out.

    The copy is the mail that has already posted on the case, else the first copy in `mails`, proven mails first.
    """
    first_here: dict[tuple[bytes, UUID], UUID] = {}
    twins: dict[UUID, UUID] = {}
    for mail in sorted(mails, key=lambda mail: not _proves(mail)):
        mail_id = mail.custody.mail_id
        candidate = candidates[mail_id]
        first = candidate.posted_as or first_here.setdefault((candidate.message, mail.target.case_id), mail_id)
        if first != mail_id:
            twins[mail_id] = first
    return twins


def _proves(mail: FilteredMail) -> bool:
    """Returns whether the mail is proven to come from its author."""
    return mail.parsed.proof is not None and mail.parsed.proof.verdict is Verdict.PROVEN


def _marked(mail: FilteredMail, news: Mapping[UUID, NewUpdate], candidates: Mapping[UUID, Candidate]) -> NewUpdate:
    return replace(news[mail.custody.mail_id], message=candidates[mail.custody.mail_id].message)


def _is_left(mail: FilteredMail, done: Collection[UUID]) -> bool:
    """Returns whether the mail did not post, but may have claimed signatures."""
    return mail.parsed.proof is not None and bool(mail.parsed.proof.signatures) and mail.custody.mail_id not in done


def new_update(mail: FilteredMail, resources: Resources) -> NewUpdate:
    """Returns the update to create from the mail."""
    parsed, custody = mail.parsed, mail.custody
    body = read_body(parsed, resources)
    return NewUpdate(
        tenant_id=custody.tenant_id,
        case_id=mail.target.case_id,
        author_id=mail.target.author_id,
        text=body.text,
        via=Via.EMAIL,
        written_at=parsed.date or custody.received_at,
        posted_at=now(),
        recipients=None if mail.target.answers else (),
        answers=mail.target.answers,
        access_group=mail.target.group,
        files=mail.files,
        left_out=mail.left_out,
        cut=body.cut,
        mail_id=custody.mail_id,
        unverified=mail.target.unverified,
        update_id=derived_id(custody.mail_id, "update"),
    )


def _posted(mail: FilteredMail) -> End:
    return End(mail.custody.mail_id, MailState.POSTED, author=mail.parsed.author, subject=mail.parsed.subject)


def shown_again(mail: FilteredMail, again: Mapping[UUID, Earlier]) -> Rejection | None:
    """Returns the rejection of a mail whose signature has posted before; None for any other mail."""
    earlier = again.get(mail.custody.mail_id)
    if earlier is None:
        return None
    if earlier.same:
        return _rejected(mail, Reason.DUPLICATE, {"its signature has posted on this case as": str(earlier.mail_id)})
    return _rejected(mail, Reason.SIGNATURE_REUSED, {"its signature has posted as": str(earlier.mail_id)})


def _onward(
    mail: FilteredMail, twins: Mapping[UUID, UUID], outcome: Outcome | None
) -> Rejection | ValidatedMail | None:
    if twin := twins.get(mail.custody.mail_id):
        reason, evidence = Reason.DUPLICATE, {"the same mail posted on this case as": str(twin)}
    elif isinstance(outcome, Refusal):
        reason, evidence = outcome.reason, {"the form says": outcome.words}
    elif isinstance(outcome, FilesGone):
        return ValidatedMail(parsed=mail.parsed, target=mail.target)
    else:
        return None
    return _rejected(mail, reason, evidence)


def _rejected(mail: FilteredMail, reason: Reason, evidence: dict[str, str]) -> Rejection:
    return Rejection(
        custody=mail.custody,
        reason=reason,
        evidence=evidence,
        author=mail.parsed.author,
        subject=mail.parsed.subject,
        message_id=mail.parsed.message_id,
        by_person=mail.parsed.machine is None,
        may_be_forged=mail.parsed.is_unproven,
    )
