"""Writing a mail as bytes for SMTP: header fields and text parts, with CRLF line ends.

The standard library's `EmailMessage` does the same at many times the CPU time, and folds header fields by rules that
have let line breaks through (CVE-2024-6923). Here a value that could end its field can't be written at all.
"""

from binascii import b2a_qp
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr

import idna

#: Longest header value that is written, in characters: with room to spare under the 998 octets of a line.
_LONGEST = 200


def unstructured(value: str) -> str:
    """A value for a field such as Subject: on one line, non-ASCII as encoded words (RFC 2047)."""
    line = one_line(value)
    # no encoded word over 75 characters, no line of them over 76 (RFC 2047 section 2), the field's name included
    return line if _is_plain(line) else Header(line, "utf-8", 75, header_name="Subject").encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """A mailbox for a field such as From: the display name quoted or encoded, then the address."""
    line = one_line(name)
    # formataddr makes one encoded word of any length
    return formataddr((line, address)) if _is_plain(line) else f"{unstructured(line)} <{address}>"


def _is_plain(line: str) -> bool:
    """Whether it means the same to whoever reads it: what looks like an encoded word would be decoded, to anything."""
    return line.isascii() and "=?" not in line


def plain_address(value: str) -> str:
    """The address as every mail server takes it: its domain in ASCII (IDNA 2008).

    Raises `ValueError` for one that has characters beyond ASCII before the @, or what could end its field.
    """
    local, _, domain = value.rpartition("@")
    plain = f"{local}@{domain if domain.isascii() else idna.encode(domain.lower()).decode('ascii')}"
    if not local or not plain.isascii() or any(c <= " " or c in "<>,;\x7f" for c in plain):
        raise ValueError(f"mail can't be sent to the address {value!r}")
    return plain


def header(fields: Iterable[tuple[str, str]]) -> bytes:
    """The header block. Raises `ValueError` for a value that is not ASCII or has a line break that is not folded."""
    lines = []
    for name, value in fields:
        if not value.isascii() or any(c in value.replace("\r\n ", "") for c in "\r\n\0"):
            raise ValueError(f"{name} can't be written into a header field: {value!r}")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("ascii")


def text_part(subtype: str, text: str) -> bytes:
    """A part of type text/`subtype` with its own header, in quoted-printable (RFC 2045 section 6.7)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    encoded = b2a_qp(lines.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
    fields = (("Content-Type", f"text/{subtype}; charset=utf-8"), ("Content-Transfer-Encoding", "quoted-printable"))
    return header(fields) + b"\r\n" + encoded


def multipart(boundary: str, parts: Iterable[bytes]) -> bytes:
    """The body of a multipart (RFC 2046 section 5.1.1); `boundary` must stand in no part."""
    mark = f"--{boundary}".encode("ascii")
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def one_line(value: str) -> str:
    """The value without what could end, hide or turn it: control and format characters become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in value[:_LONGEST]).split())
