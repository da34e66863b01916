"""The decision in `casemail explain`: each rule, its verdict, and the evidence for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from cases.inbound.rate_limit import RateLimit
from cases.inbound.rule_report import Answer
from schemas.reasons import REASONS, Reason
from schemas.records import AutomaticMail, ParsedMail, Rejection
from schemas.settings import Settings
from schemas.tables import OPERATOR, Authentication, now
from storage.ledger.copies import MESSAGE_BYTES
from storage.resources import Resources, open_resources
from workers.explain import facts_of
from workers.fetch.content_key import content_key
from workers.fetch.custody import CustodyService
from workers.fetch.recipients import recipients
from workers.parse.mime.charsets import one_line
from workers.parse.read import Reading
from workers.validate.decision import table
from workers.validate.facts import Facts
from workers.validate.own_words import words_of
from workers.validate.rules import RULES

_LONGEST_LINE = 200
#: The header fields in which a delivery agent writes the recipient, unless a source names other fields.
_DECLARED = ("Delivered-To", "X-Original-To", "Envelope-To")
#: The reasons for which the mail alone decides.
_BY_MAIL = {Reason.AUTHOR_UNCLEAR, *(Reason(machine) for machine in AutomaticMail)}

_VERDICTS = {Answer.YES: "holds", Answer.NO: "FAILS", Answer.OVERRULED: "overruled", Answer.NOT_ASKED: "not asked"}

_LEDGER = text("""
select id, state, reason, received_at from mails
where content_key between :first and :last and lower(recipient) = lower(:recipient) and duplicate_of is null
order by received_at, id
""")


def decision(reading: Reading, settings: Settings | None, recipient: str) -> Iterator[str]:
    """Yields the lines of the decision, made with the database in `settings`, or without settings by the mail alone."""
    if isinstance(reading.result, Rejection):
        yield "Not asked: the mail was rejected before that."
    elif settings is None:
        yield from _without_server(reading.result)
    else:
        resources = open_resources(settings)
        with closing(resources.database):
            yield from _by_database(reading, reading.result, resources, recipient)


def _without_server(mail: ParsedMail) -> Iterator[str]:
    yield "No settings, so no database is asked: these are the rules that the mail alone decides."
    facts = Facts(
        mail=mail,
        at=now(),
        tenant_active=True,
        replies_on=True,
        authentication=Authentication.OFF,
        address=None,
        author=None,
        destination=None,
        mails_of_sender=0,
        mails_of_author=0,
        rate_limit=RateLimit(),
    )
    for rule in RULES:
        if rule.reason in _BY_MAIL:
            yield _row(rule.reason, "holds" if rule.holds(facts) else "FAILS", rule.evidence(facts))
        else:
            yield _row(rule.reason, "needs the database", {})


def _by_database(reading: Reading, mail: ParsedMail, resources: Resources, recipient: str) -> Iterator[str]:
    custodian = CustodyService(resources)
    named = [recipient] if recipient else recipients(reading.raw, _DECLARED, custodian.is_ours, custodian.gave_out)
    for address in named:
        tenant_id = custodian.tenant_of(address) or OPERATOR
        yield f"For {address or 'nobody'}, of {_tenant(resources, tenant_id)}:"
        changes: dict[str, object] = {"recipient": address, "tenant_id": tenant_id}
        for known in _in_ledger(resources, tenant_id, reading.raw, address):
            yield f"The ledger has this mail as {known.id}: {known.state} {known.reason}".rstrip()
            changes |= {"mail_id": known.id, "received_at": known.received_at}
        own = mail.model_copy(update={"custody": mail.custody.model_copy(update=changes)})
        facts = facts_of(own, reading.raw, resources)
        yield from _rows(facts)
        yield from _quoted(facts, resources)


def _quoted(facts: Facts, resources: Resources) -> Iterator[str]:
    """Yields what the updates that the author was sent show to be quoted, or the author's own."""
    if not facts.sent or facts.mail.body is None:
        return
    found = words_of(facts, facts.mail.body, resources.settings.console.url)
    for cut in found.cut:
        if cut.sign:
            yield f"Cut are {cut.sign}, which the author was sent: {one_line(cut.text, _LONGEST_LINE)}"
    if found.text != facts.mail.body.text:
        yield f"With the updates that the author was sent, the words are: {found.text}"


def _tenant(resources: Resources, tenant_id: UUID) -> str:
    with resources.database.tenant(tenant_id) as connection:
        name = connection.execute(text("select name from tenants where id = :id"), {"id": tenant_id}).scalar_one()
    return f"{name} ({tenant_id})"


def _in_ledger(resources: Resources, tenant_id: UUID, raw: bytes, recipient: str) -> Sequence[Row[Any]]:
    """Returns the ledger rows of the mail for the recipient, one for each delivery."""
    key = content_key(raw, recipient, "")
    message = key[:MESSAGE_BYTES]
    values = {"first": message, "last": message + b"\xff" * len(key), "recipient": recipient}
    with resources.database.tenant(tenant_id) as connection:
        return connection.execute(_LEDGER, values).all()


def _rows(facts: Facts) -> Iterable[str]:
    rows = table(facts)
    for row in rows:
        yield _row(row.reason, _VERDICTS[row.answer], row.evidence)
        if row.answer is Answer.NO:
            yield f"          {REASONS[row.reason].meaning}"
    posts = not any(row.answer is Answer.NO for row in rows)
    yield "It posts, if the form takes its text and files." if posts else "It does not post."


def _row(reason: Reason, verdict: str, evidence: Mapping[str, str]) -> str:
    shown = ", ".join(f"{name}: {value}" for name, value in evidence.items() if value)
    return f"{verdict:9} not {reason:18} {shown}".rstrip()
