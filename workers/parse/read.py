"""One mail to what it says. Total: whatever the bytes, the answer is a record."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from schemas.reasons import Reason
from schemas.records import Attachment, AutomaticMail, Custody, DeliveryReport, ParsedMail, Rejection, Shown
from workers.parse.automatic.delivery_reports import read_report
from workers.parse.automatic.detect import Facts, machine_kind, own_mark
from workers.parse.body import BodyReader, BodyText
from workers.parse.limits import DEFAULT, Limits, OverLimit, TooManyHops, Unreadable, check
from workers.parse.mime.charsets import one_line
from workers.parse.mime.filenames import safe_name
from workers.parse.mime.header import Header, read_header
from workers.parse.mime.parts import Leaf, leaves, transfer_encoding
from workers.parse.mime.prescan import Scan, prescan
from workers.parse.mime.tree import Part, build, walk
from workers.parse.pictures import Places, without_pictures
from workers.parse.text.attributions import forward_subject
from workers.parse.text.reply import Reply, extract_lines

_MOST_DEFECTS = 50
_LONGEST_DEFECT = 200
_LONGEST_ENCODING = 60

#: A mail of two kinds of text and a file, which uses the standard library's parsers once.
_SAMPLE = b"""From: =?utf-8?q?A?= <a@x.example>
Date: Fri, 3 May 2024 10:00:00 +0200
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

Yes.
--b
Content-Type: text/html; charset=iso-8859-15

<p>Yes.<blockquote>No.</blockquote>
--b--
--a
Content-Type: message/delivery-status

Final-Recipient: rfc822; b@x.example
--a
Content-Type: image/png; name*=utf-8''a.png
Content-Transfer-Encoding: base64

YQ==
--a--
"""


def understand(raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> ParsedMail | Rejection:
    """Read one mail.

    In: the bytes as they came, and their record of custody. Out: a `ParsedMail` with the whole body in it and
    `body_blob` empty; or a `Rejection` with reason OVER_LIMIT (evidence: limit, figure, allowed), LOOP (received) or
    UNREADABLE (problem). Never raises an exception.
    """
    return Reading(raw, custody, limits).result


def understand_each(
    raws: Sequence[bytes], custodies: Sequence[Custody], limits: Limits = DEFAULT
) -> list[ParsedMail | Rejection]:
    """As `understand`, of several mails."""
    return [understand(raw, custody, limits) for raw, custody in zip(raws, custodies, strict=True)]


def warm() -> None:
    """Loads what `understand` needs: in a process for hostile bytes nothing can be loaded later."""
    nobody = UUID(int=0)
    at = datetime(2024, 5, 3, tzinfo=UTC)
    Reading(_SAMPLE, Custody(mail_id=nobody, tenant_id=nobody, raw="", size=0, recipient="", sender="", received_at=at))


class Reading:
    """One mail while it is read; `result` is what `understand` returns.

    The rest is None or empty until it is read, and stays known when the mail is rejected after that.
    """

    def __init__(self, raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> None:
        self.raw = raw
        self.custody = custody
        self.limits = limits
        self.scan: Scan | None = None
        self.root: Part | None = None
        self.header: Header | None = None
        self.leaves: tuple[Leaf, ...] = ()
        self.body: BodyText | None = None
        self.reply: Reply | None = None
        self.attachments: tuple[Attachment, ...] = ()
        self.result: ParsedMail | Rejection
        try:
            self.result = self._read()
        except Exception as error:  # noqa: BLE001  the parsers raise anything on hostile bytes; the mail is held
            reason, evidence = _why(error, limits)
            author, subject = (self.header.author.address, self.header.subject) if self.header else ("", "")
            self.result = Rejection(custody=custody, reason=reason, evidence=evidence, author=author, subject=subject)

    def _read(self) -> ParsedMail:
        self.scan = prescan(self.raw, self.limits)
        self.root = root = build(self.raw, self.limits, self.scan.lines)
        self.header = header = read_header(self.scan, root)
        self.leaves = leaves(root)
        forward, name = forward_subject(header.subject), header.author.name
        reader = BodyReader(self.leaves, self.limits, forward=forward, author=name)
        self.body = body = reader.read(root)
        self.reply = reply = extract_lines(body.lines, forward=forward, author=name)
        files = [leaf for leaf in self.leaves if leaf.number not in body.leaves]
        check("attachments", len(files), self.limits)
        places = Places(reader, self.leaves, files, reply, forward=forward)
        self.attachments, broken = _attachments(self.raw, files, reader, places)
        defects = [*_structure_defects(root), *header.defects, *body.defects, *broken]
        facts = Facts(root, self.leaves, self.custody, header.subject, header.author.address, reply.text)
        machine, evidence = machine_kind(facts)
        return ParsedMail(
            custody=self.custody,
            author=header.author.address,
            author_name=header.author.name,
            author_problem=header.author.problem,
            to=header.to,
            cc=header.cc,
            subject=header.subject,
            message_id=header.message_id,
            in_reply_to=header.in_reply_to,
            date=header.date,
            machine=machine,
            machine_evidence=evidence,
            own_mark=own_mark(root),
            report=_report(facts, body) if machine is AutomaticMail.BOUNCE else None,
            body=without_pictures(reply),
            body_blob="",
            attachments=self.attachments,
            defects=tuple(one_line(defect, _LONGEST_DEFECT) for defect in defects[:_MOST_DEFECTS]),
        )


def _report(facts: Facts, body: BodyText) -> DeliveryReport:
    words = "\n".join(line.text for line in body.lines)
    return read_report(facts.leaves, facts.field("x-failed-recipients"), facts.subject, words)


def _why(error: Exception, limits: Limits) -> tuple[Reason, dict[str, str]]:
    match error:
        case OverLimit():
            figures = {"limit": error.limit, "figure": str(error.figure), "allowed": str(error.allowed)}
            return Reason.OVER_LIMIT, figures
        case TooManyHops():
            return Reason.LOOP, {"received": str(error.figure)}
        case MemoryError():
            figures = {"limit": "memory", "figure": "over the limit", "allowed": str(limits.memory)}
            return Reason.OVER_LIMIT, figures
        case Unreadable():
            return Reason.UNREADABLE, {"problem": str(error)}
    problem = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
    return Reason.UNREADABLE, {"problem": one_line(problem, _LONGEST_DEFECT)}


def _attachments(
    raw: bytes, files: Sequence[Leaf], reader: BodyReader, shown: Places
) -> tuple[tuple[Attachment, ...], list[str]]:
    found: list[Attachment] = []
    defects: list[str] = []
    for leaf, (at, length) in zip(files, _places(raw, files), strict=True):
        data, defect = reader.data(leaf)
        name = safe_name(leaf.name, leaf.type, leaf.number)
        place = shown.of(leaf, name)
        found.append(
            Attachment(
                part=leaf.number,
                name=name,
                declared_type=leaf.type,
                size=len(data),
                inline=leaf.disposition == "inline" or leaf.content_id in shown.in_html,
                referred=place in (Shown.WORDS, Shown.END),
                content_id=leaf.content_id,
                at=at,
                length=length,
                transfer=transfer_encoding(leaf.part)[:_LONGEST_ENCODING],
                disposition=leaf.disposition,
                within=leaf.within,
                shown=place,
                defect=defect,
            )
        )
        defects += [f"part {leaf.number}: {defect}"] if defect else []
    return tuple(found), defects


def _places(raw: bytes, files: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Where the content of each leaf lies in the raw mail, as offset and length, so that nobody parses it again for a
    file; -1 from the first on that does not lie there as it is, so that a hostile mail is looked through only once."""
    places: list[tuple[int, int]] = []
    at = 0
    for leaf in files:
        content = leaf.part.content()
        at = raw.find(content, at) if at >= 0 else at
        places.append((at, len(content)))
        at += len(content) if at >= 0 else 0
    return places


def _structure_defects(root: Part) -> list[str]:
    """The names that the standard library gives to what is wrong with the structure (email.errors)."""
    return [type(defect).__name__ for part in walk(root) for defect in part.defects]
