"""Writes a mail as bytes for SMTP: header fields and text parts, with CRLF line ends.

The standard library's `EmailMessage` takes many times the CPU time, and its folding of header fields once let line
breaks through (CVE-2024-6923). Here a value that could end its field is refused.
"""

from binascii import b2a_qp
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr

import idna

#: The longest header value that is written, in characters: well below the 998 octets of a line.
_LONGEST = 200


def unstructured(value: str) -> str:
    """Returns the value for a field such as Subject: on one line, non-ASCII as encoded words (RFC 2047)."""
    line = one_line(value)
    # an encoded word has at most 75 characters, its line at most 76, with the field's name (RFC 2047 section 2)
    return line if _is_plain(line) else Header(line, "utf-8", 75, header_name="Subject").encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """Returns a mailbox for a field such as From: the display name, quoted or encoded, then the address."""
    line = one_line(name)
    # formataddr would make one encoded word of any length
    return formataddr((line, address)) if _is_plain(line) else f"{unstructured(line)} <{address}>"


def _is_plain(line: str) -> bool:
    """Returns whether a line needs no encoding: it is ASCII, and nothing in it looks like an encoded word."""
    return line.isascii() and "=?" not in line


def plain_address(value: str) -> str:
    """Returns the address in the form that every mail server accepts, with its domain in ASCII (IDNA 2008).

    Raises `ValueError` if it has non-ASCII characters before the @, or characters that could end its field.
    """
    local, _, domain = value.rpartition("@")
    plain = f"{local}@{domain if domain.isascii() else idna.encode(domain.lower()).decode('ascii')}"
    if not local or not plain.isascii() or any(c <= " " or c in "<>,;\x7f" for c in plain):
        raise ValueError(f"mail can't be sent to the address {value!r}")
    return plain


def header(fields: Iterable[tuple[str, str]]) -> bytes:
    """Returns the header block. Raises `ValueError` for a value that is not ASCII or has an unfolded line break."""
    lines = []
    for name, value in fields:
        if not value.isascii() or any(c in value.replace("\r\n ", "") for c in "\r\n\0"):
            raise ValueError(f"{name} can't be written into a header field: {value!r}")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("ascii")


def text_part(subtype: str, text: str) -> bytes:
    """Returns a part of type text/`subtype` with its own header, in quoted-printable (RFC 2045 section 6.7)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    encoded = b2a_qp(lines.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
    fields = (("Content-Type", f"text/{subtype}; charset=utf-8"), ("Content-Transfer-Encoding", "quoted-printable"))
    return header(fields) + b"\r\n" + encoded


def multipart(boundary: str, parts: Iterable[bytes]) -> bytes:
    """Returns the body of a multipart (RFC 2046 section 5.1.1); no part may contain `boundary`."""
    mark = f"--{boundary}".encode("ascii")
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def one_line(value: str) -> str:
    """Returns the value on one line of at most `_LONGEST` characters. Control and format characters, which could end
    the line, or hide or reverse its text, become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in value[:_LONGEST]).split())
