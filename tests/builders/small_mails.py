"""Small mails, written byte by byte, and shortcuts to read them."""

from base64 import encodebytes
from datetime import UTC, datetime
from uuid import UUID

from schemas.records import Custody, ParsedMail, Rejection
from workers.parse.limits import DEFAULT, Limits
from workers.parse.read import read_mail

FROM = "From: Anna Smith <anna@x.example>"
HEAD = (
    FROM,
    "To: Desk <r-1@in.example>",
    "Subject: Re: Case 1",
    "Date: Fri, 3 May 2024 10:00:00 +0200",
    "Message-ID: <1@x.example>",
    "In-Reply-To: <update-1@in.example>",
)


def custody(sender: str = "anna@x.example") -> Custody:
    """Returns a record of custody; `sender` is the envelope sender, empty for a null return path."""
    return Custody(
        mail_id=UUID(int=1),
        tenant_id=UUID(int=2),
        raw="blob",
        size=0,
        recipient="r-1@in.example",
        sender=sender,
        received_at=datetime(2024, 5, 3, tzinfo=UTC),
    )


def mail(*fields: str | bytes, body: str | bytes = "Yes.", head: tuple[str | bytes, ...] = HEAD) -> bytes:
    """Returns a mail with these header fields after `head`, and CRLF line ends."""
    lines = [field.encode() if isinstance(field, str) else field for field in (*head, *fields)]
    text = body.encode() if isinstance(body, str) else body
    return b"\r\n".join(lines) + b"\r\n\r\n" + text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def multipart(kind: str, *parts: bytes, boundary: str = "=_b") -> tuple[str, bytes]:
    """Returns the Content-Type field and the body of a multipart."""
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"', body + f"--{boundary}--\r\n".encode()


def part(*fields: str, body: str | bytes) -> bytes:
    """Returns a part with these fields."""
    return mail(*fields, body=body, head=())


def file(name: str, data: bytes, kind: str = "application/pdf", *fields: str) -> bytes:
    """Returns a part with a file in base64."""
    disposition = f'Content-Disposition: attachment; filename="{name}"'
    head = (f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *(fields or (disposition,)))
    return part(*head, body=encodebytes(data))


def text(words: str, kind: str = "plain", *fields: str) -> bytes:
    """Returns a text part in UTF-8."""
    return part(f"Content-Type: text/{kind}; charset=utf-8", *fields, body=words)


def whole(kind: str, *parts: bytes) -> bytes:
    """Returns a mail that is a multipart."""
    field, body = multipart(kind, *parts)
    return mail(field, body=body)


def read(raw: bytes, limits: Limits = DEFAULT, sender: str = "anna@x.example") -> ParsedMail:
    """Reads a mail that must be readable; returns its record."""
    result = read_mail(raw, custody(sender), limits)
    assert isinstance(result, ParsedMail), result
    return result


def refuse(raw: bytes, limits: Limits = DEFAULT) -> Rejection:
    """Reads a mail that must be rejected; returns the rejection."""
    result = read_mail(raw, custody(), limits)
    assert isinstance(result, Rejection), result
    return result


def words(result: ParsedMail) -> str:
    """Returns the person's own words."""
    assert result.body is not None
    return result.body.text


def nested_mail(kind: str, depth: int) -> bytes:
    """Returns a mail of `depth` parts of this type, each within the part before."""
    body = b"".join(f"--b{n}\r\nContent-Type: {kind}; boundary=b{n + 1}\r\n\r\n".encode() for n in range(depth))
    return mail(f"Content-Type: {kind}; boundary=b0", body=body)
