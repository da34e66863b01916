"""Encrypts secrets at rest, such as the passwords of mailboxes, with keys from the settings that can be rotated.

Uses Fernet (https://github.com/fernet/spec): AES-128-CBC and HMAC-SHA256. The id of the secret's row is encrypted
together with it, so that a secret that was copied into another row can't be opened there.
"""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from schemas.errors import CasemailError
from schemas.settings import Settings


class SealError(CasemailError):
    """A secret can't be sealed or opened: there is no key, no key fits, or the secret belongs to another row."""


class SecretBox:
    """Encrypts with the first key, decrypts with any key; `new_key` makes keys. Without keys both raise `SealError`."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Returns the box with the keys of the settings (`CASEMAIL_SECRET_KEYS`)."""
        return cls([key.get_secret_value() for key in settings.secrets.secret_keys])

    def seal(self, owner: UUID, secret: str) -> bytes:
        """Encrypts a secret of the row `owner`. Raises `SealError` if there is no key."""
        return self._box.encrypt(owner.bytes + secret.encode())

    def open(self, owner: UUID, sealed: bytes) -> str:
        """Returns the secret of the row `owner`. Raises `SealError` if it can't be opened there."""
        try:
            opened = self._box.decrypt(sealed)
        except InvalidToken as error:
            raise SealError("no key in CASEMAIL_SECRET_KEYS opens this secret: enter it again") from error
        if opened[:16] != owner.bytes:
            raise SealError("this secret belongs to another row: enter it again")
        return opened[16:].decode()

    def renew(self, sealed: bytes) -> bytes:
        """Returns the same secret, encrypted with the first key. Raises `SealError` if it can't be opened."""
        try:
            return self._box.rotate(sealed)
        except InvalidToken as error:
            raise SealError("no key in CASEMAIL_SECRET_KEYS opens this secret: enter it again") from error

    @property
    def _box(self) -> MultiFernet:
        if self._fernet is None:
            raise SealError("CASEMAIL_SECRET_KEYS is not set: `casemail key --secret` makes a key for it")
        return self._fernet


def new_key() -> str:
    """Returns a new key, in URL-safe base64."""
    return Fernet.generate_key().decode()
