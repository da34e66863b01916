"""Applies the rules to one mail: the verdict, whether the sender must be proven first, and the table of answers."""

from cases.inbound.rule_report import Answer, Asked
from schemas.reasons import Reason
from schemas.tables import Authentication
from workers.validate.facts import Facts
from workers.validate.rule import first_failure, overruled
from workers.validate.rules import BEFORE_PROOF, RULES


def verdict(facts: Facts) -> tuple[Reason, dict[str, str]] | None:
    """Returns reason and evidence of the first rule that fails and is not overruled; None if the mail may post."""
    failed = first_failure(facts, RULES)
    return (failed.reason, failed.evidence(facts)) if failed else None


def wants_proof(facts: Facts) -> bool:
    """Returns whether the stage `authenticate` must first check the sender of the mail."""
    return (
        facts.authentication is not Authentication.OFF
        and facts.mail.proof is None
        and first_failure(facts, BEFORE_PROOF) is None
    )


def table(facts: Facts) -> tuple[Asked, ...]:
    """Returns a row for each rule with its answer; the rules below the first rule that fails are not asked."""
    rows: list[Asked] = []
    for rule in RULES:
        if any(row.answer is Answer.NO for row in rows):
            rows.append(Asked(rule.reason, rule.asks, Answer.NOT_ASKED))
            continue
        answer = Answer.YES if rule.holds(facts) else Answer.OVERRULED if overruled(rule.reason, facts) else Answer.NO
        evidence = {name: value for name, value in rule.evidence(facts).items() if value}
        rows.append(Asked(rule.reason, rule.asks, answer, evidence))
    return tuple(rows)
