"""Closes the `<div>` elements that are left open in a `<blockquote>`, as browsers do.

libxml2 ignores `</blockquote>` while a `<div>` in it is open: then all words below would belong to the quote. By the
HTML standard ("in body", an end tag of blockquote) the end tag closes both. Within a table cell it closes neither.
"""

import re

_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)(div|blockquote|table|t[dh])\b(?=[\s/>])", re.IGNORECASE | re.DOTALL)
_BLOCKQUOTE = re.compile("</blockquote", re.IGNORECASE)
_CELLS = frozenset({"table", "td", "th"})


def close_divs(html: str) -> str:
    """Returns the HTML with `</div>` in front of each `</blockquote>` for every `<div>` that is open in it."""
    if not _BLOCKQUOTE.search(html):
        return html
    pieces: list[str] = []
    at = 0
    elements = _OpenElements()
    for match in _TAG.finditer(html):
        if not match[2]:
            continue
        missing = elements.read(match[2].lower(), end=bool(match[1]))
        if missing:
            pieces += [html[at : match.start()], "</div>" * missing]
            at = match.start()
    return "".join((*pieces, html[at:]))


class _OpenElements:
    """The open `<div>` and `<blockquote>` elements, in a list for each open table and cell. Each is visited once."""

    def __init__(self) -> None:
        self._lists: list[tuple[str, list[str]]] = [("", [])]
        self._counts: dict[tuple[int, str], int] = {}  # of each kind in the list of this number
        self._cells = dict.fromkeys(_CELLS, 0)

    def read(self, tag: str, *, end: bool) -> int:
        """Reads a tag; returns how many open `<div>` elements the end of a `<blockquote>` closes with it."""
        if tag in _CELLS:
            self._read_cell(tag, end=end)
            return 0
        key = len(self._lists), tag
        if not end:
            self._lists[-1][1].append(tag)
            self._counts[key] = self._counts.get(key, 0) + 1
            return 0
        return self._close(tag) if self._counts.get(key) else 0

    def _close(self, tag: str) -> int:
        closed = 0
        while (last := self._lists[-1][1].pop()) != tag:
            self._counts[len(self._lists), last] -= 1
            closed += 1
        self._counts[len(self._lists), tag] -= 1
        return closed if tag == "blockquote" else 0

    def _read_cell(self, tag: str, *, end: bool) -> None:
        if not end:
            self._lists.append((tag, []))
            self._cells[tag] += 1
        while end and self._cells[tag]:
            for kind in ("div", "blockquote"):
                self._counts.pop((len(self._lists), kind), None)
            last, _ = self._lists.pop()
            self._cells[last] -= 1
            if last == tag:
                return
