"""Searches a text for the many phrases of a table, most of which one look at its words rules out."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet


class Phrases:
    """Phrases that are searched for in texts whose words have single spaces between them."""

    def __init__(self, phrases: Iterable[str]) -> None:
        # by the longest word that has spaces on both sides: a text with the phrase has this word
        self._by_word: dict[str, list[str]] = {}
        self._others: list[str] = []
        for phrase in sorted(phrases):
            if inner := phrase.split(" ")[1:-1]:
                self._by_word.setdefault(max(inner, key=len), []).append(phrase)
            else:
                self._others.append(phrase)
        self._others_in_ascii = [phrase for phrase in self._others if phrase.isascii()]

    def places_in(self, text: str, words: AbstractSet[str] | None = None) -> list[int]:
        """Returns where each phrase that the text has begins for the first time, in order.

        `words` are those of the text between its spaces, for several tables that are searched for in one text.
        """
        may_be = self._others_in_ascii if text.isascii() else self._others
        known = self._by_word.keys() & (frozenset(text.split(" ")) if words is None else words)
        if known:
            may_be = [*may_be, *(phrase for word in known for phrase in self._by_word[word])]
        find = text.find
        return sorted([place for phrase in may_be if (place := find(phrase)) >= 0])
