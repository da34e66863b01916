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
"""

from collections.abc import Callable, Sequence
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

#: Octets of header that are looked at; a longer one is held as over a limit by the parse stage in any case.
_HEADER_OCTETS = 256 * 1024
_MAX_ADDRESSES = 1_000


def recipients(
    raw: bytes, declared: Sequence[str], is_ours: Callable[[str], bool], is_given: Callable[[str], bool]
) -> list[str]:
    """The addresses that the mail was delivered to, by the rules above; one empty recipient when there is none.

    `is_ours` tells whether an address is in a mail domain of ours, `is_given` whether we gave out that very address.
    """
    header = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEADER_OCTETS])
    edge = [_plain(str(header[name])) for name in declared if header[name] is not None]
    written = _to_and_cc(header)
    for test in (is_given, is_ours):
        if delivered := next(filter(test, edge), None):
            return [delivered]
        if named := list(filter(test, written)):
            return named
    return edge[:1] or [""]


def envelope_sender(raw: bytes) -> str:
    """The envelope sender as the delivery agent wrote it in Return-Path; `<>` and none at all are told apart.

    Returns the empty string for `<>`, and `unknown` where there is no Return-Path.
    """
    header = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEADER_OCTETS])
    value = header.get("Return-Path")
    return "unknown" if value is None else _plain(str(value))


def _to_and_cc(header: Message) -> list[str]:
    """The addresses in To and Cc, each once in any case of letters."""
    fields = [str(value) for name in ("To", "Cc") for value in header.get_all(name, [])]
    found = [address for _, address in getaddresses(fields)[:_MAX_ADDRESSES]]
    first: dict[str, str] = {}
    for address in found:
        first.setdefault(address.lower(), address)
    return list(first.values())


def _plain(value: str) -> str:
    return "".join(value.split()).removeprefix("<").removesuffix(">")
