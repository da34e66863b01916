"""Chooses the parts of a mail that form its body, and decodes them to lines."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from workers.parse.limits import Limits, check
from workers.parse.mime.charsets import clean
from workers.parse.mime.charsets import decode as decode_text
from workers.parse.mime.flowed import unflow
from workers.parse.mime.nearby_charset import nearby_charset
from workers.parse.mime.parts import Leaf, parameter, payload
from workers.parse.mime.transfer import Payload
from workers.parse.mime.tree import Part
from workers.parse.text.html import html_lines
from workers.parse.text.lines import Line, text_lines

_STUB = 300  # characters
# Words of a plain text that only refers to the HTML. If a person wrote them, the HTML has them, too.
_STUB_WORDS = re.compile(r"\bhtml\b|in (?:your|a|the) browser", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
# Exchange turns text below an attachment into a file with such a name.
_CUT_TEXT = re.compile(r"ATT\d{5,6}\.(?:txt|html?)", re.IGNORECASE)
_META_WITHIN = 2048  # bytes
#: Types of text that no person writes or reads as words, also where they are the whole mail.
_NEVER_WORDS = (
    *("text/calendar", "text/x-vcalendar", "text/ical", "text/vcard", "text/x-vcard", "text/directory"),
    "text/vnd.google.email-reaction+json",
)


class BodyText(NamedTuple):
    """The body: its lines, the numbers of all leaves that are forms of it and so not files, and its defects."""

    lines: list[Line]
    leaves: frozenset[int]
    defects: tuple[str, ...]


class BodyReader:
    """Reads the body of one mail; decodes each leaf at most once."""

    def __init__(self, leaves: Sequence[Leaf], limits: Limits, *, forward: bool, author: str = "") -> None:
        self.author = author
        self._leaves = leaves
        self._limits = limits
        self._forward = forward
        self._payloads: dict[int, Payload] = {}
        self._lines: dict[int, list[Line]] = {}
        self._defects: list[str] = []
        self._charset = ""  # that the mail names for another text
        self._shown = {id(leaf.part): leaf for leaf in leaves if _is_shown(leaf, alone=len(leaves) == 1)}

    def read(self, root: Part) -> BodyText:
        """Chooses and decodes the body. Raises `OverLimitError` when a text or HTML to be read is too large."""
        lines: list[Line] = []
        self._charset = nearby_charset(root)
        for leaf in self._choose(root):
            lines += self.lines(leaf)
        forms = frozenset(leaf.number for leaf in self._leaves if id(leaf.part) in self._shown or _is_form(leaf))
        return BodyText(lines, forms, tuple(self._defects))

    def lines(self, leaf: Leaf) -> list[Line]:
        """Returns the lines of a text or HTML leaf. Raises `OverLimitError`."""
        if leaf.number not in self._lines:
            self._lines[leaf.number] = self._html(leaf) if leaf.type == "text/html" else text_lines(self._text(leaf))
        return self._lines[leaf.number]

    def shows(self, leaf: Leaf) -> bool:
        """Returns whether a mail program shows the leaf as text of the mail."""
        return id(leaf.part) in self._shown

    def _html(self, leaf: Leaf) -> list[Line]:
        data = self.data(leaf).data
        check("html", len(data), self._limits)
        source = self._decode(leaf, data, meta_charset(data))
        return html_lines(source, forward=self._forward)

    def data(self, leaf: Leaf) -> Payload:
        """Returns the decoded bytes of a leaf."""
        if leaf.number not in self._payloads:
            self._payloads[leaf.number] = payload(leaf.part)
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
        plain = [branch for branch in branches if branch not in rich and not (rich and self._is_stub(branch))]
        return (plain or rich[-1:] or [[]])[0]

    def _is_stub(self, branch: Sequence[Leaf]) -> bool:
        text = "\n".join(map(self._text, branch)).strip()
        return not text or (len(text) < _STUB and bool(_STUB_WORDS.search(text)))

    def _text(self, leaf: Leaf) -> str:
        data = self.data(leaf).data
        check("text", len(data), self._limits)
        text = self._decode(leaf, data, "")
        if parameter(leaf.part, "content-type", "format").lower() == "flowed":
            return unflow(text, delsp=parameter(leaf.part, "content-type", "delsp").lower() == "yes")
        return text

    def _decode(self, leaf: Leaf, data: bytes, fallback: str) -> str:
        label = parameter(leaf.part, "content-type", "charset") or fallback
        text, defect = decode_text(data, label, fallback or self._charset)
        for problem in (self.data(leaf).defect, defect):
            if problem and (note := f"part {leaf.number}: {problem}") not in self._defects:
                self._defects.append(note)
        return clean(text)


def _is_shown(leaf: Leaf, *, alone: bool) -> bool:
    """Returns whether a mail program shows the leaf as text. If it is the whole mail, any text type counts."""
    if leaf.type in ("text/plain", "text/html") and _CUT_TEXT.fullmatch(leaf.name):
        return True
    if leaf.disposition == "attachment":
        return False
    if alone:
        return leaf.type.startswith(("text/", "multipart/")) and leaf.type not in _NEVER_WORDS
    return leaf.type in ("text/plain", "text/html") and not leaf.name


def _is_form(leaf: Leaf) -> bool:
    """Returns whether the leaf is an alternative to the text, such as text/calendar or text/x-amp-html."""
    return leaf.alternative and leaf.type.startswith("text/") and leaf.disposition != "attachment" and not leaf.name


def meta_charset(data: bytes) -> str:
    """Returns the charset that an HTML text names in a `<meta>` near its start; "" for none."""
    match = _META_CHARSET.search(data[:_META_WITHIN])
    return match[1].decode("ascii", "replace") if match else ""
