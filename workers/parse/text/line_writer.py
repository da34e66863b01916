"""Builds the lines of an HTML text: white space, line breaks, table rows, and the mark of each line."""

import re

from workers.parse.text.lines import Line, Mark, bounded, text_line

_SPACES = re.compile(r"[ \t\r\n\f]+")
_RULE = "_" * 32
_TAIL = 300


class LineWriter:
    """Collects lines. A line break is written only when text follows, as in a browser. `written` counts text pieces."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._current: list[str] = []
        self._line_mark = Mark.NONE
        self._breaks = 0  # pending, from <br>
        self._spacing = 0  # pending, the least line breaks between blocks
        self._marks: list[Mark] = []
        self._rest_quoted = False
        self._preformatted = 0
        self._row_begun = False
        self._row_empty = True
        self._after_bullet = False
        self.written = 0

    def write(self, text: str) -> None:
        """Writes text; outside `<pre>`, each run of white space becomes one space."""
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
            self._line_mark = self._mark()
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
        mark = self._line_mark if self._current else self._mark_of_gap()
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
        """Returns the mark of a blank line: the current mark if the line above has it, too."""
        return self._mark() if self._lines and self._lines[-1].mark is self._mark() else Mark.NONE

    def line_break(self) -> None:
        """Writes a `<br>`."""
        self._breaks = self._pending() + 1
        self._spacing = 0

    def block(self, spacing: int) -> None:
        """Writes the start or end of a block: a line break; with `spacing` 2 also a blank line."""
        if self._current[-1:] != ["\t"] and not self._after_bullet:
            self._spacing = max(self._spacing, spacing)

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

    def mark(self, mark: Mark) -> None:
        """Gives the lines from here to `unmark` this mark."""
        self.block(1)
        self._marks.append(mark)

    def unmark(self) -> None:
        """Ends the last mark."""
        self._marks.pop()
        self.block(1)

    def quote_the_rest(self) -> None:
        """Marks everything from here on as quoted."""
        self.block(1)
        self._flush()
        self._rest_quoted = True

    def begin_preformatted(self) -> None:
        """Begins a `<pre>`."""
        self._preformatted += 1

    def end_preformatted(self) -> None:
        """Ends a `<pre>`."""
        self._preformatted -= 1

    def last_words(self) -> str:
        """Returns the end of the current line, or if that is empty the last of the three lines above that has text."""
        if self._current:
            return "".join(piece[-_TAIL:] for piece in self._current[-8:]).strip()
        return next((line.text for line in reversed(self._lines[-3:]) if line.text.strip()), "")

    def finish(self) -> list[Line]:
        """Returns all lines."""
        if self._current:
            self._end_line()
        return bounded(self._lines)
