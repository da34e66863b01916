"""How large and how odd a mail may be before it is held for a person instead of being parsed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one reading. Sizes are in bytes, times in seconds, the rest are counts.

    Nothing is truncated to fit: cutting an address list makes an address that nobody sent. `fields` and `field` hold
    for the header of the mail, `part_field` for one Content-* field of a part. `line_work` bounds lines times nesting,
    which is what the standard library's parser pays for a boundary search. `seconds`, and `memory` as address space,
    hold where a mail is read in a process of its own (apart.py).
    """

    mail: int = 25_000_000
    header: int = 262_144
    field: int = 65_536
    fields: int = 1_000
    received: int = 50
    encoded_words: int = 200
    nesting: int = 50
    parts: int = 1_000
    part_field: int = 4_096
    lines: int = 500_000
    line_work: int = 5_000_000
    attachments: int = 250
    text: int = 1_048_576
    html: int = 262_144
    seconds: int = 20
    memory: int = 2_000_000_000


DEFAULT = Limits()


class OverLimit(Exception):  # noqa: N818  the name says what happened, as in the reason
    """The mail is over a limit; `limit` is the name of the field of `Limits`, `figure` what the mail has."""

    def __init__(self, limit: str, figure: int, allowed: int) -> None:
        super().__init__(f"{limit}: {figure} is over the limit of {allowed}")
        self.limit, self.figure, self.allowed = limit, figure, allowed


class TooManyHops(Exception):  # noqa: N818
    """The mail has more Received fields than any honest way has hops (RFC 5321 section 6.3)."""

    def __init__(self, figure: int) -> None:
        super().__init__(f"{figure} Received fields")
        self.figure = figure


class Unreadable(Exception):  # noqa: N818
    """The mail can't be read without guessing; the message says why, in words for a person."""


def check(limit: str, figure: int, limits: Limits) -> None:
    """Raise `OverLimit` when `figure` is over the limit of that name."""
    allowed: int = getattr(limits, limit)
    if figure > allowed:
        raise OverLimit(limit, figure, allowed)
