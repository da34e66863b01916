"""Finds the text of a notice of casemail in a mail, in order: the runs that both have, and the chains of such runs."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from workers.parse.text.gaps import Chain, Run, add
from workers.parse.text.known_notice import Notice
from workers.parse.text.squashed import Squashed

_SEED = 12  # characters in which two texts must agree before a run is looked for
_MOST_RUNS, _MOST_CHAINS, _MOST_PLACES = 300, 12, 8
_MOST_WORK = 20_000_000  # characters of notices to search in, for one mail


def chains(mail: Squashed, notice: Notice) -> list[Chain]:
    """Returns the chains of the notice in the mail, in the order of the mail.

    A run within a chain that is not in its order is no copy: there the person wrote what the update also says.
    """
    found: list[list[Run]] = []
    others: list[Run] = []
    left = [_runs(mail, notice)]
    while left and len(found) < _MOST_CHAINS:
        runs = left.pop()
        if runs:
            best = _heaviest(runs)
            found.append(best)
            others += [run for run in runs if run not in best and best[0].at < run.at < best[-1].at]
            left.append([run for run in runs if run.end <= best[0].at])
            left.append([run for run in runs if run.at >= best[-1].end])
    made = [_chain(runs, mail, notice) for runs in sorted(found)]
    for run in others:
        _find_repeated(made, run, mail)
    return made


def _find_repeated(found: Sequence[Chain], run: Run, mail: Squashed) -> None:
    """Notes the copies of whole lines that the mail has twice: which of them the person wrote is not known."""
    first, last = bisect_left(mail.starts, run.at), bisect_right(mail.starts, run.end) - 1
    if first < last:
        start, stop = (run.of + mail.starts[line] - run.at for line in (first, last))
        for chain in found:
            if chain.runs[0].at < run.at < chain.runs[-1].at:
                chain.repeated += chain.places(start, stop)


def _chain(runs: Sequence[Run], mail: Squashed, notice: Notice) -> Chain:
    chain = Chain([runs[0]])
    for run in runs[1:]:
        last = chain.runs[-1]
        whole = _extended(run, max(last.end, _line_start(mail, run.at)), last.of_end, mail, notice)
        chain.runs[-1], following = _apart(last, whole, mail)
        add(chain, following, mail, notice)
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
        work -= len(known)
        length, of = _longest(text, at, known, pointer)
        if not length:
            continue
        length -= _answer_at_end(mail, notice, Run(at, of, length))
        runs.append(_extended(Run(at, of, length), max(done, _line_start(mail, at)), 0, mail, notice))
        done, pointer = at + length, of + length
    return runs


def _longest(text: str, at: int, known: str, pointer: int) -> tuple[int, int]:
    """Returns length and place of the longest copy in the notice of what begins here; of equal ones, the next.

    A name stands in the first line of a notice, and in its footer.
    """
    seed = text[at : at + _SEED]
    places = [known.find(seed, pointer)]
    of = known.find(seed)
    while of >= 0 and len(places) < _MOST_PLACES:
        places.append(of)
        of = known.find(seed, of + 1)
    lengths = [_SEED + _common(text, at + _SEED, known, of + _SEED) if of >= 0 else 0 for of in places]
    best = lengths.index(max(lengths))
    return lengths[best], places[best]


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
