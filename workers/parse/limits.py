"""The limits on size and structure of a mail; a mail over a limit is rejected instead of being parsed."""

from dataclasses import dataclass, fields

from schemas.errors import CasemailError
from schemas.settings import Settings
from schemas.settings.mail import Limits as LimitSettings


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for reading one mail. Sizes are in bytes, times in seconds, the rest are counts.

    Each is a setting; `schemas.settings` has its default and meaning. Nothing is truncated to fit a limit: an address
    list that is cut may end in an address that the sender never wrote. `fields` and `field` apply to the mail's header,
    `part_field` to one Content-* field of a part. `line_work` limits lines times nesting, the cost of the standard
    library's search for boundaries. `seconds`, `cpu` and `memory` (address space) apply to a mail that is read alone
    (sandboxed.py).
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


def of_settings(settings: Settings) -> Limits:
    """Returns the limits from the settings."""
    return Limits(**{limit.name: getattr(settings.limits, limit.name) for limit in fields(Limits)})


DEFAULT = Limits(**LimitSettings().model_dump())


class OverLimitError(CasemailError):
    """A mail is over a limit: `limit` names a field of `Limits`, `figure` is the mail's value, `allowed` the limit."""

    def __init__(self, limit: str, figure: int, allowed: int) -> None:
        super().__init__(f"{limit}: {figure} is over the limit of {allowed}")
        self.limit, self.figure, self.allowed = limit, figure, allowed


class TooManyHopsError(CasemailError):
    """A mail has more Received fields than any real route has hops (RFC 5321 section 6.3): it loops."""

    def __init__(self, figure: int) -> None:
        super().__init__(f"{figure} Received fields")
        self.figure = figure


class UnreadableError(CasemailError):
    """A mail can't be read without guessing. The message says why, in words for a person."""


def check(limit: str, figure: int, limits: Limits) -> None:
    """Raises `OverLimitError` when `figure` is over the limit with this name."""
    allowed: int = getattr(limits, limit)
    if figure > allowed:
        raise OverLimitError(limit, figure, allowed)
