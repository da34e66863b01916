"""Explains why a mail posts or does not: applies every rule again, without any effect."""

from uuid import UUID

from cases.inbound.rate_limit import RateLimit
from cases.inbound.rule_report import Answer, Asked
from schemas.reasons import Reason
from schemas.records import Custody, FetchedMail, ParsedMail, ProofOrder, Rejection
from storage.ledger import originals
from storage.resources import Resources
from workers.authenticate.stage import prove
from workers.errors import is_away, reason_of
from workers.parse.stage import parse
from workers.rehearsal import rehearsal_of, rehearse
from workers.validate.decision import table, wants_proof
from workers.validate.facts import Facts
from workers.validate.gather import gather
from workers.validate.stage import proven

_READ = "It can be read, and is within all limits"
_FORM = "The update form would take its text and its files"


def why(tenant_id: UUID, mail_id: UUID, resources: Resources) -> tuple[Asked, ...] | None:
    """Returns the answer of each rule to a mail today, from reading the mail to the rules of the update form.

    Returns None when there is no such mail, it is a copy of another mail, or its original is gone. Raises transient
    errors, such as a lost connection; any other error is shown as a rule that fails.
    """
    rehearsal = rehearsal_of(resources)
    with rehearsal.database.tenant(tenant_id) as connection:
        mail = originals.find(connection, mail_id)
    if mail is None:
        return None
    try:
        return _asked(mail.custody, rehearsal)
    except Exception as error:
        if is_away(error):
            raise
        evidence = {"error": f"{type(error).__name__}: {error}"}
        return (Asked(reason_of(error), _READ, Answer.NO, evidence),)


def facts_of(mail: ParsedMail, raw: bytes, resources: Resources) -> Facts:
    """Returns the facts that the rules use now, with the proof of the sender if the tenant requires it."""
    facts = _facts(mail, resources)
    if not wants_proof(facts):
        return facts
    proof = prove(raw, ProofOrder(parsed=facts.mail, may_wait=False, sealers=facts.sealers), resources)
    return _facts(facts.mail.model_copy(update={"proof": proof}), resources)


def _asked(custody: Custody, rehearsal: Resources) -> tuple[Asked, ...]:
    parsed = parse(FetchedMail(custody=custody), rehearsal)
    if isinstance(parsed, Rejection):
        return (Asked(parsed.reason, _READ, Answer.NO, parsed.evidence),)
    rules = table(facts_of(parsed, rehearsal.blobs.get(custody.raw), rehearsal))
    rows = (Asked(Reason.UNREADABLE, _READ, Answer.YES), *rules)
    if any(row.answer is Answer.NO for row in rules):
        return (*rows, Asked(Reason.REFUSED, _FORM, Answer.NOT_ASKED))
    rejection = rehearse(parsed, rehearsal)
    if rejection is None:
        return (*rows, Asked(Reason.REFUSED, _FORM, Answer.YES))
    return (*rows, Asked(rejection.reason, _FORM, Answer.NO, rejection.evidence))


def _facts(mail: ParsedMail, resources: Resources) -> Facts:
    settings = resources.settings
    limit = RateLimit(settings.intake.sender_mails, settings.intake.sender_minutes)
    with resources.database.tenant(mail.custody.tenant_id) as connection:
        (facts,) = gather(
            connection, [proven(mail, settings.secrets.address_keys)], settings.secrets.address_keys, limit
        )
    return facts
