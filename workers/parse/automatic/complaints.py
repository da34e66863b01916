"""Recognises complaints of feedback loops: by RFC 5965, and the older ones of Hotmail, AOL and Yahoo without a report.

For these, the signs have weights: people forward complaints, and ask about them.
"""

import re
from collections.abc import Iterator

from schemas.records import AutomaticMail
from workers.parse.automatic import ses
from workers.parse.automatic.delivery_reports import COPY_TYPES
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.automatic.findings import Proof
from workers.parse.automatic.signs import folded
from workers.parse.mime.parts import parameter, payload

_PART = "message/feedback-report"
_ENOUGH = 2
_MOST_READ = 16_384
#: Addresses from which the providers send complaints.
_SENDERS = re.compile(
    r"scomp@(?:\w+\.)*aol\.(?:com|net)|staff@hotmail\.com|feedback@arf\.mail\.yahoo\.com"
    r"|(?:[\w.-]{0,40}[._-])?(?:fbl|arf|feedback[._-]?loop)(?:[._-][\w.-]{0,40})?@|[^@]{1,64}@(?:[\w-]{1,60}\.){0,4}(?:fbl|arf)\.",
    re.IGNORECASE,
)
_SUBJECTS = folded(
    *("email feedback report", "complaint about message from", "client tos notification", "abuse report", "fbl:"),
    *("report about a message from", "spam complaint", "feedback loop", "[arf]", "email abuse report", "fw: fbl"),
)
#: The field that Hotmail (Junk Mail Reporting Program) adds to the mail that it encloses.
_HOTMAIL = re.compile(rb"^X-HmXmrOriginalRecipient:", re.IGNORECASE | re.MULTILINE)
#: The fields of RFC 5965 section 3.1, written into a text.
_FIELDS = re.compile(r"^Feedback-Type:[ \t]*\w", re.IGNORECASE | re.MULTILINE)


def complaint(mail: DetectionInput) -> Iterator[Proof]:
    """Yields the proof that a mail is a complaint, if there is one."""
    if mail.root.declared_type() == "multipart/report":
        found = parameter(mail.root, "content-type", "report-type").lower()
        if found == "feedback-report" or (not found and mail.has_part(_PART)):
            named = f"; report-type={found}" if found else f" with a part {_PART}"
            yield Proof(AutomaticMail.COMPLAINT, f"Content-Type: multipart/report{named}")
    if ses.kind(mail) == ses.COMPLAINT:
        yield Proof(AutomaticMail.COMPLAINT, f"a notification of Amazon SES: {ses.COMPLAINT}")
    signs = [*_of_content(mail)]
    if _SENDERS.match(mail.author):
        signs.append((1, f"From {mail.author}"))
    if mail.subject.strip().casefold().startswith(_SUBJECTS):
        signs.append((1, f"Subject: {mail.subject[:100]}"))
    if sum(weight for weight, _ in signs) >= _ENOUGH:
        yield Proof(AutomaticMail.COMPLAINT, " and ".join(sign for _, sign in signs))


def _of_content(mail: DetectionInput) -> Iterator[tuple[int, str]]:
    """Yields the signs of the content, which people forward, too: they add words of their own."""
    alone = 1 if mail.text.strip() else _ENOUGH
    if mail.has_part(_PART):
        yield alone, f"a part {_PART}"
    if any(_HOTMAIL.search(_header(payload(leaf.part).data)) for leaf in mail.leaves if leaf.type in COPY_TYPES):
        yield alone, "X-HmXmrOriginalRecipient in the enclosed mail"
    if len(mail.leaves) > 1 and _FIELDS.search(mail.text[:_MOST_READ]):
        yield 1, "the field Feedback-Type in the text"


def _header(data: bytes) -> bytes:
    return data[:_MOST_READ].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
