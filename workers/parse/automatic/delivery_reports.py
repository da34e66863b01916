"""Reads a delivery report: the address that our mail did not reach, whether this is final, and the server's words.

A report by RFC 3464 has fields for these. In other reports, the address, the code and the words are searched for in
the text, in any language where possible.
"""

import re
from collections.abc import Iterator, Sequence

from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import DeliveryReport, Failure
from workers.parse.automatic import ses
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.mime.charsets import clean, decode, one_line
from workers.parse.mime.encoded_words import decode_8bit
from workers.parse.mime.parts import Leaf, payload

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, RFC 6533
COPY_TYPES = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_MOST_READ = 65_536  # bytes of each part, and characters of the text
_MOST = 5
_LONGEST_ADDRESS, _LONGEST_WORDS = 254, 300

_FOLD = re.compile(r"\n[ \t]+")
_DELIVERED = ("delivered", "relayed", "expanded")  # RFC 3464 section 2.3.3
_MARK = re.compile(rf"{OWN_MAIL_FIELD}:[ \t]*(?:\r?\n[ \t]+)?([!-~]{{1,100}})", re.IGNORECASE)

_ADDR = r"[^\s<>()\[\]\"',;:@]{1,64}@[A-Za-z0-9.-]{1,190}[A-Za-z0-9]"
_ADDRESS = re.compile(_ADDR)
#: A line that is only an address; most programs put it above the reason.
_ADDRESS_LINE = re.compile(rf"[ \t>*-]*<?(?:smtp:|mailto:|rfc822;[ \t]*)?({_ADDR})>?[ \t]*:?[ \t]*", re.IGNORECASE)
_TO = re.compile(r"^To:(.{1,1000})", re.IGNORECASE | re.MULTILINE)
_LAST_ADDRESS = re.compile(rf"({_ADDR})>?\s*$")
#: A reply code (RFC 5321 section 4.2.1) or a status code (RFC 3463) of an error.
_CODE = re.compile(r"(?<![\d.#])#?[45](?:\d\d[ -]|\.\d\.\d{1,3}\b)")
#: The line above the copy of the undelivered mail.
_COPY_BEGINS = re.compile(
    r"^(?:[ \t]*-{2,}.{0,80}\b(?:copy|original|returned|undelivered|unsent|below|kopie|copia|copie)\b"
    r"|(?:Return-Path|Received|DKIM-Signature|Message-ID):)",
    re.IGNORECASE | re.MULTILINE,
)
#: The server has not given up: words of warnings that do not follow RFC 3464.
_STILL_TRYING = re.compile(
    r"delay|still being retried|will (?:keep trying|be retried|continue)|need(?: to)? resend|could not send message for"
    r"|not yet been delivered|warning: message|verz\u00f6ger|weiter(?:hin)? versuch|retard\u00e9|nouvelle tentative"
    r"|retras|seguir\u00e1 intent|ritard|vertraag|op\u00f3\u017ani|\u043e\u0442\u043b\u043e\u0436\u0435\u043d\u043e",
    re.IGNORECASE,
)


def read_report(mail: DetectionInput) -> DeliveryReport:
    """Reads a mail that is known to be a delivery report.

    A report of successful deliveries has no failures. A report whose text gives no address has one failure, with the
    address in the copy of our mail, or without an address.
    """
    text = mail.whole_text()[:_MOST_READ]
    status = [leaf for leaf in mail.leaves if leaf.type in STATUS_TYPES]
    if status:
        failures = [failure for leaf in status for failure in _from_fields(_text_of(leaf))]
    elif (listed := ses.failures(text)) is not None:
        failures = list(listed)
    else:
        failures = _from_text(mail, text)
    return DeliveryReport(failures=tuple(failures[:_MOST]), own_mark=_own_mark(mail.leaves, text))


def _text_of(leaf: Leaf) -> str:
    return clean(decode(payload(leaf.part).data[:_MOST_READ], "")[0])


def _from_fields(status: str) -> Iterator[Failure]:
    """Yields the failures in a report by RFC 3464.

    Blank lines separate its groups of fields: a group for the whole mail, then a group for each recipient.
    """
    for group in _FOLD.sub(" ", status).split("\n\n"):
        fields: dict[str, str] = {}
        for line in group.split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        action = fields.get("action", "failed").lower().split(" ")[0]
        recipient = fields.get("final-recipient") or fields.get("original-recipient")
        if recipient is None or action in _DELIVERED:
            continue
        code, diagnostic = fields.get("status", ""), fields.get("diagnostic-code", "").partition(";")[2]
        yield Failure(
            address=_plain(recipient.rpartition(";")[2]),
            permanent=action != "delayed",
            words=one_line(diagnostic if code[:5] in diagnostic else f"{code} {diagnostic}", _LONGEST_WORDS),
        )


def _from_text(mail: DetectionInput, text: str) -> list[Failure]:
    copy = _COPY_BEGINS.search(text)
    lines = [line for line in text[: copy.start() if copy else None].split("\n") if line.strip()]
    permanent = not _STILL_TRYING.search("\n".join((mail.subject, *lines)))
    named = [_plain(address) for address in mail.field("x-failed-recipients").split(",") if "@" in address]
    ours = {mail.author.lower(), mail.custody.recipient.lower()}
    found = {match[1]: at for at, line in reversed(list(enumerate(lines))) if (match := _ADDRESS_LINE.fullmatch(line))}
    if not named and not found:
        coded = [line for line in lines if _CODE.search(line)]
        addresses = (match[0] for line in [*coded, *lines] for match in _ADDRESS.finditer(line))
        found = {address: 0 for address in addresses if address.lower() not in ours}
        found = dict(list(found.items())[:1])
    return [
        Failure(address=address, permanent=permanent, words=_server_words(lines, found.get(address, -1) + 1))
        for address in (named or list(reversed(found)) or [_copied_to(mail.leaves)])[:_MOST]
    ]


def _copied_to(leaves: Sequence[Leaf]) -> str:
    """Returns the address to which the enclosed copy was sent, or ""."""
    fields = (_TO.search(_text_of(leaf).partition("\n\n")[0]) for leaf in leaves if leaf.type in COPY_TYPES)
    return next((found[1] for field in fields if field and (found := _LAST_ADDRESS.search(field[1]))), "")


def _server_words(lines: Sequence[str], start: int) -> str:
    """Returns the server's words: the first line with a code from `start` on, and the next line; else two lines."""
    for at, line in enumerate(lines[start:], start):
        if _CODE.search(line):
            return one_line(" ".join(lines[at : at + 2]), _LONGEST_WORDS)
    return one_line(" ".join(lines[start : start + 2] or lines[:2]), _LONGEST_WORDS)


def _plain(address: str) -> str:
    return one_line(decode_8bit(address).strip().strip("<>"), _LONGEST_ADDRESS)


def _own_mark(leaves: Sequence[Leaf], text: str) -> str:
    """Returns the fingerprint in the returned copy of a casemail mail, not yet proven; "" if absent."""
    for copy in (*(_text_of(leaf) for leaf in leaves if leaf.type in COPY_TYPES), text):
        if match := _MARK.search(copy):
            return match[1]
    return ""
