"""The figures of a run: how many own words were lost, and how many quoted words posted, by dimension."""

from collections import defaultdict
from dataclasses import dataclass, field
from math import sqrt
from typing import Self

_WIDTH = 1.96  # standard errors on each side of a figure, for 95 %
_MOST_FAILURES = 200


@dataclass
class Figures:
    """The figures of a group of mails."""

    mails: int = 0
    losing: int = 0  # mails that lost own words
    leaving: int = 0  # mails with quoted words in the result
    left: int = 0
    quoted: int = 0
    left_left: int = 0
    left_quoted: int = 0
    quoted_quoted: int = 0

    def add(self, *, lost: bool, left: int, quoted: int) -> None:
        """Adds a mail: whether it lost own words, and its words that were left and quoted."""
        self.mails += 1
        self.losing += lost
        self.leaving += left > 0
        self.left += left
        self.quoted += quoted
        self.left_left += left * left
        self.left_quoted += left * quoted
        self.quoted_quoted += quoted * quoted

    def __iadd__(self, other: Self) -> Self:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def posted(self) -> float:
        """The share of the quoted words that posted."""
        return self.left / self.quoted if self.quoted else 0.0

    @property
    def posted_spread(self) -> float:
        """Half of the 95 % interval of `posted`, as the words of a mail are left together (ratio estimator)."""
        if not self.quoted:
            return 0.0
        share = self.posted
        squares = self.left_left - 2 * share * self.left_quoted + share * share * self.quoted_quoted
        return _WIDTH * sqrt(max(squares, 0.0)) / self.quoted

    @property
    def most_losing(self) -> float:
        """The upper end of the 95 % interval of the share of mails that lose own words (Wilson)."""
        if not self.mails:
            return 1.0
        share, square = self.losing / self.mails, _WIDTH * _WIDTH
        middle = share + square / (2 * self.mails)
        half = _WIDTH * sqrt(share * (1 - share) / self.mails + square / (4 * self.mails * self.mails))
        return (middle + half) / (1 + square / self.mails)


@dataclass(frozen=True)
class Failure:
    """A mail that lost own words: its seed, the first paragraph that is not there, and the result."""

    seed: str
    kind: str
    lost: str
    text: str


@dataclass
class Tally:
    """The figures of all mails of a run (`total`), by dimension and value, and the mails that lost own words.

    `skipped`: mails whose words only a reader that knows the update can find, in a run without it.
    """

    total: Figures = field(default_factory=Figures)
    by_value: defaultdict[tuple[str, str], Figures] = field(default_factory=lambda: defaultdict(Figures))
    failures: list[Failure] = field(default_factory=list)
    skipped: int = 0

    def __iadd__(self, other: Self) -> Self:
        self.total += other.total
        self.skipped += other.skipped
        self.failures = (self.failures + other.failures)[:_MOST_FAILURES]
        for key, figures in other.by_value.items():
            self.by_value[key] += figures
        return self

    def values(self, dimension: str) -> list[tuple[str, Figures]]:
        """Returns the values of a dimension with their figures, the worst first."""
        rows = [(value, figures) for (name, value), figures in self.by_value.items() if name == dimension]
        return sorted(rows, key=lambda row: (-row[1].losing / row[1].mails, -row[1].posted, row[0]))

    def worst_kinds(self, most: int) -> list[tuple[str, Figures]]:
        """Returns the kinds of answers in which most mails lost words, then those in which most words were left."""
        kinds = self.values("kind")
        return sorted(kinds, key=lambda row: (-row[1].losing, -row[1].left))[:most]
