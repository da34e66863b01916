"""The kind and the confidence of each line of a text."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

from workers.parse.text.lines import Line, Mark

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


class Kind(IntEnum):
    """The kind of a line. MOBILE is a "Sent from my ..." line, FOOTER a legal notice or the footer of a list."""

    BLANK = 0
    OWN = 1
    QUOTE = 2
    SIGNATURE = 3
    MOBILE = 4
    FOOTER = 5


_BLANK, _OWN = Kind.BLANK, Kind.OWN  # used for every line; looking up an enum member is slow
_QUOTE, _FOOTER = Kind.QUOTE, Kind.FOOTER
_KIND_OF_MARK = {Mark.NONE: _OWN, Mark.QUOTE: _QUOTE, Mark.SIGNATURE: Kind.SIGNATURE}


class Labels:
    """The kind and the confidence of each line of a text.

    `end`: the index from which all lines are quoted, although without `>`. `sure`: there certainly is a quote, so if no
    line is labelled as own, the text has no own words.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.kinds = [_BLANK if not text or text.isspace() else _KIND_OF_MARK[mark] for text, mark, _ in lines]
        self.confidence = [BY_STRUCTURE if certain else BY_QUOTE_SIGN for _, _, certain in lines]
        self.end = len(lines)
        self.sure = any(certain and mark is Mark.QUOTE for _, mark, certain in lines)

    def own(self) -> list[int]:
        """Returns the indices of the person's own lines above `end`."""
        return [index for index in range(self.end) if self.kinds[index] is _OWN]

    def label(self, start: int, stop: int, kind: Kind, confidence: float) -> None:
        """Labels the lines with text from `start` to before `stop`; all lines there get the confidence."""
        for index in range(start, stop):
            if self.kinds[index] is not _BLANK:
                self.kinds[index] = kind
            self.confidence[index] = confidence

    def runs(self, stop: int) -> Iterator[tuple[int, int]]:
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
