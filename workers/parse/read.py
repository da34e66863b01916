"""Reads a mail step by step: takes raw bytes, returns a `ParsedMail` or a `Rejection`, never raises."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from schemas.reasons import Reason
from schemas.records import Attachment, AutomaticMail, Custody, ParsedMail, Rejection
from workers.parse.attachments import list_attachments
from workers.parse.automatic.delivery_reports import read_report
from workers.parse.automatic.detect import detect_automatic, own_mark
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.automatic.reactions import with_emoji_alone
from workers.parse.body import BodyReader, BodyText
from workers.parse.limits import DEFAULT, Limits, OverLimitError, TooManyHopsError, UnreadableError, check
from workers.parse.mime.charset_guess import bounded_guesses
from workers.parse.mime.charsets import one_line
from workers.parse.mime.header import Header, read_header
from workers.parse.mime.nearby_charset import nearby_charset
from workers.parse.mime.parts import Leaf, leaves
from workers.parse.mime.prescan import Scan, prescan
from workers.parse.mime.structure import open_within
from workers.parse.mime.tree import Part, build, walk
from workers.parse.pictures import PicturePlaces, without_picture_signs
from workers.parse.sample_mail import SAMPLE
from workers.parse.text.headings import forward_subject
from workers.parse.text.reply import Reply, extract_lines

_MOST_DEFECTS = 50
_LONGEST_DEFECT = 200


def read_mail(raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> ParsedMail | Rejection:
    """Reads one mail: `read_mail(b"From: a@x.example\\r\\n\\r\\nYes.", custody).body.text == "Yes."`.

    Takes the raw bytes and their record of custody. Returns a `ParsedMail` that contains the whole body (`body_blob` is
    empty), or a `Rejection`: OVER_LIMIT (evidence: limit, figure, allowed), LOOP (received) or UNREADABLE (problem).
    """
    return read_in_steps(raw, custody, limits).result


def read_mails(
    raws: Sequence[bytes], custodies: Sequence[Custody], limits: Limits = DEFAULT
) -> list[ParsedMail | Rejection]:
    """Reads several mails, each as `read_mail` does."""
    return [read_mail(raw, custody, limits) for raw, custody in zip(raws, custodies, strict=True)]


def warm() -> None:
    """Loads all modules and codecs that `read_mail` needs, because a sandboxed process can't load any later."""
    nobody = UUID(int=0)
    at = datetime(2024, 5, 3, tzinfo=UTC)
    read_mail(
        SAMPLE, Custody(mail_id=nobody, tenant_id=nobody, raw="", size=0, recipient="", sender="", received_at=at)
    )


@dataclass
class Reading:
    """A mail with the results of each step, and the final `result`.

    A field is None or empty until its step has run; when a step rejects the mail, the earlier fields stay set.
    """

    raw: bytes
    custody: Custody
    limits: Limits
    scan: Scan | None = None
    root: Part | None = None
    header: Header | None = None
    leaves: tuple[Leaf, ...] = ()
    body: BodyText | None = None
    reply: Reply | None = None
    attachments: tuple[Attachment, ...] = ()
    result: ParsedMail | Rejection = field(init=False)


def read_in_steps(raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> Reading:
    """Reads a mail as `read_mail` does; returns also the results of each step."""
    reading = Reading(raw, custody, limits)
    try:
        with bounded_guesses():
            reading.result = _run_steps(reading)
    except Exception as error:  # noqa: BLE001  # the parsers may raise any error on hostile bytes; the mail is rejected
        reading.result = _rejection(reading, error)
    return reading


def _run_steps(reading: Reading) -> ParsedMail:
    """Runs the steps in order. Raises the errors of `workers.parse.limits`, and any error of a parser."""
    raw, limits = reading.raw, reading.limits
    # 1. measure the raw bytes, then build the tree of MIME parts within the limits
    reading.scan = scan = prescan(raw, limits)
    reading.root = root = build(raw, scan, limits)
    # 2. header: author, recipients, subject, ids
    reading.header = header = read_header(scan, root)
    forward, author = forward_subject(header.subject), header.author.name
    # 3. body: open what holds parts, choose the parts that hold the text, and decode them to lines
    open_within(root, limits)
    charset = nearby_charset(root)
    reading.leaves = leaves(root, charset)
    reader = BodyReader(reading.leaves, limits, forward=forward, author=author, charset=charset)
    reading.body = body = reader.read(root)
    # 4. reply: split the lines into the person's own words and quotes, signatures, notices
    reading.reply = reply = extract_lines(body.lines, forward=forward, author=author)
    # 5. attachments: all other parts, and the places where the mail shows pictures
    files = [leaf for leaf in reading.leaves if leaf.number not in body.leaves]
    check("attachments", len(files), limits)
    pictures = PicturePlaces(reader, reading.leaves, files, reply, forward=forward)
    reading.attachments, broken = list_attachments(raw, files, reader, pictures)
    # 6. automatic mail: out-of-office notes, bounces, lists
    detection = detection_input(reading, root, header)
    defects = [*_structure_defects(root), *header.defects, *body.defects, *broken]
    return _record(reading, header, reply, detection, defects)


def detection_input(reading: Reading, root: Part, header: Header) -> DetectionInput:
    """Returns what the rules for automatic mail may use of a mail, as far as it was read."""
    return DetectionInput(
        root=root,
        leaves=reading.leaves,
        custody=reading.custody,
        subject=header.subject,
        author=header.author.address,
        name=header.author.name,
        text=reading.reply.text if reading.reply else "",
        lines=reading.body.lines if reading.body else (),
    )


def _record(
    reading: Reading, header: Header, reply: Reply, detection: DetectionInput, defects: Sequence[str]
) -> ParsedMail:
    """Returns the record of a mail that passed all steps."""
    automatic, evidence = detect_automatic(detection)
    words = without_picture_signs(reply)
    return ParsedMail(
        custody=reading.custody,
        author=header.author.address,
        author_name=header.author.name,
        author_problem=header.author.problem,
        to=header.to,
        cc=header.cc,
        subject=header.subject,
        message_id=header.message_id,
        in_reply_to=header.in_reply_to,
        date=header.date,
        machine=automatic,
        machine_evidence=evidence,
        own_mark=own_mark(detection.root),
        report=read_report(detection) if automatic is AutomaticMail.BOUNCE else None,
        body=with_emoji_alone(detection, words) if automatic is AutomaticMail.REACTION else words,
        body_blob="",
        attachments=reading.attachments,
        defects=tuple(one_line(defect, _LONGEST_DEFECT) for defect in defects[:_MOST_DEFECTS]),
    )


def _structure_defects(root: Part) -> list[str]:
    """Returns the defects of the MIME structure, by their class names in `email.errors`, and what was opened."""
    found = [type(defect).__name__ for part in walk(root) for defect in part.defects]
    return [*found, *(note for part in walk(root) for note in part.notes)]


def _rejection(reading: Reading, error: Exception) -> Rejection:
    """Returns the rejection of a mail for which a step raised `error`, with author and subject if they were read."""
    reason, evidence = _reason(error, reading.limits)
    header = reading.header
    author, subject = (header.author.address, header.subject) if header else ("", "")
    return Rejection(custody=reading.custody, reason=reason, evidence=evidence, author=author, subject=subject)


def _reason(error: Exception, limits: Limits) -> tuple[Reason, dict[str, str]]:
    match error:
        case OverLimitError():
            figures = {"limit": error.limit, "figure": str(error.figure), "allowed": str(error.allowed)}
            return Reason.OVER_LIMIT, figures
        case TooManyHopsError():
            return Reason.LOOP, {"received": str(error.figure)}
        case MemoryError():
            figures = {"limit": "memory", "figure": "over the limit", "allowed": str(limits.memory)}
            return Reason.OVER_LIMIT, figures
        case UnreadableError():
            return Reason.UNREADABLE, {"problem": str(error)}
    problem = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
    return Reason.UNREADABLE, {"problem": one_line(problem, _LONGEST_DEFECT)}
