"""Makes the evidence of each rule: functions that return names and values, in words for a person."""

from workers.validate.facts import Facts

#: A mail may come in at no more than this many addresses of a tenant.
MOST_RECIPIENTS = 10


def recipient(facts: Facts) -> dict[str, str]:
    """Returns the address at which the mail came in."""
    return {"recipient": facts.mail.custody.recipient}


def author(facts: Facts) -> dict[str, str]:
    """Returns the address in the From field, and the address at which the mail came in."""
    return {"author": facts.mail.author, "recipient": facts.mail.custody.recipient}


def meant_case(facts: Facts) -> dict[str, str]:
    """Returns the recipient, and the case that a mistyped address may mean, if only one case is likely."""
    if len(facts.meant_cases) != 1:
        return recipient(facts)
    return {**recipient(facts), "did you mean": f"case {facts.meant_cases[0]}"}


def works_until(facts: Facts) -> dict[str, str]:
    """Returns the recipient, and the time until which this address works."""
    until = facts.destination.works_until if facts.destination else None
    return {**recipient(facts), "works until": until.isoformat(timespec="seconds") if until else "always"}


def recipients(facts: Facts) -> dict[str, str]:
    """Returns the number of addresses at which the mail came in, and the number allowed."""
    return {"addresses": str(facts.recipients), "allowed": str(MOST_RECIPIENTS)}


def automatic(facts: Facts) -> dict[str, str]:
    """Returns the sign of an automatic mail; for a bounce also the first failure that it reports."""
    evidence = {"sign": facts.mail.machine_evidence}
    for failure in facts.mail.report.failures[:1] if facts.mail.report else ():
        what = "could not be delivered to" if failure.permanent else "not yet delivered to"
        evidence |= {what: failure.address, "the mail server says": failure.words}
    return evidence


def mails_of_sender(facts: Facts) -> dict[str, str]:
    """Returns the number of mails from the envelope sender, and the number allowed."""
    return {"envelope sender": facts.mail.custody.sender, **_counted(facts, facts.mails_of_sender)}


def mails_of_author(facts: Facts) -> dict[str, str]:
    """Returns the number of mails that the author posted, and the number allowed."""
    return _counted(facts, facts.mails_of_author)


def _counted(facts: Facts, mails: int) -> dict[str, str]:
    limit = facts.rate_limit
    words = f"more than {limit.mails}" if mails > limit.mails else f"{mails}, of {limit.mails}"
    figures = {"mails": words if limit.mails else "no limit", "in minutes": str(limit.minutes or "")}
    return {"author": facts.mail.author, **figures}


def size(facts: Facts) -> dict[str, str]:
    """Returns the size of the mail, and how much of it was kept, in bytes."""
    return {"bytes": str(facts.mail.custody.whole_size), "bytes kept": str(facts.mail.custody.size)}


def author_problem(facts: Facts) -> dict[str, str]:
    """Returns the problem of a From field that does not name one author, otherwise the author."""
    return {"problem": facts.mail.author_problem} if facts.mail.author_problem else {"author": facts.mail.author}


def proof(facts: Facts) -> dict[str, str]:
    """Returns the result of the check of the sender; if the sender was not checked, the tenant's setting for it."""
    if facts.mail.proof is None:
        return {"authentication": facts.authentication.value}
    return {"author": facts.mail.author, **facts.mail.proof.evidence}
