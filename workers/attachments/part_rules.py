"""Decides, by the fields and the place of a part in the mail, whether it is a file, a picture or part of the mail.

The first rule of the table that holds decides. `tests/mails/mail_program_structures.py` has a mail for each structure.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from cases.files.types import ending
from schemas.files import FileReason
from schemas.records import Attachment, Shown

#: File name endings of pictures, for programs that send pictures without a type.
_PICTURES = frozenset(
    {"png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "webp", "avif", "heic", "heif", "tif", "tiff"}
    | {"svg", "svgz", "emf", "wmf", "emz", "wmz", "ico"}
)

#: Types of parts that belong to the mail itself and that no person sent as files, with what they are.
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
    "application/applefile": "what only a Mac stores with a file (RFC 1740)",
    "text/x-moz-deleted": "a note of Thunderbird that a file was deleted from the mail",
    "text/x-amp-html": "another form of the words",
    "text/watch-html": "another form of the words",
    "application/x-mso": "what Word needs to draw the text",
}
_CALENDARS = ("text/calendar", "application/ics")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
#: The names of files that Word adds to an HTML text.
_WORD_FILE = re.compile(
    r"(?:oledata\.mso|editdata\.mso|filelist\.xml|colorschememapping\.xml|themedata\.thmx)", re.IGNORECASE
)
#: Names that Outlook and Exchange give to pictures in a text. Photos from an iPhone, which are files, are named
#: `image0.jpeg`.
_NUMBERED = re.compile(r"(?:image\d{3}|outlook-[\w-]{4,40}|att\d{5})\.\w{3,4}", re.IGNORECASE)


class RuleMatch(NamedTuple):
    """A rule that holds for a part: its name, the evidence, and the reason to leave the part out (None: it is taken).

    `inline`: the part is a picture in the person's own words, and is taken after all attached files.
    """

    rule: str
    evidence: str
    reason: FileReason | None = None
    inline: bool = False


class PartRule(NamedTuple):
    """A rule; `holds` returns the evidence, "" if the rule does not hold. The other fields are as in `RuleMatch`."""

    name: str
    holds: Callable[[Attachment], str]
    reason: FileReason | None = None
    inline: bool = False


def is_picture(part: Attachment) -> bool:
    """Returns whether the part is a picture by its type or its name."""
    return part.declared_type.startswith("image/") or ending(part.name) in _PICTURES


def first_match(part: Attachment) -> RuleMatch:
    """Returns the first rule of the table that holds for a part."""
    for rule in RULES:
        if evidence := rule.holds(part):
            return RuleMatch(rule.name, evidence, rule.reason, rule.inline)
    raise AssertionError("the last rule holds for every part")


def _mail_part(part: Attachment) -> str:
    return MAIL_PARTS.get(part.declared_type, "")


def _appointment(part: Attachment) -> str:
    unattached = part.declared_type in _CALENDARS and part.disposition != "attachment"
    return "an appointment that is not attached, but a form of the mail (RFC 6047)" if unattached else ""


def _tnef(part: Attachment) -> str:
    packed = part.declared_type in _TNEF or part.name.lower() == "winmail.dat"
    return f"{part.name}, {part.declared_type}: it could not be opened" if packed else ""


def _quoted(part: Attachment) -> str:
    return "the quoted mail shows it" if part.shown is Shown.QUOTE else ""


def _signed(part: Attachment) -> str:
    return "the signature, or a notice below, shows it" if part.shown is Shown.SIGNATURE else ""


def _broken(part: Attachment) -> str:
    return part.defect


def _empty(part: Attachment) -> str:
    return "it has no bytes" if not part.size else ""


def _in_words(part: Attachment) -> str:
    evidence = {
        Shown.WORDS: "the person's own words show it",
        Shown.END: "the person's own words show it at their end",
        Shown.CLOSING: "it is shown where a signature is likely",
    }
    return evidence.get(part.shown, "inline, and the kept words refer to it" if part.referred else "")


def _word_leftover(part: Attachment) -> str:
    return (
        "what Word needs to draw the text, by its name"
        if part.within == "related" and _WORD_FILE.fullmatch(part.name)
        else ""
    )


def _is_unplaced_picture(part: Attachment) -> bool:
    """Returns whether the part is a picture that is not marked as attached and that no text shows."""
    shown = part.referred or part.shown is not Shown.NOWHERE
    return is_picture(part) and part.disposition != "attachment" and not shown


def _related(part: Attachment) -> str:
    related = part.within == "related" and _is_unplaced_picture(part)
    return "a picture that belongs to the HTML (multipart/related)" if related else ""


def _numbered(part: Attachment) -> str:
    named = _NUMBERED.fullmatch(part.name) and _is_unplaced_picture(part)
    return f"not attached, with a name that a program gives to pictures of a text: {part.name}" if named else ""


def _inline(part: Attachment) -> str:
    """Finds inline pictures in records from older versions, which lack the disposition."""
    return "a picture that is inline" if part.inline and not part.disposition and _is_unplaced_picture(part) else ""


def _attached(part: Attachment) -> str:
    return "Content-Disposition: attachment, and no text shows it" if part.disposition == "attachment" else ""


def _between(part: Attachment) -> str:
    between = part.disposition == "inline"
    return "it stands between or below the texts, as Apple Mail puts files, and no text shows it" if between else ""


def _any(part: Attachment) -> str:
    return f"Content-Disposition: {part.disposition or 'none'}, and no text shows it"


#: In order: the first rule that holds decides. To add a rule, add a row, with a comment that says why.
RULES: tuple[PartRule, ...] = (
    # technical parts that no reader misses
    PartRule("part of the mail", _mail_part, FileReason.MAIL_PART),
    PartRule("appointment", _appointment, FileReason.MAIL_PART),
    PartRule("left by Word", _word_leftover, FileReason.MAIL_PART),
    # what could be opened is no longer here; the sender must learn of the rest
    PartRule("packed by Outlook", _tnef, FileReason.TNEF),
    # before all rules that take a picture: a picture shown in several places is most likely a logo
    PartRule("in the quote", _quoted, FileReason.INLINE),
    PartRule("in the signature", _signed, FileReason.SIGNATURE_PICTURE),
    # Outlook up to 2013 and Notes write no disposition for pictures in the HTML; a gateway may remove the HTML
    PartRule("of the HTML", _related, FileReason.INLINE),
    PartRule("numbered by the program", _numbered, FileReason.INLINE),
    PartRule("inline", _inline, FileReason.INLINE),
    # an incomplete file must not look like a complete file
    PartRule("broken", _broken, FileReason.BROKEN),
    PartRule("empty", _empty, FileReason.EMPTY),
    # such as a pasted screenshot; picture_rules.py later looks at the decoded picture
    PartRule("in the words", _in_words, inline=True),
    # how every program marks attached files
    PartRule("attached", _attached),
    # photos and PDF files from Apple Mail, and from Thunderbird if so configured
    PartRule("between the texts", _between),
    PartRule("any other part", _any),
)
