"""Turns an HTML text into lines, and marks quotes and signatures by the tables of mail_programs.py."""

import re
from collections.abc import Callable, Sequence

from lxml import etree

from workers.parse.limits import OverLimitError
from workers.parse.text.attributions import attribution
from workers.parse.text.headings import heading
from workers.parse.text.line_writer import LineWriter
from workers.parse.text.lines import COLONS, Line, Mark, fold
from workers.parse.text.mail_programs import OUTLOOK_LINE, QUOTED_BLOCKS, QUOTED_CLASSES, QUOTED_FROM_HERE, SIGNATURES

_SKIPPED = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "select", "svg"})
_PARAGRAPHS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "body", "caption", "center", "dd", "div", "dt", "fieldset", "figcaption", "figure"}
    | {"footer", "form", "header", "hr", "legend", "li", "main", "nav", "p", "section", "table", "tbody", "tfoot"}
    | {"thead", "tr"}
)
_HIDDEN = re.compile(r"display:none|mso-hide:all", re.IGNORECASE)
_NO_MARGIN = re.compile(r"margin(?:-bottom)?:0", re.IGNORECASE)
#: libxml2 stops silently at 2,048 nested elements, and loses the rest.
_DEEPEST = 1000
_DEEPEST_INDENT = 9


def html_lines(html: str, *, forward: bool = False) -> list[Line]:
    """Returns the lines of an HTML text. Raises `OverLimitError` (html_nesting) for more than 1,000 nested elements.

    Quoted lines get the prefix `> `, as in plain text; a picture in the mail becomes `[cid:...]`, as in Outlook's plain
    text. With `forward`, an Outlook header block begins content, not a quote.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    root = etree.fromstring(html.encode("utf-8", "replace") or b" ", parser)
    if root is None:
        return []
    reader, depth = _Reader(forward=forward), 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            raise OverLimitError("html_nesting", depth, _DEEPEST)
        if event == "end":
            reader.leave(element)
        elif reader.skips(element):
            walker.skip_subtree()
            reader.skipped = element
        else:
            reader.enter(element)
    return reader.lines()


class _Reader:
    """Visits the elements in document order, and writes their text and marks with a `LineWriter`."""

    def __init__(self, *, forward: bool) -> None:
        self._writer = LineWriter()
        self.skipped: etree._Element | None = None
        self._forward = forward
        self._lists: list[int] = []
        self._marked: list[etree._Element] = []
        self._written = 0
        self._enter: dict[str, Callable[[etree._Element], None]] = {
            "a": self._anchor,
            "img": self._picture,
            "hr": lambda _: self._writer.rule(),
            "li": self._item,
            "ul": lambda _: self._lists.append(0),
            "ol": lambda _: self._lists.append(1),
            "td": lambda _: self._writer.cell(),
            "th": lambda _: self._writer.cell(),
            "tr": lambda _: self._writer.row(),
        }

    def lines(self) -> list[Line]:
        """Returns all lines."""
        return self._writer.finish()

    def skips(self, element: etree._Element) -> bool:
        """Returns whether mail programs do not show the element."""
        return element.tag in _SKIPPED or (bool(element.attrib) and bool(_HIDDEN.search(_style(element))))

    def enter(self, element: etree._Element) -> None:
        """Writes the start of the element, and its text up to its first child."""
        tag = str(element.tag)
        if tag == "br":  # the most frequent element, and always empty
            self._writer.line_break()
            return
        self._space(tag, element)
        self._mark(tag, element)
        action = self._enter.get(tag)
        if action:
            action(element)
        if tag == "pre":
            self._writer.begin_preformatted()
        if element.text:
            self._writer.write(element.text)

    def leave(self, element: etree._Element) -> None:
        """Writes the end of the element, and the text up to the next element."""
        tag = str(element.tag)
        if element is self.skipped:
            self.skipped = None
        elif tag != "br":
            self._close(tag, element)
        if element.tail:
            self._writer.write(element.tail)

    def _close(self, tag: str, element: etree._Element) -> None:
        if tag == "a":
            self._link(element)
        if tag in ("ul", "ol"):
            self._lists.pop()
        if tag == "tr":
            self._writer.row()
        if tag == "pre":
            self._writer.end_preformatted()
        if self._marked and self._marked[-1] is element:
            self._marked.pop()
            self._writer.unmark()
        self._space(tag, element)

    def _space(self, tag: str, element: etree._Element) -> None:
        if tag in _PARAGRAPHS:
            self._writer.block(1 if self._lists and tag in ("ul", "ol") else 2)
        elif tag == "p":
            tight = "mso" in (element.get("class") or "").lower() or _NO_MARGIN.search(_style(element))
            self._writer.block(1 if tight or self._lists else 2)
        elif tag in _BLOCKS:
            self._writer.block(1)

    def _mark(self, tag: str, element: etree._Element) -> None:
        if not element.attrib and tag != "blockquote":
            return
        mark = self._mark_of(tag, element)
        if mark is not Mark.NONE:
            self._marked.append(element)
            self._writer.mark(mark)

    def _mark_of(self, tag: str, element: etree._Element) -> Mark:
        names = (element.get("class") or "").lower().split()
        ident = (element.get("id") or "").lower()
        if tag == "blockquote":
            return Mark.QUOTE if self._is_quote(element, names) and not self._is_forward(element) else Mark.NONE
        if ident.removeprefix("x_") in QUOTED_FROM_HERE or (tag == "div" and OUTLOOK_LINE.search(_style(element))):
            if not self._forward:
                self._writer.quote_the_rest()
            return Mark.NONE
        name = (element.get("name") or "").lower()
        every = [*names, ident, name]
        if name == "quote" and tag == "div":  # GMX and web.de
            return Mark.NONE if self._is_forward(element) else Mark.QUOTE
        if any(quoted in name for name in every for quoted in QUOTED_CLASSES):
            return Mark.NONE if self._is_forward(element) else Mark.QUOTE
        return Mark.SIGNATURE if any(name.removeprefix("x_").startswith(SIGNATURES) for name in every) else Mark.NONE

    def _is_forward(self, element: etree._Element) -> bool:
        """Returns whether this or an earlier element begins with the heading of a forward; then it is not a quote."""
        if not self._forward and not self._marked and not self._writer.last_words().endswith(COLONS):
            words = next((str(text) for text in element.itertext() if text.strip()), "")
            self._forward = heading(words) == "forwarded"
        return self._forward

    def _is_quote(self, element: etree._Element, names: Sequence[str]) -> bool:
        if element.get("type") == "cite" or element.get("cite") or any(name in QUOTED_BLOCKS for name in names):
            return True
        if "border-left:" in _style(element) and "border-left:none" not in _style(element):
            return True
        last = self._writer.last_words()
        return bool(last) and attribution([Line(last), Line(">", Mark.QUOTE)], 0) is not None

    def _item(self, _: etree._Element) -> None:
        indent = "  " * min(max(len(self._lists) - 1, 0), _DEEPEST_INDENT)
        if self._lists and self._lists[-1]:
            self._writer.bullet(f"{indent}{self._lists[-1]}. ")
            self._lists[-1] += 1
        else:
            self._writer.bullet(f"{indent}- ")

    def _picture(self, element: etree._Element) -> None:
        source = (element.get("src") or "").strip()
        if source[:4].lower() == "cid:":
            self._writer.write(f"[cid:{fold(source[4:254])}]")

    def _anchor(self, _: etree._Element) -> None:
        self._written = self._writer.written

    def _link(self, element: etree._Element) -> None:
        """Writes the address of a link, unless the text of the link shows it or is empty."""
        target = (element.get("href") or "").strip()
        if not target.lower().startswith(("http://", "https://")) or self._writer.written == self._written:
            return
        if target.split("://", 1)[1].rstrip("/") not in self._writer.last_words():
            self._writer.write(f" ({target})")


def _style(element: etree._Element) -> str:
    style = element.get("style")
    return "".join(style.split()).lower() if style else ""
