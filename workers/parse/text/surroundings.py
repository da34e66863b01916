"""Labels what stands around a person's words: banners above them, signatures, closings and footers below them."""

from collections.abc import Sequence

from workers.parse.text.labels import BY_AUTHOR_NAME, BY_JOINED_LINE, BY_NOTICE, BY_SEPARATOR, Kind, Labels
from workers.parse.text.mobile_lines import is_apology, is_mobile_line, may_follow
from workers.parse.text.notices import banner_at_top, footer_at_end, is_notice_below_quote
from workers.parse.text.signatures import author_block, is_closing_below_quote, separator

_ABOVE_AND_BELOW = 2
_QUESTIONS = ("?", "\uff1f", "\u061f", "\u037e")
_MOST_ABOVE = 40  # lines that a banner takes, with blank lines


def find_signatures(labels: Labels, author: str, runs: Sequence[tuple[int, int]]) -> None:
    """Labels signatures, lines of mail programs and the author's name at the end of each run."""
    for first, last in runs:
        texts = [line.text for line in labels.lines[first:last]]
        found = separator(texts)
        if found is not None:
            labels.label(first + found, last, Kind.SIGNATURE, BY_SEPARATOR)
        _find_mobile(labels, first, last)
        _find_author(labels, author, first, last)


def _find_mobile(labels: Labels, first: int, last: int) -> None:
    """Labels the last lines of a run if a mail program wrote them; with more confidence in a separate paragraph."""
    index = _last_own(labels, first, last)
    if index > first and is_apology(labels.lines[index].text) and _is_mobile(labels, first, index - 1):
        labels.label(index, index + 1, Kind.MOBILE, BY_JOINED_LINE)
        index -= 1
    while index >= first and (confidence := _is_mobile(labels, first, index)):
        labels.label(index, index + 1, Kind.MOBILE, confidence)
        index = _last_own(labels, first, index)


def _is_mobile(labels: Labels, first: int, index: int) -> float:
    """Returns the confidence with which a line is one of a mail program, 0 if it is not."""
    text = labels.lines[index].text
    alone = index == first or labels.kinds[index - 1] is Kind.BLANK
    if not is_mobile_line(text):
        return 0
    if alone:
        return BY_SEPARATOR
    above = labels.lines[index - 1].text
    return BY_JOINED_LINE if may_follow(text, above) or is_mobile_line(above) else 0


def _last_own(labels: Labels, first: int, last: int) -> int:
    """Returns the index of the last own line from `first` to before `last`; `first` - 1 for none."""
    index = last - 1
    while index >= first and labels.kinds[index] is not Kind.OWN:
        index -= 1
    return index


def _find_author(labels: Labels, author: str, first: int, last: int) -> None:
    """Labels the author's name and role at the end of a run."""
    while last > first and labels.kinds[last - 1] is not Kind.OWN:
        last -= 1
    found = author_block([line.text for line in labels.lines[first:last]], author) if author else None
    if found is not None:
        labels.label(first + found, last, Kind.SIGNATURE, BY_AUTHOR_NAME)


def find_closing(labels: Labels, author: str, runs: Sequence[tuple[int, int]]) -> None:
    """Labels the closing and the name below the last quote if own words are above: a program quoted between them.

    The name without a closing is no answer if the quote has no question at its end, and the own words are above it.
    """
    while runs and Kind.OWN not in labels.kinds[slice(*runs[-1])]:
        runs = runs[:-1]
    if len(runs) < _ABOVE_AND_BELOW or not labels.sure or labels.end < len(labels.lines):
        return
    first, last = runs[-1]
    own = [index for index in range(first, last) if labels.kinds[index] is Kind.OWN]
    texts = [labels.lines[index].text for index in own]
    above = next((line.text for line in reversed(labels.lines[:first]) if line.text.strip("> ")), "")
    if is_closing_below_quote(texts, author, alone=not above.rstrip().endswith(_QUESTIONS)):
        for index in own:
            labels.label(index, index + 1, Kind.SIGNATURE, BY_AUTHOR_NAME)


def find_footers(labels: Labels, runs: Sequence[tuple[int, int]]) -> None:
    """Labels the footers that gateways and mailing lists added at the end, also below the quote."""
    below = labels.sure and len(runs) == _ABOVE_AND_BELOW and labels.end == len(labels.lines)
    for number, (first, last) in reversed(list(enumerate(runs))):
        texts = [line.text for line in labels.lines[first:last]]
        found = footer_at_end(texts, all_of_it=number > 0)
        if found != 0 and below and number == 1 and is_notice_below_quote(texts):
            found = 0
        if found is not None:
            labels.label(first + found, last, Kind.FOOTER, BY_NOTICE)
        if found != 0:
            break


def find_banner(labels: Labels) -> None:
    """Labels the warning of a gateway above the words."""
    top = 0
    while top < len(labels.lines) and labels.kinds[top] is not Kind.QUOTE and top < _MOST_ABOVE:
        top += 1
    found = banner_at_top([line.text for line in labels.lines[:top]])
    labels.label(0, found, Kind.FOOTER, BY_NOTICE)
