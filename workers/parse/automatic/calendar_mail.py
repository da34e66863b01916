"""Recognises invitations, their updates and the answers to them (iTIP, RFC 5546), and mail that is only a vCard.

In an alternative, or without other words, the calendar part is what the mail says. Beside a person's own words it is a
file, unless it is an answer to an invitation: that concerns the person who invited, also if it has words.
"""

import re
from collections.abc import Iterator

from schemas.records import AutomaticMail
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.automatic.findings import Proof
from workers.parse.mime.parts import Leaf, parameter, payload

_CALENDAR = ("text/calendar", "application/ics", "application/calendar", "text/x-vcalendar", "text/ical")
_CARD = ("text/vcard", "text/x-vcard", "text/directory", "application/vcard", "application/x-vcard")
_ANSWERS = ("REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER")
_METHOD = re.compile(rb"^METHOD:[ \t]{0,10}([A-Z]{1,20})[ \t]{0,10}\r?$", re.MULTILINE | re.IGNORECASE)
_WITHIN = 16_384  # bytes


def calendar(mail: DetectionInput) -> Iterator[Proof]:
    """Yields the proof that a mail is about an appointment, or only a vCard, if there is one."""
    wordless = not mail.text.strip()
    for leaf in mail.leaves:
        if not _is_calendar(leaf):
            continue
        method = _method(leaf)
        shown = leaf.disposition != "attachment"
        alone = wordless and _is_all(mail, leaf)
        if alone or (shown and (leaf.alternative or method in _ANSWERS or (wordless and method))):
            yield Proof(AutomaticMail.CALENDAR, f"{leaf.type}; method={method or 'none'}")
    cards = [leaf for leaf in mail.leaves if leaf.type in _CARD or leaf.name.lower().endswith(".vcf")]
    if wordless and cards and all(leaf in cards or _is_empty(leaf) for leaf in mail.leaves):
        yield Proof(AutomaticMail.CALENDAR, f"{cards[0].type}, and no words")


def _method(leaf: Leaf) -> str:
    """Returns the method (RFC 5546 section 1.4), "" if the part has none."""
    named = parameter(leaf.part, "content-type", "method").upper()
    if named or not (found := _METHOD.search(payload(leaf.part).data[:_WITHIN])):
        return named
    return found[1].decode().upper()


def _is_all(mail: DetectionInput, calendar: Leaf) -> bool:
    """Returns whether the mail has no other part but empty texts, and forms of the same appointment."""
    return all(leaf is calendar or _is_calendar(leaf) or _is_empty(leaf) for leaf in mail.leaves)


def _is_calendar(leaf: Leaf) -> bool:
    return leaf.type in _CALENDAR or leaf.name.lower().endswith((".ics", ".vcs"))


def _is_empty(leaf: Leaf) -> bool:
    """Returns whether the leaf is a text; the caller knows that no text has words."""
    return leaf.type in ("text/plain", "text/html") and leaf.disposition != "attachment"
