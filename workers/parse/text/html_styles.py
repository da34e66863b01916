"""Reads from the `style` attribute of an HTML element what matters for its words: hidden, white space, marks."""

import re
from typing import NamedTuple

_LONGEST = 2000  # characters of a style that are read
_ZERO = r"0(?:\.0{1,9})?(?:px|pt|r?em|in|cm|mm|vh|vw|%)?(?:!important)?(?:;|$)"
_HIDDEN = re.compile(rf"display:none|mso-hide:all|visibility:(?:hidden|collapse)|(?:^|;)opacity:{_ZERO}")
_NO_HEIGHT = re.compile(rf"(?:^|;)(?:max-)?height:{_ZERO}")
_NO_OVERFLOW = re.compile(r"(?:^|;)overflow(?:-y)?:(?:hidden|clip)")
_FONT_SIZE = re.compile(r"(?:^|;)font(?:-size)?:")
_TINY = re.compile(rf"(?:^|;)font-size:(?:1p[xt](?:!important)?(?:;|$)|{_ZERO})")
_NO_MARGIN = re.compile(r"margin(?:-bottom)?:0")
_WHITE_SPACE = re.compile(r"(?:^|;)white-space(?:-collapse)?:(?:(pre|break-spaces|preserve)|normal|nowrap|collapse)")
_BAR = re.compile(r"(?:^|;)border-(?:left|inline-start)(?:-style|-width)?:(?!none|0|medium|initial|unset)")
#: The rule above the header block of the quoted mail, from Outlook for Windows; as browsers and web programs rewrite
#: it; and that of Windows Mail.
_OUTLOOK_LINE = re.compile(
    r"border:none;border-top:solid#?\w{1,20}1\.0pt;padding:3(?:\.0)?pt"
    r"|border-top:(?:1(?:\.0)?ptsolid|solid#?\w{1,20}1\.0pt)[^;]{0,40};(?:[^;]{0,80};){0,9}?padding:3(?:\.0)?pt"
    r"|border-width:1ptmedium(?:medium)?;border-style:solidnone(?:none)?;(?:[^;]{0,80};){0,3}?padding:3(?:\.0)?pt"
    r"|border-top-color:[^;]{1,40};border-top-width:\dpx;border-top-style:solid"
)
#: The bar at the left of the update in casemail's own mails (cases/templates/notice.html).
_OWN_QUOTE = re.compile(r"border-left:3pxsolid(?:#1b6ac9|rgb\(27,106,201\))")


class Style(NamedTuple):
    """What a style says. `tiny` is True for a font of at most one pixel, None if the style has no size; `preserves` is
    whether line ends in the source are line breaks, None if the style does not say."""

    hidden: bool
    tiny: bool | None
    preserves: bool | None
    no_margin: bool
    bar: bool
    outlook_line: bool
    own_quote: bool


def read_style(style: str) -> Style:
    """Returns what a `style` attribute says."""
    text = "".join(style[:_LONGEST].split()).lower()
    space = _WHITE_SPACE.search(text) if "white-space" in text else None
    return Style(
        hidden=bool(_HIDDEN.search(text) or (_NO_HEIGHT.search(text) and _NO_OVERFLOW.search(text))),
        tiny=bool(_TINY.search(text)) if _FONT_SIZE.search(text) else None,
        preserves=bool(space[1]) if space else None,
        no_margin=bool(_NO_MARGIN.search(text)),
        bar=bool(_BAR.search(text)),
        outlook_line=bool(_OUTLOOK_LINE.search(text)),
        own_quote=bool(_OWN_QUOTE.search(text)),
    )
