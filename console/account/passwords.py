"""Passwords: Argon2id with the parameters of RFC 9106 section 4 (64 MiB), as argon2-cffi sets them."""

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from cases.refusal import Refusal

#: Shortest password, in characters (NIST SP 800-63B-4 section 3.1.1.2: 15 where it is the only factor).
SHORTEST = 15

#: Fewest guesses that a password must take by zxcvbn's estimate, as a power of ten; most characters zxcvbn is given.
_GUESSES, _GIVEN = 8, 40
_EASY = Refusal(
    "That is easy to guess: common words, names, rows of keys or repetitions. "
    "Take several words that have nothing to do with each other."
)

_HASHER = PasswordHasher()


def hash_password(text: str) -> str:
    """Returns the hash to store in `users.password_hash`."""
    return _HASHER.hash(_normal(text))


def refusal(text: str, email: str, *names: str) -> Refusal | None:
    """Returns why a user with this address can't have this password; None if they can.

    `names` are other words about the user that others know, such as the user's name and the tenant's: they do not make
    the password harder to guess.
    """
    if len(text) < SHORTEST:
        return Refusal(f"A password has at least {SHORTEST} characters; several words are easy to remember.")
    if email.partition("@")[0].lower() in text.lower():
        return Refusal("A password must not have the name of the email address in it.")
    known = [word for name in (*names, email, "casemail") for word in re.split(r"[\W_]+", name) if len(word) > 1]
    # without spaces, which hide repetitions from zxcvbn; and cut, because zxcvbn's time grows faster than the text
    given = "".join(text.split())[:_GIVEN]
    if zxcvbn(given, user_inputs=[*names, *known])["guesses_log10"] < _GUESSES:
        return _EASY
    return None


def verify(stored: str, text: str) -> bool:
    """Returns whether `text` is the password with the hash `stored`.

    For an empty hash (no such user, or no password) it returns False, after as much time as for a wrong password.
    """
    against = stored or _nobody()
    try:
        return _HASHER.verify(against, _normal(text)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def _normal(text: str) -> str:
    """Returns the text in NFC: keyboards may encode a character in several ways (RFC 8265 section 4.2.2)."""
    return unicodedata.normalize("NFC", text)


@cache
def _nobody() -> str:
    return hash_password("nobody has this password")
