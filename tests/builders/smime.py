"""S/MIME data for tests, in DER and in the BER with indefinite lengths and pieces that Outlook writes."""

import zlib
from base64 import encodebytes
from collections.abc import Sequence

_PKCS7, _SMIME_CT = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
SHA256 = bytes.fromhex("300b0609608648016503040201")


def element(tag: int, *contents: bytes, indefinite: bool = False) -> bytes:
    """Returns a BER element."""
    content = b"".join(contents)
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x84]) + size.to_bytes(4)
    return bytes([tag]) + length + content


def octets(content: bytes, piece: int = 0) -> bytes:
    """Returns an octet string, in pieces of this size with an indefinite length if a size is given."""
    if not piece:
        return element(0x04, content)
    pieces = [element(0x04, content[at : at + piece]) for at in range(0, len(content), piece)]
    return element(0x24, *pieces, indefinite=True)


def signed(entity: bytes, *, piece: int = 0, rest: Sequence[bytes] = (b"\x31\x00",)) -> bytes:
    """Returns signed data (RFC 5652 section 5) with this content and without any signer, whom nobody looks at."""
    loose = bool(piece)
    content = element(0xA0, octets(entity, piece), indefinite=loose)
    inner = element(0x30, element(0x06, _PKCS7 + b"\x01"), content, indefinite=loose)
    algorithms = element(0x31, SHA256, indefinite=loose)
    data = element(0x30, b"\x02\x01\x01", algorithms, inner, *rest, indefinite=loose)
    return element(0x30, element(0x06, _PKCS7 + b"\x02"), element(0xA0, data, indefinite=loose), indefinite=loose)


def compressed(entity: bytes) -> bytes:
    """Returns compressed data (RFC 3274)."""
    content = element(0xA0, octets(zlib.compress(entity)))
    inner = element(0x30, element(0x06, _PKCS7 + b"\x01"), content)
    algorithm = element(0x30, element(0x06, _SMIME_CT[:-2] + b"\x10\x03\x08"))
    data = element(0x30, b"\x02\x01\x00", algorithm, inner)
    return element(0x30, element(0x06, _SMIME_CT + b"\x09"), element(0xA0, data))


def enveloped(*, kind: bytes = _PKCS7 + b"\x03") -> bytes:
    """Returns data that says that it is encrypted; with `kind`, another content type."""
    data = element(0x30, b"\x02\x01\x00", element(0x31), element(0x30, element(0x06, _PKCS7 + b"\x01")))
    return element(0x30, element(0x06, kind), element(0xA0, data))


def smime_part(
    data: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data", name: str = "smime.p7m"
) -> bytes:
    """Returns a part with S/MIME data."""
    head = f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
    return f'{head}Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode() + encodebytes(data)


def smime_mail(
    data: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data", name: str = "smime.p7m"
) -> bytes:
    """Returns a mail that is one part with S/MIME data."""
    head = "From: Anna Smith <anna@x.example>\r\nTo: r-1@in.example\r\nSubject: Re: Case 1\r\nMIME-Version: 1.0\r\n"
    return head.encode() + smime_part(data, kind, name)
