"""Decides which marked elements of an HTML text are quotes and signatures, by the lines in and above them.

A mark alone says little: the buttons for quotes in mail programs write the same HTML as their answers do. So an element
is a quote if nothing else has its mark, or if an attribution or a header block is near. In doubt the text stays.
"""

import re
from collections.abc import Sequence
from itertools import islice

from workers.parse.text.attributions import attribution
from workers.parse.text.headings import heading
from workers.parse.text.line_writer import Scope
from workers.parse.text.lines import COLON, COLONS, Line, Mark, bounded, fold, is_rule, text_line
from workers.parse.text.mail_programs import QUOTE_BUTTONS, Sign
from workers.parse.text.outlook_header_block import header_block
from workers.parse.text.reply_marker import contains_marker

_ABOVE, _NEAR = 6, 12  # lines looked at above and below a place
_MOST_JUDGED = 1_000  # scopes; later ones are as the scope around them
_FEW = 4  # lines of an attribution, or of a header block
_LONGEST_ATTRIBUTION, _LONGEST_LABEL, _LONGEST_BUTTON = 300, 30, 60  # characters
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\s?\d{1,2}")
_TIME = re.compile(r"\d{1,2}\s?[:.hH\u6642\u65f6\u9ede\u70b9\uc2dc]\s?\d{2}")
_QUOTE_LINE = Line(">", Mark.QUOTE)


class _Verdict:
    """What the lines of a scope are; `certain` as in `Line`."""

    __slots__ = ("certain", "mark")

    def __init__(self, mark: Mark, *, certain: bool = True) -> None:
        self.mark = mark
        self.certain = certain


_OWN, _SIGNATURE = _Verdict(Mark.NONE), _Verdict(Mark.SIGNATURE)
_QUOTE, _PERHAPS = _Verdict(Mark.QUOTE), _Verdict(Mark.QUOTE, certain=False)


def marked_lines(
    texts: Sequence[str], scopes: Sequence[Scope | None], rest_at: Sequence[int], *, forward: bool
) -> list[Line]:
    """Returns the lines with their marks. Quoted lines get the prefix `> `, as in plain text.

    `scopes` has the innermost marked element of each line, `rest_at` the lines from which on everything may be quoted.
    With `forward`, or below the heading of a forward, nothing is a quote, as it is what the person sends.
    """
    marks = _QuoteMarks(texts, scopes, rest_at, forward=forward)
    return bounded(marks.lines())


class _QuoteMarks:
    """Goes through the lines once, and judges each scope at its first line."""

    def __init__(
        self, texts: Sequence[str], scopes: Sequence[Scope | None], rest_at: Sequence[int], *, forward: bool
    ) -> None:
        self._texts = texts
        self._scopes = scopes
        self._rest_at = set(rest_at)
        self._forward = forward
        self._verdicts: dict[Scope | None, _Verdict] = {None: _OWN}
        self._lines: list[Line] = []
        self._barred = False  # a BAR was a quote
        self._judged = 0

    def lines(self) -> list[Line]:
        """Returns the lines with their marks."""
        verdict, rest = _OWN, False
        scope: Scope | None = None
        blank = 0
        for index, text in enumerate(self._texts):
            if not rest and index in self._rest_at:
                rest = not self._forward and self._is_header(index)
            if not text.strip():
                blank += 1
                continue
            if self._scopes[index] is not scope:
                scope = self._scopes[index]
                verdict = self._verdict(scope, index)
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
            if verdict.mark is not Mark.QUOTE and self._judged < _MOST_JUDGED:
                self._judged += 1
                found = self._judge(inner, index)
                verdict = verdict if found.mark is Mark.NONE else found
            self._verdicts[inner] = verdict
        return verdict

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
        if scope.sign is Sign.QUOTE:
            return _QUOTE
        if scope.sign is Sign.CITED and not introduced:
            return _QUOTE
        if scope.sign is Sign.INDENTED:
            return _QUOTE if _is_attributed(above) else _OWN
        found = self._by_attribution(scope, index, above)
        self._barred = self._barred or (scope.sign is Sign.BAR and found is _QUOTE)
        perhaps = scope.sign is Sign.CITED or (scope.sign is Sign.BAR and not above)
        return _PERHAPS if found is _OWN and perhaps else found

    def _by_attribution(self, scope: Scope, index: int, above: Sequence[Line]) -> _Verdict:
        """Returns the verdict on a scope that is a quote if an attribution is near."""
        inside = self._from(index)
        if scope.sign is Sign.NAMED:
            begins = heading(inside[0]) or self._is_header(index) or _is_attributed(_lines(inside))
            return _PERHAPS if begins or _is_attributed(above) else _OWN
        if above and above[-1].mark is Mark.QUOTE:
            return _QUOTE
        if _is_attributed(above) or _is_attributed(_lines(inside)) or any(map(contains_marker, inside)):
            return _QUOTE
        if scope.sign is Sign.BAR and (self._barred or _is_in_container(scope)):
            return _QUOTE
        dated = [line for line in (*inside[:1], *(line.text for line in above[-1:])) if _is_dated(line)]
        return _PERHAPS if dated else _OWN

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
        near = islice(self._texts, index, index + _NEAR)
        return list(islice((text for text in near if text.strip()), _FEW))

    def _is_header(self, index: int) -> bool:
        """Returns whether a header block or an attribution begins at `index`, in any language: two lines with a short
        label, or a label and an address."""
        inside = [text for text in self._from(index) if not is_rule(text)]
        labelled = [text for text in inside if len(COLON.split(text[:_LONGEST_LABEL], maxsplit=1)) > 1]
        if len(labelled) > 1 or any("@" in text[:_LONGEST_ATTRIBUTION] for text in labelled):
            return True
        return header_block(_lines(inside), 0) if inside else False


def _line(text: str, verdict: _Verdict) -> Line:
    if verdict.mark is Mark.NONE:
        return text_line(text)
    prefix = ("> " if text else ">") if verdict.mark is Mark.QUOTE else ""
    return Line(prefix + text, verdict.mark, verdict.certain)


def _lines(texts: Sequence[str]) -> list[Line]:
    return [Line(text[:_LONGEST_ATTRIBUTION]) for text in texts]


def _is_attributed(lines: Sequence[Line]) -> bool:
    """Returns whether one of these lines ends an attribution, by its wording or by an address at its end.

    Above a quote these are the last lines; in a quote the first.
    """
    own = [line for line in lines if line.mark is Mark.NONE]
    for stop in range(1, len(own) + 1):
        text = fold(own[stop - 1].text[-_LONGEST_ATTRIBUTION:])
        if _ends(text) and "@" in text:
            return True
        if any(attribution([*own[start:stop], _QUOTE_LINE], 0) for start in range(stop)):
            return True
    return False


def _is_dated(text: str) -> bool:
    """Returns whether a line ends like an attribution and has a date and a time, in any language."""
    line = fold(text[-_LONGEST_ATTRIBUTION:])
    return _ends(line) and bool(_DATE.search(line) and _TIME.search(line))


def _ends(text: str) -> bool:
    return text.endswith((*COLONS, "---"))


def _is_in_container(scope: Scope) -> bool:
    around = scope.parent
    for _ in range(_NEAR):
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
        if mark is Mark.NONE and below is Mark.QUOTE and _is_button(text):
            lines[index] = Line(text, Mark.QUOTE)
        else:
            below = mark


def _is_button(text: str) -> bool:
    return len(text) <= _LONGEST_BUTTON and fold(text).casefold() in QUOTE_BUTTONS
