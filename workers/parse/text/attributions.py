"""The lines with which mail programs introduce somebody else's words: attributions, header blocks, headings."""

import re
from collections.abc import Iterable, Sequence

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import COLONS, Line, Mark, fold, visible

_LONGEST_ATTRIBUTION = 600  # characters
_MOST_LINES = 4
_QUOTED = Mark.QUOTE
_BLOCK_LINES = 14
_LEAST_FIELDS = 3
_COLON = re.compile("[:\uff1a]")
_LONGEST_LABEL = 24
_LONGEST_HEADING = 200

_ADDRESS = re.compile(r"\S@\w")
_BRACKETED_ADDRESS = re.compile(r"[<(\[]\s?[^<>()\[\]\s]{1,254}@\w")
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\s?\d{1,2}")
# In a language that is not known: the address stands near the end, in brackets or not.
_UNKNOWN = re.compile(r"^.{0,200}\S@[^\s@]{1,100}(?:\s\S{1,20}){0,8}$")
_TIME = re.compile(r"\d{1,2}\s?[:.hH時时點点시]\s?\d{2}")
_RULE = re.compile(r"[-_=*\u2010-\u2015\u2501\s]{5,300}")
_DASHES = re.compile(r"[-_=*\u2010-\u2015\u2501]{2}")
_DASH = tuple("-_=*\u2010\u2011\u2012\u2013\u2014\u2015\u2501")
_HEADING_EDGES = " \t-_=*>\u2010\u2011\u2012\u2013\u2014\u2015\u2501:\uff1a"
_ENDING = 20  # characters
_DASHED = re.compile(r"-{2,10} ?(.*?) ?-{2,10}")
_NEWS = re.compile(r"news:\S{1,254}\.\.\.$")
_GROUPWISE = re.compile(r">>> .{1,200}?\S@\w.{1,200}?\d:\d\d.{0,10} >>>")
_LIKELY, _WHOLE = 2, 3
_LONGEST_NAME = 60
_ANSWER_WITHIN = 200  # lines


def any_of(templates: Iterable[str]) -> str:
    """A regular expression for any of these templates, in which `*` stands for any text of bounded length."""
    patterns = {r".{0,300}?".join(map(re.escape, visible(template).split("*"))) for template in templates}
    return "|".join(sorted(patterns, key=len, reverse=True))


_WROTE = [template for row in LANGUAGES for template in row.wrote]
_STARTED = re.compile(rf"\W{{0,2}}(?:{any_of(w for w in _WROTE if w[0] != '*')})\W{{0,3}}$", re.IGNORECASE)
_NAMED = re.compile(rf"(?:{any_of(w.lstrip('* ') for w in _WROTE if w[0] == '*')})\W{{0,3}}$", re.IGNORECASE)

_COLUMNS = {"from": "from_", "sent": "sent", "to": "to", "subject": "subject"}
_LABELS: dict[str, frozenset[str]] = {}
for _row in LANGUAGES:
    for _kind, _column in _COLUMNS.items():
        for _label in getattr(_row, _column):
            _key = fold(_label).casefold()
            _LABELS[_key] = _LABELS.get(_key, frozenset()) | {_kind}
_ORIGINAL = {fold(phrase).casefold() for row in LANGUAGES for phrase in row.original}
_FORWARDED = {fold(phrase).casefold() for row in LANGUAGES for phrase in row.forwarded}
_FORWARD_PREFIX = {prefix.casefold() for row in LANGUAGES for prefix in row.forward_prefix}


def attribution(lines: Sequence[Line], start: int) -> tuple[int, bool] | None:
    """Read an attribution that begins at line `start`: the index after it, and whether a quote follows.

    An attribution runs over at most four lines, ends with a colon, and says when, or from which address. One that no
    quote follows must have an address in brackets: "On 3 May I wrote to the court and they wrote:" has none.
    """
    end = _colon_line(lines, start)
    if end is None:
        return None
    joined = [fold(" ".join(line.text for line in lines[first:end])) for first in range(start, end)]
    certainty = [_certainty(candidate) for candidate in joined]
    if end == start + 1 and not certainty[0]:
        return (end, True) if _name_and_quote(lines, start, joined[0]) else None
    if not certainty[0] or max(certainty[1:], default=0) >= certainty[0]:
        return None  # nothing, or it begins at a later line
    if quote_follows(lines, end):
        return end, True
    return (end, False) if certainty[0] > 1 and _BRACKETED_ADDRESS.search(joined[0]) else None


def attribution_and_text(line: str) -> bool:
    """Whether a line is an attribution, two spaces and the quoted text, as Yahoo on telephones writes it."""
    head, spaces, text = line[:_LONGEST_ATTRIBUTION].partition(":  ")
    return bool(spaces and text.strip() and _BRACKETED_ADDRESS.search(head)) and _certainty(fold(head) + ":") > _LIKELY


def is_groupwise(line: str) -> bool:
    """Whether a line is an attribution of GroupWise, under which the quoted text has no signs."""
    return line.startswith(">>> ") and bool(_GROUPWISE.fullmatch(line.rstrip()[:_LONGEST_ATTRIBUTION]))


def may_begin(lines: Sequence[Line]) -> list[bool]:
    """For each line, whether it may begin an attribution, a header block or a heading at all; quick, for most may not.

    A line that may end an attribution is at most four lines on, in the same paragraph; or it has a colon, a dash in
    front, or our marker.
    """
    found = [False] * len(lines)
    left = 0
    for index in range(len(lines) - 1, -1, -1):
        text, mark, _ = lines[index]
        if mark is _QUOTED:
            left = 0
            continue
        if (not text[-1:].isalnum() and _ends(text.rstrip())) or _is_quoted(lines, index + 1):
            left = _MOST_LINES
        elif not text:
            left = 0
        found[index] = (
            left > 0 or ":" in text or "\uff1a" in text or text.lstrip().startswith(_DASH) or REPLY_MARKER in text
        )
        left -= 1
    return found


def _colon_line(lines: Sequence[Line], start: int) -> int | None:
    """The index after the first line from `start` on that may end an attribution, in one paragraph and four lines.

    It ends with a colon, or a quote follows.
    """
    for end in range(start, min(start + _MOST_LINES, len(lines))):
        text = lines[end].text.rstrip()
        if not text or lines[end].mark is not Mark.NONE or len(text) > _LONGEST_ATTRIBUTION:
            return None
        if _ends(text) or _is_quoted(lines, end + 1):
            return end + 1
    return None


def _is_quoted(lines: Sequence[Line], index: int) -> bool:
    """Whether a quote begins here, or under one blank line."""
    for line in lines[index : index + 2]:
        if line.mark is _QUOTED or line.text:
            return line.mark is _QUOTED
    return False


def _ends(text: str) -> bool:
    """Whether a line ends with a colon, or as Zoho (dashes around) or Outlook Express (an article id) end theirs."""
    last = text[-1:]
    if last.isalnum() or last in ",;!?)" or (last == "." and text[-2:] != ".."):  # nearly every line, or none is left
        return False
    if text.startswith("--"):
        return bool(_DASHED.fullmatch(fold(text)))
    return fold(text[-_ENDING:]).endswith(COLONS) or bool(_NEWS.search(text[-_LONGEST_ATTRIBUTION:]))


def _name_and_quote(lines: Sequence[Line], start: int, line: str) -> bool:
    """Whether a text begins with only "NAME wrote:", a quote, and then an answer, as in newsgroups."""
    if len(line) > _LONGEST_NAME or not _NAMED.search(line) or any(lines[above].text.strip() for above in range(start)):
        return False
    below = lines[start + 1 : start + _ANSWER_WITHIN]
    return quote_follows(lines, start + 1) and any(own.text.strip() and own.mark is Mark.NONE for own in below)


def _certainty(line: str) -> int:
    """0: no attribution; 1: one if a quote follows; 2: very likely one; 3: one from its first word to its last.

    Without a colon at the end it must be one from its first word to its last.
    """
    if len(line) > _LONGEST_ATTRIBUTION:
        return 0
    if not _ends(line):
        return _WHOLE if _STARTED.match(line) and _ADDRESS.search(line) and _DATE.search(line) else 0
    dashed = _DASHED.fullmatch(line)
    line = dashed[1] if dashed else line
    address, date = bool(_ADDRESS.search(line)), bool(_DATE.search(line))
    if not address and not date:
        return 0
    timed = date and bool(_TIME.search(line))
    if _STARTED.match(line):
        return _WHOLE if address and date else 1
    if _NAMED.search(line):
        return _LIKELY if address and date else 1
    return _LIKELY if timed and address and _UNKNOWN.search(line) else 0


def begins_with_attribution(line: Line) -> bool:
    """Whether this quoted line is an attribution, as mail programs of telephones quote theirs too."""
    return _certainty(fold(line.text[:_LONGEST_ATTRIBUTION]).lstrip("> \uff1e")) > 1


def quote_follows(lines: Sequence[Line], start: int) -> bool:
    """Whether the next line with text, at most three lines on, is quoted or the reply marker."""
    for line in lines[start : start + 4]:
        if line.text.strip():
            return line.mark is Mark.QUOTE or REPLY_MARKER in line.text
    return False


def header_block(lines: Sequence[Line], start: int) -> bool:
    """Whether a block of quoted header fields (From, Sent, To, Subject in any of the languages) begins at `start`.

    It has a subject or an address: a list such as "From: London", "To: Paris", "Date: 3 May" has neither.
    """
    first = _label_kinds(lines[start].text)
    if not first & {"from", "sent", "subject"}:
        return False
    seen, address = [first], bool(_ADDRESS.search(lines[start].text[:_LONGEST_ATTRIBUTION]))
    for line in lines[start + 1 : start + _BLOCK_LINES]:
        kinds = _label_kinds(line.text)
        if kinds in seen:
            break  # a header has each field once
        if kinds:
            seen.append(kinds)
            address = address or bool(_ADDRESS.search(line.text[:_LONGEST_ATTRIBUTION]))
    names = frozenset().union(*seen)
    if "from" not in names or not (address or "subject" in names):
        return False
    return len(seen) >= _LEAST_FIELDS and len(names) >= _LEAST_FIELDS


def _label_kinds(text: str) -> frozenset[str]:
    """Which header fields the label of this line may stand for; "De:" and "A:" are of two kinds."""
    head = text[: 2 * _LONGEST_LABEL]
    if not any(colon in head for colon in COLONS):
        return frozenset()
    label = _COLON.split(fold(head).lstrip("*_>• "), maxsplit=1)[0]
    return _LABELS.get(label.strip(" *_").casefold(), frozenset())


def heading(text: str) -> str:
    """`original` or `forwarded` for a heading such as `-----Original Message-----`, empty for any other line."""
    line = text.strip()
    if len(line) > _LONGEST_HEADING or not (line.startswith(_DASH) or line.endswith(COLONS)):
        return ""
    phrase = fold(line).strip(_HEADING_EDGES).casefold()
    if phrase in _FORWARDED:
        return "forwarded"
    return "original" if phrase in _ORIGINAL and _DASHES.search(line) else ""


def is_rule(text: str) -> bool:
    """A line of dashes or underscores, as Outlook draws above a header block."""
    return bool(_RULE.fullmatch(text))


def forward_subject(subject: str) -> bool:
    """Whether the subject says that the mail is a forward, not an answer ("Fwd: ...", "WG: ...")."""
    prefix, *rest = _COLON.split(subject, maxsplit=1)
    return bool(rest) and prefix.strip().casefold() in _FORWARD_PREFIX
