"""Secrets at rest, such as the passwords of mailboxes: sealed with a key from the settings that can be changed.

Fernet (https://github.com/fernet/spec): AES-128-CBC and HMAC-SHA256, with the row that a secret belongs to sealed in,
so that a secret copied into another row opens nothing there.
"""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from schemas.errors import CasemailError
from schemas.settings import Settings


class SealError(CasemailError):
    """A secret can't be opened: no key of the settings sealed it, or it belongs to another row."""


class SecretBox:
    """Seals with the first of the keys, as `new_key` gives them, and opens with any; without keys, neither."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Returns the box with the keys of the settings (`CASEMAIL_SECRET_KEYS`)."""
        return cls([key.get_secret_value() for key in settings.secrets.secret_keys])

    def seal(self, owner: UUID, secret: str) -> bytes:
        """Seals a secret of the row `owner`. Raises `SealError` when there is no key."""
        return self._box.encrypt(owner.bytes + secret.encode())

    def open(self, owner: UUID, sealed: bytes) -> str:
        """The secret of the row `owner`. Raises `SealError`."""
        try:
            opened = self._box.decrypt(sealed)
        except InvalidToken as error:
            raise SealError("no key in CASEMAIL_SECRET_KEYS opens this secret: enter it anew") from error
        if opened[:16] != owner.bytes:
            raise SealError("this secret belongs to another row: enter it anew")
        return opened[16:].decode()

    def renew(self, sealed: bytes) -> bytes:
        """The same secret, sealed with the first key. Raises `SealError`."""
        try:
            return self._box.rotate(sealed)
        except InvalidToken as error:
            raise SealError("no key in CASEMAIL_SECRET_KEYS opens this secret: enter it anew") from error

    @property
    def _box(self) -> MultiFernet:
        if self._fernet is None:
            raise SealError("CASEMAIL_SECRET_KEYS is not set: `casemail key --secret` makes a key for it")
        return self._fernet


def new_key() -> str:
    """A new key, in URL-safe base64."""
    return Fernet.generate_key().decode()
