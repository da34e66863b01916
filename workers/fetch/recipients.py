"""The recipients of a fetched mail: its envelope is gone, so they are read from header fields.

The rules, in their order; the first that gives an address decides:

1. a header field declared for the source (`Delivered-To`, ...) that names an address we gave out: that address alone;
2. the addresses in To and Cc that we gave out, each once: so a mailbox for the mail of a whole domain works, whatever
   its own name in `Delivered-To` is;
3. a declared field that names any address in a mail domain of ours: that address;
4. the addresses in To and Cc that are in a mail domain of ours;
5. the first declared field, whatever it names; without such a field, the mail has no recipient.

Only the topmost occurrence of a declared field counts, which the mail server wrote last. `workers.validate` decides
later that several addresses of one case post once.

This runs before custody, on bytes that anybody may have written: in one pass, without recursion, and within the bounds
below.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

#: Octets of header that are read; a mail with a longer header is held by the parse stage in any case.
_HEADER_OCTETS = 256 * 1024
#: Octets of To and Cc that are read, and most addresses that a mail is taken for: a mail to more than ten addresses of
#: a tenant is held.
_WRITTEN_OCTETS, MOST_RECIPIENTS = 64 * 1024, 100
#: Longest address that is read, in characters: RFC 5321 lets a path have 256 octets.
_LONGEST = 500
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
#: RFC 5322 section 3.2: quoted strings and pairs, domain literals, special characters, white space, the rest.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"|\\.|\[[^][\s]*+\]|[()<>,;:]|\s+|[^]["\\()<>,;:\s]+|.', re.DOTALL)


def recipients(
    raw: bytes, declared: Sequence[str], is_ours: Callable[[str], bool], is_given: Callable[[str], bool]
) -> list[str]:
    r"""Returns the addresses that the mail was delivered to, by the rules above; `[""]` when there are none.

    `declared` names header fields. `is_ours` returns whether an address is in a mail domain of ours, `is_given` whether
    we gave out exactly that address.

        recipients(b"To: case-7@mail.example\n\nhi", ["Delivered-To"], is_ours, is_given)  # ["case-7@mail.example"]
    """
    header = _header(raw)
    delivered_to = [_plain(values[0]) for name in declared if (values := _values(header, name))]
    written = _to_and_cc(header)
    for test in (is_given, is_ours):
        if delivered := next(filter(test, delivered_to), None):
            return [delivered]
        if named := list(filter(test, written)):
            return named[:MOST_RECIPIENTS]
    return delivered_to[:1] or [""]


def envelope_sender(raw: bytes) -> str:
    """Returns the envelope sender that the delivery agent wrote in Return-Path.

    It is the empty string for `<>`, and `unknown` without a Return-Path.
    """
    values = _values(_header(raw), "Return-Path")
    return _plain(values[0]) if values else "unknown"


def addresses(field: str) -> Iterator[str]:
    """Yields the addresses in the value of a header field (RFC 5322 section 3.4), in their order, as they are written
    but without comments and white space; anything else is skipped."""
    words = [""]  # a display name, or an address without angle brackets
    angle: str | None = None  # the content of angle brackets so far
    bracketed, depth = False, 0  # whether this mailbox had angle brackets; depth of comments
    for part in [*_TOKEN.findall(field), ","]:
        if part == "(":
            depth += 1
        elif depth and part != ",":
            depth -= part == ")"
        elif part in _SPECIAL:
            if angle is not None:  # a part before a comma or colon may be a route (RFC 5322 section 4.4)
                yield from filter(_is_whole, [angle])
                bracketed = True
            elif part not in "<:" and not bracketed:
                yield from filter(_is_whole, words)
            angle = "" if part == "<" or (angle is not None and part != ">") else None
            if part in ",;:":
                words, bracketed = [""], bracketed and angle is not None
        elif angle is not None:
            angle += part.strip() if len(angle) < _LONGEST else ""
        elif part.isspace() and not words[-1].endswith("@"):
            words.append("")
        else:
            if part.startswith("@") and not words[-1] and len(words) > 1:
                words.pop()  # white space before an @ (RFC 5322 section 4.4)
            words[-1] += part.strip() if len(words[-1]) < _LONGEST else ""


_SPECIAL = frozenset("<>,;:")


def _is_whole(address: str) -> bool:
    return "@" in address[1:]


def _header(raw: bytes) -> bytes:
    end = _BLANK_LINE.search(raw, 0, _HEADER_OCTETS)
    return raw[: end.start() if end else _HEADER_OCTETS]


def _values(header: bytes, name: str) -> list[str]:
    """Returns the values of the fields of this name, from the top."""
    return [found[1].decode("utf-8", "replace") for found in _field(name).finditer(header)]


@lru_cache(maxsize=64)
def _field(name: str) -> re.Pattern[bytes]:
    written = re.escape(name.encode("utf-8", "replace"))
    return re.compile(rb"^" + written + rb"[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)


def _to_and_cc(header: bytes) -> list[str]:
    """Returns the addresses in To and Cc, each once whatever the case of its letters."""
    fields = ", ".join([*_values(header, "To"), *_values(header, "Cc")])
    first: dict[str, str] = {}
    for address in addresses(fields[:_WRITTEN_OCTETS]):
        first.setdefault(address.lower(), address)
    return list(first.values())


def _plain(value: str) -> str:
    return "".join(value.split()).removeprefix("<").removesuffix(">")
