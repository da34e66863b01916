"""Finds the person's own words in a reply, and cuts the quotes, signatures and notices around them.

Doubtful text is kept. Each rule looks at a bounded number of lines of bounded length, so the time is linear.
"""

from collections.abc import Sequence
from itertools import groupby

from schemas.own_mail import REPLY_MARKER
from schemas.records import Body, Cut, CutKind
from workers.parse.mime.charsets import clean
from workers.parse.text.attributions import begins_with_attribution
from workers.parse.text.broken_lines import mark_broken
from workers.parse.text.html import html_lines
from workers.parse.text.labels import Kind
from workers.parse.text.line_labels import LineLabels
from workers.parse.text.lines import COLONS, Line, Mark, text_lines
from workers.parse.text.one_line import split_lines
from workers.parse.text.outlook_header_block import header_block

#: `text` has the person's own words, `cut` the pieces cut around it, in order, each with its offset.
Reply = Body

_CUT_KINDS = {
    Kind.QUOTE: CutKind.QUOTE,
    Kind.SIGNATURE: CutKind.SIGNATURE,
    Kind.MOBILE: CutKind.SIGNATURE,
    Kind.FOOTER: CutKind.DISCLAIMER,
}


def extract(text: str, *, forward: bool = False, author: str = "") -> Reply:
    """Finds the person's own words in a plain text: `extract("Yes.\\n\\n> Shall we?").text == "Yes."`.

    `forward`: the subject says that the mail is a forward, so a header block begins content, not a quote. `author`: the
    name in the From field, with which a signature may begin. The text of the result is empty only when all of the text
    is certainly quoted or added by a mail program.
    """
    return extract_lines(mark_broken(text_lines(clean(text))), forward=forward, author=author)


def extract_html(html: str, *, forward: bool = False, author: str = "") -> Reply:
    """Finds the person's own words in an HTML text: its structure marks quotes, then the rules for plain text apply."""
    return extract_lines(html_lines(clean(html), forward=forward), forward=forward, author=author)


def extract_lines(lines: Sequence[Line], *, forward: bool = False, author: str = "") -> Reply:
    """Finds the person's own words in lines with marks.

    Only lines above the first and below the last own line are cut: quotes between own lines stay. But the quote below
    an attribution that stays, as a person's words may be in front, is cut if no other own line is above.
    """
    lines, continued, near = split_lines(lines)
    labels = LineLabels(lines, near, forward=forward, author=author)
    own = labels.own()
    if own:
        labels.label(labels.end, len(lines), Kind.QUOTE, labels.confidence[-1])
    else:
        own = _without_own_words(labels)
    first, last = (own[0], own[-1]) if own else (len(lines), len(lines) - 1)
    return _build(labels, first, _introduced(labels, last), continued)


def _without_own_words(labels: LineLabels) -> list[int]:
    """Returns the indices to keep if no line is labelled as own.

    These are the lines from `end` on, unless the text quotes casemail's own mail; else signatures, and quotes that are
    not certain.
    """
    total = len(labels.lines)
    if labels.end < total and not labels.marked:
        return [index for index in range(labels.end, total) if labels.kinds[index] is not Kind.BLANK]
    if labels.end < total:
        labels.label(labels.end, total, Kind.QUOTE, labels.confidence[-1])
    quoted = (labels.sure or labels.marked) and not labels.forward
    keep = {Kind.SIGNATURE} if quoted else {Kind.SIGNATURE, Kind.QUOTE}
    return [index for index in range(total) if labels.kinds[index] in keep]


def _introduced(labels: LineLabels, last: int) -> int:
    """Returns the index of the last line to keep.

    If the last own line ends with a colon, the person meant the quote below it, so the quote is kept, unless a mail
    program put it there: such a quote begins with an attribution or a header block, or quotes casemail's own mail.
    """
    if (
        last < 0
        or last >= len(labels.lines)
        or last in labels.glued
        or not labels.lines[last].text.rstrip().endswith(COLONS)
    ):
        return last
    index = last + 1
    while index < labels.end and labels.kinds[index] in (Kind.BLANK, Kind.QUOTE) and not _by_program(labels, index):
        index += 1
    quote = "\n".join(line.text for line in labels.lines[last + 1 : index])
    return last if REPLY_MARKER in quote else index - 1


def _by_program(labels: LineLabels, index: int) -> bool:
    """Returns whether an attribution or a header block is at this line of a quote."""
    line = labels.lines[index]
    if labels.kinds[index] is Kind.BLANK:
        return False
    return line.mark is Mark.NONE or begins_with_attribution(line) or header_block(labels.lines, index)


def _build(labels: LineLabels, first: int, last: int, continued: frozenset[int]) -> Reply:
    """Returns the reply that keeps the lines from `first` to `last`; `continued` are those that continue a line."""
    again = _below_glued(labels, first, last)
    kept = [*range(first, min(first + 1, again)), *range(again, last + 1)]
    pieces = [
        ("" if index == first or index in continued else "\n")
        + (labels.lines[index].text if index + 1 in continued and index < last else labels.lines[index].text.rstrip())
        for index in kept
    ]
    text = "".join(pieces).strip("\n")
    between = _cuts(labels, first + 1, again, len(pieces[0])) if again > first + 1 else []
    cuts = [*_cuts(labels, 0, first, 0), *between, *_cuts(labels, last + 1, len(labels.lines), len(text))]
    return Reply(
        text=text, cut=tuple(cuts), quoted=_marked([labels.lines[index] for index in kept if index not in continued])
    )


def _below_glued(labels: LineLabels, first: int, last: int) -> int:
    """Returns the index of the first line to keep below the quote of an attribution that stays at `first`; `first` if
    there is no such quote."""
    if first not in labels.glued:
        return first
    own = first + 1
    while own <= last and labels.kinds[own] in (Kind.QUOTE, Kind.BLANK):
        own += 1
    quoted = own <= last and labels.kinds[own] is Kind.OWN and Kind.QUOTE in labels.kinds[first:own]
    while quoted and labels.kinds[own - 1] is Kind.BLANK:
        own -= 1
    return own if quoted else first


def _marked(lines: Sequence[Line]) -> tuple[tuple[int, int], ...]:
    """Returns the first and last number of each run of lines that the HTML marks as quoted; the first has text."""
    found = [number for number, (_, mark, certain) in enumerate(lines) if certain and mark is Mark.QUOTE]
    runs = [list(run) for _, run in groupby(enumerate(found), key=lambda one: one[1] - one[0])]
    return tuple((run[0][1], run[-1][1]) for run in runs)


def _cuts(labels: LineLabels, start: int, stop: int, before: int) -> list[Cut]:
    """Returns the lines from `start` to before `stop` as cuts, a cut for each run of lines of the same kind."""
    cuts: list[Cut] = []
    index, blank = start, Kind.BLANK
    while index < stop:
        kind, begin, end = labels.kinds[index], index, index
        while index < stop and ((found := labels.kinds[index]) is kind or found is blank):
            index += 1
            end = end if found is blank else index
        if kind is not blank:
            text = "\n".join([line.text for line in labels.lines[begin:end]])
            cuts.append(Cut(kind=_CUT_KINDS[kind], before=before, text=text, confidence=labels.confidence[begin]))
    return cuts
