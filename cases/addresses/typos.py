"""Suggests which reply or case address a mistyped address meant. For display only: a mail must not post by a guess.

Tries every string that one typing error may have turned into the typed string. The signed tag proves a guess: a string
that `cases.addresses.tokens.read` accepts was made by us. It accepts a wrong guess with a chance of 1 in 2^80.
"""

from collections.abc import Iterator
from itertools import islice, product
from uuid import UUID

from cases.addresses.tokens import TOKEN_LENGTH, Address, Keys, read

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
#: Digits that people type instead of letters: base32 does not use them.
_LOOK_ALIKES = {"0": "o", "1": "li", "8": "b", "9": "g"}
#: The most combinations of letters that are tried for the digits of one address.
_MOST_READINGS = 64


def likely(keys: Keys, tenant_id: UUID, local_part: str) -> set[Address]:
    """Returns the addresses of this tenant that the local part may have meant: with digits read as similar letters, or
    with one character changed, missing, extra or swapped with its neighbour.

    Takes some milliseconds if the token has about the right length, else no time.
    """
    token = local_part.lower().strip('"').rpartition("+")[2].rpartition("-")[2]
    if abs(len(token) - TOKEN_LENGTH) > 1 or not token.isascii():
        return set()
    found = (read(keys, tenant_id, guess) for guess in _guesses(token))
    return {address for address in found if address is not None}


def _guesses(token: str) -> Iterator[str]:
    for letters in islice(product(*(_LOOK_ALIKES.get(char, char) for char in token)), _MOST_READINGS):
        yield "".join(letters)
    places = range(len(token))
    if len(token) > TOKEN_LENGTH:
        yield from (token[:at] + token[at + 1 :] for at in places)
    elif len(token) < TOKEN_LENGTH:
        yield from (token[:at] + char + token[at:] for at in range(len(token) + 1) for char in _LETTERS)
    else:
        yield from (token[:at] + char + token[at + 1 :] for at in places for char in _LETTERS)
        yield from (token[:at] + token[at + 1] + token[at] + token[at + 2 :] for at in places[:-1])
