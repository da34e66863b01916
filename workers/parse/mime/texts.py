"""Decides which parts of a mail are its words, as mail programs do: by their type, place, disposition and name."""

import re
from collections.abc import Sequence

from workers.parse.mime.parts import Leaf

#: Types of text that people write: the type, and how it is read.
WORDS: dict[str, str] = {
    "text/plain": "plain",
    "text/html": "html",
    "text/enriched": "enriched",  # RFC 1896
    "text/richtext": "richtext",  # RFC 1341
    "text/markdown": "plain",  # RFC 7763: Markdown is made to be read as it is
    "text/x-markdown": "plain",
    "text/x-web-markdown": "plain",
}
#: Types of text that are never words, even if the mail has no other text.
_NO_WORDS = frozenset(
    f"text/{kind}"
    for kind in (
        *("calendar", "x-vcalendar", "vcard", "x-vcard", "directory", "css", "csv", "xml", "javascript", "rtf"),
        *("rfc822-headers", "x-amp-html", "watch-html", "x-moz-deleted", "tab-separated-values"),
        *("ical", "vnd.google.email-reaction+json"),
    )
)
# Exchange turns text below an attachment into a file with such a name.
_CUT_TEXT = re.compile(r"ATT\d{5,6}\.(?:txt|html?)", re.IGNORECASE)
# Names that programs give to the body.
_OF_BODY = re.compile(
    r"(?:e?-?mail|message|msg|body|text|html|plain|part|unnamed|untitled|noname|nachricht|mensaje|mensagem|messaggio"
    r"|bericht|corps|cuerpo|corpo|utf-?8|content|inline|reply|answer)?[-_ .\d]{0,12}(?:\.(?:txt|text|html?|md|asc))?",
    re.IGNORECASE,
)
# Names that a body may have if nothing else can be it.
_OF_TEXT = re.compile(r"[^.]{0,250}|.{0,250}\.(?:txt|text|html?|md|asc)", re.IGNORECASE | re.DOTALL)


def words_of(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Returns the leaves that a mail program shows as text of the mail, in order; of each alternative all forms."""
    alone = len(leaves) == 1
    shown = {leaf.number for leaf in leaves if _is_shown(leaf, alone=alone)}
    first = next((leaf for leaf in leaves if leaf.leads and leaf.number not in shown and not leaf.spare), None)
    if first and _leads_as_body(first, is_only_text=not shown):
        shown.add(first.number)
    if not shown:
        named = (leaf for leaf in leaves if leaf.type in WORDS and leaf.disposition != "attachment")
        shown.update(leaf.number for leaf in named if _OF_BODY.fullmatch(leaf.name) and not leaf.spare)
    return [leaf for leaf in leaves if leaf.number in shown]


def _is_shown(leaf: Leaf, *, alone: bool) -> bool:
    if leaf.spare:
        return False
    if leaf.type in ("text/plain", "text/html") and _CUT_TEXT.fullmatch(leaf.name):
        return True
    if alone and not (leaf.disposition == "attachment" and leaf.name):
        return leaf.type.startswith(("text/", "multipart/")) and leaf.type not in _NO_WORDS
    if leaf.disposition == "attachment":
        return False
    return leaf.type in WORDS and (not leaf.name or leaf.alternative)


def _leads_as_body(leaf: Leaf, *, is_only_text: bool) -> bool:
    """Returns whether the first part is the body although it has a name, or is another type of text.

    If the mail has other texts, such as a list's footer, its name must be that of a body.
    """
    if leaf.disposition == "attachment" or leaf.type in _NO_WORDS:
        return False
    if leaf.type not in WORDS:
        return leaf.type.startswith("text/") and is_only_text and not leaf.name
    return bool((_OF_TEXT if is_only_text else _OF_BODY).fullmatch(leaf.name))
