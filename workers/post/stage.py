"""The post stage."""

from collections.abc import Sequence

from cases import receipts
from cases.posting import NewUpdate, Posted, Refusal, post_updates
from schemas.records import Body, FilteredMail, ParsedMail, Rejection
from schemas.tables import MailState, Via, now
from storage import ledger
from storage.ledger import End
from workers.house import House


def post(mails: Sequence[FilteredMail], house: House) -> list[Rejection | None]:
    """Posts mails of one tenant as updates of their authors, in one transaction with the ledger's end states.

    Returns for each None when the update exists, now or from an earlier delivery of its record, and a `Rejection`
    when the form would have refused it.
    """
    news = {mail.custody.mail_id: new_update(mail, house) for mail in mails}
    with house.database.tenant(mails[0].custody.tenant_id) as connection:
        # the ledger rows are locked first: of two deliveries at once the second finds the end state and does nothing
        still_open = ledger.lock_open(connection, [mail.custody for mail in mails])
        wanted = [mail for mail in mails if mail.custody.mail_id in still_open]
        outcomes = post_updates(connection, [news[mail.custody.mail_id] for mail in wanted]) if wanted else []
        results = {mail.custody.mail_id: outcome for mail, outcome in zip(wanted, outcomes, strict=True)}
        posted = [
            (mail, outcome) for mail, outcome in zip(wanted, outcomes, strict=True) if isinstance(outcome, Posted)
        ]
        ledger.end(connection, [_posted(mail) for mail, _ in posted])
        if posted:
            receipts.of_posts(connection, posted[0][1].receipts, [mail for mail, _ in posted])
    return [_rejection(mail, results.get(mail.custody.mail_id)) for mail in mails]


def new_update(mail: FilteredMail, house: House) -> NewUpdate:
    """The update that the mail wants to become."""
    parsed, custody = mail.parsed, mail.custody
    body = read_body(parsed, house)
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


def read_body(parsed: ParsedMail, house: House) -> Body:
    """The person's own words, from the record or, where they are too long for it, from the blob store."""
    return parsed.body or Body.model_validate_json(house.blobs.get(parsed.body_blob))


def _posted(mail: FilteredMail) -> End:
    return End(mail.custody.mail_id, MailState.POSTED, author=mail.parsed.author, subject=mail.parsed.subject)


def _rejection(mail: FilteredMail, outcome: Posted | Refusal | None) -> Rejection | None:
    if not isinstance(outcome, Refusal):
        return None
    return Rejection(
        custody=mail.custody,
        reason=outcome.reason,
        evidence={"the form says": outcome.words},
        author=mail.parsed.author,
        subject=mail.parsed.subject,
        message_id=mail.parsed.message_id,
        by_person=mail.parsed.machine is None,
    )
