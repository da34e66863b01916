"""Searches a text for the many phrases of a table, most of which one look at its words rules out."""

from collections.abc import Iterable


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

    def places_in(self, text: str) -> list[int]:
        """Returns where each phrase that the text has begins for the first time, in order."""
        may_be = list(self._others_in_ascii if text.isascii() else self._others)
        for word in self._by_word.keys() & text.split(" "):
            may_be += self._by_word[word]
        return sorted(place for phrase in may_be if (place := text.find(phrase)) >= 0)
