"""Removes our signed links from what people write: in an answer that quotes our mail they would work for every reader.

Mail programs and gateways rewrite links: wrapped over several lines, with quote marks between; percent-encoded, once or
more, in their own links (Microsoft Safe Links, Barracuda, Cisco, Trend Micro, Google); in Proofpoint's encoding; in
Base64 (Sophos); as HTML, quoted-printable or Markdown; with soft hyphens. This module therefore undoes these encodings,
searches for the shape of a token, and removes the whole link around it, as it was written.

The shape is that of itsdangerous: the signed data, six characters of time, and 43 characters of an HMAC-SHA256. A token
of this shape from another service is removed, too: it is not meant for other people either.
"""

import binascii
import html
import re
from base64 import b64decode
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: The text in place of a link.
TAKEN_OUT = "[link]"
#: How often an encoding is undone at most: each hop may rewrite a link again.
_ROUNDS = 4
#: How often the text is searched for links at most: once for each encoding, and once more.
_MOST_ROUNDS = 12
#: The most characters of Base64 that are decoded: the longest link that a gateway makes is far shorter.
_MOST_BASE64 = 8_192

# the end of a token, which is searched for first because dots are rare
_TAIL = re.compile(r"\.[\w-]{6}\.[\w-]{43}", re.ASCII)
# The beginning of a token: the signed data. A file link signs 48 octets, in 64 characters of Base64; other links sign a
# list of ids, which begins with a dot if it is compressed.
_HEAD = re.compile(r"\.?[\w-]{50,200}\Z", re.ASCII)
_LONGEST_HEAD = 201
#: A text without 20 of these characters in a row contains no token, not even a wrapped token.
_HINT = re.compile(r"[\w.%=&#;+/\\\u00ad\u200b-\u200d\u2060\ufeff-]{20}", re.ASCII)
#: The same for a text whose lines are joined: the shortest token has 101 characters.
_LONG_HINT = re.compile(r"[\w.%=&#;+/-]{100}", re.ASCII)
_SCHEME = re.compile(r"h(?:tt|xx)ps?:", re.IGNORECASE)
#: The most characters of a link before its token, and the characters that are not part of a link.
_LONGEST_LINK, _NO_LINK = 4_000, re.compile(r"[\s<>\"'(\[]")
_REST = re.compile(r"(?:[^\s<>\"')\]]*[^\s<>\"')\].,;:!?])?")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{150,}={0,2}")

# what may separate two parts of a token: a line end with the quote marks after it, and invisible characters
_WRAP = re.compile(r"(?<=[\w.%=&;#/-])=?[ \t]*\r?\n[ \t>|]*(?=[\w.%=&#-])", re.ASCII)
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]|<wbr\\s*/?>|\\\\(?=[_.-])")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_ENTITY = re.compile(r"&(?:#[0-9]{1,5}|#[xX][0-9A-Fa-f]{1,4}|amp|period|lowbar|hyphen|dash|sol|colon|quest|equals);")
_QUOTED = re.compile(r"=([0-9A-Fa-f]{2})")
_PROOFPOINT = re.compile(r"-([0-9A-Fa-f]{2})|_")


@dataclass(frozen=True)
class _View:
    """A text made from `base` by undoing an encoding. From position `at[i]` on, each character of it is `shift[i]`
    characters further on in `base`."""

    text: str
    base: "_View | None" = None
    at: list[int] = field(default_factory=list)
    shift: list[int] = field(default_factory=list)

    def origin(self, place: int) -> int:
        """Returns the position in the original text of a position in this text."""
        if self.base is None:
            return place
        known = bisect_right(self.at, place)
        return self.base.origin(place + (self.shift[known - 1] if known else 0))

    def undone(self, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]) -> "_View":
        """Returns a view with each match of the pattern replaced by its meaning; this view if there is no match."""
        pieces, at, shift = [], [], []
        end = made = 0
        for match in pattern.finditer(self.text):
            instead = meaning(match)
            pieces += [self.text[end : match.start()], instead]
            made += match.start() - end + len(instead)
            end = match.end()
            at.append(made)
            shift.append(end - made)
        return _View("".join([*pieces, self.text[end:]]), self, at, shift) if pieces else self


def without_links(words: str) -> str:
    """Returns the text with each of our signed links, in whatever encoding, replaced by `TAKEN_OUT`."""
    for _ in range(_MOST_ROUNDS):
        # links that are found with fewer encodings undone go first: less of the text around them is taken for the link
        spans = next((spans for view in _views(words) if (spans := sorted(_links(view, words)))), None)
        if spans is None:
            break
        words = _without(words, spans)
    return words


def _without(words: str, spans: list[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        if start >= end:
            pieces += [words[end:start], TAKEN_OUT]
        end = max(end, stop)
    return "".join([*pieces, words[end:]])


def _views(words: str) -> Iterator[_View]:
    """Yields the text as it is, then with one encoding after another undone, as each may hide the next.

    Plain text may look like an encoding, so the text is searched before and after each step.
    """
    if not _HINT.search(words):
        return
    plain = _View(words)
    yield plain
    whole = plain.undone(_UNSEEN, _nothing).undone(_WRAP, _nothing)
    if not _LONG_HINT.search(whole.text):
        return
    decoded = _decoded(whole)
    quoted = _decoded(decoded.undone(_QUOTED, _character))
    twice = _decoded(quoted.undone(_QUOTED, _character))
    views = list({id(view): view for view in (whole, decoded, quoted, twice)}.values())  # often nothing is to undo
    yield from views
    for view in views:
        yield _decoded(view.undone(_PROOFPOINT, _of_proofpoint))


def _decoded(view: _View) -> _View:
    for _ in range(_ROUNDS):
        before = view
        view = view.undone(_ENTITY, _entity).undone(_PERCENT, _character).undone(_UNSEEN, _nothing)
        if view is before:
            break
    return view


def _links(view: _View, words: str) -> Iterator[tuple[int, int]]:
    """Yields the start and end in `words`, of which this is a view, of each link with a token."""
    for start, stop in _tokens(view.text):
        yield _link(view, words, start, stop)
    for match in _BASE64.finditer(view.text):
        if next(_tokens(_from_base64(match[0])), None):
            yield _link(view, words, match.start(), match.end())


def _tokens(words: str) -> Iterator[tuple[int, int]]:
    for tail in _TAIL.finditer(words):
        left = max(0, tail.start() - _LONGEST_HEAD)
        if head := _HEAD.search(words[left : tail.start()]):
            yield left + head.start(), tail.end()


def _link(view: _View, words: str, start: int, stop: int) -> tuple[int, int]:
    """Returns the start and end in `words` of the link around a token: from the scheme before the token, if there is
    one, to the end of the link in the token's last line."""
    left = max(0, start - _LONGEST_LINK)
    run = re.split(r"[\s<>\"]", view.text[left:start])[-1]
    schemes = [start - len(run) + match.start() for match in _SCHEME.finditer(run)]
    places = [view.origin(scheme) for scheme in schemes]
    # takes the nearer of two links on joined lines, and the outer link of two that are nested
    outer = [place for place in places if place == 0 or _NO_LINK.match(words[place - 1])]
    begin = outer[-1] if outer else min([*places, view.origin(start)])
    end = view.origin(stop - 1) + 1
    rest = _REST.match(words, end)
    return begin, rest.end() if rest else end


def _from_base64(run: str) -> str:
    usual = run[:_MOST_BASE64].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(usual + "=" * (-len(usual) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def _nothing(_: re.Match[str]) -> str:
    return ""


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _entity(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _of_proofpoint(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else "/"
