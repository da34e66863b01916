"""A notice that a person was sent, in the form in which it is looked for in their answer."""

from bisect import bisect_right
from functools import cached_property
from itertools import pairwise

from schemas.own_mail import SentUpdate
from workers.parse.text.squashed import squash

_LONGEST_LINK = 80  # characters of a link and the words beside it


class Notice:
    """A notice as its recipients got it, reduced to the characters that count.

    `start` and `stop`: where the text of the update stands in it. `frame`: the start and end of each line around it.
    `beginnings`: where a quote of it may begin.
    """

    def __init__(self, sent: SentUpdate) -> None:
        above, text = sent.above.split("\n"), sent.text.split("\n")
        self.sent = sent
        self.squashed = squash([*above, *text, *sent.below.split("\n")])
        self.text = self.squashed.text
        starts = self.squashed.starts
        self.start, self.stop = starts[len(above)], starts[len(above) + len(text)]
        self.frame = [(a, b) for a, b in pairwise(starts) if a < b and not self.start <= a < self.stop]
        self.lines = frozenset(starts)
        self.beginnings = frozenset((self.start, *(a for a, _ in self.frame if a < self.start)))

    @cached_property
    def words(self) -> frozenset[int]:
        """Where words begin."""
        return frozenset((*self.squashed.words, len(self.text)))

    @cached_property
    def _counted(self) -> list[int]:
        return sorted({at for at in self.squashed.words if self.start <= at < self.stop})

    @property
    def count(self) -> int:
        """How many words the update has."""
        return len(self._counted)

    def word(self, at: int) -> int:
        """Returns the number of the update's word at this place, from 1; 0 above the text, the last one below it."""
        return bisect_right(self._counted, at)

    def linked(self, start: int, stop: int) -> bool:
        """Returns whether a link stands there."""
        return any(a < stop and start < b for a, b in self.squashed.links)

    def has_words(self, start: int, stop: int) -> bool:
        """Returns whether whole words of the update stand there, besides links."""
        if not max(start, self.start) < min(stop, self.stop) or start not in self.words or stop not in self.words:
            return False
        return any(not self.linked(at, at + 1) for at in (start, stop - 1)) or stop - start > _LONGEST_LINK
