"""The decision whether a mail may post, as a table: each rule in its order, with the reason when it fails.

In-Reply-To, References and Subject decide nothing here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cases.directory import may_post
from schemas.reasons import REASONS, Reason
from schemas.records import Machine
from schemas.tables import OPERATOR
from workers.validate.facts import Facts


@dataclass(frozen=True)
class Rule:
    """`holds` says whether a mail passes; if not, `reason` is the verdict and `evidence` shows what it rests on.

    A rule may lean on all rules above it.
    """

    reason: Reason
    holds: Callable[[Facts], bool]
    evidence: Callable[[Facts], dict[str, str]]


def _was_sent(facts: Facts) -> bool:
    return facts.place is not None and (facts.place.answers is None or facts.place.was_sent)


def _is_allowed(facts: Facts) -> bool:
    return (
        facts.author is not None and facts.place is not None and may_post(facts.author.role, member=facts.place.member)
    )


def _recipient(facts: Facts) -> dict[str, str]:
    return {"recipient": facts.mail.custody.recipient}


def _machine(facts: Facts) -> dict[str, str]:
    evidence = {"sign": facts.mail.machine_evidence}
    for failure in facts.mail.report.failures[:1] if facts.mail.report else ():
        what = "could not be delivered to" if failure.permanent else "not yet delivered to"
        evidence |= {what: failure.address, "the mail server says": failure.words}
    return evidence


def _pace(facts: Facts) -> dict[str, str]:
    pace = facts.pace
    figures = {"mails": f"more than {pace.mails}", "in minutes": str(pace.minutes)}
    return {"author": facts.mail.author, "envelope sender": facts.mail.custody.sender, **figures}


def _author(facts: Facts) -> dict[str, str]:
    return {"author": facts.mail.author, "recipient": facts.mail.custody.recipient}


def _no_machine(machine: Machine) -> Rule:
    return Rule(Reason(machine), lambda f: f.mail.machine is not machine, _machine)


#: Asked before all that a tenant may have forwarded: a forward of ours that comes back must go no further.
_ENDLESS = (Machine.OWN_MAIL, Machine.LOOP)

RULES: tuple[Rule, ...] = (
    Rule(Reason.UNKNOWN_TENANT, lambda f: f.mail.custody.tenant_id != OPERATOR, _recipient),
    Rule(Reason.TENANT_INACTIVE, lambda f: f.tenant_active, _recipient),
    *map(_no_machine, _ENDLESS),
    Rule(Reason.REPLIES_OFF, lambda f: f.replies_on, _recipient),
    *(_no_machine(machine) for machine in Machine if machine not in _ENDLESS),
    Rule(Reason.TOO_MANY, lambda f: not f.pace.mails or f.mails_of_sender <= f.pace.mails, _pace),
    Rule(Reason.UNKNOWN_ADDRESS, lambda f: f.place is not None and f.place.retired_at is None, _recipient),
    Rule(Reason.AUTHOR_UNCLEAR, lambda f: not f.mail.author_problem, lambda f: {"problem": f.mail.author_problem}),
    Rule(Reason.AUTHOR_UNKNOWN, lambda f: f.author is not None, _author),
    Rule(Reason.AUTHOR_INACTIVE, lambda f: f.author is not None and f.author.active, _author),
    Rule(Reason.NOT_A_RECIPIENT, _was_sent, _author),
    Rule(Reason.NOT_ALLOWED, _is_allowed, _author),
)


def overruled(reason: Reason, facts: Facts) -> bool:
    """Whether a case worker has accepted the mail, and may do so against this reason."""
    return facts.mail.custody.override is not None and REASONS[reason].overrulable


def verdict(facts: Facts) -> tuple[Reason, dict[str, str]] | None:
    """The first rule that fails and is not overruled, as its reason and evidence; None when the mail may post."""
    for rule in RULES:
        if not rule.holds(facts) and not overruled(rule.reason, facts):
            return rule.reason, rule.evidence(facts)
    return None
