"""Passwords: Argon2id with the parameters of RFC 9106 section 4 (64 MiB), as argon2-cffi sets them."""

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Shortest password, in characters (NIST SP 800-63B-4 section 3.1.1.2: 15 where it is the only factor).
SHORTEST = 15

_HASHER = PasswordHasher()
#: Hashes computed at a time: each takes 64 MiB and some 50 ms of CPU.
_AT_ONCE = BoundedSemaphore(4)


def hash_password(text: str) -> str:
    """The hash to store in `users.password_hash`."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(text))


def problem(text: str, email: str) -> str:
    """Why this can't be the password of who logs in with the address, in words; empty when it can."""
    if len(text) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; several words are easy to remember."
    if email.partition("@")[0].lower() in text.lower():
        return "A password must not have the name of the email address in it."
    return ""


def verify(stored: str, text: str) -> bool:
    """Whether `text` is the password of the hash `stored`.

    An empty hash (no such user, or one without a password) costs as much time as a wrong password, and is False.
    """
    against = stored or _nobody()
    with _AT_ONCE:
        try:
            return _HASHER.verify(against, _normal(text)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def _normal(text: str) -> str:
    """One spelling of what looks the same on every keyboard (RFC 8265 section 4.2.2: NFC)."""
    return unicodedata.normalize("NFC", text)


@cache
def _nobody() -> str:
    return hash_password("nobody has this password")
