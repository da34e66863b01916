"""Finds the text of a notice of casemail in a mail, in order, and what was added to it or changed in it.

A run is a stretch of characters that both have. A chain is a list of runs in the order of the notice. Between two runs
of a chain are gaps: damage that mail programs do to a text, or what a person wrote between the lines.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from workers.parse.text.known_notice import Notice
from workers.parse.text.squashed import Squashed

_SEED = 12  # characters in which two texts must agree before a run is looked for
_MOST_RUNS, _MOST_CHAINS = 300, 12
_LONGEST_DAMAGE = 4
_MOST_WORK = 20_000_000  # characters of notices to search in, for one mail
#: Letters, in lower case, as which Windows-1252 shows the octets of UTF-8 for letters of Latin scripts.
_MOJIBAKE = frozenset("\u00e2\u00e3\u00e5\ufffd")


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
    """Runs in the order of the notice. `edited`: whole words of the update between them are missing."""

    runs: list[Run]
    insertions: list[Insertion] = field(default_factory=list)
    damage: list[tuple[int, int]] = field(default_factory=list)
    edited: bool = False

    def covers(self, start: int, stop: int) -> int:
        """Returns how many characters of the notice from `start` to `stop` the mail has."""
        return sum(max(0, min(run.of_end, stop) - max(run.of, start)) for run in self.runs)


def chains(mail: Squashed, notice: Notice) -> list[Chain]:
    """Returns the chains of the notice in the mail, in the order of the mail.

    A run within a chain that is not in its order is no copy: there the person wrote what the update also says.
    """
    found: list[list[Run]] = []
    left = [_runs(mail, notice)]
    while left and len(found) < _MOST_CHAINS:
        runs = left.pop()
        if runs:
            best = _heaviest(runs)
            found.append(best)
            left.append([run for run in runs if run.end <= best[0].at])
            left.append([run for run in runs if run.at >= best[-1].end])
    return [_chain(runs, mail, notice) for runs in sorted(found)]


def _chain(runs: Sequence[Run], mail: Squashed, notice: Notice) -> Chain:
    chain = Chain([runs[0]])
    for run in runs[1:]:
        last = chain.runs[-1]
        whole = _extended(run, max(last.end, _line_start(mail, run.at)), last.of_end, mail, notice)
        chain.runs[-1], following = _apart(last, whole, mail)
        _add(chain, following, mail, notice)
    return chain


def _heaviest(runs: Sequence[Run]) -> list[Run]:
    """Returns the runs in the order of the notice that have most characters together."""
    weights: list[int] = []
    before: list[int] = []
    for index, run in enumerate(runs):
        ways = [
            (weights[other] - max(0, runs[other].of_end - run.of), other)
            for other in range(index)
            if runs[other].of_end - run.of < min(run.length, runs[other].length + 1)
        ]
        weight, other = max(ways, default=(0, -1))
        weights.append(run.length + max(weight, 0))
        before.append(other if weight > 0 else -1)
    at = weights.index(max(weights))
    best = []
    while at >= 0:
        best.append(runs[at])
        at = before[at]
    return best[::-1]


def _runs(mail: Squashed, notice: Notice) -> list[Run]:
    """Returns the runs in the order of the mail; none overlaps another there."""
    text, words, known = mail.text, mail.words, notice.text
    runs: list[Run] = []
    done = pointer = index = 0
    work = _MOST_WORK
    while index < len(words) and work > 0 and len(runs) < _MOST_RUNS:
        at = words[index]
        seed = text[at : at + _SEED]
        index += 1
        if at < done or len(seed) < _SEED:
            continue
        of = known.find(seed, pointer)
        if of < 0:
            of = known.find(seed, 0, pointer + _SEED)
        work -= len(known)
        if of < 0:
            continue
        length = _SEED + _common(text, at + _SEED, known, of + _SEED)
        length -= _answer_at_end(mail, notice, Run(at, of, length))
        runs.append(_extended(Run(at, of, length), max(done, _line_start(mail, at)), 0, mail, notice))
        done, pointer = at + length, of + length
    return runs


def _answer_at_end(mail: Squashed, notice: Notice, run: Run) -> int:
    """Returns the length of the end of a run that may be the beginning of an answer in a new line.

    Under "1. Which key?" the answer "2" is also the beginning of "2. Which day?".
    """
    line = bisect_left(mail.starts, run.end) - 1
    length = run.end - mail.starts[line]
    if length >= _SEED or length >= run.length:
        return 0
    return 0 if run.end == mail.starts[line + 1] and run.of_end in notice.lines else length


def _common(one: str, at: int, other: str, of: int) -> int:
    """Returns in how many characters two texts agree from here on."""
    most = min(len(one) - at, len(other) - of)
    low, step = 0, 64
    while low < most and one[at + low : at + low + step] == other[of + low : of + low + step]:
        low, step = low + step, step * 2
    high = min(low + step, most)
    low = min(low, most)
    while low < high:  # they agree up to `low`, and differ before `high` or end there
        middle = (low + high + 1) // 2
        if one[at + low : at + middle] == other[of + low : of + middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _line_start(mail: Squashed, at: int) -> int:
    return mail.starts[bisect_right(mail.starts, at) - 1]


def _extended(run: Run, least: int, of_least: int, mail: Squashed, notice: Notice) -> Run:
    """Returns the run with the whole words before it that both have, not before these places."""
    back = found = 0
    while (
        run.at - back > least
        and run.of - back > of_least
        and mail.text[run.at - back - 1] == notice.text[run.of - back - 1]
    ):
        back += 1
        if _is_at(mail.words, run.at - back):
            found = back
    return Run(run.at - found, run.of - found, run.length + found)


def _apart(last: Run, run: Run, mail: Squashed) -> tuple[Run, Run]:
    """Returns two runs of a chain without the characters of the notice that both have.

    Of two places in the mail with the same words, the first is an answer if it begins a line, and the second does not;
    else neither is a copy for sure.
    """
    twice = last.of_end - run.of
    if twice <= 0:
        return last, run
    again, before = last.end - twice, last._replace(length=max(0, last.length - twice))
    first = _is_at(mail.starts, again) and not _is_at(mail.starts, run.at)
    if first or not _is_at(mail.words, last.end):
        return before, run
    return before, Run(run.at + twice, run.of + twice, run.length - twice)


def _is_at(places: Sequence[int], at: int) -> bool:
    """Returns whether `at` is one of these places, which are in order."""
    found = bisect_left(places, at)
    return found < len(places) and places[found] == at


def _add(chain: Chain, run: Run, mail: Squashed, notice: Notice) -> None:
    last = chain.runs[-1]
    chain.runs.append(run)
    added, missing = mail.text[last.end : run.at], notice.text[last.of_end : run.of]
    on_one_line = bisect_right(mail.starts, last.end) == bisect_right(mail.starts, run.at)
    linked = bool(added) and any(a <= last.end and run.at <= b for a, b in mail.links)
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
    ascii_only = [[letter for letter in text if letter.isascii()] for text in (added, missing)]
    return not added.isascii() and ascii_only[0] == ascii_only[1] and not _MOJIBAKE.isdisjoint(added)


def own_characters(mail: Squashed, found: Sequence[Chain]) -> bytearray:
    """Returns for each character of the mail 1 if no chain has it, else 0."""
    own = bytearray(b"\1") * len(mail.text)
    for chain in found:
        for start, stop in (*((run.at, run.end) for run in chain.runs), *chain.damage):
            own[start:stop] = bytes(stop - start)
    return own
