"""Where the person's words show a picture of the mail: `[cid:...]` in the text, as Outlook writes it."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from schemas.records import Body
from workers.parse.body import BodyReader
from workers.parse.limits import OverLimit
from workers.parse.parts import Leaf
from workers.parse.reply import extract_lines

_PICTURE = re.compile(r"\[cid:([^\]\n]{1,250})\]")


def shown_ids(text: str) -> set[str]:
    """The Content-IDs (RFC 2392) of the pictures that a text shows."""
    return {unquote(found) for found in _PICTURE.findall(text)}


def html_ids(reader: BodyReader, leaves: Sequence[Leaf], *, forward: bool, author: str) -> tuple[set[str], set[str]]:
    """The Content-IDs that the HTML shows at all, and those that the person's own words in it show."""
    everywhere: set[str] = set()
    own: set[str] = set()
    if not any(leaf.content_id for leaf in leaves):
        return everywhere, own
    for leaf in reader.html_leaves():
        try:
            lines = reader.html(leaf)
        except OverLimit:  # not chosen as the body, so it may be left unread
            continue
        found = shown_ids("\n".join(line.text for line in lines))
        everywhere |= found
        own |= shown_ids(extract_lines(lines, forward=forward, author=author).text) if found else set()
    return everywhere, own


def without_pictures(body: Body) -> Body:
    """The body without the signs for pictures, which would tell a reader nothing."""
    if "[cid:" not in body.text:
        return body
    text = _PICTURE.sub("", body.text).strip()
    cut = tuple(piece.model_copy(update={"before": min(piece.before, len(text))}) for piece in body.cut)
    return body.model_copy(update={"text": text, "cut": cut})
