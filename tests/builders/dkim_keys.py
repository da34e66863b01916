"""RSA keys for signatures, and the mails that they sign."""

from base64 import b64encode
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: A key of 768 bits, which libraries no longer generate.
_SHORT_PEM = b"""-----BEGIN RSA PRIVATE KEY-----
MIIBywIBAAJhAK7PWUUILdsK12JSb7uurTA5vOXg422J6PguE7JfIildSJSXoVV8
F4Jlflj8mh4u7wh88kAGEFhF10OADIGUfnOuVSyeWF1RleT8aNcxOuCts8hXWK0s
ddJLd6ZaDpVTOQIDAQABAmEAoQfK0SeWrkfPXvhXiwl+6oTVeOFwP5Ch9jTj2hV+
r6IJ4S/I46l7MphyCmEvS4ypCUgAfIEYpDlF3WIZ1LGr6BvX8YYMM8t+Q7QC5w56
9Pabngu7IlX1uHH5IwXn0KSxAjEA2Nwkz3PzS7mxEwyyo+/MINPGQG8OPbCFQZaN
ih9TiDEI9xrpxLokVlxjw4odnVLFAjEAzlxQ53ZAzIIzYfu/kuLqApd1DeegjZF6
E34vjeADyNF5Rf7LGFM1y+j2+GvhUbXlAjEAnpsD4SZwvuWk+MXEsdnkde3thZqz
07KTA5FVG7wln+odIH1ylAuAIBmabZ1KY5HxAjANC5r1tu0LwKNc61xF/eBLP6Xf
tifZKzwrZUu+TU4P8OYYva27IO+Cr3yFYdSBpN0CMGPiKbhMbeJ/W5g6G5zPnNaY
poElUifUAGf/zuOWUKBV8R3O668Z8BMYMTBGGfeSDQ==
-----END RSA PRIVATE KEY-----
"""
_SHORT_RECORD = (
    "v=DKIM1; k=rsa; p=MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAK7PWUUILdsK12JSb7uurTA5vOXg"
    "422J6PguE7JfIildSJSXoVV8F4Jlflj8mh4u7wh88kAGEFhF10OADIGUfnOuVSyeWF1RleT8aNcxOuCts8hXWK0sddJLd6ZaDpVTOQIDAQAB"
)
SIGNED = (b"from", b"to", b"cc", b"subject", b"date", b"message-id")


@cache
def key(bits: int) -> tuple[bytes, str]:
    """Returns a private key in PEM, and the TXT record of its public key."""
    if bits == 768:
        return _SHORT_PEM, _SHORT_RECORD
    private = rsa.generate_private_key(65537, bits)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"


def sign(
    raw: bytes,
    domain: str,
    *,
    selector: str = "s",
    bits: int = 2048,
    fields: tuple[bytes, ...] = SIGNED,
    length: bool = False,
) -> bytes:
    """Returns the mail with one more signature in front."""
    there = {line.partition(b":")[0].lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    include = [name for name in fields if name in there]
    field = dkim.sign(
        raw,
        selector.encode(),
        domain.encode(),
        key(bits)[0],
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=include,
        length=length,
    )
    return bytes(field) + raw


def seal(
    raw: bytes,
    domain: str,
    found: str,
    *,
    chain: str = "",
    selector: str = "s",
    bits: int = 2048,
    fields: tuple[bytes, ...] = SIGNED,
) -> bytes:
    """Returns the mail as a forwarder hands it on, with one more ARC set in front.

    `found` is the forwarder's result of checking the sender, `chain` its result for the earlier sets, empty if the mail
    has none.
    """
    there = {line.partition(b":")[0].lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    said = f"Authentication-Results: mx.{domain}; {found}" + (f"; arc={chain}" if chain else "") + "\r\n"
    lines = dkim.arc_sign(
        said.encode() + raw,
        selector.encode(),
        domain.encode(),
        key(bits)[0],
        f"mx.{domain}".encode(),
        include_headers=[name for name in fields if name in there],
    )
    assert lines, "nothing was sealed"
    return b"".join(lines) + raw
