"""Reads the header fields of a mail; mail-parser reads those with structure (From, To, Cc, Date)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.message import Message
from email.policy import compat32
from typing import Self

import mailparser

from workers.parse.mime.author import Author, read_author
from workers.parse.mime.charsets import clean, one_line
from workers.parse.mime.encoded_words import decode_field
from workers.parse.mime.nearby_charset import nearby_charset
from workers.parse.mime.prescan import Scan
from workers.parse.mime.tree import Part

_STRUCTURED = ("from", "to", "cc", "date")
_MOST_ADDRESSES = 100
_LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3
_ATOM = r"[A-Za-z0-9_+-]{1,64}"
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM}){{0,9}}@{_ATOM}(?:\.{_ATOM}){{0,9}}"
#: One mailbox, as nearly every To has: so plain that each reader finds the same address. mail-parser takes 0.04 ms.
_PLAIN = re.compile(
    rf'(?P<bare>{_ADDRESS})|(?:[A-Za-z0-9][A-Za-z0-9 ]{{0,60}}|"[A-Za-z0-9 .-]{{1,60}}") ?<(?P<angle>{_ADDRESS})>'
)


class _Fields(mailparser.MailParser):  # type: ignore[misc]
    """mail-parser without reading the body: `_reset` reads only the header fields."""

    def parse(self) -> Self:
        """Reads the header fields."""
        self._reset()
        return self


@dataclass(frozen=True, slots=True)
class Header:
    """The header fields of a record; `date` is in UTC. `defects` names encoded words that can't be read, and how many
    addresses were left out of `to` and `cc`."""

    author: Author
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    message_id: str
    in_reply_to: str
    date: datetime | None
    defects: tuple[str, ...]


def read_header(scan: Scan, root: Part) -> Header:
    """Reads the header fields of the mail.

    mail-parser gets only the structured fields. Given the whole mail, it would decode every field and every part, which
    costs more than the rest of the stage, and for a hostile mail takes minutes (quadratic codecs) and gigabytes (nested
    multiparts, flattened at every level).
    """
    defects: list[str] = []
    plain = {name: found for name in ("to", "cc") if (found := _plain_addresses(root.field_values(name))) is not None}
    names = [name for name in _STRUCTURED if name not in plain]
    try:
        fields = _Fields(_only(root, names))
    except HeaderParseError as error:  # base64 of a display name; an address must not be encoded (RFC 2047 section 5)
        defects.append(f"an encoded word can't be read: {error}")
        fields = _Fields(_only(root, names, encoded_word="= ?"))
    charset = nearby_charset(root)
    to = plain["to"] if "to" in plain else _addresses("To", fields.to, defects)
    cc = plain["cc"] if "cc" in plain else _addresses("Cc", fields.cc, defects)
    return Header(
        author=read_author(scan, root, fields, charset),
        to=to,
        cc=cc,
        subject=decode_field(_first(root, "subject"), charset),
        message_id=_message_id(_first(root, "message-id")),
        in_reply_to=_message_id(_first(root, "in-reply-to")),
        date=fields.date,
        defects=tuple(defects),
    )


def _plain_addresses(values: Sequence[str]) -> tuple[str, ...] | None:
    """Returns the address of a field that has one plain mailbox, none if the field is absent; None for any other."""
    if not values:
        return ()
    found = _PLAIN.fullmatch(values[0]) if len(values) == 1 and len(values[0]) <= _LONGEST_ADDRESS else None
    return (found["bare"] or found["angle"],) if found else None


def _only(root: Part, names: Iterable[str], *, encoded_word: str = "=?") -> Message:
    """Returns a message with only these fields, in which `encoded_word` replaces "=?"."""
    message = Message(compat32)
    for name in names:
        for value in root.field_values(name):
            message.set_raw(name, value.replace("=?", encoded_word))
    return message


def _first(root: Part, name: str) -> str:
    return next(iter(root.field_values(name)), "")


def _message_id(value: str) -> str:
    """Returns the first message id in a field, with its angle brackets (RFC 5322 section 3.6.4)."""
    words = one_line(decode_field(value)).split()
    return words[0] if words else ""


def _addresses(field: str, mailboxes: Iterable[tuple[str, str]], defects: list[str]) -> tuple[str, ...]:
    found = [clean(address) for _, address in mailboxes if address]
    kept = tuple(address for address in found[:_MOST_ADDRESSES] if len(address) <= _LONGEST_ADDRESS)
    if len(kept) < len(found):
        defects.append(f"{field} names {len(found)} addresses; {len(kept)} are listed")
    return kept
