"""Where a mail shows its pictures: `[cid:...]` in the text, as Outlook writes it, or by where the part stands."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from schemas.records import Body, Cut, CutKind, Shown
from workers.parse.body import BodyReader
from workers.parse.limits import OverLimit
from workers.parse.mime.parts import Leaf
from workers.parse.text.line_labels import NAMED
from workers.parse.text.lines import COLONS, PICTURE, Line, Mark, text_line
from workers.parse.text.reply import extract_lines
from workers.parse.text.signatures import is_card, is_closing

_NAMED = re.compile(r"\[image: ([^\]\n]{1,250})\]")  # Gmail, in its plain text
_STRENGTH = {shown: number for number, shown in enumerate(Shown)}
_LONGEST_ROLE = 80  # characters of a line of a signature
_LEAST_WORDS, _ENDS = 3, (".", "!", "?", "\u3002", "\u0964")
_MOST_AROUND = 12  # lines above and below a picture that are looked at


class Places:
    """Where the mail shows each of its pictures, by Content-ID (RFC 2392), by name, or by where the part stands.

    `reply` is what was kept and cut of the body that was chosen; the HTML forms are read as well, if there are parts
    that they could show.
    """

    def __init__(
        self, reader: BodyReader, leaves: Sequence[Leaf], files: Sequence[Leaf], reply: Body, *, forward: bool
    ) -> None:
        self._reader = reader
        self._leaves = leaves
        self._by_name = shown_in(reply, _NAMED) if files else {}
        self._by_id = shown_in(reply) if files else {}
        self.in_html: frozenset[str] = frozenset()
        if any(leaf.content_id for leaf in files):
            html = [line for leaf in reader.html_leaves() for line in self._lines(leaf)]
            if any("[cid:" in line.text for line in html):
                found = shown_in(extract_lines(html, forward=forward, author=reader.author))
                self.in_html = frozenset(found)
                self._by_id = _strongest((*found.items(), *self._by_id.items()))

    def of(self, leaf: Leaf, name: str) -> Shown:
        """Where the picture of this part is shown; `name` is its safe name."""
        if leaf.content_id in self._by_id:
            return self._by_id[leaf.content_id]
        if leaf.disposition == "attachment":
            return Shown.NOWHERE
        # names are not unique: where the HTML says which picture it shows, that holds
        if name in self._by_name and not self.in_html:
            return self._by_name[name]
        return Shown.QUOTE if self._is_between_quotes(leaf) else Shown.NOWHERE

    def _is_between_quotes(self, leaf: Leaf) -> bool:
        """Whether the text right before the part ends in a quote that goes on right after it, as Apple Mail quotes a
        mail with pictures."""
        before = self._neighbour(range(leaf.number - 1, -1, -1), leaf)
        after = self._neighbour(range(leaf.number + 1, len(self._leaves)), leaf)
        ends = (next((line for line in lines if line.text.strip()), None) for lines in (reversed(before), after))
        return all(line is not None and line.mark is Mark.QUOTE for line in ends)

    def _neighbour(self, numbers: Iterable[int], leaf: Leaf) -> list[Line]:
        """The lines of the nearest text that stands in the same multipart, past other pictures."""
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
        except OverLimit:  # not chosen as the body, so it may be left unread
            return []


def shown_in(reply: Body, sign: re.Pattern[str] = PICTURE) -> dict[str, Shown]:
    """The pictures of which a text has the sign, each with its place in what was kept and what was cut of it."""
    found: list[tuple[str, Shown]] = []
    for cut in reply.cut:
        found += [(ident, _cut_place(cut)) for ident in sign.findall(cut.text)]
    if sign.search(reply.text):
        lines = reply.text.split("\n")
        for index, line in enumerate(lines):
            if idents := sign.findall(line):
                place = _place(lines, index, sign)
                found += [(ident, place) for ident in idents]
    return _strongest((unquote(ident), place) for ident, place in found)


def _cut_place(cut: Cut) -> Shown:
    if cut.kind is CutKind.QUOTE:
        return Shown.QUOTE
    return Shown.SIGNATURE if cut.confidence > NAMED else Shown.CLOSING


def _strongest(found: Iterable[tuple[str, Shown]]) -> dict[str, Shown]:
    places: dict[str, Shown] = {}
    for ident, place in found:
        places[ident] = max(place, places.get(ident, Shown.NOWHERE), key=_STRENGTH.__getitem__)
    return places


def _place(lines: Sequence[str], index: int, sign: re.Pattern[str]) -> Shown:
    """The place of the pictures in one line of the kept text."""
    if text_line(lines[index]).mark is Mark.QUOTE:
        return Shown.QUOTE
    above = _words(lines[max(0, index - _MOST_AROUND) : index], sign)
    below = _words((*sign.split(lines[index])[-1:], *lines[index + 1 : index + 1 + _MOST_AROUND]), sign)
    for line in reversed(above):
        if is_closing(line):
            return Shown.CLOSING
        if _is_sentence(line):
            break
    if is_card(below):
        return Shown.CLOSING
    return Shown.WORDS if below or (above and above[-1].endswith(COLONS)) else Shown.END


def _is_sentence(line: str) -> bool:
    """Whether a line is no line of a signature; "i. A. Smith" is one of a signature, though it begins like prose."""
    return len(line) > _LONGEST_ROLE or (len(line.split()) >= _LEAST_WORDS and line.endswith((*_ENDS, *COLONS)))


def _words(lines: Iterable[str], sign: re.Pattern[str]) -> list[str]:
    """The lines that say something besides showing pictures."""
    return [words for line in lines if (words := sign.sub("", line).strip())]


def without_pictures(body: Body) -> Body:
    """The body without the signs for pictures, which would tell a reader nothing."""
    if "[cid:" not in body.text:
        return body
    text = PICTURE.sub("", body.text).strip()
    cut = tuple(piece.model_copy(update={"before": min(piece.before, len(text))}) for piece in body.cut)
    return body.model_copy(update={"text": text, "cut": cut})
