"""Passwords: Argon2id with the parameters of RFC 9106 section 4 (64 MiB), as argon2-cffi sets them."""

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

#: Shortest password, in characters (NIST SP 800-63B-4 section 3.1.1.2: 15 where it is the only factor).
SHORTEST = 15

#: Guesses that a password must take, as a power of ten, by zxcvbn's estimate; and characters that it looks at.
_GUESSES, _LOOKED_AT = 8, 40
_EASY = (
    "That is easy to guess: common words, names, rows of keys or repetitions. "
    "Take several words that have nothing to do with each other."
)

_HASHER = PasswordHasher()


def hash_password(text: str) -> str:
    """The hash to store in `users.password_hash`."""
    return _HASHER.hash(_normal(text))


def problem(text: str, email: str, *names: str) -> str:
    """Why this can't be the password of who logs in with the address, in words; empty when it can.

    `names` are other words that everybody knows of them, such as their name and their tenant's: what is left of the
    password without them must be hard to guess, too.
    """
    if len(text) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; several words are easy to remember."
    if email.partition("@")[0].lower() in text.lower():
        return "A password must not have the name of the email address in it."
    known = [word for name in (*names, email, "casemail") for word in re.split(r"[\W_]+", name) if len(word) > 1]
    # without spaces, which hide a repetition from it; and a part of it: its time grows faster than the text
    looked_at = "".join(text.split())[:_LOOKED_AT]
    if zxcvbn(looked_at, user_inputs=[*names, *known])["guesses_log10"] < _GUESSES:
        return _EASY
    return ""


def verify(stored: str, text: str) -> bool:
    """Whether `text` is the password of the hash `stored`.

    An empty hash (no such user, or one without a password) costs as much time as a wrong password, and is False.
    """
    against = stored or _nobody()
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
