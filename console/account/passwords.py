"""Passwords: Argon2id with the parameters of RFC 9106 section 4 (64 MiB), as argon2-cffi sets them."""

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

#: Shortest password, in characters (NIST SP 800-63B-4 section 3.1.1.2: 15 where it is the only factor).
SHORTEST = 15

#: Guesses that a password must take by zxcvbn's estimate, as a power of ten; and characters that zxcvbn is given.
_GUESSES, _GIVEN = 8, 40
_EASY = (
    "That is easy to guess: common words, names, rows of keys or repetitions. "
    "Take several words that have nothing to do with each other."
)

_HASHER = PasswordHasher()


def hash_password(text: str) -> str:
    """Returns the hash to store in `users.password_hash`."""
    return _HASHER.hash(_normal(text))


def problem(text: str, email: str, *names: str) -> str:
    """Returns why this can't be the password of the user with the address, in words; empty if it can.

    `names` are other words that everybody knows of the user, such as their name and their tenant's: the password must
    be hard to guess without them, too.
    """
    if len(text) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; several words are easy to remember."
    if email.partition("@")[0].lower() in text.lower():
        return "A password must not have the name of the email address in it."
    known = [word for name in (*names, email, "casemail") for word in re.split(r"[\W_]+", name) if len(word) > 1]
    # without spaces, which hide repetitions from zxcvbn, and not all of it: zxcvbn's time grows faster than the text
    given = "".join(text.split())[:_GIVEN]
    if zxcvbn(given, user_inputs=[*names, *known])["guesses_log10"] < _GUESSES:
        return _EASY
    return ""


def verify(stored: str, text: str) -> bool:
    """Returns whether `text` is the password with the hash `stored`.

    For an empty hash (no such user, or a user without a password) it returns False after the time of a wrong password.
    """
    against = stored or _nobody()
    try:
        return _HASHER.verify(against, _normal(text)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def _normal(text: str) -> str:
    """One encoding of characters that keyboards send in several ways (RFC 8265 section 4.2.2: NFC)."""
    return unicodedata.normalize("NFC", text)


@cache
def _nobody() -> str:
    return hash_password("nobody has this password")
