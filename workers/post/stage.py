"""The post stage."""

from cases.posting import NewUpdate, Posted, Refusal, post_update
from schemas.records import Body, FilteredMail, Rejection
from schemas.tables import MailState, Via, now
from storage import ledger
from workers.house import House


class _Refused(Exception):  # noqa: N818  # carries a refusal out of the transaction, so that it is rolled back
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def post(mail: FilteredMail, house: House) -> Rejection | None:
    """Posts the mail as an update of its author, in one transaction with the ledger's end state.

    Returns None when the update exists, now or from an earlier delivery of this record, and a `Rejection` when the
    form would have refused it.
    """
    try:
        _post(mail, house)
    except _Refused as refused:
        return Rejection(
            custody=mail.custody,
            reason=refused.refusal.reason,
            evidence={"the form says": refused.refusal.words},
            author=mail.parsed.author,
            subject=mail.parsed.subject,
        )
    return None


def _post(mail: FilteredMail, house: House) -> None:
    parsed, custody = mail.parsed, mail.custody
    body = parsed.body or Body.model_validate_json(house.blobs.get(parsed.body_blob))
    with house.database.tenant(custody.tenant_id) as connection:
        # the ledger row is locked first: of two deliveries at once the second finds the end state and does nothing
        if not ledger.end(connection, custody.mail_id, MailState.POSTED, author=parsed.author, subject=parsed.subject):
            return
        posted_at = now()
        outcome = post_update(
            connection,
            NewUpdate(
                tenant_id=custody.tenant_id,
                case_id=mail.target.case_id,
                author_id=mail.target.author_id,
                text=body.text,
                via=Via.EMAIL,
                written_at=parsed.date or custody.received_at,
                posted_at=posted_at,
                recipients=None if mail.target.answers else (),
                answers=mail.target.answers,
                files=mail.files,
                left_out=mail.left_out,
                cut=body.cut,
                mail_id=custody.mail_id,
            ),
        )
        if not isinstance(outcome, Posted):
            raise _Refused(outcome)
