"""Decides which marked elements of an HTML text are quotes and signatures, by the lines in and above them.

A mark alone says little: the buttons for quotes in mail programs write the same HTML as their answers do. So an element
is a quote if nothing else has its mark, or if an attribution or a header block is near. In doubt the text stays.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

from workers.parse.text.headings import heading
from workers.parse.text.line_writer import Scope
from workers.parse.text.lines import COLONS, Line, Mark, bounded, text_line
from workers.parse.text.mail_programs import Sign
from workers.parse.text.quote_evidence import (
    begins_header,
    begins_with_attribution,
    is_attributed,
    is_button,
    is_dated,
    is_labelled,
)
from workers.parse.text.reply_marker import contains_marker

_ABOVE, _NEAR = 6, 12  # lines looked at above and below a place
_MOST_JUDGED = 1_000  # scopes; later ones are as the scope around them
_FEW = 4  # lines of an attribution, or of a header block
_DEEPEST = 12  # elements around a BAR in which a container is looked for


class _Verdict:
    """What the lines of a scope are; `certain` as in `Line`."""

    __slots__ = ("certain", "mark")

    def __init__(self, mark: Mark, *, certain: bool = True) -> None:
        self.mark = mark
        self.certain = certain


_OWN, _SIGNATURE = _Verdict(Mark.NONE), _Verdict(Mark.SIGNATURE)
_QUOTE, _PERHAPS = _Verdict(Mark.QUOTE), _Verdict(Mark.QUOTE, certain=False)


def marked_lines(
    texts: Sequence[str], scopes: Sequence[Scope | None], rest_at: Mapping[int, Scope | None], *, forward: bool
) -> list[Line]:
    """Returns the lines with their marks. Quoted lines get the prefix `> `, as in plain text.

    `scopes` has the innermost marked element of each line, `rest_at` the lines from which on everything may be quoted,
    to the end of the marked element there.
    With `forward`, or below the heading of a forward, nothing is a quote, as it is what the person sends.
    """
    marks = _QuoteMarks(texts, scopes, rest_at, forward=forward)
    return bounded(marks.lines())


class _QuoteMarks:
    """Goes through the lines once, and judges each scope at its first line."""

    def __init__(
        self,
        texts: Sequence[str],
        scopes: Sequence[Scope | None],
        rest_at: Mapping[int, Scope | None],
        *,
        forward: bool,
    ) -> None:
        self._texts = texts
        self._scopes = scopes
        self._rest_at = rest_at
        self._forward = forward
        self._verdicts: dict[Scope | None, _Verdict] = {None: _OWN}
        self._lines: list[Line] = []
        self._frames: dict[Scope | None, Scope | None] = {None: None}  # the frame around each scope
        self._answered: set[Scope] = set()  # frames in which a quote was
        self._quoted: set[Sign] = set()  # signs of quotes so far
        self._judged = 0

    def lines(self) -> list[Line]:
        """Returns the lines with their marks."""
        verdict, rest = _OWN, False
        scope: Scope | None = None
        within: dict[Scope | None, bool] = {}  # whether the rest reaches into a scope
        blank = 0
        for index, text in enumerate(self._texts):
            if not rest and index in self._rest_at:
                rest = not self._forward and is_labelled(self._from(index))
                within = {None: self._rest_at[index] is None, self._rest_at[index]: True}
            if not text.strip():
                blank += 1
                continue
            if self._scopes[index] is not scope:
                scope = self._scopes[index]
                verdict = self._verdict(scope, index)
                rest = rest and _is_within(scope, within)
            found = _QUOTE if rest else verdict
            self._add_blank(blank, found)
            blank = 0
            self._lines.append(_line(text, found))
        self._add_blank(blank, _OWN)
        _mark_buttons(self._lines)
        return self._lines

    def _add_blank(self, count: int, below: _Verdict) -> None:
        """Adds blank lines: they have the mark of the lines above and below if that is the same."""
        if count:
            same = bool(self._lines) and self._lines[-1].mark is below.mark
            self._lines += [_line("", below if same else _OWN)] * count

    def _verdict(self, scope: Scope | None, index: int) -> _Verdict:
        """Returns the verdict on the lines of a scope, whose first line is at `index` if it is not judged yet."""
        unjudged: list[Scope] = []
        while scope is not None and scope not in self._verdicts:
            unjudged.append(scope)
            scope = scope.parent
        verdict = self._verdicts[scope]
        for inner in reversed(unjudged):
            self._frames[inner] = self._frames[inner.parent]
            if verdict.mark is not Mark.QUOTE and self._judged < _MOST_JUDGED:
                self._judged += 1
                found = self._judge(inner, index)
                if found.mark is Mark.QUOTE and inner.sign in (Sign.FRAME, Sign.NAMED):
                    self._frames[inner], found = inner, _OWN
                elif found.mark is Mark.QUOTE:
                    self._note(inner)
                verdict = verdict if found.mark is Mark.NONE else found
            self._verdicts[inner] = verdict
            scope = inner
        frame = self._frames[scope]
        return _PERHAPS if frame and frame not in self._answered and verdict.mark is not Mark.QUOTE else verdict

    def _note(self, scope: Scope) -> None:
        """Notes a quote: what follows it in its frame is an answer."""
        self._quoted.add(scope.sign)
        if frame := self._frames[scope]:
            self._answered.add(frame)

    def _judge(self, scope: Scope, index: int) -> _Verdict:
        """Returns what the lines of a scope are, given that the scopes around it are no quotes."""
        if scope.sign is Sign.SIGNATURE:
            return _SIGNATURE
        above = self._above()
        introduced = bool(above) and above[-1].mark is Mark.NONE and above[-1].text.endswith(COLONS)
        if not self._forward and not (above and above[-1].text.endswith(COLONS)):
            self._forward = heading(self._texts[index]) == "forwarded"
        if self._forward or scope.sign is Sign.CONTAINER:
            return _OWN
        if scope.sign in (Sign.QUOTE, Sign.FRAME) or (scope.sign is Sign.CITED and not introduced):
            return _QUOTE
        found = self._by_attribution(scope, index, above)
        perhaps = scope.sign is Sign.CITED or (scope.sign is Sign.BAR and not above)
        return _PERHAPS if found is _OWN and perhaps else found

    def _by_attribution(self, scope: Scope, index: int, above: Sequence[Line]) -> _Verdict:
        """Returns the verdict on a scope that is a quote if an attribution is near."""
        inside = self._from(index)
        if is_attributed([line.text for line in above if line.mark is Mark.NONE]) or begins_with_attribution(inside):
            return _QUOTE
        if begins_header(inside):
            return _PERHAPS
        if scope.sign is Sign.NAMED:
            return _PERHAPS if heading(inside[0]) or begins_header(inside[1:]) else _OWN
        if self._frames[scope] or _is_in_container(scope) or any(map(contains_marker, inside)):
            return _QUOTE
        return self._by_place(scope.sign, inside[0], above)

    def _by_place(self, sign: Sign, first: str, above: Sequence[Line]) -> _Verdict:
        """Returns the verdict on a blockquote by the quotes above it, or by a date in an unknown attribution."""
        if sign is Sign.INDENTED:
            return _PERHAPS if sign in self._quoted else _OWN
        if sign in self._quoted or (above and above[-1].mark is Mark.QUOTE):
            return _QUOTE
        return _PERHAPS if is_dated(first) or (above and is_dated(above[-1].text)) else _OWN

    def _above(self) -> list[Line]:
        """Returns the last lines with text so far, of at most one paragraph and what is directly below it."""
        found: list[Line] = []
        for line in islice(reversed(self._lines), _ABOVE):
            if line.text.strip():
                found.append(line)
            elif len(found) > 1:
                break
        return found[:_FEW][::-1]

    def _from(self, index: int) -> list[str]:
        """Returns the first lines with text from `index` on."""
        near = self._texts[index : index + _NEAR]  # islice would walk there from the first line
        return list(islice((text for text in near if text.strip()), _FEW))


def _line(text: str, verdict: _Verdict) -> Line:
    if verdict.mark is Mark.NONE:
        return text_line(text)
    prefix = ("> " if text else ">") if verdict.mark is Mark.QUOTE else ""
    return Line(prefix + text, verdict.mark, verdict.certain)


def _is_within(scope: Scope | None, known: dict[Scope | None, bool]) -> bool:
    """Returns whether a scope is in an element, and adds to what is known of the scopes around it."""
    unknown: list[Scope] = []
    while scope not in known:
        assert scope is not None  # None is always known
        unknown.append(scope)
        scope = scope.parent
    known.update(dict.fromkeys(unknown, known[scope]))
    return known[scope]


def _is_in_container(scope: Scope) -> bool:
    around = scope.parent
    for _ in range(_DEEPEST):
        if around is None:
            return False
        if around.sign is Sign.CONTAINER:
            return True
        around = around.parent
    return False


def _mark_buttons(lines: list[Line]) -> None:
    """Marks the lines of QUOTE_BUTTONS directly above a quote, or at the end, as part of the quote."""
    below = Mark.QUOTE
    for index in range(len(lines) - 1, -1, -1):
        text, mark, _ = lines[index]
        if not text:
            continue
        if mark is Mark.NONE and below is Mark.QUOTE and is_button(text):
            lines[index] = Line(text, Mark.QUOTE)
        else:
            below = mark
