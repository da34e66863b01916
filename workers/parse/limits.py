"""How large and how odd a mail may be before it is held for a person instead of being parsed."""

from dataclasses import dataclass, fields

from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one reading. Sizes are in bytes, times in seconds, the rest are counts.

    Each is a setting (`schemas.settings` has their defaults and meanings). Nothing is truncated to fit: cutting an
    address list makes an address that nobody sent. `fields` and `field` hold for the header of the mail, `part_field`
    for one Content-* field of a part. `line_work` bounds lines times nesting, which is what the standard library's
    parser pays for a boundary search. `seconds`, `cpu`, and `memory` as address space, hold where a mail is read
    alone (apart.py).
    """

    mail: int
    header: int
    field: int
    fields: int
    received: int
    encoded_words: int
    nesting: int
    parts: int
    part_field: int
    lines: int
    line_work: int
    attachments: int
    text: int
    html: int
    seconds: int
    cpu: int
    memory: int


def setting_of(limit: str) -> str:
    """The name of the setting of a limit."""
    return "mail_size_limit" if limit == "mail" else f"limit_{limit}"


def of_settings(settings: Settings) -> Limits:
    """The limits that the settings state."""
    return Limits(**{limit.name: getattr(settings, setting_of(limit.name)) for limit in fields(Limits)})


DEFAULT = Limits(**{limit.name: Settings.model_fields[setting_of(limit.name)].default for limit in fields(Limits)})


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
