"""Finds the rests of quoted lines that a program broke without a `>` in front: long links, and words that did not fit.

A rest stands directly below a quoted line. What might be an answer there is no rest. A program that does not know
quotes breaks all lines at the same width, so the first word of a rest has no room on the line above.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from workers.parse.text.lines import Line, Mark

_MOST_REST = 3  # lines
_LEAST_WIDTH = 40  # characters, of lines that a program breaks for their length
_LONGEST_WORD = 30  # characters; a longer word, such as a link, may stand out of the width
_SLACK = 3  # characters of a full line that may be free, as programs count differently
_LEAST_RESTS = 2  # of words, so that the width is no chance
_MOST_ODD = 4  # of so many lines below quoted lines, one may not be a rest, or stand below the end of a sentence
_LONGEST = 1000
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "\u3002", "\uff01", "\uff1f", "\uff1a")
_LINK_END = re.compile(r"https?://\S{1,900}$")
_OPEN_LINK = re.compile(r"[<(\[](?:https?://|mailto:)[^\s<>()\[\]]{1,900}$")
_LINK_REST = re.compile(r"[^\s<>]{1,900}")
_LINK_SIGN = re.compile(r"[=&%]\w|_\w{8}")
_CLOSES = re.compile(r"[^\s<>()\[\]]{0,900}[>)\]]")
_JOINS = ("=", "&", "%", "?", "/-", "_")
_BRACKETED = re.compile(r"\s{0,3}[<(\[]https?://[^\s<>()\[\]]{1,900}[>)\]][.,;]?(\s?>)?\s*")


def mark_broken(lines: Sequence[Line]) -> list[Line]:
    """Returns the lines of a plain text, with the rests of links in quoted lines marked as quoted."""
    found = list(lines)
    below = [
        index for index, (above, line) in enumerate(pairwise(lines), 1) if above.mark and not line.mark and line.text
    ]
    for index in below:
        rest = _rest(lines, index)
        if rest and _of_link(lines, rest):
            for at in rest:
                found[at] = lines[at]._replace(mark=Mark.QUOTE)
    return found


def _rest(lines: Sequence[Line], index: int) -> range | None:
    """Returns the unquoted lines from `index` on, if quoted lines with text are directly above and below."""
    if lines[index].mark is Mark.QUOTE or lines[index - 1].mark is not Mark.QUOTE or not lines[index].text.strip():
        return None
    end = index
    while end < len(lines) and end - index <= _MOST_REST and lines[end].mark is Mark.NONE and lines[end].text.strip():
        end += 1
    below = end < len(lines) and lines[end].mark is Mark.QUOTE
    return range(index, end) if below and 0 < end - index <= _MOST_REST else None


def _of_link(lines: Sequence[Line], rest: range) -> bool:
    """Returns whether a line is the rest of a link: of an open bracket, or of an address that goes on."""
    above, text = lines[rest.start - 1].text.rstrip()[:_LONGEST], lines[rest.start].text.strip()[:_LONGEST]
    if _OPEN_LINK.search(above):
        return bool(_CLOSES.match(text)) and len(rest) == 1
    if len(rest) > 1:
        return False
    if (address := _LINK_END.search(above)) and _LINK_REST.fullmatch(text):
        return above.endswith(_JOINS) or ("?" in address[0] and bool(_LINK_SIGN.search(text)))
    link = _BRACKETED.fullmatch(lines[rest.start].text[:_LONGEST])
    below = lines[rest.stop].text.lstrip("> \t")
    return bool(link and not above.endswith(_SENTENCE_ENDS) and (link[1] or below[:1].islower()))


def rests(lines: Sequence[Line]) -> frozenset[int]:
    """Returns the indices of the lines with words that a program broke off from the quoted lines above them.

    There are none if other lines stand directly below quoted lines, too, as answers do.
    """
    runs = _runs_below_quotes(lines)
    if len(runs) < _LEAST_RESTS:
        return frozenset()
    quoted = (line.text.rstrip() for line in lines if line.mark is Mark.QUOTE)
    width = max((len(text) for text in quoted if _is_breakable(text)), default=0)
    found = [run for run in runs if width >= _LEAST_WIDTH and _did_not_fit(lines, run, width)]
    within = any(run.stop < len(lines) and lines[run.stop].mark is Mark.QUOTE for run in found)
    odd = len(runs) - len(found) + sum(lines[run.start - 1].text.rstrip().endswith(_SENTENCE_ENDS) for run in found)
    if not within or len(found) < _LEAST_RESTS or odd * _MOST_ODD > len(runs):
        return frozenset()
    return frozenset(index for run in found for index in run)


def _runs_below_quotes(lines: Sequence[Line]) -> list[range]:
    """Returns the indices of each run of lines without mark that stands directly below a quoted line."""
    found: list[range] = []
    start = 0
    for index, (above, line) in enumerate(pairwise(lines), 1):
        own = line.mark is Mark.NONE and bool(line.text.strip())
        if own and above.mark is Mark.QUOTE:
            start = index
        if start and not own:
            found.append(range(start, index))
            start = 0
    return [*found, range(start, len(lines))] if start else found


def _did_not_fit(lines: Sequence[Line], run: range, width: int) -> bool:
    """Returns whether the first word of each line of a run had no room on the line above it."""
    texts = [line.text.strip() for line in lines[run.start - 1 : run.stop]]
    return all(
        len(above) + len(below.split(maxsplit=1)[0]) > width - _SLACK and above.strip("> ")
        for above, below in pairwise(texts)
    )


def _is_breakable(text: str) -> bool:
    words = text[:_LONGEST].split()
    return len(words) > 1 and max(map(len, words)) <= _LONGEST_WORD
