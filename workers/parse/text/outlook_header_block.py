"""Recognises the header block that Outlook puts above a quoted mail: From, Sent, To, Subject, in any known language."""

import re
from collections.abc import Sequence

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.attribution_words import DATE, TIME, masked
from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import COLON, COLONS, Line, Mark, fold, is_rule

_MOST_LINES = 14
_LEAST_FIELDS = 3
_LONGEST_LABEL = 24
_LONGEST_LINE = 600  # characters searched for an address
_LONGEST_SENT = 120
_LONGEST_HEAD = 2000
_BROKEN_FROM = 50  # characters: a shorter line is not broken by a program
_MOST_BLANK = 2
_ADDRESS = re.compile(r"\S@\w")
_BRACKETED = re.compile(r"[<\[]\s?[^<>\[\]\s]{1,254}@\w")
_WRITER = re.compile(r"[^<>@:]{1,100}<[^<>@\s]{1,254}@[^<>@\s]{1,254}>")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_LABEL = re.compile(r"[^\W\d_][^\n:\uff1a]{0,23}?\s?[:\uff1a](?=\s|$)")

#: For each header field, the column of languages.toml that has its labels.
_COLUMNS = {"from": "from_", "sent": "sent", "to": "to", "subject": "subject"}
_LABELS: dict[str, frozenset[str]] = {}
for _row in LANGUAGES:
    for _field, _column in _COLUMNS.items():
        for _label in getattr(_row, _column):
            _key = fold(_label).casefold()
            _LABELS[_key] = _LABELS.get(_key, frozenset()) | {_field}
_BARE_LABELS = tuple(f"{label} " for label in _LABELS)
_WITHIN = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, _LABELS), key=len, reverse=True))})\s?[:\uff1a]", re.IGNORECASE
)


def header_block(lines: Sequence[Line], start: int) -> bool:
    """Returns whether a header block begins at line `start`.

    It has three fields, and what people leave out who copy a letter by hand: an address in brackets; or a subject or an
    address, with a time of day or below a rule. "From: London", "To: Paris", "Date: 3 May 10:00" is none.
    Or it begins with the writer and the date and time of sending, as Windows Mail and Polymail write it.
    """
    first = _fields_of(lines[start].text)
    if not first & {"from", "sent", "subject"}:
        return False
    seen, texts = [first], [lines[start].text[:_LONGEST_LINE]]
    for line in lines[start + 1 : start + _MOST_LINES]:
        fields = _fields_of(line.text)
        if fields in seen:
            break  # a header block has each field only once
        if fields:
            seen.append(fields)
            texts.append(line.text[:_LONGEST_LINE])
    names = frozenset().union(*seen)
    if "from" not in names:
        return False
    if len(seen) >= _LEAST_FIELDS and len(names) >= _LEAST_FIELDS:
        if any(map(_BRACKETED.search, texts)):
            return True
        timed = any("sent" in fields and TIME in _value(text) for fields, text in zip(seen, texts, strict=True))
        if (timed or _is_ruled(lines, start)) and ("subject" in names or any(map(_ADDRESS.search, texts))):
            return True
    return "from" in first and _is_short(lines, start)


def is_introduced(lines: Sequence[Line], start: int) -> bool:
    """Returns whether a line that ends with a colon is above the lines with labels at `start`: "He sent me this:".

    Then the person put them there, and what is below. A mail program writes our marker below them.
    """
    if any(REPLY_MARKER in line.text for line in lines[start : start + _MOST_LINES]):
        return False
    for line in reversed(lines[max(0, start - _MOST_LINES) : start]):
        text = line.text.strip()
        if text and not (_LABEL.match(text[: 2 * _LONGEST_LABEL]) and not text.endswith(COLONS)):
            return text.endswith(COLONS) and any(map(str.isalpha, text)) and line.mark is Mark.NONE
    return False


def _is_short(lines: Sequence[Line], start: int) -> bool:
    """Returns whether "From" and "Sent" with date and time are at `start`, and an address or "To" is with them.

    Without "To", a blank line must be below, or a rule above.
    """
    if start + 1 >= len(lines) or (start and _fields_of(lines[start - 1].text)):
        return False
    sent, below = lines[start + 1].text, lines[start + 2].text if start + 2 < len(lines) else ""
    value = _value(sent)
    if "sent" not in _fields_of(sent) or TIME not in value or not (DATE in value or _YEAR.search(value)):
        return False
    if "to" in _fields_of(below):
        return True
    apart = not below.strip() or _is_ruled(lines, start)
    return apart and bool(_ADDRESS.search(lines[start].text[:_LONGEST_LINE]))


def _value(text: str) -> str:
    """Returns what is behind the label, with the date and the time masked."""
    return masked(fold(COLON.split(text[:_LONGEST_SENT], maxsplit=1)[-1]))


def name_and_recipient(lines: Sequence[Line], start: int) -> bool:
    """Returns whether a paragraph of just "NAME <ADDRESS>" and "To: ADDRESS" is at `start`, as Polymail writes it."""
    if start + 1 >= len(lines) or (start and lines[start - 1].text.strip()):
        return False
    writer, to = (line.text.strip()[:_LONGEST_LINE] for line in lines[start : start + 2])
    if not writer.endswith(">") or not _WRITER.fullmatch(writer):
        return False
    alone = start + 2 == len(lines) or not lines[start + 2].text.strip()
    return alone and "to" in _fields_of(to) and bool(_ADDRESS.search(to))


def _is_ruled(lines: Sequence[Line], start: int) -> bool:
    """Returns whether a rule is above line `start`, or above the blank line there."""
    above = [line.text for line in lines[max(0, start - 2) : start]]
    return bool(above) and is_rule(above[-1] if above[-1].strip() else above[0])


def labelled_block(lines: Sequence[Line], start: int) -> bool:
    """Returns whether lines with labels in any language begin at `start`: three or more, with an address and a time.

    This is the header block of a mail only under a heading: a person may write such a list, too.
    """
    texts: list[str] = []
    for line in lines[start : start + _MOST_LINES]:
        if not _is_labelled(line.text.lstrip("> "), headed=True):
            break
        texts.append(line.text[:_LONGEST_LINE])
    values = [masked(fold(_LABEL.sub("", text, count=1))) for text in texts]
    return len(texts) >= _LEAST_FIELDS and any(map(_ADDRESS.search, texts)) and any(TIME in value for value in values)


def quote_below(lines: Sequence[Line], start: int, *, headed: bool) -> int | None:
    """Returns where a marked quote begins right below the header block at `start`; None if the text below has no `>`.

    `headed`: the block has a heading, which is at `start`. The labels need no colon there, as eM Client writes them,
    and the block may be missing.
    """
    rest = lines[start + headed : start + _MOST_LINES]
    texts = [line.text.strip() if line.mark is Mark.NONE else "" for line in rest]
    first = next((index for index, line in enumerate(rest) if line.mark or texts[index]), 0) if headed else 0
    index, fields = first, 0
    while (
        index < len(texts)
        and texts[index]
        and (_is_labelled(texts[index], headed=headed) or (fields and _goes_on(texts[index - 1])))
    ):
        fields += _is_labelled(texts[index], headed=headed)
        index += 1
    if fields == 1 or not (fields or headed) or (fields and not any(map(_ADDRESS.search, texts[first:index]))):
        return None
    for place in range(index, min(index + 1 + _MOST_BLANK, len(rest))):
        if rest[place].mark is Mark.QUOTE:
            return start + headed + place
        if texts[place]:
            return None
    return None


def _is_labelled(text: str, *, headed: bool) -> bool:
    """Returns whether a line begins with a label of any language; with `headed`, a known label needs no colon."""
    if _LABEL.match(text.lstrip("*_•")[: 2 * _LONGEST_LABEL]):
        return True
    return headed and fold(text[: 2 * _LONGEST_LABEL]).casefold().startswith(_BARE_LABELS)


def _goes_on(text: str) -> bool:
    """Returns whether the value of a header field may go on below this line."""
    return len(text) >= _BROKEN_FROM or text.endswith((",", ";"))


def header_block_within(text: str) -> int | None:
    """Returns where a header block begins that a program wrote in one line, at the end of `text`; None for none."""
    offset = max(0, len(text) - _LONGEST_HEAD)
    found = [(match.start(), _fields_of(match[0])) for match in _WITHIN.finditer(text, offset)]
    for number, (start, fields) in enumerate(found):
        names = frozenset().union(*(other for _, other in found[number : number + _MOST_LINES]))
        if fields & {"from", "sent"} and len(names) >= _LEAST_FIELDS and "from" in names:
            return start
    return None


def is_header_field(text: str) -> bool:
    """Returns whether a line begins with a known label of a header field."""
    return bool(_fields_of(text))


def _fields_of(text: str) -> frozenset[str]:
    """Returns the header fields that the label of this line may mean: "De:" and "A:" may mean two."""
    head = text[: 2 * _LONGEST_LABEL]
    colon = COLON.search(head)
    if colon is None or head[: colon.start()][-1:].isdigit():
        return frozenset()  # as nearly all lines: no colon, or a time
    label = COLON.split(fold(head).lstrip("*_>• "), maxsplit=1)[0]
    return _LABELS.get(label.strip(" *_").casefold(), frozenset())
