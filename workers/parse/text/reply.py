"""The person's own words in an answer, and what was cut from around them.

Unsure means: the text stays. Every rule looks at a bounded number of bounded lines, so the time is linear.
"""

from collections.abc import Sequence

from schemas.records import Body, Cut, CutKind
from workers.parse.mime.charsets import clean
from workers.parse.text.html import html_lines
from workers.parse.text.line_labels import ANGLES, Kind, LineLabels
from workers.parse.text.lines import COLONS, Line, text_lines

#: `text`: what the person wrote; `cut`: what stood around it, in order, each with the offset at which it stood.
Reply = Body

_CUT_KINDS = {
    Kind.QUOTE: CutKind.QUOTE,
    Kind.SIGNATURE: CutKind.SIGNATURE,
    Kind.MOBILE: CutKind.SIGNATURE,
    Kind.FOOTER: CutKind.DISCLAIMER,
}


def extract(text: str, *, forward: bool = False, author: str = "") -> Reply:
    """Find the person's own words in a plain text.

    `forward`: the subject says that the mail is a forward; then a header block begins content, not a quote. `author`:
    the name in the From field, by which a signature of name and role is known. The result is empty only when the text
    holds nothing but what is surely quoted, or added by a mail program.
    """
    return extract_lines(text_lines(clean(text)), forward=forward, author=author)


def extract_html(html: str, *, forward: bool = False, author: str = "") -> Reply:
    """Find the person's own words in an HTML text: its structure marks quotes, then the rules for plain text apply."""
    return extract_lines(html_lines(clean(html), forward=forward), forward=forward, author=author)


def extract_lines(lines: Sequence[Line], *, forward: bool = False, author: str = "") -> Reply:
    """Find the person's own words in lines that carry what the structure says.

    Only what stands before the first and after the last own line is cut: in an interleaved answer the quotes between
    stay.
    """
    survey = LineLabels(lines, forward=forward, author=author)
    own = survey.own()
    if own:
        survey.label(survey.end, len(lines), Kind.QUOTE, survey.confidence[-1])
    else:
        own = _without_own_words(survey)
    first, last = (own[0], own[-1]) if own else (len(lines), len(lines) - 1)
    return _build(survey, first, _introduced(survey, last))


def _without_own_words(survey: LineLabels) -> list[int]:
    """The lines to keep where none is surely the person's own: all of them, unless there is surely a quote."""
    total = len(survey.lines)
    if survey.end < total and not survey.marked:
        return [index for index in range(survey.end, total) if survey.kinds[index] is not Kind.BLANK]
    if survey.end < total:
        survey.label(survey.end, total, Kind.QUOTE, survey.confidence[-1])
    quoted = (survey.sure or survey.marked) and not survey.forward
    keep = {Kind.SIGNATURE} if quoted else {Kind.SIGNATURE, Kind.QUOTE}
    return [index for index in range(total) if survey.kinds[index] in keep]


def _introduced(survey: LineLabels, last: int) -> int:
    """The last line to keep: a quote without attribution under an own line that ends with a colon was put there."""
    if last < 0 or last >= len(survey.lines) or not survey.lines[last].text.rstrip().endswith(COLONS):
        return last
    index = last + 1
    while index < survey.end and (
        survey.kinds[index] is Kind.BLANK or (survey.kinds[index] is Kind.QUOTE and survey.confidence[index] == ANGLES)
    ):
        index += 1
    return index - 1


def _build(survey: LineLabels, first: int, last: int) -> Reply:
    text = "\n".join(line.text.rstrip() for line in survey.lines[first : last + 1]).strip("\n")
    cuts = [*_cuts(survey, 0, first, 0), *_cuts(survey, last + 1, len(survey.lines), len(text))]
    return Reply(text=text, cut=tuple(cuts))


def _cuts(survey: LineLabels, start: int, stop: int, before: int) -> list[Cut]:
    """The lines from `start` to before `stop` as cuts, one for each stretch of one kind."""
    cuts: list[Cut] = []
    index, blank = start, Kind.BLANK
    while index < stop:
        kind, begin, end = survey.kinds[index], index, index
        while index < stop and ((found := survey.kinds[index]) is kind or found is blank):
            index += 1
            end = end if found is blank else index
        if kind is not blank:
            text = "\n".join([line.text for line in survey.lines[begin:end]])
            cuts.append(Cut(kind=_CUT_KINDS[kind], before=before, text=text, confidence=survey.confidence[begin]))
    return cuts
