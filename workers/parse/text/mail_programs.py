"""Lists how mail programs mark quotes and signatures in their HTML: names, styles and words. Add a mail program here.

Names are classes, ids and the attributes `name`, `data-marker` and `fairemail`, all in lower case. Outlook puts x_ in
front of the names of a quoted mail.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto

from workers.parse.text.html_styles import Style


class Sign(Enum):
    """What the mark of an element says; `quote_marks` decides by the lines around it."""

    SIGNATURE = auto()  # the author's signature
    QUOTE = auto()  # a quote or an attribution, as nothing else has this mark
    CITED = auto()  # a quote; but under a colon that is no attribution, the person set the text off
    BAR = auto()  # a quote if an attribution is near: the programs' buttons for quotes write the same
    INDENTED = auto()  # a quote if an attribution is directly above: people also indent text
    NAMED = auto()  # a FRAME if it begins with an attribution or a header block
    FRAME = auto()  # the attribution, then blockquotes and the answers between them; all is quoted without a blockquote
    CONTAINER = auto()  # no quote by itself, but every BAR within is one
    FROM_HERE = auto()  # if a header block follows, all from here to the end of the element around it is quoted


#: Names: the quoted mail begins with this element, and reaches to the end.
QUOTED_FROM_HERE = frozenset(
    {"divrplyfwdmsg", "appendonsend"}  # Outlook on the web, new Outlook
    | {"mail-editor-reference-message-container"}  # Outlook on phones
    | {"quoted_header"}  # Nine
)
#: A name that contains one of these: the element is a quote, or an attribution.
QUOTED_NAMES = (
    "gmail_attr",
    "moz-cite-prefix",  # Thunderbird
    "yahoo_quoted",
    "olk_src_body_section",  # Outlook for Mac
    "blockquote_zmail",
    "airmail_on",
    "front-blockquote",
    "reply-intro",  # Roundcube
    "cm_quote",  # Newton
    "canaryblockquote",
    "isreplycontent",  # NetEase
    "ntes-mailmaster-quote",
    "xm_mail_oringinal_describe",  # QQ and WeCom on phones, spelled like this
    "__headers__",  # Zimbra
    "__quoted_text__",
    "history_container",  # Mailbird
)
#: Names of a blockquote that nothing but a quote has.
QUOTED_BLOCKS = frozenset({"protonmail_quote", "yahoo_quoted", "spark_quote", "missive_quote", "cite"})
#: Names of an element that begins with the attribution. Programs put answers between the quotes into it, too.
FRAMES = frozenset(
    {"zmail_extra", "messagereplysection", "edo-original", "protonmail_quote", "fairemail_quote", "tutanota_quote"}
)
#: Names of an element around quotes, answers between them and what follows.
CONTAINERS = frozenset({"gmail_quote", "gmail_quote_container", "nylas-quote"})
#: Names of an element below an attribution, with the quoted text.
_BELOW_ATTRIBUTION = frozenset({"oldcontent", "original-content"})  # Newton; QQ
#: A name that begins with one of these: the element is the author's signature.
SIGNATURES = (
    "gmail_signature",
    "moz-signature",
    "signature",  # Outlook on the web, Fastmail, Roundcube, Nine
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
    "missive_signature",
    "mb_sig",  # Mailbird
    "edo-signature",  # Edison
    "cm_signature",  # Newton
    "canarysig",
    "fairemail_signature",
    "__sig_p",  # Zimbra: __SIG_PRE__ and __SIG_POST__
    "io-ox-signature",  # Open-Xchange
    "__aliyun_signature",
    "_foxfromname",  # Foxmail
    "x-evo-signature",  # Evolution
    "mt-signature",  # Mailtrack
)
#: Elements that are a signature: Mailspring's and Nine's.
_SIGNATURE_TAGS = frozenset({"signature", "signature-x"})
#: Attributes that only a signature has: Mail.ru's.
_SIGNATURE_ATTRIBUTES = ("data-signature-widget",)
#: Attributes of a blockquote that only a quote has: the id of the quoted mail, and Seznam's.
_CITED_ATTRIBUTES = ("cite", "data-email")
#: A part of a name by which an unknown program says that the element is a quote.
_SAYS_QUOTE = re.compile(r"(?:^|[_-])(?:quot(?:e|ed|es|ation)|blockquote|reply)(?:[_-]|$)")

#: What stands for a folded quote when the HTML of a web page was copied, and letters of programs that count how often
#: a mail is read: lines of only such words, directly above a quote or at the end, are not the person's.
QUOTE_BUTTONS = frozenset(
    {"\u2022\u2022\u2022", "\u00b7\u00b7\u00b7", "\u22ef", "[quoted text hidden]", "- show quoted text -"}
    | {"- hide quoted text -", "show quoted text", "hide quoted text", "show trimmed content", "hide trimmed content"}
    | {"show original message", "hide original message", "view original message", "show message history"}
    | {"[message clipped] view entire message", "[message clipped]  view entire message"}
)

_LONGEST_NAMES = 2000  # characters


def sign_of(tag: str, attributes: Mapping[str, str], style: Style | None) -> Sign | None:
    """Returns what the mark of an element says, None if it has none."""
    if tag in _SIGNATURE_TAGS or any(name in attributes for name in _SIGNATURE_ATTRIBUTES):
        return Sign.SIGNATURE
    names = _names(attributes) if attributes else []
    if not QUOTED_FROM_HERE.isdisjoint(names) or (style and style.outlook_line and tag == "div"):
        return Sign.FROM_HERE
    if (tag == "div" and _is_quoted_div(attributes, style)) or any(
        quoted in name for name in names for quoted in QUOTED_NAMES
    ):
        return Sign.QUOTE
    return _sign_of_blockquote(attributes, names, style) if tag == "blockquote" else _sign_of_names(names)


def _is_quoted_div(attributes: Mapping[str, str], style: Style | None) -> bool:
    """Returns whether a div is a quote by GMX and web.de, or the update in casemail's own mail."""
    return attributes.get("name", "").lower() == "quote" or bool(style and style.own_quote)


def _sign_of_names(names: list[str]) -> Sign | None:
    for name in names:
        if name in FRAMES:
            return Sign.FRAME
        if name in CONTAINERS:
            return Sign.CONTAINER
        if name in _BELOW_ATTRIBUTION:
            return Sign.BAR
        if name.startswith(SIGNATURES):
            return Sign.SIGNATURE
    return Sign.NAMED if any(map(_SAYS_QUOTE.search, names)) else None


def _sign_of_blockquote(attributes: Mapping[str, str], names: list[str], style: Style | None) -> Sign:
    if any(attributes.get(name) for name in _CITED_ATTRIBUTES) or not QUOTED_BLOCKS.isdisjoint(names):
        return Sign.QUOTE
    if attributes.get("type") == "cite":
        return Sign.CITED
    barred = bool(style and style.bar) or any(map(_SAYS_QUOTE.search, names))
    return Sign.BAR if barred else Sign.INDENTED


def _names(attributes: Mapping[str, str]) -> list[str]:
    """Returns all names of an element, each without the x_ of Outlook."""
    found = [attributes[name] for name in ("class", "id", "name", "data-marker") if name in attributes]
    return [name.removeprefix("x_") for name in " ".join(found)[:_LONGEST_NAMES].lower().split()] if found else []
