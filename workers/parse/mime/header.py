"""What the header fields say, read with mail-parser where they have structure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.message import Message
from email.policy import compat32
from typing import Self

import mailparser

from workers.parse.mime.author import Author, read_author
from workers.parse.mime.charsets import clean, decode_field, one_line
from workers.parse.mime.prescan import Scan
from workers.parse.mime.tree import Part

_STRUCTURED = ("from", "to", "cc", "date")
_MOST_ADDRESSES = 100
_LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3


class _Fields(mailparser.MailParser):  # type: ignore[misc]
    """mail-parser without what it does about a body; its header fields are read where it starts anew."""

    def parse(self) -> Self:
        """Reads the header fields."""
        self._reset()
        return self


@dataclass(frozen=True, slots=True)
class Header:
    """The fields that a record carries; `date` is in UTC. What was left out of `to` or `cc` is in `defects`."""

    author: Author
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    message_id: str
    in_reply_to: str
    date: datetime | None
    defects: tuple[str, ...]


def read_header(scan: Scan, root: Part) -> Header:
    """Read the header fields of the mail.

    mail-parser is given only the fields with structure. It decodes every field, every Received and every part as soon
    as it is made, which costs more than all else in the stage, and on a hostile mail minutes (quadratic codecs) and
    gigabytes (attached multiparts, flattened at every level).
    """
    defects: list[str] = []
    try:
        fields = _Fields(_structured_fields(root))
    except HeaderParseError as error:  # of base64 in a display name; addresses may not be encoded (RFC 2047 section 5)
        defects.append(f"an encoded word can't be read: {error}")
        fields = _Fields(_structured_fields(root, encoded_word="= ?"))
    to, cc = _addresses("To", fields.to, defects), _addresses("Cc", fields.cc, defects)
    return Header(
        author=read_author(scan, root, fields),
        to=to,
        cc=cc,
        subject=decode_field(_first(root, "subject")),
        message_id=_message_id(_first(root, "message-id")),
        in_reply_to=_message_id(_first(root, "in-reply-to")),
        date=fields.date,
        defects=tuple(defects),
    )


def _structured_fields(root: Part, *, encoded_word: str = "=?") -> Message:
    """A message of these fields as they lie in the mail; `encoded_word` is put for what begins encoded words."""
    message = Message(compat32)
    for name in _STRUCTURED:
        for value in root.field_values(name):
            message.set_raw(name, value.replace("=?", encoded_word))
    return message


def _first(root: Part, name: str) -> str:
    return next(iter(root.field_values(name)), "")


def _message_id(value: str) -> str:
    """A message id with its angle brackets (RFC 5322 section 3.6.4), the first one when there are more."""
    words = one_line(decode_field(value)).split()
    return words[0] if words else ""


def _addresses(field: str, mailboxes: Iterable[tuple[str, str]], defects: list[str]) -> tuple[str, ...]:
    found = [clean(address) for _, address in mailboxes if address]
    kept = tuple(address for address in found[:_MOST_ADDRESSES] if len(address) <= _LONGEST_ADDRESS)
    if len(kept) < len(found):
        defects.append(f"{field} names {len(found)} addresses; {len(kept)} are listed")
    return kept
