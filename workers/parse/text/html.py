"""Turns an HTML text into lines, and marks quotes and signatures by the tables of mail_programs.py.

libxml2 reports the elements one by one and keeps no tree: so a text of any depth and with any number of attributes is
read whole, in linear time.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lxml import etree

from workers.parse.limits import OverLimitError
from workers.parse.text.html_source import close_divs
from workers.parse.text.html_styles import Style, read_style
from workers.parse.text.line_writer import LineWriter
from workers.parse.text.lines import Line, fold
from workers.parse.text.mail_programs import QUOTE_BUTTONS, Sign, sign_of
from workers.parse.text.quote_marks import marked_lines
from workers.parse.text.reply_marker import restore_marker

_SKIPPED = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "select", "svg"})
_PARAGRAPHS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "body", "caption", "center", "dd", "div", "dt", "fieldset", "figcaption", "figure"}
    | {"footer", "form", "header", "hr", "legend", "li", "main", "nav", "section", "table", "tbody", "tfoot"}
    | {"thead", "tr"}
)
_PRESERVED = frozenset({"pre", "textarea", "listing", "xmp", "plaintext"})
#: Elements whose end does more than end a block, also without attributes.
_NOTED = _PRESERVED | {"blockquote", "signature", "signature-x"}
#: The deepest nesting for any size, and for a size. libxml2 compares each end tag with all open elements.
_DEEP, _DEEPEST, _DEPTH_WORK = 1_000, 10_000, 3_000_000_000
#: The most elements: a mail program writes at least 20 characters for each, and a text of 4 MB has room for so many.
_MOST_ELEMENTS = 400_000
_DEEPEST_INDENT = 9
_NO_ATTRIBUTES: Mapping[str, str] = {}
_MOST_STYLES = 500  # different ones that are remembered
_LONGEST_EMOJI, _LONGEST_LABEL = 12, 60  # characters
#: Characters that join or colour emoji, and a keycap.
_JOINERS = re.compile("[\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")


def html_lines(html: str, *, forward: bool = False) -> list[Line]:
    """Returns the lines of an HTML text.

    Raises `OverLimitError`: html_nesting if it is nested too deep for its size, html_elements if it has too many.
    Quoted lines get the prefix `> `, as in plain text; a picture in the mail becomes `[cid:...]`, as in Outlook's plain
    text. With `forward`, an Outlook header block begins content, not a quote.
    """
    source = close_divs(html).encode("utf-8", "replace")
    reader = _Reader(max(_DEEP, min(_DEEPEST, _DEPTH_WORK // (len(source) or 1))))
    target: Any = reader  # by lxml's types, names may be bytes; they never are
    parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True, huge_tree=True)
    etree.fromstring(source or b" ", parser)
    writer = reader.writer
    restore_marker(writer.texts)
    return marked_lines(writer.texts, writer.scopes, writer.rest_at, forward=forward)


class _Element(NamedTuple):
    """What the end of an open element writes or undoes. `written` counts the text pieces before it."""

    spacing: int
    scoped: bool
    sized: bool
    preserves: bool
    link: str
    written: int


class _Reader:
    """The target of the parser: writes the text of the elements with a `LineWriter`."""

    def __init__(self, deepest: int) -> None:
        self.writer = LineWriter()
        self._deepest = deepest
        self._text: list[str] = []
        self._open: list[_Element | None] = []  # None: its end only ends its block
        self._elements = 0
        self._skipping = 0  # open elements, from the outermost skipped one on
        self._lists: list[int] = []
        self._tiny: list[bool] = []
        self._styles: dict[str, Style] = {}
        self._enter: dict[str, Callable[[Mapping[str, str]], None]] = {
            "img": self._picture,
            "hr": lambda _: self.writer.rule(),
            "li": lambda _: self._item(),
            "ul": lambda _: self._lists.append(0),
            "ol": lambda _: self._lists.append(1),
            "td": lambda _: self.writer.cell(),
            "th": lambda _: self.writer.cell(),
            "tr": lambda _: self.writer.row(),
        }

    def data(self, text: str) -> None:
        """Takes a piece of text; the parser calls this."""
        self._text.append(text)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Writes the start of an element; the parser calls this. Raises `OverLimitError`."""
        if self._text:
            self._flush()
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise OverLimitError("html_elements", self._elements, _MOST_ELEMENTS)
        if self._skipping or tag in _SKIPPED:
            self._skipping += 1
        elif tag == "br":  # the most frequent element, and always empty
            self.writer.line_break()
            self._open.append(None)
        else:
            self._start_shown(tag, attributes)

    def _start_shown(self, tag: str, attributes: Mapping[str, str]) -> None:
        style = self._style(attributes["style"]) if attributes and "style" in attributes else None
        if attributes and ((style and style.hidden) or "hidden" in attributes or _is_quote_button(attributes)):
            self._skipping = 1
            return
        if len(self._open) >= self._deepest:
            raise OverLimitError("html_nesting", len(self._open) + 1, self._deepest)
        spacing = self._spacing(tag, attributes, style)
        if spacing:
            self.writer.block(spacing)
        noted = attributes or tag in _NOTED
        self._open.append(self._begin(tag, attributes, style, spacing) if noted else None)
        if action := self._enter.get(tag):
            action(attributes)

    def _begin(self, tag: str, attributes: Mapping[str, str], style: Style | None, spacing: int) -> _Element:
        """Begins what an element changes until its end."""
        sign = sign_of(tag, attributes, style)
        if sign is Sign.FROM_HERE:
            self.writer.begin_rest()
        elif sign:
            self.writer.open_scope(sign)
        preserves = True if tag in _PRESERVED else style and style.preserves
        if preserves is not None:
            self.writer.preserve(spaces=preserves)
        tiny = style.tiny if style else None
        if tiny is None and self._tiny and ("class" in attributes or tag == "font"):
            tiny = False  # a style sheet may give it a size
        if tiny is not None:
            self._tiny.append(tiny)
        link = (attributes.get("href") or "").strip() if tag == "a" else ""
        scoped = sign is not None and sign is not Sign.FROM_HERE
        return _Element(spacing, scoped, tiny is not None, preserves is not None, link, self.writer.written)

    def end(self, tag: str) -> None:
        """Writes the end of an element; the parser calls this."""
        if self._text:
            self._flush()
        if self._skipping:
            self._skipping -= 1
            return
        element = self._open.pop()
        if tag == "br":
            return
        if element and element.link:
            self._link(element)
        if tag in ("ul", "ol"):
            self._lists.pop()
        if tag == "tr":
            self.writer.row()
        if element:
            self._undo(element)
        spacing = element.spacing if element else self._spacing(tag, _NO_ATTRIBUTES, None)
        if spacing:
            self.writer.block(spacing)

    def _undo(self, element: _Element) -> None:
        if element.sized:
            self._tiny.pop()
        if element.preserves:
            self.writer.end_preserve()
        if element.scoped:
            self.writer.close_scope()

    def close(self) -> None:
        """Ends the last line; the parser calls this at the end."""
        self._flush()
        self.writer.finish()

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text = []
        if text and not self._skipping and not (self._tiny and self._tiny[-1]):
            self.writer.write(text)

    def _spacing(self, tag: str, attributes: Mapping[str, str], style: Style | None) -> int:
        """Returns the least line breaks before and after an element."""
        if tag in _BLOCKS:
            return 1
        if tag in _PARAGRAPHS:
            return 1 if self._lists and tag in ("ul", "ol") else 2
        if tag == "p":
            tight = attributes and ((style and style.no_margin) or "mso" in attributes.get("class", "").lower())
            return 1 if tight or self._lists else 2
        return 0

    def _style(self, text: str) -> Style:
        found = self._styles.get(text)
        if found is None:
            found = read_style(text)
            if len(self._styles) < _MOST_STYLES:
                self._styles[text] = found
        return found

    def _item(self) -> None:
        indent = "  " * min(max(len(self._lists) - 1, 0), _DEEPEST_INDENT)
        if self._lists and self._lists[-1]:
            self.writer.bullet(f"{indent}{self._lists[-1]}. ")
            self._lists[-1] += 1
        else:
            self.writer.bullet(f"{indent}- ")

    def _picture(self, attributes: Mapping[str, str]) -> None:
        """Writes the sign of a picture in the mail; writes an emoji that a program sends as a picture as the emoji."""
        text = attributes.get("data-emoji") or attributes.get("alt", "")
        source = attributes.get("src", "").strip()
        if text and _is_emoji(text):
            self.writer.write(text)
        elif source[:4].lower() == "cid:":
            self.writer.write(f"[cid:{fold(source[4:254])}]")

    def _link(self, element: _Element) -> None:
        """Writes the address of a link, unless the text of the link shows it or is empty."""
        target = element.link
        if not target.lower().startswith(("http://", "https://")) or self.writer.written == element.written:
            return
        if target.split("://", 1)[1].rstrip("/") not in self.writer.last_words():
            self.writer.write(f" ({target})")


def _is_quote_button(attributes: Mapping[str, str]) -> bool:
    """Returns whether the element folds and unfolds a quote, as in a copied web page."""
    if attributes.get("role") != "button":
        return False
    labels = (attributes.get(name, "") for name in ("aria-label", "title", "data-tooltip"))
    return any(fold(label[:_LONGEST_LABEL]).casefold() in QUOTE_BUTTONS for label in labels if label)


def _is_emoji(text: str) -> bool:
    """Returns whether a text is an emoji: a few symbols, and no letter or digit by itself."""
    symbols = _JOINERS.sub("", text)
    return len(text) <= _LONGEST_EMOJI and bool(symbols) and all(unicodedata.category(c) == "So" for c in symbols)
