"""Opens S/MIME data that hides a mail without encrypting it (RFC 8551): opaque signed data, and compressed data.

Only the way to the content is read, and nothing is verified. Certificates and signatures are not looked at. Outlook
writes BER with indefinite lengths and octet strings in pieces, which parsers of DER refuse.
"""

import re
import zlib
from enum import StrEnum

SMIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SEQUENCE, _SET, _INTEGER, _OID, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x30, 0x31, 0x02, 0x06, 0x04, 0x24, 0xA0
_CONSTRUCTED, _LONG_TAG, _INDEFINITE, _LONGEST_LENGTH = 0x20, 0x1F, 0x80, 4
_DEEPEST, _MOST_ELEMENTS = 8, 100_000
# The beginning of a MIME entity: a header block with a field that says what the content is.
_ENTITY = re.compile(
    rb"(?:\r?\n)?(?:[!-9;-~]{1,76}:[^\n]{0,998}\n(?:[ \t][^\n]{0,998}\n){0,50}){0,100}?(?:content-type|mime-version):",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """The content types of RFC 5652, RFC 5083 and RFC 3274 that are used in mail."""

    SIGNED = "signed-data"
    ENVELOPED = "enveloped-data"
    ENCRYPTED = "encrypted-data"
    AUTH_ENVELOPED = "authEnveloped-data"
    COMPRESSED = "compressed-data"


_PKCS7, _SMIME_CT = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
_KINDS = {
    _PKCS7 + b"\x02": Kind.SIGNED,
    _PKCS7 + b"\x03": Kind.ENVELOPED,
    _PKCS7 + b"\x06": Kind.ENCRYPTED,
    _SMIME_CT + b"\x17": Kind.AUTH_ENVELOPED,
    _SMIME_CT + b"\x09": Kind.COMPRESSED,
}
#: What is really encrypted.
LOCKED = (Kind.ENVELOPED, Kind.ENCRYPTED, Kind.AUTH_ENVELOPED)


def may_be_smime(kind: str, name: str) -> bool:
    """Returns whether a part may be S/MIME, by its type or its name (RFC 8551 section 3.2.1)."""
    return kind in SMIME_TYPES or name.lower().endswith(".p7m")


def kind_of(data: bytes) -> Kind | None:
    """Returns the kind of S/MIME data; None for anything else."""
    try:
        return _Reader(data).kind()
    except _NotBerError:
        return None


def enclosed(data: bytes, most: int) -> bytes:
    """Returns the MIME entity in signed or compressed data; b"" if there is none, such as in a signed PDF file.

    A compressed entity of more than `most` bytes counts as none.
    """
    reader = _Reader(data)
    try:
        kind = reader.kind()
        if kind not in (Kind.SIGNED, Kind.COMPRESSED):
            return b""
        content = reader.content()
    except _NotBerError:
        return b""
    if kind is Kind.COMPRESSED:
        content = _inflated(content, most)
    return content if _ENTITY.match(content) else b""


def _inflated(content: bytes, most: int) -> bytes:
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(content, most)
    except zlib.error:
        return b""
    return found if inflate.eof else b""


class _NotBerError(Exception):
    """The data is not what it must be here."""


class _Reader:
    """Walks BER data (ITU-T X.690) from its start; the number of elements and their depth are bounded."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._read = 0

    def kind(self) -> Kind | None:
        """Enters a ContentInfo (RFC 5652 section 3); returns its content type."""
        self._enter(_SEQUENCE)
        return _KINDS.get(self._primitive(_OID))

    def content(self) -> bytes:
        """Returns the content of SignedData or CompressedData, whose ContentInfo was entered."""
        self._enter(_EXPLICIT)
        self._enter(_SEQUENCE)
        self._primitive(_INTEGER)
        self._skip(0)  # the digest algorithms, or the algorithm of compression
        self._enter(_SEQUENCE)
        self._primitive(_OID)
        self._enter(_EXPLICIT)
        return b"".join(self._pieces(0))

    def _header(self) -> tuple[int, int]:
        """Reads a tag and a length; the length is -1 if it is indefinite."""
        self._read += 1
        head = self._data[self._at : self._at + 2]
        if len(head) < len("TL") or self._read > _MOST_ELEMENTS or head[0] & _LONG_TAG == _LONG_TAG:
            raise _NotBerError
        self._at += 2
        tag, length = head
        if length == _INDEFINITE:
            return tag, -1
        if length > _INDEFINITE:
            size = length - _INDEFINITE
            octets = self._data[self._at : self._at + size]
            if size > _LONGEST_LENGTH or len(octets) < size:
                raise _NotBerError
            self._at += size
            length = int.from_bytes(octets)
        return tag, length

    def _enter(self, tag: int) -> None:
        if self._header()[0] != tag:
            raise _NotBerError

    def _primitive(self, tag: int) -> bytes:
        found, length = self._header()
        if found != tag:
            raise _NotBerError
        return self._take(length)

    def _take(self, length: int) -> bytes:
        if length < 0 or self._at + length > len(self._data):
            raise _NotBerError
        self._at += length
        return self._data[self._at - length : self._at]

    def _at_end(self, end: int) -> bool:
        """Returns whether an element ends here: at `end`, or if that is -1 with two zero octets, which it passes."""
        if end >= 0:
            return self._at >= end
        if self._data.startswith(b"\0\0", self._at):
            self._at += 2
            return True
        return False

    def _skip(self, depth: int) -> None:
        tag, length = self._header()
        if length >= 0:
            self._take(length)
            return
        if depth > _DEEPEST or not tag & _CONSTRUCTED:
            raise _NotBerError
        while not self._at_end(-1):
            self._skip(depth + 1)

    def _pieces(self, depth: int) -> list[bytes]:
        """Returns the pieces of an octet string, which may consist of octet strings (X.690 section 8.7)."""
        tag, length = self._header()
        if tag == _OCTETS:
            return [self._take(length)]
        if tag != _OCTETS_IN_PIECES or depth > _DEEPEST:
            raise _NotBerError
        end = self._at + length if length >= 0 else -1
        pieces: list[bytes] = []
        while not self._at_end(end):
            pieces += self._pieces(depth + 1)
        return pieces
