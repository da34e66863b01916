"""Detects mail that no person wrote as an answer: a table of rules, each of which returns its evidence or ""."""

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
class DetectionInput:
    """The parts of a mail that rules may use: `text` has the person's own words, `author` the address in From."""

    root: Part
    leaves: Sequence[Leaf]
    custody: Custody
    subject: str
    author: str
    text: str

    def field(self, name: str) -> str:
        """Returns the first value of a header field as one line, "" if absent."""
        values = self.root.field_values(name)
        return one_line(values[0], _LONGEST_EVIDENCE) if values else ""

    def has_part(self, kind: str) -> bool:
        """Returns whether the mail has a part of this type that is not attached as a file."""
        return any(leaf.type == kind and leaf.disposition != "attachment" for leaf in self.leaves)


def detect_automatic(mail: DetectionInput) -> tuple[AutomaticMail | None, str]:
    """Returns the kind of automatic mail and the evidence, in words for a person; (None, "") for mail from a person.

    It can't find out whether casemail sent the mail: that needs the keys, which a sandboxed process does not have.
    """
    for kind, rule in RULES:
        evidence = rule(mail)
        if evidence:
            return kind, evidence[:_LONGEST_EVIDENCE]
    return None, ""


def own_mark(root: Part) -> str:
    """Returns the fingerprint with which the mail claims that casemail sent it, not yet proven; "" if absent."""
    return one_line("".join(root.field_values(OWN_MAIL_FIELD.lower())[:1]), _LONGEST_EVIDENCE)


def _report(kind: str, part: str) -> Callable[[DetectionInput], str]:
    """Returns a rule for multipart/report with this report-type (RFC 6522) or, if that is absent, with this part."""

    def rule(mail: DetectionInput) -> str:
        if mail.root.declared_type() != "multipart/report":
            return ""
        found = parameter(mail.root, "content-type", "report-type").lower()
        if found == kind:
            return f"Content-Type: multipart/report; report-type={kind}"
        return f"multipart/report with a part {part}" if not found and mail.has_part(part) else ""

    return rule


def _bounce(mail: DetectionInput) -> str:
    """Finds bounces that do not follow RFC 3464. One sign is not enough: people forward bounces and ask about them."""
    failed, subject = mail.field("x-failed-recipients"), mail.subject.casefold()
    signs = [
        sign
        for holds, sign in (
            (_null_return_path(mail), "a null return path"),
            (failed, f"X-Failed-Recipients: {failed}"),
            (mail.has_part("message/delivery-status"), "a part message/delivery-status"),
            (mail.author.lower().startswith(DAEMONS), f"From {mail.author}"),
            (subject.startswith(BOUNCE_SUBJECTS), f"Subject: {mail.subject[:100]}"),
        )
        if holds
    ]
    return " and ".join(signs) if len(signs) >= _TWO_SIGNS else ""


def _calendar(mail: DetectionInput) -> str:
    """Finds answers to invitations (RFC 5546, RFC 6047 section 2.4), not calendar files that a person attached."""
    for leaf in mail.leaves:
        if leaf.type != "text/calendar" or leaf.disposition == "attachment":
            continue
        method = parameter(leaf.part, "content-type", "method").upper()
        if not method and (found := _CALENDAR_ANSWER.search(payload(leaf.part).data[:_CALENDAR_WITHIN])):
            method = found[1].decode().upper()
        if method in ("REPLY", "COUNTER"):
            return f"text/calendar; method={method}"
    return ""


def _encrypted(mail: DetectionInput) -> str:
    """Finds PGP (RFC 3156, RFC 9580) and S/MIME (RFC 8551 section 3.2), whose signed-data hides the text, too.

    A list or server may have wrapped the encrypted mail, or turned PGP/MIME into multipart/mixed.
    """
    for part in walk(mail.root):
        kind = part.declared_type()
        if kind == "multipart/encrypted":
            return f"Content-Type: {kind}"
        if kind in _SMIME and (part is mail.root or not mail.text.strip()):
            return f"Content-Type: {kind}; smime-type={parameter(part, 'content-type', 'smime-type') or 'unknown'}"
    if mail.has_part("application/pgp-encrypted"):
        return "a part application/pgp-encrypted"
    begins = mail.text.lstrip().startswith(_PGP_BEGIN)
    return _PGP_BEGIN if begins or (_PGP_BEGIN in mail.text and _PGP_BLOCK.search(mail.text)) else ""


def _list_mail(mail: DetectionInput) -> str:
    """Finds mailing lists by RFC 2919 and by the fields of older list programs."""
    for name in LIST_FIELDS:
        if found := mail.field(name):
            return f"{name}: {found}"
    return "Precedence: list" if mail.field("precedence").lower() == "list" else ""


def _auto_submitted(mail: DetectionInput) -> str:
    """Finds automatic answers by Auto-Submitted (RFC 3834 section 5)."""
    value = mail.field("auto-submitted")
    word = re.split(r"[;\s(]", value.lower(), maxsplit=1)[0]
    return f"Auto-Submitted: {value}" if word not in ("", "no") else ""


def _auto_fields(mail: DetectionInput) -> str:
    for name, wanted in AUTO_FIELDS:
        value = mail.field(name)
        if value and wanted.match(value):
            return f"{name}: {value}"
    return ""


def _auto_subject(mail: DetectionInput) -> str:
    """Finds automatic answers by their subject together with a robot's address or one of `WEAK_FIELDS`.

    Each alone is not evidence: people write such subjects, and their mail has such fields.
    """
    if not mail.subject.casefold().startswith(AUTO_SUBJECTS):
        return ""
    if mail.author.lower().startswith(ROBOTS):
        return f"From {mail.author}, and Subject: {mail.subject}"
    for name in WEAK_FIELDS:
        if value := mail.field(name):
            return f"{name}: {value}, and Subject: {mail.subject}"
    return ""


def _null_sender(mail: DetectionInput) -> str:
    return "a null return path (MAIL FROM:<>)" if _null_return_path(mail) else ""


def _null_return_path(mail: DetectionInput) -> bool:
    """Returns whether the envelope sender is null (RFC 5321 section 4.5.5).

    If Return-Path names an address, the sender is not null: the source did not know the envelope.
    """
    return not mail.custody.sender and mail.field("return-path") in ("", "<>")


#: In order: the first rule with evidence decides. To add a kind of automatic mail, add a row.
RULES: tuple[tuple[AutomaticMail, Callable[[DetectionInput], str]], ...] = (
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
