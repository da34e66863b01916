"""Mail that no person wrote as an answer: a table of rules, each of which gives its evidence or nothing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import AutomaticMail, Custody
from workers.parse.automatic.signs import (
    AUTO_FIELDS,
    AUTO_SUBJECTS,
    BOUNCE_SUBJECTS,
    DAEMONS,
    LIST_FIELDS,
    ROBOTS,
    WEAK_FIELDS,
)
from workers.parse.mime.charsets import one_line
from workers.parse.mime.parts import Leaf, parameter, payload
from workers.parse.mime.tree import Part, walk

_LONGEST_EVIDENCE = 300
_PGP_BEGIN = "-----BEGIN PGP MESSAGE-----"  # RFC 9580 section 6.2
_PGP_BLOCK = re.compile(rf"^{_PGP_BEGIN}$(?s:.*?)^-----END PGP MESSAGE-----$", re.MULTILINE)
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_CALENDAR_ANSWER = re.compile(rb"^METHOD:(REPLY|COUNTER)\r?$", re.MULTILINE | re.IGNORECASE)
_CALENDAR_WITHIN = 4096  # bytes
_TWO_SIGNS = 2


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
        values = self.root.field_values(name)
        return one_line(values[0], _LONGEST_EVIDENCE) if values else ""

    def has_part(self, kind: str) -> bool:
        """Whether a part is of this type and not attached as a file."""
        return any(leaf.type == kind and leaf.disposition != "attachment" for leaf in self.leaves)


def machine_kind(facts: Facts) -> tuple[AutomaticMail | None, str]:
    """The kind of machine mail and its evidence, in words for a person; (None, "") for mail from a person.

    Whether the mail is one of ours is not asked: that takes the keys, which no reader of hostile bytes has.
    """
    for machine, rule in RULES:
        evidence = rule(facts)
        if evidence:
            return machine, evidence[:_LONGEST_EVIDENCE]
    return None, ""


def own_mark(root: Part) -> str:
    """The fingerprint with which the mail says that it is one of ours, unproven; "" for none."""
    return one_line("".join(root.field_values(OWN_MAIL_FIELD.lower())[:1]), _LONGEST_EVIDENCE)


def _report(kind: str, part: str) -> Callable[[Facts], str]:
    """multipart/report of one report-type (RFC 6522), or with the part that belongs to it where none is stated."""

    def rule(facts: Facts) -> str:
        if facts.root.declared_type() != "multipart/report":
            return ""
        found = parameter(facts.root, "content-type", "report-type").lower()
        if found == kind:
            return f"Content-Type: multipart/report; report-type={kind}"
        return f"multipart/report with a part {part}" if not found and facts.has_part(part) else ""

    return rule


def _bounce(facts: Facts) -> str:
    """Reports that are not RFC 3464: no sign alone is enough, for people forward reports and ask about them."""
    failed, subject = facts.field("x-failed-recipients"), facts.subject.casefold()
    signs = [
        sign
        for holds, sign in (
            (_null_return_path(facts), "a null return path"),
            (failed, f"X-Failed-Recipients: {failed}"),
            (facts.has_part("message/delivery-status"), "a part message/delivery-status"),
            (facts.author.lower().startswith(DAEMONS), f"From {facts.author}"),
            (subject.startswith(BOUNCE_SUBJECTS), f"Subject: {facts.subject[:100]}"),
        )
        if holds
    ]
    return " and ".join(signs) if len(signs) >= _TWO_SIGNS else ""


def _calendar(facts: Facts) -> str:
    """An answer to an invitation (RFC 5546, RFC 6047 section 2.4), not a calendar file that a person attached."""
    for leaf in facts.leaves:
        if leaf.type != "text/calendar" or leaf.disposition == "attachment":
            continue
        method = parameter(leaf.part, "content-type", "method").upper()
        if not method and (found := _CALENDAR_ANSWER.search(payload(leaf.part).data[:_CALENDAR_WITHIN])):
            method = found[1].decode().upper()
        if method in ("REPLY", "COUNTER"):
            return f"text/calendar; method={method}"
    return ""


def _encrypted(facts: Facts) -> str:
    """PGP (RFC 3156, RFC 9580) and S/MIME (RFC 8551 section 3.2); signed-data hides its text from us as well.

    A list or a server may have wrapped the encrypted mail, or have broken PGP/MIME up into a multipart/mixed.
    """
    for part in walk(facts.root):
        kind = part.declared_type()
        if kind == "multipart/encrypted":
            return f"Content-Type: {kind}"
        if kind in _SMIME and (part is facts.root or not facts.text.strip()):
            return f"Content-Type: {kind}; smime-type={parameter(part, 'content-type', 'smime-type') or 'unknown'}"
    if facts.has_part("application/pgp-encrypted"):
        return "a part application/pgp-encrypted"
    begins = facts.text.lstrip().startswith(_PGP_BEGIN)
    return _PGP_BEGIN if begins or (_PGP_BEGIN in facts.text and _PGP_BLOCK.search(facts.text)) else ""


def _list_mail(facts: Facts) -> str:
    """RFC 2919, and what list programs set that are older than it."""
    for name in LIST_FIELDS:
        if found := facts.field(name):
            return f"{name}: {found}"
    return "Precedence: list" if facts.field("precedence").lower() == "list" else ""


def _auto_submitted(facts: Facts) -> str:
    """RFC 3834 section 5."""
    value = facts.field("auto-submitted")
    word = re.split(r"[;\s(]", value.lower(), maxsplit=1)[0]
    return f"Auto-Submitted: {value}" if word not in ("", "no") else ""


def _auto_fields(facts: Facts) -> str:
    for name, wanted in AUTO_FIELDS:
        value = facts.field(name)
        if value and wanted.match(value):
            return f"{name}: {value}"
    return ""


def _auto_subject(facts: Facts) -> str:
    """A subject is anybody's, and the fields of `WEAK_FIELDS` stand in the mail of people too; together they count."""
    if not facts.subject.casefold().startswith(AUTO_SUBJECTS):
        return ""
    if facts.author.lower().startswith(ROBOTS):
        return f"From {facts.author}, and Subject: {facts.subject}"
    for name in WEAK_FIELDS:
        if value := facts.field(name):
            return f"{name}: {value}, and Subject: {facts.subject}"
    return ""


def _null_sender(facts: Facts) -> str:
    return "a null return path (MAIL FROM:<>)" if _null_return_path(facts) else ""


def _null_return_path(facts: Facts) -> bool:
    """RFC 5321 section 4.5.5; a Return-Path field that names somebody shows that the envelope was not known."""
    return not facts.custody.sender and facts.field("return-path") in ("", "<>")


#: In order: the first rule with evidence decides.
RULES: tuple[tuple[AutomaticMail, Callable[[Facts], str]], ...] = (
    (AutomaticMail.COMPLAINT, _report("feedback-report", "message/feedback-report")),  # RFC 5965
    (AutomaticMail.READ_RECEIPT, _report("disposition-notification", "message/disposition-notification")),  # RFC 8098
    (AutomaticMail.BOUNCE, _report("delivery-status", "message/delivery-status")),  # RFC 3464
    (AutomaticMail.BOUNCE, _bounce),
    (AutomaticMail.CALENDAR, _calendar),
    (AutomaticMail.ENCRYPTED, _encrypted),
    (AutomaticMail.LIST_MAIL, _list_mail),
    (AutomaticMail.AUTO_REPLY, _auto_submitted),
    (AutomaticMail.AUTO_REPLY, _auto_fields),
    (AutomaticMail.AUTO_REPLY, _auto_subject),
    (AutomaticMail.AUTO_REPLY, _null_sender),
)
