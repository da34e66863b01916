"""Signed links to files: what a link opens, for whom and since when stands in it, and what it is for is signed, too.

A link proves who it was made for; whether they may still see the file is asked when it is opened.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from itsdangerous import BadSignature, TimestampSigner

from schemas.settings import Settings
from schemas.tables import now


class Purpose(StrEnum):
    """What a link is for; one for one purpose is of no use for another."""

    MAIL = "mail"  # a download, in a mail of ours
    DOWNLOAD = "download"  # on the files' own host, made by the console for who is logged in
    INLINE = "inline"  # a preview there
    ORIGINAL = "original"  # a mail as it came, there


#: Hours that a link works which the console makes for the page that it shows.
PAGE_HOURS = 1
#: Octets of an id.
_ID = 16


@dataclass(frozen=True)
class Grant:
    """What a link says: this user of this tenant wants this file (or mail); `expired` when it is too old."""

    tenant_id: UUID
    file_id: UUID
    user_id: UUID
    expired: bool


class FileLinks:
    """Writes and reads the links; `base_url` is where files are served."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.console.files_url or settings.console.url
        # itsdangerous signs with the last
        self._secrets = [secret.get_secret_value() for secret in reversed(settings.secrets.session_secret)]
        self._hours = {Purpose.MAIL: settings.console.file_link_hours}

    def write(self, purpose: Purpose, tenant_id: UUID, file_id: UUID, user_id: UUID) -> str:
        """The URL under which this user gets this file, from now on for the hours of the purpose."""
        said = urlsafe_b64encode(tenant_id.bytes + file_id.bytes + user_id.bytes)
        return f"{self.base_url}/f/{purpose}/{self._signer(purpose).sign(said).decode()}"

    def read(self, purpose: Purpose, token: str) -> Grant | None:
        """What a link says, by the last part of its path; None for one that is not ours, or for another purpose."""
        try:
            said, written = self._signer(purpose).unsign(token, return_timestamp=True)
            ids = urlsafe_b64decode(said)
        except (BadSignature, ValueError):
            return None
        age = now() - written
        tenant_id, file_id, user_id = (UUID(bytes=ids[at : at + _ID]) for at in range(0, 3 * _ID, _ID))
        return Grant(tenant_id, file_id, user_id, age >= timedelta(hours=self._hours.get(purpose, PAGE_HOURS)))

    def _signer(self, purpose: Purpose) -> TimestampSigner:
        return TimestampSigner(
            self._secrets, salt=f"casemail file link: {purpose}", key_derivation="hmac", digest_method=sha256
        )
