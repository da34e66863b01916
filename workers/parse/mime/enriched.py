"""Turns text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341) into plain text."""

import re

_TOKEN = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|\r?\n(?:\r?\n)*|[^<\r\n]++|[<\r]")
_MOST_QUOTES = 9
#: Commands whose content no reader sees.
_HIDDEN = ("param", "comment")
#: Commands of text/richtext that stand for a character or a line end.
_SIGNS = {"lt": "<", "nl": "\n", "np": "\n\n", "paragraph": "\n"}


def plain_of_enriched(text: str, *, richtext: bool = False) -> str:
    """Returns the words of a text/enriched or text/richtext: `plain_of_enriched("<bold>Friday</bold>.") == "Friday."`.

    A line end is a space, of several line ends the first is dropped; an excerpt is quoted with `>`.
    """
    out: list[str] = []
    quotes = hidden = verbatim = 0
    for match in _TOKEN.finditer(text):
        name = (match[2] or "").lower()
        step = -1 if match[1] else 1
        if name in _HIDDEN:
            hidden = max(0, hidden + step)
        elif hidden:
            continue
        elif name == "excerpt":
            quotes = max(0, quotes + step)
            out.append("\n")
        elif name == "nofill":
            verbatim = max(0, verbatim + step)
        elif name:
            out.append(_SIGNS.get(name, "") if richtext and (step > 0 or name == "paragraph") else "")
        else:
            out.append(_shown(match[0], richtext=richtext, verbatim=verbatim > 0))
        if quotes and out and out[-1].endswith("\n"):
            out.append("> " * min(quotes, _MOST_QUOTES))
    return "".join(out)


def _shown(found: str, *, richtext: bool, verbatim: bool) -> str:
    if found == "<<":
        return found if richtext else "<"
    if found[0] not in "\r\n":
        return found
    ends = found.count("\n")
    if verbatim:
        return "\n" * ends
    return " " if richtext or ends <= 1 else "\n" * (ends - 1)
