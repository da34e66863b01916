"""Labels each line of a reply: own words, quote, signature, footer or blank."""

from collections.abc import Sequence

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.attribution_begin import may_have_words_in_front
from workers.parse.text.attribution_line import Certainty
from workers.parse.text.attributions import (
    Attribution,
    attribution,
    attribution_and_text,
    bars_end,
    begins_with_attribution,
    has_sign,
    is_groupwise,
    quote_follows,
)
from workers.parse.text.broken_lines import rests
from workers.parse.text.headings import heading, is_dashed
from workers.parse.text.labels import (
    BY_ATTRIBUTION,
    BY_BARE_ATTRIBUTION,
    BY_HEADER_BLOCK,
    BY_MARKER,
    BY_QUOTE_SIGN,
    Kind,
    Labels,
)
from workers.parse.text.lines import Line, is_rule, is_short_rule
from workers.parse.text.outlook_header_block import (
    header_block,
    is_introduced,
    labelled_block,
    name_and_recipient,
    quote_below,
)
from workers.parse.text.surroundings import find_banner, find_closing, find_footers, find_signatures

_BLANK_LINES = 3  # of which the last has text, between a heading and a header block
_COMMAS = (",", "\uff0c", "\u060c", "\u3001")


_BLANK, _OWN, _QUOTE = Kind.BLANK, Kind.OWN, Kind.QUOTE  # used for every line; looking up an enum member is slow


class LineLabels(Labels):
    """The labels of a text, found by all rules. `near` says of each line whether an attribution may end near.

    `marked`: the text quotes casemail's own mail, and does not forward it. `glued`: lines of attributions that stay, as
    their first words may be the person's.
    """

    def __init__(self, lines: Sequence[Line], near: Sequence[bool], *, forward: bool, author: str = "") -> None:
        super().__init__(lines)
        self.forward = forward
        self.marked = not forward and any(REPLY_MARKER in text for text, _, _ in lines)
        self.glued: set[int] = set()
        self._content = len(lines)
        self._broken: frozenset[int] | None = None  # the rests of broken lines, once they are looked for
        find_banner(self)
        self._find_quotes(near)
        runs = list(self.runs(min(self._content, self.end)))
        find_footers(self, runs)
        find_signatures(self, author, runs)
        find_closing(self, author, runs)

    def _find_quotes(self, near: Sequence[bool]) -> None:
        """Finds the quotes, the `end`, and where forwarded content begins."""
        index, own = 0, False
        while index < len(self.lines):
            here = index
            if self.kinds[here] is not _OWN:
                index = self._quoted(here)
            else:
                candidate = near[here] or has_sign(self.lines[here].text)
                index = self._candidate(here, own=own, near=near[here]) if candidate else here + 1
            own = own or self.kinds[here] is _OWN

    def _candidate(self, index: int, *, own: bool, near: bool) -> int:
        """Labels a quote if one begins at this line. Returns the next index to look at.

        `own`: own words are above. `near`: an attribution may end near.
        """
        text = self.lines[index].text
        if self.marked and REPLY_MARKER in text:
            if self.sure or own:
                return self._end_at(index, BY_MARKER)
            self.label(index, index + 1, _QUOTE, BY_MARKER)
        if is_rule(text) and quote_follows(self.lines, index + 1):
            self.label(index, index + 1, _QUOTE, BY_QUOTE_SIGN)
        title = heading(text)
        if title == "forwarded" or (self.forward and header_block(self.lines, index)):
            return self._content_from(index)
        if not self.forward and (title or self._is_header(index)):
            heading_above = index > 0 and is_dashed(self.lines[index - 1].text)
            return self._header(index - heading_above, headed=heading_above or is_dashed(text) or bool(title))
        if not self.forward and self._is_bare(index):
            return self._end_at(index, BY_BARE_ATTRIBUTION)
        found = attribution(self.lines, index) if near else None
        return self._attribution(index, found, own=own) if found else index + 1

    def _is_bare(self, index: int) -> bool:
        """Returns whether an attribution begins here of a program that does not mark the text below."""
        return (
            attribution_and_text(self.lines, index)
            or is_groupwise(self.lines, index)
            or (name_and_recipient(self.lines, index) and not is_introduced(self.lines, index))
        )

    def _is_header(self, index: int) -> bool:
        """Returns whether a header block begins here, or a heading in any language with a header block below it."""
        if header_block(self.lines, index):
            return not is_introduced(self.lines, index)
        if not is_dashed(self.lines[index].text):
            return False
        below = self._below(index + 1)
        return below < len(self.lines) and (header_block(self.lines, below) or labelled_block(self.lines, below))

    def _header(self, start: int, *, headed: bool) -> int:
        """Labels a header block and its quote, which ends where its `>` ends; without `>` it goes to the end."""
        quote = quote_below(self.lines, start, headed=headed)
        if quote is None:
            return self._end_at(start, BY_HEADER_BLOCK)
        while start and (self.kinds[start - 1] is _BLANK or is_rule(self.lines[start - 1].text)):
            start -= 1
        return self._attributed(start, quote, Certainty.ANYWHERE)

    def _below(self, index: int) -> int:
        """Returns the index of the next line with text from `index` on, behind at most two blank lines."""
        return next(
            (place for place in range(index, len(self.lines))[:_BLANK_LINES] if self.kinds[place] is not _BLANK), index
        )

    def _attribution(self, index: int, found: Attribution, *, own: bool) -> int:
        """Labels an attribution and its quote; returns the next index to look at.

        Its first line stays if its first words may be the person's: below a blank line they are not, if others are
        above. Without signs of quoting, the text below is a quote only if the person wrote more than a greeting above.
        """
        if found.quoted:
            near = not own or self.kinds[index - 1] is not _BLANK
            if near and may_have_words_in_front(self.lines[index].text):
                self.glued.add(index)
                index += 1
            return self._attributed(index, max(found.end, bars_end(self.lines, found.end)), found.certainty)
        words = [above for above in range(index) if self.kinds[above] is _OWN]
        greeting = len(words) == 1 and self.lines[words[0]].text.rstrip().endswith(_COMMAS)
        return index + 1 if self.forward or greeting else self._end_at(index, BY_BARE_ATTRIBUTION)

    def _quoted(self, index: int) -> int:
        """Labels the quote that begins at a line not labelled as own, if any; returns the next index to look at."""
        if self.kinds[index] is not _QUOTE:
            return index + 1
        if not self.forward and is_groupwise(self.lines, index):
            return self._end_at(index, BY_HEADER_BLOCK)
        if begins_with_attribution(self.lines[index]):
            return self._attributed(index, index + 1, Certainty.OWN_PARAGRAPH)
        if heading(self.lines[index].text.lstrip("> ")) == "forwarded":
            return self._content_from(index)
        while index < len(self.lines) and self.kinds[index] is _QUOTE:
            index += 1
        return index

    def _attributed(self, start: int, stop: int, certainty: Certainty) -> int:
        """Labels an attribution and the quote below it; returns the index after them.

        Below own words, the rests of broken lines belong to the quote.
        """
        broken = self._rests() if _OWN in self.kinds[:start] else frozenset()
        while stop < len(self.lines) and (self.kinds[stop] in (_QUOTE, _BLANK) or stop in broken):
            stop += 1
        self.label(start, stop, _QUOTE, BY_ATTRIBUTION)
        self.sure = self.sure or certainty > Certainty.IF_ANSWERED
        return stop

    def _rests(self) -> frozenset[int]:
        if self._broken is None:
            self._broken = rests(self.lines)
        return self._broken

    def _content_from(self, index: int) -> int:
        """Labels everything from `index` on as forwarded content, which counts as own. Returns the index after it."""
        self.label(index, len(self.lines), _OWN, 1.0)
        self._content = index
        return len(self.lines)

    def _end_at(self, index: int, confidence: float) -> int:
        """Sets `end` to `index`, or above blank lines and rules before it. Returns the index after the last line."""
        while index and (self.kinds[index - 1] is _BLANK or is_short_rule(self.lines[index - 1].text)):
            index -= 1
        self.end = index
        self.confidence[index:] = [confidence] * (len(self.lines) - index)
        return len(self.lines)
