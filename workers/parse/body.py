"""Chooses the parts of a mail that form its body, and decodes them to lines."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from schemas.visible_text import is_blank
from workers.parse.limits import Limits, OverLimitError, check
from workers.parse.mime.charsets import clean
from workers.parse.mime.charsets import decode as decode_text
from workers.parse.mime.clearsigned import may_be_clearsigned, without_armour
from workers.parse.mime.data_pictures import take_data_pictures
from workers.parse.mime.enriched import plain_of_enriched
from workers.parse.mime.flowed import unflow
from workers.parse.mime.parts import Leaf, parameter, payload, transfer_encoding
from workers.parse.mime.texts import WORDS, words_of
from workers.parse.mime.transfer import Payload, kind_of_encoding
from workers.parse.mime.tree import Part
from workers.parse.text.broken_lines import mark_broken
from workers.parse.text.html import html_lines
from workers.parse.text.lines import Line, Mark, bounded, text_lines

_STUB = 300  # characters
#: A plain text with so many letters, and up to so many characters, is compared with the HTML.
_LEAST_LETTERS, _MOST_COMPARED = 12, 600
_WORD = re.compile(r"\w{2,}")
# The share of its words that must stand in the HTML source, and the share of its pieces that must stand in the text.
_ALL_WORDS, _PIECES, _PIECE = 0.9, 0.5, 5
# Words of a plain text that only refers to the HTML. If a person wrote them, the HTML has them, too.
_STUB_WORDS = re.compile(r"\bhtml\b|in (?:your|a|the) browser", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
_META_WITHIN = 2048  # bytes
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_BASE64_WORD = re.compile(r"(?<!\S)[A-Za-z0-9+/=]{40,}+(?!\S)")
_NOT_BASE64 = "says that it is base64, and is plain text"
_CLEARSIGNED = "signed with PGP in the text: its signature is not verified"


class BodyText(NamedTuple):
    """The body: its lines, the numbers of all leaves that are forms of it and so not files, and its defects."""

    lines: list[Line]
    leaves: frozenset[int]
    defects: tuple[str, ...]


class BodyReader:
    """Reads the body of one mail; decodes each leaf at most once.

    `charset` is the one that the mail names for another text (`nearby_charset`).
    """

    def __init__(
        self, leaves: Sequence[Leaf], limits: Limits, *, forward: bool, author: str = "", charset: str = ""
    ) -> None:
        self.author = author
        self._leaves = leaves
        self._limits = limits
        self._forward = forward
        self._payloads: dict[int, Payload] = {}
        self._lines: dict[int, list[Line]] = {}
        self._defects: list[str] = []
        self._charset = charset
        self._shown = {id(leaf.part): leaf for leaf in words_of(leaves)}

    def read(self, root: Part) -> BodyText:
        """Chooses and decodes the body. Raises `OverLimitError` when a text or HTML to be read is too large."""
        lines: list[Line] = []
        for leaf in self._choose(root):
            lines += self.lines(leaf)
        if any(leaf.signed for leaf in self._shown.values()):
            lines = self._signed_first(root, lines)
        spare = [leaf for leaf in self._leaves if leaf.spare]
        if spare and is_blank("".join(line.text for line in lines)):
            lines = [line for leaf in spare for line in self.lines(leaf)]
        forms = frozenset(
            leaf.number for leaf in self._leaves if leaf.spare or id(leaf.part) in self._shown or _is_form(leaf)
        )
        return BodyText(bounded(lines), forms, tuple(self._defects))

    def lines(self, leaf: Leaf) -> list[Line]:
        """Returns the lines of a text or HTML leaf. Raises `OverLimitError`."""
        if leaf.number not in self._lines:
            html = leaf.type == "text/html"
            self._lines[leaf.number] = self._html(leaf) if html else mark_broken(text_lines(self._text(leaf)))
        return self._lines[leaf.number]

    def shows(self, leaf: Leaf) -> bool:
        """Returns whether a mail program shows the leaf as text of the mail."""
        return id(leaf.part) in self._shown

    def _html(self, leaf: Leaf) -> list[Line]:
        data = self.data(leaf).data
        check("html", len(data), self._limits)
        lines = html_lines(self._source(leaf), forward=self._forward)
        if any(may_be_clearsigned(line.text) for line in lines):
            kept = zip(lines, self._without_armour([line.text for line in lines]), strict=True)
            return [line._replace(text=text) for line, text in kept if text is not None]
        return lines

    def _source(self, leaf: Leaf) -> str:
        return self._decode(leaf, meta_charset(self.data(leaf).data))

    def data(self, leaf: Leaf) -> Payload:
        """Returns the decoded bytes of a leaf; of the HTML of the body without the pictures in it."""
        if leaf.number not in self._payloads:
            found = payload(leaf.part)
            if leaf.type == "text/html" and self.shows(leaf):
                found = found._replace(data=take_data_pictures(found.data)[0])
            self._payloads[leaf.number] = found
        return self._payloads[leaf.number]

    def html_leaves(self) -> list[Leaf]:
        """Returns all HTML leaves of the body, also those that were not chosen."""
        return [leaf for leaf in self._shown.values() if leaf.type == "text/html"]

    def _choose(self, part: Part) -> list[Leaf]:
        """Returns the leaves to read, in order; of a multipart/alternative (RFC 2046 section 5.1.4) only one branch.

        Plain text is preferred: the person's own mail program wrote it, and its quotes are clearly marked.
        """
        children = part.children()
        if not children:
            leaf = self._shown.get(id(part))
            return [leaf] if leaf else []
        branches = [branch for branch in map(self._choose, children) if branch]
        if part.get_content_type() != "multipart/alternative":
            return [leaf for branch in branches for leaf in branch]
        rich = [branch for branch in branches if any(leaf.type == "text/html" for leaf in branch)]
        plain = [branch for branch in branches if branch not in rich and not (rich and self._is_stub(branch, rich[-1]))]
        if len(plain) > 1:
            plain = [branch for branch in plain if not is_blank("".join(map(self._text, branch)))] or plain
        return (plain or rich[-1:] or [[]])[0]

    def _signed_first(self, root: Part, lines: list[Line]) -> list[Line]:
        """Returns the lines with those in opaque signed data first, as the person's own; the others are a gateway's."""
        own, others = list[Line](), list[Line]()
        for leaf in self._choose(root):
            (own if leaf.signed else others).extend(self.lines(leaf))
        if not others or is_blank("".join(line.text for line in own)):
            return lines
        return [*own, Line(""), *(line._replace(mark=Mark.SIGNATURE, certain=True) for line in others)]

    def _is_stub(self, branch: Sequence[Leaf], rich: Sequence[Leaf]) -> bool:
        """Returns whether a plain text is not the words, but stands in for an HTML text that has words.

        It is blank, or it refers to the HTML, or it is short and the HTML says something else: then what the writer saw
        is the HTML.
        """
        text = "\n".join(map(self._text, branch))
        if is_blank(text):
            return True
        if len(text) > _MOST_COMPARED:
            return False
        refers = len(text) < _STUB and bool(_STUB_WORDS.search(text))
        words = set(_WORD.findall(text.casefold()))
        sources = [self._source(leaf).casefold() for leaf in rich if leaf.type == "text/html"]
        known = sum(any(word in source for source in sources) for word in words)
        if not refers and known >= _ALL_WORDS * len(words):
            return False
        try:
            html = "\n".join(line.text for leaf in rich for line in self.lines(leaf))
        except OverLimitError:
            return refers
        return not is_blank(html) and (refers or _says_something_else(text, html))

    def _text(self, leaf: Leaf) -> str:
        check("text", len(self.data(leaf).data), self._limits)
        text = self._decode(leaf, "")
        kind = WORDS.get(leaf.type, "")
        if kind in ("enriched", "richtext"):
            text = plain_of_enriched(text, richtext=kind == "richtext")
        elif parameter(leaf.part, "content-type", "format").lower() == "flowed":
            text = unflow(text, delsp=parameter(leaf.part, "content-type", "delsp").lower() == "yes")
        if may_be_clearsigned(text):
            text = "\n".join(line for line in self._without_armour(text.split("\n")) if line is not None)
        return text

    def _without_armour(self, lines: list[str]) -> list[str | None]:
        kept = without_armour(lines)
        if None in kept:
            self._note(_CLEARSIGNED)
        return kept

    def _decode(self, leaf: Leaf, fallback: str) -> str:
        data, problem = self.data(leaf)
        label = parameter(leaf.part, "content-type", "charset") or fallback
        nearby = fallback or self._charset
        text, defect = decode_text(data, label, nearby)
        if kind_of_encoding(transfer_encoding(leaf.part)) == "base64":
            as_it_is, _ = decode_text(leaf.part.content(), label, nearby)
            suspect = problem and (defect or not text or _CONTROLS.search(text))
            # without a broken character, words are known by a blank between them, or by what they decode to
            spaced = " " in as_it_is.strip().partition("\n")[0].strip()
            if (suspect or spaced or _CONTROLS.search(text)) and _is_words(as_it_is):
                text, problem, defect = as_it_is, _NOT_BASE64, ""
        for found in (problem, defect):
            if found:
                self._note(f"part {leaf.number}: {found}")
        return clean(text)

    def _note(self, defect: str) -> None:
        if defect not in self._defects:
            self._defects.append(defect)


def _says_something_else(text: str, html: str) -> bool:
    """Returns whether the HTML lacks most of a plain text, compared by pieces of a few letters and digits."""
    own, other = ("".join(filter(str.isalnum, found.casefold())) for found in (text, html))
    pieces = {own[at : at + _PIECE] for at in range(len(own) - _PIECE + 1)}
    return len(own) >= _LEAST_LETTERS and sum(piece in other for piece in pieces) < _PIECES * len(pieces)


def _is_words(text: str) -> bool:
    """Returns whether a text is no encoded data: it has no controls, and is mostly not of long words of base64."""
    encoded = sum(len(match[0]) for match in _BASE64_WORD.finditer(text))
    return not is_blank(text) and not _CONTROLS.search(text) and encoded <= len(text) / 2


def _is_form(leaf: Leaf) -> bool:
    """Returns whether the leaf is an alternative to the text, such as text/calendar or text/x-amp-html."""
    return leaf.alternative and leaf.type.startswith("text/") and leaf.disposition != "attachment" and not leaf.name


def meta_charset(data: bytes) -> str:
    """Returns the charset that an HTML text names in a `<meta>` near its start; "" for none."""
    match = _META_CHARSET.search(data[:_META_WITHIN])
    return match[1].decode("ascii", "replace") if match else ""
