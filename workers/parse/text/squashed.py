"""Reduces texts to the characters that no mail program changes, to find one text in another.

Only letters, digits, emoji and check marks count, in lower case (NFKC), without spaces. So a quoted text is found
however a mail program wrapped, indented or marked it, and in languages that write no spaces.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import unquote

from workers.parse.text.lines import INVISIBLE

# Scripts that write no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
_WITHOUT_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
# People answer with check marks and emoji; arrows and geometric shapes are bullets, which mail programs exchange. The
# replacement character shows damage.
_SYMBOLS = "\u2600-\u2755\u2757-\u2775\U0001f000-\U0001faff\ufffd"
_WORD = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W_{_WITHOUT_SPACES}]+|[{_SYMBOLS}]|\n")
# Quote signs, also after the writer's initials; and the letters that Outlook writes as bullets of lists.
_LINE_START = re.compile(
    r"^[>|\uff1e \t\u00a0]{0,50}(?:(?:[^\W\d_]{1,3}>[^\S\n]?){1,9}|[o\u00a7](?: {2,9}|[\t\u00a0]))?", re.MULTILINE
)
# A web address; a long one at the end of a line goes on in the next, if that line looks like the rest of one.
_LINK = re.compile(
    r"https?://[^\s<>\"\])]{50,2000}\n(?=[^\s]{0,200}[/%=&_])[\w%/=&?.~#+:;,-]{1,200}$"
    r"|(?:https?://|www\.)[^\s<>\"\])]{1,2000}",
    re.MULTILINE,
)
# What mail programs add after the words of a link or in place of a picture.
_ADDED = re.compile(
    r"[<\[(](?<=[^\n].) ?(?:https?://|mailto:|tel:)[^\s<>\])]{1,2000} ?[>\])]|\[(?:cid|image): ?[^\]\n]{1,250}\]"
)


class Squashed(NamedTuple):
    """The characters of some lines that count, as one text.

    `starts`: where each line begins in it, and its end. `words`: where each word begins. `links`: the start and end of
    each web address.
    """

    text: str
    starts: list[int]
    words: list[int]
    links: list[tuple[int, int]]


def squash(lines: Sequence[str]) -> Squashed:
    """Returns the characters of the lines that count: `squash(["> Well,", "> done"]).text == "welldone"`."""
    text = _LINE_START.sub("", _normal("\n".join(lines)))
    if ":" in text and ("<" in text or "[" in text or "(" in text):
        text = _ADDED.sub("", text)
    links: list[tuple[int, int]] = []
    words = _with_links(text, links) if "://" in text or "www." in text else _WORD.findall(text)
    found = "".join(words).split("\n")
    starts = [0, *accumulate(map(len, found))]
    lengths = [len(word) if word != "\n" else 0 for word in words]
    return Squashed("".join(found), starts, [0, *accumulate(lengths)][:-1], links)


def _normal(text: str) -> str:
    """Returns the text in lower case (NFKC), without HTML's entities and invisible characters; it keeps its lines."""
    if "&" in text and ";" in text:
        text = "\n".join([html.unescape(line).replace("\n", " ") for line in text.split("\n")])
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()


def _with_links(text: str, links: list[tuple[int, int]]) -> list[str]:
    """Returns the words of the text; adds the place of each link."""
    tokens: list[str] = []
    at = start = end = 0
    for match in _LINK.finditer(text):
        for piece in (text[at : match.start()], _decoded(match[0]) if "%" in match[0] else match[0]):
            found = _WORD.findall(piece)
            tokens += found
            start, end = end, end + sum(map(len, found)) - found.count("\n")
        links.append((start, end))
        at = match.end()
    tokens += _WORD.findall(text[at:])
    return tokens


def _decoded(link: str) -> str:
    """Returns a link without percent-encoding: gateways write a link within a link. One with line ends stays."""
    found = _normal(unquote(link))
    return link if "\n" in link or "\n" in found else found
