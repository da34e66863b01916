"""The decision whether a mail may post, as a table: each rule in its order, with the reason when it fails.

In-Reply-To, References and Subject decide nothing here about who may post.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cases.addresses.tokens import AddressKind
from cases.inbound import sender_policy
from cases.inbound.rule_report import Answer, Asked
from cases.inbound.sender_policy import Outcome
from cases.people.directory import may_post
from schemas.reasons import REASONS, Reason
from schemas.records import AutomaticMail, Verdict
from schemas.tables import OPERATOR, Authentication
from workers.validate import answers
from workers.validate.facts import Facts

#: Most addresses of a tenant that one mail may come in at.
MOST_RECIPIENTS = 10


@dataclass(frozen=True)
class Rule:
    """`holds` says whether a mail passes; if not, `reason` is the verdict and `evidence` shows what it rests on.

    A rule may lean on all rules above it. `asks` is what it asks for, in words for a person.
    """

    reason: Reason
    asks: str
    holds: Callable[[Facts], bool]
    evidence: Callable[[Facts], dict[str, str]]


def _works(facts: Facts) -> bool:
    return facts.place is None or facts.place.works_until is None or facts.at < facts.place.works_until


def _is_not(facts: Facts, verdict: Verdict) -> bool:
    """Whether the proof of the sender came out otherwise, or the tenant asks for no better (any more)."""
    proof = facts.mail.proof
    return (
        proof is None or proof.verdict is not verdict or verdict not in sender_policy.STOPPED_BY[facts.authentication]
    )


def unverified(facts: Facts) -> bool:
    """Whether the mail posts with the rights of the least, because nothing proves its author."""
    proof = facts.mail.proof
    return proof is not None and sender_policy.outcome(facts.authentication, proof.verdict) is Outcome.UNVERIFIED


def _was_sent(facts: Facts) -> bool:
    return facts.place is not None and (facts.place.answers is None or facts.place.was_sent)


def _is_allowed(facts: Facts) -> bool:
    return (
        facts.author is not None and facts.place is not None and may_post(facts.author.role, member=facts.place.member)
    )


def _posts_here(facts: Facts) -> bool:
    return _better_copy(facts) is None


def _better_copy(facts: Facts) -> Facts | None:
    """The copy of the mail that posts on this case instead: one that has posted, or else of the same delivery one that
    comes first in rank.

    A mail that is proven goes on where a copy has posted that was not: the post stage makes that update a verified one.
    """
    rivals = (copy for copy in facts.copies if copy.place and facts.place and copy.place.case_id == facts.place.case_id)
    return next((copy for copy in rivals if _has_posted(copy, facts) or _comes_first(copy, facts)), None)


def _has_posted(copy: Facts, facts: Facts) -> bool:
    proven = facts.mail.proof is not None and facts.mail.proof.verdict is Verdict.PROVEN
    return copy.posted and not (copy.posted_unverified and proven)


def _comes_first(copy: Facts, facts: Facts) -> bool:
    return copy.under_way and copy.same_delivery and _rank(copy) < _rank(facts) and _passes(copy)


def _rank(facts: Facts) -> tuple[bool, bool, str]:
    """An answer comes before a mail that belongs nowhere, a reply address before that of the case, then the older."""
    is_reply = facts.address is not None and facts.address.kind is AddressKind.REPLY
    return not answers.belongs(facts), not is_reply, str(facts.mail.custody.mail_id)


def _passes(facts: Facts) -> bool:
    return first_failure(facts, (*BEFORE_PROOF, *PROOF, *PERMISSION)) is None


def _recipient(facts: Facts) -> dict[str, str]:
    return {"recipient": facts.mail.custody.recipient}


def _meant(facts: Facts) -> dict[str, str]:
    if len(facts.meant) != 1:
        return _recipient(facts)
    return {**_recipient(facts), "did you mean": f"case {facts.meant[0]}"}


def _until(facts: Facts) -> dict[str, str]:
    until = facts.place.works_until if facts.place else None
    return {**_recipient(facts), "works until": until.isoformat(timespec="seconds") if until else "always"}


def _recipients(facts: Facts) -> dict[str, str]:
    return {"addresses": str(facts.recipients), "allowed": str(MOST_RECIPIENTS)}


def _machine(facts: Facts) -> dict[str, str]:
    evidence = {"sign": facts.mail.machine_evidence}
    for failure in facts.mail.report.failures[:1] if facts.mail.report else ():
        what = "could not be delivered to" if failure.permanent else "not yet delivered to"
        evidence |= {what: failure.address, "the mail server says": failure.words}
    return evidence


def _could_post(facts: Facts) -> bool:
    """Whether only what the mail itself is can keep it from its place: a stranger who uses somebody's envelope sender
    knows no address of theirs."""
    return facts.author is not None and facts.author.active and _was_sent(facts) and _is_allowed(facts)


def _pace(facts: Facts, mails: int) -> dict[str, str]:
    pace = facts.pace
    words = f"more than {pace.mails}" if mails > pace.mails else f"{mails}, of {pace.mails}"
    figures = {"mails": words if pace.mails else "no limit", "in minutes": str(pace.minutes or "")}
    return {"author": facts.mail.author, **figures}


def _whole(facts: Facts) -> dict[str, str]:
    return {"bytes": str(facts.mail.custody.whole_size), "bytes kept": str(facts.mail.custody.size)}


def _author(facts: Facts) -> dict[str, str]:
    return {"author": facts.mail.author, "recipient": facts.mail.custody.recipient}


def _proof(facts: Facts) -> dict[str, str]:
    if facts.mail.proof is None:
        return {"authentication": facts.authentication.value}
    return {"author": facts.mail.author, **facts.mail.proof.evidence}


def _copy(facts: Facts) -> dict[str, str]:
    better = _better_copy(facts)
    if better is None:
        return {"copies": str(len(facts.copies))}
    return {"the same mail at": better.mail.custody.recipient, "in the log as": str(better.mail.custody.mail_id)}


_NO_MACHINE: dict[AutomaticMail, str] = {
    AutomaticMail.AUTO_REPLY: "It is no automatic reply",
    AutomaticMail.BOUNCE: "It is no delivery report",
    AutomaticMail.COMPLAINT: "It is no spam complaint",
    AutomaticMail.READ_RECEIPT: "It is no read receipt",
    AutomaticMail.LIST_MAIL: "It does not come from a mailing list",
    AutomaticMail.CALENDAR: "It is no answer to a calendar invitation",
    AutomaticMail.OWN_MAIL: "It is not one of our own mails come back",
    AutomaticMail.LOOP: "It has not gone round in a loop",
    AutomaticMail.ENCRYPTED: "It is not encrypted",
}


def _no_machine(machine: AutomaticMail) -> Rule:
    return Rule(Reason(machine), _NO_MACHINE[machine], lambda f: f.mail.machine is not machine, _machine)


#: Asked before all that a tenant may have forwarded: a forward of ours that comes back must go no further.
_ENDLESS = (AutomaticMail.OWN_MAIL, AutomaticMail.LOOP)

BEFORE_PROOF: tuple[Rule, ...] = (
    Rule(
        Reason.ERASED,
        "It was not erased on request before",
        lambda f: f.erased is None,
        lambda f: {"first came in as": str(f.erased or "")},
    ),
    Rule(
        Reason.UNKNOWN_TENANT,
        "It was sent to a tenant",
        lambda f: f.mail.custody.tenant_id != OPERATOR,
        _recipient,
    ),
    Rule(
        Reason.CANARY,
        "It is no canary of ours",
        lambda f: f.address is None or f.address.kind is not AddressKind.CANARY,
        _recipient,
    ),
    Rule(Reason.TENANT_INACTIVE, "The tenant is active", lambda f: f.tenant_active, _recipient),
    *map(_no_machine, _ENDLESS),
    Rule(Reason.REPLIES_OFF, "Email update replies are on", lambda f: f.replies_on, _recipient),
    # machines first: an out-of-office note to an old address is still nobody's mail
    *(_no_machine(machine) for machine in AutomaticMail if machine not in _ENDLESS),
    Rule(
        Reason.TOO_MANY,
        "It is one that could post, or its envelope sender sends no more mails than people do",
        lambda f: _could_post(f) or not f.pace.mails or f.mails_of_sender <= f.pace.mails,
        lambda f: {"envelope sender": f.mail.custody.sender, **_pace(f, f.mails_of_sender)},
    ),
    Rule(Reason.TOO_LARGE, "It is not too large to be read", lambda f: not f.mail.custody.whole_size, _whole),
    Rule(Reason.MISTYPED_ADDRESS, "Its address is not a mistyped one", lambda f: not f.meant, _meant),
    Rule(Reason.UNKNOWN_ADDRESS, "Its address is one that we gave out", lambda f: f.place is not None, _recipient),
    Rule(Reason.EXPIRED_ADDRESS, "Its address still works", _works, _until),
    Rule(
        Reason.OVER_LIMIT,
        f"It was sent to at most {MOST_RECIPIENTS} of our addresses",
        lambda f: f.recipients <= MOST_RECIPIENTS,
        _recipients,
    ),
    Rule(
        Reason.AUTHOR_UNCLEAR,
        "Its From field names exactly one author",
        lambda f: not f.mail.author_problem,
        lambda f: {"problem": f.mail.author_problem} if f.mail.author_problem else {"author": f.mail.author},
    ),
    Rule(Reason.AUTHOR_UNKNOWN, "Its author is a user of the tenant", lambda f: f.author is not None, _author),
    Rule(
        Reason.AUTHOR_INACTIVE,
        "The author's account is active",
        lambda f: f.author is not None and f.author.active,
        _author,
    ),
)

#: Asked of mail that passed the rules above, by the stage `authenticate`, where the tenant wants it.
PROOF: tuple[Rule, ...] = (
    Rule(
        Reason.SENDER_DISOWNED,
        "The author's domain does not disown it (DMARC), if the tenant asks for that",
        lambda f: _is_not(f, Verdict.DISOWNED),
        _proof,
    ),
    Rule(
        Reason.NOT_COVERED,
        "What it shows is covered by the signature that proves it, if the tenant asks for that",
        lambda f: _is_not(f, Verdict.NOT_COVERED),
        _proof,
    ),
    Rule(
        Reason.SENDER_NOT_CHECKED,
        "Whether the sender is genuine could be found out, if the tenant asks for that",
        lambda f: _is_not(f, Verdict.UNKNOWN),
        _proof,
    ),
    Rule(
        Reason.SENDER_NOT_PROVEN,
        "The sender is genuine, if the tenant asks for that",
        lambda f: _is_not(f, Verdict.NOT_PROVEN),
        _proof,
    ),
)

PERMISSION: tuple[Rule, ...] = (
    Rule(Reason.NOT_A_RECIPIENT, "The author was sent the update that it answers", _was_sent, _author),
    Rule(Reason.NOT_ALLOWED, "The author may post on the case", _is_allowed, _author),
    Rule(
        Reason.GROUP_NOT_ALLOWED,
        "There is an access group for it that shows it to nobody who can't see all that it answers",
        lambda f: len(f.groups) <= 1,
        lambda f: {"access groups": str(len(f.groups))},
    ),
)

AFTER_PROOF: tuple[Rule, ...] = (
    *PERMISSION,
    Rule(
        Reason.TOO_MANY,
        "Its author posts no more mails than people do",
        lambda f: not f.pace.mails or f.mails_of_author <= f.pace.mails,
        lambda f: _pace(f, f.mails_of_author),
    ),
    Rule(Reason.DUPLICATE, "No other copy of it posts on the case", _posts_here, _copy),
    Rule(Reason.NOT_RELATED, "It is an answer to the update", answers.belongs, answers.evidence),
)

RULES: tuple[Rule, ...] = (*BEFORE_PROOF, *PROOF, *AFTER_PROOF)


def first_failure(facts: Facts, rules: Sequence[Rule]) -> Rule | None:
    """The first of the rules that fails and is not overruled; None when there is none."""
    return next((rule for rule in rules if not rule.holds(facts) and not overruled(rule.reason, facts)), None)


def overruled(reason: Reason, facts: Facts) -> bool:
    """Whether a case worker has accepted the mail, and may do so against this reason."""
    return facts.mail.custody.override is not None and REASONS[reason].overrulable


def verdict(facts: Facts) -> tuple[Reason, dict[str, str]] | None:
    """The first rule that fails and is not overruled, as its reason and evidence; None when the mail may post."""
    failed = first_failure(facts, RULES)
    return (failed.reason, failed.evidence(facts)) if failed else None


def wants_proof(facts: Facts) -> bool:
    """Whether the next thing to know of a mail is who really sent it."""
    return (
        facts.authentication is not Authentication.OFF
        and facts.mail.proof is None
        and first_failure(facts, BEFORE_PROOF) is None
    )


def table(facts: Facts) -> tuple[Asked, ...]:
    """The whole decision, row by row; below the first rule that fails nothing is asked."""
    rows: list[Asked] = []
    for rule in RULES:
        if any(row.answer is Answer.NO for row in rows):
            rows.append(Asked(rule.reason, rule.asks, Answer.NOT_ASKED))
            continue
        answer = Answer.YES if rule.holds(facts) else Answer.OVERRULED if overruled(rule.reason, facts) else Answer.NO
        evidence = {name: value for name, value in rule.evidence(facts).items() if value}
        rows.append(Asked(rule.reason, rule.asks, answer, evidence))
    return tuple(rows)
