"""Recognises the header block that Outlook puts above a quoted mail: From, Sent, To, Subject, in any known language."""

import re
from collections.abc import Sequence

from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import COLON, COLONS, Line, fold

_MOST_LINES = 14
_LEAST_FIELDS = 3
_LONGEST_LABEL = 24
_LONGEST_LINE = 600  # characters searched for an address
_ADDRESS = re.compile(r"\S@\w")

#: For each header field, the column of languages.toml that has its labels.
_COLUMNS = {"from": "from_", "sent": "sent", "to": "to", "subject": "subject"}
_LABELS: dict[str, frozenset[str]] = {}
for _row in LANGUAGES:
    for _field, _column in _COLUMNS.items():
        for _label in getattr(_row, _column):
            _key = fold(_label).casefold()
            _LABELS[_key] = _LABELS.get(_key, frozenset()) | {_field}


def header_block(lines: Sequence[Line], start: int) -> bool:
    """Returns whether a header block begins at line `start`.

    It must have a subject or an address, unlike a list such as "From: London", "To: Paris", "Date: 3 May".
    """
    first = _fields_of(lines[start].text)
    if not first & {"from", "sent", "subject"}:
        return False
    seen, address = [first], bool(_ADDRESS.search(lines[start].text[:_LONGEST_LINE]))
    for line in lines[start + 1 : start + _MOST_LINES]:
        fields = _fields_of(line.text)
        if fields in seen:
            break  # a header block has each field only once
        if fields:
            seen.append(fields)
            address = address or bool(_ADDRESS.search(line.text[:_LONGEST_LINE]))
    names = frozenset().union(*seen)
    if "from" not in names or not (address or "subject" in names):
        return False
    return len(seen) >= _LEAST_FIELDS and len(names) >= _LEAST_FIELDS


def _fields_of(text: str) -> frozenset[str]:
    """Returns the header fields that the label of this line may mean: "De:" and "A:" may mean two."""
    head = text[: 2 * _LONGEST_LABEL]
    if not any(colon in head for colon in COLONS):
        return frozenset()
    label = COLON.split(fold(head).lstrip("*_>• "), maxsplit=1)[0]
    return _LABELS.get(label.strip(" *_").casefold(), frozenset())
