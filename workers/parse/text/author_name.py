"""Compares a line with the author's name in the From field: with titles, initials, middle names, in any order."""

import re
import unicodedata

from workers.parse.text.lines import fold

_LONGEST = 120  # characters
_MOST_WORDS = 8
_LEAST = 2  # words, or letters of a word, that make a name
_WORDS = re.compile(r"[^\W\d_]+")
#: What stands beside a name and is no part of it: forms of address, degrees, particles.
_BESIDE_ENGLISH = "mr mrs ms miss mx sir dr prof phd md msc bsc mba ma ba llm esq jr sr ii iii"
_BESIDE_OTHERS = (
    "herr frau dipl ing med rer nat jur habil mag madame monsieur mme mlle maitre avv dott ssa sig rag geom"
)
_PARTICLES = (
    "sra srta don dona lic eng drs ir mw dhr mgr mudr judr bc csc von van de der den di da dos du la le el bin al"
)
_BESIDE = frozenset(_BESIDE_ENGLISH.split() + _BESIDE_OTHERS.split() + _PARTICLES.split())


class AuthorName:
    """The author's name, as far as a line can be compared with it."""

    def __init__(self, name: str) -> None:
        self._words = _words(name)
        self._joined = {"".join(self._words), "".join(reversed(self._words))}

    def is_full(self, text: str) -> bool:
        """Returns whether a line is the author's name: two of its words, or one and an initial; others may be new."""
        words = self._compared(text) if len(self._words) >= _LEAST else []
        if not words:
            return False
        if "".join(words) in self._joined:
            return True
        same = [word for word in words if word in self._words]
        initials = [word for word in words if len(word) == 1 and word not in same and self._begins(word)]
        new = len(words) - len(same) - len(initials)
        return len(same) >= 1 and len(same) + len(initials) >= _LEAST and new <= (1 if len(same) >= _LEAST else 0)

    def is_part(self, text: str) -> bool:
        """Returns whether a line has only words of the author's name, and initials of them."""
        words = self._compared(text)
        return bool(words) and all(word in self._words or (len(word) == 1 and self._begins(word)) for word in words)

    def _compared(self, text: str) -> list[str]:
        if len(text) > _LONGEST or any(map(str.isdigit, text)) or "@" in text or text.rstrip().endswith(("?", ":")):
            return []
        words = _words(text)
        return words if len(words) <= _MOST_WORDS else []

    def _begins(self, initial: str) -> bool:
        return any(word.startswith(initial) for word in self._words)


def _words(text: str) -> list[str]:
    """Returns the words of a name, without accents, titles and particles."""
    plain = fold(text[: 2 * _LONGEST]).casefold()
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return [word for word in _WORDS.findall(plain) if word not in _BESIDE]
