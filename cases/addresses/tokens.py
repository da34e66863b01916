"""Makes and reads reply and case addresses, which carry a signed token.

    case-1042-ra + 16 letters + 16 letters @ the tenant's mail domain
    |         ||   |            HMAC-SHA256 over kind, tenant and handle, 80 bits in base32 (RFC 4648 section 6)
    |         ||   the handle: 80 bits, the key of a row
    |         |the id of the secret that made the tag
    |         the kind: r answers an update as one of its recipients, c posts a new update on a case, w is a canary
    only for people to read

The tag alone proves that the address is ours: handles need not be secret.

Base32 needs only one case of letters, so an address still works if its letters change case on the way. The local part
stays within 64 octets (RFC 5321 section 4.5.3.1.1).
"""

import hmac
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

#: The id and the secret of each key: the first key signs new addresses, and all keys verify.
Keys = tuple[tuple[str, bytes], ...]

_RANDOM_BYTES = 10
_PREFIX_LENGTH = 24
#: The length of a token in characters: kind, key id, handle and tag.
TOKEN_LENGTH = 34
_LOCAL_PART = re.compile(r"(?:.*-)?([rcw])([a-z])([a-z2-7]{16})([a-z2-7]{16})", re.ASCII)


class AddressKind(StrEnum):
    """The purpose of an address."""

    REPLY = "r"
    CASE = "c"
    CANARY = "w"


@dataclass(frozen=True)
class Address:
    """The content of an address of ours: its kind, and the handle of its row."""

    kind: AddressKind
    handle: str


def new_handle() -> str:
    """Returns a handle for a new address: 80 random bits as 16 characters."""
    return b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode().lower()


def handle_of(row_id: UUID) -> str:
    """Returns the handle for the address of a row; the same for a row that is written again after a restore."""
    return b32encode(sha256(b"reply address\0" + row_id.bytes).digest()[:_RANDOM_BYTES]).decode().lower()


def write(keys: Keys, tenant_id: UUID, address: Address, case_number: str, mail_domain: str) -> str:
    """Returns the full address; `case_number` only makes it readable.

    write(keys, tenant_id, Address(AddressKind.CASE, new_handle()), "1042", "cases.example")
    """
    readable = re.sub(r"[^a-z0-9]+", "-", case_number.lower())[:_PREFIX_LENGTH].strip("-")
    key_id, secret = keys[0]
    local = f"{address.kind}{key_id}{address.handle}{_tag(secret, tenant_id, address)}"
    return f"case-{readable}-{local}@{mail_domain}"


def read(keys: Keys, tenant_id: UUID, local_part: str) -> Address | None:
    """Returns the kind and handle in the local part of an address; None if it was not made for this tenant.

    The token may follow a plus, as in `inbox+token`.
    """
    if len(local_part) < TOKEN_LENGTH:
        return None
    match = _LOCAL_PART.fullmatch(local_part.lower().rpartition("+")[2].strip('"'))
    if match is None:
        return None
    kind, key_id, handle, tag = match.groups()
    address = Address(AddressKind(kind), handle)
    secret = dict(keys).get(key_id)
    if secret is None or not hmac.compare_digest(tag, _tag(secret, tenant_id, address)):
        return None
    return address


def _tag(secret: bytes, tenant_id: UUID, address: Address) -> str:
    message = b"\0".join((address.kind.encode(), tenant_id.bytes, address.handle.encode()))
    return b32encode(hmac.digest(secret, message, "sha256")[:_RANDOM_BYTES]).decode().lower()
