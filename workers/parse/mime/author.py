"""Finds the author of a mail: the only mailbox in its only From field, if independent parsers agree on it.

Known attacks: "Composition Kills" (USENIX Security 2020), "Weak Links" (2021), "Splitting the email atom" (2024) and
CVE-2023-27043. Sender, Reply-To, Resent-From and Return-Path never name the author.
"""

import re
from dataclasses import dataclass
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    InvalidHeaderDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)

import fast_mail_parser
import mailparser

from workers.parse.mime.charsets import clean, decode_field, one_line
from workers.parse.mime.prescan import Scan
from workers.parse.mime.tree import Part

# Possessive quantifiers throughout: they never backtrack, so the time is linear.
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_COMMENT = r"\([^()\\<>@:;,]*+\)"
# RFC 5322 section 3.4, without groups, routes, obsolete forms, quoted local parts and domain literals.
_ONE_MAILBOX = re.compile(
    rf'\s*+(?:(?P<phrase>(?:{_QUOTED}|{_COMMENT}|[^"()<>@:;,\\\[\]])*+)<(?P<angle>[^<>]*+)>'
    rf"|(?P<same>[^\s<>]++)\s++<(?P=same)>"
    rf'|(?P<bare>[^\s"()<>:;,\\\[\]]++))\s*+(?:{_COMMENT}\s*+)?',
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDR_SPEC = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
_LONGEST_LOCAL, _LONGEST = 64, 254  # RFC 5321 section 4.5.3.1
#: Defects that mail-parser finds in a display name; the mailbox is clear all the same.
_DISPLAY_ONLY = frozenset({"overlong-encoded-word", "invalid-encoded-word", "invalid-utf8"})
_MAX_NAME = 250
#: Defects with which parsers disagree on which lines are fields. Defects of the MIME structure don't matter here.
_HEADER_DEFECTS = (
    FirstHeaderLineIsContinuationDefect,
    InvalidHeaderDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)


@dataclass(frozen=True, slots=True)
class Author:
    """Address (domain in lower case) and display name of the author; or no address, and the problem in words."""

    address: str = ""
    name: str = ""
    problem: str = ""


def read_author(scan: Scan, root: Part, fields: mailparser.MailParser) -> Author:
    """Finds the author of a mail.

    `fields` has the fields of `root` as mail-parser reads them. The second parser, fast-mail-parser, gets the raw
    header block, so it decides independently where the fields begin and end.
    """
    values = root.field_values("from")
    problem = _header_problem(scan, root, values)
    if problem:
        return Author(problem=problem)
    mailbox = _ONE_MAILBOX.fullmatch(re.sub(r"\r?\n(?=[ \t])", "", values[0]))
    address = (mailbox["angle"] or mailbox["same"] or mailbox["bare"] or "") if mailbox else ""
    plain = _normal(address)
    if mailbox is None or not plain:
        return Author(problem=f"From is not one plain mailbox: {_shown(values[0])}")
    first, doubt = _first_reader(fields, same=bool(mailbox["same"]))
    if doubt:
        return Author(problem=f"From is doubtful ({doubt}): {_shown(values[0])}")
    second = _second_reader(scan.header)
    if not plain == first == second:
        return Author(problem=f"Two readers of From disagree: {_shown(first) or 'none'}, {_shown(second) or 'none'}.")
    return Author(address=plain, name=_name(mailbox["phrase"] or "", fields))


def _header_problem(scan: Scan, root: Part, values: list[str]) -> str:
    """Returns why the whole header is doubtful: not exactly one From field, or broken lines; "" otherwise."""
    count = max(scan.froms, len(values))
    if count > 1:
        return f"The header has {count} From fields."
    if scan.froms != 1 or not values:
        return "The mail has no From field."
    broken = [type(defect).__name__ for defect in root.defects if isinstance(defect, _HEADER_DEFECTS)]
    return f"The header is broken: {broken[0]}." if broken else ""


def _normal(address: str) -> str:
    """Returns an address for comparison, its domain in lower case; "" unless it is an ASCII dot-atom and domain."""
    match = _ADDR_SPEC.fullmatch(address)
    if match is None or "=?" in address or len(match["local"]) > _LONGEST_LOCAL or len(address) > _LONGEST:
        return ""
    return f"{match['local']}@{match['domain'].lower()}"


def _first_reader(fields: mailparser.MailParser, *, same: bool) -> tuple[str, str]:
    harmless = _DISPLAY_ONLY | {"invalid-display-name"} if same else _DISPLAY_ONLY
    for defect in fields.address_header_defects:
        if defect["header"] == "from" and not harmless.issuperset(defect["reason"].split(",")):
            return "", str(defect["reason"])
    mailboxes = fields.from_
    return (_normal(mailboxes[0][1]), "") if len(mailboxes) == 1 else ("", f"{len(mailboxes)} mailboxes")


def _second_reader(header: bytes) -> str:
    try:
        mail = fast_mail_parser.parse_email(header + b"\r\n", mode="metadata")
    except fast_mail_parser.ParseError:
        return ""
    froms = [value for name, values in mail.headers.items() if name.strip().lower() == "from" for value in values]
    return _normal(mail.from_.address) if mail.from_ is not None and len(froms) == 1 else ""


def _name(phrase: str, fields: mailparser.MailParser) -> str:
    if any("invalid-utf8" in defect["reason"] for defect in fields.address_header_defects):
        return one_line(decode_field(phrase).strip(' "'), _MAX_NAME)
    return one_line(fields.from_[0][0], _MAX_NAME)


def _shown(text: str) -> str:
    return clean(text)[:120]
