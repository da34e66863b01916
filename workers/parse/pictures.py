"""Finds where a mail shows its pictures: in the person's words, the signature, the quote, or nowhere.

In a text, `[cid:...]` (Outlook) or `[image: NAME]` (Gmail) stands for a picture. Apple Mail puts the pictures as parts
between the texts.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from schemas.records import Body, Cut, CutKind, Shown
from workers.parse.body import BodyReader
from workers.parse.limits import OverLimitError
from workers.parse.mime.parts import Leaf
from workers.parse.text.labels import BY_AUTHOR_NAME
from workers.parse.text.lines import COLONS, PICTURE, Line, Mark, text_line
from workers.parse.text.reply import extract_lines
from workers.parse.text.signatures import is_card, is_closing

_GMAIL_PICTURE = re.compile(r"\[image: ([^\]\n]{1,250})\]")  # in plain text
_RANK = {shown: number for number, shown in enumerate(Shown)}
_LONGEST_ROLE = 80  # characters; a longer line is not of a signature
_LEAST_WORDS, _SENTENCE_ENDS = 3, (".", "!", "?", "\u3002", "\u0964")
_CONTEXT_LINES = 12  # above and below a picture


class PicturePlaces:
    """Where the mail shows each picture: found by Content-ID (RFC 2392), by name, or by the position of the part.

    `reply` has the kept and the cut text of the chosen body. The HTML of the body is read as well if a file has a
    Content-ID. `in_html` has the Content-IDs of the pictures in the HTML.
    """

    def __init__(
        self, reader: BodyReader, leaves: Sequence[Leaf], files: Sequence[Leaf], reply: Body, *, forward: bool
    ) -> None:
        self._reader = reader
        self._leaves = leaves
        self._by_name = places_in(reply, _GMAIL_PICTURE) if files else {}
        self._by_id = places_in(reply) if files else {}
        self.in_html: frozenset[str] = frozenset()
        if any(leaf.content_id for leaf in files):
            html = [line for leaf in reader.html_leaves() for line in self._lines(leaf)]
            if any("[cid:" in line.text for line in html):
                found = places_in(extract_lines(html, forward=forward, author=reader.author))
                self.in_html = frozenset(found)
                self._by_id = _highest((*found.items(), *self._by_id.items()))

    def place_of(self, leaf: Leaf, name: str) -> Shown:
        """Returns where the mail shows the picture in this leaf; `name` is its safe name."""
        if leaf.content_id in self._by_id:
            return self._by_id[leaf.content_id]
        if leaf.disposition == "attachment":
            return Shown.NOWHERE
        # names are not unique, so they are ignored if the HTML gives Content-IDs
        if name in self._by_name and not self.in_html:
            return self._by_name[name]
        return Shown.QUOTE if self._is_between_quotes(leaf) else Shown.NOWHERE

    def _is_between_quotes(self, leaf: Leaf) -> bool:
        """Returns whether the part is in the middle of a quote, as Apple Mail quotes a mail with pictures.

        The text before the part ends with a quoted line, and the text after it begins with a quoted line.
        """
        before = self._nearest_text(range(leaf.number - 1, -1, -1), leaf)
        after = self._nearest_text(range(leaf.number + 1, len(self._leaves)), leaf)
        ends = (next((line for line in lines if line.text.strip()), None) for lines in (reversed(before), after))
        return all(line is not None and line.mark is Mark.QUOTE for line in ends)

    def _nearest_text(self, numbers: Iterable[int], leaf: Leaf) -> list[Line]:
        """Returns the lines of the first text among these leaves, in the same multipart, skipping other pictures."""
        for number in numbers:
            other = self._leaves[number]
            if other.within != leaf.within:
                return []
            if self._reader.shows(other):
                return self._lines(other)
        return []

    def _lines(self, leaf: Leaf) -> list[Line]:
        try:
            return self._reader.lines(leaf)
        except OverLimitError:  # it is not the chosen body, so it need not be read
            return []


def places_in(reply: Body, sign: re.Pattern[str] = PICTURE) -> dict[str, Shown]:
    """Returns the place of each picture in the kept and cut text, by the Content-ID or name that `sign` finds."""
    found: list[tuple[str, Shown]] = []
    for cut in reply.cut:
        found += [(ident, _cut_place(cut)) for ident in sign.findall(cut.text)]
    if sign.search(reply.text):
        lines = reply.text.split("\n")
        for index, line in enumerate(lines):
            if idents := sign.findall(line):
                place = _place(lines, index, sign)
                found += [(ident, place) for ident in idents]
    return _highest((unquote(ident), place) for ident, place in found)


def _cut_place(cut: Cut) -> Shown:
    if cut.kind is CutKind.QUOTE:
        return Shown.QUOTE
    return Shown.SIGNATURE if cut.confidence > BY_AUTHOR_NAME else Shown.CLOSING


def _highest(found: Iterable[tuple[str, Shown]]) -> dict[str, Shown]:
    places: dict[str, Shown] = {}
    for ident, place in found:
        places[ident] = max(place, places.get(ident, Shown.NOWHERE), key=_RANK.__getitem__)
    return places


def _place(lines: Sequence[str], index: int, sign: re.Pattern[str]) -> Shown:
    """Returns the place of the pictures in the line at `index` of the kept text."""
    if text_line(lines[index]).mark is Mark.QUOTE:
        return Shown.QUOTE
    above = _words(lines[max(0, index - _CONTEXT_LINES) : index], sign)
    below = _words((*sign.split(lines[index])[-1:], *lines[index + 1 : index + 1 + _CONTEXT_LINES]), sign)
    for line in reversed(above):
        if is_closing(line):
            return Shown.CLOSING
        if _is_sentence(line):
            break
    if is_card(below):
        return Shown.CLOSING
    return Shown.WORDS if below or (above and above[-1].endswith(COLONS)) else Shown.END


def _is_sentence(line: str) -> bool:
    """Returns whether a line is a sentence, and not part of a signature, such as "i. A. Smith"."""
    return len(line) > _LONGEST_ROLE or (
        len(line.split()) >= _LEAST_WORDS and line.endswith((*_SENTENCE_ENDS, *COLONS))
    )


def _words(lines: Iterable[str], sign: re.Pattern[str]) -> list[str]:
    """Returns the lines without picture signs; leaves out lines that are then empty."""
    return [words for line in lines if (words := sign.sub("", line).strip())]


def without_picture_signs(body: Body) -> Body:
    """Returns the body without `[cid:...]`, which means nothing to a reader."""
    if "[cid:" not in body.text:
        return body
    bare = PICTURE.sub("", body.text)
    text = bare.strip()
    cut = tuple(
        piece.model_copy(update={"before": min(len(PICTURE.sub("", body.text[: piece.before]).lstrip()), len(text))})
        for piece in body.cut
    )
    gone = bare[: len(bare) - len(bare.lstrip())].count("\n")
    quoted = tuple((max(0, first - gone), last - gone) for first, last in body.quoted if last >= gone)
    return body.model_copy(update={"text": text, "cut": cut, "quoted": quoted})
