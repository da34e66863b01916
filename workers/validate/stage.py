"""The validate stage."""

from schemas.records import ParsedMail, Rejection, Target, ValidatedMail
from workers.house import House
from workers.validate.facts import gather
from workers.validate.rules import verdict


def validate(mail: ParsedMail, house: House) -> ValidatedMail | Rejection:
    """Decides whether the mail's author may post where it is addressed to, as of now."""
    with house.database.tenant(mail.custody.tenant_id) as connection:
        facts = gather(connection, mail, house.settings.address_keys)
    failed = verdict(facts)
    if failed is not None:
        reason, evidence = failed
        return Rejection(
            custody=mail.custody, reason=reason, evidence=evidence, author=mail.author, subject=mail.subject
        )
    assert facts.place is not None
    assert facts.author is not None
    target = Target(case_id=facts.place.case_id, author_id=facts.author.id, answers=facts.place.answers)
    return ValidatedMail(parsed=mail, target=target)
