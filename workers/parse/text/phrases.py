"""Searches a text for the many phrases of a table, most of which one look at its words rules out."""

from collections.abc import Iterable
from typing import NamedTuple

_END = 3  # letters


class Words(NamedTuple):
    """The words of a text between its spaces, and the last letters of each."""

    whole: frozenset[str]
    ends: frozenset[str]


def words_in(text: str) -> Words:
    """Returns the words of a text, for tables of phrases that are searched for in it."""
    whole = frozenset(text.split(" "))
    return Words(whole, frozenset([word[-_END:] for word in whole]))


class Phrases:
    """Phrases that are searched for in texts whose words have single spaces between them."""

    def __init__(self, phrases: Iterable[str]) -> None:
        # by the longest word that has spaces on both sides: a text with the phrase has this word
        self._by_word: dict[str, list[str]] = {}
        # by the end of the word in front of the only space: a text with the phrase has a word that ends so
        self._by_end: dict[str, list[str]] = {}
        self._others: list[str] = []
        for phrase in sorted(phrases):
            first, *inner = phrase.split(" ")[:-1] or [""]
            if inner:
                self._by_word.setdefault(max(inner, key=len), []).append(phrase)
            elif len(first) >= _END:
                self._by_end.setdefault(first[-_END:], []).append(phrase)
            else:
                self._others.append(phrase)
        self._others_in_ascii = [phrase for phrase in self._others if phrase.isascii()]

    def places_in(self, text: str, words: Words | None = None) -> list[int]:
        """Returns where each phrase that the text has begins for the first time, in order.

        `words` are those of the text (`words_in`), for several tables that are searched for in one text.
        """
        whole, ends = words or words_in(text)
        may_be = list(self._others_in_ascii if text.isascii() else self._others)
        for word in self._by_word.keys() & whole:
            may_be += self._by_word[word]
        for end in self._by_end.keys() & ends:
            may_be += self._by_end[end]
        find = text.find
        return sorted([place for phrase in may_be if (place := find(phrase)) >= 0])
