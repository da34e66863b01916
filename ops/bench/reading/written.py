"""Writes the two texts of an answer, as its mail program does."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from ops.bench.reading.answers import Answer
from ops.bench.reading.damage import DAMAGES, links_rewritten
from ops.bench.reading.programs.row import Html, Plain

_LINK = re.compile(r"https?://[^\s<>\"]+")
_ADDRESS = re.compile(r"&lt;([^&\s]+@[^&\s]+)&gt;")
_LABEL = re.compile(r"^([^:\n\d]{1,30}):\s*(.*)$", re.MULTILINE)
_RULE = re.compile(r"^[-_]{3,}$", re.MULTILINE)
_LIST = (
    "_______________________________________________\nTenants mailing list -- tenants@lists.example.net\n"
    "To unsubscribe send an email to tenants-leave@lists.example.net"
)
_GROUP = (
    '-- \nYou received this message because you are subscribed to the Google Groups "Tenants" group.\nTo unsubscribe '
    "from this group and stop receiving emails from it, send an email to tenants+unsubscribe@googlegroups.example."
)


class Piece(NamedTuple):
    """A part of an answer, from top to bottom.

    `kind` is "own", "closing", "signature", "mobile" (a program's line), "attribution", "quote" or "added" (by a
    gateway or list). `between`: a quote between own words, which a reader keeps. `last`: the end of the quote.
    """

    kind: str
    paragraphs: tuple[str, ...]
    between: bool = False
    last: bool = False


class Words(NamedTuple):
    """What a reader should find: `own`, the person's paragraphs in order; what it `may` keep; and what is `quoted`."""

    own: tuple[str, ...]
    may: tuple[str, ...]
    quoted: tuple[str, ...]


def pieces(answer: Answer, *, rich: bool) -> list[Piece]:
    """Returns the parts of an answer in order; `rich`: with the quote's paragraphs as HTML."""
    mail = answer.quoted
    paragraphs = tuple(html for html, _ in mail.rich) if rich else _plain_paragraphs(answer)
    attribution = Piece("attribution", (answer.html_attribution if rich else answer.attribution,))
    signature = _signature(answer)
    if answer.position == "above":
        found = [Piece("own", answer.own), *signature, attribution, Piece("quote", paragraphs, last=True)]
    elif answer.position == "below":
        found = [attribution, Piece("quote", paragraphs, last=True), Piece("own", answer.own), *signature]
    else:
        uses_html = rich or (answer.program.plain is not None and answer.program.plain.from_html)
        low, _ = mail.between(rich=uses_html)
        found = [attribution, *_between(answer, paragraphs, low)]
        if found[-1].kind == "own":
            found += signature
    return [*_above(answer), *found, *_below(answer)]


def _between(answer: Answer, paragraphs: Sequence[str], low: int) -> Iterator[Piece]:
    """Yields quotes and own words in turn; the last own words are all that are left."""
    cuts, at = answer.cuts, 0
    for index, cut in enumerate(cuts):
        if low + cut > at:
            yield Piece("quote", tuple(paragraphs[at : low + cut]), between=index > 0)
        at = max(at, low + cut)
        yield Piece("own", answer.own[index:] if index == len(cuts) - 1 else answer.own[index : index + 1])
    if answer.rest and at < len(paragraphs):
        yield Piece("quote", tuple(paragraphs[at:]), last=True)


def _plain_paragraphs(answer: Answer) -> tuple[str, ...]:
    plain = answer.program.plain
    if plain is not None and plain.from_html:
        return tuple(text for _, text in answer.quoted.rich)
    return answer.quoted.plain


def _signature(answer: Answer) -> list[Piece]:
    name = answer.language.person[0]
    match answer.signature:
        case "closing":
            return [Piece("closing", (f"{answer.language.say('closing')}\n{name}",))]
        case "signature":
            return [Piece("signature", (f"{name}\n0171 5550123",))]
        case "mobile":
            mobile = answer.program.mobile
            return [Piece("mobile", (answer.language.say(mobile) if mobile.isidentifier() else mobile,))]
    return []


def _above(answer: Answer) -> list[Piece]:
    return [Piece("added", (answer.language.say("banner"),))] if answer.damage == "gateway banner" else []


def _below(answer: Answer) -> list[Piece]:
    if answer.damage == "disclaimer":
        return [Piece("added", (answer.language.say("disclaimer"),))]
    if answer.damage == "list footer":
        return [Piece("added", (_GROUP if answer.rest else _LIST,))]
    return []


def plain_text(answer: Answer) -> str:
    """Returns the plain text of an answer, with its damage."""
    plain = answer.program.plain
    assert plain is not None
    lines: list[str] = []
    for piece in pieces(answer, rich=False):
        lines += _plain_piece(answer, plain, piece, lines)
    return DAMAGES[answer.damage].plain("\n".join(lines).strip("\n") + "\n")


def _plain_piece(answer: Answer, plain: Plain, piece: Piece, above: list[str]) -> list[str]:
    """Returns the lines of a piece, with a blank line below it. Joins the quote to the line `above` where asked to."""
    if piece.kind == "quote":
        quote = [plain.prefix + line if line else plain.prefix.rstrip() for line in _quoted_lines(answer, plain, piece)]
        if plain.gap.strip("\n") and above:
            above[-1:] = [above[-1] + plain.gap + quote.pop(0).lstrip()]
        return [*quote, ""]
    if piece.kind == "attribution":
        lines = _wrapped(piece.paragraphs[0], plain.width, "")
        return [*lines, *([""] if plain.gap == "\n" else [])]
    head = ["-- "] if piece.kind == "signature" else []
    soft = " " if plain.flowed else ""
    return [*head, *(line for text in piece.paragraphs for line in (*_wrapped(text, plain.width, soft), ""))]


def _quoted_lines(answer: Answer, plain: Plain, piece: Piece) -> list[str]:
    """Returns the lines of a quote without its own quote signs; the last piece holds the older mails of the thread."""
    soft = " " if plain.flowed else ""
    lines = [line for text in piece.paragraphs for line in (*_wrapped(text, plain.width, soft), "")]
    prefix = ""
    for older in answer.older if piece.last else ():
        body = [line for text in older.paragraphs for line in (*_wrapped(text, plain.width, soft), "")]
        lines += [prefix + line for line in (*_wrapped(older.attribution, plain.width, ""), "")]
        prefix += plain.prefix if plain.prefix.strip() else ""
        lines += [(prefix + line).rstrip() if not line else prefix + line for line in body]
    return lines[:-1]


def _wrapped(text: str, width: int, soft: str) -> list[str]:
    """Returns the lines of a text, broken at `width`; `soft` ends each broken line (RFC 3676 section 4.1)."""
    found = []
    for line in text.split("\n"):
        broken = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) if width else [line]
        broken = broken or [""]
        found += [each + soft for each in broken[:-1]] + broken[-1:]
    return found


def html_text(answer: Answer) -> str:
    """Returns the HTML of an answer, with its damage."""
    html = answer.program.html
    assert html is not None
    parts, opened = [], False
    for piece in pieces(answer, rich=True):
        if piece.kind == "attribution":
            parts += [html.open, html.attribution.replace("ATTRIBUTION", _rich_attribution(piece.paragraphs[0]))]
            opened = True
        elif piece.kind == "quote":
            parts += [html.quote[0], *piece.paragraphs, *_rich_thread(answer, html, last=piece.last), html.quote[1]]
            if opened and answer.position != "between":
                parts.append(html.close)
                opened = False
        else:
            parts += _rich_words(html, piece)
    if opened:
        parts.append(html.close)
    page = f'<html><head><meta charset="UTF-8"></head><body>{"".join(parts)}</body></html>'
    return DAMAGES[answer.damage].html(page)


def _rich_words(html: Html, piece: Piece) -> list[str]:
    if piece.kind in ("signature", "mobile"):
        return [html.signature.replace("TEXT", _rich(piece.paragraphs[0]))]
    if piece.kind == "added":
        return [f'<div style="font-size:9pt">{_rich(piece.paragraphs[0])}</div>']
    return [html.paragraph.replace("TEXT", _rich(text)) for text in piece.paragraphs]


def _rich_thread(answer: Answer, html: Html, *, last: bool) -> Iterator[str]:
    closing = []
    for older in answer.older if last else ():
        yield html.open + html.attribution.replace("ATTRIBUTION", _rich_attribution(older.attribution))
        yield html.quote[0]
        yield from (f"<p>{_rich(text)}</p>" for text in older.paragraphs)
        closing.append(html.quote[1] + html.close)
    yield from reversed(closing)


def _rich(text: str) -> str:
    linked = _LINK.sub(lambda match: f'<a href="{match[0]}">{match[0]}</a>', escape(text, quote=False))
    return linked.replace("\n", "<br>")


def _rich_attribution(text: str) -> str:
    """Returns an attribution as HTML; in a header block, the labels are bold, and there is no rule of dashes."""
    inner = escape(_RULE.sub("", text).strip("\n"), quote=False)
    if "\n" in inner:
        inner = _LABEL.sub(r"<b>\1:</b> \2", inner)
    return _ADDRESS.sub(r'&lt;<a href="mailto:\1">\1</a>&gt;', inner).replace("\n", "<br>")


def _marks_signature(answer: Answer) -> bool:
    html = answer.program.html
    return html is not None and html.marks_signature and not DAMAGES[answer.damage].unmarks


def words(answer: Answer) -> Words:
    """Returns what a reader should find in the form that it reads: the plain text, if there is any."""
    rich = answer.form == "html"
    change = links_rewritten if answer.damage == "links rewritten" and not rich else str
    shown = dict(answer.quoted.rich) if rich else {}
    own: list[str] = []
    may: list[str] = []
    quoted: list[str] = []
    for piece in pieces(answer, rich=rich):
        texts = [change(shown.get(text, text)) for text in piece.paragraphs]
        unmarked = rich and piece.kind == "signature" and not _marks_signature(answer)
        if piece.kind == "own":
            own += texts
        elif piece.kind == "closing" or piece.between or unmarked:
            may += texts
        else:
            quoted += texts
        for older in answer.older if piece.last else ():
            quoted += [older.attribution, *older.paragraphs]
    return Words(tuple(own), tuple(may), tuple(quoted))
