"""Finds the person's own words in a reply, and cuts the quotes, signatures and notices around them.

Doubtful text is kept. Each rule looks at a bounded number of lines of bounded length, so the time is linear.
"""

from collections.abc import Sequence

from schemas.records import Body, Cut, CutKind
from workers.parse.mime.charsets import clean
from workers.parse.text.html import html_lines
from workers.parse.text.line_labels import BY_QUOTE_SIGN, Kind, LineLabels
from workers.parse.text.lines import COLONS, Line, text_lines

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
    return extract_lines(text_lines(clean(text)), forward=forward, author=author)


def extract_html(html: str, *, forward: bool = False, author: str = "") -> Reply:
    """Finds the person's own words in an HTML text: its structure marks quotes, then the rules for plain text apply."""
    return extract_lines(html_lines(clean(html), forward=forward), forward=forward, author=author)


def extract_lines(lines: Sequence[Line], *, forward: bool = False, author: str = "") -> Reply:
    """Finds the person's own words in lines with marks.

    Only lines above the first and below the last own line are cut: quotes between own lines stay.
    """
    labels = LineLabels(lines, forward=forward, author=author)
    own = labels.own()
    if own:
        labels.label(labels.end, len(lines), Kind.QUOTE, labels.confidence[-1])
    else:
        own = _without_own_words(labels)
    first, last = (own[0], own[-1]) if own else (len(lines), len(lines) - 1)
    return _build(labels, first, _introduced(labels, last))


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

    If the last own line ends with a colon, the person meant the quote below it, so a quote that only has `>` is kept.
    """
    if last < 0 or last >= len(labels.lines) or not labels.lines[last].text.rstrip().endswith(COLONS):
        return last
    index = last + 1
    while index < labels.end and (
        labels.kinds[index] is Kind.BLANK
        or (labels.kinds[index] is Kind.QUOTE and labels.confidence[index] == BY_QUOTE_SIGN)
    ):
        index += 1
    return index - 1


def _build(labels: LineLabels, first: int, last: int) -> Reply:
    text = "\n".join(line.text.rstrip() for line in labels.lines[first : last + 1]).strip("\n")
    cuts = [*_cuts(labels, 0, first, 0), *_cuts(labels, last + 1, len(labels.lines), len(text))]
    return Reply(text=text, cut=tuple(cuts))


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
