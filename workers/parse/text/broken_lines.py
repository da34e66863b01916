"""Finds the rests of quoted lines that a program broke without a `>` in front: long links, and words that did not fit.

A rest stands directly below a quoted line. What might be an answer there is no rest. A program that does not know
quotes breaks all lines at the same width, so the first word of a rest has no room on the line above.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from workers.parse.text.attribution_line import Certainty, certainty
from workers.parse.text.lines import COLONS, Line, Mark, fold

_MOST_REST = 3  # lines
_LEAST_WIDTH = 40  # characters, of lines that a program breaks for their length
_LONGEST_WORD = 30  # characters; a longer word, such as a link, may stand out of the width
_SLACK = 3  # characters of a full line that may be free, as programs count differently
_LEAST_RESTS = 2  # of words, so that the width is no chance
_MOST_ODD = 4  # of so many lines below quoted lines, one may not be a rest, or stand below the end of a sentence
_LONGEST = 1000
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "\u3002", "\uff01", "\uff1f", "\uff1a")
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.$")
_LINK_END = re.compile(r"https?://\S{1,900}$")
_OPEN_LINK = re.compile(r"[<(\[](?:https?://|mailto:)[^\s<>()\[\]]{1,900}$")
_LINK_REST = re.compile(r"[^\s<>]{1,900}")
_LINK_SIGN = re.compile(r"[=&%]\w|_\w{8}")
_CLOSES = re.compile(r"[^\s<>()\[\]]{0,900}[>)\]]")
_QUOTE_SIGNS = "> \t\u00a0\uff1e"
_JOINS = ("=", "&", "%", "?", "/-", "_")
_ATTRIBUTION_ENDS = (*COLONS, "---")
_MOST_ATTRIBUTION = 2  # quoted lines above the rest of an attribution that are a part of it
_BRACKETED = re.compile(r"\s{0,3}[<(\[]https?://[^\s<>()\[\]]{1,900}[>)\]][.,;]?(\s?>)?\s*")


def mark_broken(lines: Sequence[Line]) -> list[Line]:
    """Returns the lines of a plain text, with the rests of links and attributions in quoted lines marked as quoted."""
    found = list(lines)
    below = [
        index for index, (above, line) in enumerate(pairwise(lines), 1) if above.mark and not line.mark and line.text
    ]
    for index in below:
        rest = _rest(lines, index)
        if rest and (_of_link(lines, rest) or _of_attribution(lines, rest)):
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


def _of_attribution(lines: Sequence[Line], rest: range) -> bool:
    """Returns whether a line is the rest of a quoted attribution, which is none without it."""
    if not lines[rest.stop - 1].text.rstrip()[-_LONGEST:].endswith(_ATTRIBUTION_ENDS):
        return False
    whole = " ".join(lines[index].text[:_LONGEST] for index in rest)
    for index in range(rest.start - 1, max(-1, rest.start - 1 - _MOST_ATTRIBUTION), -1):
        if not lines[index].mark:
            break
        whole = f"{lines[index].text[:_LONGEST].lstrip(_QUOTE_SIGNS)} {whole}"
        if certainty(fold(whole)) >= Certainty.IF_QUOTED:
            return True
    return False


def rests(lines: Sequence[Line]) -> frozenset[int]:
    """Returns the indices of the lines with words that a program broke off from the quoted lines above them.

    There are none if other lines stand directly below quoted lines, too, as answers do.
    """
    runs = _runs_below_quotes(lines)
    if len(runs) < _LEAST_RESTS:
        return frozenset(index for run in runs if _ends_paragraph(lines, run) for index in run)
    quoted = (line.text.rstrip() for line in lines if line.mark is Mark.QUOTE)
    width = max((len(text) for text in quoted if _is_breakable(text)), default=0)
    found = [run for run in runs if width >= _LEAST_WIDTH and _did_not_fit(lines, run, width)]
    within = any(run.stop < len(lines) and lines[run.stop].mark is Mark.QUOTE for run in found)
    odd = len(runs) - len(found) + sum(_ends_sentence(lines[run.start - 1].text) for run in found)
    if not within or len(found) < _LEAST_RESTS or odd * _MOST_ODD > len(runs):
        return frozenset()
    return frozenset(index for run in found for index in run)


def _ends_sentence(text: str) -> bool:
    """Returns whether a line ends a sentence: "on the 9." goes on in many languages."""
    return text.rstrip().endswith(_SENTENCE_ENDS) and not _ORDINAL.search(text[-_SLACK - 2 :].rstrip())


def _ends_paragraph(lines: Sequence[Line], run: range) -> bool:
    """Returns whether a run is the end of a quoted paragraph, which is none without it, in a mail of broken lines.

    The quoted line above is as long as the longest of the mail, and so are others. A blank quoted line is below, or
    nothing, if the run goes on in lower case.
    """
    below = next((line for line in lines[run.stop :] if line.text), None)
    ends = below is None and lines[run.start].text.lstrip()[:1].islower()
    blank = below is lines[run.stop] and below.mark is Mark.QUOTE and not below.text.strip("> ") if below else False
    if not (ends or blank) or _ends_sentence(lines[run.start - 1].text):
        return False
    width = max((len(line.text.rstrip()) for line in lines if _is_breakable(line.text)), default=0)
    if width < _LEAST_WIDTH or not _did_not_fit(lines, run, width):
        return False
    pairs = (range(index, index + 1) for index in range(1, len(lines)) if index not in run and index != run.stop)
    return any(_is_broken(lines, pair, width) for pair in pairs)


def _is_broken(lines: Sequence[Line], pair: range, width: int) -> bool:
    above, below = lines[pair.start - 1], lines[pair.start]
    return above.mark is below.mark and bool(below.text.strip("> ")) and _did_not_fit(lines, pair, width)


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
