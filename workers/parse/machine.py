"""Mail that no person wrote as an answer: a table of rules, each of which gives its evidence or nothing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.marks import OWN_MAIL_FIELD
from schemas.records import Custody, Machine
from workers.parse.charsets import one_line
from workers.parse.languages import LANGUAGES
from workers.parse.parts import Leaf, parameter, payload
from workers.parse.tree import Part

_LONGEST_EVIDENCE = 300
_PGP_BEGIN = "-----BEGIN PGP MESSAGE-----"  # RFC 9580 section 6.2
_CALENDAR_REPLY = re.compile(rb"^METHOD:REPLY\r?$", re.MULTILINE | re.IGNORECASE)
_CALENDAR_WITHIN = 4096  # bytes
_DAEMONS = ("mailer-daemon@", "postmaster@")
_AUTO_SUBJECTS = tuple(subject for row in LANGUAGES for subject in row.auto_reply)
#: Fields that vacation programs set; any value but "no" counts.
_AUTO_FIELDS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply", "x-vacation")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at: the tree, its leaves, who delivered the mail, and the read fields."""

    root: Part
    leaves: Sequence[Leaf]
    custody: Custody
    subject: str
    author: str
    text: str

    def field(self, name: str) -> str:
        """The first value of a field as one line, "" if absent."""
        return one_line("".join(self.root.field_values(name)[:1]), _LONGEST_EVIDENCE)


def machine_kind(facts: Facts) -> tuple[Machine | None, str]:
    """The kind of machine mail and its evidence, in words for a person; (None, "") for mail from a person."""
    for machine, rule in RULES:
        evidence = rule(facts)
        if evidence:
            return machine, evidence[:_LONGEST_EVIDENCE]
    return None, ""


def _own_mail(facts: Facts) -> str:
    value = facts.field(OWN_MAIL_FIELD.lower())
    return f"{OWN_MAIL_FIELD}: {value}" if value else ""


def _report(kind: str) -> Callable[[Facts], str]:
    """multipart/report of one report-type (RFC 6522)."""

    def rule(facts: Facts) -> str:
        if facts.root.declared_type() != "multipart/report":
            return ""
        found = parameter(facts.root, "content-type", "report-type").lower()
        return f"Content-Type: multipart/report; report-type={kind}" if found == kind else ""

    return rule


def _bounce(facts: Facts) -> str:
    """Reports that are not RFC 3464: a null return path and the marks of a mail server."""
    if not _null_return_path(facts):
        return ""
    if failed := facts.field("x-failed-recipients"):
        return f"X-Failed-Recipients: {failed}"
    if any(leaf.type == "message/delivery-status" for leaf in facts.leaves):
        return "a null return path and a part message/delivery-status"
    if facts.author.lower().startswith(_DAEMONS):
        return f"a null return path and From {facts.author}"
    return ""


def _calendar(facts: Facts) -> str:
    """An answer to an invitation (RFC 5546, RFC 6047 section 2.4), not a calendar file that a person attached."""
    for leaf in facts.leaves:
        if leaf.type != "text/calendar" or leaf.disposition == "attachment":
            continue
        method = parameter(leaf.part, "content-type", "method").upper()
        if not method and _CALENDAR_REPLY.search(payload(leaf.part).data[:_CALENDAR_WITHIN]):
            method = "REPLY"
        if method == "REPLY":
            return "text/calendar; method=REPLY"
    return ""


def _encrypted(facts: Facts) -> str:
    """PGP (RFC 3156, RFC 9580) and S/MIME (RFC 8551 section 3.2); signed-data hides its text from us as well."""
    kind = facts.root.declared_type()
    if kind == "multipart/encrypted":
        return f"Content-Type: {kind}"
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return f"Content-Type: {kind}; smime-type={parameter(facts.root, 'content-type', 'smime-type') or 'unknown'}"
    return _PGP_BEGIN if facts.text.lstrip().startswith(_PGP_BEGIN) else ""


def _list_mail(facts: Facts) -> str:
    """RFC 2919."""
    if found := facts.field("list-id"):
        return f"List-Id: {found}"
    return "Precedence: list" if facts.field("precedence").lower() == "list" else ""


def _auto_submitted(facts: Facts) -> str:
    """RFC 3834 section 5."""
    value = facts.field("auto-submitted")
    word = re.split(r"[;\s(]", value.lower(), maxsplit=1)[0]
    return f"Auto-Submitted: {value}" if word not in ("", "no") else ""


def _auto_fields(facts: Facts) -> str:
    precedence = facts.field("precedence").lower()
    if precedence in ("bulk", "junk", "auto_reply"):
        return f"Precedence: {precedence}"
    for name in _AUTO_FIELDS:
        value = facts.field(name)
        if value and value.lower() != "no":
            return f"{name}: {value}"
    return ""


def _auto_subject(facts: Facts) -> str:
    """X-Auto-Response-Suppress stands in the mail of people too, and a subject is anybody's; together they count."""
    suppress = facts.field("x-auto-response-suppress")
    if not suppress or not facts.subject.casefold().startswith(_AUTO_SUBJECTS):
        return ""
    return f"X-Auto-Response-Suppress: {suppress}, and Subject: {facts.subject}"


def _null_sender(facts: Facts) -> str:
    return "a null return path (MAIL FROM:<>)" if _null_return_path(facts) else ""


def _null_return_path(facts: Facts) -> bool:
    """RFC 5321 section 4.5.5; a Return-Path field that names somebody shows that the envelope was not known."""
    return not facts.custody.sender and facts.field("return-path") in ("", "<>")


#: In order: the first rule with evidence decides.
RULES: tuple[tuple[Machine, Callable[[Facts], str]], ...] = (
    (Machine.OWN_MAIL, _own_mail),
    (Machine.COMPLAINT, _report("feedback-report")),  # RFC 5965
    (Machine.READ_RECEIPT, _report("disposition-notification")),  # RFC 8098
    (Machine.BOUNCE, _report("delivery-status")),  # RFC 3464
    (Machine.BOUNCE, _bounce),
    (Machine.CALENDAR, _calendar),
    (Machine.ENCRYPTED, _encrypted),
    (Machine.LIST_MAIL, _list_mail),
    (Machine.AUTO_REPLY, _auto_submitted),
    (Machine.AUTO_REPLY, _auto_fields),
    (Machine.AUTO_REPLY, _auto_subject),
    (Machine.AUTO_REPLY, _null_sender),
)
