"""Finds the rests of quoted lines that a program broke without a `>` in front: long links, and words that did not fit.

A rest stands between quoted lines, without a blank line. What might be an answer there is no rest.
"""

import re
from collections.abc import Sequence

from workers.parse.text.lines import Line, Mark

_MOST_REST = 3  # lines
_LEAST_WIDTH = 40  # characters, of lines that a program breaks for their length
_LEAST_RESTS = 2  # of words, so that the width is no chance
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
    """Returns the lines of a plain text, with the rests of quoted lines marked as quoted."""
    found = list(lines)
    words: list[range] = []
    index = 1
    while index < len(lines):
        rest = _rest(lines, index)
        if rest and _of_link(lines, rest):
            for at in rest:
                found[at] = lines[at]._replace(mark=Mark.QUOTE)
        elif rest:
            words.append(rest)
        index = rest.stop + 1 if rest else index + 1
    for rest in _of_width(lines, words):
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


def _of_width(lines: Sequence[Line], rests: Sequence[range]) -> list[range]:
    """Returns the rests of lines that a program broke at one width.

    Of each rest, the first word did not fit in the line above, where no sentence ends. All rests must be like this, and
    at least two, as a person may answer below a long line.
    """
    if len(rests) < _LEAST_RESTS:
        return []
    beside = [line for line in lines if line.mark is Mark.QUOTE and len(line.text) <= _LONGEST]
    width = max((len(line.text.rstrip()) for line in beside), default=0)
    if width < _LEAST_WIDTH or not all(_did_not_fit(lines, rest, width) for rest in rests):
        return []
    return list(rests)


def _did_not_fit(lines: Sequence[Line], rest: range, width: int) -> bool:
    for at in rest:
        above, text = lines[at - 1].text.rstrip(), lines[at].text
        word = text.split(maxsplit=1)[0]
        if len(text) > width or above.endswith(_SENTENCE_ENDS) or len(above) + 1 + len(word) <= width:
            return False
    return True
