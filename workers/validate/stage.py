"""The validate stage: decides whether mails may post, and records bounces, address use and verdicts on senders."""

from collections.abc import Sequence

from sqlalchemy import Connection

from cases.addresses import case_address
from cases.addresses.tokens import Keys
from cases.inbound import bounces, sender_policy
from cases.inbound.rate_limit import RateLimit
from cases.outgoing.fingerprint import read_mark
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import AutomaticMail, ParsedMail, ProofOrder, Rejection, Target, ValidatedMail, Verdict
from schemas.tables import Authentication
from storage.resources import Resources
from workers.validate.decision import verdict, wants_proof
from workers.validate.facts import Facts
from workers.validate.gather import gather
from workers.validate.own_words import with_own_words
from workers.validate.rule import first_failure
from workers.validate.rules import AFTER_PROOF, BEFORE_PROOF, WITHOUT_WORDS, could_post, unverified


def validate(mails: Sequence[ParsedMail], resources: Resources) -> list[ValidatedMail | ProofOrder | Rejection]:
    """Decides whether the authors of mails of one tenant may post at the addresses now; returns the results in order.

    A mail whose sender must be proven first goes to the stage `authenticate` as a `ProofOrder`, and comes back. A
    delivery report is noted at the recipient concerned.
    """
    settings, keys = resources.settings, resources.settings.secrets.address_keys
    limit = RateLimit(settings.intake.sender_mails, settings.intake.sender_minutes)
    with resources.database.tenant(mails[0].custody.tenant_id) as connection:
        found = gather(connection, [proven(mail, keys) for mail in mails], keys, limit)
        bounces.note(connection, [report for facts in found for report in _report(facts)], keys)
        decisions = [_decide(facts) for facts in found]
        # a mail that goes to `authenticate` comes back, and is counted then
        decided = [facts for facts, end in zip(found, decisions, strict=True) if not isinstance(end, ProofOrder)]
        _count_hits(connection, decided)
        _note_verdicts(connection, found)
        _note_unproven(connection, found, decisions)
    # without a connection: a long body is in the blob store
    return [
        decision.model_copy(update={"parsed": with_own_words(facts, resources)})
        if isinstance(decision, ValidatedMail)
        else decision
        for facts, decision in zip(found, decisions, strict=True)
    ]


def proven(mail: ParsedMail, keys: Keys) -> ParsedMail:
    """Returns the mail, marked as sent by casemail if its fingerprint proves that; ignores a forged fingerprint."""
    if not mail.own_mark or read_mark(keys, mail.own_mark) is None:
        return mail
    evidence = f"{OWN_MAIL_FIELD}: {mail.own_mark}"
    return mail.model_copy(update={"machine": AutomaticMail.OWN_MAIL, "machine_evidence": evidence})


def _report(facts: Facts) -> list[bounces.Arrived]:
    report, custody = facts.mail.report, facts.mail.custody
    return [bounces.Arrived(report, facts.address, custody.received_at)] if report else []


def _decide(facts: Facts) -> ValidatedMail | ProofOrder | Rejection:
    mail = facts.mail
    if wants_proof(facts):
        return ProofOrder(
            parsed=mail,
            may_wait=facts.authentication in (Authentication.ENFORCE, Authentication.LIMIT),
            must_know=facts.authentication is Authentication.ENFORCE,
            sealers=facts.sealers,
        )
    failed = verdict(facts)
    if failed is not None:
        reason, evidence = failed
        return Rejection(
            custody=mail.custody,
            reason=reason,
            evidence=evidence,
            author=mail.author,
            subject=mail.subject,
            message_id=mail.message_id,
            by_person=mail.machine is None,
            never_drop=mail.machine is not None and mail.machine not in WITHOUT_WORDS and could_post(facts),
            may_be_forged=mail.is_unproven or (mail.proof is None and facts.authentication is not Authentication.OFF),
        )
    assert facts.destination is not None
    assert facts.author is not None
    target = Target(
        case_id=facts.destination.case_id,
        author_id=facts.author.id,
        answers=facts.answers,
        group=next(iter(facts.groups), None),
        unverified=unverified(facts),
    )
    return ValidatedMail(parsed=mail, target=target)


def _count_hits(connection: Connection, mails: Sequence[Facts]) -> None:
    """Counts mails to replaced case addresses; a mail whose record is delivered twice is counted twice."""
    hits = [
        facts.address.handle for facts in mails if facts.address and facts.destination and facts.destination.retired
    ]
    if hits:
        case_address.count_hits(connection, hits)


def _note_verdicts(connection: Connection, mails: Sequence[Facts]) -> None:
    """Notes the verdict on the sender of each checked mail that no other rule stops."""
    rows = [
        {
            "mail_id": facts.mail.custody.mail_id,
            "tenant_id": facts.mail.custody.tenant_id,
            "verdict": facts.mail.proof.verdict,
            "noted_at": facts.at,
        }
        for facts in mails
        if facts.mail.proof and first_failure(facts, (*BEFORE_PROOF, *AFTER_PROOF)) is None
    ]
    sender_policy.note_verdicts(connection, rows)


def _note_unproven(
    connection: Connection, mails: Sequence[Facts], decisions: Sequence[ValidatedMail | ProofOrder | Rejection]
) -> None:
    """Notes the mails that post although *enforce* would have held them."""
    modes = (Authentication.SHADOW, Authentication.LIMIT)
    rows = [
        {
            "mail_id": facts.mail.custody.mail_id,
            "tenant_id": facts.mail.custody.tenant_id,
            "evidence": {"verdict": facts.mail.proof.verdict, **facts.mail.proof.evidence},
            "noted_at": facts.at,
        }
        for facts, decision in zip(mails, decisions, strict=True)
        if facts.authentication in modes
        and isinstance(decision, ValidatedMail)
        and facts.mail.proof
        and facts.mail.proof.verdict is not Verdict.PROVEN
    ]
    sender_policy.note_unproven(connection, rows)
