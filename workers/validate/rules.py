"""Decides whether a mail may post: tables of rules in their order, each with the reason that applies when it fails.

In-Reply-To, References and Subject never decide who may post. To add a rule, add a row; put its condition into a
function above the tables, and its evidence into a function in evidence.py.
"""

from cases.addresses.tokens import AddressKind
from cases.inbound import sender_policy
from cases.inbound.sender_policy import Outcome
from cases.people.directory import may_post
from schemas.reasons import Reason
from schemas.records import AutomaticMail, Verdict
from schemas.tables import OPERATOR
from workers.validate import answer_score, evidence
from workers.validate.evidence import MOST_RECIPIENTS
from workers.validate.facts import Facts
from workers.validate.rule import Rule, first_failure


def _works(facts: Facts) -> bool:
    destination = facts.destination
    return destination is None or destination.works_until is None or facts.at < destination.works_until


def _is_not(facts: Facts, verdict: Verdict) -> bool:
    """Returns whether the sender got another verdict, or the tenant does not (or no longer) stop this verdict."""
    proof = facts.mail.proof
    return (
        proof is None or proof.verdict is not verdict or verdict not in sender_policy.STOPPED_BY[facts.authentication]
    )


def unverified(facts: Facts) -> bool:
    """Returns whether the mail posts as unverified, because nothing proves its author."""
    proof = facts.mail.proof
    return proof is not None and sender_policy.outcome(facts.authentication, proof.verdict) is Outcome.UNVERIFIED


def _was_sent(facts: Facts) -> bool:
    return facts.destination is not None and (facts.destination.answers is None or facts.destination.was_sent)


def _is_allowed(facts: Facts) -> bool:
    author, destination = facts.author, facts.destination
    return author is not None and destination is not None and may_post(author.role, member=destination.member)


def could_post(facts: Facts) -> bool:
    """Returns whether the author may post at this address.

    A stranger who forges a person's envelope sender does not know an address at which that person may post.
    """
    return facts.author is not None and facts.author.active and _was_sent(facts) and _is_allowed(facts)


def _better_copy(facts: Facts) -> Facts | None:
    """Returns the copy of the mail that posts on this case instead: a copy that has posted, or a copy of the same
    delivery that ranks before this mail.

    A proven mail passes although an unproven copy has posted: the post stage then marks that update as verified.
    """
    if facts.destination is None:
        return None
    case_id = facts.destination.case_id
    rivals = (copy for copy in facts.copies if copy.destination and copy.destination.case_id == case_id)
    return next((copy for copy in rivals if _has_posted(copy, facts) or _ranks_before(copy, facts)), None)


def _has_posted(copy: Facts, facts: Facts) -> bool:
    proven = facts.mail.proof is not None and facts.mail.proof.verdict is Verdict.PROVEN
    return copy.posted and not (copy.posted_unverified and proven)


def _ranks_before(copy: Facts, facts: Facts) -> bool:
    return copy.under_way and copy.same_delivery and _rank(copy) < _rank(facts) and _passes(copy)


def _rank(facts: Facts) -> tuple[bool, bool, str]:
    """Returns a sort key: answers before other mail, then reply addresses before case addresses, then older mail."""
    is_reply = facts.address is not None and facts.address.kind is AddressKind.REPLY
    return not answer_score.is_answer(facts), not is_reply, str(facts.mail.custody.mail_id)


def _passes(facts: Facts) -> bool:
    return first_failure(facts, (*BEFORE_PROOF, *PROOF, *PERMISSION)) is None


def _copy_evidence(facts: Facts) -> dict[str, str]:
    better = _better_copy(facts)
    if better is None:
        return {"copies": str(len(facts.copies))}
    return {"the same mail at": better.mail.custody.recipient, "in the log as": str(better.mail.custody.mail_id)}


_NOT_AUTOMATIC: dict[AutomaticMail, str] = {
    AutomaticMail.AUTO_REPLY: "It is not an automatic reply",
    AutomaticMail.MAYBE_AUTOMATIC: "It has no signs of an automatic reply, or only weak ones",
    AutomaticMail.BOUNCE: "It is not a delivery report",
    AutomaticMail.COMPLAINT: "It is not a spam complaint",
    AutomaticMail.READ_RECEIPT: "It is not a read receipt",
    AutomaticMail.LIST_MAIL: "It does not come from a mailing list",
    AutomaticMail.CALENDAR: "It is not a calendar invitation, an answer to one, or a visiting card alone",
    AutomaticMail.REACTION: "It is not a reaction, or the tenant posts reactions",
    AutomaticMail.OWN_MAIL: "It is not one of our own mails that came back",
    AutomaticMail.LOOP: "It has not run in a loop",
    AutomaticMail.ENCRYPTED: "It is not encrypted",
}


def _not_automatic(kind: AutomaticMail) -> Rule:
    return Rule(
        Reason(kind),
        _NOT_AUTOMATIC[kind],
        lambda f: f.mail.machine is not kind or Reason(kind) in f.posts_also,
        evidence.automatic,
    )


#: Asked before the reasons for which a tenant may forward mail: our own forward that comes back must not be forwarded.
_ENDLESS = (AutomaticMail.OWN_MAIL, AutomaticMail.LOOP)

#: Kinds of mail that are proven to have no words of a person. Mail of another kind, from a person who could post, is
#: never dropped, whatever the tenant chose.
WITHOUT_WORDS = frozenset({AutomaticMail.AUTO_REPLY, AutomaticMail.READ_RECEIPT, AutomaticMail.REACTION, *_ENDLESS})

#: Asked before the sender is proven.
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
        evidence.recipient,
    ),
    Rule(
        Reason.CANARY,
        "It is not one of our canaries",
        lambda f: f.address is None or f.address.kind is not AddressKind.CANARY,
        evidence.recipient,
    ),
    Rule(Reason.TENANT_INACTIVE, "The tenant is active", lambda f: f.tenant_active, evidence.recipient),
    *map(_not_automatic, _ENDLESS),
    Rule(Reason.REPLIES_OFF, "Email update replies are on", lambda f: f.replies_on, evidence.recipient),
    # automatic mail before addresses: an out-of-office note to an old address concerns nobody
    *(_not_automatic(kind) for kind in AutomaticMail if kind not in _ENDLESS),
    Rule(
        Reason.TOO_MANY,
        "Its author could post, or its envelope sender sends no more mails than people do",
        lambda f: could_post(f) or not f.rate_limit.mails or f.mails_of_sender <= f.rate_limit.mails,
        evidence.mails_of_sender,
    ),
    Rule(Reason.TOO_LARGE, "It is not too large to be read", lambda f: not f.mail.custody.whole_size, evidence.size),
    Rule(
        Reason.MISTYPED_ADDRESS,
        "Its address is not a mistyped one",
        lambda f: not f.meant_cases,
        evidence.meant_case,
    ),
    Rule(
        Reason.UNKNOWN_ADDRESS,
        "Its address is one of ours",
        lambda f: f.destination is not None,
        evidence.recipient,
    ),
    Rule(Reason.EXPIRED_ADDRESS, "Its address still works", _works, evidence.works_until),
    Rule(
        Reason.OVER_LIMIT,
        f"It was sent to at most {MOST_RECIPIENTS} of our addresses",
        lambda f: f.recipients <= MOST_RECIPIENTS,
        evidence.recipients,
    ),
    Rule(
        Reason.AUTHOR_UNCLEAR,
        "Its From field names exactly one author",
        lambda f: not f.mail.author_problem,
        evidence.author_problem,
    ),
    Rule(Reason.AUTHOR_UNKNOWN, "Its author is a user of the tenant", lambda f: f.author is not None, evidence.author),
    Rule(
        Reason.AUTHOR_INACTIVE,
        "The author's account is active",
        lambda f: f.author is not None and f.author.active,
        evidence.author,
    ),
)

#: Asked of mail that passed the rules above and the stage `authenticate`, if the tenant checks senders.
PROOF: tuple[Rule, ...] = (
    Rule(
        Reason.SENDER_DISOWNED,
        "The author's domain does not disown it (DMARC), if the tenant asks for that",
        lambda f: _is_not(f, Verdict.DISOWNED),
        evidence.proof,
    ),
    Rule(
        Reason.NOT_COVERED,
        "The signature that proves it covers all that it shows, if the tenant asks for that",
        lambda f: _is_not(f, Verdict.NOT_COVERED),
        evidence.proof,
    ),
    Rule(
        Reason.SENDER_NOT_CHECKED,
        "The sender could be checked, if the tenant asks for that",
        lambda f: _is_not(f, Verdict.UNKNOWN),
        evidence.proof,
    ),
    Rule(
        Reason.SENDER_NOT_PROVEN,
        "The sender is genuine, if the tenant asks for that",
        lambda f: _is_not(f, Verdict.NOT_PROVEN),
        evidence.proof,
    ),
)

#: Who may post, and who may see the update.
PERMISSION: tuple[Rule, ...] = (
    Rule(Reason.NOT_A_RECIPIENT, "The author was sent the update that it answers", _was_sent, evidence.author),
    Rule(Reason.NOT_ALLOWED, "The author may post on the case", _is_allowed, evidence.author),
    Rule(
        Reason.GROUP_NOT_ALLOWED,
        "An access group shows it only to people who can see all that it answers",
        lambda f: len(f.groups) <= 1,
        lambda f: {"access groups": str(len(f.groups))},
    ),
)

#: Asked after the sender is proven.
AFTER_PROOF: tuple[Rule, ...] = (
    *PERMISSION,
    Rule(
        Reason.TOO_MANY,
        "Its author posts no more mails than people do",
        lambda f: not f.rate_limit.mails or f.mails_of_author <= f.rate_limit.mails,
        evidence.mails_of_author,
    ),
    Rule(Reason.DUPLICATE, "No other copy of it posts on the case", lambda f: _better_copy(f) is None, _copy_evidence),
    Rule(Reason.NOT_RELATED, "It is an answer to the update", answer_score.is_answer, answer_score.evidence),
)

RULES: tuple[Rule, ...] = (*BEFORE_PROOF, *PROOF, *AFTER_PROOF)
