"""Renders pages from templates, and filters all text from outside that they show."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from console.web import messages
from console.web.ages import age
from schemas.files import NO_FILES

_MARKS = "\u061c\u200e\u200f"
_OVERRIDES = "\u202d\u202e"
_DIRECTIONS = _OVERRIDES + "\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
_CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]

#: A text keeps its lines, and its changes of direction, which end with its HTML block; overrides are made visible.
_TEXT = str.maketrans(
    dict.fromkeys(_CONTROLS, "")
    | {"\n": "\n", "\t": "\t", "\u2028": "\n", "\u2029": "\n"}
    | {char: f"[U+{ord(char):04X}]" for char in _OVERRIDES}
)
#: In a single line, such as a name, each character that changes its direction or breaks it is made visible or removed.
_LINE = str.maketrans(
    dict.fromkeys([*_CONTROLS, "\u2028", "\u2029"], " ")
    | dict.fromkeys(_MARKS, "")
    | {char: f"[U+{ord(char):04X}]" for char in _DIRECTIONS}
)


def clear(value: object, *, lines: bool = False) -> str:
    """Returns text from outside without control characters and hidden changes of direction (Unicode UAX #9, UTR #36).

    `lines` keeps line ends and tabs, for the text of an update.
    """
    return str(value).translate(_TEXT if lines else _LINE)


def lost(left_out: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Returns the left-out parts of an update that the sender would call files; also parts without a reason."""
    return [item for item in left_out if item.get("reason") not in NO_FILES]


def initials(name: str) -> str:
    """Returns the first letters of the first and the last word of a name, in capitals; "?" if it has none."""
    letters = [word[0] for word in clear(name).split() if word[0].isalnum()]
    return (letters[0] + letters[-1] * (len(letters) > 1)).upper() if letters else "?"


def utc(time: datetime) -> datetime:
    """Returns the same moment in UTC; the database session may have another time zone."""
    return time.astimezone(UTC)


_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?: UTC|\+00:00|Z)\b")


def timed(words: str) -> Markup:
    """Returns text as HTML in which the browser shows each UTC time in the reader's time zone."""
    parts, end = [], 0
    for found in _STAMP.finditer(words):
        day, clock = found.groups()
        time = f'<time datetime="{day}T{clock}+00:00">{day} {clock}&nbsp;UTC</time>'
        parts += [escape(words[end : found.start()]), Markup(time)]  # noqa: S704  # only digits that matched the pattern
        end = found.end()
    return Markup("").join([*parts, escape(words[end:])])


_TEMPLATES = Environment(
    loader=PackageLoader("console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters.update(
    age=lambda at: age(utc(at), datetime.now(UTC)),
    clear=clear,
    initials=initials,
    timed=timed,
    utc=utc,
    lost=lost,
    query=lambda values: urlencode(values, doseq=True),
)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Returns a page from a template, with the values of all pages: viewer, CSRF token, path, last act's message."""
    session = request.session
    common = {
        "viewer": getattr(request.state, "viewer", None),
        "csrf": session.get("csrf", ""),
        "path": request.url.path,
        "view": "",  # the navigation entry to mark, if the path does not name it
        "message": None,
        "status": status,
    }
    if status < 400:  # noqa: PLR2004  # an error page shows the error; the message waits for the next page
        common["message"] = messages.take(session)
    return HTMLResponse(_TEMPLATES.get_template(template).render(common | values), status)
