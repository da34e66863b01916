"""Labels each line of a reply: own words, quote, signature, footer or blank."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.attribution_line import Certainty
from workers.parse.text.attributions import (
    Attribution,
    attribution,
    attribution_and_text,
    bars_end,
    begins_with_attribution,
    is_groupwise,
    may_begin,
    quote_follows,
)
from workers.parse.text.headings import heading, is_dashed
from workers.parse.text.lines import Line, Mark, is_rule
from workers.parse.text.mobile_lines import is_mobile_line, may_follow
from workers.parse.text.notices import banner_at_top, footer_at_end, is_notice_below_quote
from workers.parse.text.outlook_header_block import header_block, labelled_block
from workers.parse.text.signatures import author_block, separator

#: The confidence of a cut, by the sign that it was found by.
BY_MARKER = 0.99  # casemail's own "reply above this line"
BY_STRUCTURE = 0.95  # the HTML
BY_ATTRIBUTION = 0.95  # "On ... wrote:" with a quote below
BY_HEADER_BLOCK = 0.9  # of Outlook, or a heading, or GroupWise's attribution
BY_SEPARATOR = 0.9  # "-- ", or a "Sent from my ..." line in a separate paragraph
BY_BARE_ATTRIBUTION = 0.85  # "On ... wrote:" without a marked quote below
BY_NOTICE = 0.8  # the words of a legal notice or a list's footer
BY_AUTHOR_NAME = 0.75  # the author's name above a role and a telephone number
BY_QUOTE_SIGN = 0.7  # ">" alone
BY_JOINED_LINE = 0.7  # a "Sent from my ..." line right under other words

_ABOVE_AND_BELOW = 2
_MOST_ABOVE = 40  # lines that a banner takes, with blank lines
_BLANK_LINES = 3  # of which the last has text, between a heading and a header block
_COMMAS = (",", "\uff0c", "\u060c", "\u3001")


class Kind(IntEnum):
    """The kind of a line. MOBILE is a "Sent from my ..." line, FOOTER a legal notice or the footer of a list."""

    BLANK = 0
    OWN = 1
    QUOTE = 2
    SIGNATURE = 3
    MOBILE = 4
    FOOTER = 5


_BLANK, _OWN, _QUOTE, _FOOTER = (
    Kind.BLANK,
    Kind.OWN,
    Kind.QUOTE,
    Kind.FOOTER,
)  # used for every line; looking up an enum member is slow
_KIND_OF_MARK = {Mark.NONE: _OWN, Mark.QUOTE: _QUOTE, Mark.SIGNATURE: Kind.SIGNATURE}


class LineLabels:
    """The kind and the confidence of each line of a text.

    `end`: the index from which all lines are quoted, although without `>`. `sure`: there certainly is a quote, so if no
    line is labelled as own, the text has no own words. `marked`: the text quotes casemail's own mail, and does not
    forward it.
    """

    def __init__(self, lines: Sequence[Line], *, forward: bool, author: str = "") -> None:
        self.lines = lines
        self.kinds = [_BLANK if not text or text.isspace() else _KIND_OF_MARK[mark] for text, mark, _ in lines]
        self.confidence = [BY_STRUCTURE if certain else BY_QUOTE_SIGN for _, _, certain in lines]
        self.end = len(lines)
        self.sure = any(certain and mark is Mark.QUOTE for _, mark, certain in lines)
        self.forward = forward
        self.marked = not forward and any(REPLY_MARKER in text for text, _, _ in lines)
        self._author = author
        self._content = len(lines)
        self._find_banner()
        self._find_quotes()
        runs = list(self._runs(min(self._content, self.end)))
        self._find_footer(runs)
        self._find_signatures(runs)

    def own(self) -> list[int]:
        """Returns the indices of the person's own lines above `end`."""
        return [index for index in range(self.end) if self.kinds[index] is _OWN]

    def label(self, start: int, stop: int, kind: Kind, confidence: float) -> None:
        """Labels the lines with text from `start` to before `stop`; all lines there get the confidence."""
        for index in range(start, stop):
            if self.kinds[index] is not _BLANK:
                self.kinds[index] = kind
            self.confidence[index] = confidence

    def _find_quotes(self) -> None:
        """Finds the quotes, the `end`, and where forwarded content begins."""
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
        """Labels a quote if one begins at this line. Returns the next index to look at. `own`: own words are above."""
        text = self.lines[index].text
        if self.marked and REPLY_MARKER in text:
            if self.sure or own:
                return self._end_at(index, BY_MARKER)
            self.label(index, index + 1, _QUOTE, BY_MARKER)
        if is_rule(text) and quote_follows(self.lines, index + 1):
            self.label(index, index + 1, _QUOTE, BY_QUOTE_SIGN)
        title = heading(text)
        if title == "forwarded":
            return self._content_from(index)
        if not self.forward and (title or self._is_header(index)):
            heading_above = index > 0 and is_dashed(self.lines[index - 1].text)
            return self._end_at(index - heading_above, BY_HEADER_BLOCK)
        if not self.forward and attribution_and_text(text):
            return self._end_at(index, BY_BARE_ATTRIBUTION)
        found = attribution(self.lines, index)
        return self._attribution(index, found) if found else index + 1

    def _is_header(self, index: int) -> bool:
        """Returns whether a header block begins here, or a heading in any language with a header block below it."""
        if header_block(self.lines, index):
            return True
        if not is_dashed(self.lines[index].text):
            return False
        below = self._below(index + 1)
        return below < len(self.lines) and (header_block(self.lines, below) or labelled_block(self.lines, below))

    def _below(self, index: int) -> int:
        """Returns the index of the next line with text from `index` on, behind at most two blank lines."""
        return next(
            (place for place in range(index, len(self.lines))[:_BLANK_LINES] if self.kinds[place] is not _BLANK), index
        )

    def _attribution(self, index: int, found: Attribution) -> int:
        """Labels an attribution and its quote; returns the next index to look at.

        Without signs of quoting, the text below is a quote only if the person wrote more than a greeting above.
        """
        if found.quoted:
            return self._attributed(index, max(found.end, bars_end(self.lines, found.end)), found.certainty)
        own = [above for above in range(index) if self.kinds[above] is _OWN]
        greeting = len(own) == 1 and self.lines[own[0]].text.rstrip().endswith(_COMMAS)
        return index + 1 if self.forward or greeting else self._end_at(index, BY_BARE_ATTRIBUTION)

    def _quoted(self, index: int) -> int:
        """Labels the quote that begins at a line not labelled as own, if any; returns the next index to look at."""
        if self.kinds[index] is not _QUOTE:
            return index + 1
        if not self.forward and is_groupwise(self.lines[index].text):
            return self._end_at(index, BY_HEADER_BLOCK)
        if begins_with_attribution(self.lines[index]):
            return self._attributed(index, index + 1, Certainty.OWN_PARAGRAPH)
        if heading(self.lines[index].text.lstrip("> ")) == "forwarded":
            return self._content_from(index)
        while index < len(self.lines) and self.kinds[index] is _QUOTE:
            index += 1
        return index

    def _attributed(self, start: int, stop: int, certainty: Certainty) -> int:
        """Labels an attribution and the quote below it; returns the index after them."""
        while stop < len(self.lines) and self.kinds[stop] in (_QUOTE, _BLANK):
            stop += 1
        self.label(start, stop, _QUOTE, BY_ATTRIBUTION)
        self.sure = self.sure or certainty > Certainty.IF_ANSWERED
        return stop

    def _content_from(self, index: int) -> int:
        """Labels everything from `index` on as forwarded content, which counts as own. Returns the index after it."""
        self.label(index, len(self.lines), _OWN, 1.0)
        self._content = index
        return len(self.lines)

    def _end_at(self, index: int, confidence: float) -> int:
        """Sets `end` to `index`, or above blank lines and rules before it. Returns the index after the last line."""
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
                self.label(first + found, last, Kind.SIGNATURE, BY_SEPARATOR)
            self._find_mobile(first, last)
            self._find_author(first, last)

    def _find_mobile(self, first: int, last: int) -> None:
        """Labels the last line of a run if a mail program wrote it; with more confidence in a separate paragraph."""
        index = last - 1
        while index >= first and self.kinds[index] is not _OWN:
            index -= 1
        if index < first:
            return
        text = self.lines[index].text
        alone = index == first or self.kinds[index - 1] is _BLANK
        if (alone or may_follow(text, self.lines[index - 1].text)) and is_mobile_line(text):
            self.label(index, index + 1, Kind.MOBILE, BY_SEPARATOR if alone else BY_JOINED_LINE)

    def _find_author(self, first: int, last: int) -> None:
        """Labels the author's name and role at the end of a run."""
        while last > first and self.kinds[last - 1] is not _OWN:
            last -= 1
        found = author_block([line.text for line in self.lines[first:last]], self._author) if self._author else None
        if found is not None:
            self.label(first + found, last, Kind.SIGNATURE, BY_AUTHOR_NAME)

    def _find_footer(self, runs: Sequence[tuple[int, int]]) -> None:
        """Labels the footers that gateways and mailing lists added at the end, also below the quote."""
        below = self.sure and len(runs) == _ABOVE_AND_BELOW and self.end == len(self.lines)
        for number, (first, last) in reversed(list(enumerate(runs))):
            texts = [line.text for line in self.lines[first:last]]
            found = footer_at_end(texts, all_of_it=number > 0)
            if found != 0 and below and number == 1 and is_notice_below_quote(texts):
                found = 0
            if found is not None:
                self.label(first + found, last, Kind.FOOTER, BY_NOTICE)
            if found != 0:
                break

    def _find_banner(self) -> None:
        """Labels the warning of a gateway above the words."""
        top = 0
        while top < len(self.lines) and self.kinds[top] is not _QUOTE and top < _MOST_ABOVE:
            top += 1
        found = banner_at_top([line.text for line in self.lines[:top]])
        self.label(0, found, Kind.FOOTER, BY_NOTICE)

    def _runs(self, stop: int) -> Iterator[tuple[int, int]]:
        """Yields each run of lines between quotes before `stop`, as start and stop, without blank lines at its ends."""
        first = None
        last = 0
        for index, kind in enumerate(self.kinds[:stop]):
            if kind is _BLANK or kind is _FOOTER:
                continue
            if kind is not _QUOTE:
                first, last = (index if first is None else first), index + 1
            elif first is not None:
                yield first, last
                first = None
        if first is not None:
            yield first, last
