"""The words of a mail in `casemail explain`: each line of the body with the rule that kept or cut it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from schemas.own_mail import SentUpdate
from schemas.records import Body, Cut, CutKind
from workers.parse.read import Reading
from workers.parse.text.headings import forward_subject
from workers.parse.text.known_quotes import own_words as own_words_of
from workers.parse.text.labels import BY_BARE_ATTRIBUTION, BY_HEADER_BLOCK, BY_MARKER, BY_QUOTE_SIGN
from workers.parse.text.lines import Line, Mark
from workers.parse.text.mobile_lines import is_mobile_line

_QUOTE_RULES = {
    BY_MARKER: "the line that casemail puts above its own text; it and all below",
    BY_HEADER_BLOCK: "a heading or header fields of a quoted mail; they and all below",
    BY_BARE_ATTRIBUTION: 'an attribution ("... wrote:") without signs of quoting; it and all below',
    BY_QUOTE_SIGN: "lines that begin with >",
}
_ATTRIBUTED = 'an attribution ("... wrote:") or a rule, and the quote below it'
_LONGEST_LINE = 200
_UNCOUNTED = re.compile(r"[\s>\uff1e]+")


def own_words(reading: Reading, sent: Sequence[SentUpdate]) -> Body | None:
    """Returns the reply, read with the updates that the mail may answer; None if the body was not read."""
    if reading.reply is None or reading.header is None:
        return None
    forward = forward_subject(reading.header.subject)
    return own_words_of(reading.reply, sent, forward=forward, author=reading.header.author.name)


def words(reading: Reading) -> Iterator[str]:
    """Yields the lines of the body, each with the rule that kept or cut it."""
    if reading.body is None or reading.reply is None:
        yield "The body was not read: the mail was rejected before that."
        return
    chosen = sorted({leaf.type for leaf in reading.leaves if leaf.number in reading.body.leaves})
    yield f"The body is of: {', '.join(chosen) or 'nothing'}. A quote stays between own words, or where it is unsure."
    rows = [(cut, line) for cut, line in _labelled(reading.body.lines, reading.reply) if line.text.strip()]
    for cut, group in groupby(rows, key=lambda row: id(row[0]) if row[0] else None):
        lines = [line for _, line in group]
        piece = next((found for found, _ in rows if found is not None and id(found) == cut), None)
        if piece:
            yield f"  cut as {piece.kind}, {piece.confidence:.0%} sure: {_rule(piece, lines[0])}"
        for line in lines:
            kept = "+ kept quote" if line.mark is Mark.QUOTE else "+ kept      "
            yield f"{f'- {piece.kind:10}' if piece else kept} | {line.text[:_LONGEST_LINE]}"


def _labelled(lines: Iterable[Line], reply: Body) -> Iterator[tuple[Cut | None, Line]]:
    """Yields each line of the body with the cut that took it, or None for a line that was kept; a line that is in both
    as two lines.

    The cuts and the kept words together are the body's lines in their order, but for blanks and quote signs.
    """
    pieces: list[tuple[Cut | None, str]] = []
    at = 0
    for cut in reply.cut:
        pieces += [(None, reply.text[at : cut.before]), (cut, cut.text)]
        at = cut.before
    pieces.append((None, reply.text[at:]))
    left = [(owner, size) for owner, text in pieces if (size := _size(text))]
    for line in lines:
        for text in line.text.split("\n"):
            rest = text
            while (size := _size(rest)) and left:
                owner, most = left[0]
                end = len(rest) if size <= most else _end(rest, most)
                left[0:1] = [(owner, most - size)] if size < most else []
                yield owner, line._replace(text=rest[:end])
                rest = rest[end:]
            if rest.strip():  # a quote sign alone
                yield left[0][0] if left else None, line._replace(text=rest)


def _size(text: str) -> int:
    return len(_UNCOUNTED.sub("", text))


def _end(text: str, size: int) -> int:
    """Returns the end of the shortest beginning of the text that has so many characters that count."""
    counted = (index for index, letter in enumerate(text, 1) if _size(letter))
    return next(index for number, index in enumerate(counted, 1) if number == size)


def _rule(cut: Cut, first: Line) -> str:
    """Returns the rule that made a cut, in words; `first` is the first line of the cut."""
    if cut.sign:
        return f"{cut.sign} that was sent to the author"
    if cut.kind is CutKind.DISCLAIMER:
        return "a legal notice or the footer of a list, below the quoted text"
    if cut.kind is CutKind.SIGNATURE:
        if first.mark is Mark.SIGNATURE:
            return "the HTML marks it as a signature"
        return "a mail program's line" if is_mobile_line(first.text) else 'the separator "-- " and what follows it'
    other = "the HTML marks it as a quote" if first.certain else _ATTRIBUTED
    return _QUOTE_RULES.get(cut.confidence, other)
