"""The result of an erasure, in numbers and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Erased:
    """The numbers of things that were erased.

    `mails` that the person wrote, delivery `reports` about them, `updates` that lost their words, `files` of updates,
    `letters` to the person, `recipients` (their rows in recipient logs), `aliases` (their further addresses), and
    `mentions` (texts of other people in which they were named).

    `kept` are their updates that stay. `on_their_way` are mails that have not ended, and are left alone. `account`:
    their account was erased.
    """

    mails: int = 0
    reports: int = 0
    updates: int = 0
    files: int = 0
    letters: int = 0
    recipients: int = 0
    aliases: int = 0
    mentions: int = 0
    kept: int = 0
    on_their_way: int = 0
    account: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing to erase."""
        return replace(self, kept=0, on_their_way=0) == Erased()


#: The words for each field of `Erased`, singular and plural.
_WORDS = {
    "mails": ("email that they wrote", "emails that they wrote"),
    "reports": ("delivery report about them", "delivery reports about them"),
    "updates": ("update's words", "updates' words"),
    "files": ("file of an update", "files of updates"),
    "letters": ("notice to them", "notices to them"),
    "recipients": ("line in the recipients of updates", "lines in the recipients of updates"),
    "aliases": ("further address", "further addresses"),
    "mentions": ("text of others in which they are named", "texts of others in which they are named"),
}


def in_words(numbers: Mapping[str, Any]) -> list[str]:
    """Returns what was erased, or would be, in words: a string for each kind whose number is not 0.

    `numbers` are the fields of `Erased`, or those of them that the audit has.
    """
    counts = {name: int(numbers.get(name, 0)) for name in _WORDS}
    words = [f"{count:,} {_WORDS[name][count != 1]}" for name, count in counts.items() if count]
    return [*words, *(["the account"] if numbers.get("account") in (True, "True") else [])]
