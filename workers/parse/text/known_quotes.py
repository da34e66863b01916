"""Finds the quote in a reply by the updates that its author was sent, whatever the mail program did to it.

Lines of the notice (`known_lines`) are marked as a quote, and lines in a cut quote that the notice lacks come back;
then the rules of `reply` decide as for any quote.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from schemas.own_mail import SentUpdate
from schemas.records import Body, Cut, CutKind
from workers.parse.text.alignment import chains
from workers.parse.text.known_lines import Row, aligned, find_known, find_own, joined, without_sign
from workers.parse.text.known_notice import Notice
from workers.parse.text.lines import COLONS, Line, Mark, initials_in, text_line
from workers.parse.text.reply import extract_lines
from workers.parse.text.squashed import squash

#: How certain it is that lines of a notice are quoted.
BY_UPDATE = 0.97

_LONGEST = 60_000  # characters; a longer text stays as it is
_SHORT = 400  # characters; in a longer text that quotes one update, others are looked for
#: Stands for the lines cut above, so that the first line that is left does not look like the first of the mail.
_CUT_ABOVE = Row(">", cut=0, quoted=True, certain=True, known=True)
_MOST_ABOVE = 8  # lines of an attribution that a new quote may have


def own_words(body: Body, sent: Iterable[SentUpdate], *, forward: bool = False, author: str = "") -> Body:
    """Finds the person's own words in a body that `reply` has read, now with the updates that the person was sent.

    `sent`: the answered update first. `forward` and `author` as in `reply.extract`. Returns the same body if the
    updates show nothing new. Own words stay, also if they repeat an update; in doubt all stays as it is.
    """
    if forward or len(body.text) + sum(len(cut.text) for cut in body.cut) > _LONGEST:
        return body
    found = False
    for update in sent:
        if found and len(body.text) < _SHORT:
            break
        notice = Notice(update)
        changed = _with(notice, body, author)
        found = found or changed is not None
        body = changed or body
    return body


def _with(notice: Notice, body: Body, author: str) -> Body | None:
    """Returns the body after a look at one notice; None if it is not in the mail."""
    rows = _rows(body)
    mail = squash([row.text if row.cut < 0 or row.quoted else "" for row in rows])
    found = chains(mail, notice)
    if not any(chain.covers(notice.start, notice.stop) for chain in found):
        return None
    rows = aligned(rows, mail, found, notice)
    find_known(rows, notice)
    find_own(rows, mail, found, notice)
    rows = joined(rows)
    new = [index for index, row in enumerate(rows) if row.restored or (row.known and row.cut < 0)]
    return _cut_again(body, rows, notice, author) if new else body


def _rows(body: Body) -> list[Row]:
    """Returns the lines of the mail in their order, kept and cut."""
    marked = {line for first, last in body.quoted for line in range(first, last + 1)}
    initials = initials_in(body.text)
    kept = [
        Row(text, quoted=number in marked or _has_sign(text, initials), certain=number in marked)
        for number, text in enumerate(body.text.split("\n") if body.text else ())
    ]
    rows: list[Row] = []
    done = 0
    for index, cut in enumerate(body.cut):
        place = body.text.count("\n", 0, cut.before) + 1 if cut.before else 0
        rows += [*kept[done:place], *_cut_rows(index, cut)]
        done = place
    return [*rows, *kept[done:]]


def _has_sign(text: str, initials: tuple[str, ...]) -> bool:
    return text_line(text).mark is Mark.QUOTE or (bool(initials) and text.startswith(initials))


def _cut_rows(index: int, cut: Cut) -> list[Row]:
    quoted = cut.kind is CutKind.QUOTE
    return [Row(text, index, quoted=quoted, certain=quoted) for text in cut.text.split("\n")]


def _cut_again(body: Body, rows: Sequence[Row], notice: Notice, author: str) -> Body:
    """Returns the body, cut by the rules of `reply` with the new marks; the same body if they cut more than a quote."""
    used = [index for index, row in enumerate(rows) if row.cut < 0 or row.restored]
    first, last = used[0], used[-1] + 1
    middle = [_CUT_ABOVE, *rows[first:last]]
    lines = _lines(middle)
    found = extract_lines(lines, author=author)
    if not found.cut or not _is_fair(found, middle, lines):
        return body
    sign = _sign(middle, notice)
    start, *others = found.cut
    start = start.model_copy(update={"text": start.text.partition("\n")[2].lstrip("\n")})
    new = [_signed(cut, sign) for cut in (start, *others) if cut.text]
    at = len(found.text)
    below = [cut.model_copy(update={"before": at}) for cut in _rest(body, rows[last:])]
    return found.model_copy(update={"cut": (*_rest(body, rows[:first]), *new, *below)})


def _lines(rows: Sequence[Row]) -> list[Line]:
    lines: list[Line] = []
    above = False  # the last line with words was restored
    introduced = False  # a person's words that end with a colon mean the quote below them
    for row in rows:
        if row.restored:
            lines.append(Line(without_sign(row.text)))
        elif above and not without_sign(row.text):
            lines.append(Line(""))
        elif row.cut >= 0 and not row.quoted:
            lines.append(Line(row.text, Mark.SIGNATURE, certain=True))
        elif row.known or row.certain:
            lines.append(Line(row.text, Mark.QUOTE, certain=not introduced) if row.text.strip() else Line(row.text))
        else:
            lines.append(Line(row.text, Mark.QUOTE) if row.quoted else text_line(row.text))
        above = row.restored or (above and not without_sign(row.text))
        if row.text.strip() and not (row.known or row.quoted):
            introduced = row.text.rstrip().endswith(COLONS)
    return lines


def _is_fair(found: Body, rows: Sequence[Row], lines: Sequence[Line]) -> bool:
    """Returns whether the cuts have, besides lines of the notice, only what belongs to them.

    In a quote these are some lines above the notice. A signature or a footer has its own rules, also below words that
    were restored.
    """
    ends = list(accumulate(_size(line.text) for line in lines))
    at = before = 0
    for cut in found.cut:
        at += _size(found.text[before : cut.before])
        before = cut.before
        stop = at + _size(cut.text)
        piece = [row for row in rows[bisect_right(ends, at) : bisect_left(ends, stop) + 1] if row.text.strip()]
        piece = [row for row in piece if row is not _CUT_ABOVE]
        other = [index for index, row in enumerate(piece) if not (row.known or row.quoted)]
        on_top = len(other) <= _MOST_ABOVE and len(other) < len(piece) and other == list(range(len(other)))
        if cut.kind is CutKind.QUOTE and (any(row.restored for row in piece) or (other and not on_top)):
            return False
        at = stop
    return True


def _size(text: str) -> int:
    """Returns the number of characters besides white space."""
    return len("".join(text.split()))


def _sign(rows: Sequence[Row], notice: Notice) -> str:
    """Returns in words which part of the update the lines are."""
    spans = [span for row in rows if row.known and row.cut < 0 for span in row.spans()]
    if not spans:
        return ""
    first, last = (notice.word(at) for at in (min(spans)[0], max(end for _, end in spans) - 1))
    if first == last == 0:
        return "words of the notice around the update"
    return f"words {max(1, first)} to {last} of the {notice.count} words of the update"


def _signed(cut: Cut, sign: str) -> Cut:
    quote = bool(sign) and cut.kind is CutKind.QUOTE
    return cut.model_copy(update={"sign": sign, "confidence": BY_UPDATE}) if quote else cut


def _rest(body: Body, rows: Sequence[Row]) -> list[Cut]:
    """Returns the cuts of these rows, without the lines that were restored or stand beside restored lines."""
    numbers = dict.fromkeys(row.cut for row in rows)
    return [
        body.cut[number].model_copy(update={"text": "\n".join(row.text for row in rows if row.cut == number)})
        for number in numbers
    ]
