"""HTML mail as readable lines, with the marks by which mail programs set off quotes and signatures."""

import re
from collections.abc import Callable, Sequence

from lxml import etree

from workers.parse.limits import OverLimit
from workers.parse.text.attributions import attribution, heading
from workers.parse.text.line_writer import LineWriter
from workers.parse.text.lines import COLONS, Line, Mark, fold

_SKIPPED = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "select", "svg"})
_PARAGRAPHS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "body", "caption", "center", "dd", "div", "dt", "fieldset", "figcaption", "figure"}
    | {"footer", "form", "header", "hr", "legend", "li", "main", "nav", "p", "section", "table", "tbody", "tfoot"}
    | {"thead", "tr"}
)
_HIDDEN = re.compile(r"display:none|mso-hide:all", re.IGNORECASE)
_NO_MARGIN = re.compile(r"margin(?:-bottom)?:0", re.IGNORECASE)
# Outlook for Windows draws this line above the header block of what it quotes.
_OUTLOOK_LINE = re.compile(r"border:none;border-top:solid#?\w+1\.0pt;padding:3\.0pt", re.IGNORECASE)

#: By id (Outlook prefixes nested ones with x_): the element, and all that follows it, is the quoted mail.
QUOTED_FROM_HERE = frozenset({"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"})
#: By class, id, or name: the element is quoted, or is an attribution.
QUOTED_CLASSES = (
    "gmail_attr",
    "moz-cite-prefix",  # Thunderbird
    "yahoo_quoted",
    "tutanota_quote",
    "olk_src_body_section",  # Outlook for Mac
    "zmail_extra",  # Zoho
    "messagereplysection",  # Spark
    "airmail_on",
    "front-blockquote",
    "reply-intro",  # Roundcube
)
#: By class of a blockquote: a quote, and not text that the writer indented.
QUOTED_BLOCKS = ("gmail_quote", "protonmail_quote", "yahoo_quoted", "tutanota_quote", "quote", "cite")
#: By class, id, or name, how it begins: the writer's signature.
SIGNATURES = (
    "gmail_signature",
    "moz-signature",
    "signature",  # Outlook on the web, Fastmail, Roundcube
    "ms-outlook-mobile-signature",
    "protonmail_signature",
    "applemailsignature",
    "composer_signature",  # Samsung
    "k9mail-signature",
    "zm-_id_-sgn",  # Zoho
    "zmail_signature",
    "tutanota_signature",
    "messagesignaturesection",  # Spark
    "bloop_sign",  # Airmail
    "front-signature",
)
#: libxml2 stops without a word at 2,048 open elements; what follows would be lost.
_DEEPEST = 1000
_DEEPEST_INDENT = 9


def html_lines(html: str, *, forward: bool = False) -> list[Line]:
    """The lines of an HTML text. Raises `OverLimit` (html_nesting) for more than 1,000 elements in one another.

    Quoted lines get `> ` in front, as in a plain text mail; pictures of the mail itself are written as Outlook does in
    its plain text, `[cid:...]`. `forward`: a header block in the style of Outlook begins content, not a quote.
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
            raise OverLimit("html_nesting", depth, _DEEPEST)
        if event == "end":
            reader.leave(element)
        elif reader.skips(element):
            walker.skip_subtree()
            reader.skipped = element
        else:
            reader.enter(element)
    return reader.pen.finish()


class _Reader:
    """Follows the elements in document order and tells the pen what to write."""

    def __init__(self, *, forward: bool) -> None:
        self.pen = LineWriter()
        self.skipped: etree._Element | None = None
        self._forward = forward
        self._lists: list[int] = []
        self._marked: list[etree._Element] = []
        self._written = 0
        self._enter: dict[str, Callable[[etree._Element], None]] = {
            "a": self._anchor,
            "img": self._picture,
            "hr": lambda _: self.pen.rule(),
            "li": self._item,
            "ul": lambda _: self._lists.append(0),
            "ol": lambda _: self._lists.append(1),
            "td": lambda _: self.pen.cell(),
            "th": lambda _: self.pen.cell(),
            "tr": lambda _: self.pen.row(),
        }

    def skips(self, element: etree._Element) -> bool:
        return element.tag in _SKIPPED or (bool(element.attrib) and bool(_HIDDEN.search(_style(element))))

    def enter(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag == "br":  # the most frequent one, and it has nothing in it
            self.pen.line_break()
            return
        self._space(tag, element)
        self._mark(tag, element)
        action = self._enter.get(tag)
        if action:
            action(element)
        if tag == "pre":
            self.pen.begin_preformatted()
        if element.text:
            self.pen.write(element.text)

    def leave(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if element is self.skipped:
            self.skipped = None
        elif tag != "br":
            self._close(tag, element)
        if element.tail:
            self.pen.write(element.tail)

    def _close(self, tag: str, element: etree._Element) -> None:
        if tag == "a":
            self._link(element)
        if tag in ("ul", "ol"):
            self._lists.pop()
        if tag == "tr":
            self.pen.row()
        if tag == "pre":
            self.pen.end_preformatted()
        if self._marked and self._marked[-1] is element:
            self._marked.pop()
            self.pen.unmark()
        self._space(tag, element)

    def _space(self, tag: str, element: etree._Element) -> None:
        if tag in _PARAGRAPHS:
            self.pen.block(1 if self._lists and tag in ("ul", "ol") else 2)
        elif tag == "p":
            tight = "mso" in (element.get("class") or "").lower() or _NO_MARGIN.search(_style(element))
            self.pen.block(1 if tight or self._lists else 2)
        elif tag in _BLOCKS:
            self.pen.block(1)

    def _mark(self, tag: str, element: etree._Element) -> None:
        if not element.attrib and tag != "blockquote":
            return
        mark = self._mark_of(tag, element)
        if mark is not Mark.NONE:
            self._marked.append(element)
            self.pen.mark(mark)

    def _mark_of(self, tag: str, element: etree._Element) -> Mark:
        names = (element.get("class") or "").lower().split()
        ident = (element.get("id") or "").lower()
        if tag == "blockquote":
            return Mark.QUOTE if self._is_quote(element, names) and not self._is_forward(element) else Mark.NONE
        if ident.removeprefix("x_") in QUOTED_FROM_HERE or (tag == "div" and _OUTLOOK_LINE.search(_style(element))):
            if not self._forward:
                self.pen.quote_the_rest()
            return Mark.NONE
        name = (element.get("name") or "").lower()
        every = [*names, ident, name]
        if name == "quote" and tag == "div":  # GMX and web.de
            return Mark.NONE if self._is_forward(element) else Mark.QUOTE
        if any(quoted in name for name in every for quoted in QUOTED_CLASSES):
            return Mark.NONE if self._is_forward(element) else Mark.QUOTE
        return Mark.SIGNATURE if any(name.removeprefix("x_").startswith(SIGNATURES) for name in every) else Mark.NONE

    def _is_forward(self, element: etree._Element) -> bool:
        """Whether the element, or one above it, begins with the heading of a forward; then it is no quote."""
        if not self._forward and not self._marked and not self.pen.last_words().endswith(COLONS):
            words = next((str(text) for text in element.itertext() if text.strip()), "")
            self._forward = heading(words) == "forwarded"
        return self._forward

    def _is_quote(self, element: etree._Element, names: Sequence[str]) -> bool:
        if element.get("type") == "cite" or element.get("cite") or any(name in QUOTED_BLOCKS for name in names):
            return True
        if "border-left:" in _style(element) and "border-left:none" not in _style(element):
            return True
        last = self.pen.last_words()
        return bool(last) and attribution([Line(last), Line(">", Mark.QUOTE)], 0) is not None

    def _item(self, _: etree._Element) -> None:
        indent = "  " * min(max(len(self._lists) - 1, 0), _DEEPEST_INDENT)
        if self._lists and self._lists[-1]:
            self.pen.bullet(f"{indent}{self._lists[-1]}. ")
            self._lists[-1] += 1
        else:
            self.pen.bullet(f"{indent}- ")

    def _picture(self, element: etree._Element) -> None:
        source = (element.get("src") or "").strip()
        if source[:4].lower() == "cid:":
            self.pen.write(f"[cid:{fold(source[4:254])}]")

    def _anchor(self, _: etree._Element) -> None:
        self._written = self.pen.written

    def _link(self, element: etree._Element) -> None:
        """Write the address behind a link, unless the link shows it or shows nothing."""
        target = (element.get("href") or "").strip()
        if not target.lower().startswith(("http://", "https://")) or self.pen.written == self._written:
            return
        if target.split("://", 1)[1].rstrip("/") not in self.pen.last_words():
            self.pen.write(f" ({target})")


def _style(element: etree._Element) -> str:
    style = element.get("style")
    return "".join(style.split()).lower() if style else ""
