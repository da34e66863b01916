"""What happens to an answer on its way: what servers, gateways and other programs change. A damage is a row."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_URL = re.compile(r"https?://[^\s<>\"')]+")
_BROKEN_WIDTH = 58
_TAGS = re.compile(r"<(/?)(blockquote|hey-quote)\b[^>]*>", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"<(?!a\s|img\s)(\w+)\s[^>]*>")
_BETWEEN_TAGS = re.compile(r"(<[^>]*>)")


@dataclass(frozen=True)
class Damage:
    """A damage: what it does to the lines of a plain text, and to an HTML; `unmarks` if quotes lose their marks.

    `form`: the only form that it happens to, if any.
    """

    plain: Callable[[str], str] = str
    html: Callable[[str], str] = str
    unmarks: bool = False
    form: str = ""


def rewrapped(text: str) -> str:
    """Returns the text with long lines broken by a program that does not know quotes: the rest has no `>`."""
    lines = []
    for line in text.split("\n"):
        while len(line) > _BROKEN_WIDTH and (at := line.rfind(" ", 12, _BROKEN_WIDTH)) > 0:
            lines.append(line[:at])
            line = line[at + 1 :]  # noqa: PLW2901  # the rest of the same line
        lines.append(line)
    return "\n".join(lines)


def no_break_spaces(text: str) -> str:
    """Returns the text with no-break spaces."""
    return text.replace(" ", "\u00a0")


def no_break_html(html: str) -> str:
    """Returns the HTML with no-break spaces in its text."""
    pieces = _BETWEEN_TAGS.split(html)
    return "".join(piece if piece.startswith("<") else piece.replace(" ", "&nbsp;") for piece in pieces)


def stripped(text: str) -> str:
    """Returns the text without quote signs."""
    return re.sub(r"(?m)^(?:[A-Z]{0,3}> ?)+", "", text)


def unmarked(html: str) -> str:
    """Returns the HTML as a cleaning gateway leaves it: no ids, classes and styles, and no blockquotes."""
    return _ATTRIBUTES.sub(r"<\1>", _TAGS.sub(r"<\1div>", html))


def rewritten(url: str) -> str:
    """Returns a link as Microsoft's Safe Links rewrites it."""
    target = quote(url, safe="")
    return f"https://eur03.safelinks.protection.outlook.com/?url={target}&data=05%7C02%7C%7C9f&reserved=0"


def links_rewritten(text: str) -> str:
    """Returns the text with all links rewritten."""
    return _URL.sub(lambda match: rewritten(match[0]), text)


def links_in_html(html: str) -> str:
    """Returns the HTML with the targets of all links rewritten; the text of a link stays."""
    return re.sub(r'href="(https?://[^"]+)"', lambda match: f'href="{escape(rewritten(match[1]))}"', html)


#: The damages by name. What needs the words of a language (banner, disclaimer, list, translation) is in `answers`.
DAMAGES = {
    "none": Damage(),
    "lines broken": Damage(plain=rewrapped, form="plain"),
    "no-break spaces": Damage(plain=no_break_spaces, html=no_break_html),
    "quote signs gone": Damage(plain=stripped, unmarks=True, form="plain"),
    "HTML only": Damage(form="html"),
    "HTML without marks": Damage(html=unmarked, unmarks=True, form="html"),
    "links rewritten": Damage(plain=links_rewritten, html=links_in_html),
    "list footer": Damage(),
    "disclaimer": Damage(),
    "gateway banner": Damage(),
    "attribution translated": Damage(),
}
