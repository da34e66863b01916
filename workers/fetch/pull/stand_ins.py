"""Recognizes the note that a server sends instead of a mail that it can't send: it is not a mail, and not taken.

Microsoft Exchange does this over IMAP and POP3 alike (OfflineIMAP issue 62, cal.com issue 2429): a note from "Microsoft
Exchange Server 2010", without an address, whose subject names the protocol that failed. A mail that was delivered has
trace fields (RFC 5321 section 4.4) that its sender can't remove, and a note that was never delivered has none. So a
mail that quotes or imitates the note is still a mail."""

import re

#: Octets of header that are searched: the note's header has less than 1,000.
_HEADER_OCTETS = 8_192
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?", re.MULTILINE)
#: All fields of the note; any other field was written by a mail program, or on the way.
_FIELDS = frozenset({"mime-version", "content-type", "from", "to", "subject", "content-transfer-encoding"})
_FROM = re.compile(r"\"?Microsoft Exchange\b[^@<>]*", re.IGNORECASE)
_SUBJECT = re.compile(r".*\b(IMAP4|POP3)\b.*\d+", re.IGNORECASE)


def is_stand_in(raw: bytes) -> bool:
    """Returns whether these bytes are such a note."""
    end = _BLANK_LINE.search(raw, 0, _HEADER_OCTETS)
    if end is None:
        return False
    values: dict[str, str] = {}
    for found in _FIELD.finditer(raw[: end.start()]):
        name = found[1].decode("ascii").lower()
        if name not in _FIELDS or name in values:
            return False
        values[name] = " ".join(found[2].decode("latin-1").split())
    return bool(_FROM.fullmatch(values.get("from", "")) and _SUBJECT.fullmatch(values.get("subject", "")))
