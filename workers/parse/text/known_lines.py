"""Decides for each line of a reply whether it is a part of a notice, or the person's own, by an alignment of both.

A line is known if all its words stand in the notice, in order, and there is evidence that a mail program put it there:
a mark, a line of the notice around the text, nearly all of a long text, or an attribution above.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from workers.parse.text.gaps import Chain, own_characters
from workers.parse.text.known_headers import Header, header_above
from workers.parse.text.known_notice import Notice
from workers.parse.text.lines import Line, Mark
from workers.parse.text.reply import extract_lines
from workers.parse.text.squashed import Squashed, squash

_MOST_BROKEN = 3  # lines of an attribution
_LEAST = 12  # characters that count; a shorter text proves nothing
_MOST_OF_IT, _LONG = 0.8, 200  # the part of a long update that needs no other evidence
_DECORATION = re.compile(r"\s{0,9}(?:[^\W\d_]{1,3}>\s?){0,9}[\s>|*#_=~\u2022\u00b7\u2010-\u2015\uff1e-]*")


@dataclass
class Row:
    """A line of the mail: kept, or of the cut with the index `cut`.

    `quoted`: a mark says so, or an earlier rule; `certain`: HTML, or an earlier rule. `own`: how many of its characters
    that count (from `start` to `stop`) are not in the notice. `chain` has the others. `known`: it is shown to be of the
    notice. `restored`: it was cut, and is the person's own. `whole`: the line of which this is the second part.
    `doubtful`: it is known as an attribution, but has the person's words if the mail has no others.
    """

    text: str
    cut: int = -1
    quoted: bool = False
    certain: bool = False
    start: int = 0
    stop: int = 0
    own: int = 0
    chain: Chain | None = None
    known: bool = False
    restored: bool = False
    whole: str = ""
    doubtful: bool = False

    @property
    def is_copy(self) -> bool:
        """Whether all that counts in it stands in the notice."""
        return self.chain is not None and not self.own

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing but blanks and quote signs."""
        return self.start == self.stop and _DECORATION.fullmatch(self.text) is not None

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yields the start and end in the notice of each stretch that the line has."""
        for run in self.chain.runs if self.chain else ():
            at, end = max(run.at, self.start), min(run.end, self.stop)
            if at < end:
                yield run.of + at - run.at, run.of + end - run.at


def aligned(rows: Sequence[Row], mail: Squashed, found: Sequence[Chain], notice: Notice) -> list[Row]:
    """Returns the rows with their chains. A row in which the notice begins behind other words becomes two."""
    own = own_characters(mail, found, notice)
    turn = iter(found)
    chain = next(turn, None)
    made: list[Row] = []
    for row, start, stop in zip(rows, mail.starts[:-1], mail.starts[1:], strict=True):
        while chain and chain.runs[-1].end <= start:
            chain = next(turn, None)
        row.start, row.stop, row.own = start, stop, sum(own[start:stop])
        if row.own < stop - start:
            row.chain = chain
        made += _split(row, notice)
    return made


def _split(row: Row, notice: Notice) -> Sequence[Row]:
    """Returns the row in two, if it is kept, and the notice begins in it and goes on to its end."""
    if not row.own or row.cut >= 0 or not row.chain:
        return (row,)
    at, of, _ = row.chain.runs[0]
    if row.own != at - row.start or of not in notice.beginnings or not row.chain.covers(notice.start, notice.stop):
        return (row,)  # a chain without the text is only the name of the notice's author
    low, high = 0, len(row.text)
    while low < high:
        middle = (low + high) // 2
        if len(squash([row.text[:middle]]).text) < row.own:
            low = middle + 1
        else:
            high = middle
    while low < len(row.text) and not row.text[low].isspace() and not squash([row.text[low]]).text:
        low += 1
    words = replace(row, text=row.text[:low], stop=at, chain=None)
    return words, replace(row, text=row.text[low:].lstrip(), start=at, own=0, whole=row.text)


def joined(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows with those put together again that were split in vain."""
    made: list[Row] = []
    for row in rows:
        if row.whole and not row.known:
            made[-1] = replace(row, text=row.whole, start=made[-1].start, own=made[-1].own, whole="")
        else:
            made.append(row)
    return made


def find_own(rows: Sequence[Row], mail: Squashed, found: Sequence[Chain], notice: Notice) -> None:
    """Finds the lines in cut quotes that the person wrote between the lines of the update.

    If there are such lines, or the mail would otherwise be empty, also the lines below the last of the update.
    """
    most = max(chain.covers(0, len(notice.text)) for chain in found)
    # the others are some words that the update also has
    copies = [chain for chain in found if chain.covers(0, len(notice.text)) >= max(_LEAST, most / 2)]
    frame = {notice.text[start:stop] for start, stop in notice.frame}
    for chain in copies:
        between = [(gap.at, gap.end) for gap in chain.insertions if notice.start <= gap.of <= notice.stop]
        between += chain.repeated if between else []
        for row in rows if between else ():
            if row.cut >= 0 and row.quoted and row.own and mail.text[row.start : row.stop] not in frame:
                row.restored |= any(at < row.stop and row.start < end for at, end in between)
    between_lines = any(row.restored for row in rows)
    if not between_lines and _has_own(rows) and not _is_attribution(rows, notice):
        return
    copies = [chain for chain in copies if chain.covers(notice.start, notice.stop)]
    if copies:
        deepest = max((_depth(row) for row in rows if row.chain is copies[-1] and row.is_copy), default=0)
        below = [row for row in rows if row.start >= copies[-1].runs[-1].end and row.quoted]
        alone = not between_lines and not _has_own(rows)
        _restore_below(list(takewhile(lambda row: _depth(row) <= deepest, below)), alone=alone)
    if not _has_own(rows):
        for row in rows:
            row.known = row.known and not row.doubtful


def _is_attribution(rows: Sequence[Row], notice: Notice) -> bool:
    """Returns whether the lines that were kept may be just the beginning of the quote's attribution, broken off.

    They name the notice's From, or the cut goes on with it in brackets.
    """
    kept = [index for index, row in enumerate(rows) if row.cut < 0 and row.start < row.stop and not row.known]
    texts = [rows[index].text for index in kept[: _MOST_BROKEN + 1]]
    below = rows[kept[-1] + 1].text.lstrip() if kept and kept[-1] + 1 < len(rows) else ""
    if below.startswith(("(", "<")):
        texts.append(below)
    named = " ".join(texts).casefold()
    return len(kept) <= _MOST_BROKEN and any(sign.casefold() in named for sign in notice.sent.signs[:2] if sign)


def _has_own(rows: Sequence[Row]) -> bool:
    return any(row.restored or (row.cut < 0 and not row.known and not row.is_empty) for row in rows)


def _depth(row: Row) -> int:
    """Returns how many quote signs are at the start of the row: what is deeper than a copy of the notice is older."""
    return sum(letter in ">\uff1e" for letter in row.text[: len(row.text) - len(without_sign(row.text))])


def _restore_below(rows: Sequence[Row], *, alone: bool) -> None:
    """Restores the lines below a quote, unless they are a signature, a notice or another quote.

    `alone`: the mail has no other own words, so that "Thanks, Ann" is the answer, and not the end of one.
    """
    own, quote = Line("x"), Line(">", Mark.QUOTE, certain=True)
    above = [quote, own, Line("")] if alone else [own, quote]
    lines = [*above, *(Line(without_sign(row.text)) for row in rows)]
    kept = extract_lines(lines).text.split("\n")[2:]
    if any(line.strip() for line in kept):
        for row in rows[: len(kept)]:
            row.restored = row.start < row.stop


def without_sign(text: str) -> str:
    """Returns the line without quote signs at its start."""
    return text.lstrip(" >\uff1e")


def find_known(rows: Sequence[Row], notice: Notice) -> None:
    """Finds the lines of the notice that a mail program quoted."""
    for index, row in enumerate(rows):
        if row.is_copy:
            row.known = row.cut >= 0 or _goes_on(rows[index - 1], row, notice) if index else row.cut >= 0
            if row.quoted and row.chain and not row.known:
                spans = [(run.of, run.of_end) for run in row.chain.runs]
                row.known = _is_notice(spans, spans, notice)
    for start, stop in list(_blocks(rows)):
        block = rows[start:stop]
        spans = [span for row in block for span in row.spans()]
        if any(row.chain and row.chain.edited for row in block) or not spans or not _reads_on(block, spans, notice):
            continue
        above = _header(rows, start, notice)
        attributed = above.lines and spans[0][0] <= notice.start and _of_text(spans, notice) >= _LEAST
        whole = [(run.of, run.of_end) for row in block[:1] if row.chain for run in row.chain.runs]
        if attributed or _is_notice(spans, whole, notice):
            for row in rows[start - above.lines : stop]:
                row.known = True
            _note_doubt(rows, start, above)
    _find_headers(rows, notice)
    _find_bare_signs(rows)


def _find_bare_signs(rows: Sequence[Row]) -> None:
    """Finds the quote signs that stand alone between known lines, also behind initials ("HL>")."""
    above = False  # the last line with words is known or was cut
    waiting: list[Row] = []
    for row in rows:
        if row.is_empty:
            waiting += [row] if above and row.cut < 0 and row.text.strip() else []
            continue
        if row.known:
            for sign in waiting:
                sign.known = True
        above, waiting = row.known or row.cut >= 0, []


def _find_headers(rows: Sequence[Row], notice: Notice) -> None:
    """Finds the attribution or header fields above a known beginning of the notice, if no earlier rule knew all of
    them."""
    above = Row("")  # the last line with words
    for index, row in enumerate(rows):
        if row.start == row.stop:
            continue
        begins = row.known and not above.known and next(row.spans(), (1, 1))[0] <= notice.start
        if begins and index and (above.cut < 0 or _is_below_kept(rows, index)):
            header = _header(rows, index, notice)
            for line in rows[index - header.lines : index]:
                line.known = line.known or line.cut < 0
            _note_doubt(rows, index, header)
        above = row


def _is_below_kept(rows: Sequence[Row], index: int) -> bool:
    """Returns whether the lines above the row `index` are the cut rest of an attribution whose first line stays."""
    while index and rows[index - 1].start == rows[index - 1].stop:
        index -= 1
    above = list(
        takewhile(lambda row: row.cut >= 0 and row.text.strip(), reversed(rows[max(0, index - _MOST_BROKEN) : index]))
    )
    return 0 < len(above) < min(index, _MOST_BROKEN) and bool(rows[index - len(above) - 1].text.strip())


def _note_doubt(rows: Sequence[Row], start: int, header: Header) -> None:
    for row in rows[start - header.lines : start]:
        row.doubtful = header.doubtful


def _header(rows: Sequence[Row], start: int, notice: Notice) -> Header:
    """Returns which lines above the row `start` are an attribution of the notice."""
    return header_above([Line(row.text) for row in rows[:start]], notice.sent.signs)


def _goes_on(above: Row, row: Row, notice: Notice) -> bool:
    """Returns whether the row continues a quoted line in the middle of a line of the update.

    Mail programs that wrap a quote mark only the first of the new lines.
    """
    if row.quoted or above.chain is not row.chain or not (above.is_copy and (above.quoted or above.known)):
        return False
    run = next((run for run in above.chain.runs if run.at < above.stop < run.end), None) if above.chain else None
    return run is not None and run.of + above.stop - run.at not in notice.lines


def _blocks(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yields start and stop of each run of kept lines without a mark that one chain has, without empty lines around."""
    start = None
    stop = 0
    for index, row in enumerate(rows):
        part = row.is_copy and row.cut < 0 and not row.quoted and not row.known
        if start is not None and not (part and rows[start].chain is row.chain) and not (row.cut < 0 and row.is_empty):
            yield start, stop
            start = None
        if part:
            start, stop = (index if start is None else start), index + 1
    if start is not None:
        yield start, stop


_Spans = Sequence[tuple[int, int]]


def _overlap(spans: _Spans, start: int, stop: int) -> int:
    return sum(max(0, min(end, stop) - max(at, start)) for at, end in spans)


def _of_text(spans: _Spans, notice: Notice) -> int:
    return _overlap(spans, notice.start, notice.stop)


def _is_notice(spans: _Spans, whole: _Spans, notice: Notice) -> bool:
    """Returns whether these are more than words that a person may repeat: nearly all of a long text, or a line of the
    notice around the text, while the `whole` chain has some of the text."""
    text, length = _of_text(spans, notice), notice.stop - notice.start
    framed = any(_overlap(spans, start, stop) >= max(_LEAST, stop - start) for start, stop in notice.frame)
    return (framed and _of_text(whole, notice) >= min(_LEAST, length)) or text >= max(_LONG, _MOST_OF_IT * length)


def _reads_on(block: Sequence[Row], spans: _Spans, notice: Notice) -> bool:
    """Returns whether the block does not end in a short line that may be an answer in words of the update.

    The rest of a broken line is none.
    """
    if spans[-1][1] >= notice.stop or block[-1].stop - block[-1].start >= _LEAST:
        return True
    last = next(block[-1].spans(), None)
    return last is not None and last[0] not in notice.lines and any(span[1] == last[0] for span in spans)
