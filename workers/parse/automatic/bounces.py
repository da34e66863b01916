"""Recognises delivery reports: those of RFC 3464, notifications of Amazon SES, and reports in words alone.

For a report in words, the signs have weights (`bounce_signs`). Signs of its content alone don't suffice: people forward
reports, and ask about them. If all of them stand together, and nobody asks a question, it is a report after all.
"""

import re
from collections.abc import Iterator

from schemas.records import AutomaticMail
from workers.parse.automatic import bounce_signs as weights
from workers.parse.automatic import ses
from workers.parse.automatic.bounce_signs import (
    ADDRESS,
    ADMINISTRATORS,
    ANSWER,
    COPY_BEGINS,
    DAEMONS,
    ENOUGH,
    REPLY,
    REPORTER_NAMES,
    REPORTERS,
    STATUS,
    SUBJECTS,
    TAGS,
)
from workers.parse.automatic.delivery_reports import COPY_TYPES, STATUS_TYPES
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.automatic.findings import Proof
from workers.parse.automatic.signs import ROBOTS
from workers.parse.mime.encoded_words import decode_field
from workers.parse.mime.parts import parameter

#: Values of report-type (RFC 6522) of other reports.
_OTHER_REPORTS = ("disposition-notification", "feedback-report")
_MOST_READ = 16_384  # characters
_QUESTION = re.compile(r"[?\uff1f\u061f\u037e](?:[\s\")]|$)", re.MULTILINE)
_EVERY_SIGN = weights.SUBJECT + weights.STATUS_CODE + weights.ORIGINAL
_Sign = tuple[int, str]


def bounce(mail: DetectionInput) -> Iterator[Proof]:
    """Yields the proof that a mail is a delivery report, if there is one."""
    if mail.root.declared_type() == "multipart/report":
        found = parameter(mail.root, "content-type", "report-type").lower()
        if found == "delivery-status" or (not found and mail.has_part(*STATUS_TYPES)):
            named = f"; report-type={found}" if found else f" with a part {STATUS_TYPES[0]}"
            yield Proof(AutomaticMail.BOUNCE, f"Content-Type: multipart/report{named}")
    if kind := ses.kind(mail):
        if kind != ses.COMPLAINT:
            yield Proof(AutomaticMail.BOUNCE, f"a notification of Amazon SES: {kind}")
        return
    if evidence := _by_weight(mail):
        yield Proof(AutomaticMail.BOUNCE, evidence)


def null_return_path(mail: DetectionInput) -> bool:
    """Returns whether the envelope sender is null (RFC 5321 section 4.5.5).

    If Return-Path names an address, the sender is not null: the source did not know the envelope.
    """
    return not mail.custody.sender and mail.field("return-path") in ("", "<>")


def _by_weight(mail: DetectionInput) -> str:
    """Returns the signs that together make the mail a delivery report, "" if they are not enough."""
    sender = _of_sender(mail)
    tags = TAGS.match(mail.subject)
    named = mail.subject[tags.end() if tags else 0 :].strip().casefold().startswith(SUBJECTS)
    if not sender and not named:
        return ""
    content = [*_of_structure(mail), *_of_words(mail)]
    if named:
        content.append((weights.SUBJECT, f"Subject: {mail.subject[:100]}"))
        if not sender and not mail.name and not _asks(mail):
            sender = [(weights.NO_NAME, f"From {mail.author}, without a name")]
    found = [*sender, *content]
    if sum(weight for weight, _ in found) < ENOUGH or (not sender and not _speaks_for_itself(mail, content)):
        return ""
    return " and ".join(sign for _, sign in found)


def _speaks_for_itself(mail: DetectionInput, content: list[_Sign]) -> bool:
    """Returns whether the content has each sign of a report, and asks nothing."""
    return sum(weight for weight, _ in content) >= _EVERY_SIGN and not _asks(mail)


def _asks(mail: DetectionInput) -> bool:
    return _QUESTION.search(_words(mail)) is not None


def _of_sender(mail: DetectionInput) -> list[_Sign]:
    """Returns the signs that a mail server is the sender."""
    found: list[_Sign] = []
    written = "" if mail.author else decode_field(mail.field("from"))
    local = mail.author.partition("@")[0]
    if DAEMONS.match(local) or (not mail.author and DAEMONS.search(written)):
        found.append((weights.DAEMON, f"From {mail.author or written}"))
    elif not ANSWER.match(mail.subject):
        found += _of_robot(mail, local, mail.name or written)
    if not mail.author and not ADDRESS.search(written):
        found.append((weights.NO_ADDRESS, "no address in From"))
    if null_return_path(mail):
        found.append((weights.NULL_RETURN_PATH, "a null return path"))
    for path in (mail.custody.sender, mail.field("return-path").strip("<> ")):
        if DAEMONS.match(path):
            found.append((weights.DAEMON_RETURN_PATH, f"Return-Path: {path}"))
            break
    if failed := mail.field("x-failed-recipients"):
        found.append((weights.FAILED_FIELD, f"X-Failed-Recipients: {failed}"))
    if mail.root.declared_type() == "multipart/report":
        kind = parameter(mail.root, "content-type", "report-type").lower()
        if not kind and not mail.has_part(*(f"message/{other}" for other in _OTHER_REPORTS)):
            found.append((weights.REPORT_TYPE, "Content-Type: multipart/report"))
    return found


def _of_robot(mail: DetectionInput, local: str, name: str) -> list[_Sign]:
    """Returns the sign that the part before the @, or the name, gives; people have such names, too."""
    shown = f"From {mail.author or name}"
    if REPORTERS.match(local) or REPORTER_NAMES.match(name):
        return [(weights.REPORTER, shown)]
    if ADMINISTRATORS.match(local) or ADMINISTRATORS.match(name) or mail.author.lower().startswith(ROBOTS):
        return [(weights.ADMINISTRATOR, shown)]
    return []


def _of_structure(mail: DetectionInput) -> Iterator[_Sign]:
    if mail.has_part(*STATUS_TYPES):
        yield weights.STATUS_PART, f"a part {STATUS_TYPES[0]}"
    if any(leaf.type in COPY_TYPES for leaf in mail.leaves) or COPY_BEGINS.search(mail.whole_text()[:_MOST_READ]):
        yield weights.ORIGINAL, "a copy of the mail"


def _of_words(mail: DetectionInput) -> Iterator[_Sign]:
    """Yields a sign for a code of an error, in words that are not quoted and name an address."""
    text = _words(mail)
    if "@" not in text or not (STATUS.search(text) or REPLY.search(text)):  # nearly every mail
        return
    lines = [line for line in text.split("\n") if not line.lstrip().startswith(">")]
    coded = next((line for line in lines if STATUS.search(line) or REPLY.search(line)), "")
    if coded and any("@" in line for line in lines):
        yield weights.STATUS_CODE, f"the code of an error: {coded.strip()[:100]}"


def _words(mail: DetectionInput) -> str:
    return (mail.text.strip() and mail.text[:_MOST_READ]) or mail.whole_text()[:_MOST_READ]
