"""What the rules show of a mail: functions from its facts to names and values, in words for a person."""

from workers.validate.facts import Facts

#: Most addresses of a tenant that one mail may come in at.
MOST_RECIPIENTS = 10


def recipient(facts: Facts) -> dict[str, str]:
    """The address that the mail came in at."""
    return {"recipient": facts.mail.custody.recipient}


def author(facts: Facts) -> dict[str, str]:
    """The address in the From field, and the one that the mail came in at."""
    return {"author": facts.mail.author, "recipient": facts.mail.custody.recipient}


def meant_case(facts: Facts) -> dict[str, str]:
    """The recipient, and the case that it may mean, if there is just one."""
    if len(facts.meant_cases) != 1:
        return recipient(facts)
    return {**recipient(facts), "did you mean": f"case {facts.meant_cases[0]}"}


def works_until(facts: Facts) -> dict[str, str]:
    """The recipient, and until when it works."""
    until = facts.destination.works_until if facts.destination else None
    return {**recipient(facts), "works until": until.isoformat(timespec="seconds") if until else "always"}


def recipients(facts: Facts) -> dict[str, str]:
    """How many addresses the mail came in at, and how many it may."""
    return {"addresses": str(facts.recipients), "allowed": str(MOST_RECIPIENTS)}


def automatic(facts: Facts) -> dict[str, str]:
    """The sign of an automatic mail; for a bounce also the first failure that it reports."""
    evidence = {"sign": facts.mail.machine_evidence}
    for failure in facts.mail.report.failures[:1] if facts.mail.report else ():
        what = "could not be delivered to" if failure.permanent else "not yet delivered to"
        evidence |= {what: failure.address, "the mail server says": failure.words}
    return evidence


def mails_of_sender(facts: Facts) -> dict[str, str]:
    """How many mails the envelope sender sent, and how many are allowed."""
    return {"envelope sender": facts.mail.custody.sender, **_counted(facts, facts.mails_of_sender)}


def mails_of_author(facts: Facts) -> dict[str, str]:
    """How many mails the author posted, and how many are allowed."""
    return _counted(facts, facts.mails_of_author)


def _counted(facts: Facts, mails: int) -> dict[str, str]:
    limit = facts.rate_limit
    words = f"more than {limit.mails}" if mails > limit.mails else f"{mails}, of {limit.mails}"
    figures = {"mails": words if limit.mails else "no limit", "in minutes": str(limit.minutes or "")}
    return {"author": facts.mail.author, **figures}


def size(facts: Facts) -> dict[str, str]:
    """How large the mail was, and how much of it was kept."""
    return {"bytes": str(facts.mail.custody.whole_size), "bytes kept": str(facts.mail.custody.size)}


def author_problem(facts: Facts) -> dict[str, str]:
    """Why the From field does not name one author, or else the author."""
    return {"problem": facts.mail.author_problem} if facts.mail.author_problem else {"author": facts.mail.author}


def proof(facts: Facts) -> dict[str, str]:
    """What the check of the sender found; what the tenant asks of senders where there was none."""
    if facts.mail.proof is None:
        return {"authentication": facts.authentication.value}
    return {"author": facts.mail.author, **facts.mail.proof.evidence}
