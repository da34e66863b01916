"""Finds the author of a mail: the only mailbox in its only From field, if independent parsers agree on it.

Known attacks: "Composition Kills" (USENIX Security 2020), "Weak Links" (2021), "Splitting the email atom" (2024) and
CVE-2023-27043. Sender, Reply-To, Resent-From and Return-Path never name the author.

Some programs write names that RFC 5322 forbids: with square brackets, or with a comma or an @ in or behind an encoded
word. Such a name is accepted if no reader, however it cuts the field, can find a second address in it.
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

from cases.addresses.compare import domain_key
from workers.parse.mime.charsets import clean, one_line
from workers.parse.mime.encoded_words import decode_8bit, decode_field
from workers.parse.mime.prescan import Scan
from workers.parse.mime.tree import Part

# Possessive quantifiers never backtrack, so the time is linear. They are of single characters: Python 3.11.4 and before
# match possessive groups wrongly.
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*"'
_COMMENT = r"\([^()\\<>@:;,]*+\)"
_NAME_CHARACTER = r'[^"()<>@:;,\\\[\]]'
# What RFC 5322 and RFC 2047 section 5 forbid in a name, and programs write. No encoded word is cut by < or >.
_ENCODED_WORD = r'=\?[\w.:+*-]{1,60}\?[bBqQ]\?[^?<>"\s]*+\?='
_IN_BRACKETS = r'\[[^"()<>@:;,\\\[\]]*+\]'
_COMMA_BEHIND = r"(?<=\?=),"
# RFC 5322 section 3.4, without groups, routes, obsolete forms, quoted local parts and domain literals.
_ONE_MAILBOX = re.compile(
    # what a lookahead has found stands: the phrase is as long as it can be, or there is none
    rf"\s*+(?:(?=(?P<phrase>(?:{_QUOTED}|{_COMMENT}|{_ENCODED_WORD}|{_IN_BRACKETS}|{_COMMA_BEHIND}|{_NAME_CHARACTER})*))"
    r"(?P=phrase)<(?P<angle>[^<>]*+)>"
    rf"|(?P<same>[^\s<>]++)\s++<(?P=same)>"
    rf'|(?P<bare>[^\s"()<>:;,\\\[\]]++))\s*+(?:{_COMMENT}\s*+)?',
)
_STRICT_PHRASE = re.compile(rf"(?:{_QUOTED}|{_COMMENT}|{_NAME_CHARACTER})*")
_QUOTED_OR_WORD = re.compile(rf"(?P<quoted>{_QUOTED})|{_ENCODED_WORD}")
_ADDRESS_IN_NAME = re.compile(r"[^\s@]++@[^\s@]++")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDR_SPEC = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
_LONGEST_LOCAL, _LONGEST = 64, 254  # RFC 5321 section 4.5.3.1
#: Defects that mail-parser finds in a display name; the mailbox is clear all the same.
_DISPLAY_ONLY = frozenset({"overlong-encoded-word", "invalid-encoded-word", "invalid-utf8"})
#: The same for a name that RFC 5322 forbids. A piece that has no address is an "ambiguous address" for mail-parser.
_IN_FORBIDDEN_NAME = _DISPLAY_ONLY | {"invalid-display-name", "invalid-or-ambiguous-address"}
#: Signs that some readers take for the dot of a domain name, and some don't (IDNA 2003, RFC 3490 section 3.1).
_OTHER_DOTS = frozenset("\u3002\uff0e\uff61")
_MAX_NAME, _MOST_SHOWN = 250, 120
#: Defects with which parsers disagree on which lines are fields. Defects of the MIME structure don't matter here.
_HEADER_DEFECTS = (
    FirstHeaderLineIsContinuationDefect,
    InvalidHeaderDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)


@dataclass(frozen=True, slots=True)
class Author:
    """Address (domain in ASCII and lower case) and display name; or no address, and the problem in words."""

    address: str = ""
    name: str = ""
    problem: str = ""


def read_author(scan: Scan, root: Part, fields: mailparser.MailParser, charset: str = "") -> Author:
    """Finds the author of a mail. `charset` is the label of the charset that a name in octets above 127 may be in.

    `fields` has the fields of `root` as mail-parser reads them. The second parser, fast-mail-parser, gets the raw
    header block, so it decides independently where the fields begin and end.
    """
    values = root.field_values("from")
    problem = _header_problem(scan, root, values)
    if problem:
        return Author(problem=problem)
    mailbox = _ONE_MAILBOX.fullmatch(re.sub(r"\r?\n(?=[ \t])", "", values[0]))
    address = (mailbox["angle"] or mailbox["same"] or mailbox["bare"] or "") if mailbox else ""
    plain = _normal(_utf_8(address))
    shown = clean(decode_8bit(values[0], charset))[:_MOST_SHOWN]
    if mailbox is None or not plain:
        return Author(problem=f"From is not one plain mailbox: {shown}")
    phrase = (mailbox["phrase"] or "") if mailbox["angle"] else ""
    forbidden = _STRICT_PHRASE.fullmatch(phrase) is None
    harmless = _IN_FORBIDDEN_NAME if forbidden else _DISPLAY_ONLY
    first, doubt = _first_reader(fields, harmless | {"invalid-display-name"} if mailbox["same"] else harmless)
    name = _name(phrase, fields, charset)
    if forbidden and not doubt and _names_another(name, plain):
        doubt = "another address in the name"
    if doubt:
        return Author(problem=f"From is doubtful ({doubt}): {shown}")
    second = _second_reader(scan.header)
    if not plain == first == second:
        return Author(problem=f"Two readers of From disagree: {first or 'none'}, {second or 'none'}.")
    return Author(address=plain, name=name)


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
    """Returns an address for comparison, its domain in ASCII (IDNA 2008) and lower case.

    Returns "" unless it is an ASCII dot-atom and a domain. Letters that only look like ASCII make another domain, or
    none: nothing is mapped to ASCII but the case of letters.
    """
    if not address.isascii() and _OTHER_DOTS.isdisjoint(address):
        local, _, domain = address.partition("@")
        address = f"{local}@{domain_key(domain)}"
    match = _ADDR_SPEC.fullmatch(address)
    if match is None or "=?" in address or len(match["local"]) > _LONGEST_LOCAL or len(address) > _LONGEST:
        return ""
    return f"{match['local']}@{match['domain'].lower()}"


def _utf_8(text: str) -> str:
    """Returns the text with raw UTF-8 decoded; as it is if that is not possible."""
    try:
        return text.encode("utf-8", "surrogateescape").decode()
    except UnicodeError:
        return text


def _first_reader(fields: mailparser.MailParser, harmless: frozenset[str]) -> tuple[str, str]:
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


def _name(phrase: str, fields: mailparser.MailParser, charset: str) -> str:
    """Returns the display name; also encoded words in quotation marks, as every mail program shows them."""
    if not phrase.strip():
        return one_line(decode_field(str(fields.from_[0][0])), _MAX_NAME) if fields.from_ else ""
    return one_line(decode_field(_QUOTED_OR_WORD.sub(_unquoted, phrase), charset), _MAX_NAME)


def _unquoted(match: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", match["quoted"][1:-1]) if match["quoted"] else match[0]


def _names_another(name: str, address: str) -> bool:
    """Returns whether a name, when decoded, has an address that is not this one, or a bracket that makes one."""
    found = {text.strip("'\"()[],;:.").lower() for text in _ADDRESS_IN_NAME.findall(name)}
    return "<" in name or ">" in name or not found <= {address.lower()}
