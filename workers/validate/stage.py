"""The validate stage."""

from collections.abc import Sequence

from schemas.records import ParsedMail, Rejection, Target, ValidatedMail
from workers.house import House
from workers.validate.facts import Facts, gather
from workers.validate.rules import verdict


def validate(mails: Sequence[ParsedMail], house: House) -> list[ValidatedMail | Rejection]:
    """Decides of mails of one tenant whether their authors may post where they are addressed to, as of now."""
    with house.database.tenant(mails[0].custody.tenant_id) as connection:
        facts = gather(connection, mails, house.settings.address_keys)
    return [_decide(one) for one in facts]


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
