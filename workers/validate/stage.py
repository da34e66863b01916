"""The validate stage."""

from collections.abc import Sequence

from cases import deliveries
from cases.addresses import Keys
from cases.own_mail import read_mark
from schemas.marks import OWN_MAIL_FIELD
from schemas.records import Machine, ParsedMail, Rejection, Target, ValidatedMail
from workers.house import House
from workers.validate.facts import Facts, gather
from workers.validate.pace import Pace
from workers.validate.rules import verdict


def validate(mails: Sequence[ParsedMail], house: House) -> list[ValidatedMail | Rejection]:
    """Decides of mails of one tenant whether their authors may post where they are addressed to, as of now.

    What a delivery report among them says is noted at the recipient whom it is about.
    """
    settings, keys = house.settings, house.settings.address_keys
    pace = Pace(settings.sender_mails, settings.sender_minutes)
    with house.database.tenant(mails[0].custody.tenant_id) as connection:
        facts = gather(connection, [_proven(mail, keys) for mail in mails], keys, pace)
        deliveries.note(connection, [found for one in facts for found in _report(one)], keys)
    return [_decide(one) for one in facts]


def _proven(mail: ParsedMail, keys: Keys) -> ParsedMail:
    """The mail, known as one of ours if its fingerprint proves that; a forged one changes nothing."""
    if not mail.own_mark or read_mark(keys, mail.own_mark) is None:
        return mail
    evidence = f"{OWN_MAIL_FIELD}: {mail.own_mark}"
    return mail.model_copy(update={"machine": Machine.OWN_MAIL, "machine_evidence": evidence})


def _report(facts: Facts) -> list[deliveries.Arrived]:
    report, custody = facts.mail.report, facts.mail.custody
    return [deliveries.Arrived(report, facts.address, custody.received_at)] if report else []


def _decide(facts: Facts) -> ValidatedMail | Rejection:
    mail = facts.mail
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
        )
    assert facts.place is not None
    assert facts.author is not None
    target = Target(case_id=facts.place.case_id, author_id=facts.author.id, answers=facts.place.answers)
    return ValidatedMail(parsed=mail, target=target)
