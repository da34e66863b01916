"""What stands between the parts of a notice in a mail: damage that mail programs do, or what a person wrote there.

A run is a stretch of characters that mail and notice both have. A chain is a list of runs in the order of the notice.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from workers.parse.text.known_notice import Notice
from workers.parse.text.squashed import Squashed

_LONGEST_DAMAGE = 4
_MOST_LINKS = 100  # of a notice that are looked for within links of the mail
#: Letters, in lower case, as which Windows-1252 shows the octets of UTF-8 for Latin letters; and the sign for damage.
_MOJIBAKE = frozenset("\u00e2\u00e3\u00e5\ufffd")
_LATIN = "\u024f"  # the last letter of Latin scripts; damage has none of others


class Run(NamedTuple):
    """`length` characters that stand in the mail from `at`, and in the notice from `of`."""

    at: int
    of: int
    length: int

    @property
    def end(self) -> int:
        """Where it ends in the mail."""
        return self.at + self.length

    @property
    def of_end(self) -> int:
        """Where it ends in the notice."""
        return self.of + self.length


class Insertion(NamedTuple):
    """What the mail has from `at` to `end`, and the notice lacks at `of`."""

    at: int
    end: int
    of: int


@dataclass
class Chain:
    """Runs in the order of the notice. `edited`: whole words of the update between them are missing. `repeated`: places
    in the mail with lines that it has twice."""

    runs: list[Run]
    insertions: list[Insertion] = field(default_factory=list)
    damage: list[tuple[int, int]] = field(default_factory=list)
    repeated: list[tuple[int, int]] = field(default_factory=list)
    edited: bool = False

    def places(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Returns where the mail has the notice from `start` to `stop`."""
        found = ((max(run.of, start) - run.of + run.at, min(run.of_end, stop) - run.of + run.at) for run in self.runs)
        return [(at, end) for at, end in found if at < end]

    def covers(self, start: int, stop: int) -> int:
        """Returns how many characters of the notice from `start` to `stop` the mail has."""
        return sum(max(0, min(run.of_end, stop) - max(run.of, start)) for run in self.runs)


def add(chain: Chain, run: Run, mail: Squashed, notice: Notice) -> None:
    last = chain.runs[-1]
    chain.runs.append(run)
    added, missing = mail.text[last.end : run.at], notice.text[last.of_end : run.of]
    on_one_line = bisect_right(mail.starts, last.end) == bisect_right(mail.starts, run.at)
    # the gap is a part of a link, but not all of it
    linked = any(a <= last.end and run.at <= b and (a, b) != (last.end, run.at) for a, b in mail.links)
    if added and (
        _is_damage(added, missing, inside=on_one_line and last.of_end not in notice.words)
        or (linked and notice.linked(last.of_end - 1, run.of + 1))
    ):
        chain.damage.append((last.end, run.at))
        return
    if added:
        chain.insertions.append(Insertion(last.end, run.at, last.of_end))
    if missing and notice.has_words(last.of_end, run.of) and not _has_all(added, notice, last.of_end, run.of):
        chain.edited = True


def _has_all(added: str, notice: Notice, start: int, stop: int) -> bool:
    """Returns whether all words of the notice from `start` to `stop` are in these characters, in order."""
    places = sorted(place for place in notice.words if start <= place <= stop)
    at = 0
    for begin, end in pairwise(places):
        found = added.find(notice.text[begin:end], at)
        if found < 0:
            return False
        at = found + end - begin
    return True


def _is_damage(added: str, missing: str, *, inside: bool) -> bool:
    """Returns whether a mail program, not a person, put these characters for those; `inside` a word."""
    if inside and len(added) <= _LONGEST_DAMAGE and len(missing) <= _LONGEST_DAMAGE:
        return True
    if added.isascii() or _MOJIBAKE.isdisjoint(added) or any(_LATIN < letter != "\ufffd" for letter in added):
        return False
    return [letter for letter in added if letter.isascii()] == [letter for letter in missing if letter.isascii()]


def _links_around(chain: Chain, mail: Squashed, notice: Notice) -> list[tuple[int, int]]:
    """Returns the links of the mail that hold a whole link of the notice, as gateways write them."""
    found = []
    for start, stop in notice.squashed.links[:_MOST_LINKS] if mail.links else ():
        if chain.covers(start, stop) == stop - start:
            for at, end in chain.places(start, stop):
                around = bisect_right(mail.links, (at, len(mail.text))) - 1
                if around >= 0 and end <= mail.links[around][1]:
                    found.append(mail.links[around])
    return found


def own_characters(mail: Squashed, found: Sequence[Chain], notice: Notice) -> bytearray:
    """Returns for each character of the mail 1 if no chain has it, else 0."""
    own = bytearray(b"\1") * len(mail.text)
    for chain in found:
        for start, stop in (
            *((run.at, run.end) for run in chain.runs),
            *chain.damage,
            *_links_around(chain, mail, notice),
        ):
            own[start:stop] = bytes(stop - start)
        for start, stop in chain.repeated:
            own[start:stop] = b"\1" * (stop - start)
    return own
