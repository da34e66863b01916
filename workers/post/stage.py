"""The post stage."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from cases.posting import NewUpdate, Posted, Refusal, post_updates
from schemas.reasons import Reason
from schemas.records import Body, FilteredMail, Rejection
from schemas.tables import InboundMessage, MailState, Via, core, now
from storage import ledger
from storage.ledger import Copy, End
from workers.house import House

_CASES_OF = text("select mail_id, case_id from updates where mail_id = any(cast(:mail_ids as uuid[]))")
#: A mail that is played again has its message already.
_INSERT_MESSAGES = insert(core(InboundMessage)).on_conflict_do_nothing()
_OPEN = (MailState.WAITING, MailState.MOVING)

#: Where a mail has posted, by what it shares with its copies: message and case.
_Taken = dict[tuple[bytes, UUID], UUID]


def post(mails: Sequence[FilteredMail], house: House) -> list[Rejection | None]:
    """Posts mails of one tenant as updates of their authors, in one transaction with the ledger's end states.

    Returns for each None when the update (or the inbound message) exists, now or from an earlier delivery of its
    record, and a `Rejection` when the form would have refused it, or when the same mail has posted on the case by way
    of another address.
    """
    news = {mail.custody.mail_id: _new_update(mail, house) for mail in mails}
    with house.database.tenant(mails[0].custody.tenant_id) as connection:
        # the ledger rows are locked first: of two deliveries at once the second finds the end state and does nothing,
        # and of two copies of one mail the second finds the update of the first
        copies = {copy.mail_id: copy for copy in ledger.lock_copies(connection, list(news))}
        still_open = [mail for mail in mails if copies[mail.custody.mail_id].state in _OPEN]
        twins = _twins(connection, still_open, copies)
        wanted = [mail for mail in still_open if mail.custody.mail_id not in twins]
        messages = [mail for mail in wanted if mail.target.unrelated]
        updates = [mail for mail in wanted if not mail.target.unrelated]
        outcomes = post_updates(connection, [news[mail.custody.mail_id] for mail in updates]) if updates else []
        results = {mail.custody.mail_id: outcome for mail, outcome in zip(updates, outcomes, strict=True)}
        if messages:
            connection.execute(_INSERT_MESSAGES, [_message(news[mail.custody.mail_id]) for mail in messages])
        posted = [_posted(mail) for mail in updates if isinstance(results[mail.custody.mail_id], Posted)]
        ledger.end(connection, [*posted, *(_held(mail) for mail in messages)])
    return [_rejection(mail, twins, results.get(mail.custody.mail_id)) for mail in mails]


def _twins(connection: Connection, mails: Sequence[FilteredMail], copies: Mapping[UUID, Copy]) -> dict[UUID, UUID]:
    """Those of the mails of which a copy has posted on the same case, or stands before them here; with that copy."""
    taken: _Taken = {}
    posted = [copy.mail_id for copy in copies.values() if copy.state is MailState.POSTED]
    if posted:
        for row in connection.execute(_CASES_OF, {"mail_ids": posted}):
            taken[copies[row.mail_id].message, row.case_id] = row.mail_id
    twins: dict[UUID, UUID] = {}
    for mail in mails:
        mail_id = mail.custody.mail_id
        first = taken.setdefault((copies[mail_id].message, mail.target.case_id), mail_id)
        if first != mail_id:
            twins[mail_id] = first
    return twins


def _new_update(mail: FilteredMail, house: House) -> NewUpdate:
    parsed, custody = mail.parsed, mail.custody
    body = parsed.body or Body.model_validate_json(house.blobs.get(parsed.body_blob))
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
        files=mail.files,
        left_out=mail.left_out,
        cut=body.cut,
        mail_id=custody.mail_id,
    )


def _message(new: NewUpdate) -> dict[str, object]:
    return {
        "mail_id": new.mail_id,
        "tenant_id": new.tenant_id,
        "case_id": new.case_id,
        "answers": new.answers,
        "author_id": new.author_id,
        "text": new.text.strip(),
        "files": [file.model_dump(mode="json") for file in new.files],
        "left_out": [item.model_dump(mode="json") for item in new.left_out],
        "cut": [cut.model_dump(mode="json") for cut in new.cut],
        "written_at": new.written_at,
    }


def _posted(mail: FilteredMail) -> End:
    return End(mail.custody.mail_id, MailState.POSTED, author=mail.parsed.author, subject=mail.parsed.subject)


def _held(mail: FilteredMail) -> End:
    return End(
        mail.custody.mail_id,
        MailState.HELD,
        reason=Reason.NOT_RELATED,
        evidence=mail.target.unrelated,
        author=mail.parsed.author,
        subject=mail.parsed.subject,
    )


def _rejection(mail: FilteredMail, twins: Mapping[UUID, UUID], outcome: Posted | Refusal | None) -> Rejection | None:
    if twin := twins.get(mail.custody.mail_id):
        reason, evidence = Reason.DUPLICATE, {"the same mail posted on this case as": str(twin)}
    elif isinstance(outcome, Refusal):
        reason, evidence = outcome.reason, {"the form says": outcome.words}
    else:
        return None
    return Rejection(
        custody=mail.custody,
        reason=reason,
        evidence=evidence,
        author=mail.parsed.author,
        subject=mail.parsed.subject,
    )
