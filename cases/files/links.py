"""Signed links to files. A link carries the file, the user it was made for, and the time, all signed for one purpose.

A link proves for whom it was made; whether they may still see the file is checked when it is opened.
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
    """What a link is for. A link for one purpose does not work for another."""

    MAIL = "mail"  # a download, in a notice
    DOWNLOAD = "download"  # a download from the files' own host, on a page of the console
    INLINE = "inline"  # a preview on that host
    ORIGINAL = "original"  # an original mail on that host


#: Hours for which a link on a page of the console works.
PAGE_HOURS = 1
#: Octets of an id.
_ID = 16


@dataclass(frozen=True)
class Grant:
    """What a link carries: it lets this user of this tenant get this file (or mail), unless it is `expired`."""

    tenant_id: UUID
    file_id: UUID
    user_id: UUID
    expired: bool


class FileLinks:
    """Makes and reads the links; `base_url` is where files are served."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.console.files_url or settings.console.url
        # itsdangerous signs with the last secret
        self._secrets = [secret.get_secret_value() for secret in reversed(settings.secrets.session_secret)]
        self._hours = {Purpose.MAIL: settings.console.file_link_hours}

    def write(self, purpose: Purpose, tenant_id: UUID, file_id: UUID, user_id: UUID) -> str:
        """Returns the URL at which this user gets this file; it works for the hours of the purpose from now on."""
        ids = urlsafe_b64encode(tenant_id.bytes + file_id.bytes + user_id.bytes)
        return f"{self.base_url}/f/{purpose}/{self._signer(purpose).sign(ids).decode()}"

    def read(self, purpose: Purpose, token: str) -> Grant | None:
        """Returns what a link carries, by the last part of its path; None if not made by us, or for another purpose."""
        try:
            signed, written = self._signer(purpose).unsign(token, return_timestamp=True)
            ids = urlsafe_b64decode(signed)
        except (BadSignature, ValueError):
            return None
        age = now() - written
        tenant_id, file_id, user_id = (UUID(bytes=ids[at : at + _ID]) for at in range(0, 3 * _ID, _ID))
        return Grant(tenant_id, file_id, user_id, age >= timedelta(hours=self._hours.get(purpose, PAGE_HOURS)))

    def _signer(self, purpose: Purpose) -> TimestampSigner:
        return TimestampSigner(
            self._secrets, salt=f"casemail file link: {purpose}", key_derivation="hmac", digest_method=sha256
        )
