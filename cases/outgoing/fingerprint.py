"""The signed fingerprint in each mail that casemail sends: it proves that a mail that comes back or is quoted is ours.

    notice.0198c2f07b6a7d2e8f3a9c1b5d4e6f70.a + 16 letters
    |      |                                |   HMAC-SHA256 over kind and id, 80 bits in base32 (RFC 4648 section 6)
    |      |                                the id of the secret that made it
    |      the id of the row that the mail was made for
    kind of the mail

It names no tenant, so that a mail from one tenant's address to another tenant's is recognised, too. If people copy a
fingerprint into a mail they write, the only effect is that casemail takes that mail for its own.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cases.addresses.tokens import Keys

_TAG_BYTES = 10
_MARK = re.compile(r"(notice|forward|letter)\.([0-9a-f]{32})\.([a-z])([a-z2-7]{16})", re.ASCII)


class OwnKind(StrEnum):
    """The kind of the mail. The id is that of the recipient log's row for a notice, of the outbox row for the rest."""

    NOTICE = "notice"
    FORWARD = "forward"
    LETTER = "letter"


@dataclass(frozen=True)
class OwnMail:
    """A mail that casemail sent."""

    kind: OwnKind
    row_id: UUID


def write_mark(keys: Keys, own: OwnMail) -> str:
    """Returns the fingerprint, as the value of a header field."""
    key_id, secret = keys[0]
    return f"{own.kind}.{own.row_id.hex}.{key_id}{_tag(secret, own)}"


def read_mark(keys: Keys, mark: str) -> OwnMail | None:
    """Returns the mail that a fingerprint proves to be ours; None if none of the keys made the fingerprint."""
    match = _MARK.fullmatch(mark)
    if match is None:
        return None
    kind, row_id, key_id, tag = match.groups()
    own = OwnMail(OwnKind(kind), UUID(row_id))
    secret = dict(keys).get(key_id)
    return own if secret is not None and hmac.compare_digest(tag, _tag(secret, own)) else None


def _tag(secret: bytes, own: OwnMail) -> str:
    # the tags of addresses sign another message, so that a tag of an address can't pass for a fingerprint
    message = b"\0".join((b"own mail", own.kind.encode(), own.row_id.bytes))
    return b32encode(hmac.digest(secret, message, "sha256")[:_TAG_BYTES]).decode().lower()
