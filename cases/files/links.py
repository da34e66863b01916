"""Signed links to files. A link carries the tenant, the file, the user it was made for, and the time, signed for one
purpose.

A link only proves for which user it was made: the page that it opens checks whether that user may still see the file.
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
    """The purpose of a link. A link for one purpose does not work for another."""

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
    """The content of a link: it lets this user of this tenant get this file (or mail), unless it is `expired`."""

    tenant_id: UUID
    file_id: UUID
    user_id: UUID
    expired: bool


class FileLinks:
    """Makes and reads links to files; `base_url` is where the files are served."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.console.files_url or settings.console.url
        # itsdangerous signs with the last secret
        self._secrets = [secret.get_secret_value() for secret in reversed(settings.secrets.session_secret)]
        self._hours = {Purpose.MAIL: settings.console.file_link_hours}

    def write(self, purpose: Purpose, tenant_id: UUID, file_id: UUID, user_id: UUID) -> str:
        """Returns the URL at which this user gets this file; it works from now for the hours set for the purpose."""
        ids = urlsafe_b64encode(tenant_id.bytes + file_id.bytes + user_id.bytes)
        return f"{self.base_url}/f/{purpose}/{self._signer(purpose).sign(ids).decode()}"

    def read(self, purpose: Purpose, token: str) -> Grant | None:
        """Returns the content of a link, from the last part of its path; None if not ours, or for another purpose."""
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
