"""Whom a fetched mail is for: the envelope is gone, so the recipient is read where the source says it is written."""

from collections.abc import Callable, Sequence
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

#: Octets of header that are looked at; a longer one is held as over a limit by the parse stage in any case.
_HEADER_OCTETS = 256 * 1024
_MAX_ADDRESSES = 1_000


def recipients(raw: bytes, declared: Sequence[str], is_ours: Callable[[str], bool]) -> list[str]:
    """The addresses of ours that the mail was delivered to, each once.

    The first of the `declared` header fields that is there decides, in its topmost place, which the edge wrote last.
    Without one: every address of ours in To and Cc. None found: one empty recipient.
    """
    header = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEADER_OCTETS])
    for name in declared:
        value = header.get(name)
        if value is not None:
            return [_plain(str(value))]
    fields = [str(value) for name in ("To", "Cc") for value in header.get_all(name, [])]
    found = [address for _, address in getaddresses(fields)[:_MAX_ADDRESSES]]
    return list(dict.fromkeys(filter(is_ours, found))) or [""]


def envelope_sender(raw: bytes) -> str:
    """The envelope sender as the delivery agent wrote it in Return-Path; `<>` and none at all are told apart.

    Returns the empty string for `<>`, and `unknown` where there is no Return-Path.
    """
    header = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEADER_OCTETS])
    value = header.get("Return-Path")
    return "unknown" if value is None else _plain(str(value))


def _plain(value: str) -> str:
    return "".join(value.split()).removeprefix("<").removesuffix(">")
