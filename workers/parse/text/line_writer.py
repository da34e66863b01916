"""Builds the lines of an HTML text: white space, line breaks, table rows, and the marked element of each line."""

import re

from workers.parse.text.lines import TRACKER_DOT
from workers.parse.text.mail_programs import Sign

_SPACES = re.compile(r"[ \t\r\n\f]+")
_RULE = "_" * 32
_TAIL = 300


class Scope:
    """An element that has a sign, and so may be a quote or a signature. `parent` is the next such element around it."""

    __slots__ = ("parent", "sign")

    def __init__(self, sign: Sign, parent: "Scope | None") -> None:
        self.sign = sign
        self.parent = parent


class LineWriter:
    """Collects lines. A line break is written only when text follows, as in a browser.

    `texts` has the lines, `scopes` the innermost marked element of each, `rest_at` the lines from which on everything
    may be quoted, each with the marked element around it. `written` counts text pieces.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.scopes: list[Scope | None] = []
        self.rest_at: dict[int, Scope | None] = {}
        self.written = 0
        self._current: list[str] = []
        self._line_scope: Scope | None = None
        self._scope: Scope | None = None
        self._breaks = 0  # pending, from <br>
        self._spacing = 0  # pending, the least line breaks between blocks
        self._preserves: list[bool] = []
        self._row_begun = False
        self._row_empty = True
        self._after_bullet = False

    def write(self, text: str) -> None:
        """Writes text; each run of white space becomes one space, unless the element around it preserves it."""
        if self._preserves and self._preserves[-1]:
            self._write_preserved(text)
            return
        text = _SPACES.sub(" ", text)
        if not self._current or self._breaks or self._spacing or self._current[-1][-1] in " \t":
            text = text.lstrip(" ")
        self._put(text)

    def _write_preserved(self, text: str) -> None:
        if text.isspace() and (self._spacing or not self._current):
            return  # between two blocks
        first, *rest = text.split("\n")
        self._put(first)
        for line in rest:
            self.line_break()
            self._put(line)

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._breaks or self._spacing:
            self._flush()
        if not self._current:
            self._line_scope = self._scope
        self._current.append(text)
        self._row_empty = self._after_bullet = False
        self.written += 1

    def _flush(self) -> None:
        count, self._breaks, self._spacing = max(self._breaks, self._spacing), 0, 0
        if not self.texts and not self._current:
            return
        for number in range(count):
            if number or self._current:
                self._end_line()

    def _end_line(self) -> None:
        text = "".join(self._current).replace("\u00a0", " ")
        text = text if text == "-- " else text.rstrip()  # the separator of a signature (RFC 3676 section 4.3)
        self.texts.append("" if text == TRACKER_DOT else text)
        self.scopes.append(self._line_scope)
        self._current = []

    def line_break(self) -> None:
        """Writes a `<br>`."""
        self._breaks = max(self._breaks, self._spacing) + 1
        self._spacing = 0

    def block(self, spacing: int) -> None:
        """Writes the start or end of a block: a line break; with `spacing` 2 also a blank line."""
        if spacing > self._spacing and not self._after_bullet and self._current[-1:] != ["\t"]:
            self._spacing = spacing

    def row(self) -> None:
        """Writes the start or end of a table row."""
        while self._current[-1:] == ["\t"]:  # tabs of cells without text
            self._current.pop()
        self._row_begun = False
        self._row_empty = True
        self.block(1)

    def cell(self) -> None:
        """Writes the start of a table cell: a tab, except before the first cell with text in a row."""
        if self._row_begun and self._current and not self._row_empty:
            self._breaks = self._spacing = 0
            self._current.append("\t")
        self._row_begun = True

    def bullet(self, text: str) -> None:
        """Writes the bullet or number of a list item."""
        if self._after_bullet:  # a nested list in an item without text
            self.line_break()
        self._put(text)
        self._after_bullet = True

    def rule(self) -> None:
        """Writes a horizontal line."""
        self._put(_RULE)

    def open_scope(self, sign: Sign) -> None:
        """Begins a marked element, on a new line."""
        self.block(1)
        self._scope = Scope(sign, self._scope)

    def close_scope(self) -> None:
        """Ends the innermost marked element, and its last line."""
        if self._scope:
            self._scope = self._scope.parent
        self.block(1)

    def begin_rest(self) -> None:
        """Notes that everything from here on may be quoted."""
        self.block(1)
        self._flush()
        self.rest_at[len(self.texts)] = self._scope

    def preserve(self, *, spaces: bool) -> None:
        """Begins an element that preserves white space and line ends, or does not."""
        self._preserves.append(spaces)

    def end_preserve(self) -> None:
        """Ends the last such element."""
        self._preserves.pop()

    def last_words(self) -> str:
        """Returns the end of the current line."""
        return "".join(piece[-_TAIL:] for piece in self._current[-8:]).strip()

    def finish(self) -> None:
        """Ends the last line."""
        if self._current:
            self._end_line()
