"""Whom a fetched mail is for: the envelope is gone, so the recipient is read where the source says it is written.

The rules, in their order; the first that gives an address decides:

1. a declared header field (`Delivered-To`, ...) that names an address we gave out: that one alone;
2. the addresses in To and Cc that we gave out, each once: so a mailbox that takes the mail of a whole domain works,
   whatever its own name in `Delivered-To` is;
3. a declared field that names any address in a mail domain of ours: that one;
4. the addresses in To and Cc that are in a mail domain of ours;
5. the first declared field, whatever it names; without one, nobody.

Of a declared field only the topmost place counts, which the edge wrote last. That several addresses of one case post
once is decided later, by `workers.validate`.

This stands before custody: it reads bytes that anybody may have written, in one pass and without recursion, and takes
no more of them than the bounds below.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

#: Octets of header that are looked at; a longer one is held as over a limit by the parse stage in any case.
_HEADER_OCTETS = 256 * 1024
#: Octets of To and Cc that are read for addresses, and most addresses that a mail is taken for: one at more than ten
#: of a tenant is held.
_WRITTEN_OCTETS, MOST_RECIPIENTS = 64 * 1024, 100
#: Characters beyond which no address is put together: RFC 5321 lets a path have 256 octets.
_LONGEST = 500
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
#: RFC 5322 section 3.2: quoted strings and pairs, domain literals, what has a meaning of its own, blanks, the rest.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|\\.|\[[^][\s]*+\]|[()<>,;:]|\s+|[^]["\\()<>,;:\s]+|.', re.DOTALL)


def recipients(
    raw: bytes, declared: Sequence[str], is_ours: Callable[[str], bool], is_given: Callable[[str], bool]
) -> list[str]:
    """The addresses that the mail was delivered to, by the rules above; one empty recipient when there is none.

    `is_ours` tells whether an address is in a mail domain of ours, `is_given` whether we gave out that very address.
    """
    header = _header(raw)
    edge = [_plain(values[0]) for name in declared if (values := _values(header, name))]
    written = _to_and_cc(header)
    for test in (is_given, is_ours):
        if delivered := next(filter(test, edge), None):
            return [delivered]
        if named := list(filter(test, written)):
            return named[:MOST_RECIPIENTS]
    return edge[:1] or [""]


def envelope_sender(raw: bytes) -> str:
    """The envelope sender as the delivery agent wrote it in Return-Path; `<>` and none at all are told apart.

    Returns the empty string for `<>`, and `unknown` where there is no Return-Path.
    """
    values = _values(_header(raw), "Return-Path")
    return _plain(values[0]) if values else "unknown"


def addresses(field: str) -> Iterator[str]:
    """The addresses in the value of a header field (RFC 5322 section 3.4), in their order, as they are written but
    without comments and white space; of what is none, nothing."""
    words = [""]  # of a display name, or of an address without angle brackets
    angle: str | None = None  # what stands within them so far
    bracketed, depth = False, 0  # whether there were any in this mailbox, and of how many comments we are within
    for part in [*_TOKEN.findall(field), ","]:
        if part == "(":
            depth += 1
        elif depth and part != ",":
            depth -= part == ")"
        elif part in _SPECIAL:
            if angle is not None:  # what stands before a comma or colon may be a route (RFC 5322 section 4.4)
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
    """The values of the fields of this name, from the top."""
    return [found[1].decode("utf-8", "replace") for found in _field(name).finditer(header)]


@lru_cache(maxsize=64)
def _field(name: str) -> re.Pattern[bytes]:
    written = re.escape(name.encode("utf-8", "replace"))
    return re.compile(rb"^" + written + rb"[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)


def _to_and_cc(header: bytes) -> list[str]:
    """The addresses in To and Cc, each once in any case of letters."""
    fields = ", ".join([*_values(header, "To"), *_values(header, "Cc")])
    first: dict[str, str] = {}
    for address in addresses(fields[:_WRITTEN_OCTETS]):
        first.setdefault(address.lower(), address)
    return list(first.values())


def _plain(value: str) -> str:
    return "".join(value.split()).removeprefix("<").removesuffix(">")
