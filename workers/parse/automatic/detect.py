"""Detects mail that no person wrote as an answer: a table of rules, each of which yields signs with their evidence."""

import re
from collections.abc import Callable, Iterator

from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import AutomaticMail
from workers.parse.automatic import signs
from workers.parse.automatic.bounces import bounce, null_return_path
from workers.parse.automatic.calendar_mail import calendar
from workers.parse.automatic.complaints import complaint
from workers.parse.automatic.detection_input import LONGEST_EVIDENCE, DetectionInput
from workers.parse.automatic.findings import Doubt, Proof, judge
from workers.parse.automatic.reactions import reaction
from workers.parse.mime.charsets import one_line
from workers.parse.mime.parts import Leaf, parameter, payload
from workers.parse.mime.smime import LOCKED, SMIME_TYPES, kind_of, may_be_smime
from workers.parse.mime.tree import Part, walk
from workers.parse.text.headings import forward_subject

_PGP_BEGIN = "-----BEGIN PGP MESSAGE-----"  # RFC 9580 section 6.2
_PGP_BEGINS = re.compile(rf"^{_PGP_BEGIN}$", re.MULTILINE)
_PGP_ENDS = re.compile(r"^-----END PGP MESSAGE-----$", re.MULTILINE)
_RECEIPT = "message/disposition-notification"
_TELLING = frozenset(row[0] for row in (*signs.PROOF_FIELDS, *signs.WEAK_FIELDS))
_VALUE_ENDS = re.compile(r"[;\s(]")


def detect_automatic(mail: DetectionInput) -> tuple[AutomaticMail | None, str]:
    """Returns the kind of automatic mail and the evidence, in words for a person; (None, "") for mail from a person.

    It can't find out whether casemail sent the mail: that needs the keys, which a sandboxed process does not have.
    """
    return judge(find_signs(mail))


def find_signs(mail: DetectionInput) -> Iterator[Proof | Doubt]:
    """Yields the signs of all rules, in the order in which they decide."""
    for rule in RULES:
        yield from rule(mail)


def own_mark(root: Part) -> str:
    """Returns the fingerprint with which the mail claims that casemail sent it, not yet proven; "" if absent."""
    return one_line("".join(root.field_values(OWN_MAIL_FIELD.lower())[:1]), LONGEST_EVIDENCE)


def _read_receipt(mail: DetectionInput) -> Iterator[Proof]:
    """Finds read receipts (RFC 8098)."""
    if mail.root.declared_type() != "multipart/report":
        return
    found = parameter(mail.root, "content-type", "report-type").lower()
    if found == "disposition-notification":
        yield Proof(AutomaticMail.READ_RECEIPT, f"Content-Type: multipart/report; report-type={found}")
    elif not found and mail.has_part(_RECEIPT):
        yield Proof(AutomaticMail.READ_RECEIPT, f"multipart/report with a part {_RECEIPT}")


def _encrypted(mail: DetectionInput) -> Iterator[Proof]:
    if evidence := _encryption(mail):
        yield Proof(AutomaticMail.ENCRYPTED, evidence)


def _encryption(mail: DetectionInput) -> str:
    """Finds PGP (RFC 3156, RFC 9580) and S/MIME (RFC 8551 section 3.2), whose signed-data was opened before.

    A list or server may have wrapped the encrypted mail, or turned PGP/MIME into multipart/mixed.
    """
    if any(part.declared_type() == "multipart/encrypted" for part in walk(mail.root)):
        return "Content-Type: multipart/encrypted"
    if found := next(filter(None, (_smime(mail, leaf) for leaf in mail.leaves)), ""):
        return found
    if mail.has_part("application/pgp-encrypted"):
        return "a part application/pgp-encrypted"
    return _PGP_BEGIN if _PGP_BEGIN in mail.text and _is_pgp(mail.text) else ""


def _is_pgp(text: str) -> bool:
    """Returns whether a text begins with an encrypted block, or has a whole one."""
    begin = _PGP_BEGINS.search(text)
    whole = begin is not None and _PGP_ENDS.search(text, begin.end()) is not None
    return whole or text.lstrip().startswith(_PGP_BEGIN)


def _smime(mail: DetectionInput, leaf: Leaf) -> str:
    """Finds encrypted S/MIME, also beside a gateway's note; and S/MIME that can't be opened, if it is all there is.

    A file such as contract.pdf.p7m is signed or encrypted by itself, and is no mail.
    """
    stem = leaf.name.lower().removesuffix(".p7m")
    if not may_be_smime(leaf.type, leaf.name) or "." in stem:
        return ""
    kind = kind_of(payload(leaf.part).data)
    if kind in LOCKED or leaf.part is mail.root or (leaf.type in SMIME_TYPES and not mail.text.strip()):
        stated = parameter(leaf.part, "content-type", "smime-type")
        return f"Content-Type: {leaf.type}; smime-type={kind or stated or 'unknown'}"
    return ""


def _list_mail(mail: DetectionInput) -> Iterator[Proof]:
    """Finds mailing lists by RFC 2919 and by the fields of older list programs."""
    for name in signs.LIST_FIELDS:
        if found := mail.field(name):
            yield Proof(AutomaticMail.LIST_MAIL, f"{name}: {found}")


def _auto_submitted(mail: DetectionInput) -> Iterator[Proof | Doubt]:
    """Finds automatic answers by Auto-Submitted (RFC 3834 section 5), and by the same field of older programs.

    Help desks, trackers and forwarding rules write auto-generated also into mail that passes on a person's words.
    """
    for name in ("auto-submitted", "x-auto-submitted"):
        value = mail.field(name)
        word = _VALUE_ENDS.split(value.lower(), maxsplit=1)[0]
        if word in ("", "no"):
            continue
        carrier = _carrier(mail) if word == "auto-generated" else ""
        evidence = f"{name.title()}: {value}"
        if carrier:
            yield Doubt(signs.GENERATED, f"{evidence}, but {carrier}")
        else:
            yield Proof(AutomaticMail.AUTO_REPLY, evidence)


def _carrier(mail: DetectionInput) -> str:
    """Returns the evidence that a program forwards the words of a person, or ""."""
    if forward_subject(mail.subject):
        return f"Subject: {mail.subject}"
    return next((name for name in mail.field_names() if name.startswith(signs.CARRIERS)), "")


def _fields(mail: DetectionInput) -> Iterator[Proof | Doubt]:
    if _TELLING.isdisjoint(mail.field_names()):  # nearly every mail
        return
    for name, wanted in signs.PROOF_FIELDS:
        value = mail.field(name)
        if value and wanted.match(value):
            yield Proof(AutomaticMail.AUTO_REPLY, f"{name}: {value}")
    for name, wanted, weight in signs.WEAK_FIELDS:
        value = mail.field(name)
        if value and wanted.match(value):
            yield Doubt(weight, f"{name}: {value}")


def _other_report(mail: DetectionInput) -> Iterator[Proof]:
    """Finds reports of other types (RFC 6522), which no mail program of a person writes."""
    if mail.root.declared_type() == "multipart/report":
        found = one_line(parameter(mail.root, "content-type", "report-type"), LONGEST_EVIDENCE)
        yield Proof(AutomaticMail.AUTO_REPLY, f"Content-Type: multipart/report; report-type={found or 'none'}")


def _wording(mail: DetectionInput) -> Iterator[Doubt]:
    if mail.subject.casefold().startswith(signs.AUTO_SUBJECTS):
        yield Doubt(signs.AUTO_SUBJECT, f"Subject: {mail.subject}")
    if mail.author.lower().startswith(signs.ROBOTS):
        yield Doubt(signs.ROBOT, f"From {mail.author}")
    if null_return_path(mail):
        yield Doubt(signs.NULL_SENDER, "a null return path (MAIL FROM:<>)")


#: In order: the first proof decides. To add a kind of automatic mail, add a row.
RULES: tuple[Callable[[DetectionInput], Iterator[Proof | Doubt]], ...] = (
    complaint,
    _read_receipt,
    bounce,
    calendar,
    _encrypted,
    _list_mail,
    _auto_submitted,
    _fields,
    _other_report,
    reaction,
    _wording,
)
