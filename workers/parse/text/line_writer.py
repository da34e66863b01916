"""Writes the lines of an HTML text: spaces, line breaks, rows, and the mark of the place where each line began."""

import re

from workers.parse.text.lines import Line, Mark, bounded, text_line

_SPACES = re.compile(r"[ \t\r\n\f]+")
_RULE = "_" * 32
_TAIL = 300


class LineWriter:
    """Line breaks wait until there is text to write after them, as in a browser. `written` counts pieces of text."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._current: list[str] = []
        self._begun_as = Mark.NONE
        self._breaks = 0  # by <br>, or more
        self._spacing = 0  # at least so many, by the ends of blocks
        self._marks: list[Mark] = []
        self._rest_quoted = False
        self._preformatted = 0
        self._row_begun = False
        self._row_empty = True
        self._after_bullet = False
        self.written = 0

    def write(self, text: str) -> None:
        """Write text; outside of `<pre>` white space becomes one space."""
        if self._preformatted:
            first, *rest = text.split("\n")
            self._put(first)
            for line in rest:
                self.line_break()
                self._put(line)
            return
        text = _SPACES.sub(" ", text)
        if not self._current or self._breaks or self._spacing or self._current[-1][-1] in " \t":
            text = text.lstrip(" ")
        self._put(text)

    def _put(self, text: str) -> None:
        if not text:
            return
        self._flush()
        if not self._current:
            self._begun_as = self._mark()
        self._current.append(text)
        self._row_empty = self._after_bullet = False
        self.written += 1

    def _pending(self) -> int:
        return max(self._breaks, self._spacing)

    def _flush(self) -> None:
        if not self._breaks and not self._spacing:
            return
        count, self._breaks, self._spacing = self._pending(), 0, 0
        if not self._lines and not self._current:
            return
        for number in range(count):
            if number or self._current:
                self._end_line()

    def _end_line(self) -> None:
        text = "".join(self._current).replace("\u00a0", " ")
        text = text if text == "-- " else text.rstrip()  # the separator of a signature (RFC 3676 section 4.3)
        mark = self._begun_as if self._current else self._mark_of_gap()
        if mark is Mark.NONE:
            self._lines.append(text_line(text))
        else:
            prefix = ("> " if text else ">") if mark is Mark.QUOTE else ""
            self._lines.append(Line(prefix + text, mark, certain=True))
        self._current = []

    def _mark(self) -> Mark:
        if self._rest_quoted or Mark.QUOTE in self._marks:
            return Mark.QUOTE
        return Mark.SIGNATURE if self._marks else Mark.NONE

    def _mark_of_gap(self) -> Mark:
        """A blank line is quoted only between quoted lines."""
        return self._mark() if self._lines and self._lines[-1].mark is self._mark() else Mark.NONE

    def line_break(self) -> None:
        """A `<br>`."""
        self._breaks = self._pending() + 1
        self._spacing = 0

    def block(self, spacing: int) -> None:
        """The start or end of a block: a new line, with `spacing` 2 a blank line between."""
        if self._current[-1:] != ["\t"] and not self._after_bullet:
            self._spacing = max(self._spacing, spacing)

    def row(self) -> None:
        """The start or end of a table row."""
        while self._current[-1:] == ["\t"]:  # of cells without words
            self._current.pop()
        self._row_begun = False
        self._row_empty = True
        self.block(1)

    def cell(self) -> None:
        """The start of a table cell: the second and later ones with words of a row stand behind a tab."""
        if self._row_begun and self._current and not self._row_empty:
            self._breaks = self._spacing = 0
            self._current.append("\t")
        self._row_begun = True

    def bullet(self, text: str) -> None:
        """The sign before a list item."""
        if self._after_bullet:  # a list in an item without words of its own
            self.line_break()
        self._put(text)
        self._after_bullet = True

    def rule(self) -> None:
        """A horizontal line."""
        self._put(_RULE)

    def mark(self, mark: Mark) -> None:
        """From here to `unmark` the lines are of this kind."""
        self.block(1)
        self._marks.append(mark)

    def unmark(self) -> None:
        """The end of the last mark."""
        self._marks.pop()
        self.block(1)

    def quote_the_rest(self) -> None:
        """Everything from here on is quoted."""
        self.block(1)
        self._flush()
        self._rest_quoted = True

    def begin_preformatted(self) -> None:
        """The start of a `<pre>`."""
        self._preformatted += 1

    def end_preformatted(self) -> None:
        """The end of a `<pre>`."""
        self._preformatted -= 1

    def last_words(self) -> str:
        """The end of the last line with words, or of the one that is being written."""
        if self._current:
            return "".join(piece[-_TAIL:] for piece in self._current[-8:]).strip()
        return next((line.text for line in reversed(self._lines[-3:]) if line.text.strip()), "")

    def finish(self) -> list[Line]:
        """All lines."""
        if self._current:
            self._end_line()
        return bounded(self._lines)
