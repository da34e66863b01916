"""Which parts of a mail are files, as far as the mail's own words tell: one table, from the first rule to the last.

The structures are those of mail programs as they send; `tests/mails/files.py` has each of them.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from cases.files.types import ending
from schemas.files import FileReason
from schemas.records import Attachment, Shown

#: Endings of pictures, for programs that send them without a type.
_PICTURES = frozenset(
    {"png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "webp", "avif", "heic", "heif", "tif", "tiff"}
    | {"svg", "svgz", "emf", "wmf", "emz", "wmz", "ico"}
)

#: Types that are parts of how a mail is made, and why no person sent them as a file.
MAIL_PARTS: dict[str, str] = {
    "application/pgp-signature": "the digital signature of the mail (RFC 3156)",
    "application/pkcs7-signature": "the digital signature of the mail (RFC 8551)",
    "application/x-pkcs7-signature": "the digital signature of the mail (RFC 8551)",
    "application/pgp-keys": "the key that a mail program adds to a signed mail (RFC 3156)",
    "application/pgp-encrypted": "the mark of an encrypted mail (RFC 3156)",
    "message/delivery-status": "what a delivery report says (RFC 3464)",
    "message/disposition-notification": "what a read receipt says (RFC 8098)",
    "message/feedback-report": "what a complaint says (RFC 5965)",
    "text/rfc822-headers": "the header of a mail that a report is about (RFC 6522)",
    "application/applefile": "what only a Mac keeps with a file (RFC 1740)",
    "text/x-moz-deleted": "a note of Thunderbird that a file was deleted from the mail",
    "text/x-amp-html": "another form of the words",
    "text/watch-html": "another form of the words",
    "application/x-mso": "what Word needs to draw the text",
}
_CALENDARS = ("text/calendar", "application/ics")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
#: What Word leaves beside a text of its own.
_WORD = re.compile(
    r"(?:oledata\.mso|editdata\.mso|filelist\.xml|colorschememapping\.xml|themedata\.thmx)", re.IGNORECASE
)
#: How Outlook and Exchange number the pictures of a text. Mail on an iPhone has `image0.jpeg` for photos: files.
_NUMBERED = re.compile(r"(?:image\d{3}|outlook-[\w-]{4,40}|att\d{5})\.\w{3,4}", re.IGNORECASE)


class Finding(NamedTuple):
    """What a rule found: its name, on what evidence, and why the part is no file of the update (None: it may be one).

    `inline`: the part is a picture that the person's own words show, which comes after the real files.
    """

    rule: str
    evidence: str
    reason: FileReason | None = None
    inline: bool = False


class Rule(NamedTuple):
    """One rule: `holds` gives its evidence, "" where it says nothing."""

    name: str
    holds: Callable[[Attachment], str]
    reason: FileReason | None = None
    inline: bool = False


def is_picture(part: Attachment) -> bool:
    """Whether the part is a picture by its type or its name."""
    return part.declared_type.startswith("image/") or ending(part.name) in _PICTURES


def find(part: Attachment) -> Finding:
    """The first rule of the table that holds for a part."""
    for rule in RULES:
        if evidence := rule.holds(part):
            return Finding(rule.name, evidence, rule.reason, rule.inline)
    raise AssertionError("the last rule holds for every part")


def _mail_part(part: Attachment) -> str:
    return MAIL_PARTS.get(part.declared_type, "")


def _appointment(part: Attachment) -> str:
    loose = part.declared_type in _CALENDARS and part.disposition != "attachment"
    return "an appointment that is not attached, but a form of the mail (RFC 6047)" if loose else ""


def _tnef(part: Attachment) -> str:
    packed = part.declared_type in _TNEF or part.name.lower() == "winmail.dat"
    return f"{part.name}, {part.declared_type}: left as it is, nothing in it is read" if packed else ""


def _quoted(part: Attachment) -> str:
    return "the quoted mail shows it" if part.shown is Shown.QUOTE else ""


def _signed(part: Attachment) -> str:
    return "the signature, or a notice below, shows it" if part.shown is Shown.SIGNATURE else ""


def _broken(part: Attachment) -> str:
    return part.defect


def _empty(part: Attachment) -> str:
    return "it has no bytes" if not part.size else ""


def _in_words(part: Attachment) -> str:
    said = {
        Shown.WORDS: "the person's own words show it",
        Shown.END: "the person's own words show it at their end",
        Shown.CLOSING: "it is shown where a signature is likely",
    }
    return said.get(part.shown, "inline, and the kept words refer to it" if part.referred else "")


def _word_leftover(part: Attachment) -> str:
    return (
        "what Word needs to draw the text, by its name"
        if part.within == "related" and _WORD.fullmatch(part.name)
        else ""
    )


def _loose(part: Attachment) -> bool:
    """Whether it is a picture that is not said to be attached, and that no text shows."""
    shown = part.referred or part.shown is not Shown.NOWHERE
    return is_picture(part) and part.disposition != "attachment" and not shown


def _related(part: Attachment) -> str:
    return "a picture that belongs to the HTML (multipart/related)" if part.within == "related" and _loose(part) else ""


def _numbered(part: Attachment) -> str:
    named = _NUMBERED.fullmatch(part.name) and _loose(part)
    return f"not attached, with a name that a program gives to pictures of a text: {part.name}" if named else ""


def _inline_as_told(part: Attachment) -> str:
    """Of a record of an older reader, which did not tell the disposition."""
    return "a picture that is inline" if part.inline and not part.disposition and _loose(part) else ""


def _attached(part: Attachment) -> str:
    return "Content-Disposition: attachment, and no text shows it" if part.disposition == "attachment" else ""


def _between(part: Attachment) -> str:
    between = part.disposition == "inline"
    return "it stands between or below the texts, as Apple Mail puts files, and no text shows it" if between else ""


def _any(part: Attachment) -> str:
    return f"Content-Disposition: {part.disposition or 'none'}, and no text shows it"


#: From the first to the last; the first that holds decides. Beside each: why.
RULES: tuple[Rule, ...] = (
    # a mail is made of more than words and files; nobody misses these
    Rule("part of the mail", _mail_part, FileReason.MAIL_PART),
    Rule("appointment", _appointment, FileReason.MAIL_PART),
    Rule("left by Word", _word_leftover, FileReason.MAIL_PART),
    # reading it costs minutes on hostile bytes; whoever sent it must know that files are in it
    Rule("packed by Outlook", _tnef, FileReason.TNEF),
    # before all that speaks for a picture: of one that is shown here and there, a logo is more than likely
    Rule("in the quote", _quoted, FileReason.INLINE),
    Rule("in the signature", _signed, FileReason.SIGNATURE_PICTURE),
    # Outlook up to 2013 and Notes write no disposition for pictures of the HTML; and a gateway may have lost the HTML
    Rule("of the HTML", _related, FileReason.INLINE),
    Rule("numbered by the program", _numbered, FileReason.INLINE),
    Rule("inline", _inline_as_told, FileReason.INLINE),
    # half a file must not pass for a whole one
    Rule("broken", _broken, FileReason.BROKEN),
    Rule("empty", _empty, FileReason.EMPTY),
    # a screenshot that was pasted; what it looks like is asked later (looks.py)
    Rule("in the words", _in_words, inline=True),
    # every program marks so what a person attached
    Rule("attached", _attached),
    # photos and PDF files of Apple Mail, and of Thunderbird where it is set so
    Rule("between the texts", _between),
    Rule("any other part", _any),
)
