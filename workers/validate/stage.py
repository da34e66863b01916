"""The validate stage."""

from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from cases.addresses.tokens import Keys
from cases.inbound import bounces
from cases.outgoing.fingerprint import read_mark
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import AutomaticMail, ParsedMail, ProofOrder, Rejection, Target, ValidatedMail, Verdict
from schemas.tables import Authentication, SenderVerdict, UnprovenMail, core
from storage.resources import Resources
from workers.validate.facts import Facts, gather
from workers.validate.rate_limit import RateLimit
from workers.validate.rules import AFTER_PROOF, BEFORE_PROOF, first_failure, unverified, verdict, wants_proof

_HIT = text("""
update case_addresses a set hits = hits + k.mails, last_hit_at = now()
from (select handle, count(*) as mails from unnest(cast(:handles as text[])) h(handle) group by handle) k
where a.handle = k.handle
""")

_NOTE_UNPROVEN = insert(core(UnprovenMail)).on_conflict_do_nothing()
_VERDICT = insert(core(SenderVerdict))
# a mail that is checked once more has the later verdict
_NOTE_VERDICT = _VERDICT.on_conflict_do_update(
    index_elements=["mail_id"], set_={name: _VERDICT.excluded[name] for name in ("verdict", "noted_at")}
)


def validate(mails: Sequence[ParsedMail], resources: Resources) -> list[ValidatedMail | ProofOrder | Rejection]:
    """Decides of mails of one tenant whether their authors may post where they are addressed to, as of now.

    A mail whose sender is to be proven first goes to the stage `authenticate` and comes back. What a delivery report
    among them says is noted at the recipient whom it is about.
    """
    settings, keys = resources.settings, resources.settings.secrets.address_keys
    pace = RateLimit(settings.intake.sender_mails, settings.intake.sender_minutes)
    with resources.database.tenant(mails[0].custody.tenant_id) as connection:
        facts = gather(connection, [proven(mail, keys) for mail in mails], keys, pace)
        bounces.note(connection, [found for one in facts for found in _report(one)], keys)
        decisions = [_decide(one) for one in facts]
        # a mail that goes to be proven comes back, and is counted then
        decided = [one for one, end in zip(facts, decisions, strict=True) if not isinstance(end, ProofOrder)]
        _count_hits(connection, decided)
        _note_verdicts(connection, facts)
        _note_unproven(connection, facts, decisions)
    return decisions


def proven(mail: ParsedMail, keys: Keys) -> ParsedMail:
    """The mail, known as one of ours if its fingerprint proves that; a forged one changes nothing."""
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
            may_be_forged=mail.is_unproven or (mail.proof is None and facts.authentication is not Authentication.OFF),
        )
    assert facts.place is not None
    assert facts.author is not None
    target = Target(
        case_id=facts.place.case_id,
        author_id=facts.author.id,
        answers=facts.answers,
        group=next(iter(facts.groups), None),
        unverified=unverified(facts),
    )
    return ValidatedMail(parsed=mail, target=target)


def _count_hits(connection: Connection, facts: Sequence[Facts]) -> None:
    """Counts mail to replaced addresses of cases, so that an admin sees who still uses them; a mail that is delivered
    again is counted again."""
    hits = sorted(one.address.handle for one in facts if one.address and one.place and one.place.retired)
    if hits:
        connection.execute(_HIT, {"handles": hits})


def _note_verdicts(connection: Connection, facts: Sequence[Facts]) -> None:
    """Notes what came out for the mails that were checked, as far as nothing else keeps them from posting."""
    rows = [
        {
            "mail_id": one.mail.custody.mail_id,
            "tenant_id": one.mail.custody.tenant_id,
            "verdict": one.mail.proof.verdict,
            "noted_at": one.at,
        }
        for one in facts
        if one.mail.proof and first_failure(one, (*BEFORE_PROOF, *AFTER_PROOF)) is None
    ]
    if rows:
        # in the order of their ids, so that two who note the same mails don't wait for each other
        connection.execute(_NOTE_VERDICT, sorted(rows, key=lambda row: str(row["mail_id"])))


def _note_unproven(
    connection: Connection, facts: Sequence[Facts], decisions: Sequence[ValidatedMail | ProofOrder | Rejection]
) -> None:
    """Notes the mails that post although *enforce* would have held them."""
    modes = (Authentication.SHADOW, Authentication.LIMIT)
    rows = [
        {
            "mail_id": one.mail.custody.mail_id,
            "tenant_id": one.mail.custody.tenant_id,
            "evidence": {"verdict": one.mail.proof.verdict, **one.mail.proof.evidence},
            "noted_at": one.at,
        }
        for one, decision in zip(facts, decisions, strict=True)
        if one.authentication in modes
        and isinstance(decision, ValidatedMail)
        and one.mail.proof
        and one.mail.proof.verdict is not Verdict.PROVEN
    ]
    if rows:
        connection.execute(_NOTE_UNPROVEN, rows)
