"""What every line of an answer is: own words, quote, signature."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.attributions import (
    attribution,
    attribution_and_text,
    begins_with_attribution,
    header_block,
    heading,
    is_groupwise,
    is_rule,
    may_begin,
    quote_follows,
)
from workers.parse.text.lines import Line, Mark
from workers.parse.text.signatures import author_block, is_disclaimer, is_joined, is_mobile_signature, notice, separator

#: How sure a cut is, by what showed it.
MARKER = 0.99
STRUCTURE = ATTRIBUTED = 0.95
BLOCK = SIGNED = 0.9
UNQUOTED = 0.85
LEGAL = 0.8
NAMED = 0.75
ANGLES = JOINED = 0.7

_ABOVE_AND_BELOW = 2


class Kind(IntEnum):
    """What one line is. MOBILE is a "Sent from my ..." line, FOOTER a notice below the quoted text."""

    BLANK = 0
    OWN = 1
    QUOTE = 2
    SIGNATURE = 3
    MOBILE = 4
    FOOTER = 5


_BLANK, _OWN, _QUOTE = Kind.BLANK, Kind.OWN, Kind.QUOTE  # looked up for every line; a member of an enum takes its time
_KINDS = {Mark.NONE: _OWN, Mark.QUOTE: _QUOTE, Mark.SIGNATURE: Kind.SIGNATURE}


class LineLabels:
    """The kind and the confidence of every line of a text.

    From `end` on all lines are somebody else's, without `>` in front. `sure`: there is a quote beyond doubt, so that a
    text without own words has none. `marked`: casemail's own mail is quoted, and not forwarded as content.
    """

    def __init__(self, lines: Sequence[Line], *, forward: bool, author: str = "") -> None:
        self.lines = lines
        self.kinds = [_BLANK if not text or text.isspace() else _KINDS[mark] for text, mark, _ in lines]
        self.confidence = [STRUCTURE if certain else ANGLES for _, _, certain in lines]
        self.end = len(lines)
        self.sure = any(certain and mark is Mark.QUOTE for _, mark, certain in lines)
        self.forward = forward
        self.marked = not forward and any(REPLY_MARKER in text for text, _, _ in lines)
        self._author = author
        self._content = len(lines)
        self._find_quotes()
        runs = list(self._runs(min(self._content, self.end)))
        self._find_footer(runs)
        self._find_signatures(runs)

    def own(self) -> list[int]:
        """The indices of the person's own lines above `end`."""
        return [index for index in range(self.end) if self.kinds[index] is _OWN]

    def label(self, start: int, stop: int, kind: Kind, confidence: float) -> None:
        """Give all lines with text from `start` to before `stop` one kind."""
        for index in range(start, stop):
            if self.kinds[index] is not _BLANK:
                self.kinds[index] = kind
            self.confidence[index] = confidence

    def _find_quotes(self) -> None:
        """Find attributions, the end of the person's part, and where forwarded content begins."""
        index, own = 0, False
        candidates = may_begin(self.lines)
        while index < len(self.lines):
            here = index
            if self.kinds[here] is not _OWN:
                index = self._quoted(here)
            else:
                index = self._candidate(here, own=own) if candidates[here] else here + 1
            own = own or self.kinds[here] is _OWN

    def _candidate(self, index: int, *, own: bool) -> int:
        """Look closely at a line that may begin a quote, below `own` words or none; returns the index after it."""
        text = self.lines[index].text
        if self.marked and REPLY_MARKER in text:
            if self.sure or own:
                return self._end_at(index, MARKER)
            self.label(index, index + 1, _QUOTE, MARKER)
        if is_rule(text) and quote_follows(self.lines, index + 1):
            self.label(index, index + 1, _QUOTE, ANGLES)
        title = heading(text)
        if title == "forwarded":
            return self._content_from(index)
        if not self.forward and (title or header_block(self.lines, index)):
            return self._end_at(index, BLOCK)
        found = attribution(self.lines, index)
        if not self.forward and (attribution_and_text(text) or (found and not found[1])):
            return self._end_at(index, UNQUOTED)
        return self._attributed(index, found[0]) if found and found[1] else index + 1

    def _quoted(self, index: int) -> int:
        """Pass a line that is not own, or a quoted block; returns the index after it."""
        if self.kinds[index] is not _QUOTE:
            return index + 1
        if not self.forward and is_groupwise(self.lines[index].text):
            return self._end_at(index, BLOCK)
        if begins_with_attribution(self.lines[index]):
            return self._attributed(index, index + 1)
        if heading(self.lines[index].text.lstrip("> ")) == "forwarded":
            return self._content_from(index)
        while index < len(self.lines) and self.kinds[index] is _QUOTE:
            index += 1
        return index

    def _attributed(self, start: int, stop: int) -> int:
        """Label an attribution and the quoted block under it; returns the index after it."""
        while stop < len(self.lines) and self.kinds[stop] in (_QUOTE, _BLANK):
            stop += 1
        self.label(start, stop, _QUOTE, ATTRIBUTED)
        self.sure = True
        return stop

    def _content_from(self, index: int) -> int:
        """From here on everything is content that the person forwards."""
        self.label(index, len(self.lines), _OWN, 1.0)
        self._content = index
        return len(self.lines)

    def _end_at(self, index: int, confidence: float) -> int:
        while index and (self.kinds[index - 1] is _BLANK or is_rule(self.lines[index - 1].text)):
            index -= 1
        self.end = index
        self.confidence[index:] = [confidence] * (len(self.lines) - index)
        return len(self.lines)

    def _find_signatures(self, runs: Sequence[tuple[int, int]]) -> None:
        for first, last in runs:
            texts = [line.text for line in self.lines[first:last]]
            found = separator(texts)
            if found is not None:
                self.label(first + found, last, Kind.SIGNATURE, SIGNED)
            self._find_mobile(first, last)
            self._find_author(first, last)

    def _find_mobile(self, first: int, last: int) -> None:
        """Label the last line of a run if a mail program wrote it; the more surely if it is a paragraph of its own."""
        index = last - 1
        while index >= first and self.kinds[index] is not _OWN:
            index -= 1
        if index < first:
            return
        text = self.lines[index].text
        alone = index == first or self.kinds[index - 1] is _BLANK
        if (alone or is_joined(text, self.lines[index - 1].text)) and is_mobile_signature(text):
            self.label(index, index + 1, Kind.MOBILE, SIGNED if alone else JOINED)

    def _find_author(self, first: int, last: int) -> None:
        """Label the author's name and role at the end of a run."""
        while last > first and self.kinds[last - 1] is not _OWN:
            last -= 1
        found = author_block([line.text for line in self.lines[first:last]], self._author) if self._author else None
        if found is not None:
            self.label(first + found, last, Kind.SIGNATURE, NAMED)

    def _find_footer(self, runs: Sequence[tuple[int, int]]) -> None:
        """Label what a gateway or a mailing list put below all else, or below the quote under the own words."""
        if not runs:
            return
        first, last = runs[-1]
        texts = [line.text for line in self.lines[first:last]]
        below = self.sure and len(runs) == _ABOVE_AND_BELOW and self.end == len(self.lines)
        found = 0 if below and is_disclaimer(texts) else notice(texts)
        if found is not None:
            self.label(first + found, last, Kind.FOOTER, LEGAL)

    def _runs(self, stop: int) -> Iterator[tuple[int, int]]:
        """The stretches of lines between the quotes that hold words, without the blank lines around them."""
        first = None
        last = 0
        for index, kind in enumerate(self.kinds[:stop]):
            if kind is _BLANK:
                continue
            if kind is not _QUOTE:
                first, last = (index if first is None else first), index + 1
            elif first is not None:
                yield first, last
                first = None
        if first is not None:
            yield first, last
